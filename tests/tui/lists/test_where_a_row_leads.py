"""Enter on a row leads to what it is about, at the top of that list, and Esc comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from engine.commands import Ask
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.every_list import BY_NAME, everything, shown_keys
from tests.support.held_positions import held, positions
from tests.support.screen_text import texts
from tui.lists.declared import arranged
from tui.lists.whole import key_of
from tui.pane_numbers import ALARMS, CONTRACTS, ORDERS, PAIRS, TRADERS, UNITS
from tui.text import formats

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


async def test_an_event_leads_to_no_trader_or_order_whose_name_only_ends_or_begins_alike(open_app):
    base = everything()
    short, long = (replace(base.traders[0], symbol=s, key=f"{s} 2026-11-27", expiration=date(2026, 11, 27))
                   for s in ("T", "MSFT"))  # fmt: skip
    first, tenth = (replace(base.orders[0], id=f"S7-SPY-44{n}") for n in ("C1", "C10"))
    told = (
        "hold MSFT 27NOV26 HELD: 3/20",
        f"hold {long.key} HELD: 3/20",
        f"order {tenth.id} rests",
    )
    events = [replace(base.events[0], text=text, number=n) for n, text in enumerate(told, 7)]
    shown = replace(
        base, traders=(short, long), orders=(first, tenth), events=tuple(events), units=()
    )
    app, _ = open_app(shown)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("8", "enter")
        for event, place in zip(events, ("detail", "detail", "blotter"), strict=True):
            app.state.go_to(8, key_of(event))
            await pilot.press("enter")
            assert app.place == place
            assert place != "detail" or app.state.detail == long.key
            assert place != "blotter" or app.state.selected(ORDERS) == tenth.id
            await pilot.press("escape")


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


async def test_a_trader_whose_detail_is_typed_is_asked_for_and_keys_are_about_that_one(open_app):
    app, desk = open_app(everything())
    first, second, third = app.view().snapshot.traders[:3]
    async with app.run_test(size=(120, 40)) as pilot:
        app.state.go_to(TRADERS, first.key)
        for trader in (second, third):  # from the main screen, then from the detail of another one
            name = f"{trader.symbol} {formats.expiry(trader.expiration)}"
            desk.asked.clear()
            await pilot.press("colon", *f"detail {name}", "enter")
            assert app.place == "detail" and app.state.detail == trader.key
            assert f"TRADER {name}" in texts(app, "body")[0]
            watched = [command.target for command in desk.asked if command.ask is Ask.WATCH]
            assert watched[-1] == trader.key
            await pilot.press("p")
            assert (desk.asked[-1].ask, desk.asked[-1].target) == (Ask.PAUSE, trader.key)
        await pilot.press("escape")
        assert app.place == "main" and app.state.detail == ""
        await pilot.press("i", "colon", *f"detail {name}", "enter")  # positions look no more
        watched = [command.target for command in desk.asked if command.ask is Ask.WATCH]
        assert app.place == "detail" and watched[-1] == app.state.detail == third.key


@pytest.mark.parametrize("way", [("l",), ("i", "enter", "l"), ("h", "l")])
async def test_an_alarm_of_several_traders_leads_to_the_main_screen_whatever_is_under_the_log(
    open_app, way
):
    base = everything()
    both = [trader.key for trader in base.traders[1:3]]
    places = tuple((key, "open") for key in both)
    told = views.alarm(1, 2, code="C1", where=both[0], what="open", places=places)
    app, _ = open_app(replace(base, alarms=(told,)))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(*way)
        assert app.place == "log"
        app.state.go_to(ALARMS, told.id)
        await pilot.press("enter")
        assert app.place == "main" and app.state.pane == TRADERS
        assert sorted(shown_keys(app, "traders")) == sorted(both)


async def test_positions_under_other_screens_are_asked_for_again_once_they_are_in_front(open_app):
    base = everything()
    told = views.alarm(1, 2, code="C1", where=base.traders[1].key, what="open")
    app, desk = open_app(replace(base, alarms=(told,)))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i", "enter", "l")
        app.state.go_to(ALARMS, told.id)
        await pilot.press("enter")
        assert app.place == "detail"
        await pilot.press("escape")
        assert app.place == "log"
        await pilot.press("escape")
        assert app.place == "positions"
        watched = [command.target for command in desk.asked if command.ask is Ask.WATCH]
        assert watched[-1] == f"positions:{app.state.selected(PAIRS)}"


async def test_keys_in_a_detail_that_comes_to_the_front_again_are_about_its_trader(open_app):
    base = everything()
    first, second = base.traders[:2]
    told = views.alarm(1, 2, code="C1", where=second.key, what="open")
    app, desk = open_app(replace(base, alarms=(told,)))
    async with app.run_test(size=(120, 40)) as pilot:
        app.state.go_to(TRADERS, first.key)
        await pilot.press("enter", "question_mark", "l")  # the log, over the first one's detail
        app.state.go_to(ALARMS, told.id)
        await pilot.press("enter")
        assert app.place == "detail" and app.state.detail == second.key
        await pilot.press("escape", "escape")
        name = f"{first.symbol} {formats.expiry(first.expiration)}"
        assert app.place == "detail" and f"TRADER {name}" in texts(app, "body")[0]
        watched = [command.target for command in desk.asked if command.ask is Ask.WATCH]
        assert watched[-1] == app.state.detail == first.key
        await pilot.press("p")
        assert (desk.asked[-1].ask, desk.asked[-1].target) == (Ask.PAUSE, first.key)
