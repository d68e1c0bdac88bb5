"""Intervals for rates and for lots an attempt, and a rule for differences that survives peeking.

Intervals on the screen are descriptive (95 % Wilson). A verdict uses *looks*: the comparison is
made once when the smaller arm reaches 50, 100, 200, 400 ... attempts, and look j may err with
probability 0.05 x 6 / (pi^2 j^2). These sum to 0.05 over all looks, so however often someone reads
the verdict, a difference that is not there is called SEPARATED at most once in twenty runs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Final

FIRST_LOOK: Final = 50
"""Attempts an arm needs before any verdict; below, evidence is thin."""

ERROR: Final = 0.05
Z95: Final = 1.959963984540054

LOOKS: Final = tuple(FIRST_LOOK * 2**power for power in range(24))
LOOK_SET: Final = frozenset(LOOKS)


@dataclass(frozen=True, slots=True)
class ArmTally:
    """What one arm of a comparison gave.

    Args:
        n, k: attempts, and how many of them filled at all.
        lots: contracts filled.
        cap: the most contracts one attempt could fill.
    """

    n: int = 0
    k: int = 0
    lots: int = 0
    cap: int = 1

    @property
    def rate(self) -> float:
        """Fills an attempt; 0.0 without attempts."""
        return self.k / self.n if self.n else 0.0

    @property
    def lots_per_attempt(self) -> float:
        """Contracts filled an attempt; 0.0 without attempts."""
        return self.lots / self.n if self.n else 0.0

    def __add__(self, other: ArmTally) -> ArmTally:
        return ArmTally(
            self.n + other.n, self.k + other.k, self.lots + other.lots, max(self.cap, other.cap)
        )

    def __sub__(self, other: ArmTally) -> ArmTally:
        return ArmTally(self.n - other.n, self.k - other.k, self.lots - other.lots, self.cap)

    def fills_only(self) -> ArmTally:
        """The same attempts counted as filled or not, whatever their size."""
        return ArmTally(self.n, self.k, self.k, 1)


@dataclass(frozen=True, slots=True)
class Difference:
    """An effect with its interval, in the unit of what was compared."""

    effect: float
    low: float
    high: float


def wilson(k: float, n: float, z: float = Z95) -> tuple[float, float]:
    """The Wilson score interval of a rate.

    Args:
        k: successes, 0 to n (a fraction of a success is allowed: partly filled orders).
        n: trials, or the trials that a weighted rate is worth; 0 gives (0, 1), nothing is known.
        z: normal quantile, 1.96 for 95 %.

    Raises:
        ValueError: k lies outside 0 to n.
    """
    if not 0 <= k <= n:
        raise ValueError(f"k is {k} of n {n}; it must lie between 0 and n")
    if n == 0:
        return 0.0, 1.0
    rate = k / n
    z2n = z * z / n
    centre = (rate + z2n / 2) / (1 + z2n)
    half = z / (1 + z2n) * math.sqrt(rate * (1 - rate) / n + z2n / (4 * n))
    low = 0.0 if k == 0 else max(0.0, centre - half)
    high = 1.0 if k == n else min(1.0, centre + half)
    return low, high


def lots_interval(arm: ArmTally, z: float = Z95) -> tuple[float, float]:
    """The interval of lots an attempt.

    An attempt fills between 0 and `cap` lots, and no such variable varies more than all-or-nothing
    with the same mean: Wilson on lots / cap is wide enough for partly filled orders too.
    """
    low, high = wilson(arm.lots / arm.cap, arm.n, z)
    return low * arm.cap, high * arm.cap


def difference(before: ArmTally, after: ArmTally, z: float = Z95) -> Difference:
    """Lots an attempt of `after` minus `before`, with the interval built from the arms' own.

    Source: Newcombe's hybrid score interval for a difference, 1998, method 10.
    """
    one = [_Weighted(arm.lots_per_attempt, arm.n, arm.cap) for arm in (before, after)]
    return _newcombe(one[0], one[1], z)


def _newcombe(before: _Weighted, after: _Weighted, z: float) -> Difference:
    a_low, a_high = _bounds(after, z)
    b_low, b_high = _bounds(before, z)
    effect = after.mean - before.mean
    return Difference(
        effect,
        effect - math.hypot(after.mean - a_low, b_high - before.mean),
        effect + math.hypot(a_high - after.mean, before.mean - b_low),
    )


def _bounds(arm: _Weighted, z: float) -> tuple[float, float]:
    successes = min(arm.mean * arm.worth / arm.cap, arm.worth)
    low, high = wilson(successes, arm.worth, z)
    return low * arm.cap, high * arm.cap


@lru_cache(maxsize=256)
def look_z(look: int, comparisons: int = 1) -> float:
    """The two-sided normal quantile of a look.

    Args:
        look: 1 for 50 attempts an arm, 2 for 100, 3 for 200, ...
        comparisons: how many differences one recommendation is chosen from.
    """
    error = ERROR * 6 / (math.pi * look) ** 2 / comparisons
    return NormalDist().inv_cdf(1 - error / 2)


def look_number(attempts: int) -> int:
    """Which look this many attempts in the smaller arm have reached; 0 before the first."""
    return (attempts // FIRST_LOOK).bit_length()


@dataclass(frozen=True, slots=True)
class Look:
    """Two arms as they were when a look was reached.

    Args:
        number: which look, from 1; each is taken once.
        before, after: the arms at that moment.
    """

    number: int
    before: ArmTally
    after: ArmTally

    def separation(self, comparisons: int = 1) -> Difference:
        """Lots an attempt, after minus before, with the interval this look may use.

        Args:
            comparisons: how many differences the recommendation was chosen from.
        """
        return difference(self.before, self.after, look_z(self.number, comparisons))


@dataclass(frozen=True, slots=True)
class Stratified:
    """A difference compared only within strata in which both arms were tried.

    overlap is the share of all attempts that lie in such strata.
    """

    difference: Difference | None
    overlap: float


def stratified(strata: Iterable[tuple[ArmTally, ArmTally]], z: float = Z95) -> Stratified:
    """Lots an attempt, after minus before, averaged over strata as Mantel and Haenszel weigh them.

    The interval is Newcombe's, of two groups that have the weighted rates and as many attempts as
    give a weighted rate its variance. Rates that differ between strata make it wider than it need
    be, never narrower, and strata of few attempts make it no wrong.

    Args:
        strata: (before, after) of every stratum, such as an hour or a trader's hour.
        z: normal quantile.
    """
    pairs = [(before, after) for before, after in strata if before.n or after.n]
    shared = [(before, after) for before, after in pairs if before.n and after.n]
    if not shared:
        return Stratified(None, 0.0)
    weights = [before.n * after.n / (before.n + after.n) for before, after in shared]
    gap = _newcombe(
        _weighted([before for before, _ in shared], weights),
        _weighted([after for _, after in shared], weights),
        z,
    )
    met = sum(before.n + after.n for before, after in shared)
    return Stratified(gap, met / sum(before.n + after.n for before, after in pairs))


@dataclass(frozen=True, slots=True)
class _Weighted:
    """A weighted mean of lots an attempt, between 0 and cap, and the attempts it is worth."""

    mean: float
    worth: float
    cap: int


def _weighted(arms: Sequence[ArmTally], weights: Sequence[float]) -> _Weighted:
    total = sum(weights)
    mean = sum(w * arm.lots_per_attempt for arm, w in zip(arms, weights, strict=True)) / total
    spread = sum((w / total) ** 2 / arm.n for arm, w in zip(arms, weights, strict=True))
    return _Weighted(mean, 1 / spread, max(arm.cap for arm in arms))
