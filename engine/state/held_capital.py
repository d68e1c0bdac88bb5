"""What completed pairs tie up until they expire, for the dollars that they guarantee."""

from __future__ import annotations

from collections.abc import Container
from datetime import date

from engine.book.pairs import HeldPair
from engine.market.calendar import exchange_date
from engine.snapshot.dollars import Tied


def requirement_c(pair: HeldPair) -> int:
    """The most that a pair asked of the account in its life, cents.

    The desk's own rule counts what may be lost at expiration, whichever orders fill
    (`engine.risk.worst_case`; the limits of capital count the debit alike): what the debit cost
    until its credit came, and since then what the pair falls below zero at worst. The greater of
    the two is tied. No broker's margin is meant: it may recognise the pair, and free some.
    """
    return max(0, pair.money_of("debit"), -pair.finished_floor_c)


def days_held(pair: HeldPair, expires: date) -> int:
    """Calendar days from the exchange date of the first execution to the expiration, one at least.

    A pair that expires on its own day ties its money for that day.
    """
    return max(1, (expires - exchange_date(pair.opened_ms / 1000)).days)


class HeldCapital:
    """Sums over the completed pairs that are held, by trader; a pair counts once.

    Attributes:
        by_trader: sums of each trader that holds such a pair or did.
    """

    def __init__(self) -> None:
        self.by_trader: dict[str, Tied] = {}
        self._counted: dict[tuple[str, int], Tied] = {}

    def count(self, pair: HeldPair, expires: date) -> None:
        """Count a pair as it is now; one that is not complete or no longer held counts nothing."""
        self.drop(pair)
        if pair.outcome != "COMPLETE" or pair.flat:
            return
        capital_c = requirement_c(pair)
        days = days_held(pair, expires)
        tied = Tied(1, pair.finished_floor_c, capital_c, capital_c * days)
        self._counted[pair.trader, pair.cycle] = tied
        self._add(pair.trader, tied, 1)

    def drop(self, pair: HeldPair) -> None:
        """A pair is no longer held."""
        tied = self._counted.pop((pair.trader, pair.cycle), None)
        if tied is not None:
            self._add(pair.trader, tied, -1)

    def keep_only(self, trader: str, held: Container[tuple[str, int]]) -> None:
        """Forget the pairs of a trader that are not among those held, by trader and cycle."""
        gone = [key for key in self._counted if key[0] == trader and key not in held]
        for key in gone:
            self._add(trader, self._counted.pop(key), -1)

    def of(self, trader: str) -> Tied:
        """Sums over one trader's pairs."""
        return self.by_trader.get(trader, Tied())

    def total(self) -> Tied:
        """Sums over all traders."""
        total = Tied()
        for tied in self.by_trader.values():
            total = total.plus(tied)
        return total

    def _add(self, trader: str, tied: Tied, sign: int) -> None:
        self.by_trader[trader] = self.of(trader).plus(tied, sign)
