"""A confidence sequence for paired differences whose order a coin drew: it may be read at any time.

Without an effect, which arm came first in a pair was drawn by a coin, so each difference is as
likely as its negative whatever its size. Then exp(l S - l^2 V / 2), with S the sum of the
differences and V the sum of their squares, is a supermartingale for every l; mixed over a normal
l of variance 1 / rho it stays one, and Ville's inequality bounds how often it ever gets large. No
moment of the dollars is assumed: heavy tails and spells cost length, not validity.

Sources: de la Pena 1999 (symmetric differences); Robbins 1970 (normal mixture); Howard, Ramdas,
McAuliffe and Sekhon 2021, section 3.2 (choice of rho).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.learning.estimators import Difference


@dataclass(frozen=True, slots=True)
class Paired:
    """Sums over paired differences, after minus before.

    Args:
        n: pairs.
        total, squares: sum of the differences, and of their squares.
    """

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, differences: Sequence[float]) -> Paired:
        """Sums of these differences."""
        return cls(len(differences), math.fsum(differences), math.fsum(d * d for d in differences))

    def and_one(self, difference: float) -> Paired:
        """With one pair more."""
        return Paired(self.n + 1, self.total + difference, self.squares + difference * difference)

    def in_place_of(self, was: float, now: float) -> Paired:
        """With one pair's difference revised."""
        squares = self.squares + now * now - was * was
        return Paired(self.n, self.total + now - was, max(squares, 0.0))

    @property
    def mean(self) -> float:
        """The estimate of the effect; 0.0 without pairs."""
        return self.total / self.n if self.n else 0.0

    @property
    def standard_error(self) -> float:
        """Of the mean, as if the number of pairs had been fixed; infinite below two pairs."""
        if self.n < 2:
            return math.inf
        spread = max(0.0, self.squares - self.n * self.mean**2)
        return math.sqrt(spread / (self.n - 1) / self.n)

    def about(self, effect: float) -> tuple[float, float]:
        """The sum of differences from an effect, and of their squares."""
        total = self.total - self.n * effect
        squares = self.squares - 2 * effect * self.total + self.n * effect * effect
        return total, max(squares, 0.0)


def best_rho(squares: float, error: float) -> float:
    """The rho that makes the sequence narrowest where the squares have this sum.

    Args:
        squares: expected sum of squared differences at the planned end, above 0.
        error: probability that the true effect is ever on one given side of the sequence.

    Raises:
        ValueError: an argument lies outside.
    """
    if not (squares > 0 and math.isfinite(squares)) or not 0 < error < 0.5:
        raise ValueError(
            f"squares add up to {squares} and must be above 0; error is {error} and must lie "
            "between 0 and 0.5"
        )
    doubled = 2 * math.log(1 / (2 * error))
    return squares / (doubled + math.log(1 + doubled))


def log_wealth(pairs: Paired, effect: float, rho: float) -> float:
    """The logarithm of the mixture of supermartingales, were this the effect.

    Args:
        pairs: so far.
        effect: dollars in question, the same unit as the differences.
        rho: fixed before the first pair.
    """
    total, squares = pairs.about(effect)
    return total * total / (2 * (squares + rho)) - math.log1p(squares / rho) / 2


def excludes(pairs: Paired, effect: float, rho: float, error: float) -> int:
    """Whether the sequence leaves an effect out: 1 where it lies above it, -1 below, else 0.

    Ends of a trial are told by the first crossing, and either side is as likely without an
    effect; so each side errs with `error`, both together with twice as much.

    Args:
        pairs, effect, rho: see `log_wealth`.
        error: of one side.
    """
    if log_wealth(pairs, effect, rho) < math.log(1 / (2 * error)):
        return 0
    return 1 if pairs.mean > effect else -1


def confidence_sequence(pairs: Paired, rho: float, error: float) -> Difference | None:
    """The effects around the mean that are not excluded; None where none is excluded yet.

    Args:
        pairs: so far.
        rho, error: see `excludes`.
    """
    scale = max(math.sqrt(pairs.squares / max(pairs.n, 1)), math.sqrt(rho / max(pairs.n, 1)))
    low = _bound(pairs, -scale, rho, error)
    high = _bound(pairs, scale, rho, error)
    if low is None or high is None:
        return None
    return Difference(pairs.mean, low, high)


def _bound(pairs: Paired, step: float, rho: float, error: float) -> float | None:
    """The nearest effect to the mean that is excluded, in the direction of `step`."""
    inside = pairs.mean
    step /= 64
    outside = inside + step
    while not excludes(pairs, outside, rho, error):
        inside, step = outside, step * 1.25
        outside = inside + step
        if abs(step) > 1e6 * max(1.0, abs(pairs.mean), math.sqrt(pairs.squares)):
            return None
    for _ in range(80):
        middle = (inside + outside) / 2
        if middle in (inside, outside):
            break
        if excludes(pairs, middle, rho, error):
            outside = middle
        else:
            inside = middle
    return outside
