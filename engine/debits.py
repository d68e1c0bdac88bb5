"""The debit side of a trader: one attempt at a time, from the scan to the attempt's end."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from engine.learning.sizing import SIZE_EVERY_ATTEMPTS, next_size
from engine.market.chain import OptionChain
from engine.market.session import Moment
from engine.orders import events as ev
from engine.orders.actions import Cancel, Query, Quotes, Submit, Warn
from engine.orders.states import LIVE, Applied, Booking, Order, OrderState, Trigger
from engine.orders.types import OrderReport, OrderRequest, OrderResult, Part, ReportKind
from engine.pricing.opportunity import TwoPartOpportunity
from engine.pricing.rules import ScanRules
from engine.risk.gate import Gate

if TYPE_CHECKING:
    from engine.completion import LeggedUnit
    from engine.expiration_trader import ExpirationTrader

KEPT_ORDERS: Final = 8
"""Ended debits a trader remembers, so that a late execution finds its plan."""


class Attempt:
    """One debit order with what it was sent for.

    Attributes:
        first_s: engine seconds of its first execution.
        unit: what its executions became, kept after the unit ended: a late one continues it.
    """

    __slots__ = ("cycle", "delay_s", "ended", "first_s", "hour", "opportunity", "order", "unit")

    def __init__(
        self, order: Order, opportunity: TwoPartOpportunity, cycle: int, delay_s: float, hour: int
    ) -> None:
        self.order = order
        self.opportunity = opportunity
        self.cycle = cycle
        self.delay_s = delay_s
        self.hour = hour
        self.ended = False
        self.first_s: float | None = None
        self.unit: LeggedUnit | None = None


class DebitDesk:
    """Sends debits for one trader and follows each to its end.

    Attributes:
        live: the attempt whose order may still execute, None between attempts.
        attempts, fills: whole attempts that ended, and those with any execution in time.
        last_result: FIL, PAR, TMO, REJ, CAN or "" before the first.
        opportunity, exclusions: what the last scan chose and why it left others out.
    """

    def __init__(self, trader: ExpirationTrader) -> None:
        self.trader = trader
        self.live: Attempt | None = None
        self.attempts = 0
        self.fills = 0
        self.rejects = 0
        self.since_size_change = 0
        self.fills_since_size_change = 0
        self.only_downward = False
        self.last_result = ""
        self.opportunity: TwoPartOpportunity | None = None
        self.exclusions: dict[str, int] = {}
        self.cancel_at_s = math.inf
        self.cancel_reason = "timeout"
        self._known: OrderedDict[str, Attempt] = OrderedDict()
        self._capped: tuple[int, ScanRules, ScanRules] | None = None
        self._sent_last: tuple[object, ...] = ()
        self._sent_last_s = -math.inf

    def find(self, order: str) -> Order | None:
        """A live or recently ended debit of this trader."""
        attempt = self._known.get(order)
        return None if attempt is None else attempt.order

    # ------------------------------------------------------------------ sending

    def try_debit(self, quotes: Quotes, moment: Moment) -> None:
        """Choose a pair from fresh quotes and send its debit, or say which gate is closed."""
        trader = self.trader
        chain = quotes.chain
        closed = trader.entry_gate(moment)
        if closed is not None:
            trader.block(closed, moment)
            return
        if chain is None:
            trader.block(Gate.NOT_LISTED, moment)
            return
        limit_s = trader.bar_s or trader.gate.limits.max_quote_age_s
        if not abs(moment.epoch_s - chain.confirmed_s) <= limit_s:
            trader.block(Gate.QUOTES_STALE, moment)
            return
        quantity = min(trader.sizing.current_contracts, trader.gate.room(trader.exposure))
        if quantity <= 0:
            trader.block(Gate.IMBALANCE_CHAIN, moment)
            return
        chosen = self._choose(chain, quantity)
        if isinstance(chosen, Gate):
            trader.block(chosen, moment)
            return
        closed = trader.gate.capital_gate(trader.exposure, quantity, chosen.debit_limit_c)
        if closed is not None:
            trader.block(closed, moment)
            return
        same = (chosen.right, chosen.debit_long, chosen.debit_short, chosen.debit_limit_c, quantity)
        age_s = moment.now_s - self._sent_last_s
        if same == self._sent_last and age_s < trader.gate.limits.duplicate_within_s:
            trader.block(Gate.DUPLICATE, moment)
            return
        self._sent_last, self._sent_last_s = same, moment.now_s
        trader.blocked = None
        self._send(chosen, quantity, moment)

    def _choose(self, chain: OptionChain, quantity: int) -> TwoPartOpportunity | Gate:
        trader = self.trader
        rules = trader.entry_rules
        capital_c = trader.gate.largest_debit_c(trader.exposure, quantity)
        fraction = trader.config.ladder.unwind_fraction
        sums = trader.gate.exposure
        left_c = trader.gate.loss_room_c() - fraction * (sums.legged_c + sums.working_c)
        room_c = left_c // (quantity * trader.exposure.multiplier)
        if capital_c < trader.tick_c:
            closed = trader.gate.capital_gate(trader.exposure, quantity, trader.tick_c)
            return closed or Gate.CAPITAL_DESK
        if room_c < 2 * trader.tick_c:
            return Gate.LOSS_ROOM
        dearest_c = min(capital_c, int(room_c / fraction)) if fraction else capital_c
        if dearest_c < rules.max_width * 100:
            rules = self._cap(dearest_c)
        result = trader.scan(chain, rules)
        if len(result) == 0:
            self.opportunity = None
            self.exclusions = result.exclusions
            return Gate.NO_PAIR
        self.opportunity = result.opportunity(0)
        return self.opportunity

    def _cap(self, dearest_c: int) -> ScanRules:
        rules = self.trader.entry_rules
        capped = self._capped
        if capped is None or capped[0] != dearest_c or capped[1] is not rules:
            gate = replace(rules.gate, max_debit_c=dearest_c) if rules.gate else None
            capped = self._capped = (dearest_c, rules, replace(rules, gate=gate))
        return capped[2]

    def _send(self, chosen: TwoPartOpportunity, quantity: int, moment: Moment) -> None:
        trader = self.trader
        trader.cycle += 1
        request = OrderRequest(
            trader.ids.make(trader.cycle, Part.DEBIT, 1),
            trader.key,
            trader.symbol,
            trader.expiration,
            Part.DEBIT,
            chosen.debit_legs,
            quantity,
            chosen.debit_limit_c,
            trader.exposure.multiplier,
        )
        order = Order(request, OrderState.RECORDED)
        hour = trader.session.exchange_hour(moment.epoch_s)
        attempt = Attempt(order, chosen, trader.cycle, trader.next_delay_s, hour)
        self.live = attempt
        self._known[request.client_order_id] = attempt
        if len(self._known) > KEPT_ORDERS:
            self._known.popitem(last=False)
        self.cancel_at_s = math.inf
        self.cancel_reason = "timeout"
        trader.next_attempt_s = None
        trader.gate.rate.spend(moment.now_s)
        trader.out.append(
            Submit(
                request,
                ev.OrderIntended(
                    moment.at_ms,
                    trader.key,
                    request.client_order_id,
                    trader.cycle,
                    "D",
                    1,
                    chosen.right[0].upper(),
                    chosen.debit_long,
                    chosen.debit_short,
                    quantity,
                    chosen.debit_limit_c,
                    round(chosen.debit_bid, 4),
                    round(chosen.debit_ask, 4),
                    round(chosen.floor, 4),
                    round(attempt.delay_s, 3),
                    "",
                ),
            )
        )

    # ------------------------------------------------------------------ what the broker says

    def on_report(self, order: Order, report: OrderReport, moment: Moment) -> None:
        """Apply a report about a debit of this trader."""
        trader = self.trader
        attempt = self._known[order.request.client_order_id]
        applied = order.on_report(report, moment.now_s)
        if report.kind is ReportKind.ACK and not applied.ignored:
            trader.note(
                ev.OrderWorking(
                    moment.at_ms, trader.key, report.client_order_id, report.broker_order_id
                )
            )
            if self.live is attempt:
                due_s = moment.now_s + trader.timing.cancel_after_seconds
                self.cancel_at_s = min(due_s, self._cap_s(order))
        for booking in applied.bookings:
            self._executed(attempt, booking, applied.late, moment)
        warn_about(trader, order, report, applied)
        if order.state is OrderState.UNKNOWN and applied.before is OrderState.CANCEL_SENT:
            ask(trader, order, moment)
        if not order.live and not attempt.ended:
            self._ended(attempt, report.reason, moment)
        elif applied.bookings:
            self._rest(attempt, applied.late, moment)

    def _executed(
        self,
        attempt: Attempt,
        booking: Booking,
        late: bool,
        moment: Moment,
    ) -> None:
        trader = self.trader
        execution, quantity, price_c = booking
        if attempt.first_s is None:
            attempt.first_s = moment.now_s
        fee_c = trader.fees.vertical_fee_c(abs(quantity), trader.symbol)
        fee_c = fee_c if quantity > 0 else -fee_c
        trader.note(
            ev.Executed(
                moment.at_ms,
                trader.key,
                attempt.order.request.client_order_id,
                execution,
                quantity,
                price_c,
                fee_c,
                late,
            )
        )
        trader.completer.debit_executed(attempt, quantity, price_c, fee_c, moment)

    def _rest(self, attempt: Attempt, late: bool, moment: Moment) -> None:
        """Cancel what would still execute beside contracts that need their credit now."""
        if attempt.order.live and attempt.order.leaves and attempt is self.live:
            self.cancel("rest after a partial fill", moment)
        if late and self.live is not None and self.live is not attempt:
            self.cancel("completing a late fill first", moment)

    def cancel(self, reason: str, moment: Moment) -> None:
        """Ask for the live debit's cancellation, once."""
        attempt = self.live
        if attempt is None:
            return
        if attempt.order.state is OrderState.RECORDED:
            self.cancel_reason = reason
            self.cancel_at_s = moment.now_s
            return
        if not attempt.order.cancel_sent(moment.now_s):
            return
        name = attempt.order.request.client_order_id
        self.cancel_reason = reason
        self.trader.note(ev.CancelSent(moment.at_ms, self.trader.key, name, reason))
        self.trader.out.append(Cancel(name, reason))

    def on_failed(self, order: Order, reason: str, moment: Moment) -> None:
        """The order never reached the broker and never will: it counts as rejected."""
        if order.live and order.trigger(Trigger.REJECTED):
            self._ended(self._known[order.request.client_order_id], reason, moment)

    def _ended(self, attempt: Attempt, reason: str, moment: Moment) -> None:
        trader, order = self.trader, attempt.order
        attempt.ended = True
        name, state = order.request.client_order_id, order.state
        trader.note(ev.OrderEnded(moment.at_ms, trader.key, name, state.value, reason))
        result = self._result(order)
        fill_time_ms = None
        if order.filled:
            started = order.working_s if order.working_s is not None else order.sent_s
            first_s = moment.now_s if attempt.first_s is None else attempt.first_s
            started = first_s if started is None else started
            fill_time_ms = max(0, round((first_s - started) * 1000))
        if result is not OrderResult.REJECTED:
            self.attempts += 1
            self.fills += order.filled > 0
            trader.note(
                ev.AttemptEnded(
                    moment.at_ms,
                    trader.key,
                    attempt.cycle,
                    name,
                    order.request.quantity,
                    order.filled,
                    result.value,
                    attempt.hour,
                    round(attempt.delay_s, 3),
                    fill_time_ms,
                )
            )
        self.last_result = _SHORT[result]
        self.live = None
        self.cancel_at_s = math.inf
        trader.completer.debit_dead(attempt.cycle, moment)
        self._after(result, order.filled > 0, reason, moment)

    def _result(self, order: Order) -> OrderResult:
        if order.filled:
            return OrderResult.PARTIAL if order.leaves else OrderResult.FILLED
        if order.state is OrderState.REJECTED:
            return OrderResult.REJECTED
        return OrderResult.TIMEOUT if self.cancel_reason == "timeout" else OrderResult.CANCELLED

    def _after(self, result: OrderResult, filled: bool, reason: str, moment: Moment) -> None:
        """Back off, hold, resize, and draw the next delay."""
        trader = self.trader
        if result is OrderResult.REJECTED:
            self.rejects += 1
            trader.plan_next(moment, factor=2.0)
            if self.rejects >= trader.gate.limits.rejects_hold_trader:
                text = f"{self.rejects} rejects in a row, the last: {reason or 'no reason given'}"
                trader.hold(Gate.REJECTS, text, math.inf, moment)
            return
        self.rejects = 0
        trader.plan_next(moment)
        if result is not OrderResult.CANCELLED:
            self._judge(filled, moment)

    def _judge(self, filled: bool, moment: Moment) -> None:
        trader = self.trader
        trader.window.record(filled)
        self.since_size_change += 1
        self.fills_since_size_change += filled
        if self.since_size_change >= SIZE_EVERY_ATTEMPTS:
            before = trader.sizing.current_contracts
            after = next_size(
                trader.sizing,
                self.fills_since_size_change / self.since_size_change,
                before,
                downward_only=self.only_downward,
            )
            self.since_size_change = self.fills_since_size_change = 0
            if after != before:
                trader.sizing.current_contracts = after
                trader.note(
                    ev.SizeChanged(moment.at_ms, trader.key, before, after, "fill rate of 20")
                )
        settings, window = trader.config.fill_rate, trader.window
        if window.should_pause(settings.min_fill_rate):
            text = f"{window.fills}/{window.attempts} fills, below {settings.min_fill_rate:.0%}"
            until_s = moment.now_s + settings.pause_s
            trader.hold(Gate.HELD, text, until_s, moment)

    # ------------------------------------------------------------------ timers

    def watch(self, moment: Moment) -> None:
        """Cancel what has worked long enough; look up what gives no answer."""
        attempt = self.live
        if attempt is None:
            return
        order = attempt.order
        if order.state in LIVE and moment.now_s >= self._cancel_s(order):
            self.cancel_at_s = math.inf
            self.cancel(self.cancel_reason, moment)
        watch_silence(self.trader, order, moment)

    def _cap_s(self, order: Order) -> float:
        """Engine second from which a debit is not left working, acknowledged or not."""
        if order.sent_s is None:
            return math.inf
        return order.sent_s + self.trader.gate.limits.order_hard_cap_s

    def _cancel_s(self, order: Order) -> float:
        """When the live debit's first cancel, or another after an answer, is due."""
        if order.cancel_s is None:
            return min(self.cancel_at_s, self._cap_s(order))
        return self.cancel_at_s

    def wake_s(self) -> float:
        """Engine second at which this side wants to be asked again."""
        if self.live is None:
            return math.inf
        order = self.live.order
        if order.state is OrderState.RECORDED:
            return math.inf
        return min(self._cancel_s(order), silence_s(self.trader, order))


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
    ask(trader, order, moment)


def ask(trader: ExpirationTrader, order: Order, moment: Moment) -> None:
    """Ask the broker what became of an order."""
    order.asked += 1
    order.asked_s = moment.now_s
    trader.out.append(Query(order.request.client_order_id))


def warn_about(
    trader: ExpirationTrader, order: Order, report: OrderReport, applied: Applied
) -> None:
    """Raise an alarm where a report makes book and broker differ or takes a trade back."""
    name = order.request.client_order_id
    if applied.refused:
        text = f"execution {report.execution_id} does not fit order {name}"
    elif report.kind is ReportKind.CORRECTION and applied.bookings:
        text = f"execution {report.execution_id} of order {name} was corrected"
    else:
        return
    trader.out.append(Warn("BOOK_DIFFERS", f"{trader.key}: {text}", True))


_SHORT: Final = {
    OrderResult.FILLED: "FIL",
    OrderResult.PARTIAL: "PAR",
    OrderResult.TIMEOUT: "TMO",
    OrderResult.CANCELLED: "CAN",
    OrderResult.REJECTED: "REJ",
}
