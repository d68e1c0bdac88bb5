"""Rows of sums: they equal a dictionary of them, in the order in which they were begun."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.learning.evidence.sum_rows import SumRows

NUMBERS = st.sampled_from([0, 1, 7, 2**32, 2**32 + 7, 2**64 - 1])
STEPS = st.lists(
    st.tuples(NUMBERS, st.integers(0, 3), st.integers(-3, 9), st.booleans(), st.booleans())
)


@given(STEPS)
def test_rows_equal_a_dictionary_of_sums(steps: list[tuple[int, int, int, bool, bool]]) -> None:
    rows = SumRows(2, 1)
    plain: dict[int, list[float]] = {}
    added: list[tuple[int, int, int]] = []
    for number, lots, dollars, takes_back, forgets in steps:
        step, sign = (number, lots, dollars), 1
        if takes_back and added:
            step, sign = added.pop(len(added) // 2), -1
        else:
            added.append(step)
        at, known = step[0], step[0] in plain
        sums = plain.setdefault(at, [0, 0, 0.0])
        for place, more in enumerate((1, *step[1:])):
            sums[place] += sign * more
        if not sums[0]:
            del plain[at]
        assert rows.add(at, (1, step[1]), (float(step[2]),), sign) == (known != (at in plain))
        if forgets:
            rows.forget_places()
        assert [*rows.rows()] == [*plain.items()]
        assert [rows.row(place) for place in range(len(rows))] == [*plain.values()]


def test_what_was_never_added_is_not_taken_away() -> None:
    rows = SumRows(2, 1)
    assert not rows.add(7, (1, 1), (2.5,), -1) and not len(rows)
    rows.add(7, (1, 0), (2.5,), 1)
    rows.add(7, (1, 0), (2.5,), 1)
    with pytest.raises(OverflowError):
        rows.add(7, (1, 1), (2.5,), -1)
    assert [*rows.rows()] == [(7, [2, 0, 5.0])]
