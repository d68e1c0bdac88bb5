"""When the order budget stops debits: worked examples, and limits that never come."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.risk.budget_forecast import End, Pace, Stretch, debits_end

PACE = Pace(traders=10, working_s=2.5, fill_rate=0.25)
DAY = [Stretch(0.0, 10_000.0, 9.0)]
FREE = 10 * 1.45 / (9 + 0.75 * 2.5)
THROTTLED = 5 * 1.45 / (18 + 0.75 * 2.5)
"""Orders a second: a debit and what completes it, over the delay and the time it works."""


def end(
    day: list[Stretch] = DAY,
    pace: Pace = PACE,
    sent: int = 0,
    spent: float = 0,
    allowed: int = 1000,
) -> End:
    found = debits_end(day, pace, sent, spent, allowed)
    assert found is not None
    return found


def stops(found: End, limit: str, at_s: float) -> None:
    assert found.limit == limit
    assert found.at_s == pytest.approx(at_s)


def test_half_of_the_chains_go_on_at_longer_delays_from_85_percent_of_the_budget_on() -> None:
    stops(end(), "order budget", 850 / FREE + 100 / THROTTLED)
    stops(end(spent=800), "order budget", 50 / FREE + 100 / THROTTLED)
    stops(end(spent=900), "order budget", 50 / THROTTLED)
    stops(end(spent=950), "order budget", 0.0)


def test_each_stretch_of_the_day_has_its_own_delay() -> None:
    day = [Stretch(0.0, 300.0, 9.0), Stretch(300.0, 10_000.0, 20.0)]
    slow, slower = 10 * 1.45 / (20 + 1.875), 5 * 1.45 / (40 + 1.875)
    left = 850 - 300 * FREE
    stops(end(day), "order budget", 300 + left / slow + 100 / slower)


def test_where_little_fills_the_efficiency_ratio_stops_debits_once_it_is_judged() -> None:
    poor = replace(PACE, fill_rate=0.03)
    assert poor.ratio == pytest.approx((1 + 0.03 * 1.8 + 0.97) / (2 * 0.03))
    rate = 10 * 1.054 / (9 + 0.97 * 2.5)
    stops(end(pace=poor), "order efficiency ratio", 100 / rate)
    stops(end(pace=poor, sent=60), "order efficiency ratio", 40 / rate)
    stops(end(pace=poor, sent=500), "order efficiency ratio", 0.0)
    assert replace(PACE, fill_rate=0.0).ratio == float("inf")


def test_a_day_that_ends_first_or_that_nobody_trades_has_no_end_of_debits() -> None:
    assert debits_end([Stretch(0.0, 600.0, 9.0)], PACE, 0, 0, 1000) is None
    assert debits_end(DAY, replace(PACE, traders=0), 0, 0, 1000) is None


def test_no_more_orders_go_out_than_the_broker_takes_a_second() -> None:
    slow = replace(PACE, most_a_second=0.1)
    stops(end(pace=slow, allowed=100), "order budget", 950.0)
