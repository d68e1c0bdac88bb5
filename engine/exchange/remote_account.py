"""One account at the exchange's process: its matching engine, its numbered reports, its files."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from engine.brokers.ledger_file import LedgerFile, execution_plain
from engine.brokers.remote.codec import position_plain, report_plain
from engine.exchange.matching.engine import DuplicateClientOrderIdError, MatchingEngine
from engine.exchange.matching.orders import ExchangeOrderState
from engine.orders.types import OrderReport, OrderRequest
from engine.run_folder.append_log import append_lines

REPORTS_KEPT: Final = 50_000
"""Reports that a desk which reconnects may still ask for."""

EXECUTIONS_AT_ONCE: Final = 2_000


class Account:
    """Orders, reports and books of one account.

    Args:
        name: the account's.
        matching: works its orders.
        folder: of the account; `orders.jsonl` gets every order that arrives, one JSON object a
            line, `exchange.jsonl` everything that is booked from now on.
        clock_s: the exchange's time.
    """

    def __init__(
        self, name: str, matching: MatchingEngine, folder: Path, clock_s: Callable[[], float]
    ) -> None:
        self.name = name
        self.matching = matching
        self.seq = 0
        self._push: Callable[[int, list[Any]], None] | None = None
        self._reports: deque[tuple[int, list[Any]]] = deque(maxlen=REPORTS_KEPT)
        self._clock_s = clock_s
        ledger = folder / "exchange.jsonl"
        ledger.unlink(missing_ok=True)
        matching.ledger.record()
        self._ledger = LedgerFile(ledger, matching.ledger)
        self._record = folder / "orders.jsonl"
        self._unrecorded: list[bytes] = []
        matching.connect(self._hear)

    def connect(self, push: Callable[[int, list[Any]], None]) -> None:
        """Push every report from now on, with its number, to the desk that has connected."""
        self._push = push

    def disconnect(self) -> None:
        """Push no report any more; `after` returns them later."""
        self._push = None

    def _hear(self, report: OrderReport) -> None:
        self.seq += 1
        plain = report_plain(report)
        self._reports.append((self.seq, plain))
        if self._push is not None:
            self._push(self.seq, plain)

    def after(self, seq: int) -> list[tuple[int, list[Any]]]:
        """The reports after number `seq`, oldest first, of the last REPORTS_KEPT."""
        return [row for row in self._reports if row[0] > seq]

    def submit(self, request: OrderRequest) -> None:
        """Take an order, and record that it arrived, whatever becomes of it.

        Raises:
            DuplicateClientOrderIdError: the id was used before.
        """
        now_s = self._clock_s()
        name = request.client_order_id
        row = {"at_s": round(now_s, 6), "order": name, "quantity": request.quantity}
        try:
            self.matching.submit(request, now_s)
        except DuplicateClientOrderIdError:
            self._write({**row, "duplicate": True})
            raise
        self._write(row)

    def cancel(self, client_order_id: str) -> None:
        """Ask for an order's cancellation."""
        self.matching.cancel(client_order_id, self._clock_s())

    def query(self, client_order_id: str) -> None:
        """Ask about an order; every report of it follows again."""
        self.matching.query(client_order_id, self._clock_s())

    def _write(self, row: dict[str, Any]) -> None:
        """Record an order; one that the disk does not take is as good, and recorded later."""
        self._unrecorded.append(f"{json.dumps(row)}\n".encode())
        with suppress(OSError):
            self._record_orders()

    def _record_orders(self) -> None:
        append_lines(self._record, self._unrecorded)
        self._unrecorded.clear()

    def keep(self) -> None:
        """Write what has been booked to the ledger's file, and orders not recorded yet.

        Raises:
            OSError: the disk's own; what is not written is kept for the next call.
        """
        self._ledger.add()
        if self._unrecorded:
            self._record_orders()

    def open_orders(self) -> list[list[Any]]:
        """Every order that may still execute: those that work, and those on their way in."""
        return [
            [name, order.broker_order_id, order.request.quantity, order.filled]
            for name, order in self.matching.live_orders()
        ]

    def positions(self) -> list[list[Any]]:
        """Every contract held."""
        return [position_plain(row) for row in self.matching.positions()]

    def states(self, names: list[str]) -> dict[str, str]:
        """How far each order has come; "" where the exchange does not know it."""
        states = {}
        for name in names:
            state = self.matching.state_of(name)
            live = state in (ExchangeOrderState.PENDING, ExchangeOrderState.WORKING)
            states[name] = "" if state is None else "working" if live else state.value
        return states

    def executions(self, since: int) -> list[list[Any]]:
        """Executions from number `since` (from 0) on, at most EXECUTIONS_AT_ONCE of them."""
        rows = self.matching.ledger.executions[since : since + EXECUTIONS_AT_ONCE]
        return [execution_plain(row) for row in rows]
