"""What is pointed out of a held pair: of itself, and of its chain."""

from __future__ import annotations

from typing import Final

from engine.book.held_pair import HeldPair
from engine.risk.gates import Gate
from engine.runtime.views.holdings import Holdings

_WARNED: Final[dict[Gate | None, str]] = {
    Gate.EX_DATE: "ex-date next session",
    Gate.UNCOVERED: "short uncovered",
}


class PairWarnings:
    """Tells what is pointed out.

    Args:
        holdings: whose pairs they are.
    """

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings

    def of(self, pair: HeldPair) -> tuple[str, ...]:
        """Of a pair, that of its chain included."""
        own = []
        if pair.shares:
            own.append(f"assigned {pair.shares:+d} shares")
        if pair.unhedged < 0:
            own.append(f"{-pair.unhedged} sold twice")
        elif pair.unhedged:
            parked = "parked, " if pair.outcome == "PARKED" else ""
            own.append(f"{parked}{pair.unhedged} unhedged")
        return (*self._book(pair.trader), *own, *self._time(pair.trader))

    def of_chain(self, trader: str) -> tuple[str, ...]:
        """Of every pair of a chain."""
        return (*self._book(trader), *self._time(trader))

    def _book(self, trader: str) -> tuple[str, ...]:
        return ("book differs",) if self._holdings.differs(trader) else ()

    def _time(self, trader: str) -> tuple[str, ...]:
        holdings = self._holdings
        days = (holdings.state.traders[trader].expires - holdings.today).days
        warnings = []
        watched = holdings.watched(trader)
        if watched in _WARNED:
            warnings.append(_WARNED[watched])
        if days <= 0:
            warnings.append("expires today" if days == 0 else "expired, not settled")
        elif days < holdings.min_days:
            warnings.append(f"{days} days left")
        return tuple(warnings)
