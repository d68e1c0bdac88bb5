"""The account as a desk sees it over the socket: numbered reports, and those that it missed."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from engine.brokers.ledger_file import settlement_plain
from engine.brokers.remote.books import fee_plain
from engine.brokers.remote.codec import report_plain
from engine.brokers.remote.host import Message, Push, RefusalError
from engine.orders.settlements import SettlementReport
from engine.orders.types import OrderReport

REPORTS_KEPT: Final = 50_000
"""Reports that a desk which reconnects may still ask for."""


class HostedOrders:
    """Numbers what is told, and hands it to the desk that is connected; used from any thread.

    Args:
        name: the account's.
        began_s: epoch second of the process's begin. Numbers begin with its microseconds, so that
            a desk which has heard an earlier process takes those of this one for new.
        cancel_only: whether no desk is taken.
    """

    def __init__(self, name: str, began_s: float, *, cancel_only: bool = False) -> None:
        self.name, self.seq = name, int(began_s * 1e6)
        self._cancel_only = cancel_only
        self._push: Push | None = None
        self._messages: deque[tuple[int, Message]] = deque(maxlen=REPORTS_KEPT)
        self._lock = threading.Lock()

    def connect(self, push: Push) -> None:
        """Push every report and settlement from now on.

        Raises:
            RefusalError: this gateway only cancels; a desk would keep it from ending.
        """
        if self._cancel_only:
            raise RefusalError(
                "this gateway only cancels, and ends by itself once nothing works; try again in "
                "ten seconds"
            )
        with self._lock:
            self._push = push

    def disconnect(self) -> None:
        """Push nothing any more; `after` returns it later."""
        with self._lock:
            self._push = None

    def after(self, seq: int) -> list[Message]:
        """The messages after number `seq`, oldest first, of the last REPORTS_KEPT."""
        with self._lock:
            return [message for number, message in self._messages if number > seq]

    def hear(self, report: OrderReport) -> None:
        """Take a report."""
        self._tell({"report": report_plain(report)})

    def settled(self, report: SettlementReport) -> None:
        """Take a settlement."""
        self._tell({"settlement": settlement_plain(report)})

    def charged(self, order: str, execution: str, fee_c: int) -> None:
        """Take what an execution really cost, cents for all legs."""
        self._tell({"fee": fee_plain(order, execution, fee_c)})

    def _tell(self, told: Message) -> None:
        with self._lock:
            self.seq += 1
            message = {"seq": self.seq, **told}
            self._messages.append((self.seq, message))
            if self._push is not None:
                self._push(message)
