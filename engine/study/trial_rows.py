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
        dealt_from: the desk's own trial whose attempts another coin dealt here; "" for one of the
            desk's own.
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
    dealt_from: str = ""

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


def figures_of(record: TrialRecord, carried: bool, dealt_from: str = "") -> TrialFigures:
    """One trial as it stands.

    Args:
        record: the trial.
        carried, dealt_from: see `TrialFigures`.
    """
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
        dealt_from,
    )


@dataclass(frozen=True, slots=True)
class TrialEnds:
    """How trials ended.

    Args:
        started: how many.
        ended: how many by kind of end.
        allowed: how many of them would be kept without any effect, by their errors.
        days, days_kept: days with a trial that ended, and with one that was kept.
    """

    started: int
    ended: dict[str, int]
    allowed: float
    days: int
    days_kept: int

    @property
    def kept(self) -> int:
        """How many were kept."""
        return self.ended.get(KEPT, 0)

    @property
    def over(self) -> int:
        """How many ended."""
        return sum(self.ended.values())

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "started": self.started,
            "ended": self.ended,
            "kept": self.kept,
            "kept_allowed": self.allowed,
            "days": self.days,
            "days_kept": self.days_kept,
        }


@dataclass(frozen=True, slots=True)
class TrialSums:
    """What the trials of an arm came to.

    Args:
        own: of the desk's own trials.
        redealt: of its placebo trials dealt again by other coins, which share their attempts, and
            so say nothing of how certain a share is; None where none was.
        calibration: of its own that had a prediction.
        finished: those, by setting.
    """

    own: TrialEnds
    redealt: TrialEnds | None
    calibration: Calibration
    finished: tuple[tuple[str, FinishedTrial], ...]

    @property
    def kept_share(self) -> tuple[float, float]:
        """The 95 % Wilson interval of the share of the desk's own that were kept.

        Those that run on count as not kept: what ends first reads high or low, so that of trials
        without an effect, too, many of the first to end are KEPT.
        """
        return wilson(self.own.kept, self.own.started)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        found = self.calibration
        low, high = self.kept_share
        return {
            **self.own.to_json(),
            "kept_share_low": low,
            "kept_share_high": high,
            "redealt": None if self.redealt is None else self.redealt.to_json(),
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
        days: the trials of each day, of all its runs or sessions; one that a session left running
            is told again by the next.
    """
    told = [list(day) for day in days]
    own = [[each for each in day if not each.dealt_from] for day in told]
    redealt = [[each for each in day if each.dealt_from] for day in told]
    finished = [
        (each.lever, held) for day in own for each in day if (held := each.finished) is not None
    ]
    return TrialSums(
        _ends(own),
        _ends(redealt) if any(redealt) else None,
        calibrate([each for _, each in finished]),
        tuple(finished),
    )


def _ends(days: Iterable[Sequence[TrialFigures]]) -> TrialEnds:
    started, ended = 0, Counter[str]()
    allowed, with_end, with_kept = 0.0, 0, 0
    for trials in days:
        over = [each for each in trials if each.end]
        started += sum(not each.carried for each in trials)
        ended.update(each.end for each in over)
        allowed += sum(each.error for each in trials if not each.carried)
        with_end += bool(over)
        with_kept += any(each.end == KEPT for each in over)
    return TrialEnds(started, dict(sorted(ended.items())), allowed, with_end, with_kept)
