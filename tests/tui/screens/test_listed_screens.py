"""Screens with a list and its chosen row in full: nothing of either is out of reach."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.commands import Ask
from engine.snapshot import EventLine, ListPage
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.held_positions import with_positions
from tests.support.screen_text import texts
from tui.pane_numbers import ORDERS
from tui.viewmodel import orders

SIZES = [(80, 24), (100, 30), (120, 40), (160, 45), (200, 60)]


def with_evidence(rows: int):
    """The troubled desk, its first recommendation with many lines of evidence."""
    desk = desks.troubled()
    long = [
        replace(r, evidence=tuple(f"fact {n}." for n in range(rows))) for r in desk.recommendations
    ]
    return replace(desk, recommendations=tuple(long))


@pytest.mark.parametrize("size", SIZES)
async def test_the_blotter_tells_how_far_every_order_has_come(open_app, size):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=size) as pilot:
        await pilot.press("b")
        shown = texts(app, "list")
        assert "STATUS" in shown[1]
        assert "WORKING 0.9s" in "".join(shown)


@pytest.mark.parametrize("size", SIZES)
async def test_text_that_does_not_fit_says_so_and_tab_leads_into_it(open_app, size):
    app, desk = open_app(with_evidence(60))
    async with app.run_test(size=size) as pilot:
        await pilot.press("e")
        chosen = app.state.selected(4)
        shown = texts(app, "chosen")
        assert "Tab" in shown[-1]
        assert " of " in shown[-1]
        assert not any("REVERT" in row for row in shown)
        await pilot.press("tab", "G")
        shown = texts(app, "chosen")
        assert any("REVERT" in row for row in shown)
        assert any("try it" in row for row in shown)
        assert app.state.selected(4) == chosen
        await pilot.press("tab", "j")
        assert app.state.selected(4) != chosen
        assert "change" in texts(app, "chosen")[1], "another row begins at its top"
        assert desk.asked == []


async def test_keys_about_the_row_work_while_its_text_is_read(open_app):
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("e", "tab", "G", "z")
        assert [(c.ask, c.target) for c in desk.asked] == [(Ask.SNOOZE, "R8")]


@pytest.mark.parametrize(("state", "told"), [("ready", True), ("applied", False)])
async def test_only_what_waits_for_an_answer_expires(open_app, state, told):
    desk = desks.troubled()
    answered = tuple(replace(r, state=state) for r in desk.recommendations)
    app, _ = open_app(replace(desk, recommendations=answered))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("e")
        assert ("expires" in "".join(texts(app, "chosen"))) is told


async def test_the_blotter_offers_no_key_that_leads_to_itself(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("b")
        assert "b blotter" not in "".join(texts(app, "list"))


async def test_tab_leaves_the_keys_in_the_list_where_all_text_is_in_sight(open_app):
    app, _ = open_app(desks.troubled())
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.press("e")
        chosen = app.state.selected(4)
        await pilot.press("tab", "j")
        assert app.state.selected(4) != chosen


async def test_help_scrolls_over_a_text_that_is_read_and_leaves_it_where_it_was(open_app):
    app, _ = open_app(with_evidence(60))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("e", "tab", "j", "j", "j")
        before = texts(app, "chosen")
        await pilot.press("question_mark", "G")
        assert app.place == "help"
        assert "quit" in "".join(texts(app, "body"))
        await pilot.press("escape")
        assert texts(app, "chosen") == before
        await pilot.press("escape", "j")
        assert app.state.selection(1).index == 1, "on the main screen keys move in its panes"


async def test_the_log_reaches_the_first_event_of_the_day(open_app):
    desk = desks.troubled()
    event = desk.events[0]
    many = tuple(replace(event, at_s=event.at_s - n, text=f"event {n}") for n in range(200))
    app, _ = open_app(replace(desk, events=many))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("l", "tab", "G")
        assert "event 199" in "".join(texts(app, "chosen"))


def busy(working: int, listed: int = 60):
    """A desk with so many working orders, of which a snapshot has the newest."""
    desk = desks.normal()
    rows = tuple(
        views.order(n, "SPY", "D", "working", n / 10, id=f"S7-{n:03d}-D1") for n in range(working)
    )
    totals = replace(desk.totals, working=working, orders_today=330_152)
    return replace(desk, orders=rows[:listed], totals=totals), rows


async def test_open_only_lists_every_working_order_on_the_main_screen_too(open_app):
    first, rows = busy(335)
    app, desk = open_app(first)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("5")
        assert desk.lists == []
        await pilot.press("o")
        assert desk.lists == ["list:orders@open"]
        pages = tuple(
            ListPage(n + 1, "orders", "open", start, 335, 0.0, rows[start : start + 300])
            for n, start in enumerate((0, 300))
        )
        desk.now = replace(first, version=2, pages=pages)
        app.look()
        assert len(app.state.keys[ORDERS]) == 335
        assert "335 working" in texts(app, "orders")[0]
        await pilot.press("o")
        assert desk.lists[-1] == "list:" and len(app.state.keys[ORDERS]) == 60


async def test_a_filter_of_orders_on_the_main_screen_finds_one_that_no_snapshot_has(open_app):
    first, rows = busy(335)
    app, desk = open_app(first)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("5", "slash", *"-333-", "enter")
        app.look()
        assert desk.lists[-1] == "list:orders@open"
        page = ListPage(1, "orders", "open", 300, 335, 0.0, rows[300:])
        desk.now = replace(first, version=2, pages=(page,))
        app.look()
        assert app.state.keys[ORDERS] == ["S7-333-D1"]


async def test_a_desk_whose_snapshot_has_all_that_work_asks_for_no_more(open_app):
    app, desk = open_app(busy(40)[0])
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("5", "o", "s")
        assert desk.lists == []


async def test_an_order_that_has_ended_does_not_go_on_as_one_that_works(open_app):
    first, rows = busy(335)
    app, desk = open_app(first)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("b")
        assert desk.lists == ["list:orders,orders@changed"]
        whole_walk = ListPage(1, "orders", "", 0, 335, 0.0, rows)
        desk.now = replace(first, version=2, pages=(whole_walk,))
        app.look()
        ended = replace(rows[200], status="canceled", ended_s=rows[200].sent_s + 2.5)
        changed = ListPage(2, "orders", "changed", 0, 1, 0.0, (ended,))
        desk.now = replace(first, version=3, pages=(whole_walk, changed))
        app.look()
        shown = {o.id: o.status for o in orders.LIST.source(app.view())}
        assert shown[ended.id] == "canceled" and len(shown) == 335


async def test_the_blotter_says_how_many_of_the_days_orders_the_desk_remembers(open_app):
    first, rows = busy(335)
    app, desk = open_app(first)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("b")
        desk.now = replace(first, version=2, pages=(ListPage(1, "orders", "", 0, 335, 0.0, rows),))
        app.look()
        assert "last 335 of 330,152" in texts(app, "list")[0]


async def test_a_pair_whose_orders_are_forgotten_is_not_said_to_wait_for_its_first(open_app):
    first, _ = busy(4)
    app, desk = open_app(with_positions(first))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i", "enter")
        shown = " ".join(texts(app, "list"))
        assert "has come yet" in shown and "no order yet" not in shown
        none = ListPage(1, "orders", desk.lists[-1].partition("@")[2], 0, 0, 0.0, ())
        desk.now = replace(desk.now, version=2, pages=(none,))
        app.look()
        assert "none of its orders is remembered" in " ".join(texts(app, "list"))


async def test_the_log_says_that_of_earlier_events_it_knows_the_operators_alone(open_app):
    rows = [
        EventLine(views.at(9, 31, n), "op", f"halt {n}", number) for n, number in enumerate((7, 90))
    ]
    rows += [EventLine(views.at(10, 19, 40) + n, "eng", f"event {n}", 4_001 + n) for n in range(9)]
    start = desks.normal(events=tuple(rows[-2:][::-1]))
    app, desk = open_app(start)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("l", "v")
        page = ListPage(1, "events", "", 0, len(rows), 0.0, tuple(rows[::-1]))
        desk.now = replace(start, version=2, pages=(page,))
        app.look()
        shown = texts(app, "list")
        assert "since 10:19:40, 2 of the operator before" in shown[0]
        at = next(n for n, row in enumerate(shown) if "event 0" in row)
        assert "halt 1" in shown[at + 1] and "halt 0" in shown[at + 2]


@pytest.mark.parametrize(("first", "told"), [(1, False), (4_001, True)])
async def test_the_log_says_since_when_it_knows_events_where_earlier_ones_are_forgotten(
    open_app, first, told
):
    rows = tuple(
        EventLine(views.at(10, 19, 40) + n, "eng", f"event {n}", first + n) for n in range(9)
    )
    start = desks.normal(events=rows[-2:][::-1])
    app, desk = open_app(start)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("l", "v")
        page = ListPage(1, "events", "", 0, len(rows), 0.0, rows[::-1])
        desk.now = replace(start, version=2, pages=(page,))
        app.look()
        assert ("since 10:19:40" in texts(app, "list")[0]) == told
