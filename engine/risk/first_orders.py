"""The first orders of a live account are small, until enough attempts have ended well."""

from __future__ import annotations

from typing import Final

from engine.orders import events as ev

PROVEN_AFTER: Final = 20
"""Attempts that must have ended well."""


class FirstOrders:
    """Counts attempts that ended well: without an execution, or with their pair completed.

    Rejects are no attempts; a unit that was sold back or parked has not ended well.

    Attributes:
        well: attempts that have ended well in this account's journal.
        contracts: most contracts of an order until then; None where orders are not limited so.
    """

    def __init__(self) -> None:
        self.well = 0
        self.contracts: int | None = None

    def limit(self, contracts: int) -> None:
        """Let orders have at most so many contracts until enough attempts have ended well."""
        self.contracts = contracts

    def apply(self, event: ev.Event) -> None:
        """Count an event; kinds that end no attempt are ignored."""
        kind = type(event)
        if kind is ev.AttemptEnded:
            self.well += not event.filled  # type: ignore[union-attr]  # by its kind
        elif kind is ev.CycleEnded:
            self.well += event.outcome == "COMPLETE"  # type: ignore[union-attr]  # by its kind

    @property
    def proving(self) -> bool:
        """Whether orders are still held to the first size."""
        return self.contracts is not None and self.well < PROVEN_AFTER

    def most(self, contracts: int) -> int:
        """The most contracts of an order now, where the limits allow so many."""
        if self.contracts is None or self.well >= PROVEN_AFTER:
            return contracts
        return min(contracts, self.contracts)
