"""The session over its time: which figures there are, how they are drawn, what was marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from engine.snapshot import DayMark, TraderView
from tui.pane_numbers import FIGURES
from tui.text import bars, formats
from tui.text.lines import Line, fit, join, width_of
from tui.text.plots import Plot, plot_lines
from tui.viewmodel import nothing
from tui.viewmodel.course import (
    Point,
    bounds,
    cursor,
    desk_points,
    marks_near,
    runs_of,
    trader_points,
)
from tui.viewmodel.view import View

GRID_WIDTH: Final = 114
GRID_HEIGHT: Final = 28
"""Cells and rows from which every figure has its plot; below there is one, and strips."""

LEAST_PLOT: Final = 6
"""Rows of a figure's title and plot, below which it is only a strip."""

STRIP_NAME: Final = 9

LETTERS: Final = {
    "kill": "K", "alarm": "!", "start": "R", "end": "E", "trial": "T", "approval": "A",
    "pause": "P", "hold": "H", "phase": "|",
}  # fmt: skip
"""The letter of each kind of mark under a plot, the gravest first."""

LEGEND: Final = (
    "| phase  P pause, halt, resume  K kill  ! alarm  T trial  A applied  R start  E end"
)

SHORT_LEGEND: Final = "| phase  P pause  K kill  ! alarm  T trial  A applied  R start  E end"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure over time.

    Args:
        key: its name in a list of figures; title: over its plot.
        value: of a point, None where it is unknown there.
        told: the value with what belongs to it, in a few cells.
        label: a value at its tick.
        limit: what it is held against, None where nothing is; named: what follows at that.
        whole: whether it counts.
    """

    key: str
    title: str
    value: Callable[[Point], float | None]
    told: Callable[[Point], str]
    label: Callable[[float], str]
    limit: Callable[[View], float | None] = lambda view: None
    whole: bool = False
    named: Callable[[View], str] = lambda view: ""


def _dollars(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _rate(point: Point) -> str:
    if point.rate is None:
        return formats.UNKNOWN
    return f"{formats.percent(point.k, point.n)} [{formats.interval(point.low, point.high)}]"


def _unhedged(point: Point) -> str:
    dollars = formats.whole(-point.open_c).lstrip("-") if point.open_c else "0"
    return f"{dollars} in {point.unhedged}" if point.unhedged else dollars


def _alarms(point: Point) -> str:
    return f"{point.alarms}, {point.p1} P1" if point.p1 else str(point.alarms)


def _budget(view: View) -> float | None:
    return float(view.snapshot.totals.order_budget) if view.budgeted else None


FLOOR: Final = Figure(
    "floor", "floor $", lambda p: p.floor_c / 100, lambda p: formats.whole(p.floor_c), _dollars
)
RATE: Final = Figure(
    "fills",
    "fill rate %, half an hour, 95 %",
    lambda p: None if p.rate is None else 100 * p.rate,
    _rate,
    lambda value: f"{value:g}",
)
OPEN: Final = Figure("unhedged", "unhedged $", lambda p: p.open_c / 100, _unhedged, _dollars)
LOSS: Final = Figure(
    "day loss",
    "day loss $ of what has ended",
    lambda p: None if p.loss_c is None else p.loss_c / 100,
    lambda p: formats.UNKNOWN if p.loss_c is None else formats.dollars(p.loss_c),
    _dollars,
    lambda view: None if view.loss_limit is None else view.loss_limit.cents / 100,
    named=lambda view: "" if view.loss_limit is None else f": {view.loss_limit.follows}",
)
ORDERS: Final = Figure(
    "orders", "orders", lambda p: p.orders, lambda p: f"{p.orders:,}", _count, _budget, True
)
ALARMS: Final = Figure("alarms", "active alarms", lambda p: p.alarms, _alarms, _count, whole=True)

OF_DESK: Final = (FLOOR, RATE, OPEN, LOSS, ORDERS, ALARMS)
OF_TRADER: Final = OF_DESK
OF_MAIN: Final = (FLOOR, RATE, OPEN, LOSS)
"""The figures of the session, of a trader, and those that have a strip on the main screen."""


# ---------------------------------------------------------------------- drawing


def mark_text(mark: DayMark) -> str:
    """What a mark says, and how many more there were of its kind in that minute."""
    more = f" and {mark.more} more" if mark.more else ""
    return f"{formats.clock(mark.at_ms / 1000)} {formats.displayed(mark.text, 80)}{more}"


def read(point: Point, points: Sequence[Point], marks: Sequence[DayMark], width: int) -> Line:
    """The cursor's line: the moment, and what happened there."""
    parts: list[Line] = [((f"{formats.clock(point.at_s)} ET", "title"),)]
    parts += [((mark_text(mark), "value"),) for mark in marks_near(point, points, marks)]
    if len(parts) == 1:
        parts.append((("nothing marked", "dim"),))
    return fit(join(parts, ("  ", "text")), width)


@dataclass(frozen=True, slots=True)
class Course:
    """Points and marks between two times, and where the cursor stands."""

    points: Sequence[Point]
    marks: Sequence[DayMark]
    start_s: float
    end_s: float
    here: Point | None

    @classmethod
    def of_desk(cls, view: View) -> Course:
        """The desk's."""
        points = desk_points(view)
        return cls(points, view.snapshot.day.marks, *bounds(view, points), cursor(view, points))

    @classmethod
    def of_trader(cls, row: TraderView, view: View) -> Course:
        """The watched trader's, between the times of the desk's, with the desk's own marks."""
        points = trader_points(row, view)
        detail = view.snapshot.detail
        shared = [m for m in view.snapshot.day.marks if m.kind in ("start", "end", "phase", "kill")]
        own = () if detail is None or not points else detail.day.marks
        marks = sorted((*shared, *own), key=lambda mark: mark.at_ms)
        first, last = bounds(view, desk_points(view) or points)
        return cls(points, marks, first, last, cursor(view, points))

    def plot(self, figure: Figure, view: View, *, marked: bool) -> Plot:
        """A figure of it, as it is drawn."""

        def runs(value: Callable[[Point], float | None]) -> list[list[tuple[float, float]]]:
            return runs_of(self.points, self.marks, value)

        band = figure is RATE
        letters = sorted((list(LETTERS).index(mark.kind), mark.at_ms / 1000) for mark in self.marks)
        return Plot(
            self.start_s,
            self.end_s,
            runs(figure.value),
            figure.label,
            low=runs(lambda p: None if p.low is None else 100 * p.low) if band else (),
            high=runs(lambda p: None if p.high is None else 100 * p.high) if band else (),
            limit=figure.limit(view),
            whole=figure.whole,
            marks=[(at_s, list(LETTERS.values())[rank]) for rank, at_s in letters]
            if marked
            else (),
            cursor_s=None if self.here is None else self.here.at_s,
        )


def strips(
    course: Course, figures: Sequence[Figure], width: int, view: View, chosen: int | None = None
) -> list[Line]:
    """Each figure in one row: its name, its course to scale, its value at the cursor.

    Args:
        chosen: which one is drawn below; None where none is.
    """
    here = course.here
    values = [formats.UNKNOWN if here is None else each.told(here) for each in figures]
    most = max(map(len, values))
    room = max(0, width - STRIP_NAME - most - 1)
    lines: list[Line] = []
    for number, (figure, value) in enumerate(zip(figures, values, strict=True)):
        at_times = [(p.at_s, figure.value(p)) for p in course.points]
        cells = bars.strip(at_times, course.start_s, course.end_s, room, view.glyphs)
        style = "title" if number == chosen else "label"
        name = (f"{figure.key:<{STRIP_NAME}}", style)
        lines.append((name, (cells, "spark"), (f" {value:>{most}}", "value")))
    return lines


def figure_lines(
    course: Course, figure: Figure, view: View, width: int, height: int, *, marked: bool
) -> list[Line]:
    """A figure with its title and its value at the cursor over its plot."""
    value = formats.UNKNOWN if course.here is None else figure.told(course.here)
    limit = figure.limit(view)
    against = f" of {figure.label(limit)}{figure.named(view)}" if limit is not None else ""
    title: Line = ((figure.title, "title"), (f"  {value}{against}", "value"))
    if width_of(title) > width:
        title = ((figure.key, "title"), *title[1:])
    plot = course.plot(figure, view, marked=marked)
    return [fit(title, width), *plot_lines(plot, width, height - 1, view.glyphs)]


def session_lines(view: View, width: int, height: int) -> list[Line]:
    """The whole session: a plot of each figure, or strips over the plot of the chosen one."""
    course = Course.of_desk(view)
    if course.here is None:
        return nothing.lines(nothing.sentence(view, "day"), width, height)
    moment = read(course.here, course.points, course.marks, width)
    keys = [figure.key for figure in OF_DESK]
    at = max(0, view.state.follow(FIGURES, keys, len(keys)))
    legend: Line = ((LEGEND if len(LEGEND) <= width else SHORT_LEGEND, "dim"),)
    if width >= GRID_WIDTH and height >= GRID_HEIGHT:
        return [moment, *_grid(course, view, width, height - 2), legend]
    listed: list[Line] = [
        ((view.glyphs.cursor if number == at else " ", "mark"), *line)
        for number, line in enumerate(strips(course, OF_DESK, width - 1, view, at))
    ]
    rest = height - len(listed) - 2
    plot = figure_lines(course, OF_DESK[at], view, width, rest, marked=True)
    return [moment, *listed, *plot, legend]


def _grid(course: Course, view: View, width: int, height: int) -> list[Line]:
    """Two columns of three plots, with the marks under the lowest."""
    half = (width - 2) // 2
    lines: list[Line] = []
    for row in range(3):
        each = (height - 1) // 3 if row < 2 else height - 2 * ((height - 1) // 3)
        pair = [
            figure_lines(course, figure, view, half, each, marked=row == 2)
            for figure in OF_DESK[2 * row : 2 * row + 2]
        ]
        lines += [
            (*fit(left, half), ("  ", "text"), *right) for left, right in zip(*pair, strict=True)
        ]
    return lines


def trader_lines(row: TraderView, view: View, width: int, height: int) -> list[Line]:
    """A trader's session: strips of its figures, over a plot of its floor where there is room."""
    course = Course.of_trader(row, view)
    if course.here is None:
        return nothing.lines(nothing.sentence(view, "trader's day"), width, 3)
    rest = height - len(OF_TRADER)
    if rest < LEAST_PLOT:
        return trader_strips(row, view, width)
    return [
        read(course.here, course.points, course.marks, width),
        *strips(course, OF_TRADER[1:], width, view),
        *figure_lines(course, FLOOR, view, width, rest, marked=True),
    ]


def trader_strips(row: TraderView, view: View, width: int) -> list[Line]:
    """A trader's session in one row a figure, under what the cursor reads."""
    course = Course.of_trader(row, view)
    if course.here is None:
        return nothing.lines(nothing.sentence(view, "trader's day"), width, 3)
    moment = read(course.here, course.points, course.marks, width)
    return [moment, *strips(course, OF_TRADER, width, view)]


def main_strips(view: View, width: int) -> list[Line]:
    """The strips under the day's bar on the main screen; none before there is anything."""
    points = desk_points(view)
    if len(points) < 2:
        return []
    course = Course(points, (), *bounds(view, points), points[-1])
    return strips(course, OF_MAIN, width, view)
