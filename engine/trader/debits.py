"""The debit side of a trader: one attempt at a time, from its sending to its end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from engine.learning.sizing import SIZE_EVERY_ATTEMPTS, next_size
from engine.market.session import Moment
from engine.orders import events as ev
from engine.orders.actions import Quotes
from engine.orders.states import LIVE, Booking, Order, OrderState, Trigger
from engine.orders.types import OrderReport, OrderResult, Part, ReportKind
from engine.pricing.opportunity import TwoPartOpportunity
from engine.risk.gate import Gate
from engine.trader.attempt import SHORT_RESULTS, Attempt
from engine.trader.choosing import DebitSelector
from engine.trader.order_life import cancel, silence_s, submit, take_report, watch_silence
from engine.trader.remembered_orders import KeptOrders

if TYPE_CHECKING:
    from engine.trader.trader import ExpirationTrader

KEPT_ORDERS: Final = 48
"""Ended debits without execution a trader remembers, so that a late one finds its plan."""


class DebitOrders:
    """Sends debits for one trader and follows each to its end.

    Attributes:
        live: the attempt whose order may still execute, None between attempts.
        attempts, fills: whole attempts that ended, and those with any execution in time.
        last_result: FIL, PAR, TMO, REJ, CAN or "" before the first.
        chooser: what the last scan chose and why it left others out.
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
        self.chooser = DebitSelector(trader)
        self.cancel_at_s = math.inf
        self.cancel_reason = "timeout"
        self._known: KeptOrders[Attempt] = KeptOrders(
            KEPT_ORDERS, lambda attempt: attempt.order, trader.executed_kept
        )

    def restore(self, attempts: int, fills: int, last_result: str) -> None:
        """Continue the session's counts of an earlier process."""
        self.attempts, self.fills = attempts, fills
        self.last_result = last_result

    def size_only_downward(self, only: bool) -> None:
        """Whether the fill rate may only make the size smaller from here on."""
        self.only_downward = only

    def new_session(self) -> None:
        """Another day: attempts and fills count anew."""
        self.attempts = self.fills = 0

    def find(self, order: str) -> Order | None:
        """A live or recently ended debit of this trader."""
        attempt = self._known.get(order)
        return None if attempt is None else attempt.order

    # ------------------------------------------------------------------ sending

    def try_debit(self, quotes: Quotes, moment: Moment) -> None:
        """Choose a pair from fresh quotes and send its debit, or say which gate is closed."""
        chosen = self.chooser.choose(quotes, moment)
        if isinstance(chosen, Gate):
            self.trader.block(chosen, moment)
            return
        self.trader.blocked = None
        limit_s = self.trader.bar_s or self.trader.gate.limits.max_quote_age_s
        confirmed_s = math.inf if quotes.chain is None else quotes.chain.confirmed_s
        self._send(*chosen, moment, confirmed_s + limit_s)

    def _send(
        self, chosen: TwoPartOpportunity, quantity: int, moment: Moment, fresh_until_s: float
    ) -> None:
        trader = self.trader
        trader.cycle += 1
        delay_s = trader.next_delay_s
        order = submit(
            trader,
            Part.DEBIT,
            chosen.debit_legs,
            quantity,
            chosen.debit_limit_c,
            moment,
            cycle=trader.cycle,
            number=1,
            bid=round(chosen.debit_bid, 4),
            ask=round(chosen.debit_ask, 4),
            floor=round(chosen.floor, 4),
            waited_s=round(delay_s, 3),
            stage="",
            fresh_until_s=fresh_until_s,
        )
        hour = trader.session.exchange_hour(moment.epoch_s)
        self.live = Attempt(order, chosen, trader.cycle, delay_s, hour)
        self._known.add(order.request.client_order_id, self.live)
        self.cancel_at_s = math.inf
        self.cancel_reason = "timeout"
        trader.next_attempt_s = None

    def follow(self, attempt: Attempt) -> None:
        """Follow a debit that an earlier process sent and that may still execute."""
        self.live = attempt
        self._known.add(attempt.order.request.client_order_id, attempt)
        self.cancel_reason = "restart"

    # ------------------------------------------------------------------ what the broker says

    def on_report(self, order: Order, report: OrderReport, moment: Moment) -> None:
        """Apply a report about a debit of this trader."""
        trader = self.trader
        attempt = self._known[order.request.client_order_id]

        def book(booking: Booking, fee_c: int) -> None:
            _, quantity, price_c = booking
            if attempt.first_s is None:
                attempt.first_s = moment.now_s
            trader.completer.debit_executed(attempt, quantity, price_c, fee_c, moment)

        applied = take_report(trader, order, report, moment, book)
        if report.kind is ReportKind.ACK and not applied.ignored and self.live is attempt:
            due_s = moment.now_s + trader.timing.cancel_after_seconds
            self.cancel_at_s = min(due_s, self._cap_s(order))
        if not order.live and not attempt.ended:
            self._ended(attempt, report.reason, moment)
        elif applied.bookings:
            self._rest(attempt, applied.late, moment)

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
        if cancel(self.trader, attempt.order, reason, moment):
            self.cancel_reason = reason

    def on_failed(self, order: Order, reason: str, denied: bool, moment: Moment) -> None:
        """The order never reached the broker and never will: it counts as rejected.

        One that the desk itself held back (`denied`) is no attempt at all.
        """
        if denied and order.trigger(Trigger.DENY):
            self._denied(self._known[order.request.client_order_id], reason, moment)
        elif order.live and order.trigger(Trigger.REJECTED):
            self._ended(self._known[order.request.client_order_id], reason, moment)

    def _denied(self, attempt: Attempt, reason: str, moment: Moment) -> None:
        trader, name = self.trader, attempt.order.request.client_order_id
        attempt.ended = True
        status = attempt.order.state.value
        trader.note(ev.OrderEnded(moment.at_ms, trader.key, name, status, reason))
        self.live = None
        self.cancel_at_s = math.inf
        trader.plan_next(moment)
        trader.block(Gate.QUOTES_STALE, moment)

    def _ended(self, attempt: Attempt, reason: str, moment: Moment) -> None:
        trader, order = self.trader, attempt.order
        attempt.ended = True
        name, state = order.request.client_order_id, order.state
        trader.note(ev.OrderEnded(moment.at_ms, trader.key, name, state.value, reason))
        result = attempt.result(self.cancel_reason)
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
                    attempt.fill_time_ms(moment.now_s),
                )
            )
        self.last_result = SHORT_RESULTS[result]
        self.live = None
        self.cancel_at_s = math.inf
        trader.completer.debit_dead(attempt.cycle, moment)
        self._after(result, order.filled > 0, reason, moment)

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
