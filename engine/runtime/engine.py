"""A whole engine put together: started, stopped, asked and looked at from any thread."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable
from typing import Final, NoReturn, Self, TypeVar

from engine.brokers.protocol import Broker, MarketData
from engine.commands import Ask, Command, Ticket
from engine.config import DeskConfig
from engine.journal.store import Journal
from engine.market.calendar import TradingCalendar
from engine.market.session import SessionView
from engine.orders import events as ev
from engine.risk.exposure import Exposure
from engine.risk.flags import DeskFlags
from engine.run_folder.errors import JournalError
from engine.runtime.advice.advisor import CONSIDER_EVERY_S, Advice
from engine.runtime.advice.fill_estimates import FillEstimates
from engine.runtime.callback_answers import ONE_ORDER_AT_A_TIME
from engine.runtime.context import DeskContext
from engine.runtime.core import Core
from engine.runtime.hooks import DeskHooks
from engine.runtime.lanes import Lanes
from engine.runtime.lifecycle import Lifecycle
from engine.runtime.requests.operator import Operator
from engine.runtime.requests.positions import position_requests
from engine.runtime.requests.tickets import Tickets
from engine.runtime.requests.time import TimeRequests
from engine.runtime.scheduler import Scheduler
from engine.runtime.thread import ANSWER_WITHIN_S, EngineThread, program_end
from engine.runtime.trials.conducting import Trials
from engine.runtime.trials.exploring import Exploration
from engine.runtime.views.notes import notes_of
from engine.runtime.views.publisher import Publisher
from engine.runtime.views.snapshot_builder import DeskLabels, SnapshotBuilder
from engine.runtime.views.trials import Needs
from engine.runtime.watch.account import ACCOUNT_EVERY_S, AccountWatch
from engine.runtime.watch.gate_looks import LOOK_S, GateLooks
from engine.runtime.watch.limits import WATCH_EVERY_S, LimitWatch
from engine.snapshot import EngineSnapshot, EngineState
from engine.state.desk import DeskState
from engine.trader.trader import ExpirationTrader

DRAIN_S: Final = 20.0
"""Seconds that completing orders get at the end, before what is left is cancelled and parked."""

STEP_S: Final = 60.0

T = TypeVar("T")

_LOG: Final = logging.getLogger("engine")
"""Told by a library's executor alone; a desk has a screen."""


class Engine:
    """A desk's parts and its thread; every public method may be called from any thread.

    Args:
        config: the desk's settings.
        broker, market: where orders go and quotes come from.
        scheduler: runs everything, in its pace.
        calendar: the market's calendar.
        journal: where events are kept.
        desk_state: the state an earlier run of the same journal left, or a fresh one.
        labels: what the engine is called on screens.
        pool_threads: threads for blocking calls of each kind: quotes, debits, credits, cancels.
        bar_s: seconds between a replay's quotes; None where they come when asked for.
        hooks: what surrounds the engine.
    """

    def __init__(
        self,
        *,
        config: DeskConfig,
        broker: Broker,
        market: MarketData,
        scheduler: Scheduler,
        calendar: TradingCalendar,
        journal: Journal,
        desk_state: DeskState,
        labels: DeskLabels,
        pool_threads: int,
        bar_s: float | None,
        hooks: DeskHooks,
    ) -> None:
        self.config = config
        self.scheduler = scheduler
        self.pace = pace = scheduler.pace
        self.labels = labels
        # In virtual time a call takes no time: made in place, a run is the same every time. Where
        # it does take time, its threads are virtual too.
        waits = not pace.virtual or hooks.workers is not None
        blocking = (broker.blocking or market.blocking) and waits
        self._lanes = Lanes(scheduler, pool_threads, hooks.workers) if blocking else None
        self.flags = DeskFlags(
            definite_answers=getattr(broker, "definite", True),
            answers_queries=getattr(broker, "can_poll", True),
            ends_asked_again=getattr(broker, "can_poll", False),
        )
        context = self.context = DeskContext(
            config=config,
            scheduler=self.scheduler,
            session=SessionView(calendar, config.timing, config.limits.last_debit_before_close_s),
            journal=journal,
            state=desk_state,
            broker=broker,
            market=market,
            lanes=self._lanes,
            exposure=Exposure(desk_state.orders.known.get),
            flags=self.flags,
            inline=pace.virtual or journal.path is None,
        )
        core = self.core = Core(
            context, hooks, self._session_over if hooks.ends_with_session else _nothing
        )
        self.trials = Trials(context)
        self.exploration = Exploration(context, self.trials)
        self.advice = Advice(context, desk_state.metrics, self.trials)
        self.estimates = FillEstimates(context, self.advice.tallies.evidence)
        self.limits = LimitWatch(context, core.books, core.clock, core.wake_by)
        self._gates = GateLooks(context)
        self._account = AccountWatch(context)
        self._follow()
        self.snapshots = SnapshotBuilder(
            context,
            core.orders,
            core.books,
            core.shares,
            labels,
            hooks.guard,
            lambda: self._account.state,
            self._show_read,
        )
        self.operator = Operator(
            core,
            self.advice,
            TimeRequests(pace, labels.can_pace, bar_s or STEP_S, self._end_warm_up),
            self.snapshots.watch,
            self._drain,
            hooks.on_latch,
        )
        self.operator.also(position_requests(core))
        needs = Needs(context, self.advice, self.operator.planner)
        self.snapshots.tell_needs(needs.of)
        self.operator.also({Ask.EXPLORE: self.exploration.switch})
        self.warnings = hooks.warnings
        self.lifecycle = Lifecycle(
            core, self.operator, self.limits, self.warnings, hooks.compared, self._gates.tell
        )
        self.lifecycle.before_end(self.trials.close_session)
        self._on_paint = hooks.on_paint
        self.publisher = Publisher(
            self.snapshots,
            pace,
            self.lifecycle,
            progress_of=hooks.progress_of,
            on_paint=self._painted,
        )
        self.scheduler.serve(self.publisher.idle, context.broken)
        self.thread = EngineThread(self.scheduler)
        self._tickets = Tickets(
            self.scheduler,
            self.thread,
            self.operator,
            core.broker_books.ask_first,
            self.publisher.hurry,
        )

    def _follow(self) -> None:
        context, limits = self.context, self.limits
        context.subscribe(ev.CycleEnded, limits.on_cycle)
        context.subscribe(ev.OrderEnded, limits.on_order_ended)
        context.every(WATCH_EVERY_S, limits.look)
        context.every(ACCOUNT_EVERY_S, self._account.look)
        context.every(CONSIDER_EVERY_S, self.advice.consider)
        context.every(LOOK_S, self._gates.look)

    def _painted(self, snapshot: EngineSnapshot) -> None:
        try:
            self._on_paint(snapshot)
        except JournalError as error:
            self.context.journal_failed(str(error))

    def _end_warm_up(self) -> bool:
        return self.lifecycle.warmed_up()

    def _session_over(self) -> None:
        self.finish()
        self.scheduler.stop()

    def __repr__(self) -> str:
        broker, market = self.context.broker, self.context.market
        return (
            f"{type(self).__name__}({self.state}, {len(self.traders)} traders, mode "
            f"{self.config.mode}, broker {broker.name}, market {type(market).__name__})"
        )

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "an executor runs and cannot be copied; copy its balancer, its metrics, get_status() "
            "or snapshot()"
        )

    @property
    def traders(self) -> dict[str, ExpirationTrader]:
        """Every trader by its key, "SYMBOL YYYY-MM-DD", but for removed ones that are gone."""
        return {key: each for key, each in self.context.traders.items() if not each.gone}

    @property
    def active(self) -> bool:
        """Whether the desk runs."""
        return self.context.running

    @property
    def state(self) -> EngineState:
        """How far the session has come."""
        return self.lifecycle.state

    # ------------------------------------------------------------------ running

    def start(self) -> None:
        """Start trading in a thread of the engine's own; does nothing where it runs already.

        Warns once (RuntimeWarning) where no callback can cancel or look up an order. The log
        `engine` is told when trading opens next, and which limit will end entries and when.

        Raises:
            RuntimeError: the executor was stopped; its journal is closed.
        """
        with self.thread.lock:
            if self.thread.running() is not None:
                return
            if self.state is EngineState.ENDED:
                raise RuntimeError("this executor was stopped; create a new one to trade again")
            if not self.flags.definite_answers:
                self.warnings.append(ONE_ORDER_AT_A_TIME)
                warnings.warn(ONE_ORDER_AT_A_TIME, RuntimeWarning, stacklevel=2)
            for note in self.call(lambda: notes_of(self.context)):
                _LOG.warning("%s", note)
            self.thread.start(self.run)
            program_end.watch(self, self._stop_with_program)

    def __enter__(self) -> Self:
        """Start; the end of the block stops it in order."""
        self.start()
        return self

    def __exit__(self, *given: object) -> None:
        self.stop()

    def run(self) -> None:
        """Run in this thread until `stop`, which another thread or a callback calls."""
        try:
            self.thread.run_here(self._run)
        except BaseException as error:  # Ctrl-C, or an exit that somebody's call asked for
            if not isinstance(error, Exception) and self.active:
                self._ask_to_end(type(error).__name__)
                self.thread.run_here(self.scheduler.run)
            raise
        finally:
            program_end.forget(self)
            self._close_lanes()

    def _run(self) -> None:
        self.begin()
        self.scheduler.run()

    def begin(self) -> None:
        """Start the session in this thread without running it."""
        self.lifecycle.begin()
        self._account.look()

    def stop(self, within_s: float = DRAIN_S) -> None:
        """Close the gate, cancel debits, let credits complete for at most `within_s`, and end.

        Then it waits for ends of orders that are not final, `limits.final_ends_within_s` at most.
        A second call does nothing. Called from the engine's own thread it begins the end and
        returns at once.

        Args:
            within_s: seconds allowed for completing orders.
        """
        thread = self.thread.running()
        if thread is None:
            with self.thread.lock:
                self.scheduler.answer()  # what was asked before the start has its row, too
                self.finish()
        else:
            self.scheduler.post(lambda: self.end(within_s))
            if thread is threading.current_thread():
                return
            final_s = self.config.limits.final_ends_within_s
            self.thread.wait(within_s + final_s + ANSWER_WITHIN_S)
        self._close_lanes()

    def _stop_with_program(self) -> str:
        self._ask_to_end("the program ended without stop()")
        self.stop()
        ended = self.context.state.ended
        return "its end is unknown: the engine did not answer" if ended is None else ended.reason

    def _ask_to_end(self, reason: str) -> None:
        """Leave a row of who asked, and begin the orderly end."""
        self.submit(Command(Ask.DRAIN, who="program", reason=reason))

    def _close_lanes(self) -> None:
        """Start no more calls; those that hang are left behind, and said."""
        lanes, self._lanes = self._lanes, None
        if lanes is not None:
            hanging = lanes.hanging()
            if hanging:
                self.warnings.append(f"calls that never returned were left behind: {hanging}")
            lanes.close()

    def end(self, within_s: float = DRAIN_S) -> None:
        """Begin the orderly end in the scheduler's thread; `finish` follows when all is quiet."""
        self.lifecycle.end(within_s)

    def _drain(self, within_s: float | None) -> None:
        self.end(DRAIN_S if within_s is None else within_s)

    def finish(self) -> None:
        """Write the session's last row; nothing works at the broker any more."""
        self.lifecycle.finish()

    # ------------------------------------------------------------------ asking

    def pause(self, target: str = "*") -> Ticket:
        """No new debit for a trader's key, "symbol:NAME" or "*"; what is legged completes."""
        return self.ask(Command(Ask.PAUSE, target, who="program"))

    def resume(self, target: str = "*") -> Ticket:
        """Lift a pause or an automatic hold."""
        return self.ask(Command(Ask.RESUME, target, who="program"))

    def halt(self) -> Ticket:
        """No new debit anywhere; `resume("*")` lifts it."""
        return self.ask(Command(Ask.HALT, who="program"))

    def kill(self, stage: int = 1) -> Ticket:
        """Stage 1 latches entries shut, stage 2 cancels every order of the desk."""
        return self.ask(Command(Ask.KILL, who="program", args={"stage": stage}))

    def submit(self, command: Command, then: Callable[[Ticket], None] | None = None) -> Ticket:
        """Hand a command over and return at once; its ticket appears in the next snapshots.

        Args:
            command: the request.
            then: called with the answer, in the scheduler's thread.
        """
        return self._tickets.submit(command, then)

    def ask(self, command: Command) -> Ticket:
        """Carry a command out and wait for its answer."""
        return self._tickets.ask(command)

    def look(self, command: Command) -> Ticket:
        """Show what is asked to be looked at where no thread publishes snapshots any more."""
        ticket = self.ask(command)
        self.publisher.publish()
        return ticket

    def _show_read(self) -> None:
        """Publish what was read apart, where no thread publishes snapshots any more."""
        if self.thread.running() is None:
            self.call(self.publisher.publish)

    def call(self, call: Callable[[], T]) -> T:
        """Run `call` in the scheduler's thread, here where none runs, and return its answer."""
        return self.thread.call(call)

    def snapshot(self) -> EngineSnapshot:
        """The latest snapshot; never waits."""
        return self.publisher.latest


def _nothing() -> None:
    pass
