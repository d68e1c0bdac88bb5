"""What the venue says about an order, as the reports every broker gives."""

from __future__ import annotations

from engine.brokers.ledger import Execution
from engine.exchange.matching.orders import EndedOrder, ExchangeOrder
from engine.orders.types import OrderReport, ReportKind


def report_of(
    order: ExchangeOrder | EndedOrder, kind: ReportKind, at_s: float, reason: str = ""
) -> OrderReport:
    """Return a report that carries no execution."""
    return OrderReport(kind, order.client_order_id, at_s, order.broker_order_id, reason=reason)


def fill_report_of(order: ExchangeOrder | EndedOrder, execution: Execution) -> OrderReport:
    """Return the report of an execution, the same however often it is asked for."""
    return OrderReport(
        ReportKind.FILL,
        execution.client_order_id,
        execution.at_s,
        order.broker_order_id,
        execution.execution_id,
        execution.quantity,
        execution.price_c,
    )
