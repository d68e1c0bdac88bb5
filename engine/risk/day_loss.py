"""What the session's finished cycles lost: the part of a day's loss that needs no quotes."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from engine.orders import events as ev
from engine.orders.ids import ENDS_KEPT

_OF_EACH: Final = 32
"""Ends of cycles remembered for each trader of many, so that another end replaces the former."""


class DayLoss:
    """Losses of the session, by its events.

    Attributes:
        realised_c: losses of scratched and unwound cycles after fees plus the negative payoff
            floors of completed pairs; zero or negative money in cents.
        unwinds: cycles that were not completed; cycles: that ended.
    """

    __slots__ = ("_ends", "_of_traders", "cycles", "realised_c", "unwinds")

    def __init__(self) -> None:
        self.realised_c = self.unwinds = self.cycles = 0
        self._ends: OrderedDict[tuple[str, int], tuple[int, bool]] = OrderedDict()
        self._of_traders: dict[str, int] = {}

    def new_session(self) -> None:
        """A session of another date: its losses begin anew."""
        self.realised_c = self.unwinds = self.cycles = 0
        self._ends.clear()
        self._of_traders.clear()

    def of(self, trader: str) -> int:
        """A trader's share of `realised_c`, cents."""
        return self._of_traders.get(trader, 0)

    def cycle_ended(self, event: ev.CycleEnded, traders: int) -> None:
        """A cycle ended, or ended anew; a parked one has not.

        Args:
            event: its end.
            traders: of the desk: so many share what is remembered.
        """
        if event.outcome == "PARKED":
            return
        key = (event.trader, event.cycle)
        self.cycles += key not in self._ends
        before_c, was_unwound = self._ends.pop(key, (0, False))
        unwound = event.outcome != "COMPLETE"
        result_c = event.net_c - event.fees_c if unwound else event.floor_c
        self._add(event.trader, min(0, result_c) - before_c)
        self.unwinds += unwound - was_unwound
        self._ends[key] = (min(0, result_c), unwound)
        if len(self._ends) > max(ENDS_KEPT, _OF_EACH * (1 + traders)):
            self._ends.popitem(last=False)

    def pair_settled(self, event: ev.PairSettled) -> None:
        """A pair ended at expiration or by hand; one with an open unit may have lost money."""
        if event.unhedged:
            self._add(event.trader, min(0, event.realised_c))

    def _add(self, trader: str, change_c: int) -> None:
        if change_c:
            self.realised_c += change_c
            self._of_traders[trader] = self._of_traders.get(trader, 0) + change_c
