"""Intervals of rates, and looks whose errors add up.

Intervals on the screen are descriptive (95 % Wilson). What decides about fill times are *looks*: at
50, 100, 200, 400 ... attempts, and look j may err with probability 0.05 x 6 / (pi^2 j^2). These sum
to 0.05 over all looks, however often someone reads what they found.
"""

from __future__ import annotations

import math
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
