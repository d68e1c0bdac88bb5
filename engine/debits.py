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
from engine.orders.actions import Cancel, Query, Quotes, Submit
from engine.orders.states import LIVE, Order, OrderState, Trigger
from engine.orders.types import OrderReport, OrderRequest, OrderResult, Part, ReportKind
from engine.pricing.opportunity import TwoPartOpportunity
from engine.pricing.rules import ScanRules
from engine.risk.gate import Gate

if TYPE_CHECKING:
    from engine.expiration_trader import ExpirationTrader

KEPT_ORDERS: Final = 8
"""Ended debits a trader remembers, so that a late execution finds its plan."""


class Attempt:
    """One debit order with what it was sent for."""

    __slots__ = ("cycle", "delay_s", "ended", "hour", "opportunity", "order", "reason")

    def __init__(
        self, order: Order, opportunity: TwoPartOpportunity, cycle: int, delay_s: float, hour: int
    ) -> None:
        self.order = order
        self.opportunity = opportunity
        self.cycle = cycle
        self.delay_s = delay_s
        self.hour = hour
        self.ended = False
        self.reason = ""


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
        self._capped: tuple[int, ScanRules] | None = None

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
        if not moment.epoch_s - chain.confirmed_s <= limit_s:
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
        trader.blocked = None
        self._send(chosen, quantity, moment)

    def _choose(self, chain: OptionChain, quantity: int) -> TwoPartOpportunity | Gate:
        trader = self.trader
        rules = trader.rules
        capital_c = trader.gate.largest_debit_c(trader.exposure, quantity)
        room_c = trader.gate.loss_room_c() // (quantity * trader.exposure.multiplier)
        if capital_c <= 0:
            return Gate.CAPITAL_DESK
        if room_c < 2 * trader.tick_c:
            return Gate.LOSS_ROOM
        dearest_c = min(capital_c, int(room_c / trader.config.ladder.unwind_fraction))
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
        rules = self.trader.rules
        if self._capped is None or self._capped[0] != dearest_c:
            gate = replace(rules.gate, max_debit_c=dearest_c) if rules.gate else None
            self._capped = (dearest_c, replace(rules, gate=gate))
        return self._capped[1]

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
            self.cancel_at_s = moment.now_s + trader.timing.cancel_after_seconds
        if applied.quantity:
            self._executed(attempt, report, applied.quantity, applied.price_c, applied.late, moment)
        if order.state is OrderState.UNKNOWN and applied.before is OrderState.CANCEL_SENT:
            trader.out.append(Query(report.client_order_id))
        if not order.live and not attempt.ended and order.state is not OrderState.RECORDED:
            self._ended(attempt, report.reason, moment)

    def _executed(
        self,
        attempt: Attempt,
        report: OrderReport,
        quantity: int,
        price_c: int,
        late: bool,
        moment: Moment,
    ) -> None:
        trader = self.trader
        order = attempt.order
        fee_c = trader.fees.vertical_fee_c(abs(quantity), trader.symbol)
        fee_c = fee_c if quantity > 0 else -fee_c
        trader.note(
            ev.Executed(
                moment.at_ms,
                trader.key,
                report.client_order_id,
                report.execution_id,
                quantity,
                price_c,
                fee_c,
                late,
            )
        )
        trader.completer.debit_executed(attempt, quantity, price_c, fee_c, moment)
        if order.live and order.leaves:
            self.cancel("rest after a partial fill", moment)
        if late and self.live is not None and self.live is not attempt:
            self.cancel("completing a late fill first", moment)

    def cancel(self, reason: str, moment: Moment) -> None:
        """Ask for the live debit's cancellation, once."""
        attempt = self.live
        if attempt is None or not attempt.order.cancel_sent(moment.now_s):
            return
        name = attempt.order.request.client_order_id
        self.cancel_reason = reason
        self.trader.note(ev.CancelSent(moment.at_ms, self.trader.key, name, reason))
        self.trader.out.append(Cancel(name, reason))

    def on_failed(self, order: Order, reason: str, moment: Moment) -> None:
        """The order never left: it counts as rejected."""
        order.state = OrderState.REJECTED
        self._ended(self._known[order.request.client_order_id], reason, moment)

    def _ended(self, attempt: Attempt, reason: str, moment: Moment) -> None:
        trader, order = self.trader, attempt.order
        attempt.ended = True
        name, state = order.request.client_order_id, order.state
        trader.note(ev.OrderEnded(moment.at_ms, trader.key, name, state.value, reason))
        result = self._result(order)
        fill_time_ms = None
        if order.filled:
            unit = trader.completer.units.get(attempt.cycle)
            started = order.working_s if order.working_s is not None else order.sent_s
            first_s = unit.first_fill_s if unit else moment.now_s
            fill_time_ms = max(0, round((first_s - (started or first_s)) * 1000))
        if state is not OrderState.REJECTED:
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
        if order.working_s is not None and moment.now_s >= self.cancel_at_s:
            self.cancel_at_s = math.inf
            self.cancel("timeout", moment)
        watch_silence(self.trader, order, moment)

    def wake_s(self) -> float:
        """Engine second at which this side wants to be asked again."""
        if self.live is None:
            return math.inf
        return min(self.cancel_at_s, silence_s(self.trader, self.live.order))


def silence_s(trader: ExpirationTrader, order: Order) -> float:
    """When an order without an answer must be looked up, engine seconds."""
    wait_s = trader.gate.limits.unknown_after_s
    if order.state is OrderState.SENT and order.sent_s is not None:
        return order.sent_s + wait_s
    if order.state is OrderState.CANCEL_SENT and order.cancel_s is not None:
        return order.cancel_s + wait_s
    if order.state is OrderState.UNKNOWN and order.cancel_s is not None:
        return order.cancel_s + wait_s
    return math.inf


def watch_silence(trader: ExpirationTrader, order: Order, moment: Moment) -> None:
    """Turn silence into UNKNOWN and ask the broker, again and again, without a new submit."""
    if moment.now_s < silence_s(trader, order) or order.state not in LIVE:
        return
    name = order.request.client_order_id
    if order.state is not OrderState.UNKNOWN:
        order.trigger(Trigger.SILENCE)
        trader.note(ev.OrderUnknown(moment.at_ms, trader.key, name, "no answer"))
    order.cancel_s = moment.now_s
    trader.out.append(Query(name))


_SHORT: Final = {
    OrderResult.FILLED: "FIL",
    OrderResult.PARTIAL: "PAR",
    OrderResult.TIMEOUT: "TMO",
    OrderResult.CANCELLED: "CAN",
    OrderResult.REJECTED: "REJ",
}
