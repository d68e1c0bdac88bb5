"""From a key to a request: what an action asks of the engine, or why it asks nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.commands import Ask, Command
from engine.snapshot import AlarmView, EngineSnapshot, EngineState, OrderView
from tui.lists.declared import arranged, chosen_group, marked
from tui.pane_numbers import ALARMS, BALANCES, ORDERS, RECOMMENDATIONS, TRADERS
from tui.text import formats
from tui.text.formats import plural
from tui.viewmodel import alarms, orders, recommendations, traders
from tui.viewmodel.alarm_flood import cause_of
from tui.viewmodel.view import View

SPEEDS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)
SNOOZE_MINUTES = 60
SHELVE_MINUTES = 30

NOTHING_ASIDE = "select a recommendation that is ready, or an alarm, to put aside"

Asked = list[Command] | str
"""Requests, or a sentence that says why there is none."""


def trader_key(view: View) -> str:
    """The trader the operator means: the one in full, else that of the row under the cursor."""
    if view.state.detail:
        return view.state.detail
    if view.state.pane == BALANCES and view.state.selected(BALANCES):
        return view.state.selected(BALANCES)
    if view.state.pane == ORDERS:
        order = chosen_order(view)
        return order.trader if order is not None else view.state.selected(TRADERS)
    return view.state.selected(TRADERS)


def marked_traders(view: View) -> list[str]:
    """Keys of the marked traders, which an action is about instead of the one under the cursor.

    In the detail of a trader no mark is in sight: a key there is about that trader alone.
    """
    return [] if view.state.detail else sorted(marked(traders.LIST, view))


def group_symbol(view: View) -> str:
    """The symbol whose group is under the cursor that `trader_key` goes by, "" for none."""
    if view.state.detail or trader_key(view) != view.state.selected(TRADERS):
        return ""
    group = chosen_group(traders.LIST, view)
    return group.name if group is not None else ""


def _traders(view: View, ask: Ask, key: str) -> Asked:
    known = {t.key for t in view.snapshot.traders}
    chosen = marked_traders(view) or [k for k in [trader_key(view)] if k in known]
    if not chosen and (symbol := group_symbol(view)):
        if ask is Ask.PAUSE:  # what reduces risk is one key, whatever it is about
            return [Command(ask, f"symbol:{symbol}", key=key)]
        return f"a group is chosen: resume its symbol, {formats.clean(symbol, 8)}, in its place"
    if not chosen:
        return "no trader is selected"
    return [Command(ask, target, key=key) for target in chosen]


def _symbol(view: View, ask: Ask, key: str) -> Asked:
    chosen = trader_key(view)
    if symbol := group_symbol(view):
        return [Command(ask, f"symbol:{symbol}", key=key)]
    match = next((t.symbol for t in view.snapshot.traders if t.key == chosen), "")
    return [Command(ask, f"symbol:{match}", key=key)] if match else "no trader is selected"


def marked_orders(view: View) -> list[str]:
    """Ids of the marked orders that may still execute, where keys move among orders."""
    if view.state.pane != ORDERS:
        return []
    keys = set(marked(orders.LIST, view))
    return [o.id for o in orders.LIST.source(view) if o.id in keys and o.status in orders.OPEN]


def marked_alarms(view: View) -> list[AlarmView]:
    """The marked alarms, where keys move among alarms."""
    if view.state.pane != ALARMS:
        return []
    keys = set(marked(alarms.LIST, view))
    return [a for a in alarms.LIST.source(view) if a.id in keys]


def alarms_together(view: View) -> tuple[Sequence[AlarmView], str]:
    """Alarms that one key is about, and what they are called: the marked ones, or a flood's row.

    () where the key is about the alarm under the cursor alone.
    """
    if marked_ones := marked_alarms(view):
        return marked_ones, "marked alarms"
    chosen = view.state.selected(ALARMS) if view.state.pane == ALARMS else ""
    group = alarms.standing_for(view).get(chosen, ())
    return group, f"alarms of {cause_of(group[0])}" if group else ""


def chosen_order(view: View) -> OrderView | None:
    """The order under the cursor."""
    return arranged(orders.LIST, view).row_of(view.state.selected(ORDERS))


def touched(view: View, action: str) -> int:
    """How many marked rows an action would be about, 0 where it goes by the cursor."""
    match action:
        case "pause" | "resume":
            several = len(marked_traders(view))
            symbol = group_symbol(view) if action == "pause" and not several else ""
            return several or sum(t.symbol == symbol for t in view.snapshot.traders if symbol)
        case "cancel":
            return len(marked_orders(view))
        case "ack":
            together, _ = alarms_together(view)
            return sum(a.state == "unacked" for a in together)
        case "aside":
            together, _ = alarms_together(view)
            return sum(a.priority > 1 for a in together)
        case _:
            return 0


def _cancel(view: View, key: str) -> Asked:
    several = marked_orders(view)
    if several:
        return [Command(Ask.CANCEL_ORDER, name, key=key) for name in several]
    if view.state.pane == ORDERS and (number := len(marked(orders.LIST, view))):
        return f"none of {plural(number, 'marked order')} may still execute: nothing to cancel"
    order = chosen_order(view) if view.state.pane == ORDERS else None
    if order is None:
        return "no order is selected: go to pane 5 or the blotter"
    if order.status not in orders.OPEN:
        return f"order {orders.tail(order.id)} is {order.status}: nothing to cancel"
    return [Command(Ask.CANCEL_ORDER, order.id, key=key)]


def _ack(view: View, key: str) -> Asked:
    several = [a for a in marked_alarms(view) if a.state == "unacked"]
    if several:
        return [Command(Ask.ACKNOWLEDGE, each.id, key=key) for each in several]
    if number := len(marked_alarms(view)):
        return f"none of {plural(number, 'marked alarm')} waits for an answer"
    waiting = alarms.unacked(view.snapshot)
    chosen = view.state.selected(ALARMS) if view.state.pane == ALARMS else ""
    if group := [a for a in alarms.standing_for(view).get(chosen, ()) if a.state == "unacked"]:
        return [Command(Ask.ACKNOWLEDGE, each.id, key=key) for each in group]
    alarm = next((a for a in waiting if a.id == chosen), waiting[0] if waiting else None)
    if alarm is None:
        return "no alarm waits for an answer"
    return [Command(Ask.ACKNOWLEDGE, alarm.id, key=key)]


TAKEN_BACK = ("snoozed", "rejected")
"""States of a recommendation that undo makes wait for an answer again."""


def _undo(view: View, key: str) -> Asked:
    at = view.state.selected(RECOMMENDATIONS) if view.state.pane == RECOMMENDATIONS else ""
    answered = {r.id for r in view.snapshot.recommendations if r.state in TAKEN_BACK}
    if at in answered:
        return [Command(Ask.UNDO, at, key=key)]
    in_force = recommendations.IN_FORCE
    applied = [r for r in recommendations.rows(view.snapshot) if r.state in in_force]
    chosen = view.state.selected(RECOMMENDATIONS)
    match = next((r for r in applied if r.id == chosen), applied[0] if applied else None)
    return [Command(Ask.UNDO, match.id, key=key)] if match else "nothing applied to undo"


def _stop_trial(view: View, key: str) -> Asked:
    running = [t for t in view.snapshot.trials if not t.end]
    chosen = view.state.selected(RECOMMENDATIONS)
    match = next((t for t in running if t.recommendation == chosen), None)
    if match is None and len(running) == 1:
        match = running[0]
    if match is None:
        return "select the trial to stop" if running else "no trial runs"
    return [Command(Ask.STOP_TRIAL, match.id, key=key)]


def _speed(view: View, step: int, key: str) -> Asked:
    now = view.snapshot.speed
    if view.snapshot.state is EngineState.WARMING and step < 0:
        return [Command(Ask.SET_SPEED, key=key, args={"speed": 1.0})]
    if now == float("inf") and step > 0:
        return "time already runs as fast as it can"
    if step > 0:
        wanted = next((s for s in SPEEDS if s > now + 1e-9), SPEEDS[-1])
    else:
        wanted = next((s for s in reversed(SPEEDS) if s < now - 1e-9), SPEEDS[0])
    if wanted == now:
        return f"time already runs at ×{now:g}"
    return [Command(Ask.SET_SPEED, key=key, args={"speed": wanted})]


def _time(view: View, key: str) -> Asked:
    ask = Ask.RESUME_TIME if view.snapshot.time_paused else Ask.PAUSE_TIME
    return [Command(ask, key=key)]


COMMANDS: dict[str, Callable[[View, str], Asked]] = {
    "pause": lambda v, k: _traders(v, Ask.PAUSE, k),
    "resume": lambda v, k: _traders(v, Ask.RESUME, k),
    "pause-symbol": lambda v, k: _symbol(v, Ask.PAUSE, k),
    "resume-symbol": lambda v, k: _symbol(v, Ask.RESUME, k),
    "halt": lambda v, k: [Command(Ask.HALT, key=k)],
    "resume-all": lambda v, k: [Command(Ask.RESUME, "*", key="palette")],
    "cancel": _cancel,
    "ack": _ack,
    "ack-all": lambda v, k: [Command(Ask.ACKNOWLEDGE, "p2+p3", key=k)],
    "undo": _undo,
    "stop-trial": _stop_trial,
    "explore": lambda v, k: [Command(Ask.EXPLORE, key=k)],
    "slower": lambda v, k: _speed(v, -1, k),
    "faster": lambda v, k: _speed(v, 1, k),
    "hold-time": _time,
    "step": lambda v, k: [Command(Ask.STEP, key=k)],
    "back": lambda v, k: [Command(Ask.GO, "back", key=k)],
    "last-alarm": lambda v, k: [Command(Ask.GO, "last alarm", key=k)],
    "next-alarm": lambda v, k: [Command(Ask.GO, "next alarm", key=k)],
    "last-fill": lambda v, k: [Command(Ask.GO, "last fill", key=k)],
    "next-fill": lambda v, k: [Command(Ask.GO, "next fill", key=k)],
}
"""Actions that are requests and nothing else."""


def kill(stage: int, key: str) -> Command:
    """The request of a press of the kill key."""
    return Command(Ask.KILL, key=key, args={"stage": stage})


def chosen_recommendation(snapshot: EngineSnapshot, chosen: str) -> str:
    """The id of a recommendation that waits for an answer, "" where it does not."""
    match = next((r for r in snapshot.recommendations if r.id == chosen), None)
    if match is None or recommendations.expired(match, snapshot.now_s):
        return ""
    return match.id if match.state == "ready" else ""
