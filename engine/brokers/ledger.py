"""The exchange's own books of an account: contracts, cash and fees, apart from the engine's.

It shares nothing with the engine's book: where both agree, two independent calculations agree.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from engine.brokers.block_store import MEMORY, BlockStore
from engine.brokers.booked_executions import BookedExecutions, Executions
from engine.brokers.execution import Execution, combination_cash_c, legs_cash_c
from engine.brokers.protocol import ContractPosition, SharePosition
from engine.orders.settlements import SettlementKind, SettlementReport


class LedgerError(Exception):
    """The exchange's books are inconsistent, or a booking does not fit them."""


Contract = tuple[str, date, str, float]


class Correction(NamedTuple):
    """A booked execution's new price, cents a share; None where the execution was busted."""

    execution_id: str
    price_c: int | None


class FeeChange(NamedTuple):
    """What a booked execution really cost, cents for all legs."""

    execution_id: str
    fees_c: int


Change = Execution | SettlementReport | Correction | FeeChange


class ExchangeLedger:
    """What an account holds and has paid, computed from executions and settlements alone.

    Long contracts and shares are positive, and so is cash received. Fees are not part of cash.

    Args:
        store: keeps executions of long ago.

    Attributes:
        changes: what was booked since `record` was called or a reader last cleared it.
        busted: names of the executions that were booked and then taken back, oldest first.
    """

    __slots__ = (
        "_cash_c", "_changed", "_contracts", "_executions", "_fees_c", "_positions", "_recording",
        "_rows", "_settlements", "_shares", "_sorted", "busted", "changes",
    )  # fmt: skip

    def __init__(self, store: BlockStore = MEMORY) -> None:
        self._contracts: dict[Contract, int] = {}
        self._shares: dict[str, int] = {}
        self._executions = BookedExecutions(store)
        self._settlements: dict[str, tuple[int, SettlementReport]] = {}
        self._positions: tuple[ContractPosition, ...] | None = ()
        self._changed: set[Contract] = set()
        self._sorted: list[Contract] = []
        self._rows: list[ContractPosition] = []
        """In the order of `_sorted`; those of `_changed` are made anew when they are asked for."""
        self._recording = False
        self.changes: list[Change] = []
        self.busted: list[str] = []
        self._cash_c = 0
        self._fees_c = 0

    @property
    def cash_c(self) -> int:
        """Cents received less cents paid, settlements and shares included, fees excluded."""
        return self._cash_c

    @property
    def fees_c(self) -> int:
        """Cents of fees charged."""
        return self._fees_c

    @property
    def executions(self) -> Executions:
        """Every execution, oldest first."""
        return self._executions.all()

    @property
    def settlements(self) -> tuple[tuple[int, SettlementReport], ...]:
        """Every settlement, oldest first, and how many of the executions were booked before it."""
        return tuple(self._settlements.values())

    @property
    def entries(self) -> tuple[Execution | SettlementReport, ...]:
        """Every execution and settlement, in the order in which they were booked."""
        executions = self.executions
        entries: list[Execution | SettlementReport] = []
        booked = 0
        for before, report in self.settlements:
            entries += executions[booked:before]
            entries.append(report)
            booked = before
        return (*entries, *executions[booked:])

    def record(self) -> None:
        """Keep what is booked from now on in `changes`."""
        self._recording = True

    def book(self, execution: Execution) -> None:
        """Record an execution once.

        Raises:
            LedgerError: its id is booked already, its legs do not add up to the combination, or
                its quantity, price or fees are not those of a trade.
        """
        if self._is_booked(execution.execution_id):
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
        if self._recording:
            self.changes.append(execution)
        self._executions.add(execution)
        self._cash_c += cash_c
        self._fees_c += execution.fees_c
        self._hold_legs(execution, 1)

    def _is_booked(self, name: str) -> bool:
        """Whether an execution or a settlement of that id was ever booked."""
        return name in self._settlements or name in self._executions

    def _hold_legs(self, execution: Execution, sign: int) -> None:
        """Hold what an execution traded; with `sign` -1 no longer."""
        symbol, expiration = execution.symbol, execution.expiration
        for right, strike, quantity, _ in execution.legs:
            self._hold((symbol, expiration, right, strike), sign * quantity)

    def _hold(self, contract: Contract, more: int) -> None:
        """Hold more of a contract; `positions` makes its row when it is asked."""
        contracts = self._contracts
        before = contracts.get(contract, 0)
        if before + more:
            contracts[contract] = before + more
            if not before:
                at = bisect_left(self._sorted, contract)
                self._sorted.insert(at, contract)
                self._rows.insert(at, ContractPosition(*contract, more))
        elif before:
            at = bisect_left(self._sorted, contract)
            del self._sorted[at], self._rows[at], contracts[contract]
        self._changed.add(contract)
        self._positions = None

    def settle(self, report: SettlementReport, *, again: bool = False) -> None:
        """Record a settlement once.

        Args:
            report: it.
            again: whether books that took it before are read: a trade that was busted later may
                have taken away what it ended.

        Raises:
            LedgerError: its id is booked already, or the account does not hold what it ends.
        """
        name = report.settlement_id
        if self._is_booked(name):
            raise LedgerError(f"settlement {name} is booked already")
        if report.kind is not SettlementKind.SHARES:
            contract = (report.symbol, report.expiration, report.right, report.strike)
            before = self._contracts.get(contract, 0)
            if not again:
                check_end(report.kind, name, before, report.quantity)
            self._hold(contract, -report.quantity)
        if self._recording:
            self.changes.append(report)
        self._settlements[name] = len(self._executions), report
        self._cash_c += report.cash_c
        shares = self._shares.get(report.symbol, 0) + report.shares
        if shares:
            self._shares[report.symbol] = shares
        else:
            self._shares.pop(report.symbol, None)

    def shares(self) -> tuple[SharePosition, ...]:
        """Shares held of each root, signed, in order; none with zero."""
        return tuple(SharePosition(*row) for row in sorted(self._shares.items()))

    def held(self, contract: Contract) -> int:
        """Signed contracts of one option."""
        return self._contracts.get(contract, 0)

    def settlement(self, settlement_id: str) -> SettlementReport | None:
        """The settlement of that id; None where it is not booked."""
        booked = self._settlements.get(settlement_id)
        return None if booked is None else booked[1]

    def find(self, execution_id: str) -> Execution | None:
        """The execution of that id; None where it is not booked."""
        return self._executions.find(execution_id)

    def executions_of(self, client_order_id: str) -> list[Execution]:
        """The executions of an order, oldest first."""
        return self._executions.of_order(client_order_id)

    def correct(self, execution_id: str, price_c: int | None) -> None:
        """Change a booked execution's price, or bust it, as if it had been so from the start.

        Args:
            execution_id: of the execution.
            price_c: the new price, cents a share; None busts the trade and refunds its fees.

        Raises:
            LedgerError: there is no such execution, or the price is not that of a trade.
        """
        before = self.find(execution_id)
        if before is None or (price_c is not None and price_c <= 0):
            raise LedgerError(f"execution {execution_id} cannot be corrected to {price_c}")
        if price_c is None:
            self._take_back(before)
        else:
            dear, cheap = before.legs
            legs = (dear._replace(price_c=cheap.price_c + price_c), cheap)
            after = before._replace(price_c=price_c, legs=legs, provisional=False)
            self._executions.replace(after)
            self._cash_c += legs_cash_c(after) - legs_cash_c(before)
        if self._recording:
            self.changes.append(Correction(execution_id, price_c))

    def _take_back(self, execution: Execution) -> None:
        at = self._executions.take_back(execution.execution_id)
        self.busted.append(execution.execution_id)
        for name, (before, report) in self._settlements.items():
            if before > at:
                self._settlements[name] = before - 1, report
        self._cash_c -= legs_cash_c(execution)
        self._fees_c -= execution.fees_c
        self._hold_legs(execution, -1)

    def correct_fee(self, execution_id: str, fees_c: int) -> None:
        """Change what a booked execution cost, as if it had been so from the start.

        Args:
            execution_id: of the execution.
            fees_c: cents for all legs, 0 or more.

        Raises:
            LedgerError: there is no such execution, or the fee makes no sense.
        """
        before = self.find(execution_id)
        if before is None or fees_c < 0:
            raise LedgerError(f"fees of execution {execution_id} cannot be {fees_c}")
        self._executions.replace(before._replace(fees_c=fees_c))
        self._fees_c += fees_c - before.fees_c
        if self._recording:
            self.changes.append(FeeChange(execution_id, fees_c))

    def positions(self) -> tuple[ContractPosition, ...]:
        """Every contract held, signed, in a fixed order; none with zero."""
        if self._positions is None:
            changed, self._changed = self._changed, set()
            for contract in changed:
                held = self._contracts.get(contract)
                if held is not None:
                    at = bisect_left(self._sorted, contract)
                    self._rows[at] = ContractPosition(*contract, held)
            self._positions = tuple(self._rows)
        return self._positions

    def check(self) -> None:
        """Add all entries up again.

        Raises:
            LedgerError: the running books differ from the sum of the entries.
        """
        books = (self._cash_c, self._fees_c, self._contracts, self._shares)
        if self._added_up() != books:
            raise LedgerError("the books differ from the sum of their entries")

    def _added_up(self) -> tuple[int, int, dict[Contract, int], dict[str, int]]:
        """Cash, fees, contracts and shares of all entries."""
        cash_c, fees_c, contracts = add_up(self.executions)
        shares: dict[str, int] = {}
        for _, entry in self.settlements:
            cash_c += entry.cash_c
            shares[entry.symbol] = shares.get(entry.symbol, 0) + entry.shares
            if entry.quantity:
                contract = (entry.symbol, entry.expiration, entry.right, entry.strike)
                contracts[contract] = contracts.get(contract, 0) - entry.quantity
        contracts = {contract: held for contract, held in contracts.items() if held}
        shares = {symbol: held for symbol, held in shares.items() if held}
        return cash_c, fees_c, contracts, shares


def check_end(kind: SettlementKind, name: str, held: int, quantity: int) -> None:
    """Refuse a settlement that ends what is not held.

    Args:
        kind, name: of the settlement.
        held: signed contracts before it.
        quantity: signed contracts that it ends; those taken back are held again.

    Raises:
        LedgerError: with both counts.
    """
    left = held - quantity
    ends = held * left >= 0 and abs(left) < abs(held)
    if not quantity or not (kind is SettlementKind.TAKEN_BACK or ends):
        raise LedgerError(f"settlement {name} ends {quantity} contracts; {held} are held")


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
