"""One account at the exchange's process: its matching engine, its numbered reports, its files."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from engine.brokers.ledger_file import (
    LedgerFile,
    execution_plain,
    settlement_plain,
    settlements_plain,
)
from engine.brokers.protocol import AccountState, ContractPosition, OpenOrder
from engine.brokers.remote.books import (
    account_plain,
    dated,
    fee_plain,
    open_order_plain,
    position_plain,
    share_plain,
)
from engine.brokers.remote.codec import report_plain
from engine.brokers.remote.host import Message, Push
from engine.config.broker import tail_of
from engine.exchange.margin import margin_c
from engine.exchange.matching.engine import DuplicateClientOrderIdError, MatchingEngine
from engine.exchange.matching.orders import ExchangeOrder, ExchangeOrderState
from engine.orders.settlements import SettlementReport
from engine.orders.types import OrderReport, OrderRequest
from engine.run_folder.append_log import append_lines

REPORTS_KEPT: Final = 50_000
"""Reports that a desk which reconnects may still ask for."""

EXECUTIONS_AT_ONCE: Final = 2_000

EQUITY_C: Final = 10_000_000
"""What a simulated account begins with, in cents."""

OPTION_LEVEL: Final = 3


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
        self._push: Push | None = None
        self._messages: deque[tuple[int, Message]] = deque(maxlen=REPORTS_KEPT)
        self._clock_s = clock_s
        ledger = folder / "exchange.jsonl"
        ledger.unlink(missing_ok=True)
        matching.ledger.record()
        self._ledger = LedgerFile(ledger, matching.ledger)
        self._record = folder / "orders.jsonl"
        self._unrecorded: list[bytes] = []
        matching.connect(self._hear)
        matching.connect_settlements(self._settled)

    def connect(self, push: Push) -> None:
        """Push every message from now on to the desk that has connected."""
        self._push = push

    def disconnect(self) -> None:
        """Push nothing any more; `after` returns it later."""
        self._push = None

    def _hear(self, report: OrderReport) -> None:
        self._tell({"report": report_plain(report)})

    def _settled(self, report: SettlementReport) -> None:
        self._tell({"settlement": settlement_plain(report)})

    def _tell(self, what: Message) -> None:
        self.seq += 1
        message = {"seq": self.seq, **what}
        self._messages.append((self.seq, message))
        if self._push is not None:
            self._push(message)

    def charge(self, execution_id: str, fees_c: int) -> None:
        """An execution really cost so much; its desk is told.

        Raises:
            LedgerError: there is no such execution.
        """
        ledger = self.matching.ledger
        ledger.correct_fee(execution_id, fees_c)
        booked = ledger.find(execution_id)
        assert booked is not None
        self._tell({"fee": fee_plain(booked.client_order_id, execution_id, fees_c)})

    def after(self, seq: int) -> list[Message]:
        """The messages after number `seq`, oldest first, of the last REPORTS_KEPT."""
        return [message for number, message in self._messages if number > seq]

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

    def open_orders(self) -> Message:
        """Every order that may still execute: those that work, and those on their way in."""
        rows = [open_order_plain(_open(*each)) for each in self.matching.live_orders()]
        return dated(rows, self._clock_s())

    def positions(self) -> Message:
        """Every contract held."""
        return dated([position_plain(row) for row in self.matching.positions()], self._clock_s())

    def shares(self) -> Message:
        """Every share position."""
        return dated([share_plain(row) for row in self.matching.shares()], self._clock_s())

    def close_shares(self, symbol: str) -> None:
        """Trade all shares of a root away; the settlement follows."""
        self.matching.close_shares(symbol, self._clock_s())

    def account(self) -> Message:
        """Its money, and what of that neither contracts held short nor working orders can take."""
        ledger = self.matching.ledger
        money_c = EQUITY_C + ledger.cash_c - ledger.fees_c
        left_c = money_c - margin_c(self.matching.positions(), self.matching.live_orders())
        return account_plain(
            AccountState(
                tail_of(self.name), money_c, left_c, OPTION_LEVEL, "USD", (), self._clock_s()
            )
        )

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

    def busted(self, since: int) -> list[str]:
        """Names of the executions that were taken back, from number `since` (from 0) on."""
        return self.matching.ledger.busted[since : since + EXECUTIONS_AT_ONCE]

    def settlements(self, since: int) -> list[list[Any]]:
        """Settlements from number `since` on, each after the number of executions before it."""
        return settlements_plain(self.matching.ledger)[since : since + EXECUTIONS_AT_ONCE]


def _open(name: str, order: ExchangeOrder) -> OpenOrder:
    request = order.request
    bought, sold = request.legs
    legs = tuple(
        ContractPosition(request.symbol, request.expiration, leg.option_type, leg.strike, sign)
        for leg, sign in ((bought, 1), (sold, -1))
    )
    return OpenOrder(name, order.broker_order_id, request.quantity, order.filled, legs)
