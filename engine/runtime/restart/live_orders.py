"""Orders that a restart could not end are followed again: nothing is sent beside them."""

from __future__ import annotations

import math

from engine.market.legs import OptionType, SpreadLeg
from engine.orders.events import OrderIntended
from engine.orders.order import Order
from engine.orders.types import OrderRequest, Part
from engine.runtime.context import DeskContext
from engine.runtime.order_router import OrderRouter
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
        unit = trader.credits.units.get(record.intent.cycle)
        if record.intent.part == Part.DEBIT:
            _follow_debit(trader, record, order, unit or _empty(context, record))
        elif unit is None:
            continue  # nothing of its cycle is open: the alarm of an unknown order names it
        else:
            trader.credits.orders.follow(order, unit)
        orders.own(name, trader)


def _follow_debit(
    trader: ExpirationTrader, record: OrderRecord, order: Order, unit: LeggedUnit
) -> None:
    intent = record.intent
    hour = trader.session.exchange_hour(intent.at_ms / 1000)
    trader.debits.follow(Attempt(order, None, intent.cycle, intent.delay_s, hour, unit))


def _order(context: DeskContext, trader: ExpirationTrader, record: OrderRecord) -> Order:
    """The order as far as the journal tells; how its executions divide it does not say."""
    intent, now_s = record.intent, context.moment.now_s
    right = _right(record)
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
    whole = len(record.executions) == 1
    price_c = record.value_c // record.filled if record.filled else 0
    executions = dict.fromkeys(record.executions, (record.filled if whole else 0, price_c))
    return Order.being_cancelled(request, executions, record.filled, now_s)


def _empty(context: DeskContext, record: OrderRecord) -> LeggedUnit:
    """What executions of a debit without any will become; its credit is still to be chosen."""
    intent = record.intent
    return LeggedUnit(
        intent.cycle,
        _right(record),
        intent.buy_strike,
        intent.sell_strike,
        intent.sell_strike,
        intent.buy_strike,
        0,
        context.moment.now_s,
        entry_bid_c(intent),
    )


def entry_bid_c(debit: OrderIntended) -> float:
    """Natural bid of a debit vertical as its order went out, cents a share; infinite if unknown."""
    return math.inf if debit.bid is None or math.isnan(debit.bid) else debit.bid * 100


def _right(record: OrderRecord) -> OptionType:
    return "call" if record.intent.right == "C" else "put"
