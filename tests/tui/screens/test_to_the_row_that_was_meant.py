"""A key that goes to rows goes to these rows: past pages that still come, past an old filter."""

from __future__ import annotations

from dataclasses import replace

from engine.snapshot import EventLine, ListPage
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.held_positions import held, positions, with_positions
from tests.support.screen_text import texts
from tui.pane_numbers import ORDERS
from tui.viewmodel import orders, pairs


def _page(serial: int, start: int, number: int, total: int) -> ListPage:
    rows = tuple(
        views.order(1_000 + n, "SPY", "D", "canceled", 60.0 + n)
        for n in range(start, start + number)
    )
    return ListPage(serial, "orders", "", start, total, views.NOW, rows)


async def test_g_goes_on_to_the_last_row_while_pages_come(open_app):
    app, desk = open_app(desks.normal())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("b")
        desk.now = replace(desk.now, version=2, pages=(_page(1, 0, 30, 90),))
        app.look()
        await pilot.press("G")
        assert "more rows" in texts(app, "status")[0]
        assert app.state.selected(ORDERS) == _page(1, 29, 1, 90).rows[0].id
        for serial in (2, 3):
            page = _page(serial, 30 * (serial - 1), 30, 90)
            desk.now = replace(desk.now, version=1 + serial, pages=(page,))
            app.look()
        last = app.state.selected(ORDERS)
        assert last == _page(3, 89, 1, 90).rows[0].id
        older = views.order(9_999, "SPY", "D", "canceled", 900.0)
        page = replace(_page(4, 0, 30, 91), rows=(older,))
        desk.now = replace(desk.now, version=9, pages=(page,))
        app.look()
        assert app.state.selected(ORDERS) == last, "all had come: the cursor follows its row"


async def test_a_move_ends_the_way_to_the_last_row(open_app):
    app, desk = open_app(desks.normal())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("b")
        desk.now = replace(desk.now, version=2, pages=(_page(1, 0, 30, 90),))
        app.look()
        await pilot.press("G", "k")
        chosen = app.state.selected(ORDERS)
        desk.now = replace(desk.now, version=3, pages=(_page(2, 30, 30, 90),))
        app.look()
        assert app.state.selected(ORDERS) == chosen


async def test_the_orders_of_a_pair_are_shown_whatever_filter_was_left(open_app):
    pair = held(7)
    mine = tuple(
        views.order(n, "SPY", "D", "filled", 9.0 + n, trader=pair.trader, cycle=7) for n in (1, 2)
    )
    app, _ = open_app(with_positions(desks.normal(orders=mine), pairs=(pair,)))
    async with app.run_test(size=(120, 40)) as pilot:
        choices = orders.LIST.choices(app.view())
        choices.filter_by("tsla")
        app.state.show_open_only(True)
        await pilot.press("i", "enter")
        assert app.place == "blotter"
        title = texts(app, "list")[0]
        assert "filter" not in title and "open only" not in title and "0 of" not in title
        assert set(app.state.keys[ORDERS]) == {each.id for each in mine}
        await pilot.press("o")
        assert app.state.keys[ORDERS] == [], "asked for here, it is done"
        await pilot.press("escape", "b")
        assert "filter:tsla" in texts(app, "list")[0], "what was put aside is back"


async def test_a_filter_typed_among_the_pairs_of_a_contract_ends_with_them(open_app):
    pair = held(7)
    app, _ = open_app(with_positions(pairs=(pair,), contracts=positions().contracts))
    async with app.run_test(size=(120, 40)) as pilot:
        choices = pairs.LIST.choices(app.view())
        choices.filter_by("tsla")
        await pilot.press("i", "v", "enter")
        assert "filter" not in texts(app, "held")[0] and app.state.keys[pairs.LIST.pane]
        choices.filter_by("condor")
        await pilot.press("escape")
        assert (choices.filter, bool(choices.within)) == ("", True), "first the filter"
        await pilot.press("escape")
        assert (choices.filter, choices.within) == ("tsla", "")


async def test_the_order_of_an_event_is_shown_though_a_filter_hides_it(open_app):
    order = views.order(1, "SPY", "D", "filled", 9.0)
    told = EventLine(views.NOW, "eng", f"execution of {order.id}", 1)
    app, _ = open_app(desks.normal(orders=(order,), events=(told,)))
    async with app.run_test(size=(120, 40)) as pilot:
        orders.LIST.choices(app.view()).filter_by("tsla")
        await pilot.press("l", "v", "enter")
        assert app.place == "blotter"
        assert app.state.selected(ORDERS) == order.id
        assert "is taken back" in texts(app, "status")[0]
