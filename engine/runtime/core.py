"""The desk's core: carries out what traders decide and brings them what the world says.

Everything here runs in the scheduler's thread. Other threads post.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any, Final

from engine.brokers.protocol import Broker, MarketData
from engine.config import DeskConfig
from engine.journal.store import Journal
from engine.market.session import Moment, SessionView
from engine.orders import events as ev
from engine.orders.actions import (
    Cancel,
    Fetch,
    Message,
    Note,
    Query,
    Quotes,
    Submit,
    WakeAt,
    Warn,
)
from engine.orders.soundness import cleaned
from engine.risk.exposure import Exposure
from engine.risk.gate import DeskFlags, PreTradeGate
from engine.run_folder.errors import JournalError
from engine.runtime.alarms import Alarms
from engine.runtime.hooks import DeskHooks
from engine.runtime.order_router import OrderRouter
from engine.runtime.scheduler import Scheduler
from engine.runtime.watch.books import COMPARE_EVERY_S, Comparison
from engine.runtime.watch.positions import PositionWatch
from engine.runtime.watch.settlement import Settling
from engine.state.desk import DeskState
from engine.trader.trader import ExpirationTrader

LATE_S: Final = 0.01
"""Engine seconds after a phase's end from which no trader decides before the next is known."""


class Core:
    """Runs the traders of one desk.

    Args:
        config: the desk's settings.
        scheduler: its thread is the only one that calls this object's methods.
        session: the trading day; kept current here.
        journal: every event goes there first.
        fold: the desk's state, one apply per event.
        broker, market: where orders go and quotes come from.
        pool: runs blocking broker and market calls; None where neither blocks.
        hooks: what surrounds the desk.
        on_session_end: called once the exchange has closed and the day's rows are written.
    """

    def __init__(
        self,
        *,
        config: DeskConfig,
        scheduler: Scheduler,
        session: SessionView,
        journal: Journal,
        state: DeskState,
        broker: Broker,
        market: MarketData,
        pool: ThreadPoolExecutor | None,
        exposure: Exposure,
        flags: DeskFlags,
        inline: bool,
        hooks: DeskHooks,
        on_session_end: Callable[[], None],
    ) -> None:
        self.config = config
        self.scheduler = scheduler
        self._clock = scheduler.pace.clock
        self.session = session
        self.journal = journal
        self.state = state
        self.broker = broker
        self.market = market
        self.pool = pool
        self.exposure = exposure
        self.flags = flags
        self.gate = PreTradeGate(config.limits, exposure, flags)
        self.alarms = Alarms(self.emit)
        self.traders: dict[str, ExpirationTrader] = {}
        self.moment = Moment(0.0, 0.0)
        self.inline = inline
        self._on_session_end = on_session_end
        self.periodic: list[tuple[float, Callable[[], None]]] = []
        self.observers: dict[type, Callable[[Any], None]] = {}
        self.seen_open = False
        self.running = False
        self.touched: set[str] = set()
        self.orders = OrderRouter(self, hooks.open_orders, hooks.is_latched)
        self.books = Comparison(self)
        self.watch = PositionWatch(self)
        self.settling = Settling(self)
        self._wakes: dict[str, float] = {}
        self._phase_asked_s, self._phase_due_s = -math.inf, math.inf
        self._dispatch: dict[type, Callable[[ExpirationTrader, Any], None]] = {
            Note: self._do_note,
            Submit: self.orders.submit,
            Cancel: self.orders.cancel,
            Query: self.orders.query,
            Fetch: self._do_fetch,
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

    # ------------------------------------------------------------------ events

    def emit(self, event: ev.Event) -> None:
        """Journal an event and apply it to the desk's state."""
        try:
            self.journal.append(event)
        except JournalError as error:
            self.journal_failed(str(error))
        self.state.apply(event)
        self.exposure.apply(event)
        observer = self.observers.get(type(event))
        if observer is not None:
            observer(event)

    def journal_failed(self, why: str) -> None:
        """Close the gate for good: no order without its record."""
        if not self.flags.journal_failed:
            self.flags.fail_journal()
            self.alarms.raise_(self.moment.at_ms, "JOURNAL", "desk", why)

    def now(self) -> Moment:
        """The present, read once for a call."""
        clock, moment = self._clock, self.moment
        moment.now_s = clock.now_s()
        moment.epoch_s = clock.epoch_s()
        return moment

    # ------------------------------------------------------------------ starting and stopping

    def add(self, trader: ExpirationTrader) -> None:
        """Take a trader on; it starts at once where the desk runs."""
        moment = self.now()
        self.traders[trader.key] = trader
        self.emit(
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
        if self.running:
            self._start_trader(trader)

    def begin(self) -> None:
        """Start the session: phases, traders, periodic work."""
        self.running = True
        self.broker.connect(self.orders.hear)
        self._phase(None)
        self.settling.connect()
        self.books.morning()
        self.watch.look()
        for trader in self.traders.values():
            self._start_trader(trader)
        self.every(COMPARE_EVERY_S, self._look_at_positions)
        for period_s, call in self.periodic:
            self.every(period_s, call)

    def _look_at_positions(self) -> None:
        if self.settling.waiting:
            self.settling.again()
        self.books.compare()
        self.watch.look()

    def every(self, period_s: float, call: Callable[[], None]) -> None:
        """Call something every `period_s` engine seconds from now on."""

        def again(_: Any) -> None:
            if self.running:
                self.now()
                try:
                    call()
                except Exception as error:
                    self.broken(error)
                self.scheduler.call_at(self.moment.now_s + period_s, again)

        self.scheduler.call_at(self.now().now_s + period_s, again)

    def _start_trader(self, trader: ExpirationTrader) -> None:
        moment = self.now()
        trader.plan_next(moment)
        if trader.session.multiplier is None:
            trader.attempt_at(moment.now_s)
        self.step(trader)

    def _phase(self, ended_s: float | None) -> None:
        """Look the phase up, tell everyone when it changed, and come back at its end.

        Args:
            ended_s: epoch second of the end for which it came back; None where it did not.
        """
        moment = self.now()
        if ended_s == self._phase_asked_s:
            # It came, perhaps too early by the wall clock: then it is asked for again.
            self._phase_asked_s, self._phase_due_s = -math.inf, math.inf
        was_open = self.session.multiplier is not None
        changed = self.session.update(moment.epoch_s)
        phase = self.session.phase
        if changed:
            self.emit(ev.PhaseChanged(moment.at_ms, phase.phase.value, phase.reason))
        is_open = self.session.multiplier is not None
        self.seen_open = self.seen_open or is_open
        if math.isfinite(phase.ends_s) and phase.ends_s != self._phase_asked_s:
            self._phase_asked_s = phase.ends_s
            due_s = self._phase_due_s = moment.now_s + (phase.ends_s - moment.epoch_s)
            self.scheduler.call_at(due_s, self._phase, phase.ends_s)
        if was_open and not is_open:
            self.scheduler.call_at(moment.now_s + 2.0, self._close_day)
        elif is_open and not was_open:
            for trader in self.traders.values():
                if trader.next_attempt_s is not None:
                    trader.plan_next(moment)
                self.step(trader)

    def _close_day(self, _: Any) -> None:
        """Record what stays open overnight once the exchange has closed."""
        self.now()
        self.settling.close_day()
        for trader in self.traders.values():
            trader.collect()
            trader.completer.close_day(self.moment)
            self.carry_out(trader, trader.out)
        self.books.compare()
        self.watch.look()
        self._on_session_end()

    # ------------------------------------------------------------------ steps

    def step(self, trader: ExpirationTrader, inbox: Sequence[Message] = ()) -> None:
        """Let a trader decide; its failure faults it alone."""
        moment = self.now()
        if moment.now_s > self._phase_due_s + LATE_S:
            self._phase(self._phase_asked_s)  # the host slept, and other timers were due before
        self.touched.add(trader.key)
        try:
            actions = trader.step(moment, inbox)
        except Exception as error:
            self.carry_out(trader, [each for each in trader.out if type(each) is Note])
            self.fault(trader, error)
            return
        self.carry_out(trader, actions)

    def carry_out(self, trader: ExpirationTrader, actions: Sequence[Any]) -> None:
        """Do what a step asked for, in order."""
        dispatch = self._dispatch
        for action in actions:
            dispatch[type(action)](trader, action)

    def fault(self, trader: ExpirationTrader, error: Exception) -> None:
        """Stop one trader after an exception in its code; cancel what it has working."""
        text = cleaned(f"{type(error).__name__}: {error}", 200)
        trader.mark_faulted(text)
        at_ms = self.moment.at_ms
        self.emit(ev.TraderFaulted(at_ms, trader.key, text))
        self.alarms.raise_(at_ms, "FAULT", trader.key, text)
        live = trader.debits.live
        if live is not None and live.order.cancel_sent(self.moment.now_s):
            name = live.order.request.client_order_id
            self.emit(ev.CancelSent(at_ms, trader.key, name, "trader fault"))
            self.orders.cancel(trader, Cancel(name, "trader fault"))

    def broken(self, error: Exception) -> None:
        """The desk's own code failed outside any trader: entries stop, completing goes on."""
        self.flags.halt()
        text = f"{type(error).__name__}: {error}"[:200]
        self.alarms.raise_(self.now().at_ms, "DESK_FAULT", "desk", text)

    def _do_note(self, trader: ExpirationTrader, action: Note) -> None:
        event = action.event
        self.emit(event)
        after = self._after.get(type(event))
        if after is not None:
            after(trader, event)

    def _after_unknown(self, trader: ExpirationTrader, event: ev.OrderUnknown) -> None:
        self.alarms.raise_(event.at_ms, "ORDER_UNKNOWN", trader.key, event.order)

    def _after_hold(self, trader: ExpirationTrader, event: ev.TraderHeld) -> None:
        if event.until_ms == 0:
            self.alarms.raise_(event.at_ms, "REJECTS", trader.key, event.text)

    def _after_end(self, trader: ExpirationTrader, event: ev.OrderEnded) -> None:
        if event.status == "rejected":
            self.alarms.raise_(event.at_ms, "REJECT", trader.key, event.reason)
        else:
            self.alarms.clear(event.at_ms, "REJECT", trader.key)
        self.alarms.clear(event.at_ms, "ORDER_UNKNOWN", trader.key)
        self.orders.ended(event.order)

    def _after_working(self, trader: ExpirationTrader, event: ev.OrderWorking) -> None:
        self.alarms.clear(event.at_ms, "ORDER_UNKNOWN", trader.key)
        self.alarms.clear(event.at_ms, "BROKER_ERROR", trader.key)
        order = trader.find(event.order)
        if order is not None and order.sent_s is not None and order.working_s is not None:
            self.orders.answered_s.append(order.working_s - order.sent_s)

    def _after_executed(self, trader: ExpirationTrader, event: ev.Executed) -> None:
        if self.settling.waiting:
            self.settling.again(trader.key)

    def wake_by(self, trader: ExpirationTrader, at_s: float) -> None:
        """Step the trader at engine second `at_s` unless it is to step earlier anyhow."""
        if self._wakes.get(trader.key, math.inf) > at_s:
            self._do_wake_at(trader, WakeAt(at_s))

    def _do_wake_at(self, trader: ExpirationTrader, action: WakeAt) -> None:
        if self._wakes.get(trader.key) != action.at_s:
            self._wakes[trader.key] = action.at_s
            self.scheduler.call_at(action.at_s, self._wake, (trader, action.at_s))

    def _wake(self, due: tuple[ExpirationTrader, float]) -> None:
        trader, at_s = due
        if self._wakes.get(trader.key) == at_s:
            del self._wakes[trader.key]
            self.step(trader)

    def _do_warn(self, trader: ExpirationTrader, action: Warn) -> None:
        where, _, detail = action.where.partition(": ")
        if action.raised:
            self.alarms.raise_(self.moment.at_ms, action.code, where, detail)
        else:
            self.alarms.clear(self.moment.at_ms, action.code, where)

    # ------------------------------------------------------------------ quotes

    def _do_fetch(self, trader: ExpirationTrader, action: Fetch) -> None:
        if self.market.blocking and self.pool is not None:
            self.pool.submit(self._fetch_blocking, trader)
            return
        self.step(trader, (self._quotes(trader.symbol, trader.expiration),))

    def _quotes(self, symbol: str, expiration: date) -> Quotes:
        epoch_s = self.scheduler.pace.clock.epoch_s()
        try:
            chain = self.market.chain(symbol, expiration, epoch_s)
            price = self.market.underlying(symbol, epoch_s)
        except Exception as error:
            return Quotes(None, math.nan, f"{type(error).__name__}: {error}"[:200])
        return Quotes(chain, math.nan if price is None else price)

    def _fetch_blocking(self, trader: ExpirationTrader) -> None:
        quotes = self._quotes(trader.symbol, trader.expiration)
        self.scheduler.post(lambda: self.step(trader, (quotes,)))
