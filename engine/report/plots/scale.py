"""A linear scale with round ticks, and how figures on it are written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_MOST_TICKS: Final = 7
_ROUND: Final = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear scale from figures to pixels, with round ticks.

    Args:
        low, high: figures at its ends.
        step: between ticks.
        start, end: pixels of low and high; start is the greater one where figures grow upwards.
    """

    low: float
    high: float
    step: float
    start: float
    end: float

    @classmethod
    def around(cls, values: Sequence[float], start: float, end: float) -> Scale:
        """The scale that holds zero and every value, with at most seven ticks."""
        low, high = min([0.0, *values]), max([0.0, *values])
        if low == high:
            low, high = -1.0, 1.0
        rough = (high - low) / (_MOST_TICKS - 2)
        size = 10.0 ** math.floor(math.log10(rough))
        step = next(size * each for each in _ROUND if size * each >= rough)
        return cls(math.floor(low / step) * step, math.ceil(high / step) * step, step, start, end)

    def at(self, value: float) -> float:
        """The pixel of a figure."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self) -> list[float]:
        """Round figures from end to end."""
        count = round((self.high - self.low) / self.step)
        return [self.low + index * self.step for index in range(count + 1)]

    def is_zero(self, tick: float) -> bool:
        """Whether a tick stands for zero, but for rounding."""
        return abs(tick) < self.step / 1e6

    def text(self, tick: float) -> str:
        """A tick with as many decimals as its step needs."""
        if self.is_zero(tick):
            return "0"
        decimals = max(0, -math.floor(math.log10(self.step)))
        return f"{tick + 0.0:,.{decimals}f}"
