"""Counts by millisecond: they are those of a dictionary, in a tenth of its memory."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.learning.ms_counts import MsCounts
from tests.support.retained import retained_bytes


def counted(times: list[int]) -> MsCounts:
    counts = MsCounts()
    for ms in times:
        counts.add(ms)
    return counts


@given(st.lists(st.integers(0, 100_000) | st.integers(2_498, 2_502)))
def test_counts_are_those_of_a_dictionary(times: list[int]) -> None:
    plain: dict[int, int] = {}
    for ms in times:
        plain[ms] = plain.get(ms, 0) + 1
    counts = counted(times)
    assert counts == plain and plain == counts
    assert list(counts.items()) == sorted(plain.items())
    assert [counts.get(ms) for ms in range(2_490, 2_510)] == [
        plain.get(ms) for ms in range(2_490, 2_510)
    ]
    assert pickle.loads(pickle.dumps(counts)) == copy.deepcopy(counts) == counts


def test_a_copy_stays_as_it_was() -> None:
    counts = counted([7, 7, 9])
    kept = counts.copy()
    counts.add(7)
    counts.add(8)
    assert kept == {7: 2, 9: 1} and counts == {7: 3, 8: 1, 9: 1}
    with pytest.raises(KeyError):
        kept[8]


def test_a_millisecond_takes_few_bytes() -> None:
    assert retained_bytes(lambda: counted(list(range(0, 5_000, 2)))) / 2_500 < 4
