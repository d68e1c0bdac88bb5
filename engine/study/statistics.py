"""Paired differences over days, with the interval that Student's t gives them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from engine.learning.student import t_quantile


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over days and its interval.

    Args:
        mean: of the days; None where there is none.
        low, high: of the interval; None with fewer than two days.
        days: that it rests on.
    """

    mean: float | None
    low: float | None
    high: float | None
    days: int

    @property
    def sign(self) -> int:
        """1 where the whole interval lies above zero, -1 below; 0 otherwise."""
        if self.low is None or self.high is None:
            return 0
        return (self.low > 0) - (self.high < 0)


def paired(
    values: Sequence[float | None], controls: Sequence[float | None], confidence: float
) -> Interval:
    """The mean difference of values and their controls, day by day.

    Args:
        values, controls: one a day, in the same order; a day without either is left out.
        confidence: of the interval, between 0 and 1.
    """
    differences = [
        value - control
        for value, control in zip(values, controls, strict=True)
        if value is not None and control is not None
    ]
    days = len(differences)
    if days < 2:
        return Interval(differences[0] if days else None, None, None, days)
    mean = fmean(differences)
    half = t_quantile((1 + confidence) / 2, days - 1) * stdev(differences) / math.sqrt(days)
    return Interval(mean, mean - half, mean + half, days)


def joint(confidence: float, comparisons: int) -> float:
    """The confidence of each of several intervals that all hold with `confidence` (Bonferroni)."""
    return 1 - (1 - confidence) / max(1, comparisons)
