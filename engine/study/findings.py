"""What a study found: figures by arm and fill model, differences with intervals, answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import fmean
from typing import Any, Final

from engine.study.answers import Answer, Compared, answer_of
from engine.study.courses import WaitCurve, time_to_fill, time_to_hedge, usd_by_hour
from engine.study.metrics import METRICS, PRIMARY, Metric
from engine.study.plan import Study
from engine.study.plan_file import PLACEBO
from engine.study.points import KINDS, Arm, Day
from engine.study.running import DESK, Row
from engine.study.statistics import Interval, joint, paired
from engine.study.trial_rows import TrialSums, trial_sums

FORMAT: Final = 1
"""Version of the JSON; keys are only ever added within one."""

CONFIDENCE: Final = 0.95
IN_SAMPLE: Final = "in-sample"
HELD_OUT: Final = "held-out"

Rows = Mapping[tuple[str, str, str], Sequence[Sequence[Row]]]
"""By arm, day and fill model: the rows of each run, the desk's first."""


@dataclass(frozen=True, slots=True)
class Figures:
    """An arm under a fill model on the compared or the held-out days of one kind.

    Args:
        arm, fill_model, kind, sample: what it is of; figures of two of these never meet.
        days: their names.
        values: by metric, one figure a day.
        means: by metric, over the days; None where no day has it.
        differences: by metric, from the control; empty for the control itself.
        beyond_placebo: the primary metric's difference from the placebo; None for both of them.
        gates: share of the looks at which each gate was the first closed.
        traders: floor dollars a day by trader.
        hours: floor dollars a trader-hour by exchange hour, means over the days.
        filling, hedging: how long debits and units waited; None where none did.
        trials: of the arm; None where it started none.
        by_session: the primary figure of each session of a chain, the mean of the chains; empty
            where days are single ones.
    """

    arm: str
    fill_model: str
    kind: str
    sample: str
    days: tuple[str, ...]
    values: dict[str, list[float | None]]
    means: dict[str, float | None]
    differences: dict[str, Interval]
    beyond_placebo: Interval | None
    gates: dict[str, float]
    traders: dict[str, float]
    hours: dict[int, float]
    filling: WaitCurve | None
    hedging: WaitCurve | None
    trials: TrialSums | None = None
    by_session: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """What a study found.

    Args:
        study: the plan.
        code: version that made the figures.
        confidence: of each interval, so that those of all arms tried hold at once.
        figures: of every arm, under each fill model, on each kind of days.
        answers: one an arm tried and kind of days.
        differing: points whose book and exchange differ, as sentences.
    """

    study: Study
    code: str
    confidence: float
    figures: tuple[Figures, ...]
    answers: tuple[Answer, ...]
    differing: tuple[str, ...]

    @property
    def method(self) -> str:
        """How intervals are made, in a sentence."""
        tried = self.study.tried
        joined = f", jointly over the {tried} arms tried (Bonferroni)" if tried > 1 else ""
        return f"paired Student's t over days, {CONFIDENCE:.0%} intervals{joined}"

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of its days: simulated, recorded or both."""
        there = {day.kind for day in self.study.days}
        return tuple(kind for kind in KINDS if kind in there)

    def of(self, arm: str, fill_model: str, kind: str, sample: str) -> Figures | None:
        """The figures of an arm; None where there are no such days."""
        wanted = (arm, fill_model, kind, sample)
        for each in self.figures:
            if (each.arm, each.fill_model, each.kind, each.sample) == wanted:
                return each
        return None

    def to_json(self) -> dict[str, Any]:
        """The findings as JSON values; money in dollars, times with their unit in the name."""
        plan = self.study.plan
        return {
            "format": FORMAT,
            "name": plan.name,
            "question": plan.question,
            "code": self.code,
            "control": plan.control,
            "tried": self.study.tried,
            "method": self.method,
            "confidence_each": self.confidence,
            "until": plan.until,
            "arms": {arm.name: changes(self.study.arms[0], arm) for arm in self.study.arms},
            "answers": [asdict(each) for each in self.answers],
            "differing": list(self.differing),
            "fill_models": {
                text: {"model": model.name, "parameters": model.fills.model_dump(mode="json")}
                for text, model in self.study.models.items()
            },
            "figures": [_plain(each) for each in self.figures],
        }


def findings_of(study: Study, rows: Rows, code: str) -> Findings:
    """Compare the arms of a study.

    Args:
        study: the plan.
        rows: of every point.
        code: version that made them.
    """
    each = joint(CONFIDENCE, study.tried)
    figures: list[Figures] = []
    for kind in KINDS:
        for sample, held_out in ((IN_SAMPLE, False), (HELD_OUT, True)):
            days = [day for day in study.days if (day.kind, day.held_out) == (kind, held_out)]
            for model in study.models if days else ():
                figures += _figures(study, rows, (model, kind, sample), days, each)
    found = Findings(study, code, each, tuple(figures), (), tuple(_differing(study, rows)))
    return replace(found, answers=tuple(_answers(found)))


def changes(control: Arm, arm: Arm) -> dict[str, Any]:
    """The settings by which an arm differs from the control, by dotted key."""
    ours, theirs = _flat(arm.config.for_the_journal()), _flat(control.config.for_the_journal())
    result = {key: value for key, value in ours.items() if theirs.get(key) != value}
    if arm.policy != control.policy:
        result["policy"] = arm.policy
    if arm.own_draws:
        result["draws"] = "of its own"
    return result


def _flat(table: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            result |= _flat(value, f"{before}{key}.")
        else:
            result[before + key] = value
    return result


# ---------------------------------------------------------------------- figures


def _figures(
    study: Study, rows: Rows, of: tuple[str, str, str], days: Sequence[Day], confidence: float
) -> Iterator[Figures]:
    """Of every arm, under a fill model on the days of one kind and sample."""
    model = of[0]
    values = {
        arm.name: {
            metric.name: [_day_value(metric, rows[arm.name, day.name, model]) for day in days]
            for metric in METRICS
        }
        for arm in study.arms
    }
    control, placebo = values[study.arms[0].name], values[PLACEBO]
    for arm in study.arms:
        ours = values[arm.name]
        is_control = arm is study.arms[0]
        differences = {
            name: paired(ours[name], control[name], confidence)
            for name in (() if is_control else ours)
        }
        beyond = None
        if not is_control and arm.name != PLACEBO:
            beyond = paired(ours[PRIMARY], placebo[PRIMARY], confidence)
        by_day = [rows[arm.name, day.name, model] for day in days]
        runs = [run for of_day in by_day for run in of_day]
        desks = [[run[0] for run in of_day] for of_day in by_day]
        yield Figures(
            arm.name,
            *of,
            tuple(day.name for day in days),
            ours,
            {name: _mean(of_days) for name, of_days in ours.items()},
            differences,
            beyond,
            _gate_shares(runs),
            _by_trader(runs),
            usd_by_hour(desks),
            time_to_fill(desks),
            time_to_hedge(desks),
            _trials(by_day),
            _by_session([rows[arm.name, day.name, model] for day in days if day.chained]),
        )


def _day_value(metric: Metric, runs: Sequence[Sequence[Row]]) -> float | None:
    """A day's figure: the mean of its runs, unknown where one of them is."""
    figures = [metric.of(run[0]) for run in runs]
    known = [figure for figure in figures if figure is not None]
    return fmean(known) if len(known) == len(figures) else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _gate_shares(runs: Sequence[Sequence[Row]]) -> dict[str, float]:
    total: Counter[str] = Counter()
    for run in runs:
        total.update(run[0].gates)
    looks = total.total()
    return {gate: count / looks for gate, count in total.most_common()}


def _by_trader(runs: Sequence[Sequence[Row]]) -> dict[str, float]:
    """Floor dollars of each trader, the mean of the runs."""
    total: Counter[str] = Counter()
    for run in runs:
        for row in run:
            if row.trader != DESK:
                total[row.trader] += row.floor_c
    return {trader: floor_c / 100 / len(runs) for trader, floor_c in total.most_common()}


def _trials(days: Sequence[Sequence[Sequence[Row]]]) -> TrialSums | None:
    sums = trial_sums([trial for run in of_day for trial in run[0].trials] for of_day in days)
    return sums if sums.own.started else None


def _by_session(chains: Sequence[Sequence[Sequence[Row]]]) -> tuple[float | None, ...]:
    """The primary figure of the first, second ... session of the chains."""
    return tuple(
        _mean([METRICS[0].of(run[0]) for run in session]) for session in zip(*chains, strict=True)
    )


def _differing(study: Study, rows: Rows) -> Iterator[str]:
    for (arm, day, model), runs in rows.items():
        for run in runs:
            if run[0].difference:
                yield f"{arm}, {day}, {model}, seed {run[0].seed}: {run[0].difference}"


def _plain(figures: Figures) -> dict[str, Any]:
    def interval(each: Interval) -> dict[str, Any]:
        return {"mean": each.mean, "low": each.low, "high": each.high, "days": each.days}

    beyond = figures.beyond_placebo
    return {
        "arm": figures.arm,
        "fill_model": figures.fill_model,
        "kind": figures.kind,
        "sample": figures.sample,
        "days": list(figures.days),
        "means": figures.means,
        "by_day": figures.values,
        "differences": {name: interval(each) for name, each in figures.differences.items()},
        "beyond_placebo": None if beyond is None else interval(beyond),
        "gates": figures.gates,
        "floor_usd_by_trader": figures.traders,
        "usd_per_trader_hour_by_hour": figures.hours,
        "time_to_fill": None if figures.filling is None else asdict(figures.filling),
        "time_to_hedge": None if figures.hedging is None else asdict(figures.hedging),
        "trials": None if figures.trials is None else figures.trials.to_json(),
        "by_session": list(figures.by_session),
    }


# ---------------------------------------------------------------------- answers


def _answers(found: Findings) -> Iterator[Answer]:
    """Every arm tried, on each kind of days."""
    for kind in found.kinds:
        for arm in found.study.compared:
            compared: dict[str, Compared] = {}
            for model in found.study.models:
                ours = found.of(arm.name, model, kind, IN_SAMPLE)
                held_out = found.of(arm.name, model, kind, HELD_OUT)
                if ours is not None and ours.beyond_placebo is not None:
                    compared[model] = Compared(
                        ours.differences[PRIMARY],
                        ours.beyond_placebo,
                        None if held_out is None else held_out.differences[PRIMARY],
                    )
            yield answer_of(arm.name, kind, compared)
