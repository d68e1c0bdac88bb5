"""Puts exchange, quotes, journal and executor together; this module alone knows them all."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Final

import engine
from engine.arbitrage_executor import ArbitrageExecutor
from engine.brokers.recorded.recorder import RecordingMeta, SessionRecorder
from engine.desk.beginning import Opening, begin, fill_model_of
from engine.desk.day import DeskHours, hours_of
from engine.desk.exchange import ExchangeParts, exchange_of
from engine.desk.output import RunFiles
from engine.desk.running import Desk
from engine.exchange.matching.engine import MatchingEngine
from engine.journal.opening import memory_journal, observed_journal, open_journal
from engine.journal.store import Journal
from engine.market.clock import Clock
from engine.observers.event_feed import TOLD, EventFeed
from engine.observers.server import observers_of
from engine.orders import events as ev
from engine.run_folder.errors import JournalError
from engine.run_folder.kill_latch import KillLatch
from engine.run_folder.mailbox import Mailbox
from engine.run_folder.order_counts import FILE_NAME, OrderDays
from engine.run_folder.paths import RunPlaces
from engine.run_folder.spill_file import SpillFile
from engine.runtime.hooks import DeskHooks
from engine.runtime.requests.shell import ShellRequests
from engine.runtime.views.snapshot_builder import DeskLabels

OBSERVED_ORDERS_KEPT: Final = 4_096
"""Orders that a run remembers which keeps no events: no restart looks for those of hours ago, and
an execution comes seconds after its order's end, not thousands of orders later."""


def desk_of(opening: Opening) -> Desk:
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


def _put_together(opening: Opening, recorder: SessionRecorder | None) -> Desk:
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
    opening: Opening, parts: ExchangeParts, journal: Journal, recorder: SessionRecorder | None
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
    begin(opening, executor, parts)
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
    opening: Opening, parts: ExchangeParts, journal: Journal, hooks: DeskHooks
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
            fill_model=fill_model_of(config),
            run_dir="" if places is None else str(places.folder),
            can_pace=parts.remote is None,
        ),
        hooks=hooks,
    )
