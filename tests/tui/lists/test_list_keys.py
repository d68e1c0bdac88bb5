"""The keys of every list: filter, find, sort, columns, marks, and Enter on a row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.commands import Ask
from engine.snapshot import EngineState, EventLine, ListPage
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.every_list import BODIES, BY_NAME, WAYS, everything, shown_keys
from tests.support.held_positions import held, positions
from tests.support.screen_text import texts
from tui.actions.registry import ACTIONS
from tui.lists.declared import arranged
from tui.pane_numbers import ALARMS, CONTRACTS, LIST_NAMES, ORDERS, PAIRS, TEXT, TRADERS, UNITS
from tui.screens.prompt import Prompt


@pytest.mark.parametrize("name", WAYS)
async def test_every_list_is_filtered_searched_and_sorted_and_its_title_says_so(open_app, name):
    app, desk = open_app(everything())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*WAYS[name])
        declared, place, before = BY_NAME[name], app.place, shown_keys(app, name)
        rows = arranged(declared, app.view()).rows
        word = declared.text(rows[-1]).split()[0].lower()[:3]
        has = [declared.key(row) for row in rows if word in declared.text(row).lower()]

        await pilot.press("slash", *word)
        assert app.screen.is_modal
        await pilot.press("enter")
        title = texts(app, BODIES[name])[0]
        assert set(has) <= set(shown_keys(app, name))
        hidden = len(before) - len(shown_keys(app, name))
        assert f"filter:{word}" in title
        assert not hidden or f"{len(before) - hidden} of {len(before)}" in title
        await pilot.press("escape")
        assert (app.place, shown_keys(app, name)) == (place, before)

        await pilot.press("F", *word, "enter")
        assert shown_keys(app, name) == before  # a search hides nothing
        assert f"find:{word}" in texts(app, BODIES[name])[0]
        at = has.index(app.state.selected(declared.pane))
        await pilot.press("right_parenthesis")
        assert app.state.selected(declared.pane) == has[(at + 1) % len(has)]
        await pilot.press("left_parenthesis")
        assert app.state.selected(declared.pane) == has[at]
        await pilot.press("escape")
        assert "find:" not in texts(app, BODIES[name])[0]

        await pilot.press("s")
        assert declared.choices(app.view()).sort == declared.sorts[0]
        assert f"sort:{declared.sorts[0]}" in texts(app, BODIES[name])[0] or name == "traders"
        assert {command.ask for command in desk.asked} <= {Ask.WATCH}


async def test_a_search_that_is_left_goes_back_to_where_the_cursor_was(open_app):
    app, _ = open_app(everything())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("j", "F", *"tsla")
        assert app.state.selected(1).startswith("TSLA")
        await pilot.press("escape")
        assert app.state.selection(1).index == 1
        await pilot.press("right_parenthesis")
        assert "nothing is searched for" in texts(app, "status")[0]
        await pilot.press("F", *"nowhere", "enter")
        assert "no row has nowhere" in texts(app, "status")[0]


@pytest.mark.parametrize("name", ["pairs"])
async def test_columns_are_hidden_moved_and_put_back(open_app, name):
    app, _ = open_app(everything())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*WAYS[name], "V")
        choices = BY_NAME[name].choices(app.view())
        usual = [c.called for c in BY_NAME[name].columns if c.priority != -1]
        await pilot.press("space")
        assert usual[0] not in choices.columns
        await pilot.press("escape")
        assert not choices.columns
        await pilot.press("V", "J", "enter")
        assert choices.columns[:2] == (usual[1], usual[0])
        await pilot.press("V", "d", "enter")
        assert not choices.columns
        assert not app.screen.is_modal


async def test_the_last_column_cannot_be_hidden_and_a_chosen_one_is_drawn(open_app):
    app, _ = open_app(everything())
    async with app.run_test(size=(80, 24)) as pilot:
        choices = BY_NAME["orders"].choices(app.view())
        choices.show_columns(("cycle",))
        await pilot.press("b", "V", "space", "enter")
        assert choices.columns == ("cycle",)
        assert texts(app, "list")[1].strip("│ ").split() == ["CYCLE"]


async def test_lists_of_sentences_say_that_they_have_no_columns(open_app):
    app, _ = open_app(everything())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6", "V")
        assert "have no columns to choose" in texts(app, "status")[0]


# ------------------------------------------------------------------------------------- marks


async def test_marked_traders_pause_together_and_the_footer_says_how_many(open_app):
    app, desk = open_app(everything())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("space", "space", "space")
        assert "p Pause 3" in " ".join(texts(app, "footer"))
        await pilot.press("p")
        assert [c.ask for c in desk.asked] == [Ask.PAUSE] * 3
        assert len({c.target for c in desk.asked}) == 3
        await pilot.press("U")
        assert "Pause 3" not in " ".join(texts(app, "footer"))


async def test_several_are_resumed_only_by_a_second_key_that_has_armed(open_app, clock):
    app, desk = open_app(desks.paused())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("space", "space", "r")
        question = " ".join(
            "".join(t for t, _ in line) for line in app.screen.query_one("#question").lines
        )
        assert "Resume 2 marked traders" in question
        await pilot.press("enter", "space", "y")
        assert desk.asked == []
        clock.pass_by(0.41)
        await pilot.press("enter", "space")
        assert desk.asked == []
        await pilot.press("y")
        assert [c.ask for c in desk.asked] == [Ask.RESUME] * 2
        await pilot.press("r", "escape")
        assert len(desk.asked) == 2


async def test_marked_orders_that_may_execute_are_cancelled_together(open_app):
    base = everything()
    working = [
        replace(o, id=f"S7-SPY-{n}-D1", status="working") for n, o in enumerate(base.orders[:2])
    ]
    app, desk = open_app(replace(base, orders=(*working, *base.orders[2:])))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("b", "g", *["space"] * len(shown_keys(app, "orders")))
        live = [
            o.id
            for o in app.view().snapshot.orders
            if o.status in ("working", "partial", "unknown", "canceling", "sent", "intended")
        ]
        assert f"x Cancel order {len(live)}" in " ".join(texts(app, "footer"))
        await pilot.press("x")
        asked = [c for c in desk.asked if c.ask is Ask.CANCEL_ORDER]
        assert sorted(c.target for c in asked) == sorted(live)
        assert len(live) >= 2


async def test_marks_that_an_action_cannot_touch_leave_the_row_under_the_cursor_alone(open_app):
    base = everything()
    done = next(o for o in base.orders if o.status == "filled")
    app, desk = open_app(base)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("b")
        app.state.choices("orders").mark(done.id)
        app.state.go_to(ORDERS, next(o.id for o in base.orders if o.status == "working"))
        app.look()
        assert "x cancel 0 marked" in texts(app, "list")[-1]
        await pilot.press("x")
        assert desk.asked == []
        assert "none of 1 marked order may still execute" in texts(app, "status")[0]
        await pilot.press("l", "space", "a")
        desk.asked.clear()
        acked = replace(base.alarms[0], state="acked")
        desk.now = replace(base, version=2, alarms=(acked, *base.alarms[1:]))
        app.look()
        await pilot.press("a")
        assert desk.asked == []


async def test_marked_alarms_are_acknowledged_and_shelved_together_but_no_p1_is_shelved(open_app):
    alarms = tuple(
        views.alarm(n, 1 if n == 1 else 2, code=f"C{n}", state="unacked") for n in range(1, 5)
    )
    app, desk = open_app(desks.normal(alarms=alarms))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6", "space", "space", "space", "a")
        assert [c.ask for c in desk.asked] == [Ask.ACKNOWLEDGE] * 3
        desk.asked.clear()
        await pilot.press("z", *"feed", "enter")
        assert [(c.ask, c.reason) for c in desk.asked] == [(Ask.SHELVE, "feed")] * 2


async def test_a_mark_of_a_row_that_is_gone_touches_nothing(open_app):
    app, desk = open_app(everything())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("space")
        gone = next(iter(app.state.choices("traders").marks))
        rest = tuple(t for t in desk.now.traders if t.key != gone)
        desk.now = replace(desk.now, version=2, traders=rest)
        app.look()
        await pilot.press("p")
        assert [c.target for c in desk.asked] == [app.state.selected(1)]
        assert "0 marked" in texts(app, "traders")[0]


async def test_a_sorted_list_of_events_is_not_called_newest_first(open_app):
    app, _ = open_app(everything())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("l", "v")
        assert "newest first" in texts(app, "list")[0]
        await pilot.press("s")
        assert "sort:time" in texts(app, "list")[0] and "newest" not in texts(app, "list")[0]


# -------------------------------------------------------------------------------- drill down


async def test_a_pair_leads_to_its_orders_and_escape_back_to_the_pair(open_app):
    base = everything()
    pair = held(4410)
    orders = (
        *base.orders,
        replace(base.orders[0], id="S7-SPY-4410-D1", trader=pair.trader, cycle=4410),
        replace(base.orders[0], id="S7-SPY-4410-C1", trader=pair.trader, cycle=4410, part="C"),
    )
    app, desk = open_app(replace(base, orders=orders, positions=positions(pairs=(pair,))))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("i", "enter")
        assert app.place == "blotter"
        assert sorted(shown_keys(app, "orders")) == ["S7-SPY-4410-C1", "S7-SPY-4410-D1"]
        assert (
            "of 590/595/600/605C cycle 4410" in texts(app, "list")[0]
            or "cycle 4410" in texts(app, "list")[0]
        )
        assert desk.lists[-1] == f"list:orders@{pair.key}"
        await pilot.press("enter")
        assert desk.asked[-1].target.startswith("order:S7-SPY-4410")
        await pilot.press("escape")
        assert app.place == "positions" and app.state.selected(PAIRS) == pair.key
        await pilot.press("escape", "b")
        assert len(shown_keys(app, "orders")) == len(orders)


async def test_a_list_that_enter_leads_to_begins_at_its_top(open_app):
    base = everything()
    pair = held(4410)
    own = [replace(base.orders[0], id=f"S7-SPY-4410-C{n}", trader=pair.trader, cycle=4410,
                   sent_s=base.orders[0].sent_s - n) for n in range(4)]  # fmt: skip
    orders = (*own, *base.orders)
    app, _ = open_app(replace(base, orders=orders, positions=positions(pairs=(pair,))))
    async with app.run_test(size=(80, 24)) as pilot:
        app.state.go_to(ORDERS, own[2].id)  # as it is where newer orders came above it
        await pilot.press("i", "enter")
        assert shown_keys(app, "orders") == [order.id for order in own]
        assert app.state.selected(ORDERS) == own[0].id


@pytest.mark.parametrize(("key", "pane"), [("b", ORDERS), ("l", ALARMS)])
async def test_a_list_that_nobody_moves_in_opens_at_its_top(open_app, key, pane):
    app, _ = open_app(everything())
    async with app.run_test(size=(80, 24)) as pilot:
        rows = app.state.keys[pane]
        app.state.go_to(pane, rows[1])  # as it is where a newer row came above the chosen one
        await pilot.press(key)
        assert app.state.selected(pane) == app.state.keys[pane][0]
        await pilot.press("escape")
        app.state.focus(pane)
        await pilot.press("j", key)
        assert app.state.selected(pane) == app.state.keys[pane][1]


@pytest.mark.parametrize("name", WAYS)
async def test_a_filter_that_hides_the_chosen_row_leads_to_the_first_one_it_leaves(open_app, name):
    app, _ = open_app(everything())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*WAYS[name], "G")
        declared, rows = BY_NAME[name], shown_keys(app, name)
        chosen = app.state.selected(declared.pane)
        text = {
            declared.key(r): declared.text(r).lower() for r in arranged(declared, app.view()).rows
        }
        words = [w for key in rows if key in text for w in text[key].split() if w.isalnum()]
        word = next(w for w in words if w not in text.get(chosen, w))
        await pilot.press("slash", *word, "enter")
        assert chosen not in shown_keys(app, name)
        assert app.state.selected(declared.pane) == shown_keys(app, name)[0]


async def test_an_open_unit_leads_to_its_orders_and_escape_back_to_it(open_app):
    base = desks.open_units()
    first, *_ = base.units
    trader, _, cycle = first.key.rpartition("/")
    own = replace(base.orders[0], id="S7-UNIT-D1", trader=trader, cycle=int(cycle))
    app, desk = open_app(replace(base, orders=(*base.orders, own)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("h")
        app.state.go_to(UNITS, first.key)
        await pilot.press("enter")
        assert app.place == "blotter" and own.id in shown_keys(app, "orders")
        assert {o.cycle for o in arranged(BY_NAME["orders"], app.view()).rows} == {int(cycle)}
        await pilot.press("escape")
        assert app.place == "hung" and app.state.selected(UNITS) == first.key
        assert all(command.ask is Ask.WATCH for command in desk.asked)


async def test_a_contract_leads_to_the_pairs_that_hold_it(open_app):
    app, _ = open_app(everything())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("i", "v")
        rows = arranged(BY_NAME["contracts"], app.view()).rows
        every = arranged(BY_NAME["pairs"], app.view()).rows
        await pilot.press("enter")
        assert app.state.pane == PAIRS
        contract = rows[0]
        shown = arranged(BY_NAME["pairs"], app.view()).rows
        assert 0 < len(shown) <= len(every)
        for pair in shown:
            assert any(
                (leg.right, leg.strike) == (contract.right, contract.strike) for leg in pair.legs
            )
        await pilot.press("escape")
        assert app.state.pane == CONTRACTS and app.state.selected(CONTRACTS) == contract.key
        assert arranged(BY_NAME["pairs"], app.view()).rows == every


async def test_an_alarm_leads_to_its_trader_its_order_or_its_unit(open_app):
    base = everything()
    trader, order, unit = base.traders[3], base.orders[0], base.units[0]
    wheres = (trader.key, f"order {order.id}", unit.key, "journal")
    alarms = tuple(
        views.alarm(n, 2, code=f"C{n}", where=where, what="x") for n, where in enumerate(wheres, 1)
    )
    app, _ = open_app(replace(base, alarms=alarms))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("l")
        for n, place in ((1, "detail"), (2, "blotter"), (3, "hung")):
            app.state.go_to(6, f"A-{n}")
            await pilot.press("enter")
            assert app.place == place
            await pilot.press("escape")
            assert app.place == "log"
        assert app.state.selected(ORDERS) == order.id
        app.state.go_to(6, "A-4")
        await pilot.press("enter")
        assert "is about the desk" in texts(app, "status")[0]


async def test_an_event_leads_to_what_it_names(open_app):
    base = everything()
    trader = base.traders[2]
    events = (replace(base.events[0], text=f"hold {trader.key} HELD: 3/20", number=7),)
    app, _ = open_app(replace(base, events=events))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8", "enter")
        assert app.place == "log" and "8 EVENTS" in texts(app, "list")[0]
        await pilot.press("enter")
        assert app.place == "detail" and app.state.detail == trader.key
        await pilot.press("escape")
        assert app.place == "log"


async def test_a_recommendation_leads_to_its_trial_in_the_text_beside_it(open_app):
    app, _ = open_app(desks.trying())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("e")
        tried = next(r.id for r in app.view().snapshot.recommendations if r.state == "trial")
        app.state.go_to(4, tried)
        await pilot.press("enter")
        assert app.state.reading
        await pilot.press("tab", "g")
        other = next(r.id for r in app.view().snapshot.recommendations if r.state == "ready")
        app.state.go_to(4, other)
        await pilot.press("enter")
        assert "no trial of it has run" in texts(app, "status")[0]


# --------------------------------------------------------------------------------- the whole


async def test_all_of_6783_pairs_are_reached_filtered_and_sorted(open_app):
    everyone = tuple(held(n, floor_c=n) for n in range(6_783))
    few = replace(positions(pairs=everyone[:200]), more=6_583)
    app, desk = open_app(replace(everything(), positions=few))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("i")
        app.look()
        assert desk.lists == ["list:pairs"]
        starts = range(0, 6_783, 1_000)
        for serial, start in enumerate(starts, 1):
            rows = everyone[start : start + 1_000]
            page = ListPage(serial, "pairs", "", start, 6_783, views.NOW, rows)
            desk.now = replace(desk.now, version=serial + 1, pages=(page,))
            app.look()
            if serial == 3:
                assert "3,000 of 6,783 so far" in texts(app, "held")[0]
        assert len(shown_keys(app, "pairs")) == 6_783
        assert "so far" not in texts(app, "held")[0]
        await pilot.press("G")
        assert "of 6,783" in texts(app, "held")[-1]
        assert (
            app.state.selected(PAIRS) == everyone[-1].key
            or app.state.selection(PAIRS).index == 6_782
        )
        await pilot.press("slash", *"cycle 6782", "enter")
        assert [key.rpartition("/")[2] for key in shown_keys(app, "pairs")] == ["6782"]
        await pilot.press("escape", "escape")
        assert app.place == "main"
        assert desk.lists[-1] == "list:"


async def test_the_text_of_the_log_stays_short_and_unfiltered_however_many_events_have_come(
    open_app,
):
    base = everything()
    many = tuple(EventLine(float(n), "eng", f"event {n}", n) for n in range(1, 3_001))
    app, desk = open_app(replace(base, events=many[-120:]))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("l", "v")
        desk.now = replace(
            desk.now, version=2, pages=(ListPage(1, "events", "", 0, 3_000, 0.0, many[::-1]),)
        )
        await pilot.press("slash", *"t 29", "enter")
        assert len(shown_keys(app, "events")) > 100
        await pilot.press("v")
        assert len(app.state.keys[TEXT]) < 200
        assert "event 3000" in "".join(texts(app, "chosen"))


async def test_after_the_end_pages_are_asked_for_one_by_one(open_app):
    app, desk = open_app(replace(everything(), state=EngineState.ENDED))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("b")
        app.look()
        asked = len(desk.lists)
        app.look()
        assert len(desk.lists) == asked + 1
        rows = desk.now.orders
        page = ListPage(1, "orders", "", 0, len(rows), views.NOW, rows)
        desk.now = replace(desk.now, version=9, pages=(page,))
        app.look()
        asked = len(desk.lists)
        app.look()
        assert len(desk.lists) == asked


def test_the_keys_of_the_lists_have_one_meaning_on_every_screen():
    keys = {"slash", "F", "right_parenthesis", "left_parenthesis", "s", "S", "V", "Y"}
    for key in keys:
        assert len({a.id for a in ACTIONS if key in a.keys.split(",")}) == 1, key


async def test_n_goes_on_searching_where_a_search_is_on_and_elsewhere_does_what_it_did(open_app):
    """As in less, vim and k9s; in the review n rejects, and without a search N begins the tour."""
    app, desk = open_app(everything())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("N")
        assert app.state.tour, "nothing is searched for"
        await pilot.press("F", *"spy", "enter")
        step, at = app.state.tour, app.state.selected(TRADERS)
        await pilot.press("N")
        assert app.state.tour != step, "a tour that is in front goes on"
        await pilot.press("escape")
        assert app.state.tour is None
        await pilot.press("n")
        assert app.state.selected(TRADERS) != at
        await pilot.press("N")
        assert (app.state.selected(TRADERS), app.state.tour) == (at, None)
        await pilot.press("question_mark")
        rows = [row for row in texts(app, "body") if "row found" in row.lower()]
        assert [row.split()[1:3] for row in rows] == [[")", "n"], ["(", "N"]]
        await pilot.press("escape", "e", "F", *"size", "enter")
        asked = len(desk.asked)
        await pilot.press("n")
        assert isinstance(app.screen, Prompt) and len(desk.asked) == asked


def test_the_names_of_the_lists_are_those_that_they_have():
    assert {each.pane: each.name for each in BY_NAME.values()} == LIST_NAMES
