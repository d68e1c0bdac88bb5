"""open_desk: puts broker, quotes, journal and executor together; it alone knows them all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.arbitrage_executor import ArbitrageExecutor
from engine.brokers.protocol import Broker, MarketData
from engine.brokers.remote.broker import RemoteBroker
from engine.brokers.remote.connection import look
from engine.config import ConfigError, DeskConfig
from engine.desk.day import DeskDay, replayed_day, simulated_day, simulated_run
from engine.desk.earlier_run import EarlierRun, read_earlier_run
from engine.desk.plan import DeskPlan
from engine.desk.remote_exchange import RemoteParts
from engine.desk.running import Desk
from engine.exchange.faults.faulty_exchange import FaultyExchange
from engine.exchange.matching.clearing import Clearing
from engine.exchange.matching.engine import MatchingEngine
from engine.exchange.quotes.paths import SessionPrices
from engine.exchange.session import on_day, simulated_hours
from engine.journal.store import Journal
from engine.market.clock import Clock, VirtualClock
from engine.market.phases import phase_at
from engine.orders import events as ev
from engine.run_folder.kill_latch import KillLatch
from engine.run_folder.lock import StateLock
from engine.run_folder.mailbox import Mailbox
from engine.run_folder.open_orders import OpenOrdersMirror
from engine.run_folder.paths import (
    RunPlaces,
    existing_run,
    free_run_id,
    new_run,
    state_root,
)
from engine.runtime.pace import RealPace, VirtualPace
from engine.runtime.requests.shell import ShellRequests
from engine.runtime.restart.reconcile import book_missed
from engine.runtime.restart.restore import go_on, remember
from engine.runtime.views.snapshot_builder import DeskLabels

__all__ = ["Desk", "DeskPlan", "open_desk"]


def open_desk(config: DeskConfig, plan: DeskPlan | None = None) -> Desk:
    """Open a simulated or replayed desk.

    Args:
        config: the settings; its mode must be SIM, the only one that needs no broker account.
        plan: what to open.

    Raises:
        ConfigError: a mode without a broker, a date that is no session, a bad time.
        SessionFileError: the recorded session cannot be read.
        JournalError: the run's folder cannot be used.
        LinkError: the exchange in another process does not answer, or refuses.
    """
    plan = plan or DeskPlan()
    if config.mode != "SIM":
        raise ConfigError(f"mode {config.mode} needs a broker account; only SIM is built in")
    if plan.replay is not None:
        recorded = replayed_day(config, plan, plan.replay)
        return _open(config, plan, recorded.run, lambda past: recorded)
    if plan.exchange is not None:
        facts = look(plan.exchange)
        config = config.model_copy(update={"simulation": facts.simulation})
    settings = config.simulation
    hours = simulated_hours(settings)
    run = simulated_run(settings, hours, plan)
    return _open(config, plan, run, lambda past: simulated_day(settings, hours, plan, past))


def _open(
    config: DeskConfig, plan: DeskPlan, run: str, day_of: Callable[[EarlierRun | None], DeskDay]
) -> Desk:
    if plan.in_memory:
        return _composed(config, plan, day_of, None, None, None)
    root = state_root(plan.run_dir or config.state_dir, config.mode)
    if plan.resume is None:
        day_of(None)  # what cannot be opened leaves no folder
        places = new_run(root, free_run_id(root, run))
    else:
        places = existing_run(root, plan.resume)
    lock = StateLock(places.folder)
    try:
        return _composed(config, plan, day_of, root, places, lock)
    except BaseException:
        lock.release()
        raise


def _composed(
    config: DeskConfig,
    plan: DeskPlan,
    day_of: Callable[[EarlierRun | None], DeskDay],
    root: Path | None,
    places: RunPlaces | None,
    lock: StateLock | None,
) -> Desk:
    past = (
        read_earlier_run(config, places) if plan.resume is not None and places is not None else None
    )
    day = day_of(past)
    if not day.chains:
        raise ConfigError(f"{day.source}: no expiration has enough days left to trade")
    config = config.model_copy(deep=True)
    config.limits = config.limits.scaled(len(day.chains))
    name = places.run if places is not None else day.run
    seed, model = config.simulation.seed, config.simulation.fill_model
    executor: ArbitrageExecutor
    remote = faulty = None
    clock: Clock
    pace: VirtualPace | RealPace
    venue: MatchingEngine | RemoteBroker
    broker: Broker
    market: MarketData = day.market

    def timer(due_s: float, call: Callable[[], None]) -> None:
        executor.scheduler.timer(due_s, call)

    if plan.exchange is not None and places is not None:
        remote = RemoteParts(places, plan.exchange, config.mode, resumed=past is not None)
        clock, pace = remote.clock, remote.pace
        broker = venue = remote.broker
        market = remote.market
    else:
        clock = VirtualClock(
            day.starts_s if past is None else max(day.starts_s, past.state.at_ms / 1000)
        )
        pace = VirtualPace(clock, plan.speed)
        broker = venue = MatchingEngine(
            day.market,
            timer,
            seed,
            lambda epoch_s: phase_at(epoch_s, day.calendar),
            model=model,
        )
        if past is not None:
            past.fill(venue.ledger)
        if places is not None:
            venue.ledger.record()
        if day.cleared is not None:
            venue.clearing = Clearing(
                venue.ledger,
                SessionPrices(seed, day.calendar),
                timer,
                day.calendar,
                day.cleared,
                seed,
                last=day.market.underlying,
            )
        if plan.faults is not None:
            faulty = FaultyExchange.around(plan.faults, venue, day.market, clock, timer)
            broker, market = faulty.broker, faulty.market
    journal = (
        Journal.memory()
        if places is None
        else Journal.open(places.journal, durable=remote is not None, run=places.run)
    )
    executor = ArbitrageExecutor(
        config=config,
        broker=broker,
        market=market,
        pace=pace,
        calendar=day.calendar,
        seed=seed,
        pool_threads=plan.pool_threads,
        journal=journal,
        bar_s=day.bar_s,
        fold=None if past is None else past.state,
        plate=DeskLabels(
            run=name,
            mode="SIM",
            account=config.account,
            broker="embedded" if remote is None else venue.name,
            source=day.source,
            fill_model=model,
            run_dir="" if places is None else str(places.folder),
            can_pace=remote is None,
        ),
    )
    core = executor.core
    if faulty is not None:
        faulty.broker.sleep.host = executor.scheduler
    sizes = {}
    new_day = past is not None and past.session_date != day.session_date
    if past is not None:
        remember(core, past.events)
        sizes = {key: totals.size for key, totals in past.state.traders.items()}
    core.emit(
        ev.SessionStarted(
            round(clock.epoch_s() * 1000),
            "SIM",
            config.account,
            day.run,
            day.source,
            model,
            seed,
            day.session_date.isoformat(),
            config.for_the_journal(),
        )
    )
    catching_up = None
    if remote is not None and past is not None:
        catching_up = remote.reconciliation(core)
        catching_up.book()
    elif past is not None:
        book_missed(core, venue.ledger)  # the desk died before it was told of them
    for symbol, expiration in day.chains:
        executor.add_symbol(symbol, [expiration], terms=day.terms)
    if remote is not None and catching_up is not None:
        remote.remember(core, catching_up.settle())
    if past is not None:
        go_on(core, sizes, new_day=new_day)
        executor.advice.remember(past.events)
    latch = None if places is None else KillLatch(places.folder)
    if latch is not None:
        _latch(executor, latch)
    ends_s = day.closes_s + 5.0
    if plan.until is not None:
        ends_s = min(ends_s, on_day(day.session_date, plan.until))
    warm_until_s = min(day.warm_until_s if past is None else day.opens_s, ends_s)
    if faulty is not None and plan.faults is not None and plan.faults.calm_s is not None:
        timer(plan.faults.calm_s, faulty.calm)
    desk = Desk(executor, pace, plan, venue, places, root, ends_s, warm_until_s, lock, faulty)
    if places is not None and latch is not None:
        desk.shell = ShellRequests(executor, Mailbox(places.folder), latch)
        live = core.state.orders.live
        core.orders.mirror = OpenOrdersMirror(places.folder, live, durable=remote is not None)
        if remote is not None:
            remote.attach(executor, desk.shell, latch)
            desk.on_close = remote.guard.dismiss
    return desk


def _latch(executor: ArbitrageExecutor, latch: KillLatch) -> None:
    """Tie the kill to its file: one that stands there holds from the first moment on."""
    flags, clock = executor.flags, executor.core.scheduler.pace.clock
    found = latch.read()
    if found is not None:
        flags.killed, flags.frozen = True, found.stage == 2

    def on_latch(closes: bool) -> None:
        if closes:
            found = latch.read()  # another process may have gone further
            second = flags.frozen or (found is not None and found.stage == 2)
            latch.close(2 if second else 1, clock.epoch_s())
        else:
            latch.lift()

    executor.operator.kill.on_latch = on_latch
