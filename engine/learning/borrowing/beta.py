"""The beta distribution as what is believed of a rate, and the beta-binomial likelihood."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.learning.student import regularized_beta

Floats = NDArray[np.float64]

_SHIFT: Final = 8
_BISECTIONS: Final = 200
_NEAR: Final = 1e-13
_HALF_LOG_2_PI: Final = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True, slots=True)
class Beta:
    """What is believed of a rate: as if `hits` of `hits + misses` attempts had filled.

    Args:
        hits, misses: above 0, need not be whole.
    """

    hits: float
    misses: float

    @classmethod
    def of_moments(cls, mean: float, variance: float) -> Beta:
        """The beta distribution with this mean and variance.

        Args:
            mean: above 0, below 1.
            variance: above 0, below mean x (1 - mean).

        Raises:
            ValueError: no beta distribution has them.
        """
        worth = mean * (1 - mean) / variance - 1 if variance > 0 else 0.0
        if not (0 < mean < 1 and worth > 0):
            raise ValueError(f"no rate has a mean of {mean} and a variance of {variance}")
        return cls(mean * worth, (1 - mean) * worth)

    @property
    def mean(self) -> float:
        """The rate in the mean."""
        return self.hits / (self.hits + self.misses)

    @property
    def worth(self) -> float:
        """How many attempts it is worth."""
        return self.hits + self.misses

    def after(self, fills: float, attempts: float) -> Beta:
        """What is believed once `fills` of `attempts` more were seen to fill."""
        return Beta(self.hits + fills, self.misses + attempts - fills)

    def interval(self, error: float = 0.05) -> tuple[float, float]:
        """The credible interval that leaves half of `error` on either side."""
        low = beta_quantile(error / 2, self.hits, self.misses)
        return low, beta_quantile(1 - error / 2, self.hits, self.misses)


@lru_cache(maxsize=1024)
def beta_quantile(probability: float, a: float, b: float) -> float:
    """The value that a beta distribution stays below with this probability.

    Args:
        probability: above 0, below 1.
        a, b: above 0.

    Raises:
        ValueError: an argument lies outside.
    """
    if not 0 < probability < 1:
        raise ValueError(f"the probability is {probability}; it must lie between 0 and 1")
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    low, high, x = 0.0, 1.0, a / (a + b)
    for _ in range(_BISECTIONS):
        beyond = regularized_beta(x, a, b) - probability
        if beyond < 0:
            low = x
        else:
            high = x
        middle = (low + high) / 2
        if not low < middle < high:
            break
        density = math.exp(scale + (a - 1) * math.log(x) + (b - 1) * math.log1p(-x))
        newton = x - beyond / density if density > 0 else middle
        nearer = newton if low < newton < high else middle
        if abs(nearer - x) <= _NEAR * x:
            return nearer
        x = nearer
    return (low + high) / 2


def exact_interval(fills: float, attempts: float, error: float = 0.05) -> tuple[float, float]:
    """The exact interval of a rate from its own attempts alone.

    Source: Clopper and Pearson, 1934; between whole counts its beta quantiles go on.

    Args:
        fills: 0 to `attempts`.
        attempts: effective ones need not be whole; 0 gives (0, 1), nothing is known.
        error: two-sided.

    Raises:
        ValueError: more fills than attempts, or fewer than none.
    """
    if not 0 <= fills <= attempts:
        raise ValueError(f"{fills} of {attempts} attempts filled; it must be none to all of them")
    missed = attempts - fills
    low = beta_quantile(error / 2, fills, missed + 1) if fills > 0 else 0.0
    high = beta_quantile(1 - error / 2, fills + 1, missed) if missed > 0 else 1.0
    return low, high


def log_gamma(x: Floats) -> Floats:
    """The logarithm of the gamma function for each x above 0, to eleven digits.

    Source: Stirling's series, 5.11.1 of the Digital Library of Mathematical Functions, after the
    recurrence has brought x to 8 or above.
    """
    product = x.copy()
    for step in range(1, _SHIFT):
        product = product * (x + step)
    z = x + _SHIFT
    inverse = 1 / z
    square = inverse * inverse
    series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))
    return np.asarray((z - 0.5) * np.log(z) - z + _HALF_LOG_2_PI + series - np.log(product))


def log_beta(a: Floats, b: Floats) -> Floats:
    """The logarithm of the beta function, of each a and b above 0."""
    return log_gamma(a) + log_gamma(b) - log_gamma(a + b)
