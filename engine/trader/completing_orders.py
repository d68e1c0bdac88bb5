"""The orders of legged units: one at a time each, replaced only when the former is surely dead."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

from engine.book.contract_keys import contract_key
from engine.book.contracts import with_one_effect
from engine.market.chain import CALL, PUT
from engine.market.legs import Side, SpreadLeg
from engine.market.session import Moment
from engine.orders import events as ev
from engine.orders.actions import Failed, Query
from engine.orders.ladder import Stage
from engine.orders.order import Order
from engine.orders.transitions import OrderState, Trigger
from engine.orders.types import OrderReport, ReportKind
from engine.trader.context import TraderContext
from engine.trader.final_ends import ASKED_AFTER_S
from engine.trader.legged_unit import LeggedUnit, Target
from engine.trader.order_life import cancel, submit, take_report
from engine.trader.remembered_orders import RememberedOrders
from engine.trader.unit_stages import let_rest, park, plan_look

MAX_REJECTS: Final = 8
"""Completing orders rejected in a row before the unit is left to the operator."""

_FINAL: Final = (ReportKind.CANCELED, ReportKind.EXPIRED, ReportKind.REJECTED)

_WORKS: Final = (OrderState.SENT, OrderState.WORKING, OrderState.PARTIAL)

FORGOTTEN: Final = 4
"""Answers "no such order" after which a cancelled order is taken for forgotten, not for executed;
the questions are 2, 4, 8 and 16 s apart, so that the books have been compared meanwhile."""


class CreditOrders:
    """Sends what the units of one trader want working, and follows it to its end.

    Args:
        context: of the trader.
        units: open units by cycle.
        remembered: the trader's orders.
        on_change: told of a unit whose contracts changed.
    """

    def __init__(
        self,
        context: TraderContext,
        units: Mapping[int, LeggedUnit],
        remembered: RememberedOrders,
        on_change: Callable[[LeggedUnit, Moment], None],
    ) -> None:
        self._context = context
        self._units = units
        self._on_change = on_change
        self._remembered = remembered
        self._known = remembered.completing

    def find(self, order: str) -> Order | None:
        """A live or recently ended completing order of this trader."""
        known = self._known.get(order)
        return None if known is None else known[0]

    def follow(self, order: Order, unit: LeggedUnit) -> None:
        """Follow an order of a unit that may still execute."""
        unit.follow(order)
        self._remembered.add_completing(order, unit)

    def remember(self, order: Order, unit: LeggedUnit) -> None:
        """Know an order of an earlier process that ended, of which more may be told."""
        self._remembered.add_completing(order, unit)

    def leg_ahead_again(self, order: Order) -> None:
        """One leg of an order of an earlier process executed, and counts as sold."""
        known = self._known.get(order.request.client_order_id)
        if known is not None:
            known[1].leg_executed(order)

    def aim(self, unit: LeggedUnit, target: Target | None, moment: Moment) -> None:
        """Have `target` working: send it, or cancel what works and send it after."""
        if target is None:
            return
        order = unit.order
        if order is None or not order.live:
            self._send(unit, target, moment)
            return
        request = order.request
        same = (
            request.part is target.part
            and request.legs[0].strike == target.buy_strike
            and request.legs[1].strike == target.sell_strike
        )
        if same and request.limit_c == target.limit_c and order.leaves <= target.quantity:
            unit.then_send(None)
            return
        unit.then_send(target)
        cancel(self._context, order, "reprice", moment)

    def trim(self, unit: LeggedUnit, order: Order, moment: Moment) -> None:
        """Cancel an order that could sell more than remains, after a late fill or a correction."""
        if _fits(unit, order):
            return
        if order.state is not OrderState.UNKNOWN or order.cancel_s is None:
            cancel(self._context, order, "more than remains", moment)

    def still_wanted(self, name: str) -> bool:
        """Whether an order that waits to be sent sells no more than its unit has to sell."""
        known = self._known.get(name)
        if known is None:
            return True
        order, unit = known
        return not unit.left_alone and _fits(unit, order)

    def withdraw_again(self, unit: LeggedUnit, order: Order, moment: Moment) -> None:
        """Cancel an order that works on though its unit was left to the operator without one.

        It had not left yet, or its cancellation was lost or refused.
        """
        tried = unit.withdrawn or order.cancel_s is not None
        if not (unit.left_alone and tried and order.state in _WORKS):
            return
        wait_s = self._context.gate.limits.unknown_after_s
        if order.cancel_s is not None and moment.now_s < order.cancel_s + wait_s:
            unit.look_by(order.cancel_s + wait_s)
        else:
            cancel(self._context, order, "its unit is left to the operator", moment)

    def _send(self, unit: LeggedUnit, target: Target, moment: Moment) -> None:
        quantity = self._with_one_effect(unit.uncovered, unit.right, target)
        if quantity <= 0 or moment.now_s < unit.retry_s:
            return
        number = unit.next_order(target)
        legs, bid, ask = self._legs(unit, target)
        order = submit(
            self._context,
            target.part,
            legs,
            quantity,
            target.limit_c,
            moment,
            cycle=unit.cycle,
            number=number,
            bid=bid,
            ask=ask,
            floor=0.0,
            waited_s=round(unit.age_s(moment.now_s), 3),
            stage=unit.stage.value,
        )
        self.follow(order, unit)

    def _with_one_effect(self, quantity: int, right: str, target: Target) -> int:
        """The part of an order in which each leg only opens or only closes; the rest follows it."""
        chain, held = self._context.chain, self._context.contracts.held
        for strike, side in ((target.buy_strike, 1), (target.sell_strike, -1)):
            if quantity > 0:
                key = contract_key(chain.symbol, chain.expiration, right, strike)
                quantity = with_one_effect(held(key), side * quantity)
        return quantity

    def _legs(
        self, unit: LeggedUnit, target: Target
    ) -> tuple[tuple[SpreadLeg, SpreadLeg], float, float]:
        """The order's legs with the last quotes, and the vertical's natural market in dollars."""
        context = self._context
        chain = context.last_quotes.chain if context.last_quotes else None
        row = CALL if unit.right == "call" else PUT
        nan = math.nan

        def leg(strike: float, side: Side) -> SpreadLeg:
            try:
                if chain is not None:
                    return chain.leg(row, chain.index(strike), side)
            except KeyError:
                pass
            return SpreadLeg(strike, context.chain.expiration, unit.right, side, nan, nan)

        buy, sell = leg(target.buy_strike, "buy"), leg(target.sell_strike, "sell")
        return (buy, sell), round(sell.bid - buy.ask, 4), round(sell.ask - buy.bid, 4)

    # ------------------------------------------------------------------ what the broker says

    def on_report(self, order: Order, report: OrderReport, moment: Moment) -> None:
        """Apply a report about a completing order of this trader."""
        _, unit = self._known[order.request.client_order_id]
        was_live = order.live
        if report.kind is ReportKind.LEG_FILL:
            unit.leg_executed(order)
        applied = take_report(
            self._context,
            order,
            report,
            moment,
            lambda booking, fee_c: unit.book(order.request, booking, fee_c, moment.now_s),
        )
        if was_live and not order.live:
            self._ended(unit, order, report.reason, moment)
        elif applied.bookings:
            self._on_change(unit, moment)
        elif unit.confirming == report.client_order_id:
            if report.kind in _FINAL:
                if unit.answered():
                    self._confirmed_dead(unit, moment)
            elif report.kind is ReportKind.NOT_FOUND:
                unit.count_not_found(unit.not_found + 1)

    def on_failed(self, order: Order, failed: Failed, moment: Moment) -> None:
        """The order never reached the broker and never will: try again after a moment.

        One that was held back (`denied`) is no reject.
        """
        _, unit = self._known[order.request.client_order_id]
        if failed.denied and order.trigger(Trigger.DENY):
            name, status = order.request.client_order_id, order.state.value
            context = self._context
            context.note(ev.OrderEnded(moment.at_ms, context.key, name, status, failed.reason))
            unit.order_held_back(order, moment.now_s)
            self._on_change(unit, moment)
        elif order.live and order.trigger(Trigger.REJECTED):
            self._ended(unit, order, failed.reason, moment, arrived=False)

    def _ended(
        self, unit: LeggedUnit, order: Order, reason: str, moment: Moment, *, arrived: bool = True
    ) -> None:
        context = self._context
        name, state = order.request.client_order_id, order.state
        rejected = state is OrderState.REJECTED
        context.note(ev.OrderEnded(moment.at_ms, context.key, name, state.value, reason))
        unit.order_ended(order, rejected=rejected)
        if rejected:
            self._rejected(unit, reason, moment)
        self._on_change(unit, moment)
        if unit.remaining <= 0:
            return
        if state is OrderState.FILLED:
            if not unit.left_alone:
                unit.look_at(moment.now_s)
        elif arrived and (order.working_s is not None or context.gate.desk.answers_queries):
            # An execution may still be on its way: nothing new before the broker has confirmed.
            self._confirm(unit, name, moment)
            if rejected and order.working_s is None:
                # Many brokers forget at once what they rejected.
                unit.count_not_found(FORGOTTEN - 1)
            if not context.gate.desk.ends_asked_again:
                context.out.append(Query(name))

    def _rejected(self, unit: LeggedUnit, reason: str, moment: Moment) -> None:
        """Back off, twice as long each time, and leave the unit to the operator in the end."""
        if unit.stage is Stage.PARKED:
            let_rest(self._context, unit, False, moment)
        elif unit.rejects >= MAX_REJECTS:
            text = f"rejected {unit.rejects} times in a row: {reason or 'no reason given'}"
            park(self._context, unit, moment, text)
        else:
            unit.back_off(moment.now_s)

    # ------------------------------------------------------------------ are all executions known?

    def _confirm(self, unit: LeggedUnit, name: str, moment: Moment) -> None:
        """Send nothing more for a unit before all executions of an ended order are known.

        A polled broker is asked about every end again, the first time not at once: only then may
        it know of an execution that overtook the cancellation.
        """
        asked_s = ASKED_AFTER_S[0] if self._context.gate.desk.ends_asked_again else 0.0
        unit.confirm(name, moment.now_s + asked_s + self._context.gate.limits.unknown_after_s)

    def mark_unconfirmed(self, name: str, moment: Moment) -> None:
        """A report about an order made no sense, and the broker is asked what it was.

        It may have been an execution. A "cancelled" that arrives in the same moment does not say
        that it was none, so one more answer is waited for.
        """
        known = self._known.get(name)
        if known is None:
            return
        order, unit = known
        if unit.confirming == name:
            unit.expect_answer()
        elif not order.live and not unit.confirming and unit.remaining > 0:
            self._confirm(unit, name, moment)

    def mark_all_unconfirmed(self) -> None:
        """Wherever an answer is waited for, wait for one more: a report of it may be lost."""
        for unit in self._units.values():
            if unit.confirming:
                unit.expect_answer()

    def still_confirming(self, unit: LeggedUnit, moment: Moment) -> bool:
        """Ask again what the ended order executed, where not all of its executions are known.

        False where they are, where the broker answers no queries, or where it says again and again
        that it does not know the order while its positions agree with the book.
        """
        context, desk = self._context, self._context.gate.desk
        forgotten = unit.not_found >= FORGOTTEN and context.key not in desk.unreconciled
        if not unit.confirming or not desk.answers_queries or forgotten:
            unit.confirmed()
            return False
        unit.ask_again(context.gate.limits.unknown_after_s, moment.now_s)
        context.out.append(Query(unit.confirming))
        return True

    def _confirmed_dead(self, unit: LeggedUnit, moment: Moment) -> None:
        """All executions of the cancelled order are known: send what was to follow it."""
        unit.confirmed()
        if unit.remaining <= 0 or unit.left_alone:
            return
        unit.look_at(max(moment.now_s, unit.retry_s))
        if unit.next_target is not None and self._context.may_send:
            self._send(unit, unit.next_target, moment)
            plan_look(self._context, unit, moment)


def _fits(unit: LeggedUnit, order: Order) -> bool:
    """Whether an order can execute no more than remains of its unit."""
    return order.leaves <= max(0, unit.remaining - unit.leg_unconfirmed)
