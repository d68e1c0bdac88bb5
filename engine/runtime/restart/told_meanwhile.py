"""What the exchange changed of executions that were booked here while no desk ran to hear it.

Its record has them as they are now. What differs is told again as a report, so that it is booked
where a desk that runs would have booked it: on the order, on its unit, with every alarm.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.brokers.ledger import ExchangeLedger, Execution
from engine.orders.types import OrderReport, ReportKind
from engine.runtime.context import DeskContext
from engine.runtime.restart.live_orders import divided
from engine.state.order_record import OrderRecord

TAKEN_BACK = "taken back while no desk ran"
CORRECTED = "corrected while no desk ran"


def told_meanwhile(context: DeskContext, ledger: ExchangeLedger) -> list[OrderReport]:
    """Reports of busts, of other prices, and of executions that came in place of busted ones.

    What was booked leg by leg has other names here than there, and an order that keeps no whole
    story cannot be told execution by execution: the comparison of positions shows such.

    Args:
        context: the desk; what executed meanwhile is booked (`book_missed`).
        ledger: the exchange's own executions.
    """
    theirs: dict[str, dict[str, Execution]] = {}
    for row in ledger.executions:
        theirs.setdefault(row.client_order_id, {})[row.execution_id] = row
    reports: list[OrderReport] = []
    for name, record in context.state.orders.known.items():
        if record.executions:
            reports += _of_order(context, record, theirs.get(name, {}))
    return reports


def _of_order(
    context: DeskContext, record: OrderRecord, theirs: dict[str, Execution]
) -> Iterable[OrderReport]:
    ours = divided(record)
    if any("/" in name for name in ours):
        return
    unpriced = {each.execution for each in record.without_price}
    at_s = context.moment.epoch_s
    order, broker_order = record.intent.order, record.broker_order
    for name, (quantity, price_c) in ours.items():
        row = theirs.get(name)
        if row is None and quantity:
            yield OrderReport(
                ReportKind.CORRECTION, order, at_s, broker_order, name, 0, price_c,
                reason=TAKEN_BACK,
            )  # fmt: skip
        elif row is not None and name not in unpriced and _differs(row, quantity, price_c):
            yield OrderReport(
                ReportKind.CORRECTION, order, at_s, broker_order, name, row.quantity,
                row.price_c, reason=CORRECTED,
            )  # fmt: skip
    if not ours:
        return
    for name, row in theirs.items():
        if name not in ours:
            price_c = 0 if row.provisional else row.price_c
            yield OrderReport(
                ReportKind.FILL, order, row.at_s, broker_order, name, row.quantity, price_c
            )


def _differs(row: Execution, quantity: int, price_c: int) -> bool:
    """Whether the exchange knows an execution's price, and has it otherwise than it is booked."""
    return not row.provisional and (row.quantity, row.price_c) != (quantity, price_c)
