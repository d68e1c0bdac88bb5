"""The exchange's own books of an account: contracts, cash and fees, apart from the engine's.

Nothing here is shared with the engine's book: where both agree, two arithmetics agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from engine.brokers.protocol import ContractPosition


class LedgerError(Exception):
    """The books of the exchange contradict themselves."""


@dataclass(frozen=True, slots=True)
class LegFill:
    """One leg's share of an execution.

    Args:
        right: "call" or "put".
        strike: per share.
        quantity: signed contracts, bought positive.
        price_c: cents per share.
    """

    right: str
    strike: float
    quantity: int
    price_c: int


@dataclass(frozen=True, slots=True)
class Execution:
    """One trade of a combination, as the exchange recorded it.

    Args:
        execution_id: names it for ever.
        client_order_id: the order it belongs to.
        at_s: epoch seconds.
        symbol, expiration: the chain.
        quantity: combinations, positive.
        price_c: cents per share that a debit paid and a credit received, positive.
        pays: whether the account paid it.
        multiplier: dollars a contract per point.
        legs: what happened in each contract.
        fees_c: cents of commission and exchange fee for all legs.
    """

    execution_id: str
    client_order_id: str
    at_s: float
    symbol: str
    expiration: date
    quantity: int
    price_c: int
    pays: bool
    multiplier: int
    legs: tuple[LegFill, ...]
    fees_c: int


Contract = tuple[str, date, str, float]


class ExchangeLedger:
    """What an account holds and has paid, from executions alone.

    Contracts and cash are the account's (long positive, money received positive); the other side
    of each trade is their negative. Fees are kept apart from cash.
    """

    __slots__ = ("_cash_c", "_contracts", "_executions", "_fees_c", "_ids", "_positions")

    def __init__(self) -> None:
        self._contracts: dict[Contract, int] = {}
        self._executions: list[Execution] = []
        self._ids: set[str] = set()
        self._positions: tuple[ContractPosition, ...] | None = ()
        self._cash_c = 0
        self._fees_c = 0

    @property
    def cash_c(self) -> int:
        """Cents received minus cents paid for options; fees are not in it."""
        return self._cash_c

    @property
    def fees_c(self) -> int:
        """Cents of fees charged."""
        return self._fees_c

    @property
    def executions(self) -> tuple[Execution, ...]:
        """Every execution, oldest first."""
        return tuple(self._executions)

    def book(self, execution: Execution) -> None:
        """Record an execution once.

        Raises:
            LedgerError: its id is known, its legs do not cost what the combination does, or its
                quantity, price or fees are not those of a trade.
        """
        if execution.execution_id in self._ids:
            raise LedgerError(f"execution {execution.execution_id} is booked already")
        if execution.quantity <= 0 or execution.price_c <= 0 or execution.fees_c < 0:
            raise LedgerError(f"execution {execution.execution_id} is not a trade: {execution}")
        cash_c = combination_cash_c(execution)
        by_leg_c = legs_cash_c(execution)
        if cash_c != by_leg_c:
            raise LedgerError(
                f"execution {execution.execution_id}: the combination moves {cash_c} cents, "
                f"its legs {by_leg_c}"
            )
        self._ids.add(execution.execution_id)
        self._positions = None
        self._executions.append(execution)
        self._cash_c += cash_c
        self._fees_c += execution.fees_c
        for leg in execution.legs:
            contract = (execution.symbol, execution.expiration, leg.right, leg.strike)
            held = self._contracts.get(contract, 0) + leg.quantity
            if held:
                self._contracts[contract] = held
            else:
                del self._contracts[contract]

    def find(self, execution_id: str) -> Execution | None:
        """The execution of that id, the latest first; None where none is booked."""
        for execution in reversed(self._executions):
            if execution.execution_id == execution_id:
                return execution
        return None

    def correct(self, execution_id: str, price_c: int | None) -> None:
        """Change a booked execution's price, or bust it: as if it had been so all along.

        Args:
            execution_id: of the execution.
            price_c: the new price, cents a share; None takes the trade and its fees back.

        Raises:
            LedgerError: no such execution, or the price is not that of a trade.
        """
        before = self.find(execution_id)
        if before is None or (price_c is not None and price_c <= 0):
            raise LedgerError(f"execution {execution_id} cannot be corrected to {price_c}")
        at = self._executions.index(before)
        if price_c is None:
            del self._executions[at]
        else:
            dear, cheap = before.legs
            legs = (replace(dear, price_c=cheap.price_c + price_c), cheap)
            self._executions[at] = replace(before, price_c=price_c, legs=legs)
        self._cash_c, self._fees_c, self._contracts = add_up(self._executions)
        self._positions = None

    def positions(self) -> tuple[ContractPosition, ...]:
        """Every contract held, signed, in a fixed order; none with zero."""
        if self._positions is None:
            self._positions = tuple(
                ContractPosition(*contract, quantity)
                for contract, quantity in sorted(self._contracts.items())
            )
        return self._positions

    def check(self) -> None:
        """Add everything up again from the executions.

        Raises:
            LedgerError: the running books differ from the sum of the executions.
        """
        cash_c, fees_c, contracts = add_up(self._executions)
        if (cash_c, fees_c, contracts) != (self._cash_c, self._fees_c, self._contracts):
            raise LedgerError("the books differ from the sum of their executions")


def combination_cash_c(execution: Execution) -> int:
    """Cents that the account receives (negative: pays) at the combination's price."""
    amount_c = execution.price_c * execution.multiplier * execution.quantity
    return -amount_c if execution.pays else amount_c


def legs_cash_c(execution: Execution) -> int:
    """Cents that the account receives (negative: pays) leg by leg."""
    paid = 0
    for leg in execution.legs:
        paid += leg.price_c * leg.quantity
    return -paid * execution.multiplier


def add_up(executions: Iterable[Execution]) -> tuple[int, int, dict[Contract, int]]:
    """Cash, fees and non-zero contracts of executions, leg by leg."""
    cash_c = fees_c = 0
    contracts: dict[Contract, int] = {}
    for execution in executions:
        cash_c += legs_cash_c(execution)
        fees_c += execution.fees_c
        for leg in execution.legs:
            contract = (execution.symbol, execution.expiration, leg.right, leg.strike)
            contracts[contract] = contracts.get(contract, 0) + leg.quantity
    return cash_c, fees_c, {contract: held for contract, held in contracts.items() if held}
