"""What is told of an order, in the account's own ledger: to the cent, and leg by leg."""

from __future__ import annotations

from collections.abc import Iterable

from engine.brokers.execution import Execution, LegFill
from engine.brokers.following.followed import Followed, Lot, leg_execution_name, lot_number
from engine.brokers.ledger import ExchangeLedger, LedgerError
from engine.orders.types import OrderReport, ReportKind


def record(
    ledger: ExchangeLedger, order: Followed, reports: Iterable[OrderReport], fee_c: int
) -> None:
    """Book what these reports tell; an execution that is booked already is not booked again.

    Args:
        ledger: the account's.
        order: as it is after the answer that the reports come from.
        reports: of `follow` or `overdue`. What one leg executed alone is not a trade of the
            combination and is not booked; the broker's positions show it.
        fee_c: cents that a lot costs in fees, both legs together.

    Raises:
        LedgerError: reports do not fit the books; every other one has been booked.
    """
    lots = {lot.number: lot for lot in order.lots}
    wrong = []
    for report in reports:
        name = report.execution_id
        try:
            if report.kind is ReportKind.FILL and ledger.find(name) is None:
                ledger.book(entry(order, lots[lot_number(name)], report, fee_c))
            elif report.kind is ReportKind.CORRECTION and report.quantity == 0:
                ledger.correct(name, None)
            elif report.kind is ReportKind.CORRECTION and report.price_c:
                ledger.correct(name, report.price_c)
        except LedgerError as error:
            wrong.append(str(error))
    if wrong:
        raise LedgerError("; ".join(wrong))


def entry(order: Followed, lot: Lot, report: OrderReport, fee_c: int) -> Execution:
    """A lot as the ledger books it, at the order's limit while its price is unknown.

    Args:
        order: whose lot it is.
        lot: told by the report.
        report: its FILL.
        fee_c: cents of fees for both legs.
    """
    request = order.request
    pays, price_c = request.pays, report.price_c or request.limit_c
    bought, sold = request.legs
    dear, cheap = (bought, sold) if pays else (sold, bought)
    cheap_c = (lot.sold_c if pays else lot.bought_c) if report.price_c else 0
    sign = 1 if pays else -1
    legs = (
        LegFill(dear.option_type, dear.strike, sign, (cheap_c or 0) + price_c),
        LegFill(cheap.option_type, cheap.strike, -sign, cheap_c or 0),
    )
    return Execution(
        report.execution_id,
        request.client_order_id,
        report.at_s,
        request.symbol,
        request.expiration,
        1,
        price_c,
        pays,
        request.multiplier,
        legs,
        fee_c,
        not report.price_c,
    )


def fills_told_again(order: Followed, executions: Iterable[Execution]) -> list[OrderReport]:
    """The executions of an order as reports, for an engine that asks; it ignores known ones.

    Args:
        order: whose executions they are. What it was told leg by leg is told so again.
        executions: of the ledger. One without a price is told at 0, which is none.
    """
    unpriced = {lot.number for lot in order.lots if not lot.priced}
    name, broker_id = order.request.client_order_id, order.broker_id
    fills = [
        OrderReport(
            ReportKind.FILL,
            name,
            execution.at_s,
            broker_id,
            execution.execution_id,
            execution.quantity,
            0 if lot_number(execution.execution_id) in unpriced else execution.price_c,
        )
        for execution in executions
    ]
    legs = [
        OrderReport(
            ReportKind.LEG_FILL,
            name,
            each.at_s,
            broker_id,
            leg_execution_name(order, leg, number),
            1,
            each.price_c,
            leg,
        )
        for leg, told in enumerate(order.legs_told or ())
        for number, each in enumerate(told, 1)
    ]
    return fills + legs
