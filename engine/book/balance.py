"""One chain's contracts and money, exactly: lots closed first in, first out.

Closed debit lots and what closed them are *matched* money, the rest is *open* money, and net
premium = matched - open at all times. Fees are not in these figures: they are cash, never profit.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple, TypedDict

CENTS = 100
"""Cents a dollar."""

Booked = Literal["debit", "credit", "unwind"]


class PositionSummary(TypedDict):
    """Sums over chains: counts of chains and contracts, money in dollars before fees."""

    chains: int
    total_debit_paid: float
    total_credit_received: float
    net_premium: float
    total_imbalance: int
    balanced_chains: int


class Booking(NamedTuple):
    """A fill as the engine books it: contracts of a vertical at whole cents per share."""

    kind: Booked
    contracts: int
    price_c: int
    multiplier: int = 100


@dataclass(frozen=True, slots=True)
class PositionBalance:
    """One chain's balance at a moment.

    Args:
        symbol, expiration: the chain.
        debit_contracts, credit_contracts: verticals bought, and sold against them.
        unwound_contracts: bought verticals that were sold back.
        debit_paid_c, credit_received_c: whole cents; received includes unwinds.
        unwind_received_c: the part of `credit_received_c` that came from unwinds.
        matched_c: received minus paid for the lots that are closed.
        open_c: paid for the lots that are not (negative: received beyond every debit).
    """

    symbol: str
    expiration: date
    debit_contracts: int = 0
    credit_contracts: int = 0
    unwound_contracts: int = 0
    debit_paid_c: int = 0
    credit_received_c: int = 0
    unwind_received_c: int = 0
    matched_c: int = 0
    open_c: int = 0

    @property
    def net_contracts(self) -> int:
        """Debit contracts without a credit or unwind; negative where more was sold."""
        return self.debit_contracts - self.credit_contracts - self.unwound_contracts

    @property
    def imbalance(self) -> int:
        """Absolute distance from balance, in contracts."""
        return abs(self.net_contracts)

    @property
    def is_balanced(self) -> bool:
        """Whether every debit contract has its credit or unwind."""
        return self.net_contracts == 0

    @property
    def net_premium_c(self) -> int:
        """Received minus paid, whole cents."""
        return self.credit_received_c - self.debit_paid_c

    @property
    def net_premium(self) -> float:
        """Received minus paid, dollars before fees."""
        return self.net_premium_c / CENTS

    @property
    def total_debit_paid(self) -> float:
        """Dollars paid."""
        return self.debit_paid_c / CENTS

    @property
    def total_credit_received(self) -> float:
        """Dollars received, unwinds included."""
        return self.credit_received_c / CENTS


class ChainLedger:
    """The mutable state behind a PositionBalance; lots are [contracts, cents a contract].

    Not locked and not validated: PositionBalancer does both.
    """

    __slots__ = (
        "credits", "debits", "expiration", "lots", "matched_c", "oversold", "paid_c",
        "received_c", "symbol", "unwind_c", "unwound",
    )  # fmt: skip

    def __init__(self, symbol: str, expiration: date) -> None:
        self.symbol = symbol
        self.expiration = expiration
        self.debits = self.credits = self.unwound = 0
        self.paid_c = self.received_c = self.unwind_c = self.matched_c = 0
        self.lots: deque[list[int]] = deque()
        self.oversold: deque[list[int]] = deque()

    @property
    def net(self) -> int:
        """Open debit contracts; negative where more was sold."""
        return self.debits - self.credits - self.unwound

    def buy(self, contracts: int, contract_c: int) -> None:
        """Add debit contracts at cents a contract."""
        self.debits += contracts
        self.paid_c += contracts * contract_c
        closed, closed_c = _close_oldest(self.oversold, contracts)
        self.matched_c += closed_c - closed * contract_c
        if closed < contracts:
            self.lots.append([contracts - closed, contract_c])

    def sell(self, contracts: int, contract_c: int, unwind: bool) -> None:
        """Sell credit contracts, or sell debit contracts back (unwind), at cents a contract."""
        total_c = contracts * contract_c
        self.received_c += total_c
        if unwind:
            self.unwound += contracts
            self.unwind_c += total_c
        else:
            self.credits += contracts
        closed, closed_c = _close_oldest(self.lots, contracts)
        self.matched_c += closed * contract_c - closed_c
        if closed < contracts:
            self.oversold.append([contracts - closed, contract_c])

    def balance(self) -> PositionBalance:
        """The state now, as a value."""
        return PositionBalance(
            self.symbol,
            self.expiration,
            self.debits,
            self.credits,
            self.unwound,
            self.paid_c,
            self.received_c,
            self.unwind_c,
            self.matched_c,
            sum(n * c for n, c in self.lots) - sum(n * c for n, c in self.oversold),
        )


def _close_oldest(lots: deque[list[int]], contracts: int) -> tuple[int, int]:
    """Take up to `contracts` from the oldest lots; returns how many and their cents."""
    closed = closed_c = 0
    while closed < contracts and lots:
        lot = lots[0]
        taken = min(contracts - closed, lot[0])
        closed += taken
        closed_c += taken * lot[1]
        lot[0] -= taken
        if not lot[0]:
            lots.popleft()
    return closed, closed_c
