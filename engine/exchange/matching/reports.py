"""Reports of the matching engine: what it says of an order, and how it answers a query."""

from __future__ import annotations

from functools import partial
from typing import Final

from engine.brokers.execution import Execution
from engine.brokers.protocol import ReportSink, Timer
from engine.config import FillModelParameters
from engine.exchange.matching.known_orders import EndedOrder, KnownOrders
from engine.exchange.matching.orders import ExchangeOrder, ExchangeOrderState, Fill
from engine.orders.types import OrderReport, ReportKind

_FINAL_KIND: Final = {
    ExchangeOrderState.CANCELED: ReportKind.CANCELED,
    ExchangeOrderState.REJECTED: ReportKind.REJECTED,
    ExchangeOrderState.EXPIRED: ReportKind.EXPIRED,
}


class Reporter:
    """Sends reports to the sink that `connect` takes; some of them twice.

    Args:
        timer: calls back at an epoch second.
        parameters: how often a report is sent twice, and how much later.
        counts: of the matching engine; `duplicates` and `not_found` are counted here.
    """

    __slots__ = ("_counts", "_parameters", "_sink", "_timer")

    def __init__(
        self, timer: Timer, parameters: FillModelParameters, counts: dict[str, int]
    ) -> None:
        self._timer, self._parameters, self._counts = timer, parameters, counts
        self._sink: ReportSink | None = None

    def connect(self, sink: ReportSink) -> None:
        """Take the sink of reports."""
        self._sink = sink

    def send(self, report: OrderReport, order: ExchangeOrder | EndedOrder | None = None) -> None:
        """Send a report; with its order given, by that order's chance once more."""
        if self._sink is None:
            return
        self._sink(report)
        p = self._parameters
        if order is not None and order.draws.uniform() < p.duplicate:
            self._counts["duplicates"] += 1
            self._timer(report.at_s + p.duplicate_after_s, partial(self._sink, report))

    def late(self, report: OrderReport, orders: KnownOrders) -> None:
        """Report an execution of an order that has ended meanwhile; its draws go on."""
        order = orders.find(report.client_order_id)
        self.send(report, order)
        if order is not None:
            orders.keep(order)

    def end(self, order: ExchangeOrder | EndedOrder, at_s: float) -> None:
        """Report that an order has ended without being filled; nothing for any other order."""
        kind = _FINAL_KIND.get(order.state)
        if kind is not None:
            self.send(report_of(order, kind, at_s, order.reason))

    def answer(self, order: ExchangeOrder | EndedOrder, at_s: float) -> None:
        """Send again every report of an order: acknowledgement, executions, end."""
        if order.state is not ExchangeOrderState.REJECTED:
            self.send(report_of(order, ReportKind.ACK, at_s))
        for fill in order.fills:
            self.send(fill_report_of(order, fill))
        self.end(order, at_s)

    def unknown(self, client_order_id: str, at_s: float) -> None:
        """Report that there is no such order."""
        self._counts["not_found"] += 1
        self.send(OrderReport(ReportKind.NOT_FOUND, client_order_id, at_s, reason="unknown order"))


def report_of(
    order: ExchangeOrder | EndedOrder, kind: ReportKind, at_s: float, reason: str = ""
) -> OrderReport:
    """Return a report without an execution."""
    return OrderReport(kind, order.client_order_id, at_s, order.broker_order_id, reason=reason)


def fill_report_of(order: ExchangeOrder | EndedOrder, fill: Execution | Fill) -> OrderReport:
    """Return the report of an execution, the same whenever it is sent."""
    return OrderReport(
        ReportKind.FILL,
        order.client_order_id,
        fill.at_s,
        order.broker_order_id,
        fill.execution_id,
        fill.quantity,
        fill.price_c,
    )
