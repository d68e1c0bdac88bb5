"""Seeded sessions with faults, run in memory through the real engine and checked to the cent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from engine.commands import Ask, Command
from engine.config import ConfigError, DeskConfig, SimulationSettings, SizingParameters
from engine.desk.day import replayed_day
from engine.desk.opening import Desk, DeskPlan, open_desk
from engine.exchange.alpaca.faults import WIRE_PROFILES
from engine.exchange.faults.chance import PROFILES
from engine.exchange.faults.faulty_exchange import FaultPlan
from engine.exchange.seeding import Draws
from engine.exchange.session import simulated_hours
from engine.market.calendar import EXCHANGE_ZONE
from engine.runtime.requests.typed_words import CLOSE_WORD
from engine.simulation.verdict import Events, violations

SYMBOLS: Final = ("AAPL", "SPY", "TSLA", "QQQ", "MSFT", "NVDA", "AMZN", "META", "IWM", "AMD")
CALM_LAST_S: Final = 120.0
"""Faults are off at the latest so long before the close; what hangs then has the ladder's end."""

CLOSES_SHARES: Final = 0.5
"""Chance that the operator trades a symbol's shares away when the faults are over."""

CONTRACTS: Final = 2
"""Contracts of the first debits: several, so that orders execute in parts."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What is simulated for each seed.

    Args:
        profile: a fault profile; "mixed" takes each in turn by seed.
        traders: chains traded, one symbol each, up to ten; beyond that expirations are added.
        minutes: the session's last so many minutes; None for the whole of it.
        session: folder of a recorded session whose quotes are traded, the whole of it; None trades
            the simulated day.
        gateway: whether a broker's gateway is in the loop; the faults are those of its wire then.
    """

    profile: str = "everything"
    traders: int = 3
    minutes: int | None = 30
    session: Path | None = None
    gateway: bool = False

    @property
    def profiles(self) -> tuple[str, ...]:
        """The names of the fault profiles that there are for it."""
        return tuple(WIRE_PROFILES if self.gateway else PROFILES)

    def profile_of(self, seed: int) -> str:
        """The profile of one seed."""
        if self.profile != "mixed":
            return self.profile
        names = [name for name in self.profiles if name != "none"]
        return names[seed % len(names)]

    def command(self, seed: int) -> str:
        """The command that runs this seed again."""
        span = "--whole-session" if self.minutes is None else f"--minutes {self.minutes}"
        if self.session is not None:
            span = f"--session {self.session}"
        return (
            f"legdesk simulate --seeds {seed}..{seed} --faults {self.profile_of(seed)} "
            f"--traders {self.traders} {span}{' --gateway' * self.gateway}"
        )


@dataclass(frozen=True, slots=True)
class SeedResult:
    """What became of one seed.

    Args:
        seed, profile: what ran.
        attempts, fills: debit attempts that ended, and those that filled.
        executions: executions at the exchange.
        faults: how often each kind of fault struck, by name.
        parked: units that were left to the operator at the close, each with its alarm.
        violations: what must never happen and did; empty where all is well.
    """

    seed: int
    profile: str
    attempts: int
    fills: int
    executions: int
    faults: dict[str, int]
    parked: int
    violations: tuple[str, ...] = field(default=())


def desk_of(seed: int, rehearsal: Rehearsal) -> Desk:
    """The desk of one seed, open and not yet running.

    Raises:
        ConfigError: an unknown profile, or a span outside the session.
    """
    profile = rehearsal.profile_of(seed)
    if profile not in rehearsal.profiles:
        there_are = ", ".join(rehearsal.profiles)
        raise ConfigError(f"{profile!r} is not a fault profile here; there are {there_are}")
    if rehearsal.gateway and rehearsal.session is not None:
        raise ConfigError("--gateway trades the simulated day; leave --session out")
    if rehearsal.session is not None:
        return _recorded_desk(seed, rehearsal, profile, rehearsal.session)
    symbols = SYMBOLS[: min(rehearsal.traders, len(SYMBOLS))]
    config = _config(
        seed, symbols=symbols, expirations_per_symbol=-(-rehearsal.traders // len(symbols))
    )
    hours = simulated_hours(config.simulation)
    opens, closes = (at.astimezone(EXCHANGE_ZONE) for at in (hours.opens, hours.closes))
    starts = opens
    if rehearsal.minutes is not None:
        starts = closes - timedelta(minutes=rehearsal.minutes)
        if starts < opens or rehearsal.minutes < 5:
            raise ConfigError(
                f"--minutes {rehearsal.minutes} is not within the session; write 5 to "
                f"{int((closes - opens).total_seconds() // 60)}"
            )
    faults = _faults(seed, profile, starts.timestamp(), closes.timestamp())
    plan = DeskPlan(
        in_memory=True,
        start=None if rehearsal.minutes is None else starts.time(),
        faults=None if rehearsal.gateway else faults,
        wire=faults if rehearsal.gateway else None,
    )
    return open_desk(config, plan)


def _recorded_desk(seed: int, rehearsal: Rehearsal, profile: str, folder: Path) -> Desk:
    config = _config(seed)
    plan = DeskPlan(in_memory=True, replay=folder, expirations=rehearsal.traders)
    day = replayed_day(config, plan, folder)
    hours = day.calendar.session(day.session_date)
    closes_s = day.closes_s if hours is None else min(day.closes_s, hours.closes.timestamp())
    faults = _faults(seed, profile, day.opens_s, closes_s)
    return open_desk(config, replace(plan, faults=faults))


def _config(seed: int, **simulation: Any) -> DeskConfig:
    """Settings under which most fills, and most faults of fills, come about."""
    return DeskConfig(
        simulation=SimulationSettings(seed=seed, fill_model="assumed", **simulation),
        sizing=SizingParameters(current_contracts=CONTRACTS),
    )


def _faults(seed: int, profile: str, starts_s: float, closes_s: float) -> FaultPlan:
    """Faults over half to all of the span, and never in its last two minutes."""
    share = 0.5 + 0.5 * Draws(seed, "simulation/calm").uniform()
    span_s = closes_s - starts_s
    calm_s = starts_s + min(span_s * share, span_s - CALM_LAST_S)
    return FaultPlan(profile, seed, calm_s)


def run_seed(seed: int, rehearsal: Rehearsal) -> SeedResult:
    """Run one seed to the close and say what was wrong.

    An operator resumes everything once the faults are over, as one would: rejects in a row hold a
    trader until somebody says otherwise. Shares that an assignment left are traded away then, or
    kept, by the seed.
    """
    desk = desk_of(seed, rehearsal)
    events = kept_events(desk)
    calm_s = desk.calm_s
    if calm_s is not None:
        desk.executor.scheduler.timer(calm_s + 1.0, partial(_resume, desk))
    report = desk.run_to_end()
    faults = _struck(desk)
    return SeedResult(
        seed,
        rehearsal.profile_of(seed),
        report.attempts.n,
        report.attempts.k,
        len(desk.exchange.ledger.executions),
        faults,
        sum(len(trader.credits.units) for trader in desk.executor.traders.values()),
        tuple(violations(desk, events)),
    )


def _struck(desk: Desk) -> dict[str, int]:
    """How often each kind of fault struck, by name."""
    if desk.gateway is not None:
        return {fault.value: count for fault, count in desk.gateway.faults.counts.items()}
    assert desk.faulty is not None
    return {fault.value: count for fault, count in desk.faulty.faults.counts.items()}


def _resume(desk: Desk) -> None:
    executor = desk.executor
    executor.submit(Command(Ask.RESUME, "*", who="simulation"))
    for row in desk.exchange.ledger.shares():
        seed = executor.config.simulation.seed
        if Draws(seed, f"simulation/shares/{row.symbol}").uniform() < CLOSES_SHARES:
            word = {"word": CLOSE_WORD}
            executor.submit(Command(Ask.CLOSE_SHARES, row.symbol, who="simulation", args=word))


def kept_events(desk: Desk) -> Events:
    """A list that holds the whole journal once the desk has ended."""
    events: Events = []
    journal = desk.executor.context.journal
    desk.executor.lifecycle.at_end(lambda: events.extend(journal.read()))
    return events


def simulate(
    seeds: Iterable[int],
    rehearsal: Rehearsal,
    jobs: int = 1,
    on_result: Callable[[SeedResult], None] = lambda result: None,
) -> list[SeedResult]:
    """Run every seed; results come in the order of the seeds.

    Args:
        seeds: to run.
        rehearsal: what each is.
        jobs: processes.
        on_result: told each result as it comes.
    """
    results = []
    if jobs <= 1:
        for seed in seeds:
            results.append(run_seed(seed, rehearsal))
            on_result(results[-1])
        return results
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for result in pool.map(run_seed, seeds, _repeat(rehearsal), chunksize=1):
            results.append(result)
            on_result(result)
    return results


def _repeat(rehearsal: Rehearsal) -> Iterator[Rehearsal]:
    while True:
        yield rehearsal


def faults_of(results: Iterable[SeedResult]) -> Counter[str]:
    """Faults by kind over many seeds."""
    total: Counter[str] = Counter()
    for result in results:
        total.update(result.faults)
    return total
