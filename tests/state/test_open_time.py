"""Trader-hours: what counts is each trader's time while the exchange traded and a process was there."""

from __future__ import annotations

import pytest

from engine.snapshot.health import Totals
from engine.state.open_time import MS_AN_HOUR, OpenTime

HALF = MS_AN_HOUR // 2


def started() -> OpenTime:
    time = OpenTime()
    time.session_started(0, None)
    time.trader_added(0, "A")
    time.phase_changed(0, "PRE_MARKET")
    time.phase_changed(HALF, "OPEN_AUCTION")
    return time


def test_time_counts_from_the_open_to_the_close_and_for_each_trader_from_its_addition():
    time = started()
    assert [time.hours(at) for at in (HALF, 2 * HALF)] == [0.0, 0.5]
    time.trader_added(2 * HALF, "B")
    time.phase_changed(3 * HALF, "MORNING")
    assert time.hours(3 * HALF) == 1.5
    time.phase_changed(4 * HALF, "AFTER_HOURS")
    assert time.hours(9 * HALF) == 2.5
    assert [time.hours_of(each, 9 * HALF) for each in ("A", "B", "never added")] == [1.5, 1.0, 0.0]
    time.session_ended(9 * HALF)
    assert time.hours(99 * HALF) == 2.5


def test_an_end_within_the_session_stops_the_time():
    time = started()
    time.session_ended(3 * HALF)
    assert time.hours(9 * HALF) == 1.0


def test_the_time_between_a_process_that_died_and_the_next_does_not_count():
    time = started()
    time.session_started(6 * HALF, 2 * HALF)
    assert time.hours(7 * HALF) == 0.5
    time.phase_changed(7 * HALF, "MIDDAY")
    assert time.hours(8 * HALF) == 1.0


def test_another_session_begins_at_nothing():
    time = started()
    time.trader_added(2 * HALF, "B")
    time.session_started(50 * HALF, None)
    time.phase_changed(50 * HALF, "MORNING")
    assert time.hours(51 * HALF) == 1.0
    assert time.hours_of("B", 51 * HALF) == 0.5, "what it missed the day before is forgotten"


def test_dollars_are_divided_by_what_there_was_and_unknown_where_there_was_nothing():
    assert Totals().result_an_order_c is None
    assert Totals(trader_hours=0.001).result_a_trader_hour_c is None
    totals = Totals(result_c=900, orders_today=4, trader_hours=4.5)
    assert totals.result_an_order_c == pytest.approx(225)
    assert totals.result_a_trader_hour_c == pytest.approx(200)


def test_a_session_that_begins_with_its_phase_counts_from_there():
    """As in an executor of a program: the phase tells of the date, and the date begins a session."""
    time = OpenTime()
    time.trader_added(0, "A")
    time.phase_changed(HALF, "MORNING")
    time.session_started(HALF, None)
    assert time.hours(3 * HALF) == 1.0
    time.phase_changed(50 * HALF, "OPEN_AUCTION")
    time.session_started(50 * HALF, None)
    assert time.hours(51 * HALF) == 0.5


def test_a_removed_trader_counts_until_then_and_again_once_it_is_back():
    time = started()
    time.trader_added(HALF, "B")
    time.trader_removed(2 * HALF, "A")
    time.trader_removed(3 * HALF, "A")
    time.trader_removed(3 * HALF, "never added")
    assert [time.hours_of(each, 4 * HALF) for each in ("A", "B")] == [0.5, 1.5]
    assert time.hours(4 * HALF) == 2.0
    time.trader_added(4 * HALF, "A")
    time.trader_added(5 * HALF, "A")
    assert [time.hours_of(each, 6 * HALF) for each in ("A", "B")] == [1.5, 2.5]
    assert time.hours(6 * HALF) == 4.0


def test_a_trader_that_was_removed_the_day_before_counts_from_when_it_is_back():
    time = started()
    time.trader_removed(2 * HALF, "A")
    time.session_started(50 * HALF, None)
    time.phase_changed(50 * HALF, "MORNING")
    assert time.hours(52 * HALF) == time.hours_of("A", 52 * HALF) == 0.0
    time.trader_added(51 * HALF, "A")
    assert time.hours(52 * HALF) == time.hours_of("A", 52 * HALF) == 0.5
