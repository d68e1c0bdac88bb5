"""One unit: a debit that filled, and the credits and unwinds that hedge it."""

from __future__ import annotations

from collections.abc import Sequence

from engine.book.balance import Booked
from engine.book.held_pair import HeldPair
from engine.book.settlement import intrinsic_c
from engine.learning.harm import HUNG_S
from engine.orders.averages import split_total
from engine.orders.events import CycleEnded, Executed, LadderMoved, PairSettled, UnitDecided

Closings = Sequence[tuple[int, int]]
"""Contracts, signed, and cents a share at which each of them ended."""


class Unit:
    """One cycle with a filled debit, until it is completed, unwound or closed by hand.

    Attributes:
        trader, cycle: whose it is.
        ordered: contracts its debit asked for.
        debit, credit, unwound: contracts executed; debit_c, credit_c, unwind_c: their money.
        open_ms: since when contracts are unhedged; None while all are hedged.
        choice, decided_ms: what was decided about it, and when.
    """

    __slots__ = (
        "choice", "credit", "credit_c", "cycle", "debit", "debit_c", "decided_ms", "fees_c",
        "first_fill_ms", "limit_c", "open_ms", "ordered", "outcome", "stage", "trader", "unwind_c",
        "unwound",
    )  # fmt: skip

    def __init__(self, trader: str, cycle: int, outcome: str = "") -> None:
        self.trader = trader
        self.cycle = cycle
        self.ordered = self.debit = self.credit = self.unwound = 0
        self.debit_c = self.credit_c = self.unwind_c = self.fees_c = 0
        self.first_fill_ms: int | None = None
        self.open_ms: int | None = None
        self.stage = ""
        self.limit_c = 0
        self.choice = ""
        self.decided_ms = 0
        self.outcome = outcome

    @classmethod
    def finished_at(cls, trader: str, cycle: int, at_ms: int) -> Unit:
        """A unit of which nothing is open, its first execution told as of epoch `at_ms`."""
        unit = cls(trader, cycle)
        unit.first_fill_ms = at_ms
        return unit

    @property
    def net(self) -> int:
        """Unhedged debit contracts."""
        return self.debit - self.credit - self.unwound

    @property
    def unhedged_ms(self) -> int | None:
        """Since when debit contracts are unhedged; None where none is, or more was sold."""
        return self.open_ms if self.net > 0 else None

    def hangs(self, now_ms: int) -> bool:
        """Whether debit contracts are unhedged for longer than HUNG_S at epoch `now_ms`."""
        since_ms = self.unhedged_ms
        return since_ms is not None and since_ms < now_ms - int(HUNG_S * 1000)

    @property
    def unended(self) -> bool:
        """Whether its cycle has not ended: open, parked, or its end not told."""
        return self.outcome in ("", "PARKED")

    @property
    def finished(self) -> bool:
        """Whether its cycle ended and nothing is left to hedge."""
        return not self.net and not self.unended

    @property
    def parked(self) -> bool:
        """Whether it is left to the operator: by its last stage, or, without one, by its end."""
        return (self.stage or self.outcome) in ("H7", "PARKED")

    def charge(self, fee_c: int) -> None:
        """Add fees in cents; negative where some are given back."""
        self.fees_c += fee_c

    def book(self, kind: Booked, quantity: int, money_c: int, event: Executed) -> None:
        """Add an execution's contracts and money; negative where some are taken back."""
        self.fees_c += event.fee_c
        if kind == "debit":
            self.debit += quantity
            self.debit_c += money_c
            if self.first_fill_ms is None:
                self.first_fill_ms = event.at_ms
        elif kind == "credit":
            self.credit += quantity
            self.credit_c += money_c
        else:
            self.unwound += quantity
            self.unwind_c += money_c
        if not self.net:
            self.open_ms = None
        elif self.open_ms is None:
            self.open_ms = event.at_ms

    def debit_ordered(self, contracts: int) -> None:
        """Remember what its debit asked for; a second debit of the cycle does not change it."""
        if not self.ordered:
            self.ordered = contracts

    def moved(self, event: LadderMoved) -> None:
        """It reached another stage of the ladder."""
        self.stage = event.stage
        self.limit_c = event.limit_c

    def decided(self, event: UnitDecided) -> None:
        """Somebody decided what happens to it."""
        self.choice = event.choice
        self.decided_ms = event.at_ms

    def ended(self, event: CycleEnded) -> None:
        """Its cycle ended."""
        self.outcome = event.outcome


def closings_of(pair: HeldPair, event: PairSettled) -> Closings:
    """At which prices a pair's unhedged contracts ended: see `Money.settle_unit`.

    Where no credit came, all that the pair brought beyond its trades is theirs, whoever closed
    them. Else each counts as worth what its vertical was at settlement: of contracts that were
    sold too often, that of the last ones. Where only what was told late is known, it is nothing.

    Args:
        pair, event: what settled, and how.
    """
    if event.unhedged > 0 and not pair.contracts_of("credit"):
        brought_c = event.cash_c + event.payoff_c - pair.as_traded().cash_c
        return split_total(max(0, brought_c // pair.multiplier), event.unhedged)
    debits = [(each.buy, each.sell) for each in pair.traded() if each.kind == "debit"]
    if event.unhedged > 0:
        return ((event.unhedged, _worth_c(pair, *debits[0], event.price_c) if debits else 0),)
    closings, left = [], -event.unhedged
    for each in reversed([*pair.traded()]):
        contracts = 0 if each.kind == "debit" else min(left, each.contracts)
        if contracts > 0:
            left -= contracts
            closings.append((-contracts, _worth_c(pair, each.sell, each.buy, event.price_c)))
    return [*closings, (-left, 0)] if left else closings


def _worth_c(pair: HeldPair, dear: float, cheap: float, price_c: int) -> int:
    """Settlement value of a vertical of the pair, cents a share."""
    bought = intrinsic_c(pair.right, dear, price_c)
    return max(0, bought - intrinsic_c(pair.right, cheap, price_c))
