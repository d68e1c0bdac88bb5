"""What finished trials teach: effects shrunk for having stopped, and how good predictions were."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.learning.estimators import Z95, wilson

SLOPE_PRIOR_DEVIATION: Final = 0.5
"""How far from 1 the slope is believed to lie before any trial: predictions are about right."""

SPREAD_SHARE: Final = 0.5
"""Deviation of the effects of changes that anybody tries, as a share of the dollars a trader-hour,
before a desk's own trials tell it (measured: docs/studies/README.md)."""

SPREAD_TRIALS: Final = 5
"""Finished trials that the assumed spread of effects is worth."""


@dataclass(frozen=True, slots=True)
class FinishedTrial:
    """A prediction beside its measurement, dollars a trader-hour.

    Args:
        predicted, low, high: the effect and its interval as they were told before the start.
        measured, standard_error: as the trial measured it, the error as if the number of pairs had
            been fixed.
        reach: half of the 95 % interval of what it measured that holds though the trial stopped
            where it did; None for that of the standard error.
    """

    predicted: float
    low: float
    high: float
    measured: float
    standard_error: float
    reach: float | None = None

    @property
    def half(self) -> float:
        """Half of the 95 % interval of what was measured."""
        return Z95 * self.standard_error if self.reach is None else self.reach

    @property
    def error(self) -> float:
        """The standard error of a normal measurement whose 95 % interval is as wide."""
        return self.half / Z95

    @property
    def inside(self) -> bool:
        """Whether it measured what was predicted, as far as both can tell.

        A trial measures an effect with an error of its own, so the interval of what it will read
        is wider than that of the effect: their squares add. And it stops where it reads high, or
        low: the error of a fixed number of pairs is too small for that.
        """
        tolerance = math.hypot((self.high - self.low) / 2, self.half)
        return abs(self.measured - self.predicted) <= tolerance


@dataclass(frozen=True, slots=True)
class Calibration:
    """How predictions did over all finished trials.

    Args:
        trials: how many.
        inside: measured effects inside their predicted interval, measurement errors allowed for.
        share_low, share_high: 95 % Wilson interval of that share.
        slope: measured by predicted, by least squares through 0; None where nothing but 0 was
            predicted.
        slope_low, slope_high: its 95 % interval.
        factor: what the next prediction is multiplied by, 0 to 1.
    """

    trials: int
    inside: int
    share_low: float
    share_high: float
    slope: float | None
    slope_low: float | None
    slope_high: float | None
    factor: float


def shrunk(
    measured: float, standard_error: float, spread: float, centre: float = 0.0
) -> tuple[float, float]:
    """An effect and its standard deviation, allowing for the trial having stopped where it did.

    A trial that stops on a high reading reads high. The posterior of a normal effect does not
    depend on when the trial stopped, so that, over trials whose true effects scatter as assumed,
    it is right on average among the kept ones too.

    Source: the normal posterior mean, Efron and Morris 1975; stopping does not matter to it:
    Berger and Wolpert, The Likelihood Principle, 1988.

    Args:
        measured, standard_error: of the trial.
        spread: standard deviation of true effects among changes of this kind, 0 or more.
        centre: their mean.

    Raises:
        ValueError: standard error or spread is negative or no number.
    """
    if not (standard_error >= 0 and spread >= 0):
        raise ValueError(f"standard error {standard_error} and spread {spread} must be 0 or more")
    if math.isinf(standard_error) or not spread:
        return centre, spread
    noise, prior = standard_error**2, spread**2
    weight = prior / (prior + noise)
    return centre + weight * (measured - centre), math.sqrt(prior * (1 - weight))


def spread_of_effects(trials: Sequence[FinishedTrial], assumed: float, least: float) -> float:
    """The standard deviation of true effects about 0, dollars a trader-hour.

    Mean square of what was measured, less what the measurements' errors explain, together with
    five trials' worth of what is assumed: a few trials whose effects happen to be small do not say
    that no change does anything.

    Source: method of moments, DerSimonian and Laird 1986, about a mean of 0; the prior as
    pseudo-trials.

    Args:
        trials: finished ones.
        assumed: the spread before any trial.
        least: the spread is never taken to be smaller than this.
    """
    excess = sum(t.measured**2 - t.standard_error**2 for t in trials)
    mean = (SPREAD_TRIALS * assumed**2 + excess) / (SPREAD_TRIALS + len(trials))
    return math.sqrt(max(mean, least**2))


def promise(
    effect: float, low: float, high: float, spread: float, factor: float
) -> tuple[float, float, float]:
    """What a trial is held to: an estimate and its 95 % interval, as far as it can be believed.

    An estimate from few attempts scatters more than the effects of such changes do, so that what it
    promises is too much of either sign. The posterior mean of the effect is not; on top of it comes
    the factor by which promises of this desk fell short so far.

    Args:
        effect, low, high: as estimated, dollars a trader-hour.
        spread: standard deviation of true effects about 0.
        factor: of calibration.
    """
    centre, deviation = shrunk(effect, (high - low) / (2 * Z95), spread)
    half = Z95 * deviation
    return centre * factor, (centre - half) * factor, (centre + half) * factor


def calibrate(trials: Sequence[FinishedTrial]) -> Calibration:
    """How predictions did: share inside, slope, and the factor for the next one.

    The factor is the posterior mean of the slope, held between 0 and 1: advice that promised too
    much promises less; advice that promised too little is not made bolder.

    Args:
        trials: finished ones; those whose error is 0 or infinite do not count for the slope.
    """
    inside = sum(t.inside for t in trials)
    share_low, share_high = wilson(inside, len(trials))
    sized = [t for t in trials if 0 < t.error < math.inf]
    weight = sum((t.predicted / t.error) ** 2 for t in sized)
    product = sum(t.predicted * t.measured / t.error**2 for t in sized)
    known = 1 / SLOPE_PRIOR_DEVIATION**2
    factor = min(1.0, max(0.0, (known + product) / (known + weight)))
    if not weight:
        return Calibration(len(trials), inside, share_low, share_high, None, None, None, factor)
    slope, half = product / weight, Z95 / math.sqrt(weight)
    return Calibration(
        len(trials), inside, share_low, share_high, slope, slope - half, slope + half, factor
    )
