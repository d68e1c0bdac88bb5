"""Orders of an earlier process are followed again: those that may execute, and those of which
more may be told.

Nothing is sent beside the former. The latter have an end that is not final, or executions whose
price nobody has told: they are asked about until both are known.
"""

from __future__ import annotations

from engine.market.legs import SpreadLeg
from engine.orders.order import Order
from engine.orders.transitions import OrderState
from engine.orders.types import OrderRequest, Part
from engine.runtime.context import DeskContext
from engine.runtime.order_router import OrderRouter
from engine.runtime.restart.units import finished_unit, orders_of, right_of
from engine.state.order_record import OrderRecord
from engine.trader.attempt import Attempt
from engine.trader.legged_unit import LeggedUnit
from engine.trader.trader import ExpirationTrader


def follow_again(context: DeskContext, orders: OrderRouter) -> None:
    """Give every order that may still execute to its trader, as one that is being cancelled.

    Args:
        context: the desk's shared parts; its traders are restored and do not run yet.
        orders: brings their reports to the traders.
    """
    for name, record in context.state.orders.live.items():
        trader = context.traders.get(record.intent.trader)
        if trader is None:
            continue
        order = _order(context, trader, record)
        if record.intent.part == Part.DEBIT:
            trader.debits.follow(_attempt(context, trader, record, order))
        elif (unit := _unit(context, trader, record)) is None:
            continue  # its debit is forgotten: the alarm of an unknown order names it
        else:
            trader.credits.adopt(unit)
            trader.credits.orders.follow(order, unit)
        orders.own(name, trader)


def ask_again(context: DeskContext, orders: OrderRouter, *, new_day: bool) -> None:
    """Go on asking about ends that are not final and about prices that nobody has told.

    What waits for the other leg of an order goes on waiting.

    Args:
        context: the desk's shared parts; its traders are restored, its live orders followed.
        orders: brings reports to the traders.
        new_day: whether the orders are of an earlier session.
    """
    known, moment = context.state.orders, context.moment
    for name, record in (known.awaited | known.unpriced | known.one_leg_ahead).items():
        trader = context.traders.get(record.intent.trader)
        if trader is None:
            continue
        order = trader.find(name)
        if order is None:
            order = _order(context, trader, record)
            _remember(context, trader, record, order)
            orders.own(name, trader)
        if record.one_leg_ahead:
            trader.leg_ahead_again(order, moment, new_day=new_day)
        if name in known.awaited:
            trader.ends.restore(name, moment.now_s - _age_s(context, record.ended_ms))
        if record.without_price:
            first = record.without_price[0]
            since_s = moment.now_s - _age_s(context, first.at_ms)
            trader.prices.restore(order, first.told, since_s, moment.now_s)


def know_again(context: DeskContext, orders: OrderRouter, name: str) -> ExpirationTrader | None:
    """The trader of an ended order that it does not know, which knows it from here on.

    For executions that are told, taken back or corrected after a restart, or long after the end.

    Args:
        context: the desk's shared parts.
        orders: brings reports to the traders.
        name: the order's client order id.

    Returns:
        None where the order is not remembered, may still execute, or its chain is not traded.
    """
    record = context.state.orders.known.get(name)
    trader = None if record is None else context.traders.get(record.intent.trader)
    if record is None or trader is None or record.live:
        return None
    if trader.find(name) is None:
        _remember(context, trader, record, _order(context, trader, record))
    orders.own(name, trader)
    return trader


def _age_s(context: DeskContext, at_ms: int | None) -> float:
    return 0.0 if at_ms is None else max(0.0, context.moment.epoch_s - at_ms / 1000)


def _remember(
    context: DeskContext, trader: ExpirationTrader, record: OrderRecord, order: Order
) -> None:
    """Have the trader know an ended order, with the unit that more of it would continue."""
    if record.intent.part == Part.DEBIT:
        trader.debits.remember(_attempt(context, trader, record, order))
    elif (unit := _unit(context, trader, record)) is not None:
        trader.credits.orders.remember(order, unit)


def _unit(context: DeskContext, trader: ExpirationTrader, record: OrderRecord) -> LeggedUnit | None:
    """The unit of an order's cycle, the same for all of its orders; None where its debit, whose
    unit it is, has been forgotten.
    """
    cycle, totals = record.intent.cycle, record.totals
    unit = trader.credits.units.get(cycle)
    if unit is None:
        names = [each.intent.order for each in orders_of(context, totals, cycle)]
        unit = trader.credits.remembered.unit_of(names) or finished_unit(context, totals, cycle)
    return unit


def _attempt(
    context: DeskContext, trader: ExpirationTrader, record: OrderRecord, order: Order
) -> Attempt:
    intent, unit = record.intent, _unit(context, trader, record)
    hour = trader.session.exchange_hour(intent.at_ms / 1000)
    return Attempt(order, None, intent.cycle, intent.delay_s, hour, unit)


def _order(context: DeskContext, trader: ExpirationTrader, record: OrderRecord) -> Order:
    """The order as far as the journal tells."""
    intent, now_s = record.intent, context.moment.now_s
    right = right_of(record.intent)
    nan = float("nan")
    request = OrderRequest(
        intent.order,
        trader.key,
        trader.symbol,
        trader.expiration,
        Part(intent.part),
        (
            SpreadLeg(intent.buy_strike, trader.expiration, right, "buy", nan, nan),
            SpreadLeg(intent.sell_strike, trader.expiration, right, "sell", nan, nan),
        ),
        intent.quantity,
        intent.limit_c,
        trader.exposure.multiplier,
        record.effects,
    )
    price_c = record.value_c // record.filled if record.filled else 0
    executions = dict.fromkeys(record.executions, (0, price_c))
    executions |= record.divided()
    told = record.without_price
    executions |= {each.execution: (each.quantity, intent.limit_c) for each in told}
    unpriced = frozenset(each.execution for each in told)
    booked = executions, record.filled, unpriced, _corrections(record)
    if record.live:
        order = Order.being_cancelled(request, *booked, now_s)
    else:
        order = Order.ended(request, OrderState(record.status), *booked)
    for each in record.legs or ():
        order.leg_was_told(each.leg, each.execution, each.quantity, each.price_c)
    return order


def _corrections(record: OrderRecord) -> int:
    """The number of the last correction that was booked: the next one needs a name of its own."""
    numbers = (name.rpartition("~")[2] for name in record.executions if "~" in name)
    return max((int(number) for number in numbers if number.isdecimal()), default=0)
