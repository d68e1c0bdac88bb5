"""Explores: some attempts draw a neighbour of one setting, so that it can be judged at all."""

from __future__ import annotations

from random import Random
from typing import Any, Final

from engine.commands import Command
from engine.learning.attempt_results import EXPLORED
from engine.market.phases import TradingPhase
from engine.orders import events as ev
from engine.risk.gates import Gate
from engine.runtime.context import DeskContext
from engine.runtime.requests.errors import RefusedError
from engine.runtime.requests.settings import CANCEL_MS_BOUNDS, read
from engine.runtime.trials.conducting import Trials
from engine.runtime.trials.levers import drawn
from engine.state.explored import SHARE
from engine.trader.arms import OWN, AttemptValues
from engine.trader.trader import ExpirationTrader

DEFAULT_SHARE: Final = 0.1
"""Of attempts that explore once an operator switches it on, where the settings name none."""

CANCEL_STEP: Final = 1.2
"""A neighbouring cancel time is so many times as long, or as short, in whole 100 ms."""

LOCATION_STEP: Final = 0.05
FLOOR_STEP: Final = 0.05
"""Dollars a share."""


class Exploration:
    """The arms of attempts: a trial's where there is one, else now and then a drawn neighbour.

    What an attempt draws follows from the seed, the trader and its cycle alone, so a restart
    draws the same. Gates, limits and budget hold for it as for any other.

    Args:
        context: the desk.
        trials: they come first.
    """

    def __init__(self, context: DeskContext, trials: Trials) -> None:
        self._context = context
        self._trials = trials
        self._next: dict[str, AttemptValues] = {}
        context.use_arms(self)
        context.subscribe(ev.PairChosen, self._sent)
        context.subscribe(ev.SettingChanged, self._changed)

    # ------------------------------------------------------------------ what traders ask

    def values(self, trader: str) -> AttemptValues:
        """The settings of the trader's next attempt."""
        values = self._trials.values(trader)
        if values is not OWN or not self._context.state.explored.share or self._closed(trader):
            return values
        drawn_values = self._next.get(trader)
        if drawn_values is None:
            drawn_values = self._next[trader] = self._draw(trader)
        return drawn_values

    def stands_still(self, trader: str) -> bool:
        """Whether the automatic order size stays as it is."""
        return self._trials.stands_still(trader)

    def met(self, trader: str, gate: Gate | None, now_s: float) -> None:
        """The trader met a closed gate (None: none)."""
        self._trials.met(trader, gate, now_s)

    # ------------------------------------------------------------------ what an operator asks

    def switch(self, command: Command) -> str:
        """Explore, or explore no more, from the next attempts on; says which.

        Raises:
            RefusedError: the session is over.
        """
        context = self._context
        if context.flags.ended:
            raise RefusedError("the desk has ended; there is no next attempt")
        before = context.state.explored.share
        after = 0.0 if before else context.config.exploration.share or DEFAULT_SHARE
        context.emit(
            ev.SettingChanged(context.moment.at_ms, "*", SHARE, before, after, command.who)
        )
        return f"exploring {after:.0%} of attempts" if after else "exploring no more"

    # ------------------------------------------------------------------ drawing

    def _closed(self, trader: str) -> bool:
        """Whether a trader must not explore now: in or after a trial, or as the desk closes."""
        context = self._context
        flags = context.flags
        return (
            flags.halted
            or flags.exit_only
            or flags.killed
            or flags.ended
            or context.session.phase.phase is TradingPhase.CLOSE_AUCTION
            or context.state.trials.of(trader) is not None
            or self._trials.quiet_until_s(trader) > context.moment.epoch_s
        )

    def _sent(self, event: ev.PairChosen) -> None:
        self._next.pop(event.trader, None)

    def _changed(self, event: ev.SettingChanged) -> None:
        """Neighbours of what is no longer in force are none."""
        if event.trader == "*":
            self._next.clear()
        else:
            self._next.pop(event.trader, None)

    def _draw(self, key: str) -> AttemptValues:
        trader = self._context.traders.get(key)
        if trader is None:
            return OWN
        session = self._context.state.session
        seed = 0 if session is None else session.seed
        date = "" if session is None else session.session_date
        chance = Random(f"{seed}/{date}/{key}/{trader.context.cycle + 1}/explore")
        if chance.random() >= self._context.state.explored.share:
            return OWN
        lever, values = chance.choice(neighbours(trader))
        value = chance.choice(values)
        return drawn(lever, value, f"{EXPLORED}{_WORDS[lever]} {value:g}")


_WORDS: Final = {
    "optimal_cancel_ms": "cancel_ms",
    "buy_location": "buy_at",
    "sell_location": "sell_at",
    "minimum_floor": "minimum_floor",
}


def neighbours(trader: ExpirationTrader) -> list[tuple[str, list[Any]]]:
    """The settings of a trader that may be explored, each with the values next to its own.

    A minimum floor is never drawn below zero, where a pair could lose; it counts under the rule
    "safe" alone.
    """
    cancel_ms = read(trader, "optimal_cancel_ms")
    low_ms, high_ms = CANCEL_MS_BOUNDS
    times = {round(cancel_ms * by / 100) * 100 for by in (1 / CANCEL_STEP, CANCEL_STEP)}
    times.discard(cancel_ms)
    found: list[tuple[str, list[Any]]] = [
        ("optimal_cancel_ms", sorted(ms for ms in times if low_ms <= ms <= high_ms))
    ]
    for setting in ("buy_location", "sell_location"):
        at = read(trader, setting)
        places = (round(at + by, 4) for by in (-LOCATION_STEP, LOCATION_STEP))
        found.append((setting, [place for place in places if 0 <= place <= 1]))
    if trader.chain.rules.rule == "safe":
        floor = read(trader, "minimum_floor")
        floors = (round(floor + by, 4) for by in (-FLOOR_STEP, FLOOR_STEP))
        found.append(("minimum_floor", [each for each in floors if each >= min(floor, 0.0)]))
    return [(setting, values) for setting, values in found if values]
