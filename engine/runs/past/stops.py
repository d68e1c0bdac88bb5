"""What an operator stopped, by the journal: paused traders, a halt, a kill, an end."""

from __future__ import annotations

from collections.abc import Mapping

from engine.orders import events as ev
from engine.state.trader_totals import TraderTotals


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
                self.killed = min(2, self.killed + 1)
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
