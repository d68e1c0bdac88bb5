"""What traders would send in a day, and when too few fills end it: worked examples."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.risk.budget_forecast import Pace, Stretch, orders_wanted, ratio_ends_s

PACE = Pace(traders=10, working_s=2.5, fill_rate=0.25)
POOR = replace(PACE, fill_rate=0.03)
"""So few fills that the efficiency ratio of a long day is above 20."""

DAY = [Stretch(1_000.0, 1_300.0, 9.0), Stretch(1_300.0, 10_000.0, 20.0)]


def test_a_debit_and_what_completes_it_go_out_over_the_delay_and_the_time_it_works() -> None:
    early, late = 10 * 1.45 / (9 + 0.75 * 2.5), 10 * 1.45 / (20 + 0.75 * 2.5)
    assert orders_wanted(DAY, PACE) == pytest.approx(300 * early + 8_700 * late)
    limited = replace(PACE, most_a_second=0.1)
    assert orders_wanted(DAY, limited) == pytest.approx(900)


def test_the_efficiency_ratio_counts_every_order_and_the_cancels_of_what_does_not_fill() -> None:
    assert PACE.ratio == pytest.approx((1.45 + 0.75) / 0.5)
    assert POOR.ratio == pytest.approx((1.054 + 0.97) / 0.06)
    assert replace(PACE, fill_rate=0.0).ratio == float("inf")


def test_where_little_fills_debits_end_once_the_ratio_is_judged() -> None:
    early, late = 10 * 1.054 / (9 + 0.97 * 2.5), 10 * 1.054 / (20 + 0.97 * 2.5)
    assert ratio_ends_s(DAY, POOR, 0) == pytest.approx(1_000 + 100 / early)
    assert ratio_ends_s(DAY, POOR, 60) == pytest.approx(1_000 + 40 / early)
    assert ratio_ends_s(DAY, POOR, 500) == 1_000
    brief = [Stretch(1_000.0, 1_050.0, 9.0), *DAY[1:]]
    assert ratio_ends_s(brief, POOR, 0) == pytest.approx(1_300 + (100 - 50 * early) / late)


def test_a_ratio_that_stays_below_its_limit_or_is_never_judged_ends_nothing() -> None:
    assert ratio_ends_s(DAY, PACE, 0) is None
    assert ratio_ends_s(DAY, replace(POOR, traders=0), 0) is None
    assert ratio_ends_s([Stretch(1_000.0, 1_050.0, 9.0)], POOR, 0) is None
