"""Trials of a study's points: a row for each, and what an arm's trials come to together."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.learning.estimators import wilson
from engine.learning.trials.calibration import Calibration, FinishedTrial, calibrate
from engine.state.trial_record import TrialRecord
from engine.state.trials import KEPT, Trials


@dataclass(frozen=True, slots=True)
class TrialFigures:
    """One trial, as it stood when its day ended.

    Args:
        trial: its name.
        lever, trader, after: what was tried, for whom, and to which value.
        carried: whether a day before began it.
        end: how it ended; "" while it runs.
        pairs, most_pairs: complete ones, and those after which time is up.
        attempts: of both arms.
        error: probability that it keeps something without an effect.
        smallest: the smallest gain worth having, dollars a trader-hour.
        predicted, low, high: what it was held to, dollars a trader-hour; None for nothing.
        measured, standard_error: what it measured; None below two pairs.
        reach: half of its 95 % interval wherever the trial stopped; None where so few pairs exclude
            nothing.
        cost_c: what the arm after made less than the arm before would have, cents.
    """

    trial: str
    lever: str
    trader: str
    after: str
    carried: bool
    end: str
    pairs: int
    most_pairs: int
    attempts: int
    error: float
    smallest: float
    predicted: float | None
    low: float | None
    high: float | None
    measured: float | None
    standard_error: float | None
    reach: float | None
    cost_c: int

    @property
    def finished(self) -> FinishedTrial | None:
        """The prediction beside the measurement; None where one of them is missing."""
        told = self.predicted, self.low, self.high
        read = self.measured, self.standard_error, self.reach
        if not self.end or None in told or None in read:
            return None
        return FinishedTrial(*(each for each in (*told, *read) if each is not None))


def trial_figures(trials: Trials) -> list[TrialFigures]:
    """Every trial of a day, in the order in which they were started."""
    return [figures_of(record, record.name in trials.carried) for record in trials.records.values()]


def figures_of(record: TrialRecord, carried: bool = False) -> TrialFigures:
    """One trial as it stands; `carried` says whether a day before began it."""
    started, course, plan = record.started, record.course, record.plan
    error = course.pairs.standard_error
    known = math.isfinite(error)
    told = started.predicted
    return TrialFigures(
        record.name,
        started.lever,
        started.trader,
        "" if started.after is None else str(started.after),
        carried,
        "" if record.ended is None else record.ended.end,
        course.pairs.n,
        plan.most_pairs,
        course.before.conduct.attempts + course.after.conduct.attempts,
        plan.error,
        plan.smallest,
        told.get("effect"),
        told.get("low"),
        told.get("high"),
        course.pairs.mean if known else None,
        error if known else None,
        course.reach,
        round(record.cost_usd * 100),
    )


@dataclass(frozen=True, slots=True)
class TrialSums:
    """What the trials of an arm came to.

    Args:
        started: how many.
        ended: how many by kind of end.
        allowed: how many would be kept without any effect, by their errors.
        kept_low, kept_high: 95 % Wilson interval of the share of ended ones that were kept.
        days, days_kept: days with a trial that ended, and with one that was kept.
        calibration: of those that had a prediction.
        finished: those, by setting.
    """

    started: int
    ended: dict[str, int]
    allowed: float
    kept_low: float
    kept_high: float
    days: int
    days_kept: int
    calibration: Calibration
    finished: tuple[tuple[str, FinishedTrial], ...]

    @property
    def kept(self) -> int:
        """How many were kept."""
        return self.ended.get(KEPT, 0)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        found = self.calibration
        return {
            "started": self.started,
            "ended": self.ended,
            "kept": self.kept,
            "kept_allowed": self.allowed,
            "kept_share_low": self.kept_low,
            "kept_share_high": self.kept_high,
            "days": self.days,
            "days_kept": self.days_kept,
            "predicted": found.trials,
            "inside": found.inside,
            "inside_low": found.share_low,
            "inside_high": found.share_high,
            "slope": found.slope,
            "slope_low": found.slope_low,
            "slope_high": found.slope_high,
            "trials": [
                [lever, t.predicted, t.low, t.high, t.measured, t.standard_error, t.reach]
                for lever, t in self.finished
            ],
        }


def trial_sums(days: Iterable[Sequence[TrialFigures]]) -> TrialSums:
    """Add up the trials of an arm.

    Args:
        days: the trials of each day; one that a day left running is told again by the next.
    """
    started, ended = 0, Counter[str]()
    allowed, with_end, with_kept = 0.0, 0, 0
    finished: list[tuple[str, FinishedTrial]] = []
    for trials in days:
        over = [each for each in trials if each.end]
        started += sum(not each.carried for each in trials)
        ended.update(each.end for each in over)
        allowed += sum(each.error for each in over)
        with_end += bool(over)
        with_kept += any(each.end == KEPT for each in over)
        finished += [(each.lever, each.finished) for each in over if each.finished is not None]
    low, high = wilson(ended[KEPT], ended.total())
    return TrialSums(
        started,
        dict(sorted(ended.items())),
        allowed,
        low,
        high,
        with_end,
        with_kept,
        calibrate([each for _, each in finished]),
        tuple(finished),
    )
