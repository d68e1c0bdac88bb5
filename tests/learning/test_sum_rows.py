"""Rows of sums: they equal a dictionary of them, in the order in which they were begun."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.learning.evidence.sum_rows import SumRows

NUMBERS = st.sampled_from([0, 1, 7, 2**32, 2**32 + 7, 2**64 - 1])
STEPS = st.lists(st.tuples(NUMBERS, st.integers(-3, 9), st.sampled_from([1, 1, -1]), st.booleans()))


@given(STEPS)
def test_rows_equal_a_dictionary_of_sums(steps: list[tuple[int, int, int, bool]]) -> None:
    rows = SumRows(2)
    plain: dict[int, list[float]] = {}
    for number, dollars, sign, forgets in steps:
        known = number in plain
        sums = plain.setdefault(number, [0.0, 0.0])
        sums[0] += sign
        sums[1] += sign * dollars
        if sums[0] <= 0:
            del plain[number]
        assert rows.add(number, (1.0, float(dollars)), sign) == (known != (number in plain)) or (
            not known and number not in plain
        )
        if forgets:
            rows.forget_places()
        assert [(each, list(found)) for each, found in rows.rows()] == list(plain.items())
        assert [list(rows.row(at)) for at in range(len(rows))] == list(plain.values())
