"""What the attempts before a trial tell of its length: dollars, seconds, and how both scatter."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from engine.learning.estimators import FIRST_LOOK
from engine.learning.evidence.promising import smallest_effect
from engine.learning.trials.plan import SHORTEST_BLOCK, pair_deviation

_AN_HOUR_S: Final = 3600.0


@dataclass(slots=True)
class Moments:
    """Sums over attempts, or over blocks of them: dollars and seconds, squares, products."""

    n: int = 0
    dollars: float = 0.0
    seconds: float = 0.0
    dollars2: float = 0.0
    seconds2: float = 0.0
    both: float = 0.0

    def add(self, dollars: float, seconds: float, sign: int = 1) -> None:
        """Count one, or (sign -1) take one back."""
        self.n += sign
        self.dollars += sign * dollars
        self.seconds += sign * seconds
        self.dollars2 += sign * dollars * dollars
        self.seconds2 += sign * seconds * seconds
        self.both += sign * dollars * seconds

    def __iadd__(self, other: Moments) -> Moments:
        self.n += other.n
        self.dollars += other.dollars
        self.seconds += other.seconds
        self.dollars2 += other.dollars2
        self.seconds2 += other.seconds2
        self.both += other.both
        return self

    def variance(self, rate_s: float) -> float:
        """Of dollars less what `rate_s` dollars a second would make in the same time."""
        if self.n < 2:
            return 0.0
        mean = (self.dollars - rate_s * self.seconds) / self.n
        squares = self.dollars2 - 2 * rate_s * self.both + rate_s**2 * self.seconds2
        return max(0.0, (squares - self.n * mean * mean) / (self.n - 1))


class PastAttempts:
    """One trader's attempts so far.

    Attributes:
        each: over attempts.
        blocks: over blocks of twenty attempts, whose scatter beyond that of their attempts is
            what spells add.
        filled: attempts that filled.
    """

    def __init__(self) -> None:
        self.each = Moments()
        self.blocks = Moments()
        self.filled = 0
        self._block = Moments()

    def add(self, dollars: float, seconds: float, filled: bool, sign: int = 1) -> None:
        """Count an attempt, or (sign -1) take one back.

        A correction of an attempt of a finished block corrects the attempts alone.
        """
        self.each.add(dollars, seconds, sign)
        self.filled += sign * filled
        self._block.add(dollars, seconds, sign)
        if self._block.n >= SHORTEST_BLOCK:
            self.blocks.add(self._block.dollars, self._block.seconds)
            self._block = Moments()


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What a trial of some traders is measured by.

    Args:
        attempts, filled: that it rests on.
        rate: dollars a trader-hour under the values in force.
        attempt_seconds: of one attempt with its wait.
        attempt, block: standard deviation of an attempt's dollars beyond its time's worth, and of
            a block's mean beyond what its attempts explain; dollars.
    """

    attempts: int
    filled: int
    rate: float
    attempt_seconds: float
    attempt: float
    block: float

    @property
    def smallest(self) -> float:
        """The smallest gain worth having, dollars a trader-hour."""
        return smallest_effect(self.rate)

    @property
    def suffices(self) -> bool:
        """Whether so many attempts tell how long a trial takes."""
        return self.attempts >= FIRST_LOOK and self.filled > 0 and self.attempt > 0

    def deviation(self, block_attempts: int) -> float:
        """Standard deviation of a pair's difference, dollars a trader-hour.

        Args:
            block_attempts: attempts of a block; 1 where a coin decides each.
        """
        block = self.block if block_attempts > 1 else 0.0
        pair = pair_deviation(self.attempt, block_attempts, block)
        return pair * _AN_HOUR_S / self.attempt_seconds


def yardstick(traders: Iterable[PastAttempts]) -> Yardstick:
    """What the attempts of these traders tell together."""
    each, blocks, filled = Moments(), Moments(), 0
    for past in traders:
        each += past.each
        blocks += past.blocks
        filled += past.filled
    if each.n < 1 or each.seconds <= 0:
        return Yardstick(max(each.n, 0), filled, 0.0, 1.0, 0.0, 0.0)
    rate_s = each.dollars / each.seconds
    variance = each.variance(rate_s)
    of_blocks = blocks.variance(rate_s) / SHORTEST_BLOCK**2
    spells = max(0.0, of_blocks - variance / SHORTEST_BLOCK)
    return Yardstick(
        each.n,
        filled,
        rate_s * _AN_HOUR_S,
        each.seconds / each.n,
        math.sqrt(variance),
        math.sqrt(spells),
    )
