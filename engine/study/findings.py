"""What a study found: figures by arm and fill model, differences with intervals, answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Final

from engine.runtime.watch.gate_looks import LOOK_S
from engine.study.plan import PLACEBO, Study
from engine.study.points import Arm, Day
from engine.study.running import DESK, Row
from engine.study.statistics import Interval, joint, paired

FORMAT: Final = 1
"""Version of the JSON; keys are only ever added within one."""

CONFIDENCE: Final = 0.95
PRIMARY: Final = "usd_per_trader_hour"
IN_SAMPLE: Final = "in-sample"
HELD_OUT: Final = "held-out"

Rows = Mapping[tuple[str, str, str], Sequence[Sequence[Row]]]
"""By arm, day and fill model: the rows of each run, the desk's first."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of a run.

    Args:
        name: in the JSON.
        label: for people, with its unit.
        of: the figure of a desk's row; None where it is unknown.
        decimals: shown.
    """

    name: str
    label: str
    of: Callable[[Row], float | None]
    decimals: int = 0


def _per(cents: int, count: float) -> float | None:
    return cents / 100 / count if count else None


METRICS: Final = (
    Metric(
        PRIMARY,
        "floor $ a trader-hour",
        lambda row: _per(row.floor_c, row.looks * LOOK_S / 3600),
        2,
    ),
    Metric("floor_usd", "floor $ a day", lambda row: row.floor_c / 100),
    Metric("limit_floor_usd", "promised at limit $", lambda row: row.limit_floor_c / 100),
    Metric(
        "open_worst_usd",
        "open at worst $",
        lambda row: None if row.open_worst_c is None else row.open_worst_c / 100,
    ),
    Metric("usd_per_order", "$ an order", lambda row: _per(row.floor_c, row.orders), 2),
    Metric("orders", "orders", lambda row: row.orders),
    Metric("attempts", "attempts", lambda row: row.attempts),
    Metric("fills", "fills", lambda row: row.fills),
    Metric("completions", "completed", lambda row: row.completions),
    Metric("scratched", "scratched", lambda row: row.scratched),
    Metric("below_zero", "cycles below zero", lambda row: row.below_zero),
    Metric("below_zero_usd", "below zero $", lambda row: row.below_zero_c / 100),
    Metric("hung", "hung", lambda row: row.hung),
    Metric("legged_s", "legged s", lambda row: row.legged_ms / 1000),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """An arm under a fill model on one kind of days.

    Args:
        arm, fill_model, sample: what it is of.
        days: their names.
        values: by metric, one figure a day.
        means: by metric, over the days; None where no day has it.
        differences: by metric, from the control; empty for the control itself.
        beyond_placebo: the primary metric's difference from the placebo; None for both of them.
        gates: share of the looks at which each gate was the first closed.
        traders: floor dollars a day by trader.
    """

    arm: str
    fill_model: str
    sample: str
    days: tuple[str, ...]
    values: dict[str, list[float | None]]
    means: dict[str, float | None]
    differences: dict[str, Interval]
    beyond_placebo: Interval | None
    gates: dict[str, float]
    traders: dict[str, float]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the study says of an arm: better, worse, or no answer, and why."""

    arm: str
    answer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What a study found.

    Args:
        study: the plan.
        code: version that made the figures.
        confidence: of each interval, so that those of all arms tried hold at once.
        figures: by arm, fill model and kind of days, in that order.
        answers: one an arm tried.
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

    def of(self, arm: str, fill_model: str, sample: str) -> Figures | None:
        """The figures of an arm; None where there are no such days."""
        wanted = (arm, fill_model, sample)
        return next(
            (each for each in self.figures if (each.arm, each.fill_model, each.sample) == wanted),
            None,
        )

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
            "answers": {each.arm: [each.answer, each.reason] for each in self.answers},
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
    for sample, held_out in ((IN_SAMPLE, False), (HELD_OUT, True)):
        days = [day for day in study.days if day.held_out is held_out]
        for model in study.models if days else ():
            figures += _figures(study, rows, model, sample, days, each)
    found = Findings(study, code, each, tuple(figures), (), tuple(_differing(study, rows)))
    answers = tuple(_answer(found, arm.name) for arm in study.arms[1:-1])
    return Findings(study, code, each, found.figures, answers, found.differing)


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
    study: Study, rows: Rows, model: str, sample: str, days: Sequence[Day], confidence: float
) -> Iterator[Figures]:
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
        runs = [run for day in days for run in rows[arm.name, day.name, model]]
        yield Figures(
            arm.name,
            model,
            sample,
            tuple(day.name for day in days),
            ours,
            {name: _mean(of_days) for name, of_days in ours.items()},
            differences,
            beyond,
            _gate_shares(runs),
            _by_trader(runs),
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
        "sample": figures.sample,
        "days": list(figures.days),
        "means": figures.means,
        "by_day": figures.values,
        "differences": {name: interval(each) for name, each in figures.differences.items()},
        "beyond_placebo": None if beyond is None else interval(beyond),
        "gates": figures.gates,
        "floor_usd_by_trader": figures.traders,
    }


# ---------------------------------------------------------------------- answers


def _answer(found: Findings, arm: str) -> Answer:
    """What is said of an arm: only what every fill model and the held-out days agree on."""
    models = tuple(found.study.models)
    signs: dict[str, int] = {}
    for model in models:
        ours = found.of(arm, model, IN_SAMPLE)
        assert ours is not None and ours.beyond_placebo is not None
        difference = ours.differences[PRIMARY]
        if difference.low is None:
            return Answer(arm, "no answer", "two days or more are needed")
        signs[model] = difference.sign if difference.sign == ours.beyond_placebo.sign else 0
        if difference.sign and not signs[model]:
            reason = f"under {model} it does not differ from the placebo"
            return Answer(arm, "no answer", reason)
    if set(signs.values()) >= {1, -1}:
        better = ", ".join(model for model in models if signs[model] > 0)
        worse = ", ".join(model for model in models if signs[model] < 0)
        return Answer(
            arm, "no answer", f"the fill models contradict: better by {better}, worse by {worse}"
        )
    if 0 in signs.values():
        open_ = " and ".join(model for model in models if not signs[model])
        return Answer(arm, "no answer", f"the interval spans zero under {open_}")
    sign = signs[models[0]]
    against = [model for model in models if not _confirmed(found, arm, model, sign)]
    if against:
        text = f"the held-out days do not confirm it under {' and '.join(against)}"
        return Answer(arm, "no answer", text)
    under = " and ".join(models) + (" alone" if len(models) == 1 else "")
    held = "held-out days too" if any(day.held_out for day in found.study.days) else "none held out"
    return Answer(arm, "better" if sign > 0 else "worse", f"under {under}; {held}")


def _confirmed(found: Findings, arm: str, model: str, sign: int) -> bool:
    """Whether the held-out days, if any, point the same way."""
    held_out = found.of(arm, model, HELD_OUT)
    if held_out is None:
        return True
    mean = held_out.differences[PRIMARY].mean
    return mean is not None and mean * sign > 0
