"""How one strategy's orders filled this session: how often, and where in the natural market."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from engine.learning.estimators import wilson
from engine.pricing.verticals import FillLocation, fill_location


@dataclass(frozen=True, slots=True)
class SessionFillStatistics:
    """How debits and credits filled this session.

    Args:
        attempts, fills: whole debit attempts that ended, and those with any execution.
        low, high: 95 % Wilson interval of the fill rate; None without attempts.
        debit_contracts, credit_contracts, unwound_contracts: contracts filled.
        completions: positions completed.
        debit_locations, credit_locations: executions by place in the natural market.
    """

    attempts: int
    fills: int
    low: float | None
    high: float | None
    debit_contracts: int
    credit_contracts: int
    unwound_contracts: int
    completions: int
    debit_locations: Mapping[FillLocation, int]
    credit_locations: Mapping[FillLocation, int]

    @property
    def fill_rate(self) -> float:
        """Fills an attempt; 0.0 without attempts."""
        return self.fills / self.attempts if self.attempts else 0.0


class FillCounts:
    """Counts behind SessionFillStatistics; single-threaded.

    Attributes:
        attempts, fills, completions: see SessionFillStatistics.
    """

    __slots__ = ("_credits", "_debits", "attempts", "completions", "fills")

    def __init__(self) -> None:
        self.attempts = self.fills = self.completions = 0
        self._debits: Counter[FillLocation] = Counter()
        self._credits: Counter[FillLocation] = Counter()

    def attempted(self, filled: bool) -> None:
        """Count a debit attempt that ended, and whether it filled."""
        self.attempts += 1
        self.fills += filled

    def filled_late(self, first: bool) -> None:
        """Count an attempt as a fill if this late execution is its first."""
        self.fills += first

    def completed(self, by_credit: bool) -> None:
        """Count a completed position; one that was unwound alone does not count."""
        self.completions += by_credit

    def reopened(self, by_credit: bool) -> None:
        """Take back what `completed` counted: its debit filled again."""
        self.completions -= by_credit

    def debit_filled(self, price: float, bid: float, ask: float) -> None:
        """Count where in the natural market a debit filled; unknown markets are not counted."""
        place = fill_location(price, bid, ask)
        if place is not None:
            self._debits[place] += 1

    def credit_filled(self, price: float, bid: float, ask: float) -> None:
        """The same for a credit."""
        place = fill_location(price, bid, ask)
        if place is not None:
            self._credits[place] += 1

    def statistics(self, debits: int, credits_: int, unwound: int) -> SessionFillStatistics:
        """Everything as a value, with the contracts that filled."""
        low, high = wilson(self.fills, self.attempts) if self.attempts else (None, None)
        return SessionFillStatistics(
            self.attempts,
            self.fills,
            low,
            high,
            debits,
            credits_,
            unwound,
            self.completions,
            MappingProxyType(dict(self._debits)),
            MappingProxyType(dict(self._credits)),
        )
