"""Small plots side by side on one scale: a curve with its band, over a broken one to compare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from engine.report.plots.scale import Scale

WIDTH: Final = 350
HEIGHT: Final = 190
_LEFT: Final = 40
_RIGHT: Final = 10
_TOP: Final = 24
_BOTTOM: Final = 34

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Panel:
    """One small plot.

    Args:
        title: above it.
        curve: (x, y), x ascending, as steps.
        band: (x, low, high) at the same x; empty where there is none.
        note: below the title's right end.
    """

    title: str
    curve: Points
    band: Sequence[tuple[float, float, float]] = ()
    note: str = ""


def panels(shown: Sequence[Panel], reference: Points, x_unit: str, y_unit: str) -> Iterator[str]:
    """The panels, each with the reference as a broken line.

    Args:
        shown: one panel each.
        reference: the curve that the others are compared with.
        x_unit, y_unit: of the axes.
    """
    curves = [reference, *(panel.curve for panel in shown)]
    xs = [x for curve in curves for x, _ in curve]
    ys = [y for curve in curves for _, y in curve]
    ys += [high for panel in shown for _, _, high in panel.band]
    across = Scale.around(xs, _LEFT, WIDTH - _RIGHT)
    rising = Scale.around(ys, HEIGHT - _BOTTOM, _TOP)
    yield '<div class="panels">'
    for panel in shown:
        yield from _panel(panel, reference, across, rising, (x_unit, y_unit))
    yield "</div>"


def _panel(
    panel: Panel, reference: Points, across: Scale, rising: Scale, units: tuple[str, str]
) -> Iterator[str]:
    title = f"{panel.title}, {units[1]}"
    yield f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
    yield f'<text x="{_LEFT}" y="14" class="name">{escape(panel.title)}</text>'
    yield f'<text x="{WIDTH - _RIGHT}" y="14" class="unit">{escape(panel.note)}</text>'
    for tick in rising.ticks():
        y = rising.at(tick)
        kind = "zero" if rising.is_zero(tick) else "grid"
        yield f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y}" y2="{y}" class="{kind}"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4}" class="label quiet">{rising.text(tick)}</text>'
    for tick in across.ticks():
        x = across.at(tick)
        yield f'<text x="{x}" y="{HEIGHT - _BOTTOM + 14}" class="tick">{across.text(tick)}</text>'
    yield f'<text x="{WIDTH - _RIGHT}" y="{HEIGHT - 6}" class="unit">{escape(units[0])}</text>'
    yield f'<text x="{_LEFT}" y="{HEIGHT - 6}" class="quiet">{escape(units[1])}</text>'
    if panel.band:
        yield f'<path d="{_outline(panel, across, rising)}" class="band"/>'
    yield f'<path d="{_steps(reference, across, rising)}" class="curve reference"/>'
    yield f'<path d="{_steps(panel.curve, across, rising)}" class="curve s0"/>'
    yield "</svg>"


def _steps(points: Points, across: Scale, rising: Scale) -> str:
    """A figure holds until the next point."""
    first, *rest = [(across.at(x), rising.at(y)) for x, y in points]
    return " ".join([f"M{first[0]} {first[1]}", *(f"H{x} V{y}" for x, y in rest)])


def _outline(panel: Panel, across: Scale, rising: Scale) -> str:
    """Along the upper ends of the band, and back along the lower ones."""
    there = _steps([(x, high) for x, _, high in panel.band], across, rising)
    lows = [(across.at(x), rising.at(low)) for x, low, _ in panel.band]
    # A step goes across first, so that on the way back it goes up or down first.
    back = [f"L{lows[-1][0]} {lows[-1][1]}", *(f"V{y} H{x}" for x, y in reversed(lows[:-1]))]
    return f"{there} {' '.join(back)} Z"
