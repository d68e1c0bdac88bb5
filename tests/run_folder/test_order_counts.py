"""Orders by day, from which the budget of a month follows: none is forgotten, none counts twice."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from engine.market.calendar import xnys
from engine.risk.order_budget import MonthSoFar
from engine.run_folder.order_counts import OrderDays

TODAY = date(2026, 3, 10)
COUNTS = {
    date(2025, 3, 9): 7_000,
    date(2026, 2, 27): 900,
    date(2026, 3, 2): 40,
    date(2026, 3, 9): 2,
    TODAY: 100,
    date(2026, 3, 11): 5_000,
}


def kept(folder: Path) -> OrderDays:
    days = OrderDays(folder / "orders-by-day.json")
    for day, orders in COUNTS.items():
        days.count(day, orders)
    return days


def test_the_sessions_of_this_month_up_to_today_share_its_budget(tmp_path: Path) -> None:
    month = kept(tmp_path).month(xnys(), TODAY, 0)
    assert month == MonthSoFar(sessions=7, before=42, today=100)


@given(counted=st.integers(0, 300))
def test_orders_that_a_restarted_desk_finds_in_its_journal_count_once(
    counted: int, tmp_path_factory
) -> None:
    month = kept(tmp_path_factory.mktemp("run")).month(xnys(), TODAY, counted)
    assert month.today + counted == max(100, counted)


def test_a_count_never_falls_and_the_next_process_reads_it(tmp_path: Path) -> None:
    kept(tmp_path).count(TODAY, 3)
    again = OrderDays(tmp_path / "orders-by-day.json")
    assert again.month(xnys(), TODAY, 0).today == 100
