"""The desk's core: carries out what traders decide and brings them what happens.

Everything here runs in the scheduler's thread. Other threads post.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from engine.orders import events as ev
from engine.orders.actions import Cancel, Fetch, Message, Note, Query, Submit, WakeAt, Warn
from engine.orders.soundness import error_text
from engine.runtime.chain_fetches import ChainFetches
from engine.runtime.context import DeskContext
from engine.runtime.hooks import DeskHooks
from engine.runtime.order_router import OrderRouter
from engine.runtime.restart.live_orders import know_again
from engine.runtime.share_closes import ShareCloses
from engine.runtime.watch.books import COMPARE_EVERY_S, BookComparison
from engine.runtime.watch.broken_units import end_closed, leave_broken
from engine.runtime.watch.broker_books import BrokerBooks
from engine.runtime.watch.clock import ClockWatch
from engine.runtime.watch.fees import FeeBooking
from engine.runtime.watch.positions import PositionWatch
from engine.runtime.watch.post_trade import PostTradeWatch
from engine.runtime.watch.settlement import SettlementBooking
from engine.runtime.watch.unknown_orders import UnknownOrders
from engine.trader.trader import ExpirationTrader

LATE_S: Final = 0.01
"""Engine seconds after a phase's end from which no trader decides before the next is known."""


class Core:
    """Steps the traders of one desk, carries out their actions and follows the trading day.

    Args:
        context: the desk's shared parts.
        hooks: what surrounds the desk.
        on_session_end: called once the exchange has closed and the day's rows are written.

    Attributes:
        orders: sends orders, and brings reports back.
        broker_books: asks the broker what is held and works.
        books: compares the book with the broker's positions.
        shares: knows and cancels the orders that trade shares away.
        clock: decides what time it is where the wall clock was set.
        positions: watches what is held to expiration.
        fees: books what executions really cost.
        settlements: books what expires, is exercised or assigned.
        post_trade: watches what the market does after debits ended.
    """

    def __init__(
        self, context: DeskContext, hooks: DeskHooks, on_session_end: Callable[[], None]
    ) -> None:
        self.context = context
        self._on_session_end = on_session_end
        self.orders = OrderRouter(
            context, self.step, self.wake_by, hooks.open_orders, hooks.is_latched
        )
        self.orders.recall_by(partial(know_again, context, self.orders))
        self.broker_books = BrokerBooks(context)
        self.books = BookComparison(context, self.orders, self.broker_books)
        self.shares = ShareCloses(context, self.books)
        self.settlements = SettlementBooking(context, self._look_at_held)
        self.positions = PositionWatch(context, self.settlements)
        self.clock = ClockWatch(context, self._time_was_set)
        self.post_trade = PostTradeWatch(context)
        self.fees = FeeBooking(context)
        self._unknown = UnknownOrders(context)
        self._wakes: dict[str, float] = {}
        self._phase_asked_s, self._phase_due_s = -math.inf, math.inf
        self._dispatch: dict[type, Callable[[ExpirationTrader, Any], None]] = {
            Note: self._do_note,
            Submit: self.orders.submit,
            Cancel: self.orders.cancel,
            Query: self.orders.query,
            Fetch: ChainFetches(context, self.step, self.post_trade.look).fetch,
            WakeAt: self._do_wake_at,
            Warn: self._do_warn,
        }
        self._after: dict[type, Callable[[ExpirationTrader, Any], None]] = {
            ev.OrderUnknown: self._after_unknown,
            ev.TraderHeld: self._after_hold,
            ev.OrderEnded: self._after_end,
            ev.OrderWorking: self._after_working,
            ev.Executed: self._after_executed,
        }
        context.every(COMPARE_EVERY_S, self._look_at_positions)

    # ------------------------------------------------------------------ starting and stopping

    def add(self, trader: ExpirationTrader) -> None:
        """Take a trader on; it starts at once where the desk runs."""
        context = self.context
        moment = context.now()
        context.traders[trader.key] = trader
        trader.use_arms(context.arms)
        trader.use_chances(context.chances)
        context.emit(
            ev.TraderAdded(
                moment.at_ms,
                trader.key,
                trader.symbol,
                trader.expiration.isoformat(),
                trader.exposure.multiplier,
                trader.chain.terms.style,
                trader.chain.terms.settlement,
                trader.sizing.current_contracts,
            )
        )
        if context.running:
            self._start_trader(trader)

    def begin(self) -> None:
        """Start the session: phases, traders, periodic work."""
        context = self.context
        context.begin()
        context.broker.connect(self.orders.hear)
        self._phase(None, begins=True)
        self.settlements.connect()
        self._leave_broken()
        self.fees.connect()
        self.books.morning()
        self.positions.look()
        for trader in context.traders.values():
            self._start_trader(trader)
        context.begin_periodic()

    def _look_at_positions(self) -> None:
        if self.settlements.waiting:
            self.settlements.again()
        if self.settlements.expired.unpriced:
            self.settlements.expired.look()
        self.books.look()
        self.positions.look()

    def _look_at_held(self) -> None:
        """A settlement changed what is held."""
        self._leave_broken()
        self.positions.look()

    def _leave_broken(self) -> None:
        """Leave units to the operator whose debit was assigned or closed by other hands."""
        chains = self.context.traders.keys()
        end_closed(self.context, chains, told=True)
        leave_broken(self.context, self.acting, chains)

    def _start_trader(self, trader: ExpirationTrader) -> None:
        moment = self.context.now()
        trader.plan_next(moment)
        if trader.session.multiplier is None:
            trader.attempt_at(moment.now_s)
        self.step(trader)

    def _phase(self, ended_s: float | None, *, begins: bool = False) -> None:
        """Look phase and date up, record a change, and look again when they end.

        Args:
            ended_s: epoch second of the end that this call was scheduled for; None where it was
                not scheduled.
            begins: whether the process begins, whose journal has no phase yet, although a restart
                or an account's books may have looked one up.
        """
        context, session = self.context, self.context.session
        moment = context.now()
        if ended_s == self._phase_asked_s:
            # A wall clock that went slower makes this call early: schedule it again below.
            self._phase_asked_s, self._phase_due_s = -math.inf, math.inf
        was_open = session.multiplier is not None
        changed = session.update(moment.epoch_s)
        phase = session.phase
        if changed or begins:
            context.emit(ev.PhaseChanged(moment.at_ms, phase.phase.value, phase.reason))
        is_open = session.multiplier is not None
        if is_open:
            self.settlements.session_opened()
        until_s = session.holds_until_s
        if math.isfinite(until_s) and until_s != self._phase_asked_s:
            self._phase_asked_s = until_s
            due_s = self._phase_due_s = moment.now_s + (until_s - moment.epoch_s)
            context.scheduler.call_at(due_s, self._phase, until_s)
        if was_open and not is_open:
            context.scheduler.call_at(moment.now_s + 2.0, self._close_day)
        elif is_open and not was_open:
            for trader in context.traders.values():
                if trader.next_attempt_s is not None:
                    trader.plan_next(moment)
                self.step(trader)

    def _time_was_set(self) -> None:
        """The desk goes by another time: what is due by the clock is looked at anew."""
        self._phase_asked_s, self._phase_due_s = -math.inf, math.inf
        self._phase(None)
        moment = self.context.moment
        for trader in self.context.traders.values():
            trader.credits.look_now(moment)
            if trader.credits.units:
                self.wake_by(trader, moment.now_s)

    def _close_day(self, _: Any) -> None:
        """Record what stays open overnight once the exchange has closed, if it still has."""
        context = self.context
        moment = context.now()
        if self.clock.doubtful:
            context.scheduler.call_at(moment.now_s + 1.0, self._close_day)
            return
        if context.session.multiplier is not None:
            return  # the close came of a clock that was set, and has been set again
        self.settlements.close_day()
        for trader in context.traders.values():
            with self.acting(trader):
                trader.credits.close_day(context.moment)
        self.books.look()
        self.positions.look()
        self.post_trade.close()
        self._on_session_end()

    # ------------------------------------------------------------------ steps

    def step(self, trader: ExpirationTrader, inbox: Sequence[Message] = ()) -> None:
        """Let a trader decide; its failure faults it alone."""
        context = self.context
        moment = context.now()
        if self.clock.stepped():
            self.clock.look()
        if moment.now_s > self._phase_due_s + LATE_S:
            self._phase(self._phase_asked_s)  # the host slept, and other timers were due before
        context.touch(trader.key)
        try:
            actions = trader.step(moment, inbox)
        except Exception as error:
            self.carry_out(trader, [each for each in trader.out if type(each) in (Note, Cancel)])
            self.fault(trader, error)
            return
        self.carry_out(trader, actions)

    def carry_out(self, trader: ExpirationTrader, actions: Sequence[Any]) -> None:
        """Do what a step asked for, in order."""
        dispatch = self._dispatch
        for action in actions:
            dispatch[type(action)](trader, action)

    @contextmanager
    def acting(self, trader: ExpirationTrader) -> Iterator[None]:
        """Carry out what the trader decides in this block, which asks it outside of a step."""
        trader.collect()
        yield
        self.carry_out(trader, trader.out)

    def fault(self, trader: ExpirationTrader, error: Exception) -> None:
        """Stop one trader after an exception in its code; cancel what it has working."""
        text = error_text(error)
        trader.mark_faulted(text)
        context = self.context
        at_ms = context.moment.at_ms
        context.emit(ev.TraderFaulted(at_ms, trader.key, text))
        context.alarms.raise_(at_ms, "FAULT", trader.key, text)
        live = trader.debits.live
        if live is not None and live.order.cancel_sent(context.moment.now_s):
            self.orders.cancel(trader, Cancel(live.order.request.client_order_id, "trader fault"))

    def _do_note(self, trader: ExpirationTrader, action: Note) -> None:
        event = action.event
        self.context.emit(event)
        after = self._after.get(type(event))
        if after is not None:
            after(trader, event)

    def _after_unknown(self, trader: ExpirationTrader, event: ev.OrderUnknown) -> None:
        self._unknown.on_unknown(event)

    def _after_hold(self, trader: ExpirationTrader, event: ev.TraderHeld) -> None:
        if event.until_ms == 0:
            self.context.alarms.raise_(event.at_ms, "REJECTS", trader.key, event.text)

    def _after_end(self, trader: ExpirationTrader, event: ev.OrderEnded) -> None:
        alarms = self.context.alarms
        if event.status == "rejected":
            alarms.raise_(event.at_ms, "REJECT", trader.key, event.reason)
        else:
            alarms.clear(event.at_ms, "REJECT", trader.key)
        self._unknown.on_answer(event)
        self.orders.ended(event.order)

    def _after_working(self, trader: ExpirationTrader, event: ev.OrderWorking) -> None:
        self._unknown.on_answer(event)
        self.context.alarms.clear(event.at_ms, "BROKER_ERROR", trader.key)
        order = trader.find(event.order)
        if order is not None and order.sent_s is not None and order.working_s is not None:
            self.orders.answered_s.append(order.working_s - order.sent_s)

    def _after_executed(self, trader: ExpirationTrader, event: ev.Executed) -> None:
        if self.settlements.waiting:
            self.settlements.again(trader.key)

    def wake_by(self, trader: ExpirationTrader, at_s: float) -> None:
        """Step the trader at engine second `at_s`, unless it will step earlier."""
        if self._wakes.get(trader.key, math.inf) > at_s:
            self._do_wake_at(trader, WakeAt(at_s))

    def _do_wake_at(self, trader: ExpirationTrader, action: WakeAt) -> None:
        if self._wakes.get(trader.key) != action.at_s:
            self._wakes[trader.key] = action.at_s
            self.context.scheduler.call_at(action.at_s, self._wake, (trader, action.at_s))

    def _wake(self, due: tuple[ExpirationTrader, float]) -> None:
        trader, at_s = due
        if self._wakes.get(trader.key) == at_s:
            del self._wakes[trader.key]
            self.step(trader)

    def _do_warn(self, trader: ExpirationTrader, action: Warn) -> None:
        where, _, detail = action.where.partition(": ")
        alarms, at_ms = self.context.alarms, self.context.moment.at_ms
        if action.raised:
            alarms.raise_(at_ms, action.code, where, detail)
        else:
            alarms.clear(at_ms, action.code, where)
        if action.code == "BOOK_DIFFERS":
            self.books.follow_alarms()
