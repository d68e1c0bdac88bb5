"""Plots of a study as inline SVG: differences with their intervals, days, shares of gates."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from engine.study.statistics import Interval

WIDTH: Final = 760
_LEFT: Final = 230
_RIGHT: Final = 24
_ROW: Final = 24
_SCALE_ROOM: Final = 34
_MOST_TICKS: Final = 7
_ROUND: Final = (1.0, 2.0, 5.0, 10.0)
SHARES_SHOWN: Final = 8
"""Parts of a bar with a colour and a name of their own; the rest is one part."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear scale from figures to pixels, with round ticks.

    Args:
        low, high: figures at its ends.
        step: between ticks.
    """

    low: float
    high: float
    step: float

    @classmethod
    def around(cls, values: Sequence[float]) -> Scale:
        """The scale that holds zero and every value, with at most seven ticks."""
        low, high = min([0.0, *values]), max([0.0, *values])
        if low == high:
            low, high = -1.0, 1.0
        rough = (high - low) / (_MOST_TICKS - 2)
        size = 10.0 ** math.floor(math.log10(rough))
        step = next(size * each for each in _ROUND if size * each >= rough)
        return cls(math.floor(low / step) * step, math.ceil(high / step) * step, step)

    def x(self, value: float) -> float:
        """The pixel of a figure."""
        share = (value - self.low) / (self.high - self.low)
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)

    def ticks(self) -> list[float]:
        """Round figures from end to end."""
        count = round((self.high - self.low) / self.step)
        return [self.low + index * self.step for index in range(count + 1)]


def intervals_plot(rows: Sequence[tuple[str, Interval]], unit: str) -> str:
    """A row for each mean with its interval, zero marked.

    Args:
        rows: label and interval.
        unit: of the figures.
    """
    ends = [
        each
        for _, interval in rows
        for each in (interval.mean, interval.low, interval.high)
        if each is not None
    ]
    scale = Scale.around(ends)
    return _framed(scale, len(rows), unit, _intervals(rows, scale))


def _intervals(rows: Sequence[tuple[str, Interval]], scale: Scale) -> Iterator[str]:
    for index, (label, interval) in enumerate(rows):
        y = index * _ROW + _ROW / 2
        yield _label(label, y)
        if interval.mean is None:
            yield f'<text x="{scale.x(0)}" y="{y + 4}" class="quiet">n/a</text>'
            continue
        kind = {1: "up", -1: "down"}.get(interval.sign, "open")
        if interval.low is not None and interval.high is not None:
            low, high = scale.x(interval.low), scale.x(interval.high)
            yield f'<line x1="{low}" x2="{high}" y1="{y}" y2="{y}" class="bar {kind}"/>'
        yield f'<circle cx="{scale.x(interval.mean)}" cy="{y}" r="4.5" class="dot {kind}"/>'


def days_plot(rows: Sequence[tuple[str, Sequence[tuple[str, float]]]], unit: str) -> str:
    """A row of dots, one a day, for each label.

    Args:
        rows: label, and the day's name and figure.
        unit: of the figures.
    """
    scale = Scale.around([value for _, days in rows for _, value in days])
    marks: list[str] = []
    for index, (label, days) in enumerate(rows):
        y = index * _ROW + _ROW / 2
        marks.append(_label(label, y))
        for day, value in days:
            title = f"<title>{escape(day)}: {value:+,.2f}</title>"
            marks.append(
                f'<circle cx="{scale.x(value)}" cy="{y}" r="3.5" class="day">{title}</circle>'
            )
    return _framed(scale, len(rows), unit, marks)


def shares_plot(rows: Sequence[tuple[str, Mapping[str, float]]]) -> str:
    """A bar for each label, cut into shares of one.

    Args:
        rows: label, and the shares by name.
    """
    totals: dict[str, float] = {}
    for _, shares in rows:
        for name, share in shares.items():
            totals[name] = totals.get(name, 0.0) + share
    shown = sorted(totals, key=lambda name: -totals[name])[:SHARES_SHOWN]
    scale = Scale(0.0, 1.0, 0.2)
    marks: list[str] = []
    for index, (label, shares) in enumerate(rows):
        y = index * _ROW + 4
        marks.append(_label(label, y + 8))
        at = 0.0
        rest = sum(share for name, share in shares.items() if name not in shown)
        parts = [(name, shares.get(name, 0.0), f"c{n}") for n, name in enumerate(shown)]
        for name, share, colour in [*parts, ("others", rest, "rest")]:
            if share > 0:
                x, width = scale.x(at), scale.x(at + share) - scale.x(at)
                marks.append(
                    f'<rect x="{x}" y="{y}" width="{width:.1f}" height="16" class="{colour}">'
                    f"<title>{escape(name)} {share:.1%}</title></rect>"
                )
            at += share
    names = [
        f'<span class="key"><i class="{f"c{n}"}"></i>{escape(name)}</span>'
        for n, name in enumerate(shown)
    ]
    others = (
        '<span class="key"><i class="rest"></i>others</span>' if len(totals) > len(shown) else ""
    )
    legend = f"<p>{''.join(names)}{others}</p>"
    return _framed(scale, len(rows), "share of the looks", marks) + legend


def _label(text: str, y: float) -> str:
    return f'<text x="{_LEFT - 12}" y="{y + 4}" class="label">{escape(text)}</text>'


def _framed(scale: Scale, rows: int, unit: str, marks: Sequence[str] | Iterator[str]) -> str:
    """Marks over a grid of ticks, with the unit below."""
    bottom = rows * _ROW
    height = bottom + _SCALE_ROOM
    lines = [f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(unit)}">']
    for tick in scale.ticks():
        x = scale.x(tick)
        kind = "zero" if abs(tick) < scale.step / 1e6 else "grid"
        lines.append(f'<line x1="{x}" x2="{x}" y1="0" y2="{bottom}" class="{kind}"/>')
        decimals = max(0, -math.floor(math.log10(scale.step)))
        text = f"{tick + 0.0:,.{decimals}f}" if kind == "grid" else "0"
        lines.append(f'<text x="{x}" y="{bottom + 14}" class="tick">{text}</text>')
    lines.extend(marks)
    lines.append(f'<text x="{WIDTH - _RIGHT}" y="{bottom + 30}" class="unit">{escape(unit)}</text>')
    lines.append("</svg>")
    return "\n".join(lines)
