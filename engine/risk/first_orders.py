"""The first orders of a live account are small, until enough attempts have ended well."""

from __future__ import annotations

from typing import Final

from engine.orders import events as ev

PROVEN_AFTER: Final = 20
"""Attempts that must have ended well."""

PROVEN_PAIRS: Final = 5
"""Of which so many with their pair completed; docs/decisions/first-orders.md."""


class FirstOrders:
    """Counts attempts that ended well: without an execution, or with their pair completed.

    Rejects are no attempts; a unit that was sold back or parked has not ended well, nor has one of
    which everything was taken back. Attempts
    without an execution alone are not enough: they show nothing of executions, fees and positions.

    Attributes:
        well: attempts that have ended well in this account's journal.
        pairs: of them with their pair completed.
        contracts: most contracts of an order until then; None where orders are not limited so.
    """

    def __init__(self) -> None:
        self.well = self.pairs = 0
        self._completed: set[tuple[str, int]] = set()
        self.contracts: int | None = None

    def limit(self, contracts: int) -> None:
        """Let orders have at most so many contracts until enough attempts have ended well."""
        self.contracts = contracts

    def apply(self, event: ev.Event) -> None:
        """Count an event until enough have ended well; kinds that end no attempt are ignored."""
        if self._proven:
            return
        if isinstance(event, ev.AttemptEnded):
            self.well += not event.filled
        elif isinstance(event, ev.CycleEnded):
            self._cycle_ended(event)

    def _cycle_ended(self, event: ev.CycleEnded) -> None:
        """Count a cycle once, however often it ends: a corrected fee or price ends it anew."""
        key, completed = (event.trader, event.cycle), self._completed
        before = len(completed)
        if event.outcome == "COMPLETE" and event.contracts:
            completed.add(key)
        else:
            completed.discard(key)
        more = len(completed) - before
        self.well += more
        self.pairs += more

    @property
    def proving(self) -> bool:
        """Whether orders are still held to the first size."""
        return self.contracts is not None and not self._proven

    def most(self, contracts: int) -> int:
        """The most contracts of an order now, where the limits allow so many."""
        if self.contracts is None or self._proven:
            return contracts
        return min(contracts, self.contracts)

    @property
    def _proven(self) -> bool:
        return self.well >= PROVEN_AFTER and self.pairs >= PROVEN_PAIRS
