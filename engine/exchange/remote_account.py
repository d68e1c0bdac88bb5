"""One account at the exchange: its venue, its reports by number, and what it was sent."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from engine.brokers.ledger_file import LedgerFile, execution_plain
from engine.brokers.remote.codec import report_plain
from engine.exchange.matching.engine import DuplicateClientOrderIdError, MatchingEngine
from engine.exchange.matching.orders import ExchangeOrderState
from engine.orders.types import OrderReport, OrderRequest

REPORTS_KEPT: Final = 50_000
"""Reports that a desk which comes back may still want."""

EXECUTIONS_AT_ONCE: Final = 2_000


class Account:
    """Orders, reports and books of one account.

    Args:
        name: the account's.
        venue: works its orders.
        folder: of the account; `orders.jsonl` gets every order that arrives, one JSON object a
            line, `exchange.jsonl` what is booked from now on.
        clock_s: the exchange's time.
    """

    def __init__(
        self, name: str, venue: MatchingEngine, folder: Path, clock_s: Callable[[], float]
    ) -> None:
        self.name = name
        self.venue = venue
        self.seq = 0
        self.push: Callable[[int, list[Any]], None] = lambda seq, report: None
        self._reports: deque[tuple[int, list[Any]]] = deque(maxlen=REPORTS_KEPT)
        self._clock_s = clock_s
        ledger = folder / "exchange.jsonl"
        ledger.unlink(missing_ok=True)
        venue.ledger.record()
        self._ledger = LedgerFile(ledger, venue.ledger)
        record = folder / "orders.jsonl"
        handle = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._record = os.fdopen(handle, "a", encoding="utf-8", buffering=1)
        venue.connect(self._hear)

    def _hear(self, report: OrderReport) -> None:
        self.seq += 1
        plain = report_plain(report)
        self._reports.append((self.seq, plain))
        self.push(self.seq, plain)

    def after(self, seq: int) -> list[tuple[int, list[Any]]]:
        """The reports behind number `seq`, oldest first; some are gone where too many came."""
        return [row for row in self._reports if row[0] > seq]

    def submit(self, request: OrderRequest) -> None:
        """Take an order, and write down that it came whatever becomes of it.

        Raises:
            DuplicateClientOrderIdError: the id was used before.
        """
        now_s = self._clock_s()
        name = request.client_order_id
        row = {"at_s": round(now_s, 6), "order": name, "quantity": request.quantity}
        try:
            self.venue.submit(request, now_s)
        except DuplicateClientOrderIdError:
            self._write({**row, "duplicate": True})
            raise
        self._write(row)

    def _write(self, row: dict[str, Any]) -> None:
        self._record.write(json.dumps(row) + "\n")

    def keep(self) -> None:
        """Write down what has been booked.

        Raises:
            OSError: the disk's own.
        """
        self._ledger.add()

    def open_orders(self) -> list[list[Any]]:
        """Every order that may still execute: those that work, and those on their way in."""
        return [
            [name, order.broker_order_id, order.request.quantity, order.filled]
            for name, order in self.venue.live_orders()
        ]

    def states(self, names: list[str]) -> dict[str, str]:
        """How far each order came; "" where the exchange never had it."""
        found = {}
        for name in names:
            state = self.venue.state_of(name)
            live = state in (ExchangeOrderState.PENDING, ExchangeOrderState.WORKING)
            found[name] = "" if state is None else "working" if live else state.value
        return found

    def executions(self, since: int) -> list[list[Any]]:
        """Executions from number `since` (from 0) on, at most EXECUTIONS_AT_ONCE of them."""
        rows = self.venue.ledger.executions[since : since + EXECUTIONS_AT_ONCE]
        return [execution_plain(row) for row in rows]

    def close(self) -> None:
        """Let go of the record."""
        self._record.close()
