"""The ended orders of one cycle and its unit as bytes, and as they were before.

Nothing is lost but the quotes of the orders' legs, which nobody asks for once an order has ended.
"""

from __future__ import annotations

import math
import pickle
import zlib
from collections.abc import Callable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final, NamedTuple

from engine.market.legs import SpreadLeg
from engine.orders.ladder import Choice, Stage
from engine.orders.order import Order
from engine.orders.transitions import OrderState
from engine.orders.types import OrderRequest, Part
from engine.trader.attempt import Attempt, UnitPlan
from engine.trader.context import TraderContext
from engine.trader.legged_unit import LeggedUnit

Completing = tuple[Order, LeggedUnit]
"""A completing order, and the unit that it was sent for."""

_COMPRESSED_FROM: Final = 400
"""Bytes from which a cycle is compressed, in 20 us: what takes more than 512 is not of Python's
own pools but of the system's heap, where thousands of unequal pieces leave holes for good.
"""

_PICKLED: Final = b"\x80"
"""With which pickled bytes begin, and compressed ones do not."""

_ORDER: Final = [
    each.name for each in fields(Order) if each.name not in ("request", "state", "overtook")
]
_UNIT: Final = [
    each.name
    for each in fields(LeggedUnit)
    if each.name not in ("stage", "forced", "choice", "order", "next_target", "leg_reported")
]
_ATTEMPT: Final = [
    each.name for each in fields(Attempt) if each.name not in ("order", "plan", "unit")
]
_of_order, _of_unit, _of_attempt = (attrgetter(*names) for names in (_ORDER, _UNIT, _ATTEMPT))
_Row = tuple[Any, ...]


class Cycle(NamedTuple):
    """What is remembered of a cycle.

    Args:
        attempts: its debit; more than one only after a restart.
        completing: its credits and unwinds, with the unit that they were sent for.
    """

    attempts: Sequence[Attempt]
    completing: Sequence[Completing]


def settled(cycle: Cycle) -> bool:
    """Whether nothing but a report changes what is remembered of a cycle.

    Not while an order may execute, nor while the price of an execution is still asked for.

    Args:
        cycle: of a unit that is not open.
    """
    orders = [each.order for each in cycle.attempts] + [order for order, _ in cycle.completing]
    return all(each.ended for each in cycle.attempts) and not any(
        order.live or order.unpriced for order in orders
    )


def packed(cycle: Cycle) -> bytes | None:
    """A settled cycle in few bytes; None for one so unusual that it stays as it is.

    Args:
        cycle: of a unit that is not open.
    """
    orders = [order for order, _ in cycle.completing]
    units = {id(unit): unit for _, unit in cycle.completing}
    units |= {id(each.unit): each.unit for each in cycle.attempts if each.unit is not None}
    if len(units) > 1 or any(order.overtook for order in orders):
        return None
    if any(each.order.overtook for each in cycle.attempts):
        return None
    unit = next(iter(units.values()), None)
    if unit is not None and (unit.order or unit.next_target):
        return None
    if unit is not None and any(order not in orders for order in unit.leg_reported):
        return None
    attempts = [
        (
            *_of_attempt(each),
            each.unit is not None,
            None if each.plan is None else tuple(each.plan),
            _order_row(each.order),
        )
        for each in cycle.attempts
    ]
    rows = [_order_row(order) for order in orders]
    row = (None if unit is None else _unit_row(unit, orders), attempts, rows)
    data = pickle.dumps(row, pickle.HIGHEST_PROTOCOL)
    if len(data) >= _COMPRESSED_FROM:
        return zlib.compress(data, 1)
    return bytes(memoryview(data))  # pickled ones are cut from a KiB, which keeps a hole behind


def unpacked(
    data: bytes,
    context: TraderContext,
    unit_at_hand: Callable[[int], LeggedUnit | None] = lambda cycle: None,
) -> Cycle:
    """The cycle as it was when it was packed.

    Args:
        data: by `packed`, in this process.
        context: of the trader whose it is.
        unit_at_hand: the unit of a cycle where an order of it is no part of `data`; it is that of
            the others, too.
    """
    if data[:1] != _PICKLED:
        data = zlib.decompress(data)
    unit_row, attempt_rows, order_rows = pickle.loads(data)
    orders = [_order(row, context) for row in order_rows]
    unit = None if unit_row is None else _unit(unit_row, orders)
    if unit is not None:
        unit = unit_at_hand(unit.cycle) or unit
    attempts = []
    for *values, has_unit, plan, order_row in attempt_rows:
        attempt = Attempt(
            _order(order_row, context),
            None if plan is None else UnitPlan(*plan),
            unit=unit if has_unit else None,
            **dict(zip(_ATTEMPT, values, strict=True)),
        )
        attempts.append(attempt)
    completing = [] if unit is None else [(order, unit) for order in orders]
    return Cycle(attempts, completing)


def _unit_row(unit: LeggedUnit, orders: Sequence[Order]) -> _Row:
    forced, choice = unit.forced, unit.choice
    return (
        *_of_unit(unit),
        unit.stage.value,
        None if forced is None else forced.value,
        None if choice is None else choice.value,
        [orders.index(order) for order in unit.leg_reported],
    )


def _unit(row: _Row, orders: Sequence[Order]) -> LeggedUnit:
    *values, stage, forced, choice, leg_reported = row
    return LeggedUnit(
        **dict(zip(_UNIT, values, strict=True)),
        stage=Stage(stage),
        forced=None if forced is None else Stage(forced),
        choice=None if choice is None else Choice(choice),
        leg_reported=[orders[place] for place in leg_reported],
    )


def _order_row(order: Order) -> _Row:
    request = order.request
    buy, sell = request.legs
    return (
        *_of_order(order),
        order.state.value,
        request.client_order_id,
        request.part.value,
        buy.option_type,
        buy.strike,
        sell.strike,
        request.quantity,
        request.limit_c,
        request.effects,
    )


def _order(row: _Row, context: TraderContext) -> Order:
    *values, state, name, part, right, bought, sold, quantity, limit_c, effects = row
    expiration, nan = context.chain.expiration, math.nan
    request = OrderRequest(
        name,
        context.key,
        context.chain.symbol,
        expiration,
        Part(part),
        (
            SpreadLeg(bought, expiration, right, "buy", nan, nan),
            SpreadLeg(sold, expiration, right, "sell", nan, nan),
        ),
        quantity,
        limit_c,
        context.exposure.multiplier,
        effects,
    )
    return Order(request, OrderState(state), **dict(zip(_ORDER, values, strict=True)))
