"""A curve in a plot widget, in the colours of the desk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual_plotext import PlotextPlot

Colour = tuple[int, int, int]


def draw(
    plot: PlotextPlot,
    title: str,
    xs: Iterable[float],
    ys: Iterable[float],
    x: str,
    *,
    colour: Colour,
    ascii_only: bool,
) -> bool:
    """Draw one curve in place of what the plot shows; whether there was any point.

    Args:
        plot: the widget.
        title: over the plot.
        xs, ys: the points; those that are not numbers are left out.
        x: what the horizontal axis is.
        colour: of the curve.
        ascii_only: whether nothing but ASCII may be drawn.
    """
    points = [(a, b) for a, b in zip(xs, ys, strict=False) if a == a and b == b]
    plot.plt.clear_figure()
    plot.plt.title(title if points else f"{title}: nothing yet")
    if points:
        plot.plt.plot(
            [a for a, _ in points],
            [b for _, b in points],
            marker="dot" if ascii_only else "braille",
            color=colour,
        )
    plot.plt.xlabel(x)
    plot.refresh()
    return bool(points)
