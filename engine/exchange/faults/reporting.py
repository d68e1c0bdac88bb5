"""How faults distort the reports of an order: late, twice, in pieces, wrong, or not at all."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from engine.brokers.execution import Execution
from engine.exchange.faults.connection import ConnectionState
from engine.exchange.faults.context import FaultContext
from engine.exchange.faults.garbled_reports import truncated
from engine.exchange.faults.kinds import TICK_S, Fault
from engine.exchange.faults.order_history import (
    ANSWERS_S,
    LONE_LEG_S,
    OrderHistory,
    ReportStyle,
    leg_reports,
)
from engine.orders.types import OrderReport, ReportKind

_ENDS: Final = (ReportKind.CANCELED, ReportKind.REJECTED, ReportKind.EXPIRED)


class ReportFaults:
    """Passes reports from the matching engine to the connection, distorted by faults.

    Args:
        context: the parts of the broker whose reports they are.
    """

    def __init__(self, context: FaultContext) -> None:
        self._inner, self._account = context.inner, context.account
        self._connection, self._faults = context.connection, context.faults
        self._clock, self._timer = context.clock, context.timer
        self._histories = context.histories

    def hear(self, report: OrderReport) -> None:
        """Take a report of the matching engine, and report it as faults let it."""
        history = self._histories.get(report.client_order_id)
        if history is None:
            self._connection.report(report)
        elif report.kind is ReportKind.FILL:
            self._fill(history, report)
        elif report.kind is ReportKind.ACK:
            self._ack(history, report)
        elif report.kind in _ENDS:
            self._end(history, report)
        else:
            self._report(history, report)

    def report_again(self, history: OrderHistory) -> None:
        """Report an order's executions again where second legs were kept back."""
        if history.style is ReportStyle.ONE_LEG:
            name = history.request.client_order_id
            for execution in self._inner.ledger.executions_of(name):
                report = _report_of(execution, self._clock.epoch_s())
                self._report_fill(history, execution, report)

    def _ack(self, history: OrderHistory, report: OrderReport) -> None:
        if history.acknowledge() and not history.silent:
            if self._faults.strikes(Fault.FILL_BEFORE_ACK):
                history.hold_ack(report)
                due_s = self._clock.epoch_s() + self._faults.between("ack/held", 0.3, 4.0)
                self._timer(due_s, partial(self._release_ack, history))
                return
            if self._faults.strikes(Fault.DUPLICATE_ACK):
                self._duplicate(history, report)
        self._report(history, report)

    def _release_ack(self, history: OrderHistory) -> None:
        report = history.take_held_ack()
        if report is not None:
            self._report(history, report)

    def _end(self, history: OrderHistory, report: OrderReport) -> None:
        history.end()
        if history.final_kind is not None and report.kind is ReportKind.CANCELED:
            report = replace(report, kind=history.final_kind, reason="rejected by the exchange")
        if (
            report.kind is ReportKind.CANCELED
            and not history.lost_cancel
            and self._faults.strikes(Fault.CANCEL_ACK_LOST)
        ):
            history.lose_cancel()
            return
        self._report(history, report)

    def _fill(self, history: OrderHistory, report: OrderReport) -> None:
        faults, name = self._faults, report.client_order_id
        first = history.execute(report)
        execution = self._inner.ledger.find(report.execution_id)
        if first and not history.ended and history.final_kind is None:
            if faults.strikes(Fault.PARTIAL_REJECT):
                history.end_as(ReportKind.REJECTED)
                self._inner.cancel(name, self._clock.epoch_s())
            elif faults.strikes(Fault.PARTIAL_CANCEL):
                history.end_as(ReportKind.CANCELED)
                self._inner.cancel(name, self._clock.epoch_s())
        if first and history.style is ReportStyle.WHOLE:
            self._plan_correction(history, execution)
            if faults.strikes(Fault.TRUNCATED):
                self._connection.report(truncated(report, faults.index("truncated", 4)))
                return
            if faults.strikes(Fault.DUPLICATE_FILL):
                self._duplicate(history, report)
        self._report_fill(history, execution, report)
        self._release_ack(history)

    def _report_fill(
        self, history: OrderHistory, execution: Execution | None, report: OrderReport
    ) -> None:
        if history.style is ReportStyle.WHOLE or execution is None:
            self._report(history, report)
            correction = self._account.correction(report.execution_id, self._clock.epoch_s())
            if correction is not None:
                self._report(history, correction)
            return
        first, second = leg_reports(execution, report)
        name, now_s = report.execution_id, self._clock.epoch_s()
        if history.style is ReportStyle.ONE_LEG:
            second_leg_s = history.second_leg_s(name)
            if second_leg_s is None:
                second_leg_s = now_s + LONE_LEG_S
                history.hold_second_leg(name, second_leg_s)
                self._timer(second_leg_s, partial(self._report, history, second))
            self._report(history, first)
            if now_s >= second_leg_s:
                self._report(history, second)
            return
        self._report(history, first)
        self._report(history, second)
        if history.style is ReportStyle.LEGS_FIRST:
            self._timer(now_s + ANSWERS_S, partial(self._report, history, report))

    def _plan_correction(self, history: OrderHistory, execution: Execution | None) -> None:
        """Let chance bust an execution or change its price, some seconds from now."""
        if execution is None:
            return
        faults = self._faults
        price_c: int | None = None
        if not faults.strikes(Fault.BUST):
            if not faults.strikes(Fault.PRICE_CORRECTION):
                return
            by_c = 1 + faults.index("correction/by", 4)
            price_c = execution.price_c + (by_c if faults.index("correction/up", 2) else -by_c)
            bought, sold = history.request.legs
            price_c = min(max(1, price_c), round(abs(bought.strike - sold.strike) * 100) - 1)
        due_s = self._clock.epoch_s() + faults.between("correction/after", 0.5, 30.0)
        self._timer(due_s, partial(self._correct, history, execution, price_c))

    def _correct(self, history: OrderHistory, execution: Execution, price_c: int | None) -> None:
        """Correct an execution once the account is connected: exchanges announce corrections."""
        if self._connection.state is not ConnectionState.UP or history.silent:
            due_s = self._clock.epoch_s() + TICK_S
            self._timer(due_s, partial(self._correct, history, execution, price_c))
            return
        self._report(history, self._account.correct(execution, price_c, self._clock.epoch_s()))

    def _duplicate(self, history: OrderHistory, report: OrderReport) -> None:
        due_s = self._clock.epoch_s() + self._faults.between("again", 0.0, 5.0)
        self._timer(due_s, partial(self._report, history, report))

    def _report(self, history: OrderHistory, report: OrderReport) -> None:
        if not history.silent:
            self._connection.report(report)


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
