"""open_desk: puts broker, quotes, journal and executor together; it alone knows them all."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from engine.arbitrage_executor import ArbitrageExecutor
from engine.book.balancer import PositionBalancer
from engine.brokers.ledger import Execution
from engine.brokers.ledger_file import ledger_text, read_ledger
from engine.brokers.matching.venue import MatchingVenue
from engine.brokers.recorded.market import RecordedMarket
from engine.brokers.recorded.recorder import RecordingMeta, SessionRecorder
from engine.brokers.recorded.session import read_session
from engine.brokers.simulated.market import SimulatedMarket
from engine.commands import Command, Ticket
from engine.config import ConfigError, DeskConfig
from engine.journal.locks import StateLock
from engine.journal.places import (
    RunPlaces,
    existing_run,
    free_run_id,
    new_run,
    state_root,
    write_private,
)
from engine.journal.reading import read_events
from engine.journal.store import Journal
from engine.market.calendar import EXCHANGE_ZONE, TradingCalendar, globex_equity, xnys
from engine.market.clock import SystemClock, VirtualClock
from engine.market.phases import phase_at
from engine.market.ticks import ContractTerms
from engine.orders import events as ev
from engine.runtime.fold import DeskFold
from engine.runtime.pace import VirtualPace
from engine.runtime.picture import Nameplate
from engine.runtime.report import SessionReport, session_report
from engine.runtime.restore import end_lost_orders
from engine.snapshot import EngineSnapshot, EngineState, EventLine

STATUS_EVERY_S: Final = 1.0
DEFAULT_SESSION: Final = date(2026, 11, 20)
"""The simulated day where none is configured: the same every time, so a seed is a run."""

RECORD_EVERY_S: Final = 60.0

DRAIN_S: Final = 20.0
"""Seconds that completing orders get at the end, before what is left is cancelled and parked."""


@dataclass(frozen=True, slots=True)
class DeskPlan:
    """What to open.

    Args:
        replay: folder of a recorded session; None for the simulated exchange.
        speed: virtual seconds a real second; math.inf for as fast as possible.
        warm_up: whether a simulated session runs flat out until `simulation.warm_up_until`.
        until: exchange time of day at which to end; None for the close.
        record: folder to record the session's quotes to.
        run_dir: where to keep the run; None for a new folder below the state directory.
        in_memory: keep nothing on disk.
        pool_threads: threads for blocking calls.
        min_days: chains with fewer days to expiration get no trader.
        resume: id of an earlier simulated run to go on with, paused; None begins a new one.
    """

    replay: Path | None = None
    speed: float = 1.0
    warm_up: bool = False
    until: time | None = None
    record: Path | None = None
    run_dir: Path | None = None
    in_memory: bool = False
    pool_threads: int = 4
    min_days: int | None = None
    resume: str | None = None


class Desk:
    """A running desk as the screen and the command line see it.

    Made by `open_desk`. Every method may be called from any thread.
    """

    def __init__(
        self,
        executor: ArbitrageExecutor,
        pace: VirtualPace,
        plan: DeskPlan,
        venue: MatchingVenue,
        places: RunPlaces | None,
        root: Path | None,
        ends_s: float,
        warm_until_s: float,
        lock: StateLock | None,
    ) -> None:
        self.executor = executor
        self.venue = venue
        self.places = places
        self._pace = pace
        self._plan = plan
        self._root = root
        self._ends_s = ends_s
        self._warm_until_s = warm_until_s
        self._lock = lock
        self._starts_s = pace.clock.now_s()
        self._status_s = -math.inf
        self._recorder: SessionRecorder | None = None
        self._drained: EventLine | None = None
        executor.on_paint = self._painted
        executor.progress_of = self._progress
        executor.core.on_session_end = self._session_over
        if plan.record is not None:
            self._record(plan.record)

    # ------------------------------------------------------------------ running

    def start(self) -> None:
        """Start the engine's thread: warm up where planned, then trade at the planned speed."""
        executor = self.executor
        if self._warm_until_s > self._pace.clock.now_s():
            executor.state = EngineState.WARMING
        executor.start_thread(self._run)

    def _run(self) -> None:
        executor, pace = self.executor, self._pace
        speed = pace.speed
        warming = executor.state is EngineState.WARMING
        executor.begin()
        if warming:
            executor.state = EngineState.WARMING
            pace.set_speed(math.inf)
            executor.scheduler.run_until(self._warm_until_s)
            if executor.state is EngineState.WARMING:
                executor.state = EngineState.RUN
        pace.set_speed(speed)
        executor.scheduler.call_at(self._ends_s, self._end_of_plan)
        executor.scheduler.run()
        self._close()

    def run_to_end(self, on_progress: Callable[[float], None] | None = None) -> SessionReport:
        """Run the whole plan in this thread as fast as possible, and report.

        Args:
            on_progress: told the fraction done now and then.
        """
        executor = self.executor
        self._pace.set_speed(math.inf)
        executor.begin()
        span_s = max(1.0, self._ends_s - self._starts_s)
        for part in range(1, 101):
            executor.scheduler.run_until(self._starts_s + span_s * part / 100)
            if on_progress is not None:
                on_progress(part / 100)
            if executor.state is EngineState.ENDED:
                break
        if executor.state is not EngineState.ENDED:
            executor.end(within_s=DRAIN_S)
            executor.scheduler.run_until(self._ends_s + DRAIN_S + 10.0)
        executor.settle()
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
        difference = self.books_agree()
        return f"book != broker: {difference}" if difference else "book == broker"

    def _hurry(self) -> None:
        """Let virtual time run flat out, so that draining takes no real seconds."""
        self._pace.resume()
        self._pace.set_speed(math.inf)

    def _session_over(self) -> None:
        executor = self.executor
        executor.settle()
        executor.scheduler.stop()

    def _end_of_plan(self, _: Any) -> None:
        self.executor.end(within_s=DRAIN_S)

    def _close(self) -> None:
        if self._recorder is not None:
            self._recorder.close()
            self._recorder = None
        if self.places is not None:
            write_private(self.places.ledger, ledger_text(self.venue.ledger))
        self._write_status(self.executor.snapshot())
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    # ------------------------------------------------------------------ the port

    def snapshot(self) -> EngineSnapshot:
        """The latest picture; never waits."""
        return self.executor.snapshot()

    def submit(self, command: Command) -> Ticket:
        """Hand a command over; the ticket says requested, later snapshots what became of it."""
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

    def report(self) -> SessionReport:
        """The session so far, from the same fold that the screen shows."""
        return self.executor.call(lambda: session_report(self.executor.core.fold))

    def books_agree(self) -> str:
        """What differs between the exchange's ledger and the book: "" where nothing does."""
        core, ledger = self.executor.core, self.venue.ledger
        rows = [row.text for row in core.fold.contracts.difference(self.venue.positions())]
        book = core.fold.contracts
        if book.cash_c != ledger.cash_c:
            rows.append(f"cash: book {book.cash_c}, exchange {ledger.cash_c} cents")
        if book.fees_c != ledger.fees_c:
            rows.append(f"fees: book {book.fees_c}, exchange {ledger.fees_c} cents")
        return "; ".join(rows)

    # ------------------------------------------------------------------ aside

    def _progress(self, epoch_s: float) -> float | None:
        if self.executor.state is EngineState.WARMING:
            start_s, end_s = self._starts_s, self._warm_until_s
        elif self._plan.replay is not None:
            start_s, end_s = self._starts_s, self._ends_s
        else:
            return None
        return min(1.0, max(0.0, (epoch_s - start_s) / max(1.0, end_s - start_s)))

    def _painted(self, snapshot: EngineSnapshot) -> None:
        now_s = self._pace.real_s()
        if self._root is not None and now_s - self._status_s >= STATUS_EVERY_S:
            self._status_s = now_s
            self._write_status(snapshot)

    def _write_status(self, snapshot: EngineSnapshot) -> None:
        if self._root is None:
            return
        status = status_json(snapshot, SystemClock().epoch_s())
        try:
            write_private(self._root / "status.json", json.dumps(status, indent=1))
        except OSError as error:
            self.executor.warnings.append(f"status.json: {error}")

    def _record(self, folder: Path) -> None:
        core = self.executor.core
        recorder = self._recorder = SessionRecorder(folder, RecordingMeta(folder.name))

        def sample() -> None:
            epoch_s = core.moment.epoch_s
            for trader in core.traders.values():
                chain = core.market.chain(trader.symbol, trader.expiration, epoch_s)
                if chain is not None and self._recorder is recorder:
                    recorder.sample(chain, epoch_s)

        core.periodic.append((RECORD_EVERY_S, sample))


def open_desk(config: DeskConfig, plan: DeskPlan | None = None) -> Desk:
    """Open a simulated or replayed desk.

    Args:
        config: the settings; its mode must be SIM, the only one that needs no broker account.
        plan: what to open.

    Raises:
        ConfigError: a mode without a broker, a date that is no session, a bad time.
        SessionFileError: the recorded session cannot be read.
        JournalError: the run's folder cannot be used.
    """
    plan = plan or DeskPlan()
    if config.mode != "SIM":
        raise ConfigError(f"mode {config.mode} needs a broker account; only SIM is built in")
    return _replayed(config, plan) if plan.replay is not None else _simulated(config, plan)


def _simulated(config: DeskConfig, plan: DeskPlan) -> Desk:
    settings = config.simulation
    calendar = xnys()
    day = DEFAULT_SESSION
    if settings.session_date is not None:
        try:
            day = date.fromisoformat(settings.session_date)
        except ValueError:
            raise ConfigError(
                f"simulation.session_date: {settings.session_date!r} is no date; write YYYY-MM-DD"
            ) from None
    hours = calendar.session(day)
    if hours is None:
        raise ConfigError(
            f"simulation.session_date: {day} is no session ({calendar.closure_reason(day)}); the "
            f"next is {calendar.next_session(day)}"
        )
    opens_s, closes_s = hours.opens.timestamp(), hours.closes.timestamp()
    market = SimulatedMarket(
        settings.seed,
        day,
        opens_s,
        closes_s,
        symbols=settings.symbols,
        expirations_per_symbol=settings.expirations_per_symbol,
        calendar=calendar,
    )
    warm_s = opens_s
    if plan.warm_up:
        warm_s = min(closes_s, _on(day, _time("simulation.warm_up_until", settings.warm_up_until)))
    chains = [
        (symbol, expiration)
        for symbol in settings.symbols
        for expiration in market.expirations(symbol, opens_s)[: settings.expirations_per_symbol]
    ]
    return _open(
        config,
        plan,
        calendar,
        market,
        day=day,
        opens_s=opens_s,
        closes_s=closes_s,
        warm_until_s=warm_s,
        chains=chains,
        source=f"simulated exchange, seed {settings.seed}",
        run=f"sim-{day}-seed{settings.seed}",
        bar_s=None,
    )


def _replayed(config: DeskConfig, plan: DeskPlan) -> Desk:
    assert plan.replay is not None
    session = read_session(plan.replay)
    market = RecordedMarket(session)
    facts = session.facts
    calendar: TradingCalendar = globex_equity() if facts.on_futures else xnys()
    first_s, last_s = session.first_s, session.last_s
    start = phase_at(first_s, calendar)
    opens_s = min(first_s, start.opens_s) if start.opens_s is not None else first_s
    end = phase_at(last_s, calendar)
    closes_s = max(last_s, end.closes_s) if end.closes_s is not None else last_s
    least = config.spreads.min_days_to_expiry if plan.min_days is None else plan.min_days
    terms = ContractTerms(facts.exercise, facts.settlement, facts.multiplier)
    chains = [
        (symbol, expiration)
        for symbol in session.symbols
        for expiration in market.expirations(symbol, first_s)
        if (expiration - start.session_date).days >= least
    ]
    bar_s = market.bar_s
    return _open(
        config,
        plan,
        calendar,
        market,
        day=start.session_date,
        opens_s=opens_s,
        closes_s=closes_s,
        warm_until_s=opens_s,
        chains=chains,
        source=f"recorded session {facts.name}",
        run=f"replay-{facts.name}",
        bar_s=bar_s,
        terms=terms,
    )


def _open(
    config: DeskConfig,
    plan: DeskPlan,
    calendar: TradingCalendar,
    market: SimulatedMarket | RecordedMarket,
    *,
    day: date,
    opens_s: float,
    closes_s: float,
    warm_until_s: float,
    chains: list[tuple[str, date]],
    source: str,
    run: str,
    bar_s: float | None,
    terms: ContractTerms | None = None,
) -> Desk:
    if not chains:
        raise ConfigError(f"{source}: no expiration has enough days left to trade")
    config = config.model_copy(deep=True)
    config.limits = config.limits.scaled(len(chains))
    root, places, lock = _places(config, plan, run)
    past = _past(config, places) if plan.resume is not None and places is not None else None
    clock = VirtualClock(opens_s if past is None else max(opens_s, past.fold.at_ms / 1000))
    pace = VirtualPace(clock, plan.speed)
    journal = (
        Journal.memory()
        if places is None
        else Journal.open(places.journal, durable=False, run=places.run)
    )
    seed, model = config.simulation.seed, config.simulation.fill_model
    executor: ArbitrageExecutor
    venue = MatchingVenue(
        market,
        lambda due_s, call: executor.scheduler.timer(due_s, call),  # noqa: PLW0108
        seed,
        lambda epoch_s: phase_at(epoch_s, calendar),
        model=model,
    )
    if past is not None:
        for execution in past.executions:
            venue.ledger.book(execution)
    name = places.run if places is not None else run
    executor = ArbitrageExecutor(
        config=config,
        broker=venue,
        market=market,
        pace=pace,
        calendar=calendar,
        seed=seed,
        pool_threads=plan.pool_threads,
        journal=journal,
        bar_s=bar_s,
        fold=None if past is None else past.fold,
        plate=Nameplate(
            run=name,
            mode="SIM",
            account=config.account,
            broker="embedded",
            source=source,
            fill_model=model,
            run_dir="" if places is None else str(places.folder),
            can_pace=True,
        ),
    )
    executor.core.emit(
        ev.SessionStarted(
            round(clock.epoch_s() * 1000),
            "SIM",
            config.account,
            run,
            source,
            model,
            seed,
            day.isoformat(),
            config.model_dump(mode="json", exclude={"state_dir", "keys", "theme"}),
        )
    )
    for symbol, expiration in chains:
        executor.add_symbol(symbol, [expiration], terms=terms)
    if past is not None:
        executor.core.session.update(clock.epoch_s())
        end_lost_orders(executor.core)
        executor.advice.remember(past.events)
        warm_until_s = opens_s
    ends_s = closes_s + 5.0 if plan.until is None else min(closes_s + 5.0, _on(day, plan.until))
    return Desk(executor, pace, plan, venue, places, root, ends_s, warm_until_s, lock)


def _places(
    config: DeskConfig, plan: DeskPlan, run: str
) -> tuple[Path | None, RunPlaces | None, StateLock | None]:
    if plan.in_memory:
        return None, None, None
    root = state_root(plan.run_dir or config.state_dir, config.mode)
    if plan.resume is None:
        places = new_run(root, free_run_id(root, run))
    else:
        places = existing_run(root, plan.resume)
    lock = StateLock(places.folder)
    return root, places, lock


@dataclass(frozen=True, slots=True)
class _Past:
    """What an earlier part of the run left: its events, their fold, the exchange's executions."""

    events: tuple[ev.Event, ...]
    fold: DeskFold
    executions: tuple[Execution, ...]


def _past(config: DeskConfig, places: RunPlaces) -> _Past:
    rows = list(read_events(places.journal))
    fold = DeskFold(PositionBalancer(config.limits.max_imbalance_chain))
    fold.apply_all(rows)
    executions = read_ledger(places.ledger)
    return _Past(tuple(event for _, event in rows), fold, executions)


def _time(key: str, text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{key}: {text!r} is no time of day; write HH:MM") from None


def _on(day: date, at: time) -> float:
    return datetime.combine(day, at, EXCHANGE_ZONE).timestamp()


def status_json(snapshot: EngineSnapshot, written_s: float) -> dict[str, Any]:
    """What `legdesk status --json` prints: the desk's main figures with the time of writing."""
    totals, phase = snapshot.totals, snapshot.phase
    return {
        "written_s": round(written_s, 3),
        "run": snapshot.run,
        "run_dir": snapshot.run_dir,
        "mode": snapshot.mode,
        "account": snapshot.account,
        "source": snapshot.source,
        "fill_model": snapshot.fill_model,
        "state": snapshot.state.value,
        "now_s": round(snapshot.now_s, 3),
        "session_date": snapshot.session_date.isoformat(),
        "phase": phase.name,
        "entries_open": phase.entries_open,
        "attempts": totals.attempts,
        "fills": totals.fills,
        "completions": totals.completions,
        "filled_cycles": totals.filled_cycles,
        "net_premium_usd": totals.net_premium_c / 100,
        "matched_usd": totals.matched_c / 100,
        "open_usd": totals.open_c / 100,
        "fees_usd": totals.fees_c / 100,
        "floor_usd": totals.floor_c / 100,
        "unhedged": totals.unhedged,
        "working": totals.working,
        "unknown": totals.unknown,
        "imbalance": totals.imbalance,
        "day_loss_usd": totals.day_loss_c / 100,
        "orders_today": totals.orders_today,
        "alarms": {
            f"p{p}": sum(1 for a in snapshot.alarms if a.priority == p and a.state != "cleared")
            for p in (1, 2, 3)
        },
        "traders": {
            row.key: {
                "state": row.state.value,
                "gate": row.gate,
                "size": row.size,
                "attempts": row.attempts,
                "fills": row.fills,
                "net_contracts": row.net_contracts,
            }
            for row in snapshot.traders
        },
    }
