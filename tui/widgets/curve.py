"""A curve as a person reads it: round ticks, where it crosses zero, which points it has."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

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
        fills: what brings the first point, for a curve without any.
    """

    title: str
    points: Points
    x: str
    zero: bool = False
    spot: float | None = None
    fills: str = ""


def points_of(xs: Iterable[float], ys: Iterable[float]) -> Points:
    """The pairs that are numbers."""
    both = zip(xs, ys, strict=False)
    return [(a, b) for a, b in both if math.isfinite(a) and math.isfinite(b)]


def crossings(points: Points) -> list[float]:
    """Where the curve changes its sign; one that rests on zero crosses where it leaves it."""
    found: list[float] = []
    for (x0, y0), (x1, y1) in pairwise(points):
        if (y0 < 0) is not (y1 < 0):
            found.append(x0 + (x1 - x0) * (y0 / (y0 - y1)))
    return found


def in_sight(curve: Curve) -> bool:
    """Whether the spot lies on the plot."""
    if curve.spot is None or not curve.points:
        return False
    return curve.points[0][0] <= curve.spot <= curve.points[-1][0]


def _spot(curve: Curve, mark: str) -> str:
    """The spot with its mark, or on which side of the plot it is."""
    if curve.spot is None:
        return ""
    if in_sight(curve) or not curve.points:
        return f"{mark} spot {curve.spot:.2f}"
    side = "left" if curve.spot < curve.points[0][0] else "right"
    return f"spot {curve.spot:.2f} to the {side}"


def legend(curve: Curve, spot_mark: str, even_mark: str, room: int) -> str:
    """The words under a curve, as many as fit: which mark is the spot, which the breakevens.

    A spot beyond the plot has no mark there: the words say on which side it is.
    """
    spot = _spot(curve, spot_mark)
    evens = crossings(curve.points) if curve.zero else []
    names = ", ".join(f"{each:.2f}" for each in evens[:4])
    found = f"{even_mark} breakeven {names}" if evens else "no breakeven here"
    even = found if curve.zero else ""
    forms = ((curve.x, spot, even), (spot, even), (spot, f"{even_mark} {names}" if evens else ""))
    texts = ("   ".join(part for part in form if part) for form in forms)
    return next((text for text in texts if len(text) <= room), spot or curve.x)
