"""What requests would do to traders, orders and alarms, in a sentence; or why they are refused.

Every sentence is made from the requests themselves, so that nothing is promised that is not asked,
and nothing asked that is not said. Where the engine refuses, its own words are used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine.commands import ENDING, LADDERS_ORDER, Ask
from engine.snapshot import EngineState, TraderState, TraderView
from tui.actions.requests import TAKEN_BACK, Asked
from tui.text.formats import clean, displayed, plural
from tui.viewmodel import orders, recommendations, trader_words
from tui.viewmodel.view import LATCHED, View

LIFTED: Final = frozenset({"PAUSED", "HELD", "REJECTS", "FAULT"})
"""Gates that a resume opens."""

OF_A_CYCLE: Final = frozenset({"UNKNOWN_ORDER", "UNHEDGED", "RATE"})
"""Gates that a chain's own cycle closes for a moment: they keep nothing from being resumed."""

_LADDERS: Final = ("C", "U")
"""Parts of a cycle whose orders no key cancels."""

_RESTS: Final = frozenset({TraderState.PAUSED, TraderState.HELD, TraderState.FAULT})


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen.

    Args:
        text: a sentence.
        refused: whether nothing would happen, and the sentence says why.
        counted: how many traders, orders or alarms it touches.
    """

    text: str
    refused: bool = False
    counted: int = 0


def of_requests(view: View, asked: Asked, words: str = "") -> Preview:
    """What requests would do; a sentence in their place says why there are none.

    Args:
        words: what is said of requests that touch no trader, order or alarm.
    """
    if isinstance(asked, str):
        return Preview(asked, True)
    kinds = {command.ask for command in asked}
    targets = [command.target for command in asked]
    if kinds == {Ask.PAUSE}:
        return _pause(view, targets)
    if kinds == {Ask.RESUME}:
        return resuming(view, targets)
    if kinds == {Ask.CANCEL_ORDER}:
        return _cancel(view, targets)
    if kinds == {Ask.ACKNOWLEDGE}:
        return _acknowledge(view, targets)
    if kinds == {Ask.HALT}:
        return halting(view)
    if kinds == {Ask.UNDO}:
        return Preview(_undo(view, targets[0]), counted=1)
    if kinds == {Ask.STOP_TRIAL}:
        return Preview(f"ends trial {clean(targets[0], 12)}; former values return", counted=1)
    return Preview(words or ", ".join(sorted(kinds)))


def _undo(view: View, name: str) -> str:
    """What is in force again, or waits for an answer again."""
    each = next((r for r in view.snapshot.recommendations if r.id == name), None)
    if each is None:
        return f"takes {clean(name, 12)} back; former values return"
    which = f"{clean(each.id, 8)} {clean(each.kind, 12)} {recommendations.whom(each)}"
    if each.state in TAKEN_BACK:
        change = recommendations.change(each, view, "")
        return f"has {which} {change} wait for an answer again"
    returning = replace(each, before=each.after, after=each.before)
    return f"takes back {which}, {recommendations.change(returning, view)}"


# ---------------------------------------------------------------------- traders


def traders_of(view: View, targets: Sequence[str]) -> list[TraderView]:
    """The traders that requests with these targets are about, as the engine takes them."""
    every = view.snapshot.traders
    if "*" in targets:
        return list(every)
    symbols = {t.removeprefix("symbol:") for t in targets if t.startswith("symbol:")}
    keys = set(targets)
    return [t for t in every if t.key in keys or t.symbol in symbols]


def _which(view: View, targets: Sequence[str], chosen: Sequence[TraderView]) -> str:
    if "*" in targets:
        return f"all {plural(len(chosen), 'trader')}"
    if len(targets) == 1 and targets[0].startswith("symbol:"):
        symbol = clean(targets[0].removeprefix("symbol:"), 12)
        return f"{plural(len(chosen), 'trader')} of {symbol}"
    if len(chosen) == 1:
        return trader_words.chain_name(chosen[0])
    return f"{len(chosen):,} marked traders"


def left_open(view: View, chosen: Sequence[TraderView]) -> str:
    """What goes on at traders that enter nothing new: working debits, units that complete."""
    keys = {t.key for t in chosen}
    live = {o.trader for o in view.snapshot.orders if o.part == "D" and o.status in orders.OPEN}
    live |= {t.key for t in view.snapshot.traders if t.state is TraderState.WORKING}
    debits = len(live & keys)
    units = sum(u.trader in keys for u in view.snapshot.units)
    units = max(units, sum(t.hung_s is not None for t in chosen))
    parts = []
    if debits:
        parts.append(f"{plural(debits, 'working debit')} {_is_or_are(debits)} left to end")
    if units:
        parts.append(f"{plural(units, 'open unit')} {'completes' if units == 1 else 'complete'} on")
    return "; ".join(parts)


def _is_or_are(number: int) -> str:
    return "is" if number == 1 else "are"


def _and(first: str, *more: str) -> str:
    return "; ".join(part for part in (first, *more) if part)


def _pause(view: View, targets: Sequence[str]) -> Preview:
    chosen = traders_of(view, targets)
    if not chosen:
        return Preview(f"there is no trader {displayed(targets[0], 40)}", True)
    which = _which(view, targets, chosen)
    if all(t.state is TraderState.PAUSED or t.gate == "PAUSED" for t in chosen):
        text = f"{which}: paused already, pausing again changes nothing"
        return Preview(text, counted=len(chosen))
    return Preview(_and(f"pauses {which}", left_open(view, chosen)), counted=len(chosen))


def closed_still(chosen: Sequence[TraderView], lifted: frozenset[str] = LIFTED) -> str:
    """What keeps traders from entering once they are resumed, as their gates say it."""
    closed = [t for t in chosen if t.gate and t.gate not in lifted | OF_A_CYCLE]
    if not closed:
        return ""
    why = displayed(closed[0].gate_text or closed[0].gate)
    if len(closed) == len(chosen):
        return f"nothing is entered yet: {why}"
    return f"{len(closed):,} of {len(chosen):,} enter nothing yet: {why}"


def resuming(view: View, targets: Sequence[str]) -> Preview:
    if view.snapshot.state is EngineState.DRAINING or view.snapshot.ending is not None:
        return Preview(ENDING, True)
    chosen = traders_of(view, targets)
    if not chosen:
        return Preview(f"there is no trader {displayed(targets[0], 40)}", True)
    which, first = _which(view, targets, chosen), ""
    if view.snapshot.connection.unarmed:
        first = "asks for the end of the account's number first"
    lifts = "*" in targets and view.snapshot.state is EngineState.HALTED
    rests = [t for t in chosen if t.state in _RESTS or t.gate in LIFTED]
    lifted = LIFTED | {"HALTED"} if lifts else LIFTED
    still = closed_still(chosen, lifted)
    if not rests and not lifts and not view.snapshot.connection.unarmed:
        return Preview(_and(f"{which}: not paused, resuming changes nothing", still))
    resumed = f"resumes {which}"
    if rests and len(rests) < len(chosen):
        paused = all(t.state is TraderState.PAUSED or t.gate == "PAUSED" for t in rests)
        resumed += f", {len(rests):,} of them paused{'' if paused else ' or held'}"
    return Preview(
        _and("lifts the halt" if lifts else "", resumed, first, still), counted=len(chosen)
    )


def halting(view: View) -> Preview:
    every = view.snapshot.traders
    if view.snapshot.state is EngineState.HALTED:
        return Preview("entries are halted already; halting again changes nothing")
    text = f"closes entries of all {plural(len(every), 'trader')}"
    return Preview(_and(text, left_open(view, every)), counted=len(every))


def killing(view: View, stage: int) -> Preview:
    working, units = view.snapshot.totals.working, len(view.snapshot.units)
    if view.snapshot.state in LATCHED or stage:
        text = f"cancels {plural(working, 'working order')}, and verifies it"
        parked = f"{plural(units, 'open unit')} {_is_or_are(units)} parked" if units else ""
        return Preview(_and(text, parked), counted=working)
    text = f"closes entries of all {plural(len(view.snapshot.traders), 'trader')} and latches"
    return Preview(
        _and(text, "completing orders go on", f"again: cancels {plural(working, 'working order')}"),
        counted=len(view.snapshot.traders),
    )


# ---------------------------------------------------------------------- orders and alarms


def _cancel(view: View, targets: Sequence[str]) -> Preview:
    known = {o.id: o for o in orders.LIST.source(view)}
    chosen = [known[name] for name in targets if name in known]
    mine = [o for o in chosen if o.part not in _LADDERS]
    if chosen and not mine:
        return Preview(LADDERS_ORDER, True)
    if len(chosen) == 1:
        one = chosen[0]
        symbol, name = clean(one.symbol, 12), orders.tail(one.id)
        if one.part == "S":
            return Preview(f"cancels {name}, which trades {symbol} shares away", counted=1)
        return Preview(f"cancels debit {name} of {symbol} {orders.expiry(one)}", counted=1)
    text = f"cancels {plural(len(mine), 'marked order')}"
    ladders = len(chosen) - len(mine)
    more = f"{ladders} that {'completes stays' if ladders == 1 else 'complete stay'} the ladder's"
    return Preview(_and(text, more if ladders else ""), counted=len(mine))


def _acknowledge(view: View, targets: Sequence[str]) -> Preview:
    waiting = [a for a in view.snapshot.alarms if a.state == "unacked"]
    if targets == ["p2+p3"]:
        number = sum(a.priority > 1 for a in waiting)
        if not number:
            return Preview("no alarm of P2 or P3 waits for an answer; nothing changes")
        return Preview(f"acknowledges {plural(number, 'alarm')} of P2 and P3", counted=number)
    chosen = [a for a in waiting if a.id in set(targets)]
    if len(chosen) == 1:
        return Preview(f"acknowledges {clean(chosen[0].code, 24)}: it stays active", counted=1)
    return Preview(f"acknowledges {plural(len(chosen), 'alarm')}", counted=len(chosen))
