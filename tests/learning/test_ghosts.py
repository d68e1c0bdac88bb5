"""Ghosts bound from below what a longer cancel time would have filled, and never say more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.learning.estimators import Z95
from engine.learning.ghosts import (
    CLASSES_KEPT,
    LONGEST_MS,
    STEP_MS,
    Ghosts,
    GhostTimes,
    ghost_fills,
    ghosts_seen,
    longer_cancel,
)
from engine.learning.survival import FillTimes
from engine.orders.events import GhostWatched

BEFORE_MS = 2_500


def ghost(
    trader: str = "A",
    cancel_ms: int = BEFORE_MS,
    worked_ms: int | None = BEFORE_MS,
    first_ms: int | None = None,
    crossed_ms: int | None = None,
) -> GhostWatched:
    looks = int(first_ms is not None)
    return GhostWatched(
        0, trader, 1, "S-1", cancel_ms, 0.35, worked_ms, looks, first_ms, crossed_ms, None
    )


def times(fills: int, waits: int) -> FillTimes:
    return FillTimes({1_000: fills} if fills else {}, {BEFORE_MS: waits} if waits else {})


CROSSINGS = st.lists(
    st.tuples(
        st.integers(BEFORE_MS + 1, 32_000) | st.none(),  # when the market first came to the limit
        st.lists(st.integers(BEFORE_MS + 1, 32_000), max_size=5),  # when somebody looked
    ),
    min_size=1,
    max_size=60,
)


@given(CROSSINGS, st.integers(BEFORE_MS + 1, 32_000), st.integers(0, 50))
def test_what_was_seen_is_never_more_than_what_was_there(
    attempts: list[tuple[int | None, list[int]]], after_ms: int, fills: int
) -> None:
    counted = GhostTimes()
    for first_there, looks in attempts:
        seen = [ms for ms in looks if first_there is not None and ms >= first_there]
        counted.add(min(looks, default=None), min(seen, default=None))
    there = sum(ms is not None and ms <= after_ms for ms, _ in attempts)
    assert counted.crossed_by(after_ms) <= there
    told = ghost_fills(times(fills, len(attempts)), counted, BEFORE_MS, after_ms, Z95)
    if told is None:
        assert counted.seen_by(after_ms) == 0
    else:
        assert told.low <= told.effect <= told.high
        assert told.effect <= there / (fills + len(attempts)) + 1e-12


def test_the_share_is_of_all_attempts_and_a_crossing_counts_from_the_end_of_its_step() -> None:
    counted = GhostTimes()
    for _ in range(30):
        counted.add(6_001, 6_001)
    for _ in range(70):
        counted.add(6_001, None)
    told = ghost_fills(times(100, 100), counted, BEFORE_MS, 6_100, Z95)
    assert told is not None
    assert told.effect == pytest.approx(0.5 * 0.3)
    assert told.low == pytest.approx(0.4314 * 0.2189, abs=1e-4)
    assert told.high == pytest.approx(0.5686 * 0.3958, abs=1e-4)
    assert ghost_fills(times(100, 100), counted, BEFORE_MS, 6_099, Z95) is None


def test_a_time_at_which_nobody_looked_is_unknown_and_never_none_of_them() -> None:
    counted = GhostTimes()
    counted.add(8_000, 8_000)
    counted.add(None, None)
    assert ghost_fills(times(5, 5), counted, BEFORE_MS, 3_000, Z95) is None
    assert ghost_fills(times(5, 5), counted, BEFORE_MS, BEFORE_MS, Z95) is None
    assert ghost_fills(FillTimes({}, {}), counted, BEFORE_MS, 9_000, Z95) is None
    told = longer_cancel(times(5, 5), counted, BEFORE_MS, 3_000, 9.0, Z95)
    assert told.per_hour is None
    assert "none was looked at within 3,000 ms" in told.sentence
    assert "quotes for its next attempt, 8,000 ms at the earliest." in told.sentence
    assert "looked at for 1 from 8.0 s on" in ghosts_seen(BEFORE_MS, counted)
    assert "50% until 10 s" in told.sentence
    nothing = longer_cancel(times(5, 5), None, BEFORE_MS, 3_000, 9.0, Z95)
    assert nothing.per_hour is None


def test_a_longer_wait_costs_attempts_and_brings_what_crossed() -> None:
    counted = GhostTimes()
    for number in range(200):
        counted.add(4_000, 4_000 if number < 100 else None)
    told = longer_cancel(times(100, 300), counted, BEFORE_MS, 5_000, 9.0, Z95)
    before_s = 9.0 + (100 * 1.0 + 300 * 2.5) / 400
    after_s = before_s + 0.75 * 2.5
    hourly = (0.25 + 0.75 * 0.5) * 3600 / after_s - 0.25 * 3600 / before_s
    assert told.per_hour is not None
    assert told.per_hour.effect == pytest.approx(hourly)
    assert told.per_hour.low < hourly < told.per_hour.high
    assert "at least 37.5% of all attempts more" in told.sentence


def test_only_debits_that_worked_as_long_as_they_may_are_counted() -> None:
    ghosts = Ghosts()
    ghosts.add(ghost(worked_ms=400, first_ms=6_000))
    ghosts.add(ghost(worked_ms=None, first_ms=6_000))
    assert ghosts.of("A", BEFORE_MS) is None
    ghosts.add(ghost(first_ms=6_000, crossed_ms=6_000))
    ghosts.add(ghost("B", first_ms=7_000))
    ghosts.add(ghost("B", 3_000, 3_001, first_ms=7_000))
    mine, desk = ghosts.of("A", BEFORE_MS), ghosts.of_desk(BEFORE_MS)
    assert mine is not None
    assert desk is not None
    assert (mine.watched, desk.watched, desk.crossed_by(10_000)) == (1, 2, 1)
    assert ghosts.of_desk(4_000) is None


@given(st.lists(st.tuples(st.integers(1, 10**7), st.integers(100, 120)), max_size=400))
def test_memory_is_bounded(rows: list[tuple[int, int]]) -> None:
    ghosts = Ghosts()
    for first_ms, cancel in rows:
        ghosts.add(ghost("A", cancel * 10, cancel * 10, first_ms, first_ms))
    kept = [ghosts.of("A", cancel * 10) for cancel in range(100, 121)]
    known = [each for each in kept if each is not None]
    assert len(known) <= CLASSES_KEPT
    assert all(len(each.crossed) <= LONGEST_MS // STEP_MS for each in known)
