"""Plots with a row for each thing: intervals, dots of days, shares of one, signed bars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final, Protocol

from engine.report.plots.scale import Scale

WIDTH: Final = 760
_LEFT: Final = 230
_RIGHT: Final = 24
_ROW: Final = 24
_TEXT: Final = 180
"""Pixels of a text at the right end of a row."""

_LETTER: Final = 6.8
"""Pixels of a letter in a part of a bar, a little more than it is wide."""

_SCALE_ROOM: Final = 34
SHARES_SHOWN: Final = 8
"""Parts of a bar with a colour and a name of their own; the rest is one part."""


class Estimate(Protocol):
    """A figure with its interval: what is drawn as a dot on a bar."""

    @property
    def mean(self) -> float | None:
        """The figure; None where it is unknown."""

    @property
    def low(self) -> float | None:
        """The lower end of the interval; None where there is none."""

    @property
    def high(self) -> float | None:
        """The upper end of the interval; None where there is none."""

    @property
    def sign(self) -> int:
        """1 or -1 where the interval speaks for or against; 0 where it does not."""


def intervals_plot(
    rows: Sequence[tuple[str, Estimate]], unit: str, texts: Sequence[str] = ()
) -> str:
    """A row for each mean with its interval, zero marked; hollow where it speaks for nothing.

    Args:
        rows: label and interval.
        unit: of the figures.
        texts: what to write at the right end of each row; nothing where there are none.
    """
    ends = [
        each
        for _, interval in rows
        for each in (interval.mean, interval.low, interval.high)
        if each is not None
    ]
    scale = _across(ends, _TEXT if texts else 0)
    marks = list(_intervals(rows, scale))
    for index, text in enumerate(texts):
        y = index * _ROW + _ROW / 2 + 4
        marks.append(f'<text x="{WIDTH}" y="{y}" class="unit">{escape(text)}</text>')
    return _framed(scale, len(rows), unit, marks)


def _intervals(rows: Sequence[tuple[str, Estimate]], scale: Scale) -> Iterator[str]:
    for index, (label, interval) in enumerate(rows):
        y = index * _ROW + _ROW / 2
        yield _label(label, y)
        if interval.mean is None:
            yield f'<text x="{scale.at(0)}" y="{y + 4}" class="quiet">n/a</text>'
            continue
        kind = {1: "up", -1: "down"}.get(interval.sign, "open")
        if interval.low is not None and interval.high is not None:
            low, high = scale.at(interval.low), scale.at(interval.high)
            yield f'<line x1="{low}" x2="{high}" y1="{y}" y2="{y}" class="bar {kind}"/>'
        yield f'<circle cx="{scale.at(interval.mean)}" cy="{y}" r="4.5" class="dot {kind}"/>'


def days_plot(rows: Sequence[tuple[str, Sequence[tuple[str, float]]]], unit: str) -> str:
    """A row of dots, one a day, for each label.

    Args:
        rows: label, and the day's name and figure.
        unit: of the figures.
    """
    scale = _across([value for _, days in rows for _, value in days])
    marks: list[str] = []
    for index, (label, days) in enumerate(rows):
        y = index * _ROW + _ROW / 2
        marks.append(_label(label, y))
        for day, value in days:
            title = f"<title>{escape(day)}: {value:+,.2f}</title>"
            marks.append(
                f'<circle cx="{scale.at(value)}" cy="{y}" r="3.5" class="day">{title}</circle>'
            )
    return _framed(scale, len(rows), unit, marks)


def bars_plot(rows: Sequence[tuple[str, float]], unit: str) -> str:
    """A bar from zero for each label, with its figure.

    Args:
        rows: label and figure.
        unit: of the figures.
    """
    scale = _across([value for _, value in rows])
    marks: list[str] = []
    for index, (label, value) in enumerate(rows):
        y = index * _ROW
        ends = sorted((scale.at(0), scale.at(value)))
        kind = "up" if value >= 0 else "down"
        marks.append(_label(label, y + _ROW / 2))
        marks.append(
            f'<rect x="{ends[0]}" y="{y + 4}" width="{ends[1] - ends[0]:.1f}" height="16" '
            f'class="solid {kind}"><title>{escape(label)}: {value:+,.2f}</title></rect>'
        )
    return _framed(scale, len(rows), unit, marks)


def shares_plot(rows: Sequence[tuple[str, Mapping[str, float]]], unit: str) -> str:
    """A bar for each label, cut into shares of one.

    Args:
        rows: label, and the shares by name.
        unit: of what they are shares.
    """
    totals: dict[str, float] = {}
    for _, shares in rows:
        for name, share in shares.items():
            totals[name] = totals.get(name, 0.0) + share
    shown = sorted(totals, key=lambda name: -totals[name])[:SHARES_SHOWN]
    scale = Scale(0.0, 1.0, 0.2, _LEFT, WIDTH - _RIGHT)
    marks: list[str] = []
    for index, (label, shares) in enumerate(rows):
        y = index * _ROW + 4
        marks.append(_label(label, y + 8))
        at = 0.0
        rest = sum(share for name, share in shares.items() if name not in shown)
        parts = [(name, shares.get(name, 0.0), f"c{n}") for n, name in enumerate(shown)]
        for name, share, colour in [*parts, ("others", rest, "rest")]:
            if share > 0:
                x, width = scale.at(at), scale.at(at + share) - scale.at(at)
                marks.append(
                    f'<rect x="{x}" y="{y}" width="{width:.1f}" height="16" class="{colour}">'
                    f"<title>{escape(name)} {share:.1%}</title></rect>"
                )
                text = f"{name} {share:.0%}"
                if width > _LETTER * len(text):
                    marks.append(
                        f'<text x="{x + width / 2:.1f}" y="{y + 12}" class="part">'
                        f"{escape(text)}</text>"
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
    return _framed(scale, len(rows), unit, marks) + legend


def _label(text: str, y: float) -> str:
    return f'<text x="{_LEFT - 12}" y="{y + 4}" class="label">{escape(text)}</text>'


def _across(values: Sequence[float], text: int = 0) -> Scale:
    """The scale of the rows' figures, from left to right, with room for a text beyond it."""
    return Scale.around(values, _LEFT, WIDTH - _RIGHT - text)


def _framed(scale: Scale, rows: int, unit: str, marks: Sequence[str] | Iterator[str]) -> str:
    """Marks over a grid of ticks, with the unit below."""
    bottom = rows * _ROW
    height = bottom + _SCALE_ROOM
    lines = [f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(unit)}">']
    for tick in scale.ticks():
        x = scale.at(tick)
        kind = "zero" if scale.is_zero(tick) else "grid"
        lines.append(f'<line x1="{x}" x2="{x}" y1="0" y2="{bottom}" class="{kind}"/>')
        lines.append(f'<text x="{x}" y="{bottom + 14}" class="tick">{scale.text(tick)}</text>')
    lines.extend(marks)
    lines.append(f'<text x="{WIDTH - _RIGHT}" y="{bottom + 30}" class="unit">{escape(unit)}</text>')
    lines.append("</svg>")
    return "\n".join(lines)
