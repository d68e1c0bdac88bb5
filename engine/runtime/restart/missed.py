"""What the exchange's own record tells that the journal does not: executions, and their prices."""

from __future__ import annotations

from collections import Counter

from engine.brokers.ledger import ExchangeLedger
from engine.market.fees import schedule_of
from engine.orders import events as ev
from engine.orders.averages import split_total
from engine.runtime.context import DeskContext
from engine.state.order_record import OrderRecord


def book_missed(context: DeskContext, ledger: ExchangeLedger) -> int:
    """Journal every execution of our orders that is not in the journal; returns how many.

    Called before the traders are made, which then stand where their units do. What legs reported
    is in the journal under other names: no more contracts are booked than the record has. Prices
    that nobody had told are corrected; a price that the exchange does not know yet either is told
    as unknown, and asked for again.
    """
    fees = schedule_of(context.config.fees)
    known = context.state.orders.known
    at_ms = context.now().at_ms
    contracts, provisional = Counter[str](), set[str]()
    for row in ledger.executions:
        contracts[row.client_order_id] += row.quantity
        if row.provisional:
            provisional.add(row.client_order_id)
    booked = 0
    for row in ledger.executions:
        record = known.get(row.client_order_id)
        if record is None or row.execution_id in record.executions:
            continue  # an order that is no longer remembered shows when the books are compared
        quantity = min(row.quantity, contracts[row.client_order_id] - record.filled)
        if quantity <= 0:
            continue
        fee_c = fees.vertical_fee_c(quantity, row.symbol)
        trader, price_c = record.intent.trader, row.price_c
        if row.provisional:
            price_c = record.intent.limit_c
            context.emit(
                ev.PriceUnknown(
                    at_ms, trader, row.client_order_id, row.execution_id, quantity, "no price"
                )
            )
        context.emit(
            ev.Executed(
                at_ms,
                trader,
                row.client_order_id,
                row.execution_id,
                quantity,
                price_c,
                fee_c,
                not record.live,
            )
        )
        booked += 1
    for name, record in list(context.state.orders.unpriced.items()):
        known_there = contracts[name] == record.filled and name not in provisional
        if known_there and record.without_price:
            value_c = sum(row.quantity * row.price_c for row in ledger.executions_of(name))
            _correct(context, record, value_c)
    return booked


def _correct(context: DeskContext, record: OrderRecord, value_c: int) -> None:
    """Book what has no price at what the other executions leave of an order's money.

    Args:
        context, record: the desk, and the order.
        value_c: its contracts x their prices in cents a share, by the exchange's record.
    """
    intent, fees = record.intent, schedule_of(context.config.fees)
    at_ms, symbol, late = context.now().at_ms, record.totals.symbol, not record.live

    def book(execution: str, quantity: int, price_c: int) -> None:
        fee_c = fees.vertical_fee_c(abs(quantity), symbol) * (1 if quantity > 0 else -1)
        context.emit(
            ev.Executed(
                at_ms, intent.trader, intent.order, execution, quantity, price_c, fee_c, late
            )
        )

    waiting = record.without_price
    contracts = sum(each.quantity for each in waiting)
    rest_c = value_c - record.value_c + contracts * intent.limit_c
    prices_c = [price_c for count, price_c in split_total(rest_c, contracts) for _ in range(count)]
    for each in waiting:
        book(each.execution, -each.quantity, intent.limit_c)
        for price_c, quantity in Counter(prices_c[: each.quantity]).items():
            book(f"{each.execution}~L{price_c}", quantity, price_c)
        del prices_c[: each.quantity]
