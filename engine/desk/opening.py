"""open_desk: puts exchange, quotes, journal and executor together; it alone knows them all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import engine
from engine.arbitrage_executor import ArbitrageExecutor
from engine.brokers.recorded.recorder import RecordingMeta, SessionRecorder
from engine.brokers.remote.connection import look
from engine.config import ConfigError, DeskConfig
from engine.desk.day import DeskDay, DeskHours, hours_of, replayed_day, simulated_day, simulated_run
from engine.desk.earlier_run import EarlierRun, read_earlier_run
from engine.desk.exchange import ExchangeParts, exchange_of
from engine.desk.live import live_session, refuse_plan
from engine.desk.output import LockedRun, RunFiles
from engine.desk.plan import DeskPlan
from engine.desk.previous_run import previous_run
from engine.desk.running import Desk
from engine.exchange.matching.engine import MatchingEngine
from engine.exchange.session import simulated_hours
from engine.journal.opening import memory_journal, observed_journal, open_journal
from engine.journal.store import Journal
from engine.market.clock import Clock
from engine.observers.event_feed import TOLD, EventFeed
from engine.observers.server import observers_of
from engine.orders import events as ev
from engine.run_folder.errors import JournalError
from engine.run_folder.kill_latch import KillLatch
from engine.run_folder.lock import StateLock
from engine.run_folder.mailbox import Mailbox
from engine.run_folder.order_counts import FILE_NAME, OrderDays
from engine.run_folder.paths import (
    RunPlaces,
    existing_run,
    free_run_id,
    new_run,
    state_root,
)
from engine.run_folder.spill_file import SpillFile
from engine.runtime.hooks import DeskHooks
from engine.runtime.requests.shell import ShellRequests
from engine.runtime.restart.restore import go_on, remember
from engine.runtime.restart.take_over import take_over
from engine.runtime.views.snapshot_builder import DeskLabels
from engine.state.carried import kind_of

__all__ = ["Desk", "DeskPlan", "open_desk", "refuse_plan"]

OBSERVED_ORDERS_KEPT: Final = 4_096
"""Orders that a run remembers which keeps no events: no restart looks for those of hours ago, and
an execution comes seconds after its order's end, not thousands of orders later."""


@dataclass(frozen=True, slots=True)
class _Opening:
    """What is opened.

    Args:
        config: the settings; limits are those of so many chains in a simulation.
        plan: what was asked for.
        day: the session.
        earlier: what an earlier part of the run left; None for a new run.
        run: where the run is kept; None where nothing is.
    """

    config: DeskConfig
    plan: DeskPlan
    day: DeskDay
    earlier: EarlierRun | None
    run: LockedRun | None

    @property
    def places(self) -> RunPlaces | None:
        """The run's files; None where nothing is kept on disk."""
        return None if self.run is None else self.run.places


def open_desk(config: DeskConfig, plan: DeskPlan | None = None) -> Desk:
    """Open a desk: simulated, replayed, or on an account that a gateway holds.

    Args:
        config: the settings; in modes PAPER and LIVE an account is traded.
        plan: what to open.

    Raises:
        ConfigError: a mode without a gateway, a date without a session, a bad time of day.
        SessionFileError: the recorded session cannot be read.
        JournalError: the run's folder cannot be used.
        LinkError: the exchange in another process does not answer, or refuses.
    """
    plan = plan or DeskPlan()
    if config.mode != "SIM":
        live = live_session(config, plan)
        return _open(live.config, live.plan, live.run, live.day)
    if plan.replay is not None:
        recorded = replayed_day(config, plan, plan.replay)
        return _open(config, plan, recorded.run, lambda earlier: recorded)
    if plan.exchange is not None:
        facts = look(plan.exchange)
        if facts.simulation is not None:
            config = config.model_copy(update={"simulation": facts.simulation})
    settings = config.simulation
    hours = simulated_hours(settings)
    run = simulated_run(settings, hours, plan)
    return _open(config, plan, run, lambda earlier: simulated_day(settings, hours, plan, earlier))


def _open(
    config: DeskConfig, plan: DeskPlan, run: str, day_of: Callable[[EarlierRun | None], DeskDay]
) -> Desk:
    """Open a run in memory, a new one on disk, or one that goes on; its lock is held first."""
    if plan.in_memory:
        return _desk_of(_opening_of(config, plan, day_of, None))
    root = state_root(plan.run_dir or config.state_dir, config.mode)
    try:
        return _open_on_disk(config, plan, run, day_of, root)
    except ConnectionError:
        raise  # of an exchange, not of the disk
    except OSError as error:
        raise JournalError(
            "denied",
            f"{error.filename or root} cannot be written: {error.strerror or error}; free the "
            "disk, or set state_dir to a folder of your own",
        ) from None


def _open_on_disk(
    config: DeskConfig,
    plan: DeskPlan,
    run: str,
    day_of: Callable[[EarlierRun | None], DeskDay],
    root: Path,
) -> Desk:
    if plan.resume is None:
        day_of(None)  # what cannot be opened leaves no folder
        places = new_run(root, free_run_id(root, run))
    else:
        places = existing_run(root, plan.resume)
    lock = StateLock(places.folder)
    try:
        return _desk_of(_opening_of(config, plan, day_of, LockedRun(root, places, lock)))
    except BaseException:
        if plan.resume is None:
            shutil.rmtree(places.folder, ignore_errors=True)
        lock.release()
        raise


def _opening_of(
    config: DeskConfig,
    plan: DeskPlan,
    day_of: Callable[[EarlierRun | None], DeskDay],
    run: LockedRun | None,
) -> _Opening:
    goes_on = plan.resume is not None and run is not None
    earlier: EarlierRun | None = None
    if goes_on and run is not None:
        earlier = read_earlier_run(config, run.places, accept_missing=plan.accept_missing)
    day = day_of(earlier)
    if not day.chains:
        raise ConfigError(f"{day.source}: no expiration has enough days left to trade")
    if config.mode == "SIM":
        limits = config.limits.scaled(len(day.chains))
        config = config.model_copy(update={"limits": limits})
    config = config.model_copy(deep=True)
    return _Opening(config, plan, day, earlier, run)


def _desk_of(opening: _Opening) -> Desk:
    """Put a desk together, and bring it to where an earlier part of the run stopped.

    Nothing is written for the run before its quotes are known to have a place.
    """
    folder = opening.plan.record
    if folder is None:
        return _put_together(opening, None)
    with ExitStack() as undo:
        recorder = SessionRecorder(folder, RecordingMeta(folder.absolute().name))
        undo.callback(recorder.close)
        desk = _put_together(opening, recorder)
        undo.pop_all()
        return desk


def _put_together(opening: _Opening, recorder: SessionRecorder | None) -> Desk:
    spill = None if opening.places is None else SpillFile(opening.places.folder)
    with ExitStack() as undo:
        if spill is not None:
            undo.callback(spill.close)
        parts = exchange_of(
            opening.config, opening.plan, opening.day, opening.earlier, opening.run, spill
        )
        durable = parts.remote is not None
        if parts.remote is not None:
            undo.callback(parts.remote.disconnect)
        journal = _journal_of(opening.places, opening.plan.observe, durable=durable)
        undo.callback(journal.close)
        desk = _desk_with(opening, parts, journal, recorder)
        undo.pop_all()
        return desk


def _desk_with(
    opening: _Opening, parts: ExchangeParts, journal: Journal, recorder: SessionRecorder | None
) -> Desk:
    plan, day, earlier, run = opening.plan, opening.day, opening.earlier, opening.run
    scheduler = parts.scheduler
    hours = hours_of(plan, day, scheduler.pace.clock.now_s(), resumed=earlier is not None)
    files = RunFiles(run, journal, parts.exchange, scheduler.pace)
    latch = None if run is None else KillLatch(run.places.folder)
    executor = _executor_of(opening, parts, journal, _hooks_of(parts, files, hours, latch))
    if run is not None and opening.config.mode != "SIM":
        executor.limits.budget.keep(OrderDays(run.root / FILE_NAME))
    if plan.observe is not None:
        _keep_little(parts, executor)
    if earlier is None:
        _start_session(opening, executor)
        _add_traders(opening, executor)
        _take_over(opening, executor)
        if opening.config.mode == "LIVE":  # as what goes on: an operator resumes it
            for trader in executor.context.traders.values():
                trader.pause()
    else:
        _continue(opening, earlier, executor, parts)
    latched = None if latch is None else latch.read()
    if latched is not None:
        executor.operator.kill.found_latched(latched.stage)
    if plan.calm_s is not None:
        scheduler.timer(plan.calm_s, parts.calm)
    shell = None
    if run is not None and latch is not None:
        mailbox = Mailbox(run.places.folder)
        shell = ShellRequests(executor, mailbox, latch, on_beat=parts.beat)
    files.open_orders.start(executor.context.state.orders.live)
    # Nothing trades before it is on disk which session began, and on which settings.
    try:
        journal.flush()
    except JournalError:
        files.close_mirror()
        parts.close()
        raise
    observers, unseen = None, ""
    if run is not None:
        observers, unseen = observers_of(
            run.places.folder,
            executor.snapshot,
            executor.config.for_the_journal,
            engine.__version__,
            _told(executor),
        )
        if observers is not None:
            executor.snapshots.tell_observed(observers.looked_at)
    remarks = (*day.remarks, *((unseen,) if unseen else ()))
    return Desk(executor, parts, plan, hours, files, shell, recorder, remarks, observers)


def _told(executor: ArbitrageExecutor) -> EventFeed:
    """The events of a desk for who follows them, in the order of the journal's rows."""
    context = executor.context
    feed = EventFeed(context.state, lambda: context.journal.seq)
    for kind in TOLD:
        context.subscribe(kind, feed.take, first=True)
    return feed


def _keep_little(parts: ExchangeParts, executor: ArbitrageExecutor) -> None:
    """Nobody reads back a run that keeps no events: neither its wire nor orders of long ago."""
    executor.context.state.orders.keep(OBSERVED_ORDERS_KEPT)
    if isinstance(parts.exchange, MatchingEngine):
        parts.exchange.wire.keep_none()


def _journal_of(
    places: RunPlaces | None, observe: Callable[[ev.Event], None] | None, *, durable: bool
) -> Journal:
    if places is None:
        return memory_journal() if observe is None else observed_journal(observe)
    return open_journal(places.journal, durable=durable, run=places.run)


def _hooks_of(
    parts: ExchangeParts, files: RunFiles, hours: DeskHours, latch: KillLatch | None
) -> DeskHooks:
    """What ties the engine to the run's files, to the guard and to the plan."""
    hooks = DeskHooks(
        open_orders=files.open_orders,
        guard=parts.guard_text,
        on_paint=files.on_paint,
        progress_of=hours.progress,
        compared=parts.compared,
        ends_with_session=True,
        warnings=files.warnings,
        workers=None if parts.gateway is None else parts.gateway.threads,
    )
    if latch is None:
        return hooks
    hooks = replace(hooks, on_latch=partial(_write_latch, latch, parts.scheduler.pace.clock))
    if parts.remote is None:
        return hooks  # the mailbox's thread looks at the latch often enough
    return replace(hooks, is_latched=lambda: latch.is_closed)


def _write_latch(latch: KillLatch, clock: Clock, stage: int) -> None:
    """Close the latch at a stage, 0 to open it; another process may have gone further."""
    if not stage:
        latch.lift()
        return
    latched = latch.read()
    second = stage == 2 or (latched is not None and latched.stage == 2)
    latch.close(2 if second else 1, clock.epoch_s())


def _executor_of(
    opening: _Opening, parts: ExchangeParts, journal: Journal, hooks: DeskHooks
) -> ArbitrageExecutor:
    config, plan, day, earlier = opening.config, opening.plan, opening.day, opening.earlier
    places = opening.places
    return ArbitrageExecutor(
        config=config,
        broker=parts.broker,
        market=parts.market,
        scheduler=parts.scheduler,
        calendar=day.calendar,
        seed=config.simulation.seed if plan.desk_seed is None else plan.desk_seed,
        pool_threads=plan.pool_threads,
        journal=journal,
        bar_s=day.bar_s,
        installation=None if parts.remote is None else parts.remote.installation,
        start="" if parts.remote is None else parts.remote.start,
        state=None if earlier is None else earlier.state,
        labels=DeskLabels(
            run=day.run if places is None else places.run,
            mode=config.mode,
            account=config.account,
            broker=parts.name,
            source=day.source,
            fill_model=_fill_model(config),
            run_dir="" if places is None else str(places.folder),
            can_pace=parts.remote is None,
        ),
        hooks=hooks,
    )


def _start_session(opening: _Opening, executor: ArbitrageExecutor) -> None:
    """Journal which session begins, on which settings."""
    config, day = opening.config, opening.day
    executor.context.emit(
        ev.SessionStarted(
            round(executor.pace.clock.epoch_s() * 1000),
            config.mode,
            config.account,
            day.run,
            day.source,
            _fill_model(config),
            config.simulation.seed if config.mode == "SIM" else 0,
            day.session_date.isoformat(),
            config.for_the_journal(),
        )
    )


def _fill_model(config: DeskConfig) -> str:
    """What fills the orders of a simulation; an account's are filled by its broker."""
    return config.simulation.model_text if config.mode == "SIM" else ""


def _add_traders(opening: _Opening, executor: ArbitrageExecutor) -> None:
    for symbol, expiration in opening.day.chains:
        executor.add_symbol(symbol, [expiration], terms=opening.day.terms)


def _take_over(opening: _Opening, executor: ArbitrageExecutor) -> None:
    """Go on with what the run before learned by trials, where it is of the same kind."""
    plan, run, context = opening.plan, opening.run, executor.context
    session, carried = context.state.session, plan.carried
    if session is None:
        return
    if run is not None and not plan.fresh:
        found = previous_run(run.root, run.places.run, session)
        carried = found.carried
        if found.unreadable:
            context.alarms.raise_(context.moment.at_ms, "RUN_BEFORE", "desk", found.unreadable)
    if carried is None or carried.is_empty or carried.kind != kind_of(session):
        return
    if carried.session_date < session.session_date:
        take_over(context, executor.advice, executor.trials, carried)


def _continue(
    opening: _Opening, earlier: EarlierRun, executor: ArbitrageExecutor, parts: ExchangeParts
) -> None:
    """Bring the desk to where the earlier part of its run and the exchange's books are.

    Executions that the run missed are booked before the traders are made, which begin with the
    units that they then find; what became of its orders is decided with the traders.
    """
    context = executor.context
    # The state is the desk's own from here on: read what it says of the earlier part first.
    sizes = {key: totals.size for key, totals in earlier.state.traders.items()}
    new_day = earlier.session_date != opening.day.session_date
    remember(context, earlier.events)
    executor.core.fees.remember(earlier.events)
    _start_session(opening, executor)
    parts.book_missed(context)
    _add_traders(opening, executor)
    parts.reconcile(context)
    executor.core.fees.catch_up(parts.exchange.ledger.executions)
    reconciled = parts.remote is not None
    orders, books = executor.core.orders, executor.core.books
    go_on(context, orders, books, sizes, new_day=new_day, reconciled=reconciled)
    executor.advice.remember(earlier.events)
    executor.trials.go_on(new_day=new_day)
    if earlier.lost:
        context.alarms.raise_(context.now().at_ms, "EVENTS_LOST", "desk", earlier.lost)
