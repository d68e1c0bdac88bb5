"""The orders of legged units: one at a time each, replaced only when the former is surely dead."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from engine.market.chain import CALL, PUT
from engine.market.legs import Side, SpreadLeg
from engine.market.session import Moment
from engine.orders import events as ev
from engine.orders.actions import Query
from engine.orders.ladder import Stage
from engine.orders.states import Booking, Order, OrderState, Trigger
from engine.orders.types import OrderReport, Part, ReportKind
from engine.trader.legged_unit import LeggedUnit, Target
from engine.trader.order_life import cancel, submit, take_report
from engine.trader.remembered_orders import KeptOrders

if TYPE_CHECKING:
    from engine.trader.completing import CreditSide

KEPT_ORDERS: Final = 48
MAX_REJECTS: Final = 8
"""Completing orders rejected in a row before the unit is left to the operator."""

LONGEST_BACK_OFF_S: Final = 30.0
_LAST_WORDS: Final = (ReportKind.CANCELED, ReportKind.EXPIRED, ReportKind.REJECTED)

FORGOTTEN: Final = 4
"""Answers "no such order" after which a cancelled order is taken for forgotten, not for executed;
the questions are 2, 4, 8 and 16 s apart, so that the books have been compared meanwhile."""


class CreditOrders:
    """Sends what the units of one trader want working, and hears what becomes of it.

    Args:
        completer: decides what is wanted, and is told when a unit changed.
    """

    def __init__(self, completer: CreditSide) -> None:
        self.trader = completer.trader
        self._completer = completer
        self._known: KeptOrders[tuple[Order, LeggedUnit]] = KeptOrders(
            KEPT_ORDERS, lambda known: known[0], self.trader.executed_kept
        )

    def find(self, order: str) -> Order | None:
        """A live or recently ended completing order of this trader."""
        known = self._known.get(order)
        return None if known is None else known[0]

    def follow(self, order: Order, unit: LeggedUnit) -> None:
        """Follow an order that an earlier process sent for a unit and that may still execute."""
        unit.order = order
        self._known.add(order.request.client_order_id, (order, unit))

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
            unit.next_target = None
            return
        unit.next_target = target
        cancel(self.trader, order, "reprice", moment)

    def trim(self, unit: LeggedUnit, order: Order, moment: Moment) -> None:
        """Cancel an order that could sell more than remains, after a late fill or a correction."""
        if order.leaves <= max(0, unit.remaining - unit.leg_unconfirmed):
            return
        if order.state is not OrderState.UNKNOWN or order.cancel_s is None:
            cancel(self.trader, order, "more than remains", moment)

    def _send(self, unit: LeggedUnit, target: Target, moment: Moment) -> None:
        trader = self.trader
        quantity = unit.uncovered
        if quantity <= 0 or moment.now_s < unit.retry_s:
            return
        unit.orders += 1
        unit.next_target = None
        unit.limit_c = target.limit_c
        if target.part is Part.CREDIT:
            unit.credit_long, unit.credit_short = target.buy_strike, target.sell_strike
        legs, bid, ask = self._legs(unit, target)
        order = submit(
            trader,
            target.part,
            legs,
            quantity,
            target.limit_c,
            moment,
            cycle=unit.cycle,
            number=unit.orders,
            bid=bid,
            ask=ask,
            floor=0.0,
            waited_s=round(unit.age_s(moment.now_s), 3),
            stage=unit.stage.value,
        )
        unit.order = order
        self._known.add(order.request.client_order_id, (order, unit))

    def _legs(
        self, unit: LeggedUnit, target: Target
    ) -> tuple[tuple[SpreadLeg, SpreadLeg], float, float]:
        """The order's legs with the last quotes, and the vertical's natural market in dollars."""
        trader = self.trader
        chain = trader.last_quotes.chain if trader.last_quotes else None
        row = CALL if unit.right == "call" else PUT
        nan = math.nan

        def leg(strike: float, side: Side) -> SpreadLeg:
            try:
                if chain is not None:
                    return chain.leg(row, chain.index(strike), side)
            except KeyError:
                pass
            return SpreadLeg(strike, trader.expiration, unit.right, side, nan, nan)

        buy, sell = leg(target.buy_strike, "buy"), leg(target.sell_strike, "sell")
        return (buy, sell), round(sell.bid - buy.ask, 4), round(sell.ask - buy.bid, 4)

    def on_report(self, order: Order, report: OrderReport, moment: Moment) -> None:
        """Apply a report about a completing order of this trader."""
        _, unit = self._known[order.request.client_order_id]
        was_live = order.live
        if report.kind is ReportKind.LEG_FILL and order not in unit.leg_reported:
            unit.leg_reported.append(order)
        applied = take_report(
            self.trader,
            order,
            report,
            moment,
            lambda booking, fee_c: _book(unit, order, booking, fee_c, moment),
        )
        if was_live and not order.live:
            self._ended(unit, order, report.reason, moment)
        elif applied.bookings:
            self._completer.changed(unit, moment)
        elif unit.confirming == report.client_order_id:
            if report.kind in _LAST_WORDS:
                self._answered(unit, moment)
            elif report.kind is ReportKind.NOT_FOUND:
                unit.not_found += 1

    def on_failed(self, order: Order, reason: str, moment: Moment) -> None:
        """The order never reached the broker and never will: try again after a moment."""
        _, unit = self._known[order.request.client_order_id]
        if order.live and order.trigger(Trigger.REJECTED):
            self._ended(unit, order, reason, moment, arrived=False)

    def _ended(
        self, unit: LeggedUnit, order: Order, reason: str, moment: Moment, *, arrived: bool = True
    ) -> None:
        trader = self.trader
        name, state = order.request.client_order_id, order.state
        trader.note(ev.OrderEnded(moment.at_ms, trader.key, name, state.value, reason))
        if unit.order is order:
            unit.order = None
        if state is OrderState.REJECTED:
            self._rejected(unit, reason, moment)
        else:
            unit.rejects = 0
        self._completer.changed(unit, moment)
        if unit.remaining <= 0 or (unit.stage is Stage.PARKED and not unit.rests):
            return
        if state is OrderState.FILLED:
            unit.look_s = moment.now_s
        elif arrived and (order.working_s is not None or trader.gate.desk.answers_queries):
            # An execution may still be on its way: nothing new before the broker has told all.
            self._verify(unit, name, moment)
            if state is OrderState.REJECTED and order.working_s is None:
                unit.not_found = FORGOTTEN - 1  # many brokers forget what they refused at once
            trader.out.append(Query(name))

    def _verify(self, unit: LeggedUnit, name: str, moment: Moment) -> None:
        """Send nothing more for a unit before an ended order's executions have been told."""
        unit.confirming, unit.asked, unit.not_found, unit.answers_due = name, 1, 0, 1
        unit.look_s = moment.now_s + self.trader.gate.limits.unknown_after_s

    def mark_unconfirmed(self, name: str, moment: Moment) -> None:
        """A report about an order made no sense, and the broker is asked what it was.

        It may have been an execution. What is being told in the same breath ("cancelled") does
        not say that it was none, so one answer more is waited for.
        """
        known = self._known.get(name)
        if known is None:
            return
        order, unit = known
        if unit.confirming == name:
            unit.answers_due += 1
        elif not order.live and not unit.confirming and unit.remaining > 0:
            self._verify(unit, name, moment)

    def mark_all_unconfirmed(self) -> None:
        """One answer more is waited for wherever one is due: something of it may have been lost."""
        for unit in self._completer.units.values():
            if unit.confirming:
                unit.answers_due += 1

    def _answered(self, unit: LeggedUnit, moment: Moment) -> None:
        """The broker's last word about the order that is asked after has come once more."""
        unit.answers_due -= 1
        if unit.answers_due <= 0:
            self._confirmed_dead(unit, moment)

    def still_asking(self, unit: LeggedUnit, moment: Moment) -> bool:
        """Ask again what the ended order executed, where the broker has not told all yet.

        False where it has, where it answers no questions, or where it says again and again that
        it has forgotten the order while its positions agree with the book.
        """
        trader = self.trader
        forgotten = unit.not_found >= FORGOTTEN and trader.key not in trader.gate.desk.unreconciled
        if not unit.confirming or not trader.gate.desk.answers_queries or forgotten:
            unit.confirming = ""
            return False
        wait_s = trader.gate.limits.unknown_after_s * min(8.0, 2.0**unit.asked)
        unit.asked += 1
        unit.answers_due = 1
        unit.look_s = moment.now_s + wait_s
        trader.out.append(Query(unit.confirming))
        return True

    def _rejected(self, unit: LeggedUnit, reason: str, moment: Moment) -> None:
        """Back off, twice as long each time, and leave the unit to the operator in the end."""
        unit.rejects += 1
        if unit.stage is Stage.PARKED:
            self._completer.rest(unit, False, moment)
        elif unit.rejects >= MAX_REJECTS:
            why = f"rejected {unit.rejects} times in a row: {reason or 'no reason given'}"
            self._completer.park(unit, moment, why)
        else:
            wait_s = min(LONGEST_BACK_OFF_S, 2.0 ** (unit.rejects - 1))
            unit.retry_s = moment.now_s + wait_s
            unit.look_s = min(unit.look_s, unit.retry_s)

    def _confirmed_dead(self, unit: LeggedUnit, moment: Moment) -> None:
        """The cancelled order has told all its executions: send what was to follow it."""
        unit.confirming = ""
        if unit.remaining <= 0 or (unit.stage is Stage.PARKED and not unit.rests):
            return
        unit.look_s = max(moment.now_s, unit.retry_s)
        if unit.next_target is not None and not self._completer.closed():
            self._send(unit, unit.next_target, moment)
            self._completer.plan_look(unit, moment)


def _book(unit: LeggedUnit, order: Order, booking: Booking, fee_c: int, moment: Moment) -> None:
    """Add an execution of a completing order to its unit."""
    request = order.request
    _, quantity, price_c = booking
    unit.fees_c += fee_c
    unit.last_fill_s = moment.now_s
    if request.part is Part.CREDIT:
        unit.credited += quantity
        unit.sold.append((quantity, price_c, request.legs[1].strike, request.legs[0].strike))
    else:
        unit.unwound += quantity
        unit.unwound_c += quantity * price_c
