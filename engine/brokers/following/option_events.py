"""Contracts that ended at a broker by assignment, exercise or expiration."""

from __future__ import annotations

from collections.abc import Iterable
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
        cash_c: cents that the account received for it, negative where it paid; None where the
            broker does not say.
        shares: of the underlying that came with it, negative where delivered; None as well.
        taken_back: whether the broker has taken it back since.
    """

    name: str
    kind: SettlementKind
    day: date
    contract: Contract
    quantity: int
    cash_c: int | None = None
    shares: int | None = None
    taken_back: bool = False

    def words(self) -> str:
        """The event as a sentence's part, such as `assigned 2 SPY 2026-12-04 500 call`."""
        root, expiration, right, strike = self.contract
        back = "taken back: " if self.taken_back else ""
        return f"{back}{self.kind} {self.quantity} {root} {expiration} {strike:g} {right}"


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


def settled_at_c(events: Iterable[OptionEvent], multiplier: int) -> int | None:
    """The settlement price that the ends of one chain's cash-settled contracts imply, cents.

    A contract that was paid for tells it exactly. Those that expired worth nothing tell bounds:
    no call below it and no put above it, and a price on the bound makes every one of them worth
    nothing, as it was. None where neither tells anything.

    Args:
        events: of one root and expiration.
        multiplier: dollars a point of one contract.
    """
    calls: list[int] = []
    puts: list[int] = []
    for event in events:
        strike_c = round(event.contract.strike * 100)
        sign = 1 if event.contract.right == "call" else -1
        if event.kind is SettlementKind.EXPIRED:
            (calls if sign > 0 else puts).append(strike_c)
        elif event.cash_c is not None:
            return strike_c + sign * round(abs(event.cash_c) / (event.quantity * multiplier))
    if calls:
        return min(calls)
    return max(puts) if puts else None
