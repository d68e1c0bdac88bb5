"""What completed pairs tie up until they expire, for the dollars that they guarantee."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

from engine.book.held_pair import HeldPair
from engine.market.calendar import exchange_date
from engine.snapshot.dollars import NOTHING_TIED, Tied

_QUARTER_MS: Final = 900_000


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
    return max(1, (expires - _date_of(pair.opened_ms // _QUARTER_MS)).days)


@lru_cache(maxsize=64)
def _date_of(quarter: int) -> date:
    """The exchange date of a quarter of an hour since 1970: no day begins within one."""
    return exchange_date(quarter * _QUARTER_MS / 1000)


class HeldCapital:
    """Sums over the completed pairs that are held, by trader; a pair counts once."""

    def __init__(self) -> None:
        self._sums: dict[str, list[int]] = {}

    def count(self, pair: HeldPair, expires: date) -> HeldPair:
        """Count a pair as it is now; one that is not complete or no longer held counts nothing.

        Returns:
            the pair with what it counts as, for the book to keep.
        """
        tied = None
        if pair.outcome == "COMPLETE" and not pair.flat:
            tied = pair.finished_floor_c, requirement_c(pair), days_held(pair, expires)
        if tied == pair.tied:
            return pair
        self._add(pair, -1)
        pair = pair.counted_as(tied)
        self._add(pair, 1)
        return pair

    def drop(self, pair: HeldPair) -> HeldPair:
        """A pair is no longer held; returned as it counts then, for the book to keep."""
        self._add(pair, -1)
        return pair.counted_as(None)

    def of(self, trader: str) -> Tied:
        """Sums over one trader's pairs."""
        sums = self._sums.get(trader)
        return NOTHING_TIED if sums is None else Tied(*sums)

    def total(self) -> Tied:
        """Sums over all traders."""
        return Tied(*map(sum, zip(*self._sums.values(), strict=True)))

    def _add(self, pair: HeldPair, sign: int) -> None:
        if pair.tied is None:
            return
        floor_c, capital_c, days = pair.tied
        sums = self._sums.get(pair.trader)
        if sums is None:
            sums = self._sums[pair.trader] = [0, 0, 0, 0]
        for at, more in enumerate((1, floor_c, capital_c, capital_c * days)):
            sums[at] += sign * more
