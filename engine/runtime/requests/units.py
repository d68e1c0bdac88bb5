"""The operator's choices about legged units: leave to the ladder, concede, sell back, hold."""

from __future__ import annotations

from typing import Final

from engine.commands import Ask, Command
from engine.orders.ladder import Choice
from engine.runtime.core import Core
from engine.runtime.watch.broken_units import broken
from engine.trader.legged_unit import LeggedUnit
from engine.trader.trader import ExpirationTrader

UNIT_ASKS: Final = {
    Ask.LADDER: Choice.LADDER,
    Ask.CONCEDE: Choice.CONCEDE,
    Ask.UNWIND: Choice.UNWIND,
    Ask.HOLD: Choice.HOLD,
}
"""The requests about one unit, and what each decides."""

_DONE: Final = {
    Choice.LADDER: "left to the ladder",
    Choice.CONCEDE: "conceding: a tick at a time, down to the lowest credit conceded",
    Choice.UNWIND: "selling the debit back, from the middle toward its bid, its loss bounded",
    Choice.HOLD: "held: a credit rests above debit and fees, nothing else happens to it",
}


class ChoiceRefusedError(Exception):
    """A choice about a unit that cannot be made; the sentence says why and what to do."""


class UnitChoices:
    """Carries choices out in the scheduler's thread.

    Args:
        core: steps the traders.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._context = core.context

    def find(self, target: str) -> tuple[ExpirationTrader, LeggedUnit] | None:
        """The open unit "TRADER/CYCLE" and its trader."""
        key, _, cycle = target.rpartition("/")
        trader = self._context.traders.get(key)
        if trader is None or not cycle.isdigit():
            return None
        unit = trader.credits.units.get(int(cycle))
        return None if unit is None else (trader, unit)

    def before_state(self, target: str) -> str:
        """Stage and choice of a unit, for the row's before and after."""
        match = self.find(target)
        if match is None:
            return ""
        unit = match[1]
        return f"{unit.stage.value} {unit.choice.value}" if unit.choice else unit.stage.value

    def choose(self, command: Command) -> str:
        """Carry out a choice about one unit.

        Raises:
            ChoiceRefusedError: there is no such unit, or it cannot be chosen for it now.
        """
        context, choice = self._context, UNIT_ASKS[command.ask]
        match = self.find(command.target)
        if match is None:
            raise ChoiceRefusedError(
                f"there is no open unit {command.target}; it may have been completed just now"
            )
        trader, unit = match
        seen = str(command.args.get("stage", "") or unit.stage.value)
        if seen != unit.stage.value:
            raise ChoiceRefusedError(
                f"it stands at {unit.stage.value} by now, not {seen}; look again, then choose"
            )
        why_not = broken(context, trader, unit) or trader.refusal(unit, choice, context.moment)
        if why_not:
            raise ChoiceRefusedError(why_not)
        with self._core.acting(trader):
            changed = trader.credits.decide(unit, choice, context.moment)
        if not changed:
            return f"so already: {_DONE[choice]}"
        self._core.step(trader)
        return _DONE[choice]
