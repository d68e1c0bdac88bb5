"""What is guaranteed comes first: the floor, then what is open at its worst, then cash, dim."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.snapshot import EngineSnapshot
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.screen_text import front, texts
from tui.text.columns import choose
from tui.viewmodel import header_figures, report, trader_columns, traders
from tui.viewmodel.activity import session_lines
from tui.viewmodel.lists import TABLES
from tui.viewmodel.view import View

SIZES = [(80, 24), (120, 40), (200, 60)]


def much_cash_little_floor() -> EngineSnapshot:
    snapshot = desks.troubled()
    totals = replace(snapshot.totals, net_premium_c=49_944_600, floor_c=824_950)
    return replace(snapshot, totals=totals, units=(views.unit(),))


@pytest.mark.parametrize("size", SIZES)
async def test_the_headers_first_figure_is_the_floor_and_its_only_bold_one_of_money(open_app, size):
    app, _ = open_app(much_cash_little_floor())
    async with app.run_test(size=size):
        second = texts(app, "header")[1]
        assert second.split()[:2] == ["Floor", "+8,249"]
        assert second.index("Floor") < second.index("Unh") < second.index("Cash +499,446")
        assert "Prem" not in second
        spans = header_figures.second(app.view(), size[0])
        cash = next(style for text, style in spans if "499,446" in text)
        floor = next(style for text, style in spans if "8,249" in text)
        assert (floor, cash) == ("title", "dim")


async def test_the_header_says_what_open_contracts_come_to_at_worst(open_app):
    app, _ = open_app(much_cash_little_floor())
    async with app.run_test(size=(80, 24)):
        assert "-328" in texts(app, "header")[1]
    for worst_c, said in ((-31_272, "-313"), (None, "-inf")):
        totals = replace(desks.normal().totals, unhedged=2, open_worst_c=worst_c)
        app, _ = open_app(replace(desks.normal(), totals=totals))
        async with app.run_test(size=(200, 60)):
            assert header_figures.money_of(app.view()).worst_c == worst_c
            assert f"at worst {said}" in texts(app, "header")[1]


async def test_with_a_filter_of_a_symbol_the_money_in_the_header_is_that_symbols(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("slash", *"aapl", "enter")
        second = texts(app, "header")[1]
        chains = [b for b in app.view().snapshot.balances if b.symbol == "AAPL"]
        floor = f"{sum(b.floor_c for b in chains) // 100:+,}"
        assert second.split()[:3] == ["AAPL", "Floor", floor]
        await pilot.press("escape")
        assert texts(app, "header")[1].split()[0] == "Floor"


@pytest.mark.parametrize("size", SIZES)
async def test_floor_and_age_have_a_column_at_every_size_and_no_word_means_two_things(
    open_app, size
):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=size):
        rows = texts(app, "traders")[1]
        assert "FLOOR$" in rows and "LOOK" in rows
        assert "PREMIUM" not in rows and "AGE" not in rows.split()
        if "balances" in front(app)._placed.plan.places:
            held = texts(app, "balances")[1]
            assert "FLOOR$" in held and "AGE" in held and "OPEN$" in held


NEEDED = {
    "traders": ["symbol", "state", "floor", "expiry", "next", "fill rate", "net", "look"],
    "chains": ["symbol", "floor", "expiry", "net", "open", "age"],
    "orders": ["symbol", "limit", "legs", "time", "order"],
}
"""Columns of the lists that may become narrow, the one that is needed longest first."""

BY_NAME = {each.name: each for each in TABLES}


@pytest.mark.parametrize("name", NEEDED)
def test_a_column_is_left_out_only_after_all_that_are_needed_less(name: str) -> None:
    columns, needed = BY_NAME[name].columns, NEEDED[name]
    least = dict.fromkeys(needed, 10000)
    before: set[str] = set()
    for width in range(20, 120):
        shown = {column.called for column, _ in choose(columns, width)}
        for each in shown & least.keys():
            least[each] = min(least[each], width)
        if name != "orders":  # where a status and legs take turns below 57 columns
            assert before <= shown, f"at {width} columns {before - shown} went for nothing"
        before = shown
    assert sorted(needed, key=lambda each: least[each]) == needed, least


def test_a_trader_in_forty_columns_tells_its_floor_its_fill_rate_and_why_it_waits() -> None:
    shown = [column.title for column, _ in choose(trader_columns.COLUMNS, 40)]
    assert shown == ["ST", "SYM", "EXPIRY", "FIL%", "NEXT", "FLOOR$"]
    assert "FLOOR$" in [column.title for column, _ in choose(trader_columns.COLUMNS, 20)]


@pytest.mark.parametrize(("name", "least"), [("traders", 20), ("chains", 18), ("pairs", 67)])
def test_columns_in_an_order_of_ones_own_keep_the_floor_too(name: str, least: int) -> None:
    names = [c.called for c in BY_NAME[name].columns if c.called != "floor"]
    for width in range(least, 100):
        shown = [column.called for column, _ in choose(BY_NAME[name].columns, width, names)]
        assert "floor" not in shown
        shown = [c.called for c, _ in choose(BY_NAME[name].columns, width, [*names, "floor"])]
        assert "floor" in shown


def test_session_and_report_begin_their_money_with_the_floor_and_dim_the_cash(open_app) -> None:
    app, _ = open_app(much_cash_little_floor())
    view: View = app.view()
    lines = session_lines(view, 60)
    names = [line[0][0].strip() for line in lines]
    assert names[:4] == ["floor", "open", "to close", "cash"]
    assert {style for _, style in lines[3][1:]} == {"dim"}
    assert lines[2][1][0] == "?"  # nobody has valued it: unknown, never 0
    valued = replace(view.snapshot, totals=replace(view.snapshot.totals, liquidation_c=-1_200_00))
    assert session_lines(replace(view, snapshot=valued), 60)[2][1][0] == "-1,200.00"
    text = report.as_text(view)
    assert text.index("floor") < text.index("cash")
    assert "premium" not in text


def test_what_an_order_must_promise_stands_beside_the_orders_where_they_are_limited(open_app):
    app, _ = open_app(desks.live())
    for enforced, least_c, words in (
        (True, None, "evenly  until learned"),
        (True, 231, "2.31 $ at least"),
        (False, None, ""),
    ):
        totals = replace(
            app.view().snapshot.totals, reservation_c=least_c, order_budget_enforced=enforced
        )
        view = replace(app.view(), snapshot=replace(app.view().snapshot, totals=totals))
        shown = ["".join(text for text, _ in line) for line in session_lines(view, 60)]
        (told,) = [line for line in shown if line.lstrip().startswith("an order")] or [""]
        assert told.endswith(words) and bool(told) is enforced


def test_traders_sort_by_floor_with_the_worst_first(open_app) -> None:
    app, _ = open_app(desks.troubled())
    app.state.choices("traders").sort_by("floor")
    floors = [t.floor_c for t in traders.rows(app.view())]
    assert floors == sorted(floors)
