"""What a trader does alike for debits and completing orders: send, cancel, hear, ask again."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.market.legs import SpreadLeg
from engine.market.session import Moment
from engine.orders import events as ev
from engine.orders.actions import Cancel, Query, Submit, Warn
from engine.orders.states import LIVE, Applied, Booking, Order, OrderState, Trigger
from engine.orders.types import OrderReport, OrderRequest, Part, ReportKind

if TYPE_CHECKING:
    from engine.trader.trader import ExpirationTrader


def submit(
    trader: ExpirationTrader,
    part: Part,
    legs: tuple[SpreadLeg, SpreadLeg],
    quantity: int,
    limit_c: int,
    moment: Moment,
    *,
    cycle: int,
    number: int,
    bid: float,
    ask: float,
    floor: float,
    waited_s: float,
    stage: str,
    fresh_until_s: float = math.inf,
) -> Order:
    """Send a new order.

    Args:
        trader: whose order it is.
        part: which part of the cycle.
        legs: bought and sold.
        quantity, limit_c: contracts, cents a share.
        moment: the present.
        cycle, number: the trader's cycle and the order's number within it.
        bid, ask, floor, waited_s, stage: for the journal's row, see OrderIntended.
        fresh_until_s: epoch second after which its quotes are too old to send it.
    """
    name = trader.ids.make(cycle, part, number)
    multiplier = trader.exposure.multiplier
    request = OrderRequest(
        name,
        trader.key,
        trader.symbol,
        trader.expiration,
        part,
        legs,
        quantity,
        limit_c,
        multiplier,
    )
    buy, sell = legs
    intended = ev.OrderIntended(
        moment.at_ms,
        trader.key,
        name,
        cycle,
        part.value,
        number,
        buy.option_type[0].upper(),
        buy.strike,
        sell.strike,
        quantity,
        limit_c,
        bid,
        ask,
        floor,
        waited_s,
        stage,
    )
    trader.gate.rate.spend(moment.now_s)
    trader.out.append(Submit(request, intended, fresh_until_s))
    return Order(request, OrderState.RECORDED)


def cancel(trader: ExpirationTrader, order: Order, reason: str, moment: Moment) -> bool:
    """Ask for an order's cancellation; False where that was done or makes no sense."""
    if not order.cancel_sent(moment.now_s):
        return False
    name = order.request.client_order_id
    trader.note(ev.CancelSent(moment.at_ms, trader.key, name, reason))
    trader.out.append(Cancel(name, reason))
    return True


def take_report(
    trader: ExpirationTrader,
    order: Order,
    report: OrderReport,
    moment: Moment,
    book: Callable[[Booking, int], None],
) -> Applied:
    """Apply a report to its order and note what it tells.

    Args:
        trader: whose order it is.
        order, report: the order and the message about it.
        moment: the present.
        book: told each execution with its fees in cents.
    """
    applied = order.on_report(report, moment.now_s)
    name = order.request.client_order_id
    if report.kind is ReportKind.ACK and not applied.ignored:
        trader.note(ev.OrderWorking(moment.at_ms, trader.key, name, report.broker_order_id))
    for booking in applied.bookings:
        execution, quantity, price_c = booking
        fee_c = trader.fees.vertical_fee_c(abs(quantity), trader.symbol)
        fee_c = fee_c if quantity > 0 else -fee_c
        trader.note(
            ev.Executed(
                moment.at_ms, trader.key, name, execution, quantity, price_c, fee_c, applied.late
            )
        )
        book(booking, fee_c)
    _warn_about(trader, order, report, applied, moment)
    if order.state is OrderState.UNKNOWN and applied.before is OrderState.CANCEL_SENT:
        _ask(trader, order, moment)
    return applied


def silence_s(trader: ExpirationTrader, order: Order) -> float:
    """When an order without an answer must be looked up, engine seconds.

    Without answers the waits between two queries double, up to eight times the first.
    """
    wait_s = trader.gate.limits.unknown_after_s
    if order.asked:
        return order.asked_s + wait_s * min(8.0, 2.0 ** (order.asked - 1))
    if order.state is OrderState.SENT and order.sent_s is not None:
        return order.sent_s + wait_s
    if order.state is OrderState.CANCEL_SENT and order.cancel_s is not None:
        return order.cancel_s + wait_s
    return math.inf


def watch_silence(trader: ExpirationTrader, order: Order, moment: Moment) -> None:
    """Turn silence into UNKNOWN and ask the broker, again and again, without a new submit."""
    if order.state not in LIVE or moment.now_s < silence_s(trader, order):
        return
    order.trigger(Trigger.SILENCE)
    if not order.lost:
        order.lost = True
        name = order.request.client_order_id
        trader.note(ev.OrderUnknown(moment.at_ms, trader.key, name, "no answer"))
    _ask(trader, order, moment)


def _ask(trader: ExpirationTrader, order: Order, moment: Moment) -> None:
    """Ask the broker what became of an order."""
    order.asked += 1
    order.asked_s = moment.now_s
    trader.out.append(Query(order.request.client_order_id))


def _warn_about(
    trader: ExpirationTrader,
    order: Order,
    report: OrderReport,
    applied: Applied,
    moment: Moment,
) -> None:
    """Raise an alarm where a report makes book and broker differ or takes a trade back.

    What did not fit may have been a garbled report of something that did happen: ask.
    """
    name = order.request.client_order_id
    if applied.refused:
        text = f"execution {report.execution_id} does not fit order {name}"
        if moment.now_s - order.asked_s >= trader.gate.limits.unknown_after_s:
            order.asked_s = moment.now_s
            trader.out.append(Query(name))
    elif report.kind is ReportKind.CORRECTION and applied.bookings:
        text = f"execution {report.execution_id} of order {name} was corrected"
    else:
        return
    trader.out.append(Warn("BOOK_DIFFERS", f"{trader.key}: {text}", True))
