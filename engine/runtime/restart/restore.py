"""Restart: traders and open units as the journal left them, paused until an operator resumes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

from engine.orders import events as ev
from engine.orders.types import Part
from engine.risk.gates import Gate
from engine.runtime.alarm_kinds import GATEWAY_KINDS, OF_THE_DAY
from engine.runtime.context import DeskContext
from engine.runtime.order_router import OrderRouter
from engine.runtime.requests.settings import read
from engine.runtime.requests.settings import write as write_setting
from engine.runtime.restart.live_orders import ask_again, follow_again
from engine.runtime.restart.units import unit_of
from engine.runtime.watch.books import BookComparison
from engine.state.in_force import put_in_force_by
from engine.state.order_record import OrderRecord
from engine.state.trader_totals import TraderTotals
from engine.trader.trader import ExpirationTrader
from engine.trader.unit_exits import cycle_ended

GONE: Final = "the exchange does not know it any more"

_OF_THE_PROCESS: Final = (
    "BROKER_CLOCK", "BROKER_ERROR", "CLOCK", "CLOCK_SET", "FEE_DIFFERS", "FEED_NOT_LIVE",
    "FEED_OLD", "GATEWAY_GONE", "JOURNAL", "KILL_OPEN", "LINK_DOWN", "NOT_COMPARED",
    "NOT_QUOTED", "RATE_LOW", "STALE", "STALE_OR_MISPRICED", "STOOD_STILL", "TOKEN_ENDS",
    "TOLD_TWICE", *GATEWAY_KINDS,
)  # fmt: skip
"""Alarms whose condition ended with the process that raised them."""


def remember(context: DeskContext, events: Iterable[ev.Event]) -> None:
    """Let a new desk know what the journal tells of alarms, exposure and losses.

    Args:
        context: the desk, without traders yet.
        events: the whole journal, oldest first.
    """
    kept = list(events)
    context.alarms.remember(kept)
    for event in kept:
        context.exposure.apply(event)
        context.gate.power.apply(event)
        context.gate.first.apply(event)


def go_on(
    context: DeskContext,
    orders: OrderRouter,
    books: BookComparison,
    sizes: Mapping[str, int],
    *,
    new_day: bool = False,
    reconciled: bool = False,
) -> None:
    """Bring the restored desk to its first moment: sizes, latched limits, orders, books.

    Args:
        context: the desk's shared parts with its traders, not running yet.
        orders: brings reports to the traders.
        books: compared at the end.
        sizes: order sizes by trader when the journal ended.
        new_day: whether the session is of another date: limits of the day begin anew.
        reconciled: whether the exchange has said of every order what became of it; one that is
            live still is unknown then, and followed whatever lists the exchange gives.
    """
    at_ms = context.now().at_ms
    context.session.update(context.moment.epoch_s)
    if new_day:
        for code in OF_THE_DAY:
            context.alarms.clear(at_ms, code, "desk")
        for trader in context.traders.values():
            trader.debits.new_session()
    for key, size in sizes.items():
        if key not in context.traders:
            continue
        sizing = context.traders[key].sizing
        if context.state.traders[key].size != size:
            before = context.state.traders[key].size
            after = min(max(size, sizing.min_contracts), sizing.max_contracts)
            context.traders[key].continue_at_size(after)
            context.emit(ev.SizeChanged(at_ms, key, before, after, "restart"))
    flags, is_raised = context.flags, context.alarms.is_raised
    if is_raised("DAY_LOSS", "desk"):
        flags.close_entries()
    if any(is_raised(code, "desk") for code in ("DAY_LOSS_HALT", "REJECTS_HALT", "DESK_FAULT")):
        flags.halt()
    context.gate.restore_loss_halt(is_raised("DAY_LOSS_HALT", "desk"))
    if not reconciled:
        end_lost_orders(context)
    end_finished_cycles(context)
    follow_again(context, orders)
    ask_again(context, orders, new_day=new_day)
    _clear_told_prices(context)
    for code in _OF_THE_PROCESS:
        for where in context.alarms.places(code):
            context.alarms.clear(at_ms, code, where)
    live = {f"{r.intent.trader}/{name}" for name, r in context.state.orders.live.items()}
    for where in context.alarms.places("ORDER_UNKNOWN"):
        if where not in live:
            context.alarms.clear(at_ms, "ORDER_UNKNOWN", where)
    books.compare()


def _clear_told_prices(context: DeskContext) -> None:
    """Clear the alarms of prices that are known meanwhile."""
    for where in context.alarms.places("PRICE_UNKNOWN"):
        if where.rpartition("/")[2] not in context.state.orders.unpriced:
            context.alarms.clear(context.moment.at_ms, "PRICE_UNKNOWN", where)


def restore_trader(context: DeskContext, trader: ExpirationTrader, totals: TraderTotals) -> None:
    """Bring a new trader to where the journal left it; it is paused.

    Args:
        context: the desk.
        trader: freshly made, not yet stepping.
        totals: what the journal says of it.
    """
    trader.restore(
        cycle=totals.cycle,
        attempts=totals.attempts,
        fills=totals.fills,
        last_result=totals.last_result,
        fault=totals.fault,
    )
    records = list(context.state.orders.known.values())
    for unit in totals.units.values():
        if unit.net:
            restored = unit_of(context, totals, unit, records)
            if restored is not None:
                trader.credits.adopt(restored)
            else:
                contracts = f"{unit.net} contract{'s' * (abs(unit.net) != 1)}"
                text = f"{contracts} of a debit that is not remembered any more"
                where = f"{totals.key}/{unit.cycle}"
                context.alarms.raise_(context.now().at_ms, "PARKED", where, text)
    if totals.hold is not None:
        left_s = totals.hold.until_ms / 1000 - context.moment.epoch_s
        until_s = context.moment.now_s + left_s if totals.hold.until_ms else math.inf
        trader.restore_hold(Gate(totals.hold.code), totals.hold.text, until_s)
    for (key, setting), change in list(context.state.notices.settings.items()):
        if key != totals.key:
            continue
        if setting == "optimal_contracts":  # the size itself may have moved since
            trader.debits.size_only_downward(bool(put_in_force_by(change)))
        elif read(trader, setting) != change.after:
            name = put_in_force_by(change)
            write_setting(
                context, trader, setting, change.after, change.why, undo=True, recommendation=name
            )


def end_lost_orders(context: DeskContext) -> int:
    """End every order that the journal calls live and the broker does not have; returns how many.

    Only orders missing from the broker's open orders are ended; what they may have executed shows
    when the books are compared.
    """
    open_ids = {order.client_order_id for order in context.broker.open_orders()}
    lost = [record for name, record in context.state.orders.live.items() if name not in open_ids]
    for record in lost:
        end_order(context, record, "expired", GONE)
    return len(lost)


def end_order(context: DeskContext, record: OrderRecord, status: str, reason: str) -> None:
    """Journal the end of an order that no trader follows any more, and of its attempt.

    Args:
        context: the desk.
        record: the order; its executions are booked.
        status: filled, canceled, rejected or expired.
        reason: for its row.
    """
    at_ms = context.now().at_ms
    intent = record.intent
    context.emit(ev.OrderEnded(at_ms, intent.trader, intent.order, status, reason))
    if intent.part != Part.DEBIT or (status == "rejected" and not record.filled):
        return
    result = "FILLED" if record.filled == intent.quantity else "PARTIAL"
    context.emit(
        ev.AttemptEnded(
            at_ms,
            intent.trader,
            intent.cycle,
            intent.order,
            intent.quantity,
            record.filled,
            result if record.filled else "CANCELLED",
            context.session.exchange_hour(context.moment.epoch_s),
            intent.delay_s,
            None,
        )
    )


def end_finished_cycles(context: DeskContext) -> None:
    """Journal the end of cycles whose last execution came when no trader followed them."""
    records = list(context.state.orders.known.values())
    for key, trader in context.traders.items():
        totals = context.state.traders[key]
        for unit in list(totals.units.values()):
            if unit.net or unit.outcome not in ("", "PARKED"):
                continue
            restored = unit_of(context, totals, unit, records)
            if restored is None or not restored.filled:
                continue
            context.emit(cycle_ended(trader.context, restored, restored.outcome, context.moment))
