"""An account's ledger in another process, fetched piece by piece."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from engine.brokers.execution import Execution
from engine.brokers.ledger import ExchangeLedger
from engine.brokers.ledger_file import execution_of
from engine.brokers.remote.books import settlement_of
from engine.brokers.remote.frames import whole
from engine.orders.settlements import SettlementReport


class FetchedLedger:
    """Executions and settlements in the order in which they were booked there."""

    def __init__(self) -> None:
        self._ledger = ExchangeLedger()
        self._unbooked: deque[Execution] = deque()
        self._settlements: list[tuple[int, SettlementReport]] = []

    @property
    def settlements(self) -> tuple[SettlementReport, ...]:
        """The settlements fetched so far, oldest first."""
        return tuple(settlement for _, settlement in self._settlements)

    def fetched(self, ask: Callable[..., Any]) -> ExchangeLedger:
        """The books, with what is new there fetched.

        Settlements are asked for first: the executions before each have come then.

        Args:
            ask: asks the other process (`Link.ask`).

        Raises:
            LinkError: it did not answer.
            ValueError, TypeError, LedgerError: its answer cannot be read, or contradicts itself.
        """
        known = len(self._settlements)
        while rows := ask("settlements", since=len(self._settlements)):
            self._settlements += [(whole(before, 0), settlement_of(row)) for before, *row in rows]
        booked = len(self._ledger.executions)
        while rows := ask("executions", since=booked + len(self._unbooked)):
            self._unbooked += [execution_of(row) for row in rows]
        fresh = self._settlements[known:]
        if fresh and fresh[0][0] < booked:
            # It came between executions that are booked here: book everything in its order.
            self._unbooked.extendleft(reversed(self._ledger.executions))
            self._ledger, fresh = ExchangeLedger(), self._settlements
        for before, settlement in fresh:
            self._book_to(before)
            self._ledger.settle(settlement, again=True)
        self._book_to(len(self._ledger.executions) + len(self._unbooked))
        return self._ledger

    def _book_to(self, count: int) -> None:
        """Book what was fetched until so many executions are booked."""
        for _ in range(count - len(self._ledger.executions)):
            self._ledger.book(self._unbooked[0])
            self._unbooked.popleft()
