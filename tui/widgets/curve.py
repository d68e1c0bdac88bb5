"""A curve as a person reads it: round ticks, where it crosses zero, which points it has."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
"""Distances between ticks, times a power of ten."""

Points = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Curve:
    """What a plot shows.

    Args:
        title: over the plot.
        points: ascending; those that are not numbers are left out by `points_of`.
        x: what the horizontal axis is.
        zero: whether crossing zero matters: a payoff.
        spot: the present price of the underlying, None where it is unknown or is no price.
    """

    title: str
    points: Points
    x: str
    zero: bool = False
    spot: float | None = None


def points_of(xs: Iterable[float], ys: Iterable[float]) -> Points:
    """The pairs that are numbers."""
    both = zip(xs, ys, strict=False)
    return [(a, b) for a, b in both if math.isfinite(a) and math.isfinite(b)]


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


def crossings(points: Points) -> list[float]:
    """Where the curve changes its sign; one that rests on zero crosses where it leaves it."""
    found: list[float] = []
    for (x0, y0), (x1, y1) in pairwise(points):
        if (y0 < 0) is not (y1 < 0):
            found.append(x0 + (x1 - x0) * (y0 / (y0 - y1)))
    return found


def legend(curve: Curve, spot_mark: str, even_mark: str, room: int) -> str:
    """The words under a curve, as many as fit: which mark is the spot, which the breakevens."""
    spot = f"{spot_mark} spot {curve.spot:.2f}" if curve.spot is not None else ""
    evens = crossings(curve.points) if curve.zero else []
    names = ", ".join(f"{each:.2f}" for each in evens[:4])
    found = f"{even_mark} breakeven {names}" if evens else "no breakeven here"
    even = found if curve.zero else ""
    forms = ((curve.x, spot, even), (spot, even), (spot, f"{even_mark} {names}" if evens else ""))
    texts = ("   ".join(part for part in form if part) for form in forms)
    return next((text for text in texts if len(text) <= room), spot or curve.x)
