"""Plots of curves: figures over the time of day or over seconds, as steps or as lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from engine.report.plots.scale import Scale

WIDTH: Final = 760
HEIGHT: Final = 260
_LEFT: Final = 70
_RIGHT: Final = 20
_TOP: Final = 12
_BOTTOM: Final = 44

Point = tuple[float, float]
Tick = tuple[float, str]


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve.

    Args:
        name: what it shows; in the legend where there is more than one.
        points: (x, y), x ascending.
        steps: whether a figure holds until the next point, as of what is counted.
    """

    name: str
    points: Sequence[Point]
    steps: bool = True


def curves_plot(
    curves: Sequence[Curve],
    x_unit: str,
    y_unit: str,
    *,
    ticks: Sequence[Tick] = (),
    limit: tuple[str, float] | None = None,
) -> str:
    """Curves over a common axis, zero marked.

    Args:
        curves: one to three, each with a point.
        x_unit, y_unit: of the axes.
        ticks: where and what to write below the axis; round figures where there are none.
        limit: a figure to draw as a broken line across, with its name.
    """
    xs = [x for curve in curves for x, _ in curve.points]
    ys = [y for curve in curves for _, y in curve.points] + ([] if limit is None else [limit[1]])
    rising = Scale.around(ys, HEIGHT - _BOTTOM, _TOP)
    across = _across(xs, ticks)
    lines = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(y_unit)}">']
    lines += _grid(rising)
    below = ticks or [(tick, across.text(tick)) for tick in across.ticks()]
    for value, text in below:
        x = across.at(value)
        lines.append(
            f'<text x="{x}" y="{HEIGHT - _BOTTOM + 16}" class="tick">{escape(text)}</text>'
        )
    for index, curve in enumerate(curves):
        path = " ".join(_path(curve, across, rising))
        title = f"<title>{escape(curve.name)}</title>"
        lines.append(f'<path d="{path}" class="curve s{index}">{title}</path>')
    if limit is not None:
        y = rising.at(limit[1])
        lines.append(f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y}" y2="{y}" class="limit"/>')
    lines.append(
        f'<text x="{WIDTH - _RIGHT}" y="{HEIGHT - 8}" class="unit">{escape(x_unit)}</text>'
    )
    lines.append(f'<text x="{_LEFT}" y="{HEIGHT - 8}" class="quiet">{escape(y_unit)}</text>')
    lines.append("</svg>")
    return "\n".join(lines) + _legend(curves, limit)


def _across(xs: Sequence[float], ticks: Sequence[Tick]) -> Scale:
    """From the first to the last of points and ticks; without ticks round figures from zero."""
    if not ticks:
        return Scale.around(xs, _LEFT, WIDTH - _RIGHT)
    ends = [*xs, *(value for value, _ in ticks)]
    low, high = min(ends), max(ends)
    return Scale(low, high if high > low else low + 1.0, 1.0, _LEFT, WIDTH - _RIGHT)


def _grid(rising: Scale) -> Iterator[str]:
    for tick in rising.ticks():
        y = rising.at(tick)
        kind = "zero" if rising.is_zero(tick) else "grid"
        yield f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y}" y2="{y}" class="{kind}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4}" class="label quiet">{rising.text(tick)}</text>'


def _path(curve: Curve, across: Scale, rising: Scale) -> Iterator[str]:
    """The curve as SVG path commands; a step goes across first, then up or down."""
    for index, (x, y) in enumerate(curve.points):
        right, up = across.at(x), rising.at(y)
        if not index:
            yield f"M{right} {up}"
        elif curve.steps:
            yield f"H{right} V{up}"
        else:
            yield f"L{right} {up}"


def _legend(curves: Sequence[Curve], limit: tuple[str, float] | None) -> str:
    names = [
        f'<span class="key"><i class="k{index}"></i>{escape(curve.name)}</span>'
        for index, curve in enumerate(curves)
        if len(curves) > 1
    ]
    if limit is not None:
        names.append(f'<span class="key"><i class="kl"></i>{escape(limit[0])}</span>')
    return f"<p>{''.join(names)}</p>" if names else ""
