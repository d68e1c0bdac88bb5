"""Guaranteed dollars of a trader beside the desk's, and whose the gains are: nothing made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from engine.report.status import status_json
from engine.snapshot import EngineSnapshot, Tied, TraderView
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tui.state import ScreenState
from tui.text.glyphs import UNICODE
from tui.text.lines import text_of
from tui.viewmodel import activity, detail
from tui.viewmodel.view import View

DESK_TIED = Tied(3, 1_000, 45_000, 1_260_000)


def shown(t: TraderView, asked: bool = True, **changes: Any) -> list[list[str]]:
    desk = desks.normal()
    totals = replace(desk.totals, result_c=9_000, orders_today=40, trader_hours=9.0, tied=DESK_TIED)
    view = View(replace(desk, totals=totals), ScreenState(), UNICODE)
    told = replace(views.detail_of(t), trader_hours=1.5, **changes) if asked else None
    return [text_of(line).split() for line in detail.dollars(t, told, view)]


def trader(**changes: Any) -> TraderView:
    values: dict[str, Any] = {
        "result_c": 300,
        "orders": 12,
        "tied": Tied(2, 250, 30_000, 840_000),
        **changes,
    }
    return views.trader("SPY", k=20, n=80, **values)


def test_a_trader_is_told_its_own_dollars_by_its_own_orders_and_time_beside_the_desks():
    assert [" ".join(row) for row in shown(trader())] == [
        "$/order +0.25 desk +2.25 12 orders",
        "$/TrH +2.00 desk +10.00 1.5 h open",
        "$-days/$ 3,360 desk 1,260 2 pairs",
        "of gains 3 % best SPY 20DEC24 45 % like 3.9 of 9",
    ]


@pytest.mark.parametrize("result_c", [0, -300])
def test_a_trader_that_gained_nothing_has_no_part_in_the_gains(result_c: int):
    assert shown(trader(result_c=result_c))[3][:3] == ["of", "gains", "-"]


def test_few_attempts_are_called_thin():
    assert shown(trader(), thin=True)[0][-1] == "THIN"
    assert not any("THIN" in row for row in shown(trader(), thin=False))


@pytest.mark.parametrize("floor_c", [0, -250])
def test_what_nobody_knows_is_a_dash(floor_c: int):
    rows = shown(trader(orders=0, tied=Tied(1, floor_c, 15_000, 420_000)), asked=False)
    assert [row[1] for row in rows[:3]] == ["-", "-", "-"]


def session(snapshot: EngineSnapshot) -> dict[str, str]:
    rows = activity.session_lines(View(snapshot, ScreenState(), UNICODE), 60)
    return {text_of(row).split()[0]: " ".join(text_of(row).split()[1:]) for row in rows}


def test_rates_of_the_session_that_rest_on_few_are_called_thin():
    desk = desks.normal()
    few = replace(
        desk.totals, attempts=49, fills=12, thin=True, filled_cycles=12, completions=11,
        few_cycles=True,
    )  # fmt: skip
    rows = session(replace(desk, totals=few))
    assert rows["debits"] == "12/49 24.5 % THIN filled"
    assert rows["cycles"] == "11/12 91.7 % THIN closed"
    enough = session(replace(desk, totals=replace(few, thin=False, few_cycles=False)))
    assert not any("THIN" in row for row in enough.values())
    none = replace(few, attempts=0, fills=0, filled_cycles=0, completions=0)
    assert not any("THIN" in row for row in session(replace(desk, totals=none)).values())


def gains(*results_c: int) -> EngineSnapshot:
    symbols = ("SPY", "QQQ", "SPY", "TSLA")
    far = date(2025, 1, 17)
    rows = [
        views.trader(symbol, far if number == 2 else views.NEAR, result_c=result_c)
        for number, (symbol, result_c) in enumerate(zip(symbols, results_c, strict=False))
    ]
    desk = desks.normal()
    return replace(desk, traders=tuple(rows), totals=replace(desk.totals, tied=Tied(1, 0, 5, 35)))


def test_the_session_says_whose_the_gains_are_and_how_many_lose():
    rows = session(gains(300, 100, 200, -50))
    assert rows["best"] == "SPY 20DEC24 50 % like 2.6 of 3, 1 lose"
    assert rows["symbol"] == "SPY 83 % like 1.4 of 2, 1 lose"
    assert rows["$-days/$"] == "- 1 pair"


def test_where_nobody_gained_nobody_is_best():
    rows = session(gains(0, -5))
    assert rows["best"] == rows["symbol"] == "-"


def test_the_status_says_the_same():
    snapshot = gains(300, 100, 200, -50)
    status = status_json(snapshot, 0.0)
    found = status["concentration"]["by_symbol"]
    assert (found["best"], found["best_share"], found["losing"]) == ("SPY", 0.833333, 1)
    assert found["effective_number"] == pytest.approx(36 / 26, abs=1e-4)
    assert status["result_by_symbol_usd"] == {"SPY": 5.0, "QQQ": 1.0, "TSLA": -0.5}
    assert status["capital"]["dollar_days_a_floor_dollar"] is None
    row = replace(snapshot.traders[0], tied=DESK_TIED, orders=4)
    told = status_json(replace(snapshot, traders=(row,)), 0.0)
    assert told["capital_by_expiration"]["2024-12-20"]["dollar_days_a_floor_dollar"] == 1260.0
    assert told["traders"][row.key]["result_an_order_usd"] == 0.75
