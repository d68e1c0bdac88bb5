"""What a faulty exchange tells of each order: late, twice, in pieces, wrong, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from engine.brokers.ledger import Execution
from engine.brokers.protocol import Timer
from engine.exchange.faults.account_events import Account
from engine.exchange.faults.chance import Faults
from engine.exchange.faults.connection import ConnectionState, Line
from engine.exchange.faults.garbled_reports import truncated
from engine.exchange.faults.kinds import Fault
from engine.exchange.faults.order_story import (
    ANSWERS_S,
    LONE_LEG_S,
    OrderHistory,
    Style,
    leg_reports,
)
from engine.exchange.faults.timed_faults import TICK_S
from engine.exchange.matching.venue import MatchingEngine
from engine.market.clock import Clock
from engine.orders.types import OrderReport, ReportKind

_ENDS: Final = (ReportKind.CANCELED, ReportKind.REJECTED, ReportKind.EXPIRED)


class ReportFaults:
    """Passes the exchange's reports on, as far as faults let it.

    Args:
        inner: the exchange.
        account: as manual trades, corrections and busts left it.
        line: to the engine.
        faults: chance.
        clock, timer: the present, and calls at a later epoch second.
        tales: what is remembered of each order.
    """

    def __init__(
        self,
        inner: MatchingEngine,
        account: Account,
        line: Line,
        faults: Faults,
        clock: Clock,
        timer: Timer,
        tales: Mapping[str, OrderHistory],
    ) -> None:
        self._inner, self._account, self._line = inner, account, line
        self._faults, self._clock, self._timer = faults, clock, timer
        self._tales = tales

    def hear(self, report: OrderReport) -> None:
        """Tell the engine what the exchange told, as far as faults let it."""
        tale = self._tales.get(report.client_order_id)
        if tale is None:
            self._line.report(report)
        elif report.kind is ReportKind.FILL:
            self._fill(tale, report)
        elif report.kind is ReportKind.ACK:
            self._ack(tale, report)
        elif report.kind in _ENDS:
            self._end(tale, report)
        else:
            self._tell(tale, report)

    def _ack(self, tale: OrderHistory, report: OrderReport) -> None:
        first, tale.ack_sent = not tale.ack_sent, True
        if first and not tale.silent:
            if self._faults.strikes(Fault.FILL_BEFORE_ACK):
                tale.held_ack = report
                due_s = self._clock.epoch_s() + self._faults.between("ack/held", 0.3, 4.0)
                self._timer(due_s, partial(self._release_ack, tale))
                return
            if self._faults.strikes(Fault.DUPLICATE_ACK):
                self._once_more(tale, report)
        self._tell(tale, report)

    def _release_ack(self, tale: OrderHistory) -> None:
        if tale.held_ack is not None:
            report, tale.held_ack = tale.held_ack, None
            self._tell(tale, report)

    def _end(self, tale: OrderHistory, report: OrderReport) -> None:
        tale.ended = True
        if tale.last_word is not None and report.kind is ReportKind.CANCELED:
            report = replace(report, kind=tale.last_word, reason="rejected by the exchange")
        if (
            report.kind is ReportKind.CANCELED
            and not tale.acks_lost
            and self._faults.strikes(Fault.CANCEL_ACK_LOST)
        ):
            tale.acks_lost += 1
            return
        self._tell(tale, report)

    def _fill(self, tale: OrderHistory, report: OrderReport) -> None:
        faults, name = self._faults, report.client_order_id
        first = report.execution_id not in tale.executed
        tale.executed[report.execution_id] = report.quantity
        tale.ended = tale.ended or tale.leaves <= 0
        execution = self._execution(report.execution_id)
        if first and not tale.ended and tale.last_word is None:
            if faults.strikes(Fault.PARTIAL_REJECT):
                tale.last_word = ReportKind.REJECTED
                self._inner.cancel(name, self._clock.epoch_s())
            elif faults.strikes(Fault.PARTIAL_CANCEL):
                tale.last_word = ReportKind.CANCELED
                self._inner.cancel(name, self._clock.epoch_s())
        if first and tale.style is Style.WHOLE:
            self._maybe_correct(tale, execution)
            if faults.strikes(Fault.TRUNCATED):
                self._line.report(truncated(report, faults.index("truncated", 4)))
                return
            if faults.strikes(Fault.DUPLICATE_FILL):
                self._once_more(tale, report)
        self._tell_fill(tale, execution, report)
        self._release_ack(tale)

    def _tell_fill(
        self, tale: OrderHistory, execution: Execution | None, report: OrderReport
    ) -> None:
        if tale.style is Style.WHOLE or execution is None:
            self._tell(tale, report)
            correction = self._account.correction(report.execution_id, self._clock.epoch_s())
            if correction is not None:
                self._tell(tale, correction)
            return
        first, second = leg_reports(tale.request, execution, report)
        name, now_s = report.execution_id, self._clock.epoch_s()
        if tale.style is Style.ONE_LEG:
            if name not in tale.lone_until_s:
                tale.lone_until_s[name] = now_s + LONE_LEG_S
                self._timer(now_s + LONE_LEG_S, partial(self._tell, tale, second))
            self._tell(tale, first)
            if now_s >= tale.lone_until_s[name]:
                self._tell(tale, second)
            return
        self._tell(tale, first)
        self._tell(tale, second)
        if tale.style is Style.LEGS_FIRST:
            self._timer(now_s + ANSWERS_S, partial(self._tell, tale, report))

    def _maybe_correct(self, tale: OrderHistory, execution: Execution | None) -> None:
        if execution is None:
            return
        faults = self._faults
        price_c: int | None = None
        if not faults.strikes(Fault.BUST):
            if not faults.strikes(Fault.PRICE_CORRECTION):
                return
            by_c = 1 + faults.index("correction/by", 4)
            price_c = execution.price_c + (by_c if faults.index("correction/up", 2) else -by_c)
            bought, sold = tale.request.legs
            price_c = min(max(1, price_c), round(abs(bought.strike - sold.strike) * 100) - 1)
        due_s = self._clock.epoch_s() + faults.between("correction/after", 0.5, 30.0)
        self._timer(due_s, partial(self._correct, tale, execution, price_c))

    def _correct(self, tale: OrderHistory, execution: Execution, price_c: int | None) -> None:
        """Correct an execution once the account is connected: exchanges announce corrections."""
        if self._line.state is not ConnectionState.UP or tale.silent:
            due_s = self._clock.epoch_s() + TICK_S
            self._timer(due_s, partial(self._correct, tale, execution, price_c))
            return
        self._tell(tale, self._account.correct(execution, price_c, self._clock.epoch_s()))

    def _execution(self, name: str) -> Execution | None:
        return self._inner.ledger.find(name)

    def _once_more(self, tale: OrderHistory, report: OrderReport) -> None:
        due_s = self._clock.epoch_s() + self._faults.between("again", 0.0, 5.0)
        self._timer(due_s, partial(self._tell, tale, report))

    def _tell(self, tale: OrderHistory, report: OrderReport) -> None:
        if not tale.silent:
            self._line.report(report)

    def tell_kept(self, tale: OrderHistory) -> None:
        """Tell again what an order has executed where a leg of it was kept back."""
        if tale.style is Style.ONE_LEG:
            name = tale.request.client_order_id
            for execution in self._inner.ledger.executions:
                if execution.client_order_id == name:
                    self._tell_fill(tale, execution, _report_of(execution, self._clock.epoch_s()))


def _report_of(execution: Execution, at_s: float) -> OrderReport:
    return OrderReport(
        ReportKind.FILL,
        execution.client_order_id,
        at_s,
        f"SIM.{execution.client_order_id}",
        execution.execution_id,
        execution.quantity,
        execution.price_c,
    )
