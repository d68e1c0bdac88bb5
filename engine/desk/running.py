"""A running desk as the screen and the command line see it: start, look, ask, stop, report."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any, Final

from engine.arbitrage_executor import ArbitrageExecutor
from engine.brokers.recorded.recorder import SessionRecorder
from engine.commands import Ask, Command, Ticket, TicketState
from engine.desk.day import DeskHours
from engine.desk.exchange import ExchangeParts
from engine.desk.output import RunFiles
from engine.desk.plan import DeskPlan
from engine.observers.server import ObserverServer
from engine.orders.events.session import DIFFERENCE
from engine.report.records import SessionReport
from engine.report.session import session_report
from engine.run_folder.paths import RunPlaces
from engine.runtime.engine import DRAIN_S
from engine.runtime.pace import VirtualPace
from engine.runtime.requests.shell import ShellRequests
from engine.runtime.restart.take_over import taken_over_text
from engine.runtime.scheduler import collecting_rarely
from engine.snapshot import EngineSnapshot, EngineState, EventLine

RECORD_EVERY_S: Final = 60.0

CLOSE_WITHIN_S: Final = 10.0

ENDED: Final = "the desk has ended; nothing trades any more"


class Desk:
    """A running desk as the screen and the command line see it.

    Made by `open_desk`. Every method may be called from any thread.

    Args:
        executor: the engine.
        parts: the exchange, and what lies between it and the engine.
        plan: what was opened.
        hours: when it starts and ends.
        files: what it leaves on disk.
        shell: answers what other shells ask; None where the run keeps nothing on disk.
        recorder: takes the session's quotes; None where they are not recorded.
        remarks: what is to be known of the session before it runs.
        observers: shows the desk to other processes; None where none can look.

    Attributes:
        exchange: its ledger is the truth.
        faulty: what comes between exchange and engine where a plan has faults.
        gateway: a broker's gateway between them in virtual time; None where a plan has none.
        remarks: sentences about a recorded session.
    """

    def __init__(
        self,
        executor: ArbitrageExecutor,
        parts: ExchangeParts,
        plan: DeskPlan,
        hours: DeskHours,
        files: RunFiles,
        shell: ShellRequests | None,
        recorder: SessionRecorder | None,
        remarks: tuple[str, ...] = (),
        observers: ObserverServer | None = None,
    ) -> None:
        self.executor = executor
        self.faulty = parts.faulty
        self.exchange = parts.exchange
        self.gateway = parts.gateway
        self.shell = shell
        self.observers = observers
        self.remarks = remarks
        self._parts = parts
        self._pace = executor.pace
        self._plan = plan
        self._hours = hours
        self._files = files
        self._recorder = recorder
        self._drained: EventLine | None = None
        self._started = False
        self._closing = threading.Lock()
        self._closed = threading.Event()
        if recorder is not None:
            self._record(recorder)

    @property
    def places(self) -> RunPlaces | None:
        """The run's files; None where nothing is kept on disk."""
        return self._files.places

    @property
    def calm_s(self) -> float | None:
        """Epoch second from which no fault strikes; None where none is planned."""
        return self._plan.calm_s

    @property
    def journal_failure(self) -> str:
        """Why the journal stopped taking events; "" while it does."""
        return self.executor.context.journal.failed or ""

    # ------------------------------------------------------------------ running

    def start(self) -> None:
        """Start the engine's thread: warm up where planned, then trade at the planned speed.

        Again it does nothing.

        Raises:
            RuntimeError: the desk has ended; its journal is closed.
        """
        executor = self.executor
        with self._closing:
            if executor.state is EngineState.ENDED:
                raise RuntimeError("this desk has ended; open the run again to go on with it")
            if self._started:
                return
            self._started = True
        self._answer_others()
        if self._hours.warm_until_s > self._pace.clock.now_s():
            executor.lifecycle.warm_up()
        executor.thread.start(self._run)

    def _answer_others(self) -> None:
        """Begin to do what other shells ask, and to show the desk to who observes it."""
        for each in (self.shell, self.observers):
            if each is not None:
                each.start()

    def _run(self) -> None:
        try:
            self._trade()
        finally:
            self._close()

    def _trade(self) -> None:
        executor, pace = self.executor, self._pace
        warming = executor.state is EngineState.WARMING
        executor.begin()
        if isinstance(pace, VirtualPace):
            speed = pace.speed
            if warming:
                lifecycle = executor.lifecycle
                lifecycle.warm_up()
                pace.set_speed(math.inf)
                executor.scheduler.run_until(
                    self._hours.warm_until_s, lambda: lifecycle.state is EngineState.WARMING
                )
                lifecycle.warmed_up()
            if executor.state is EngineState.RUN and math.isinf(pace.speed):
                pace.set_speed(speed)  # unless somebody has ended the warm-up by a speed
        executor.scheduler.call_at(self._hours.ends_s, self._end_of_plan)
        executor.scheduler.run()

    def run_to_end(self, on_progress: Callable[[float], None] | None = None) -> SessionReport:
        """Run the whole plan in this thread as fast as possible, and report.

        Args:
            on_progress: told the fraction done now and then.

        Raises:
            RuntimeError: the desk's time is real.
        """
        executor, pace = self.executor, self._pace
        if not isinstance(pace, VirtualPace):
            raise RuntimeError("real time cannot be run flat out; use start() and stop()")
        self._started = True
        self._answer_others()
        pace.set_speed(math.inf)
        executor.begin()
        hours = self._hours
        span_s = max(1.0, hours.ends_s - hours.starts_s)
        with collecting_rarely():
            for part in range(1, 101):
                executor.scheduler.run_until(hours.starts_s + span_s * part / 100)
                if on_progress is not None:
                    on_progress(part / 100)
                if executor.state is EngineState.ENDED:
                    break
        if executor.state is not EngineState.ENDED:
            executor.end(within_s=DRAIN_S)
            final_s = executor.config.limits.final_ends_within_s
            executor.scheduler.run_until(hours.ends_s + DRAIN_S + final_s + 10.0)
        executor.finish()
        self._close()
        return self.report()

    def stop(self, drain: bool = True) -> str:
        """End in order and return one sentence on how book and broker compare; idempotent.

        Args:
            drain: let completing orders work for up to DRAIN_S of the desk's time; False cancels
                everything and verifies at once. Either way nothing trades afterwards.
        """
        executor = self.executor
        if executor.state is not EngineState.ENDED:
            executor.scheduler.post(self._hurry)
            if not drain:
                executor.scheduler.post(lambda: executor.operator.cancel_all("quit"))
            executor.stop(DRAIN_S if drain else 0.0)
        self._close()
        agrees = "" if self.books_agree() else "book == broker"
        result = "; ".join(part for part in (self.how_it_ended(), agrees) if part)
        try:
            left = self.exchange.open_orders()
        except ConnectionError:
            return result
        return f"{result}; {len(left)} orders still open" if left else result

    def _hurry(self) -> None:
        """Let virtual time run flat out, so that draining takes no real seconds."""
        if isinstance(self._pace, VirtualPace):
            self._pace.resume()
            self._pace.set_speed(math.inf)

    def _end_of_plan(self, _: Any) -> None:
        self.executor.end(within_s=DRAIN_S)

    def wait(self, within_s: float = CLOSE_WITHIN_S) -> bool:
        """Wait until an ended desk has written everything; False where it takes longer.

        Args:
            within_s: real seconds.
        """
        return self._closed.wait(within_s)

    def _close(self) -> None:
        """Write what is left, once, whoever comes first."""
        with self._closing:
            if not self._closed.is_set():
                self._write_all()
                self._closed.set()

    def _write_all(self) -> None:
        try:
            if self._recorder is not None:
                self._recorder.close()
                self._recorder = None
            self._files.write_last(self.executor.snapshot())
            for each in (self.shell, self.observers):
                if each is not None:
                    each.stop()
            self._files.close_mirror()
            self._parts.close()
        finally:
            self._files.release()

    # ------------------------------------------------------------------ the port

    def snapshot(self) -> EngineSnapshot:
        """The latest snapshot; never waits."""
        return self.executor.snapshot()

    def submit(self, command: Command) -> Ticket:
        """Hand a command over; the ticket says requested, later snapshots what became of it.

        After the end it is refused at once, but watching a trader or an order still works.
        """
        if self.executor.state is EngineState.ENDED:
            if command.ask is Ask.WATCH and self.executor.thread.running() is None:
                return self.executor.look(command)
            return Ticket("", command.ask, command.target, TicketState.REFUSED, ENDED)
        return self.executor.submit(command)

    def drain_events(self) -> tuple[EventLine, ...]:
        """Event lines since the last call, the oldest first; bounded by the snapshot's."""
        events = self.executor.snapshot().events
        fresh = []
        for line in events:
            if line is self._drained:
                break
            fresh.append(line)
        if events:
            self._drained = events[0]
        return tuple(reversed(fresh))

    def taken_over(self) -> tuple[str, ...]:
        """What of an earlier run is in force and in trial, and what could not go on, in words."""
        return self.executor.call(lambda: taken_over_text(self.executor.context.state))

    def report(self) -> SessionReport:
        """The session so far, from the state that the screen shows."""
        report = self.executor.call(lambda: session_report(self.executor.context.state))
        return report if self.places is None else report.of_run(self.places.run)

    def how_it_ended(self) -> str:
        """What an ended desk left apart: book and ledger, or an end not final; "" for nothing."""
        ended = self.executor.call(lambda: self.executor.context.state.ended)
        if ended is not None and ended.reason.startswith(DIFFERENCE):
            return ended.reason
        # An exchange in a process of its own may have executed something after the last row.
        differs = self.books_agree()
        return f"{DIFFERENCE}: book != broker: {differs}" if differs else ""

    def books_agree(self) -> str:
        """What differs between the exchange's ledger and the book: "" where nothing does."""
        return self._parts.compared(self.executor.context.state.contracts)

    # ------------------------------------------------------------------ aside

    def _record(self, recorder: SessionRecorder) -> None:
        context = self.executor.context

        def sample() -> None:
            epoch_s = context.moment.epoch_s
            for trader in context.traders.values():
                chain = context.market.chain(trader.symbol, trader.expiration, epoch_s)
                if chain is not None and self._recorder is recorder:
                    recorder.sample(chain, epoch_s)

        context.every(RECORD_EVERY_S, sample)
