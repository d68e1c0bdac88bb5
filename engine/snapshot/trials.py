"""Trials as they are shown: who is in which arm, what the difference is, what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class TrialPoint:
    """The difference after so many pairs, with the sequence that may be read at any time."""

    pairs: int
    effect: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class TrialView:
    """A trial, running or ended; dollars are guaranteed ones, effects dollars a trader-hour.

    Args:
        id, recommendation: its name, and that of what it tries.
        trader: a trader's key, or "*" for all.
        setting, before, after: the setting and both values.
        design: "attempt", "block" or "session": what the coin assigns.
        block: which one it is in, from 1; 0 where single attempts are assigned.
        waiting: approved, and not in force before the next session begins.
        arms: the arm of each trader's next attempt, by key: whether it is the one after.
        pairs, pairs_needed, most_pairs: complete ones; for a verdict at the smallest gain worth
            having; after which time is up.
        sessions: that so many pairs take at the pace of its start.
        smallest: the smallest gain worth having.
        effect, low, high: the difference so far; None while nothing is known.
        points: its course.
        attempts, units, hung: of both arms, before and after.
        before_usd_hour, after_usd_hour: dollars a trader-hour of both arms.
        cost_usd: what the arm after made less than the arm before would have.
        predicted, predicted_low, predicted_high: as promised; None where nothing was.
        shrunk: the effect, allowing for the trial having stopped where it did; None before.
        next_usd_hour: dollars a trader-hour of the first session after it was kept; None before.
        started_s, ended_s: epoch seconds.
        end, reasons: how it ended, "" while it runs, and why.
    """

    id: str
    recommendation: str
    trader: str
    setting: str
    before: Any
    after: Any
    design: str
    block: int
    waiting: bool
    arms: tuple[tuple[str, bool], ...]
    pairs: int
    pairs_needed: int
    most_pairs: int
    sessions: int
    smallest: float
    effect: float | None
    low: float | None
    high: float | None
    points: tuple[TrialPoint, ...]
    attempts: tuple[int, int]
    units: tuple[int, int]
    hung: tuple[int, int]
    before_usd_hour: float
    after_usd_hour: float
    cost_usd: float
    predicted: float | None
    predicted_low: float | None
    predicted_high: float | None
    shrunk: float | None
    next_usd_hour: float | None
    started_s: float
    ended_s: float | None
    end: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrialNeeds:
    """What a trial of a recommendation would take.

    Args:
        attempts, sessions: until its verdict at the smallest gain worth having, `smallest`.
        refusal: why it cannot start now; "" where it can.
    """

    attempts: int
    sessions: int
    smallest: float
    refusal: str


@dataclass(frozen=True, slots=True)
class AdviceLedger:
    """How good advice was, over all finished trials.

    Args:
        trials, kept: finished, and kept ones.
        told: how good promises were, a sentence; "" before a trial that had one has finished.
    """

    trials: int = 0
    kept: int = 0
    told: str = ""
