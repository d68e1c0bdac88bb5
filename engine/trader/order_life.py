"""What debits and completing orders have in common: sent, cancelled, reported, looked up."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from engine.market.legs import SpreadLeg, right_letter
from engine.market.session import Moment
from engine.orders import events as ev
from engine.orders.actions import Cancel, Query, Submit
from engine.orders.order import Applied, Booking, Order
from engine.orders.transitions import LIVE, OrderState, Trigger
from engine.orders.types import OrderReport, OrderRequest, Part, ReportKind
from engine.trader.context import TraderContext

LONE_LEG_S: Final = 30.0
"""How long one leg's executions may wait for the other's before it is an alarm."""


def submit(
    context: TraderContext,
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
        context: of the trader whose order it is.
        part: which part of the cycle.
        legs: bought and sold.
        quantity, limit_c: contracts, cents a share.
        moment: the present.
        cycle, number: the trader's cycle and the order's number within it.
        bid, ask, floor, waited_s, stage: for the journal's row, see OrderIntended.
        fresh_until_s: epoch second after which its quotes are too old to send it.
    """
    name = context.ids.make(cycle, part, number)
    chain = context.chain
    request = OrderRequest(
        name,
        context.key,
        chain.symbol,
        chain.expiration,
        part,
        legs,
        quantity,
        limit_c,
        context.exposure.multiplier,
    )
    buy, sell = legs
    intended = ev.OrderIntended(
        moment.at_ms,
        context.key,
        name,
        cycle,
        part.value,
        number,
        right_letter(buy.option_type),
        buy.strike,
        sell.strike,
        quantity,
        limit_c,
        _known(bid),
        _known(ask),
        floor,
        waited_s,
        stage,
    )
    context.gate.rate.spend(moment.now_s)
    context.out.append(Submit(request, intended, fresh_until_s))
    return Order(request, OrderState.RECORDED)


def _known(price: float) -> float | None:
    """The price; None where its quotes are not known, which a journal cannot write as a number."""
    return price if math.isfinite(price) else None


def cancel(context: TraderContext, order: Order, reason: str, moment: Moment) -> bool:
    """Ask for an order's cancellation; False where that was done or makes no sense."""
    if not order.cancel_sent(moment.now_s):
        return False
    context.out.append(Cancel(order.request.client_order_id, reason))
    return True


def take_report(
    context: TraderContext,
    order: Order,
    report: OrderReport,
    moment: Moment,
    book: Callable[[Booking, int], None],
) -> Applied:
    """Apply a report to its order and journal what it says.

    Args:
        context: of the trader whose order it is.
        order, report: the order and the message about it.
        moment: the present.
        book: called with each execution and its fees in cents.
    """
    applied = order.on_report(report, moment.now_s)
    name = order.request.client_order_id
    if report.kind is ReportKind.ACK and not applied.ignored:
        context.note(ev.OrderWorking(moment.at_ms, context.key, name, report.broker_order_id))
    if report.kind is ReportKind.LEG_FILL and not applied.ignored:
        executed = report.leg, report.execution_id, report.quantity, report.price_c
        context.note(ev.LegExecuted(moment.at_ms, context.key, name, *executed))
    for booking in applied.bookings:
        execution, quantity, price_c = booking
        fee_c = context.chain.fees.vertical_fee_c(abs(quantity), context.chain.symbol)
        fee_c = fee_c if quantity > 0 else -fee_c
        if execution in order.unpriced:
            told = told_in_place(order, report)
            unknown = ev.PriceUnknown(moment.at_ms, context.key, name, execution, quantity, told)
            context.note(unknown)
        context.note(
            ev.Executed(
                moment.at_ms, context.key, name, execution, quantity, price_c, fee_c, applied.late
            )
        )
        book(booking, fee_c)
    _warn_about(context, order, report, applied, moment)
    if order.state is OrderState.UNKNOWN and applied.before is OrderState.CANCEL_SENT:
        _ask(context, order, moment)
    return applied


def told_in_place(order: Order, report: OrderReport) -> str:
    """What a report told in place of a price that its order can have executed at."""
    return report.reason or ("legs that come to worse" if order.legs_told else "no price")


def silence_s(context: TraderContext, order: Order) -> float:
    """When an order without an answer must be looked up, engine seconds.

    Without answers the waits between two queries double, up to eight times the first.
    """
    wait_s = context.gate.limits.unknown_after_s
    if order.asked:
        return order.asked_s + wait_s * min(8.0, 2.0 ** (order.asked - 1))
    if order.state is OrderState.SENT and order.sent_s is not None:
        return order.sent_s + wait_s
    if order.state is OrderState.CANCEL_SENT and order.cancel_s is not None:
        return order.cancel_s + wait_s
    return math.inf


def watch_silence(context: TraderContext, order: Order, moment: Moment) -> None:
    """Turn silence into UNKNOWN and ask the broker, again and again, without a new submit."""
    if order.state not in LIVE or moment.now_s < silence_s(context, order):
        return
    order.trigger(Trigger.SILENCE)
    if order.report_lost():
        name = order.request.client_order_id
        context.note(ev.OrderUnknown(moment.at_ms, context.key, name, "no answer"))
    _ask(context, order, moment)


def _ask(context: TraderContext, order: Order, moment: Moment) -> None:
    """Ask the broker what became of an order that gives no answer."""
    order.query_sent(moment.now_s)
    context.out.append(Query(order.request.client_order_id))


def _warn_about(
    context: TraderContext,
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
        told = f"{report.quantity} at {report.price_c / 100:.2f}"
        booked = f"{order.filled} of {order.request.quantity} booked"
        text = f"execution {report.execution_id} does not fit order {name}: told {told}, {booked}"
        if moment.now_s - order.asked_s >= context.gate.limits.unknown_after_s:
            order.looked_up(moment.now_s)
            context.out.append(Query(name))
    elif report.kind is ReportKind.CORRECTION and applied.bookings and not applied.priced:
        text = f"execution {report.execution_id} of order {name} was corrected"
    else:
        return
    context.warn("BOOK_DIFFERS", text=text)


class LoneLegs:
    """Knows which orders of one trader have executed in one leg only.

    Args:
        context: of the trader.
    """

    def __init__(self, context: TraderContext) -> None:
        self._context = context
        self._due_s: dict[str, float] = {}
        self._taken_over: dict[str, int] = {}

    def watch(self, order: Order, moment: Moment) -> None:
        """Start or end the time that one leg's executions may wait for the other's."""
        name = order.request.client_order_id
        if order.incomplete_legs and order.incomplete_legs == self._taken_over.get(name):
            return
        if order.incomplete_legs:
            self._due_s.setdefault(name, moment.now_s + LONE_LEG_S)
        elif self._due_s.pop(name, None) is not None:
            self._context.clear("BOOK_DIFFERS", name)

    def taken_over(self, find: Callable[[str], Order | None]) -> None:
        """The broker's contracts of the chain were taken over: no leg known now is waited for.

        Args:
            find: the order of a name; None where it is forgotten.
        """
        orders = {name: find(name) for name in self._due_s}
        self._taken_over = {name: o.incomplete_legs for name, o in orders.items() if o is not None}
        self._due_s.clear()
        for name in orders:
            self._context.clear("BOOK_DIFFERS", name)

    def warn(self, moment: Moment) -> None:
        """Raise the alarm of every order whose time is over."""
        for name, due_s in self._due_s.items():
            if moment.now_s >= due_s:
                self._due_s[name] = math.inf
                text = f"one leg of order {name} filled without the other"
                self._context.warn("BOOK_DIFFERS", name, text)

    def wake_s(self) -> float:
        """Engine second at which the next time is over."""
        return min(self._due_s.values(), default=math.inf)

    def __bool__(self) -> bool:
        return bool(self._due_s)
