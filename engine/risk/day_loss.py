"""What the session's finished cycles lost: the part of a day's loss that needs no quotes."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, NamedTuple

from engine.orders import events as ev
from engine.orders.ids import ENDS_KEPT

_OF_EACH: Final = 32
"""Ends of cycles remembered for each trader of many, so that another end replaces the former."""


_PAIRED: Final = frozenset({"COMPLETE", "BUSTED"})
"""How a cycle ends of which nothing was sold back."""


class _End(NamedTuple):
    """What a cycle lost, zero or negative cents, and whether it was not completed.

    Args:
        lost_c, unwound: at its last end.
        before_c, unwound_before: at its last end of earlier sessions, which counted it.
    """

    lost_c: int = 0
    unwound: bool = False
    before_c: int = 0
    unwound_before: bool = False

    @property
    def lost_now_c(self) -> int:
        """What counts in this session; less than before is no gain of it."""
        return min(0, self.lost_c - self.before_c)

    @property
    def unwound_now(self) -> bool:
        """Whether it counts in this session as not completed."""
        return self.unwound and not self.unwound_before


_NO_END: Final = _End()


def lost_c(event: ev.CycleEnded) -> int:
    """What a cycle that is over lost, zero or negative cents: after fees, and what it can owe yet.

    A completed pair loses where its payoff floor lies below zero. A wide credit of a cycle that was
    sold back in part may owe at expiration what it brought.
    """
    if event.outcome in _PAIRED:
        return min(0, event.floor_c)
    return min(0, event.net_c - event.fees_c, event.floor_c)


class DayLoss:
    """Losses of the session, by its events.

    Of a cycle that had ended in an earlier session, and ends anew, what it lost more counts.

    Attributes:
        realised_c: losses of scratched and unwound cycles after fees, with what the rest of them
            can lose, plus the negative payoff floors of completed pairs; zero or negative money in
            cents.
        unwinds: cycles that were not completed; cycles: that ended.
    """

    __slots__ = ("_ends", "_of_traders", "cycles", "realised_c", "unwinds")

    def __init__(self) -> None:
        self.realised_c = self.unwinds = self.cycles = 0
        self._ends: OrderedDict[tuple[str, int], _End] = OrderedDict()
        self._of_traders: dict[str, int] = {}

    def new_session(self) -> None:
        """A session of another date: its losses begin anew."""
        self.realised_c = self.unwinds = self.cycles = 0
        for key, end in self._ends.items():
            self._ends[key] = _End(end.lost_c, end.unwound, end.lost_c, end.unwound)
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
        before = self._ends.pop(key, _NO_END)
        unwound = event.outcome not in _PAIRED
        end = before._replace(lost_c=lost_c(event), unwound=unwound)
        self._add(event.trader, end.lost_now_c - before.lost_now_c)
        self.unwinds += end.unwound_now - before.unwound_now
        self._ends[key] = end
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
