"""open_desk: puts broker, quotes, journal and executor together; it alone knows them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Final

from engine.arbitrage_executor import ArbitrageExecutor
from engine.brokers.faults import FaultyExchange
from engine.brokers.matching.clearing import ClearedSession, Clearing
from engine.brokers.matching.venue import MatchingVenue
from engine.brokers.protocol import Broker, MarketData
from engine.brokers.recorded.market import RecordedMarket
from engine.brokers.recorded.session import read_session
from engine.brokers.remote.broker import RemoteBroker
from engine.brokers.remote.session import look
from engine.brokers.simulated.market import SimulatedMarket
from engine.brokers.simulated.overnight import SessionPrices
from engine.carried_over import Past, chains_to_follow, read_past
from engine.config import ConfigError, DeskConfig
from engine.exchange_parts import RemoteParts
from engine.journal.latch import KillLatch
from engine.journal.locks import StateLock
from engine.journal.mailbox import Mailbox
from engine.journal.mirror import OpenOrdersMirror
from engine.journal.places import (
    RunPlaces,
    existing_run,
    free_run_id,
    new_run,
    state_root,
)
from engine.journal.store import Journal
from engine.market.calendar import (
    EXCHANGE_ZONE,
    SessionHours,
    TradingCalendar,
    globex_equity,
    xnys,
)
from engine.market.clock import Clock, VirtualClock
from engine.market.phases import phase_at
from engine.market.ticks import ContractTerms
from engine.orders import events as ev
from engine.running_desk import Desk, DeskPlan
from engine.runtime.pace import RealPace, VirtualPace
from engine.runtime.picture import Nameplate
from engine.runtime.restore import go_on, remember
from engine.runtime.shell_requests import ShellRequests

__all__ = ["Desk", "DeskPlan", "open_desk"]

DEFAULT_SESSION: Final = date(2026, 11, 20)
"""The simulated day where none is configured: the same every time, so a seed is a run."""


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
        return _replayed(config, plan)
    if plan.exchange is not None:
        facts = look(plan.exchange)
        config = config.model_copy(update={"simulation": facts.simulation})
    return _simulated(config, plan)


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
    run = f"{'sim' if plan.exchange is None else 'exchange'}-{day}-seed{settings.seed}"
    return _open(config, plan, run, lambda past: _simulated_day(config, plan, hours, run, past))


def _simulated_day(
    config: DeskConfig, plan: DeskPlan, hours: SessionHours, run: str, past: Past | None
) -> _Day:
    settings, calendar, day = config.simulation, xnys(), hours.date
    opens_s, closes_s = hours.opens.timestamp(), hours.closes.timestamp()
    market = SimulatedMarket(
        settings.seed,
        day,
        opens_s,
        closes_s,
        symbols=settings.symbols,
        expirations_per_symbol=settings.expirations_per_symbol,
        calendar=calendar,
        held=None if past is None else past.held(),
    )
    warm_s = opens_s
    if plan.warm_up:
        warm_s = min(closes_s, _on(day, _time("simulation.warm_up_until", settings.warm_up_until)))
    own = "" if plan.exchange is None else " in its own process"
    listed = [
        (symbol, expiration)
        for symbol in settings.symbols
        for expiration in market.newly_listed(symbol)
    ]
    since = day if past is None else past.session_date or day
    return _Day(
        calendar,
        market,
        day,
        opens_s,
        closes_s,
        warm_s,
        chains_to_follow(past, day, listed, run),
        starts_s=opens_s if plan.start is None else _start(plan.start, day, opens_s, closes_s),
        source=f"simulated exchange{own}, seed {settings.seed}",
        run=run,
        cleared=ClearedSession(day, opens_s, closes_s, since),
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
    closes_s = last_s  # what was not recorded cannot be traded on
    least = config.spreads.min_days_to_expiry if plan.min_days is None else plan.min_days
    terms = ContractTerms(facts.exercise, facts.settlement, facts.multiplier)
    chains = [
        (symbol, expiration)
        for symbol in session.symbols
        for expiration in market.expirations(symbol, first_s)
        if (expiration - start.session_date).days >= least
    ]
    chains = chains[: plan.expirations]
    day = _Day(
        calendar,
        market,
        start.session_date,
        opens_s,
        closes_s,
        opens_s,
        chains,
        starts_s=opens_s,
        source=f"recorded session {facts.name}",
        run=f"replay-{facts.name}",
        bar_s=market.bar_s,
        terms=terms,
    )
    return _open(config, plan, day.run, lambda past: day)


@dataclass(frozen=True, slots=True)
class _Day:
    """The session that a desk is opened on: when, which chains, and where quotes come from."""

    calendar: TradingCalendar
    market: SimulatedMarket | RecordedMarket
    session_date: date
    opens_s: float
    closes_s: float
    warm_until_s: float
    chains: list[tuple[str, date]]
    starts_s: float
    source: str
    run: str
    bar_s: float | None = None
    terms: ContractTerms | None = None
    cleared: ClearedSession | None = None


def _open(
    config: DeskConfig, plan: DeskPlan, run: str, day_of: Callable[[Past | None], _Day]
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
    day_of: Callable[[Past | None], _Day],
    root: Path | None,
    places: RunPlaces | None,
    lock: StateLock | None,
) -> Desk:
    past = read_past(config, places) if plan.resume is not None and places is not None else None
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
    venue: MatchingVenue | RemoteBroker
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
            day.starts_s if past is None else max(day.starts_s, past.fold.at_ms / 1000)
        )
        pace = VirtualPace(clock, plan.speed)
        broker = venue = MatchingVenue(
            day.market,
            timer,
            seed,
            lambda epoch_s: phase_at(epoch_s, day.calendar),
            model=model,
        )
        if past is not None:
            past.fill(venue.ledger)
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
        fold=None if past is None else past.fold,
        plate=Nameplate(
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
    sizes = {}
    new_day = past is not None and past.session_date != day.session_date
    if past is not None:
        remember(core, past.events)
        sizes = {key: tally.size for key, tally in past.fold.traders.items()}
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
            config.model_dump(mode="json", exclude={"state_dir", "keys", "theme"}),
        )
    )
    catching_up = None
    if remote is not None and past is not None:
        catching_up = remote.reconciliation(core)
        catching_up.book()
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
        ends_s = min(ends_s, _on(day.session_date, plan.until))
    warm_until_s = min(day.warm_until_s if past is None else day.opens_s, ends_s)
    if faulty is not None and plan.faults is not None and plan.faults.calm_s is not None:
        timer(plan.faults.calm_s, faulty.calm)
    desk = Desk(executor, pace, plan, venue, places, root, ends_s, warm_until_s, lock, faulty)
    if places is not None and latch is not None:
        desk.shell = ShellRequests(executor, Mailbox(places.folder), latch)
        live = core.fold.orders.live
        core.orders.mirror = OpenOrdersMirror(places.folder, live, durable=remote is not None)
        if remote is not None:
            remote.attach(executor, desk.shell, latch)
            desk.on_close = remote.guard.dismiss
    return desk


def _latch(executor: ArbitrageExecutor, latch: KillLatch) -> None:
    """Tie the kill to its file: one that stands there holds from the first moment on."""
    flags, clock = executor.flags, executor.core.scheduler.pace.clock
    found = latch.standing()
    if found is not None:
        flags.killed, flags.frozen = True, found.stage == 2

    def on_latch(closes: bool) -> None:
        if closes:
            latch.close(2 if flags.frozen else 1, clock.epoch_s())
        else:
            latch.lift()

    executor.operator.kill.on_latch = on_latch


def _time(key: str, text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{key}: {text!r} is no time of day; write HH:MM") from None


def _start(at: time, day: date, opens_s: float, closes_s: float) -> float:
    starts_s = _on(day, at)
    if not opens_s <= starts_s < closes_s:
        raise ConfigError(f"a session of {day} cannot start at {at:%H:%M}; it would be closed")
    return starts_s


def _on(day: date, at: time) -> float:
    return datetime.combine(day, at, EXCHANGE_ZONE).timestamp()
