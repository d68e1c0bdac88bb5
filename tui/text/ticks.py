"""Round ticks of an axis: of numbers 1, 2, 2.5 or 5 apart, of times a round part of an hour."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
"""Distances between ticks, times a power of ten."""

MINUTES: Final = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360)
"""Minutes between two ticks of a time."""


def limits(values: Sequence[float]) -> tuple[float, float]:
    """The least and the greatest of some values, apart even where all are the same."""
    low, high = min(values), max(values)
    if high - low > 1e-9 * max(1.0, abs(low), abs(high)):
        return low, high
    room = max(1.0, abs(low) * 1e-6)
    return low - room, high + room


def round_ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers between `low` and `high`, at most `most` of them: 1, 2, 2.5 or 5 apart."""
    if not high > low or most < 1:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    for step in (factor * power * scale for scale in (1.0, 10.0) for factor in STEPS):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most:
            return [round(number * step, 10) for number in range(first, last + 1)]
    return []  # pragma: no cover - a step of the range itself has fewer


def tick_label(value: float, ticks: Sequence[float]) -> str:
    """A tick with no more decimals than all of them need."""
    decimals = next(
        (n for n in range(4) if all(abs(round(t, n) - t) < 1e-9 * max(1.0, abs(t)) for t in ticks)),
        4,
    )
    return f"{value + 0.0:.{decimals}f}"


def time_ticks(start_s: float, end_s: float, most: int) -> list[int]:
    """Round moments from `start_s` to `end_s`, at most `most` of them, in epoch seconds.

    Exchange time is whole hours from UTC, so that both are round together.
    """
    for minutes in MINUTES:
        step = 60 * minutes
        first, last = -int(-start_s // step), int(end_s // step)  # start_s / step may round to 0
        if last - first < max(1, most):
            return [number * step for number in range(first, last + 1)]
    return []
