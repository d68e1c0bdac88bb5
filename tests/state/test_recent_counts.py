"""Counts of the last stretches of time are those of a list of everything that was counted."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from engine.state.statistics import RecentCounts
from tests.support.retained import retained_bytes

KEPT = 5


@given(st.lists(st.integers(0, 40), max_size=40), st.integers(0, 3))
def test_they_are_what_counting_everything_says(stretches: list[int], later: int) -> None:
    counts, newest, seen = RecentCounts(KEPT), 0, []
    for stretch in stretches:
        counts.add(stretch)
        newest = max(newest, stretch)
        seen.append(stretch)
        now = newest + later
        last = range(now - KEPT + 1, now + 1)
        assert counts.up_to(now) == tuple(map(seen.count, last))


def test_a_day_of_them_takes_no_more_than_the_first_hour() -> None:
    def counted(stretches: int) -> RecentCounts:
        counts = RecentCounts(12)
        for stretch in range(6_000_000, 6_000_000 + stretches):
            counts.add(stretch)
        return counts

    hour, day = (retained_bytes(partial(counted, many)) for many in (12, 288))
    assert day <= hour + 64 < 800
