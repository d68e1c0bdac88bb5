"""Units of an earlier process, as its orders and their executions tell of them."""

from __future__ import annotations

import math

from engine.market.legs import OptionType
from engine.orders.events import OrderIntended
from engine.orders.ladder import Choice, Stage
from engine.orders.types import Part
from engine.runtime.context import DeskContext
from engine.state.order_record import OrderRecord
from engine.state.trader_totals import TraderTotals
from engine.state.unit import Unit
from engine.trader.legged_unit import LeggedUnit


def unit_of(
    context: DeskContext, totals: TraderTotals, unit: Unit, records: list[OrderRecord]
) -> LeggedUnit | None:
    """The open unit as a LeggedUnit at its stage; None where its debit is not remembered.

    A unit that is open again, by what came or was taken back after its end, knows of nothing
    before: what it bought and sold is its orders' to tell, how much of it is open is its own.
    """
    own = [r for r in records if r.intent.trader == totals.key and r.intent.cycle == unit.cycle]
    debit = next((r.intent for r in own if r.intent.part == Part.DEBIT), None)
    since_ms = unit.open_ms if unit.first_fill_ms is None else unit.first_fill_ms
    if debit is None or since_ms is None:
        return None
    credits = [r for r in own if r.intent.part == Part.CREDIT]
    last = credits[-1].intent if credits else None
    filled, paid_c = _executed(own, Part.DEBIT)
    unwound, unwound_c = _executed(own, Part.UNWIND)
    age_s = context.moment.epoch_s - since_ms / 1000
    restored = LeggedUnit(
        unit.cycle,
        right_of(debit),
        debit.buy_strike,
        debit.sell_strike,
        last.sell_strike if last else debit.sell_strike,
        last.buy_strike if last else debit.buy_strike,
        last.limit_c if last else 0,
        context.moment.now_s - age_s,
        entry_bid_c(debit),
        filled=filled,
        paid_c=paid_c,
        credited=filled - unwound - unit.net,
        unwound=unwound,
        unwound_c=unwound_c,
        fees_c=sum(r.fees_c for r in own),
        sold=[
            (quantity, price_c, r.intent.sell_strike, r.intent.buy_strike)
            for r in credits
            for quantity, price_c in whole_prices(r.filled, r.value_c)
        ],
        orders=max((r.intent.attempt for r in own if r.intent.part != Part.DEBIT), default=0),
        limit_c=last.limit_c if last else 0,
        look_s=context.moment.now_s,
        last_fill_s=context.moment.now_s,
    )
    stage = Stage(unit.stage) if unit.stage else Stage.LEAN
    forced = None if last is not None else Stage.RESCAN
    if stage is Stage.UNWIND:
        forced = Stage.UNWIND  # a trigger that forced it is not undone by a restart
    choice = Choice(unit.choice) if unit.choice else None
    decided_s = context.moment.now_s - (context.moment.epoch_s - unit.decided_ms / 1000)
    restored.restore(stage, forced, choice, decided_s, context.config.ladder)
    return restored


def _executed(records: list[OrderRecord], part: Part) -> tuple[int, int]:
    """Contracts that orders of a part executed, and the sum of contracts x cents a share."""
    own = [record for record in records if record.intent.part == part]
    return sum(record.filled for record in own), sum(record.value_c for record in own)


def whole_prices(contracts: int, value_c: int) -> list[tuple[int, int]]:
    """Contracts at whole prices that come to exactly `value_c`, however their executions differed.

    Args:
        contracts: how many were sold; none give no price.
        value_c: sum of quantity x cents per share.
    """
    if not contracts:
        return []
    price_c, dearer = divmod(value_c, contracts)
    rows = [(contracts - dearer, price_c), (dearer, price_c + 1)]
    return [row for row in rows if row[0]]


def orders_of(context: DeskContext, totals: TraderTotals, cycle: int) -> list[OrderRecord]:
    """What is remembered of the orders of a trader's cycle."""
    return [
        record
        for record in context.state.orders.known.values()
        if record.intent.trader == totals.key and record.intent.cycle == cycle
    ]


def finished_unit(context: DeskContext, totals: TraderTotals, cycle: int) -> LeggedUnit | None:
    """A unit of which nothing is open, and may never have been; None where its debit is forgotten.

    Args:
        context: the desk.
        totals: its trader's.
        cycle: its cycle.
    """
    own = orders_of(context, totals, cycle)
    debit = next((record for record in own if record.intent.part == Part.DEBIT), None)
    if debit is None:
        return None
    unit = Unit.finished_at(totals.key, cycle, debit.ended_ms or debit.intent.at_ms)
    return unit_of(context, totals, unit, own)


def entry_bid_c(debit: OrderIntended) -> float:
    """Natural bid of a debit vertical as its order went out, cents a share; infinite if unknown."""
    return math.inf if debit.bid is None or math.isnan(debit.bid) else debit.bid * 100


def right_of(intent: OrderIntended) -> OptionType:
    """The right of an order's legs."""
    return "call" if intent.right == "C" else "put"
