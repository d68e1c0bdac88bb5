"""Rows of sums: they equal a dictionary of them, in the order in which they were begun."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.learning.evidence.block_rows import PackedSums
from engine.learning.evidence.sum_rows import Columns, SumRows

NUMBERS = st.sampled_from([0, 1, 7, 2**32, 2**32 + 7, 2**64 - 1])
STEPS = st.lists(
    st.tuples(NUMBERS, st.integers(0, 3), st.integers(-3, 9), st.booleans(), st.booleans())
)
WHOLE_ROWS = st.lists(
    st.tuples(
        st.integers(0, 2**64 - 1),
        st.integers(1, 2**32 - 1) | st.integers(1, 300),
        st.integers(0, 9),
        st.floats(width=64),
        st.floats(width=64, allow_nan=False),
    ),
    unique_by=lambda row: row[0],
    max_size=30,
)


def listed(columns: Columns) -> list[tuple[int, list[float]]]:
    """Number, and counts and sums, of each row."""
    lines = [*columns.counts.tolist(), *columns.sums.tolist()]
    rows = map(list, zip(*lines, strict=True))
    return list(zip(columns.numbers.tolist(), rows, strict=True))


def bits(columns: Columns) -> list[bytes]:
    """A row's columns to the last bit."""
    numbers, counts, sums = columns
    return [numbers.tobytes(), counts.astype(np.uint32).tobytes(), sums.tobytes()]


@given(STEPS)
def test_rows_equal_a_dictionary_of_sums(steps: list[tuple[int, int, int, bool, bool]]) -> None:
    rows = SumRows(2, 1)
    plain: dict[int, list[float]] = {}
    added: list[tuple[int, int, int]] = []
    for number, lots, dollars, takes_back, packs in steps:
        step, sign = (number, lots, dollars), 1
        if takes_back and added:
            step, sign = added.pop(len(added) // 2), -1
        else:
            added.append(step)
        at = step[0]
        sums = plain.setdefault(at, [0, 0, 0.0])
        for place, more in enumerate((1, *step[1:])):
            sums[place] += sign * more
        if not sums[0]:
            del plain[at]
        rows.add(at, (1, step[1]), (float(step[2]),), sign)
        if packs:
            packed = PackedSums(rows)
            assert len(packed) == len(rows)
            rows = packed.rows()
        assert listed(rows.columns()) == [*plain.items()]


@given(WHOLE_ROWS)
def test_packed_rows_are_what_they_were_to_the_last_bit(rows: list[tuple[float, ...]]) -> None:
    sums = SumRows(2, 2)
    for number, n, lots, one, two in rows:
        sums.add(int(number), (int(n), int(lots)), (one, two), 1)
    packed = PackedSums(sums)
    assert bits(packed.columns()) == bits(sums.columns())
    assert bits(packed.rows().columns()) == bits(sums.columns())


def test_what_was_never_added_is_not_taken_away() -> None:
    rows = SumRows(2, 1)
    rows.add(7, (1, 1), (2.5,), -1)
    assert not len(rows)
    rows.add(7, (1, 0), (2.5,), 1)
    rows.add(7, (1, 0), (2.5,), 1)
    with pytest.raises(OverflowError):
        rows.add(7, (1, 1), (2.5,), -1)
    assert listed(rows.columns()) == [(7, [2, 0, 5.0])]
