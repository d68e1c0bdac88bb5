"""Contracts that ended at a broker by assignment, exercise or expiration."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from engine.brokers.following.symbols import Contract
from engine.orders.settlements import SettlementKind


class OptionEvent(NamedTuple):
    """Contracts that ended otherwise than by a trade.

    Attributes:
        name: of this event, the broker's, with its kind and contract.
        kind: EXPIRED, EXERCISED or ASSIGNED.
        day: exchange date on which it happened.
        contract: which.
        quantity: contracts that ended, above zero; an assignment is of short ones.
    """

    name: str
    kind: SettlementKind
    day: date
    contract: Contract
    quantity: int

    def words(self) -> str:
        """The event as a sentence's part, such as `assigned 2 SPY 2026-12-04 500 call`."""
        root, expiration, right, strike = self.contract
        return f"{self.kind} {self.quantity} {root} {expiration} {strike:g} {right}"


class OptionEventPage(NamedTuple):
    """One page of them.

    Attributes:
        rows: the events, the newest first.
        token: of the next page, of older ones; None at the end.
        odd: what is wrong with each row that is not in the broker's form and was left out.
    """

    rows: tuple[OptionEvent, ...]
    token: str | None
    odd: tuple[str, ...] = ()
