"""The difference of dollars between two arms, with an interval that allows for spells.

Both contrasts take blocks of time as their units. A spell moves every attempt in it together, so an
interval from attempts is too narrow; one from the blocks' own scatter holds the spells within it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from engine.learning.estimators import Difference
from engine.learning.evidence.cells import Bools, Cells, Floats, HourCells, Whole
from engine.learning.student import t_quantile

Per = Literal["attempt", "trader-hour"]

_AN_HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class BlockContrast:
    """Dollars of the arm after minus the arm before, compared within strata.

    Args:
        difference: the effect with its interval; None where the arms never met, or met in too few
            blocks to have an interval.
        per: what the dollars are counted by.
        blocks: blocks in which both arms were tried.
        attempts: of either arm.
        overlap: share of attempts in strata in which the arms met in some block.
        freedom: degrees of freedom of the interval.
    """

    difference: Difference | None
    per: Per
    blocks: int
    attempts: tuple[int, int]
    overlap: float
    freedom: float


def within_blocks(cells: Cells, error: float, per: Per = "trader-hour") -> BlockContrast:
    """Compare arms that were tried in the same blocks.

    In each stratum of a block the arms' means are subtracted; strata weigh as Mantel and Haenszel
    have them, and how far the effect moves when one whole block is left out gives the interval:
    the jackknife of cluster sampling. Blocks of unequal weight count as their effective number.

    Source: the estimator CR3 of Bell and McCaffrey, 2002; effective number after Kish, 1965.

    Args:
        cells: both arms.
        error: two-sided error of the interval, such as 0.2.
        per: dollars an attempt, or dollars a trader-hour.
    """
    met = (cells.n > 0).all(axis=1)
    total = cells.n.sum()
    comparable = np.isin(cells.stratum, np.unique(cells.stratum[met]))
    overlap = float(cells.n[comparable].sum() / total) if total else 0.0
    if not met.any():
        return BlockContrast(None, per, cells.pairs(), cells.attempts, overlap, 0.0)
    n = cells.n[met]
    means = scores(cells, per)[met] / n
    weight = n[:, 0] * n[:, 1] / n.sum(axis=1)
    codes, place = np.unique(cells.block[met], return_inverse=True)
    block_weight = np.bincount(place, weight, len(codes))
    block_sum = np.bincount(place, weight * (means[:, 1] - means[:, 0]), len(codes))
    effect = float(block_sum.sum() / block_weight.sum())
    effective = float(block_weight.sum() ** 2 / (block_weight**2).sum())
    freedom = effective - 1
    pairs = cells.pairs()
    if freedom <= 0.5:
        return BlockContrast(None, per, pairs, cells.attempts, overlap, max(freedom, 0.0))
    share = block_weight / block_weight.sum()
    moved = (block_sum / block_weight.sum() - effect * share) / (1 - share)
    variance = float((moved**2).sum()) * (1 - 1 / len(codes))
    half = t_quantile(1 - error / 2, freedom) * math.sqrt(variance)
    gap = Difference(effect, effect - half, effect + half)
    return BlockContrast(gap, per, pairs, cells.attempts, overlap, freedom)


def scores(cells: Cells, per: Per) -> Floats:
    """Sums by cell whose mean by attempt, arm minus arm, is the difference in question.

    Dollars a trader-hour are a ratio. An attempt scores (dollars - rate x its hours) / mean hours
    of its arm, with the rate of both arms together: the mean scores of two arms differ by exactly
    the difference of their rates, and scatter as those rates do.
    """
    if per == "attempt":
        return cells.dollars
    hours = cells.seconds / _AN_HOUR_S
    total = hours.sum()
    if not total:
        return np.zeros_like(cells.dollars)
    rate = cells.dollars.sum() / total
    by_arm = hours.sum(axis=0) / np.maximum(cells.n.sum(axis=0), 1)
    return np.asarray((cells.dollars - rate * hours) / np.where(by_arm > 0, by_arm, math.inf))


def over_blocks(
    amounts: Floats, counts: Floats, error: float, per: Per = "trader-hour"
) -> BlockContrast:
    """A ratio of two sums over blocks, with an interval from the blocks' own scatter.

    Source: the ratio estimator of cluster sampling, Cochran, Sampling Techniques, 1977, 6.4.

    Args:
        amounts: what is in question, dollars, one an entry for each block.
        counts: what it is counted by, attempts or hours, of the same blocks.
        error: two-sided error of the interval.
        per: what the ratio is counted by, for the sentence.
    """
    blocks, total = len(amounts), float(counts.sum())
    if blocks < 2 or total <= 0:
        return BlockContrast(None, per, blocks, (0, round(total)), 1.0, 0.0)
    ratio = float(amounts.sum()) / total
    residuals = amounts - ratio * counts
    variance = blocks / (blocks - 1) * float((residuals**2).sum()) / total**2
    half = t_quantile(1 - error / 2, blocks - 1) * math.sqrt(variance)
    gap = Difference(ratio, ratio - half, ratio + half)
    return BlockContrast(gap, per, blocks, (0, round(total)), 1.0, float(blocks - 1))


def scaled(contrast: BlockContrast, factor: float, per: Per = "trader-hour") -> BlockContrast:
    """The contrast in another unit: dollars times a factor, which may be negative."""
    gap = contrast.difference
    if gap is None:
        return replace(contrast, per=per)
    ends = sorted((gap.low * factor, gap.high * factor))
    return replace(contrast, difference=Difference(gap.effect * factor, *ends), per=per)


def dropped_hour(
    cells: HourCells, hour: int, error: float, per: Per = "trader-hour"
) -> BlockContrast:
    """Compare the other hours of each session with one exchange hour: what leaving it out gains.

    An hour of one day is one draw, however many attempts it holds: a spell may last as long. So
    the unit is the hour, and the others of its session tell how much hours differ by chance. The
    hour's difference from all others is taken within strata; each other hour's is its residual.
    An hour of fewer attempts than the others is allowed the larger error that these give it.

    Source: randomized blocks, Cox, Planning of Experiments, 1958, chapter 3: sessions are the
    blocks, hours the treatments, and the residual of the other hours is the error.

    Args:
        cells: the hours of one session or several.
        hour: the exchange hour in question, the arm before; the others are the arm after.
        error: two-sided error of the interval.
        per: dollars an attempt, or dollars a trader-hour.

    Returns:
        The contrast; its `blocks` are the sessions that count, those with three hours or more.
    """
    of_hour = cells.hour == hour
    sessions = np.unique(cells.session[of_hour])
    inside = np.isin(cells.session, sessions)
    attempts = int(cells.n[of_hour].sum()), int(cells.n[inside & ~of_hour].sum())
    points = _hour_scores(cells, per)
    gains: list[float] = []
    squares = scale = shared = 0.0
    freedom = 0
    for session in sessions:
        found = _hour_levels(cells, points, cells.session == session)
        own = found.hours == hour
        shared += float(found.met[own].sum())
        known = np.isfinite(found.levels)
        others = found.levels[known & ~own] * (len(found.hours) - 1) / len(found.hours)
        if not known[own].all() or len(others) < 2:
            continue
        gains.append(-float(found.levels[own][0]))
        squares += float(((others - others.mean()) ** 2).sum())
        freedom += len(others) - 1
        fewer = float(found.attempts[known & ~own].mean() / found.attempts[own][0])
        scale += max(1.0, fewer) + 1 / len(others)
    total = sum(attempts)
    overlap = shared / total if total else 0.0
    if not gains:
        return BlockContrast(None, per, 0, attempts, overlap, 0.0)
    effect = sum(gains) / len(gains)
    half = t_quantile(1 - error / 2, freedom) * math.sqrt(squares / freedom * scale) / len(gains)
    gap = Difference(effect, effect - half, effect + half)
    return BlockContrast(gap, per, len(gains), attempts, overlap, float(freedom))


@dataclass(frozen=True, slots=True)
class _HourLevels:
    """The hours of one session.

    Args:
        hours: ascending.
        levels: each one's difference from all others within strata; not a number where no
            stratum was tried in both.
        attempts: of each.
        met: attempts, of the hour and of the others, in strata in which both were tried.
    """

    hours: Whole
    levels: Floats
    attempts: Floats
    met: Floats


def _hour_levels(cells: HourCells, points: Floats, inside: Bools) -> _HourLevels:
    hours, row = np.unique(cells.hour[inside], return_inverse=True)
    strata, column = np.unique(cells.stratum[inside], return_inverse=True)
    shape = len(hours), len(strata)
    spot = row * shape[1] + column
    n, total = (
        np.bincount(spot, part[inside], shape[0] * shape[1]).reshape(shape)
        for part in (cells.n, points)
    )
    rest_n, rest = n.sum(axis=0) - n, total.sum(axis=0) - total
    both = (n > 0) & (rest_n > 0)
    weight = np.where(both, n * rest_n / np.maximum(n + rest_n, 1), 0.0)
    apart = weight * (total / np.maximum(n, 1) - rest / np.maximum(rest_n, 1))
    whole = weight.sum(axis=1)
    levels = np.where(whole > 0, apart.sum(axis=1) / np.where(whole > 0, whole, 1), math.nan)
    met = np.where(both, n + rest_n, 0.0).sum(axis=1)
    return _HourLevels(hours, levels, n.sum(axis=1), met)


def _hour_scores(cells: HourCells, per: Per) -> Floats:
    total_s = float(cells.seconds.sum())
    if per == "attempt" or not total_s:
        return cells.dollars
    rate = cells.dollars.sum() / total_s
    return np.asarray((cells.dollars - rate * cells.seconds) * _AN_HOUR_S * cells.n.sum() / total_s)
