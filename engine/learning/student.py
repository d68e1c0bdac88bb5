"""Quantiles of Student's t, for intervals from a handful of blocks."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import Final

_NORMAL_FROM: Final = 1e7
"""Degrees of freedom from which t is the normal distribution to ten digits."""

_STEPS: Final = 500
_TINY: Final = 1e-300


def regularized_beta(x: float, a: float, b: float) -> float:
    """The regularized incomplete beta function I_x(a, b).

    Source: the continued fraction 8.17.22 of the Digital Library of Mathematical Functions,
    evaluated after Lentz.

    Args:
        x: 0 to 1.
        a, b: above 0.

    Raises:
        ValueError: an argument lies outside.
    """
    if not (0 <= x <= 1 and a > 0 and b > 0):
        raise ValueError(f"x is {x} and must be 0 to 1; a, b are {a}, {b} and must be above 0")
    if x in (0.0, 1.0):
        return x
    if x > (a + 1) / (a + b + 2):
        return 1 - regularized_beta(1 - x, b, a)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        before = fraction
        for term in (even, odd):
            d = 1 / _away_from_zero(1 + term * d)
            c = _away_from_zero(1 + term / c)
            fraction *= c * d
        if abs(fraction - before) <= 1e-15 * abs(fraction):
            break
    return front * fraction / a


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


@lru_cache(maxsize=4096)
def t_quantile(probability: float, freedom: float) -> float:
    """The value that Student's t stays below with this probability.

    Args:
        probability: above 0, below 1.
        freedom: degrees of freedom, above 0; need not be whole.

    Raises:
        ValueError: an argument lies outside.
    """
    if not 0 < probability < 1 or not freedom > 0:
        raise ValueError(
            f"the probability is {probability} and must lie between 0 and 1; "
            f"the degrees of freedom are {freedom} and must be above 0"
        )
    if probability < 0.5:
        return -t_quantile(1 - probability, freedom)
    if freedom > _NORMAL_FROM:
        return NormalDist().inv_cdf(probability)
    tail = 2 * (1 - probability)
    low, high = 0.0, 1.0
    while _beyond(high, freedom) > tail:
        low, high = high, high * 2
        if math.isinf(high):
            return high
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if _beyond(middle, freedom) > tail:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _beyond(t: float, freedom: float) -> float:
    """The probability that |T| is larger."""
    return regularized_beta(freedom / (freedom + t * t), freedom / 2, 0.5)
