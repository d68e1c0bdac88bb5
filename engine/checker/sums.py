"""Contracts, cents and payoff floors, worked out from single rows; shared with nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.checker.history import History, Row

Contract = tuple[str, str, str, float]
"""Symbol, expiration, "call" or "put", strike."""

NO_FLOOR_C = -(10**15)
"""The floor where losses are unlimited: more calls sold than bought."""


@dataclass(slots=True)
class Sums:
    """An account's signed contracts, shares, cash received minus paid, and fees."""

    contracts: defaultdict[Contract, int] = field(default_factory=lambda: defaultdict(int))
    shares: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    cash_c: int = 0
    fees_c: int = 0

    def held(self) -> dict[Contract, int]:
        """Contracts that are not zero."""
        return {contract: count for contract, count in self.contracts.items() if count}


def cash_of(history: History, intent: Row, executed: Row) -> int:
    """Cents received for an execution of the journal; negative where paid."""
    amount_c = int(executed["quantity"]) * int(executed["price_c"])
    amount_c *= history.multiplier(intent["trader"])
    return -amount_c if intent["part"] == "D" else amount_c


def add_executed(sums: Sums, history: History, intent: Row, executed: Row) -> None:
    """Add an execution of the journal: every part buys one strike and sells the other."""
    right = "call" if intent["right"] == "C" else "put"
    chain = (*history.chain(intent["trader"]), right)
    sums.contracts[(*chain, float(intent["buy_strike"]))] += executed["quantity"]
    sums.contracts[(*chain, float(intent["sell_strike"]))] -= executed["quantity"]
    sums.cash_c += cash_of(history, intent, executed)
    sums.fees_c += executed["fee_c"]


def add_booked(sums: Sums, row: Row) -> None:
    """Add an execution of the exchange, leg by leg."""
    for right, strike, quantity, price_c in row["legs"]:
        sums.contracts[(row["symbol"], row["expiration"], right, float(strike))] += quantity
        sums.cash_c -= quantity * price_c * row["multiplier"]
    sums.fees_c += row["fees_c"]


def journal_sums(history: History, without: Iterable[str] = ()) -> Sums:
    """The desk's books, from the executions in its journal.

    Args:
        history: the run.
        without: orders to leave out.
    """
    sums, left_out = Sums(), frozenset(without)
    for name, story in history.orders.items():
        if story.intent is not None and name not in left_out:
            for row in story.executed:
                add_executed(sums, history, story.intent, row)
    for row in history.of("FeeCorrected"):
        if row["order"] not in left_out:
            sums.fees_c += row["fee_c"] - row["before_c"]
    for row in history.of("Settled", "SharesTraded", "BookAdjusted"):
        _add_settled(sums, history, row)
    return sums


def _add_settled(sums: Sums, history: History, row: Row) -> None:
    """Add a settlement, a trade of shares or an adopted position of the journal."""
    if row["kind"] == "SharesTraded":
        if row["trade"] not in history.unsure:
            sums.shares[row["symbol"]] += row["shares"]
            sums.cash_c += row["cash_c"]
        return
    right = "call" if row["right"] == "C" else "put"
    contract = (*history.chain(row["trader"]), right, float(row["strike"]))
    if row["kind"] == "BookAdjusted":
        sums.contracts[contract] += row["after"] - row["before"]
    elif row["settlement"] not in history.unsure:
        sums.contracts[contract] -= row["quantity"]
        sums.shares[contract[0]] += row["shares"]
        sums.cash_c += row["cash_c"]


def ledger_sums(history: History, without: Iterable[str] = ()) -> Sums:
    """The exchange's books, from the legs of its executions."""
    sums, left_out = Sums(), frozenset(without)
    for row in history.executions:
        if row["order"] not in left_out:
            add_booked(sums, row)
    for row in history.settlements:
        if row["settlement"] in history.unsure:
            continue
        if row["quantity"]:
            contract = (row["symbol"], row["expiration"], row["right"], float(row["strike"]))
            sums.contracts[contract] -= row["quantity"]
        sums.shares[row["symbol"]] += row["shares"]
        sums.cash_c += row["cash_c"]
    return sums


def floor_of(legs: Iterable[tuple[int, str, float]], multiplier: int) -> int:
    """The least payoff in cents of account money.

    Args:
        legs: signed contracts, "C" or "P", strike per share.
        multiplier: dollars a contract per point.
    """
    kept = list(legs)
    if sum(count for count, right, _ in kept if right == "C") < 0:
        return NO_FLOOR_C
    prices = {0.0, *(float(strike) for _, _, strike in kept)}
    least = min((_paid(kept, price) for price in prices), default=0.0)
    return round(least * multiplier * 100)


def _paid(legs: list[tuple[int, str, float]], price: float) -> float:
    return sum(
        count * max(0.0, price - strike if right == "C" else strike - price)
        for count, right, strike in legs
    )
