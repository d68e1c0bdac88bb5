"""A filter of all orders: what passes comes first, stays fresh, and is what is taken away."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from engine.snapshot import EngineSnapshot, ListPage, OrderView
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.held_positions import held, with_positions
from tests.support.screen_text import texts
from tui.app import DeskApp
from tui.lists.export import as_csv, as_json
from tui.pane_numbers import ORDERS
from tui.viewmodel import orders

ALL = 16_384
SIZES = [(80, 24), (120, 40)]


def rows(symbol: str, numbers: range, status: str = "canceled") -> tuple[OrderView, ...]:
    return tuple(
        views.order(n, symbol, "D", status, 60.0 + n, id=f"S7-{n:05d}-D1") for n in numbers
    )


def busy() -> EngineSnapshot:
    """A desk that has sent more orders than it remembers; the newest of 90 that work are of QQQ."""
    desk = desks.normal()
    totals = replace(desk.totals, working=90, orders_today=330_152)
    return replace(desk, orders=rows("QQQ", range(3), "working"), totals=totals)


def title(app: DeskApp) -> str:
    return " ".join(texts(app, "list")[0].split())


def told(app: DeskApp) -> str:
    return " ".join(" ".join(texts(app, "list")).split())


@pytest.mark.parametrize("size", SIZES)
async def test_a_filter_is_whole_before_the_list_is_and_says_how_far_it_is(open_app, size):
    first = busy()
    app, desk = open_app(first)
    async with app.run_test(size=size) as pilot:
        await pilot.press("b")
        page = ListPage(1, "orders", "", 0, ALL, 0.0, rows("QQQ", range(300)))
        desk.now = replace(first, version=2, pages=(page,))
        app.look()
        assert f"300 of {ALL:,} so far" in title(app)
        await pilot.press("slash", *"spy", "enter")
        app.look()
        assert desk.lists[-1] == "list:orders,orders@changed,orders@:SPY"
        assert "no order that is shown here has come yet" in told(app)
        begun = ListPage(2, "orders", ":SPY", 0, 9_002, 0.0, rows("SPY", range(400, 402)))
        desk.now = replace(first, version=3, pages=(page, begun))
        app.look()
        assert "filter:spy 2 found, 9,000 to look through" in title(app)
        assert "hidden" not in told(app) and "last" not in title(app)
        ended = ListPage(3, "orders", ":SPY", 2, 3, 0.0, rows("SPY", range(500, 501)))
        desk.now = replace(first, version=4, pages=(page, begun, ended))
        app.look()
        assert f"filter:spy 3 of {ALL:,}" in title(app) and "so far" not in title(app)
        assert len(app.state.keys[ORDERS]) == 3
        if size[0] > 80:
            assert f"last {ALL:,} of 330,152" in title(app) and "0 working" in title(app)
        await pilot.press("slash", *"zz", "enter")
        app.look()
        nothing = ListPage(4, "orders", ":ZZ", 0, 0, 0.0, ())
        desk.now = replace(first, version=5, pages=(page, begun, ended, nothing))
        app.look()
        assert f"no order passes the filter: {ALL:,} hidden" in told(app)
        await pilot.press("escape")
        app.look()
        assert desk.lists[-1] == "list:orders,orders@changed"
        assert f"303 of {ALL:,} so far" in title(app), "what has come stays"


async def filtered(app: DeskApp, desk: object, pilot: object, words: str, *found: OrderView) -> int:
    """A blotter with a filter of which all has come; the number of its last page."""
    await pilot.press("b", "slash", *words, "enter")  # type: ignore[attr-defined]
    app.look()
    search = f":{words.upper()}"
    pages = (
        ListPage(1, "orders", "", 0, ALL, 0.0, rows("QQQ", range(300))),
        ListPage(2, "orders", search, 0, len(found), 0.0, found),
    )
    desk.now = replace(busy(), version=2, pages=pages)  # type: ignore[attr-defined]
    app.look()
    return 2


async def test_a_row_that_no_longer_passes_goes_at_once_and_one_that_passes_now_comes(open_app):
    app, desk = open_app(busy())
    async with app.run_test(size=(120, 40)) as pilot:
        was = rows("SPY", range(400, 402), "working")
        await filtered(app, desk, pilot, "working", *was)
        assert set(app.state.keys[ORDERS]) == {o.id for o in (*was, *busy().orders)}
        ended = replace(was[0], status="canceled", ended_s=was[0].sent_s + 2.5)
        (new,) = rows("SPY", range(403, 404), "working")
        changed = ListPage(3, "orders", "changed", 0, 2, 0.0, (new, ended))
        desk.now = replace(busy(), version=3, pages=(changed,), orders=())
        app.look()
        assert set(app.state.keys[ORDERS]) >= {was[1].id, new.id}
        assert ended.id not in app.state.keys[ORDERS]


async def test_what_is_taken_away_is_what_is_shown_and_marked_rows_stay(open_app):
    app, desk = open_app(busy())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("b")
        page = ListPage(1, "orders", "", 0, ALL, 0.0, rows("QQQ", range(300)))
        desk.now = replace(busy(), version=1, pages=(page,))
        app.look()
        await pilot.press("slash", "escape")
        found = rows("SPY", range(400, 403))
        await filtered(app, desk, pilot, "spy", *found)
        data = json.loads(as_json(orders.LIST, app.view()))
        assert len(data["rows"]) == 3 and data["rows_in_all"] == ALL
        assert len(as_csv(orders.LIST, app.view()).splitlines()) == 4
        app.state.choices("orders").mark("S7-00250-D1")
        app.look()
        (row,) = json.loads(as_json(orders.LIST, app.view()))["rows"]
        assert row["order"] == "S7-00250-D1", "a marked row that the filter hides is taken, too"
        assert len(app.state.keys[ORDERS]) == 3


async def test_sort_and_search_go_through_what_the_filter_left(open_app):
    app, desk = open_app(busy())
    async with app.run_test(size=(120, 40)) as pilot:
        found = rows("SPY", range(400, 403))
        await filtered(app, desk, pilot, "spy", *found)
        assert app.state.keys[ORDERS] == [o.id for o in found]
        await pilot.press("S")
        assert app.state.keys[ORDERS] == [o.id for o in found][::-1]
        await pilot.press("F", *"00401", "enter")
        assert app.state.selected(ORDERS) == "S7-00401-D1"
        assert desk.lists[-1] == "list:orders,orders@changed,orders@:SPY"


async def test_few_orders_are_asked_for_as_ever_and_nothing_is_looked_for(open_app):
    pair = held(4410)
    first = busy()
    first = replace(first, totals=replace(first.totals, working=400))
    app, desk = open_app(with_positions(first))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("b", "slash", *"spy", "enter", "o")
        assert desk.lists[-1] == "list:orders@open"
        await pilot.press("o", "slash", *"!spy", "enter")
        assert desk.lists[-1] == "list:orders,orders@changed", "most rows are without it"
        app.state.choices("orders").show_within(pair.key)
        await pilot.press("slash", *"filled", "enter")
        assert desk.lists[-1] == f"list:orders@{pair.key}"


async def test_an_observer_of_a_blotter_with_a_filter_is_told_of_how_many_it_is(open_app):
    app, desk = open_app(busy())
    async with app.run_test(size=(160, 40)) as pilot:
        await pilot.press("b", "slash", *"spy", "enter")
        app.look()
        found = ListPage(1, "orders", ":SPY", 0, 2, 0.0, rows("SPY", range(400, 402)))
        desk.now = replace(busy(), version=2, pages=(found,))
        app.look()
        assert "filter:spy 2 of 330,152" in title(app), "no page of the whole list has come yet"


async def test_rows_that_the_desk_remembers_no_more_are_not_counted_as_remembered(open_app):
    first = busy()
    app, desk = open_app(first)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("b")
        page = ListPage(1, "orders", "", 0, 300, 0.0, rows("QQQ", range(300)))
        later = ListPage(2, "orders", "", 0, 400, 0.0, rows("QQQ", range(300, 600)))
        desk.now = replace(first, version=2, pages=(page, later))
        app.look()
        assert "last 400 of 330,152" in title(app)
    other, desk = open_app(first)
    async with other.run_test(size=(120, 40)) as pilot:
        await pilot.press("b")
        page = ListPage(1, "orders", "", 0, 301, 0.0, rows("QQQ", range(300)))
        changed = ListPage(2, "orders", "changed", 0, 9, 0.0, rows("IWM", range(300, 309)))
        desk.now = replace(first, version=2, pages=(page, changed))
        other.look()
        assert "301 of 301 so far" in title(other)


async def test_an_order_that_works_no_more_has_ended_before_anybody_tells_how(open_app):
    app, desk = open_app(busy())
    async with app.run_test(size=(120, 40)) as pilot:
        was = rows("SPY", range(400, 402), "working")
        await filtered(app, desk, pilot, "working", *was)
        now_s = busy().now_s
        (new,) = rows("IWM", range(1), "working")
        new = replace(new, id="S7-99999-D1", sent_s=now_s + 0.5)
        page = ListPage(3, "orders", "changed", 0, 1, now_s, (was[0],))
        desk.now = replace(busy(), version=3, pages=(page,), orders=(new,))
        app.look()
        assert app.state.keys[ORDERS] == [new.id, was[0].id], "one was sent after the page"
        await pilot.press("slash", *"spy", "enter")
        assert {o.id: o.status for o in orders.LIST.source(app.view()) if o.symbol == "SPY"} == {
            was[0].id: "working",
            was[1].id: "ended",
        }
        assert "ENDED" in told(app)
        part = replace(page, serial=4, total=2)
        desk.now = replace(busy(), version=4, pages=(part,), orders=(new,))
        app.look()
        some = {o.id: o.status for o in orders.LIST.source(app.view())}
        assert some[was[1].id] == "ended", "the rest of what works is on a further page"


async def test_an_order_that_the_snapshot_does_not_have_among_all_that_work_has_ended(open_app):
    """At sixty times the speed of time a page of those that changed is a minute old."""
    first = busy()
    app, desk = open_app(first)
    async with app.run_test(size=(120, 40)) as pilot:
        was = rows("SPY", range(400, 402), "working")
        await filtered(app, desk, pilot, "working", *was)
        few = replace(first.totals, working=1)
        desk.now = replace(first, version=3, orders=(was[1],), totals=few)
        app.look()
        assert app.state.keys[ORDERS] == [was[1].id]
        none = replace(few, working=0)
        desk.now = replace(first, version=4, orders=(), totals=none)
        app.look()
        assert app.state.keys[ORDERS] == []
        more = replace(few, working=61)
        desk.now = replace(first, version=5, orders=(was[1],), totals=more)
        app.look()
        assert was[0].id in app.state.keys[ORDERS], "sixty others may work, and it may"
