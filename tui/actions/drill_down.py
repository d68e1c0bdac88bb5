"""Enter on a row: what the row is about, one level deeper."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from engine.commands import Ask, Command
from engine.snapshot import AlarmView, EventLine
from tui.actions import groups
from tui.actions.requests import chosen_order, group_symbol, trader_key
from tui.lists.declared import DeskList, arranged
from tui.pane_numbers import (
    ALARMS,
    CONTRACTS,
    EVENTS,
    ORDERS,
    PAIRS,
    RECOMMENDATIONS,
    TRADERS,
    UNITS,
)
from tui.shown import Shown
from tui.viewmodel import activity, alarms, orders, pairs, positions, traders, trials, units
from tui.viewmodel.trader_words import chain_name


def enter(desk: Shown) -> None:
    """Open what the selected row is about."""
    _WAYS.get(desk.state.pane, _trader)(desk)


def _trader(desk: Shown) -> None:
    key = trader_key(desk.view())
    if group_symbol(desk.view()):
        groups.fold(desk, key)
    elif key:
        open_trader(desk, key)
    else:
        desk.say("no trader is selected")


def open_trader(desk: Shown, key: str, over: bool = False) -> None:
    """The detail of a trader.

    Args:
        over: whether the screen in front stays underneath.
    """
    if desk.place == "detail":  # another trader's: keys would be about one, the screen the other
        desk.close_screen()
    desk.state.selection(TRADERS).select(key)
    desk.open_screen("detail", key, over=over)
    desk.state.show_detail(key)
    # Last: a screen that this one takes the place of looks no more as it goes.
    desk.bridge.submit(Command(Ask.WATCH, key, key=desk.keymap.first("detail")))


def _order(desk: Shown) -> None:
    """An order's events in the blotter."""
    order = chosen_order(desk.view())
    if order is not None:
        key = desk.keymap.first("detail")
        desk.bridge.submit(Command(Ask.WATCH, f"order:{order.id}", key=key))
    if desk.place != "blotter":
        desk.open_screen("blotter")


def open_orders(desk: Shown, cycle: str, of: str) -> None:
    """The orders of a cycle, over the screen in front.

    Args:
        cycle: "TRADER/CYCLE".
        of: how that is told.
    """
    _narrow(desk, orders.LIST, cycle, of)
    desk.state.show_open_only(False)
    desk.open_screen("blotter", over=True)


def _pair(desk: Shown) -> None:
    """A pair's two orders, and those that changed it."""
    pair = pairs.chosen_pair(desk.view())
    if pair is None:
        desk.say("no pair is selected")
    else:
        open_orders(desk, pair.key, f"{pairs.strikes(pair)} cycle {pair.cycle}")


def _unit(desk: Shown) -> None:
    """An open unit's orders, debit and credits; nothing while a choice waits."""
    unit = units.chosen_unit(desk.view())
    if unit is None:
        desk.say("no open unit is selected")
    elif units.chosen_index(desk.view()) is not None:
        desk.say("Enter confirms nothing: y does")
    else:
        cycle = unit.key.rpartition("/")[2]
        open_orders(desk, unit.key, f"{unit.legs} cycle {cycle}")


def _contract(desk: Shown) -> None:
    """The pairs that hold a contract."""
    view = desk.view()
    contract = arranged(positions.LIST, view).row_of(desk.state.selected(CONTRACTS))
    if contract is None:
        desk.say("no contract is selected")
        return
    name = pairs.contract_key(contract)
    _narrow(desk, pairs.LIST, name, positions.contract_text(contract))
    desk.state.focus(PAIRS)


def _recommendation(desk: Shown) -> None:
    """The trial of a recommendation: its part of the text beside the list."""
    if desk.place != "review":
        desk.open_screen("review")
        return
    chosen = desk.recommendation()
    if chosen is None or trials.of(desk.view(), chosen.id) is None:
        desk.say("no trial of it has run: y starts one where it is PROMISING")
    else:
        desk.state.read_on()


def _alarm(desk: Shown) -> None:
    """What an alarm is about: in the log, from where the main screen's alarms lead."""
    if desk.place != "log":
        desk.open_screen("log")
        return
    alarm = arranged(alarms.LIST, desk.view()).row_of(desk.state.selected(ALARMS))
    if alarm is None:
        desk.say("no alarm is selected")
    elif len(keys := _traders_of(desk, alarm)) > 1:
        open_traders(desk, keys, f"{alarm.id} {alarm.code}")
    elif not _open_object(desk, _places(alarm)):
        desk.say(f"{alarm.code} is about the desk: what to do stands beside it")


def _event(desk: Shown) -> None:
    """What an event is about."""
    if desk.place == "main":
        desk.open_screen("log")
        desk.state.focus(EVENTS)
        return
    event = arranged(activity.LIST, desk.view()).row_of(desk.state.selected(EVENTS))
    if event is None:
        desk.say("no event is selected")
    elif not _open_object(desk, _words(event)):
        desk.say("this event names no trader and no order")


def _traders_of(desk: Shown, alarm: AlarmView) -> list[str]:
    """Keys of the traders that an alarm's places name, each once."""
    known = {t.key for t in desk.view().snapshot.traders}
    places = dict.fromkeys(where.partition("/")[0] for where, _ in alarm.places)
    return [key for key in places if key in known]


def open_traders(desk: Shown, keys: list[str], of: str) -> None:
    """The main screen with these traders and no others; Esc shows all again.

    Args:
        of: what they belong to.
    """
    _narrow(desk, traders.LIST, traders.together(keys), of)
    while desk.close_screen():  # the log may lie over another screen
        pass
    desk.state.focus(TRADERS)


def _narrow(desk: Shown, declared: DeskList[Any], key: str, of: str) -> None:
    """Show of a list what belongs to something, from its top: where all rows are, nobody chose."""
    declared.choices(desk.view()).show_within(key, of)
    desk.state.forget_cursor(declared.pane)


def _places(alarm: AlarmView) -> list[str]:
    return [text for where, what in alarm.places for text in (where, what)]


def _words(event: EventLine) -> list[str]:
    return [event.text]


def _without_filter(desk: Shown, declared: DeskList[Any], key: str) -> None:
    """Take a list's filter back where it hides the row that is gone to."""
    choices = declared.choices(desk.view())
    if choices.filter and key not in arranged(declared, desk.view()).keys:
        choices.filter_by("")
        desk.say(f"the filter of {declared.title} is taken back: it hid this row")


def _open_object(desk: Shown, texts: list[str]) -> bool:
    """Open the first open unit, order or trader that the texts name; whether one was found."""
    snapshot = desk.view().snapshot
    unit = next((u for text in texts for u in snapshot.units if u.key == text), None)
    if unit is not None:
        _without_filter(desk, units.LIST, unit.key)
        desk.state.selection(UNITS).select(unit.key)
        desk.open_screen("hung", over=True)
        return True
    order = next((o for text in texts for o in snapshot.orders if _names(text, o.id)), None)
    if order is not None:
        _without_filter(desk, orders.LIST, order.id)
        desk.state.selection(ORDERS).select(order.id)
        desk.bridge.submit(Command(Ask.WATCH, f"order:{order.id}"))
        desk.open_screen("blotter", over=True)
        return True
    trader = next(
        (t for text in texts for t in snapshot.traders if _names(text, t.key, chain_name(t))), None
    )
    if trader is not None:
        open_trader(desk, trader.key, over=True)
    return trader is not None


def _names(text: str, *names: str) -> bool:
    """Whether a text has one of these names as words of its own: `T 27NOV26` is not in that of
    `MSFT 27NOV26`, nor an order's `7C1` in `7C10`."""
    return any(
        name in text and re.search(rf"(?<![\w.^$-]){re.escape(name)}(?![\w-])", text)
        for name in names
        if name
    )


_WAYS: Final[dict[int, Callable[[Shown], None]]] = {
    ORDERS: _order,
    PAIRS: _pair,
    CONTRACTS: _contract,
    RECOMMENDATIONS: _recommendation,
    ALARMS: _alarm,
    EVENTS: _event,
    UNITS: _unit,
}
"""What Enter does by the pane that keys move in; elsewhere it opens the selected trader."""
