"""The session that a desk is opened on: when, which chains, and where quotes come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, time
from pathlib import Path
from typing import Final

from engine.brokers.recorded.errors import SessionFileError
from engine.brokers.recorded.market import RecordedMarket
from engine.brokers.recorded.remarks import bars_in_hours, underlying_remarks
from engine.brokers.recorded.session import read_session
from engine.config import ConfigError, DeskConfig, SimulationSettings
from engine.desk.earlier_run import EarlierRun, chains_to_follow
from engine.desk.plan import DeskPlan
from engine.exchange.matching.clearing import ClearedSession
from engine.exchange.quotes.market import SimulatedMarket
from engine.exchange.session import on_day, simulated_market
from engine.market.calendar import SessionHours, TradingCalendar, globex_equity, xnys
from engine.market.phases import phase_at
from engine.market.ticks import ContractTerms, contract_terms
from engine.run_folder.paths import run_stem
from engine.snapshot import EngineState

AFTER_CLOSE_S: Final = 5.0
"""Seconds after the close at which a desk ends that the session's own end has not ended."""


@dataclass(frozen=True, slots=True)
class DeskDay:
    """One session of a desk.

    Args:
        calendar: its exchange's.
        market: where quotes come from; None where they come over a socket.
        session_date: exchange date.
        opens_s, closes_s: epoch seconds.
        warm_until_s: when a warm-up ends; the open where there is none.
        chains: (root, expiration) of each trader, in order.
        starts_s: when trading begins.
        source: where quotes come from, as the operator reads it.
        run: stem of a run's id.
        bar_s: seconds between recorded quotes; None where they come as they change.
        terms: of a recorded session's contracts; None for the root's own.
        cleared: what is settled overnight; None where nothing is.
        remarks: sentences about a recorded session, for before the run.
    """

    calendar: TradingCalendar
    market: SimulatedMarket | RecordedMarket | None
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
    remarks: tuple[str, ...] = ()

    def terms_of(self, root: str) -> ContractTerms | None:
        """What is recorded of a root's contracts, which nobody records when they settle.

        None for the root's own.
        """
        if self.terms is None:
            return None
        return replace(self.terms, settles_at=contract_terms(root).settles_at)


@dataclass(frozen=True, slots=True)
class DeskHours:
    """When a desk runs, in epoch seconds.

    Args:
        starts_s: where its time begins.
        warm_until_s: when a warm-up ends; in the past where there is none.
        ends_s: when it ends at the latest.
        replays: whether it trades a recorded session.
    """

    starts_s: float
    warm_until_s: float
    ends_s: float
    replays: bool

    def progress(self, state: EngineState, epoch_s: float) -> float | None:
        """How far a warm-up or a replay has come, 0 to 1; None for anything else."""
        if state is EngineState.WARMING:
            end_s = self.warm_until_s
        elif self.replays and state is not EngineState.STARTING:
            end_s = self.ends_s
        else:
            return None
        return min(1.0, max(0.0, (epoch_s - self.starts_s) / max(1.0, end_s - self.starts_s)))


def hours_of(plan: DeskPlan, day: DeskDay, starts_s: float, *, resumed: bool) -> DeskHours:
    """When a desk runs.

    Args:
        plan: what is opened.
        day: its session.
        starts_s: where its time begins.
        resumed: whether a run goes on; that has no warm-up.
    """
    ends_s = day.closes_s + AFTER_CLOSE_S
    if plan.until is not None:
        ends_s = min(ends_s, on_day(day.session_date, plan.until))
    warm_until_s = min(day.opens_s if resumed else day.warm_until_s, ends_s)
    return DeskHours(starts_s, warm_until_s, ends_s, plan.replay is not None)


def simulated_run(settings: SimulationSettings, hours: SessionHours, plan: DeskPlan) -> str:
    """The stem of the ids of that day's runs."""
    kind = "sim" if plan.exchange is None else "exchange"
    return f"{kind}-{hours.date}-seed{settings.seed}"


def simulated_day(
    settings: SimulationSettings, hours: SessionHours, plan: DeskPlan, earlier: EarlierRun | None
) -> DeskDay:
    """A day on the simulated exchange.

    Args:
        settings: seed, roots, warm-up.
        hours: of the day.
        plan: what is opened.
        earlier: what earlier sessions of the run left; None for a new run.

    Raises:
        ConfigError: a bad time of day, or one outside the session.
    """
    day, run = hours.date, simulated_run(settings, hours, plan)
    opens_s, closes_s = hours.opens.timestamp(), hours.closes.timestamp()
    market = simulated_market(settings, hours, None if earlier is None else earlier.held())
    warm_s = opens_s
    if plan.warm_up:
        at = _time("simulation.warm_up_until", settings.warm_up_until)
        warm_s = min(closes_s, on_day(day, at))
    own = "" if plan.exchange is None else " in its own process"
    listed = [
        (symbol, expiration)
        for symbol in settings.symbols
        for expiration in market.newly_listed(symbol)
    ]
    since = day if earlier is None else earlier.session_date or day
    return DeskDay(
        xnys(),
        market,
        day,
        opens_s,
        closes_s,
        warm_s,
        chains_to_follow(earlier, day, listed, run),
        starts_s=opens_s if plan.start is None else _start(plan.start, day, opens_s, closes_s),
        source=f"simulated exchange{own}, seed {settings.seed}",
        run=run,
        cleared=ClearedSession(day, opens_s, closes_s, since),
    )


def replayed_day(config: DeskConfig, plan: DeskPlan, folder: Path) -> DeskDay:
    """A recorded session.

    Args:
        config: the settings.
        plan: what is opened; `min_days` and `expirations` choose the chains.
        folder: of the session.

    Raises:
        SessionFileError: it cannot be read, or has no bar in trading hours and needs one.
    """
    session = read_session(folder)
    market = RecordedMarket(session, implied=plan.implied_underlying)
    facts = session.facts
    calendar: TradingCalendar = globex_equity() if facts.on_futures else xnys()
    hours = bars_in_hours(session.bars_s.tolist(), calendar)
    if plan.needs_hours and not hours.tradable:
        _, remedy = hours.refusal
        raise SessionFileError(folder, hours.text, f"choose another session, or {remedy}")
    remarks = (hours.text, *underlying_remarks(market))
    first_s, last_s = session.first_s, session.last_s
    start = phase_at(first_s, calendar)
    opens_s = min(first_s, start.opens_s) if start.opens_s is not None else first_s
    least = config.spreads.min_days_to_expiry if plan.min_days is None else plan.min_days
    chains = [
        (symbol, expiration)
        for symbol in session.symbols
        for expiration in market.expirations(symbol, first_s)
        if (expiration - start.session_date).days >= least
    ]
    return DeskDay(
        calendar,
        market,
        start.session_date,
        opens_s,
        last_s,  # what was not recorded cannot be traded on
        opens_s,
        chains[: plan.expirations],
        starts_s=opens_s,
        source=f"recorded session {facts.name} ({'; '.join(remarks)})",
        run=run_stem(f"replay-{facts.name}"),
        bar_s=market.bar_s,
        terms=ContractTerms(facts.exercise, facts.settlement, facts.multiplier),
        remarks=remarks,
    )


def _time(key: str, text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{key}: {text!r} is not a time of day; write HH:MM") from None


def _start(at: time, day: date, opens_s: float, closes_s: float) -> float:
    starts_s = on_day(day, at)
    if not opens_s <= starts_s < closes_s:
        raise ConfigError(f"a session of {day} cannot start at {at:%H:%M}; it would be closed")
    return starts_s
