"""The debit side of a trader: one attempt at a time, from its sending to its end."""

from __future__ import annotations

import math

from engine.learning.attempt_results import explores
from engine.learning.sizing import SIZE_EVERY_ATTEMPTS, FillWindow, next_size
from engine.market.session import Moment
from engine.orders import events as ev
from engine.orders.actions import Failed, Quotes
from engine.orders.order import Booking, Order
from engine.orders.transitions import LIVE, OrderState, Trigger
from engine.orders.types import OrderReport, OrderResult, Part, ReportKind
from engine.pricing.opportunity import TwoPartOpportunity
from engine.risk.gates import Gate
from engine.trader.attempt import SHORT_RESULTS, Attempt, UnitPlan
from engine.trader.choosing import DebitSelector
from engine.trader.chosen import OTHER_EVERY_ATTEMPTS, pair_chosen
from engine.trader.context import CreditTaker, TraderContext
from engine.trader.order_life import cancel, silence_s, submit, take_report, watch_silence
from engine.trader.remembered_orders import RememberedOrders


class DebitOrders:
    """Sends debits for one trader and follows each to its end.

    Args:
        context: of the trader.
        chooser: what the last scan chose and why it left others out.
        credits: takes filled debit contracts over.
        remembered: the trader's orders.

    Attributes:
        attempts, fills: whole attempts that ended, and those with any execution in time.
        last_result: FIL, PAR, TMO, REJ, CAN or "" before the first.
        window: the fill rate of the latest attempts.
    """

    def __init__(
        self,
        context: TraderContext,
        chooser: DebitSelector,
        credits: CreditTaker,
        remembered: RememberedOrders,
    ) -> None:
        self._context = context
        self._credits = credits
        self.chooser = chooser
        self.window = FillWindow.of(context.config.fill_rate)
        self.attempts = 0
        self.fills = 0
        self.rejects = 0
        self.since_size_change = 0
        self.fills_since_size_change = 0
        self.only_downward = False
        self._moving = 0
        self.last_result = ""
        self.cancel_at_s = math.inf
        self.cancel_reason = "timeout"
        self._remembered = remembered
        self._known = remembered.debits

    @property
    def live(self) -> Attempt | None:
        """The attempt whose order may still execute; None between attempts."""
        return self._context.attempt

    def find(self, order: str) -> Order | None:
        """A live or recently ended debit of this trader."""
        attempt = self._known.get(order)
        return None if attempt is None else attempt.order

    # ------------------------------------------------------------------ counts

    def restore(self, attempts: int, fills: int, last_result: str) -> None:
        """Continue the session's counts of an earlier process."""
        self.attempts, self.fills = attempts, fills
        self.last_result = last_result

    def new_session(self) -> None:
        """Another day: attempts and fills count anew, and an approved size may grow again."""
        self.attempts = self.fills = 0
        self.only_downward = False

    def size_only_downward(self, only: bool) -> None:
        """Whether the fill rate may only make the size smaller from here on."""
        self.only_downward = only
        self._moving = 0

    def judge_anew(self) -> None:
        """A hold ended: neither rejects nor fill rate of before count against the trader."""
        self.rejects = 0
        self.window.clear()

    # ------------------------------------------------------------------ sending

    def try_debit(self, quotes: Quotes, moment: Moment) -> None:
        """Choose a pair from fresh quotes and send its debit, or remember the closed gate."""
        context = self._context
        chosen = self.chooser.choose(quotes, moment, self.fills, self.attempts)
        if isinstance(chosen, Gate):
            context.block(chosen, moment)
            return
        context.unblock(moment)
        confirmed_s = math.inf if quotes.chain is None else quotes.chain.confirmed_s
        self._send(*chosen, moment, confirmed_s + context.quote_age_limit_s)

    def _send(
        self, chosen: TwoPartOpportunity, quantity: int, moment: Moment, fresh_until_s: float
    ) -> None:
        context = self._context
        cycle, waited_s = context.next_cycle(), context.waited_s(moment.now_s)
        order = submit(
            context,
            Part.DEBIT,
            chosen.debit_legs,
            quantity,
            chosen.debit_limit_c,
            moment,
            cycle=cycle,
            number=1,
            bid=round(chosen.debit_bid, 4),
            ask=round(chosen.debit_ask, 4),
            floor=round(chosen.floor, 4),
            waited_s=round(waited_s, 3),
            stage="",
            fresh_until_s=fresh_until_s,
        )
        other = self.chooser.others_choice() if cycle % OTHER_EVERY_ATTEMPTS == 0 else None
        context.note(pair_chosen(context, order, chosen, other, cycle, moment))
        hour = context.session.exchange_hour(moment.epoch_s)
        drawn_ms = context.values.cancel_ms
        cancel_after_s = None if drawn_ms is None else drawn_ms / 1000
        attempt = Attempt(
            order,
            UnitPlan.of(chosen),
            cycle,
            waited_s,
            hour,
            cancel_after_s=cancel_after_s,
            explored=explores(context.values.arm),
        )
        context.attempt_sent(attempt)
        self._remembered.add_debit(attempt)
        self.cancel_at_s = math.inf
        self.cancel_reason = "timeout"

    def follow(self, attempt: Attempt) -> None:
        """Follow a debit that an earlier process sent and that may still execute."""
        self._context.attempt_restored(attempt)
        self._remembered.add_debit(attempt)
        self.cancel_reason = "restart"

    def remember(self, attempt: Attempt) -> None:
        """Know a debit of an earlier process that ended, of which more may be told."""
        attempt.end()
        self._remembered.add_debit(attempt)

    # ------------------------------------------------------------------ what the broker says

    def on_report(self, order: Order, report: OrderReport, moment: Moment) -> None:
        """Apply a report about a debit of this trader."""
        context = self._context
        attempt = self._known[order.request.client_order_id]

        executed: list[tuple[Booking, int]] = []
        applied = take_report(
            context, order, report, moment, lambda *booked: executed.append(booked)
        )
        if executed:
            self._credits.debit_executed(attempt, executed, moment)
        if report.kind is ReportKind.ACK and not applied.ignored and context.attempt is attempt:
            own_s = attempt.cancel_after_s
            works_s = context.timing.cancel_after_seconds if own_s is None else own_s
            due_s = moment.now_s + works_s
            self.cancel_at_s = min(due_s, self._cap_s(order))
        if not order.live and not attempt.ended:
            self._ended(attempt, report.reason, moment)
        elif applied.bookings:
            self._cancel_rest(attempt, applied.late, moment)

    def _cancel_rest(self, attempt: Attempt, late: bool, moment: Moment) -> None:
        """Cancel what would still execute beside contracts that need their credit now."""
        live = self._context.attempt
        if attempt.order.live and attempt.order.leaves and attempt is live:
            self.cancel("rest after a partial fill", moment)
        if late and live is not None and live is not attempt:
            self.cancel("completing a late fill first", moment)

    def cancel(self, reason: str, moment: Moment) -> None:
        """Ask for the live debit's cancellation, once."""
        attempt = self._context.attempt
        if attempt is None:
            return
        if attempt.order.state is OrderState.RECORDED:
            self.cancel_reason = reason
            self.cancel_at_s = moment.now_s
            return
        if cancel(self._context, attempt.order, reason, moment):
            self.cancel_reason = reason

    def on_failed(self, order: Order, failed: Failed, moment: Moment) -> None:
        """The order never reached the broker and never will: it counts as rejected.

        One that was held back (`denied`) does not count as an attempt.
        """
        attempt = self._known[order.request.client_order_id]
        if failed.denied and order.trigger(Trigger.DENY):
            gate = Gate(failed.gate or Gate.QUOTES_STALE)
            self._denied(attempt, failed.reason, gate, moment)
        elif order.live and order.trigger(Trigger.REJECTED):
            self._ended(attempt, failed.reason, moment)

    def _denied(self, attempt: Attempt, reason: str, gate: Gate, moment: Moment) -> None:
        self._note_end(attempt, reason, moment)
        self._context.attempt_ended()
        self.cancel_at_s = math.inf
        self._context.plan_next(moment)
        self._context.block(gate, moment)

    def _note_end(self, attempt: Attempt, reason: str, moment: Moment) -> None:
        attempt.end()
        order = attempt.order
        name, status = order.request.client_order_id, order.state.value
        self._context.note(ev.OrderEnded(moment.at_ms, self._context.key, name, status, reason))

    def _ended(self, attempt: Attempt, reason: str, moment: Moment) -> None:
        context, order = self._context, attempt.order
        self._note_end(attempt, reason, moment)
        result = attempt.result(self.cancel_reason)
        if result is not OrderResult.REJECTED:
            self.attempts += 1
            self.fills += order.filled > 0
            context.note(
                ev.AttemptEnded(
                    moment.at_ms,
                    context.key,
                    attempt.cycle,
                    order.request.client_order_id,
                    order.request.quantity,
                    order.filled,
                    result.value,
                    attempt.hour,
                    round(attempt.delay_s, 3),
                    attempt.fill_time_ms(moment.now_s),
                    attempt.worked_ms(),
                )
            )
        self.last_result = SHORT_RESULTS[result]
        context.attempt_ended()
        context.wait_from(moment.now_s)
        self.cancel_at_s = math.inf
        self._credits.debit_dead(attempt.cycle, moment)
        self._after(attempt, result, reason, moment)

    def _after(self, attempt: Attempt, result: OrderResult, reason: str, moment: Moment) -> None:
        """Back off, hold, resize, and draw the next delay."""
        context = self._context
        if result is OrderResult.REJECTED:
            self.rejects += 1
            context.plan_next(moment, factor=2.0)
            if self.rejects >= context.gate.limits.rejects_hold_trader:
                text = f"{self.rejects} rejects in a row, the last: {reason or 'no reason given'}"
                context.hold(Gate.REJECTS, text, math.inf, moment)
            return
        self.rejects = 0
        context.plan_next(moment)
        if result is not OrderResult.CANCELLED and not attempt.explored:
            self._judge(attempt.order.filled > 0, moment)

    def _judge(self, filled: bool, moment: Moment) -> None:
        """Resize by the fill rate, and hold where it is too low."""
        context, window = self._context, self.window
        window.record(filled)
        self.since_size_change += 1
        self.fills_since_size_change += filled
        if context.arms.stands_still(context.key):
            # A trial compares sizes, or has just ended: the rule begins to count anew.
            self.since_size_change = self.fills_since_size_change = self._moving = 0
        if self.since_size_change >= SIZE_EVERY_ATTEMPTS:
            before = context.sizing.current_contracts
            after = next_size(
                context.sizing,
                self.fills_since_size_change / self.since_size_change,
                before,
                downward_only=self.only_downward,
                moving=self._moving,
            )
            # No order is larger than the limits let it be: the size does not grow beyond them.
            after = min(after, max(before, context.gate.limits.largest_order()[1]))
            self._moving = after - before
            self.since_size_change = self.fills_since_size_change = 0
            if after != before:
                context.set_size(after)
                context.note(
                    ev.SizeChanged(moment.at_ms, context.key, before, after, "fill rate of 20")
                )
        settings = context.config.fill_rate
        if window.should_pause(settings.min_fill_rate):
            text = f"{window.fills}/{window.attempts} fills, below {settings.min_fill_rate:.0%}"
            context.hold(Gate.HELD, text, moment.now_s + settings.pause_s, moment)

    # ------------------------------------------------------------------ timers

    def watch(self, moment: Moment) -> None:
        """Cancel what has worked long enough; look up what gives no answer."""
        attempt = self._context.attempt
        if attempt is None:
            return
        order = attempt.order
        if order.state in LIVE and moment.now_s >= self._cancel_s(order):
            self.cancel_at_s = math.inf
            self.cancel(self.cancel_reason, moment)
        watch_silence(self._context, order, moment)

    def _cap_s(self, order: Order) -> float:
        """Engine second from which a debit is not left working, acknowledged or not."""
        if order.sent_s is None:
            return math.inf
        return order.sent_s + self._context.gate.limits.order_hard_cap_s

    def _cancel_s(self, order: Order) -> float:
        """When the live debit's first cancel, or another after an answer, is due."""
        if order.cancel_s is None:
            return min(self.cancel_at_s, self._cap_s(order))
        return self.cancel_at_s

    def wake_s(self) -> float:
        """Engine second at which this side wants to be asked again."""
        attempt = self._context.attempt
        if attempt is None or attempt.order.state is OrderState.RECORDED:
            return math.inf
        return min(self._cancel_s(attempt.order), silence_s(self._context, attempt.order))
