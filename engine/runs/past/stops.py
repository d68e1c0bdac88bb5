"""What an operator stopped, by the journal: paused traders, a halt, a kill, an end; and what a
trader does then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.orders import events as ev
from engine.orders.types import Part
from engine.snapshot import TraderState
from engine.state.desk import DeskState
from engine.state.trader_totals import TraderTotals

NOT_KNOWN: Final = "the journal does not say what it waited for"
PARKED: Final = "its unit is parked: left to the operator"


class Stops:
    """A fold over what operators did; a process that goes on with a run begins paused.

    Attributes:
        paused: keys of paused traders.
        killed: 0, or the stage of the kill that is latched.
        halted, draining: whether entries are halted; whether the desk is ending.
    """

    def __init__(self) -> None:
        self.paused: set[str] = set()
        self.killed = 0
        self.halted = self.draining = False
        self._begun = False

    def apply(self, event: ev.Event, traders: Mapping[str, TraderTotals]) -> None:
        """Take one event into account.

        Args:
            event: any.
            traders: those of the desk.
        """
        if isinstance(event, ev.SessionStarted):
            if self._begun:
                self.paused = set(traders)
            self._begun, self.draining, self.halted = True, False, False
        elif isinstance(event, ev.OperatorActed) and event.outcome == "confirmed":
            self._acted(event, traders)

    def _acted(self, event: ev.OperatorActed, traders: Mapping[str, TraderTotals]) -> None:
        match event.action:
            case "pause":
                self.paused |= _named(event.target, traders)
            case "resume":
                self.paused -= _named(event.target, traders)
                self.halted = self.halted and event.target != "*"
            case "halt":
                self.halted = True
            case "kill":
                self.killed = 2 if "frozen" in event.after.split(",") else max(1, self.killed)
            case "resume-after-kill":
                self.killed, self.halted, self.paused = 0, False, set(traders)
            case "drain":
                self.draining = True


def _named(target: str, traders: Mapping[str, TraderTotals]) -> set[str]:
    if target == "*":
        return set(traders)
    if target.startswith("symbol:"):
        symbol = target.removeprefix("symbol:")
        return {key for key, each in traders.items() if each.symbol == symbol}
    return {target} & set(traders)


def doing(totals: TraderTotals, state: DeskState, stops: Stops) -> tuple[TraderState, str]:
    """What the journal says that a trader does, and in words what it cannot say.

    In the order in which a desk tells it: what is being completed comes before all that stops
    entries, and a parked unit, which nobody completes, behind it.

    Args:
        totals: the trader's.
        state, stops: of the desk, at the same moment.
    """
    unhedged = [unit for unit in totals.units.values() if unit.unhedged_ms is not None]
    if totals.fault:
        return TraderState.FAULT, totals.fault
    if not all(unit.parked for unit in unhedged):
        return TraderState.HEDGING, "an unhedged unit is being completed"
    if state.ended is not None:
        return TraderState.OFF, "the session is over"
    if stops.killed:
        return TraderState.KILLED, "kill is latched"
    if totals.key in stops.paused:
        return TraderState.PAUSED, "an operator paused it, or a restart"
    live = (each.intent for each in state.orders.live.values() if each.totals is totals)
    if any(intent.part == Part.DEBIT for intent in live):
        return TraderState.WORKING, ""
    if unhedged:
        return TraderState.BLOCKED, PARKED
    if totals.hold is not None:
        return TraderState.HELD, totals.hold.text
    return TraderState.UNKNOWN, NOT_KNOWN
