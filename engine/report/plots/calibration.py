"""Predicted against measured effects, with the intervals of both, and the line of agreement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final, NamedTuple

from engine.learning.trials.calibration import FinishedTrial
from engine.report.plots.scale import Scale

SIZE: Final = 520
_LEFT: Final = 70
_RIGHT: Final = 20
_TOP: Final = 12
_BOTTOM: Final = 48


class Predicted(NamedTuple):
    """An effect that was predicted and then measured, both in the same unit.

    Args:
        name: what was tried.
        predicted, low, high: the prediction and its 95 % interval.
        measured, measured_low, measured_high: the measurement and its own.
        inside: whether they agree, as far as both intervals can tell.
    """

    name: str
    predicted: float
    low: float
    high: float
    measured: float
    measured_low: float
    measured_high: float
    inside: bool

    @classmethod
    def of(cls, name: str, trial: FinishedTrial) -> Predicted:
        """A finished trial; its measurement with the interval that holds though it stopped."""
        ends = trial.measured - trial.half, trial.measured + trial.half
        held = trial.predicted, trial.low, trial.high
        return cls(name, *held, trial.measured, *ends, trial.inside)


def calibration_plot(points: Sequence[Predicted], unit: str) -> str:
    """A dot for each effect: predicted to the right, measured upwards; on the line both agree.

    Args:
        points: one or more.
        unit: of both axes.
    """
    values = [each for point in points for each in (point.predicted, point.measured)]
    across = Scale.around(values, _LEFT, SIZE - _RIGHT)
    rising = Scale(across.low, across.high, across.step, SIZE - _BOTTOM, _TOP)
    lines = [f'<svg viewBox="0 0 {SIZE} {SIZE}" role="img" aria-label="{escape(unit)}">']
    lines += _axes(across, rising)
    for point in points:
        lines += _dot(point, across, rising)
    below = SIZE - 10
    lines.append(f'<text x="{SIZE - _RIGHT}" y="{below}" class="unit">predicted, {unit}</text>')
    lines.append(f'<text x="{_LEFT}" y="{below}" class="quiet">upwards: measured</text>')
    lines.append("</svg>")
    return "\n".join(lines)


def _axes(across: Scale, rising: Scale) -> Iterator[str]:
    for tick in across.ticks():
        x, y = across.at(tick), rising.at(tick)
        kind = "zero" if across.is_zero(tick) else "grid"
        text = across.text(tick)
        yield f'<line x1="{x}" x2="{x}" y1="{_TOP}" y2="{SIZE - _BOTTOM}" class="{kind}"/>'
        yield f'<line x1="{_LEFT}" x2="{SIZE - _RIGHT}" y1="{y}" y2="{y}" class="{kind}"/>'
        yield f'<text x="{x}" y="{SIZE - _BOTTOM + 16}" class="tick">{text}</text>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4}" class="label quiet">{text}</text>'
    ends = [(across.at(each), rising.at(each)) for each in (across.low, across.high)]
    (x1, y1), (x2, y2) = ends
    yield f'<line x1="{x1}" x2="{x2}" y1="{y1}" y2="{y2}" class="limit"/>'


def _dot(point: Predicted, across: Scale, rising: Scale) -> Iterator[str]:
    x, y = across.at(point.predicted), rising.at(point.measured)
    kind, dot = ("up", "up") if point.inside else ("down", "down open")
    left, right = (_held(across, each) for each in (point.low, point.high))
    bottom, top = (_held(rising, each) for each in (point.measured_low, point.measured_high))
    yield f'<line x1="{left}" x2="{right}" y1="{y}" y2="{y}" class="{kind} thread"/>'
    yield f'<line x1="{x}" x2="{x}" y1="{bottom}" y2="{top}" class="{kind} thread"/>'
    title = (
        f"{escape(point.name)}: predicted {point.predicted:+,.2f}, measured {point.measured:+,.2f}"
    )
    yield f'<circle cx="{x}" cy="{y}" r="3.5" class="dot {dot}"><title>{title}</title></circle>'


def _held(scale: Scale, value: float) -> float:
    """The pixel of a figure, or of the end of the scale beyond which it lies."""
    return scale.at(min(max(value, scale.low), scale.high))
