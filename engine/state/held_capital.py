"""What completed pairs tie up until they expire, for the dollars that they guarantee."""

from __future__ import annotations

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

    def count(self, pair: HeldPair, expires: date) -> None:
        """Count a pair as it is now; one that is not complete or no longer held counts nothing."""
        self.drop(pair)
        if pair.outcome == "COMPLETE" and not pair.flat:
            pair.counts_as((pair.finished_floor_c, requirement_c(pair), days_held(pair, expires)))
            self._add(pair, 1)

    def drop(self, pair: HeldPair) -> None:
        """A pair is no longer held, or no longer as it was counted."""
        self._add(pair, -1)
        pair.counts_as(None)

    def of(self, trader: str) -> Tied:
        """Sums over one trader's pairs."""
        return self.by_trader.get(trader, Tied())

    def total(self) -> Tied:
        """Sums over all traders."""
        total = Tied()
        for tied in self.by_trader.values():
            total = total.plus(tied)
        return total

    def _add(self, pair: HeldPair, sign: int) -> None:
        if pair.tied is not None:
            floor_c, capital_c, days = pair.tied
            tied = Tied(1, floor_c, capital_c, capital_c * days)
            self.by_trader[pair.trader] = self.of(pair.trader).plus(tied, sign)
