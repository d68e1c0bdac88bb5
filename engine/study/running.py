"""One point of a study, run on a desk in memory: settings, day and policy in, rows out."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from engine.config import DeskConfig
from engine.desk.opening import Desk, DeskPlan, open_desk
from engine.orders import events as ev
from engine.runtime.views.gates import closed_gate
from engine.runtime.watch.gate_looks import LOOK_S, OPEN
from engine.snapshot import EngineState
from engine.state.carried import Carried, carried_from
from engine.state.hung_units import hung
from engine.state.unit import Unit
from engine.study.chosen_pairs import SUMS, ChosenPairs
from engine.study.points import Point, Policy, Task, code_version, digest_of
from engine.study.policies import follow
from engine.study.redealt import RedealtTrials
from engine.study.trial_rows import TrialFigures, trial_figures
from engine.study.waiting_times import WaitingTimes

DESK: Final = ""
"""In the place of a trader: the desk."""


class PointError(Exception):
    """A point that cannot be run here; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one trader, or the desk, came to on a point.

    Args:
        seed, session: the point; session is "" for a simulated day.
        fill_model: with every parameter that is not the documented one.
        trader: its key; "" for the desk.
        floor_c: payoff floors at filled prices after fees of what completed, minus what scratches
            and unwinds lost, cents.
        limit_floor_c: what the filled debits promised at limit prices when they were chosen, cents.
        suspect, mid_unknown: attempts whose pair had a floor at mid above zero when chosen, and
            those where it was not known.
        mid_limit_c, mid_floor_c: what the filled debits of which the floor at mid is known promised
            at limit prices, and at mid, cents.
        suspect_floor_c, plain_floor_c, mid_unknown_floor_c: of floor_c, what was made on suspect
            pairs, on the others, and on those of which the floor at mid is not known.
        open_worst_c: what units still open come to at worst beyond that, cents; None where that is
            unlimited, and for single traders.
        orders: sent. attempts, fills: debit attempts that ended, and those that filled.
        cycles, completions, scratched, parked, hung: with a filled debit, and how they ended.
        below_zero, below_zero_c: finished cycles with a floor below zero, and its sum, cents.
        legged_ms: milliseconds between the first debit execution of a cycle and its end, over all.
        looks: how often the gates were looked at while the exchange was open, LOOK_S apart; gates:
            how often each was the first closed.
        difference: between book and exchange at the end; "" where they agree.
        fill_times, waits, hedges, unhedged: counts as in `WaitingTimes`; of the desk alone.
        hour_floor_c, hour_looks: floor_c by the exchange hour in which the debit was sent, and
            looks by hour; of the desk alone.
        trials: of the day; none for single traders.
    """

    seed: int
    session: str
    fill_model: str
    trader: str
    floor_c: int
    limit_floor_c: int
    open_worst_c: int | None
    orders: int
    attempts: int
    fills: int
    cycles: int
    completions: int
    scratched: int
    parked: int
    hung: int
    below_zero: int
    below_zero_c: int
    legged_ms: int
    looks: int
    gates: dict[str, int] = field(default_factory=dict)
    difference: str = ""
    suspect: int = 0
    mid_unknown: int = 0
    mid_limit_c: int = 0
    mid_floor_c: int = 0
    suspect_floor_c: int = 0
    plain_floor_c: int = 0
    mid_unknown_floor_c: int = 0
    fill_times: dict[int, int] = field(default_factory=dict)
    waits: dict[int, int] = field(default_factory=dict)
    hedges: dict[int, int] = field(default_factory=dict)
    unhedged: dict[int, int] = field(default_factory=dict)
    hour_floor_c: dict[int, int] = field(default_factory=dict)
    hour_looks: dict[int, int] = field(default_factory=dict)
    trials: tuple[TrialFigures, ...] = ()


_ENDING: Final = frozenset({EngineState.DRAINING, EngineState.ENDED})
_SUMMED: Final = (
    "floor_c", "limit_floor_c", "orders", "attempts", "fills", "cycles", "completions", "scratched",
    "parked", "hung", "below_zero", "below_zero_c", "legged_ms", "looks",
    *SUMS,
)  # fmt: skip


class _Where(NamedTuple):
    """Of which point rows are; as in `Row`."""

    seed: int
    session: str
    fill_model: str


class _End(NamedTuple):
    """How a cycle ended."""

    outcome: str
    floor_c: int
    legged_ms: int
    hung: bool


class _Seen:
    """What a run's events say beyond the desk's own sums, by trader."""

    def __init__(self) -> None:
        self.ends: dict[tuple[str, int], _End] = {}
        self.limit_floor: Counter[str] = Counter()
        self.pairs = ChosenPairs()
        self.times = WaitingTimes()
        self._floors: dict[str, float] = {}
        self._multipliers: dict[str, int] = {}

    def observe(self, event: ev.Event) -> None:
        """Take the next event."""
        if isinstance(event, ev.OrderIntended):
            if event.part == "D":
                self._floors[event.trader] = event.floor
        elif isinstance(event, ev.PairChosen):
            self.pairs.chosen(event)
        elif isinstance(event, ev.AttemptEnded):
            self.pairs.ended(event)
            self.times.ended(event)
            if event.filled:
                # A trader has one attempt at a time: the floor is that of this attempt.
                share_c = self._floors[event.trader] * 100
                contract_c = round(share_c * self._multipliers[event.trader])
                self.limit_floor[event.trader] += contract_c * event.filled
        elif isinstance(event, ev.CycleEnded):
            # An end that is told again replaces the former.
            self.ends[event.trader, event.cycle] = _End(
                event.outcome, event.floor_c, round(event.hedge_s * 1000), hung(event)
            )
        elif isinstance(event, ev.TraderAdded):
            self._multipliers[event.trader] = event.multiplier
            self.pairs.added(event)

    def still_open(self, unit: Unit, trader: str, cycle: int, end_ms: int) -> None:
        """A unit is legged when the run ends: it was so since its first execution."""
        first_ms = unit.first_fill_ms
        if first_ms is not None:
            self.ends[trader, cycle] = _End("PARKED", 0, end_ms - first_ms, True)


def run_point(config: DeskConfig, point: Point, policy: Policy = "watch") -> list[Row]:
    """Run a point on a desk in memory; nothing is left on disk.

    The same arguments give the same rows, in any process.

    Args:
        config: the arm's settings under the fill model; the seed is the point's.
        point: the day.
        policy: what the operator does.

    Returns:
        The desk's row, then one for each trader, in their order; of each day where several follow
        one another.

    Raises:
        ConfigError, SessionFileError: the desk cannot be opened on that day.
    """
    rows: list[Row] = []
    carried: Carried | None = None
    redealt = RedealtTrials() if policy == "placebo-trials" else None
    for seed, settings in point.days(config):
        first = len(rows)
        seen = _Seen()
        plan = DeskPlan(
            in_memory=True,
            replay=point.session,
            until=point.until,
            pool_threads=1,
            expirations=point.expirations,
            desk_seed=point.desk_seed(seed),
            carried=carried,
            observe=seen.observe if redealt is None else _both(seen.observe, redealt.observe),
        )
        where = _Where(
            seed,
            "" if point.session is None else point.session.name,
            config.simulation.model_text,
        )
        desk = open_desk(settings, plan)
        if redealt is not None:
            redealt.watch(desk.executor.context.state)
        rows += _run(desk, where, policy, seen)
        state = desk.executor.context.state
        if redealt is not None:
            trials = (*rows[first].trials, *redealt.figures())
            rows[first] = replace(rows[first], trials=trials)
            redealt = redealt.next_day(state.at_ms)
        if point.following:
            carried = carried_from(state)
        del state
        del desk
        gc.collect()  # the next desk takes the memory of this one
    return rows


def _both(
    first: Callable[[ev.Event], None], second: Callable[[ev.Event], None]
) -> Callable[[ev.Event], None]:
    """Tell both every event."""

    def tell(event: ev.Event) -> None:
        first(event)
        second(event)

    return tell


def _run(desk: Desk, where: _Where, policy: Policy, seen: _Seen) -> list[Row]:
    context = desk.executor.context
    gates: dict[str, Counter[str]] = {key: Counter() for key in context.traders}
    hours: Counter[int] = Counter()
    context.every(LOOK_S, lambda: _look(desk, gates, hours))
    context.state.observe_attempts(seen.pairs.result)
    follow(desk, policy)
    desk.run_to_end()
    return list(_rows(desk, where, seen, gates, hours))


def run_task(task: Task) -> list[Row]:
    """Run a task, in whatever process.

    Raises:
        PointError: the program or the session here are not those of the task.
    """
    if task.code != code_version():
        raise PointError(
            f"a worker has version {code_version()}, the study {task.code}; install the same there"
        )
    point = task.point
    if point.session is not None and digest_of(point.session) != point.digest:
        raise PointError(f"{point.session} is not the session that the study began with")
    return run_point(DeskConfig.model_validate(task.config), point, task.policy)


def _look(desk: Desk, gates: dict[str, Counter[str]], hours: Counter[int]) -> None:
    context = desk.executor.context
    if desk.executor.state in _ENDING or context.session.multiplier is None:
        return  # or the exchange is closed
    hours[context.session.exchange_hour(context.moment.epoch_s)] += len(context.traders)
    for key, trader in context.traders.items():
        gate = closed_gate(context, trader)
        gates[key][OPEN if gate is None else gate.value] += 1


def _rows(
    desk: Desk,
    where: _Where,
    seen: _Seen,
    gates: dict[str, Counter[str]],
    hours: Counter[int],
) -> Iterator[Row]:
    state = desk.executor.context.state
    for (key, cycle), unit in state.money.open_units.items():
        seen.still_open(unit, key, cycle, state.at_ms)
    traders = []
    for key, totals in state.traders.items():
        ends = [end for (trader, _), end in seen.ends.items() if trader == key]
        below = [end.floor_c for end in ends if end.outcome != "PARKED" and end.floor_c < 0]
        row = Row(
            *where,
            trader=key,
            floor_c=totals.result_c,
            limit_floor_c=seen.limit_floor[key],
            open_worst_c=None,
            orders=totals.orders,
            attempts=totals.attempts,
            fills=totals.fills,
            cycles=totals.filled_cycles,
            completions=totals.completions,
            scratched=totals.scratched,
            parked=totals.parked,
            hung=sum(end.hung for end in ends),
            below_zero=len(below),
            below_zero_c=sum(below),
            legged_ms=sum(end.legged_ms for end in ends),
            looks=gates[key].total(),
            gates=dict(sorted(gates[key].items())),
            **seen.pairs.of(key),
        )
        traders.append(row)
    sums: dict[str, Any] = {name: sum(getattr(row, name) for row in traders) for name in _SUMMED}
    for end in (each for each in seen.ends.values() if each.outcome != "BUSTED"):
        seen.times.unit_ended(end.outcome == "COMPLETE", end.legged_ms)
    looked = sum((Counter(row.gates) for row in traders), Counter())
    yield Row(
        *where,
        trader=DESK,
        open_worst_c=state.positions.open_worst_c(),
        gates=dict(sorted(looked.items())),
        difference=desk.how_it_ended(),
        hour_floor_c=dict(sorted(seen.pairs.hour_floor_c.items())),
        hour_looks=dict(sorted(hours.items())),
        trials=tuple(trial_figures(state.trials)),
        **seen.times.plain() | sums,
    )
    yield from traders
