"""A plot over time as lines of text: steps in braille or plain ASCII, with axes and a cursor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tui.text.formats import minute
from tui.text.glyphs import Glyphs
from tui.text.lines import Line
from tui.text.ticks import limits, round_ticks, time_ticks

Run = Sequence[tuple[float, float]]
"""Points (epoch second, value), ascending, each of which holds until the next."""

ROWS_A_TICK: Final = 3
CELLS_A_TIME: Final = 10
MOST_FLAT: Final = 1e-9
"""Between the least and the greatest value of a curve that is flat."""

_BRAILLE: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_ASCII: Final = "'-."
"""A step in the upper, middle or lower third of its cell."""

_ASCII_CURSOR: Final = "+"
"""Where the cursor stands: a steep course is drawn with the axis's own sign."""


@dataclass(frozen=True, slots=True)
class Plot:
    """What is drawn.

    Args:
        start_s, end_s: the times at both ends.
        runs: of the value; between two runs nothing is known.
        low, high: runs of an interval around it, drawn dotted.
        label: how a value is written at its tick.
        zero: whether the axis reaches to zero, with a line there.
        limit: a line at that value where the curve comes near it; None for none.
        whole: whether only whole numbers are ticks.
        marks: (second, letter) under the axis; of those in one cell the first.
        cursor_s: where the cursor stands; None where none is.
    """

    start_s: float
    end_s: float
    runs: Sequence[Run]
    label: Callable[[float], str]
    low: Sequence[Run] = ()
    high: Sequence[Run] = ()
    zero: bool = True
    limit: float | None = None
    whole: bool = False
    marks: Sequence[tuple[float, str]] = ()
    cursor_s: float | None = None


def plot_lines(plot: Plot, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """The plot in `height` rows of `width` cells: curve, axis, ticks, and marks if it has any."""
    marked = 1 if plot.marks else 0
    rows = max(2, height - 2 - marked)
    bottom, top = _range(plot)
    ticks = round_ticks(bottom, top, max(2, rows // ROWS_A_TICK))
    if plot.whole:
        ticks = [tick for tick in ticks if tick == int(tick)]
    labels = [plot.label(tick) for tick in ticks]
    margin = max(map(len, labels), default=0)
    field = _Field(plot, max(4, width - margin - 1), rows, bottom, top, _parts(glyphs))
    beside = {field.cell(tick): text for tick, text in zip(ticks, labels, strict=True)}
    lines: list[Line] = [
        ((f"{beside.get(row, ''):>{margin}}", "label"), (glyphs.axis, "border"), *cells)
        for row, cells in enumerate(field.lines(glyphs))
    ]
    blank = " " * margin
    times = time_ticks(plot.start_s, plot.end_s, max(2, field.width // CELLS_A_TIME))
    lines.append(((blank, "label"), *_axis(field, times, glyphs)))
    lines.append(((blank + " ", "label"), (_words(field, times), "label")))
    if marked:
        lines.append(((blank + " ", "label"), *_letters(field, plot.marks)))
    return lines


def _is_braille(glyphs: Glyphs) -> bool:
    return glyphs.spark[1] > "\x7f"


def _parts(glyphs: Glyphs) -> int:
    """Into how many parts a row of these glyphs divides values."""
    return len(_BRAILLE) if _is_braille(glyphs) else len(_ASCII)


def _range(plot: Plot) -> tuple[float, float]:
    values = [value for run in (*plot.runs, *plot.low, *plot.high) for _, value in run]
    if plot.zero or not values:
        values.append(0.0)
    greatest = max(values)
    if plot.limit is not None and greatest >= plot.limit / 2:
        values.append(plot.limit)
    if greatest - min(values) < (1.0 if plot.whole else MOST_FLAT):
        values.append(min(values) + 1.0)
    return limits(values)


class _Field:
    """Cells of a curve: which value is in which row, which second in which column.

    Args:
        parts: into how many parts a row divides values; ticks and lines across the field are in
            the row, and at the part of it, where a curve of their value is.
    """

    def __init__(
        self, plot: Plot, width: int, height: int, bottom: float, top: float, parts: int
    ) -> None:
        self.plot = plot
        self.width, self.height, self.parts = width, height, parts
        self._bottom, self._reach = bottom, top - bottom
        self._start_s = plot.start_s
        self._length_s = max(1.0, plot.end_s - plot.start_s)

    def part(self, value: float) -> int:
        """The part of a row in which a value is, counted from the top."""
        last = self.height * self.parts - 1
        return last - round((value - self._bottom) / self._reach * last)

    def cell(self, value: float) -> int:
        """The row of a value from the top."""
        return self.part(value) // self.parts

    def column(self, at_s: float, steps: int = 1) -> int:
        """The column of a moment; with `steps` the part of it."""
        most = self.width * steps - 1
        return min(most, max(0, int((at_s - self._start_s) / self._length_s * (most + 1))))

    def lines(self, glyphs: Glyphs) -> list[Line]:
        """The rows of the field."""
        braille = _is_braille(glyphs)
        draw = self._dots if braille else self._strokes
        front = draw(self.plot.runs, False)
        behind = draw((*self.plot.low, *self.plot.high), True)
        rules = self._rules(braille)
        here = None if self.plot.cursor_s is None else self.column(self.plot.cursor_s)
        return [
            self._line(row, front, behind, rules.get(row), here, braille, glyphs)
            for row in range(self.height)
        ]

    def _rules(self, braille: bool) -> dict[int, tuple[str, str]]:
        """What is in the even and the odd cells of rows with a line: at zero, or at the limit.

        A line has half the dots of a curve, so that one lies over the other without colour too.
        """
        rules = {}
        limit = self.plot.limit
        if limit is not None and limit <= self._bottom + self._reach:
            rules[self.cell(limit)] = (self._dot(limit, braille), " ")
        if self._bottom <= 0 <= self._bottom + self._reach:
            dot = self._dot(0.0, braille)
            rules[self.cell(0.0)] = (dot, dot if braille else " ")
        return rules

    def _dot(self, value: float, braille: bool) -> str:
        """One dot at a value, in the part of its row where a curve of it would be."""
        part = self.part(value) % self.parts
        return chr(0x2800 | _BRAILLE[part][0]) if braille else _ASCII[part]

    def _line(
        self,
        row: int,
        front: dict[tuple[int, int], int],
        behind: dict[tuple[int, int], int],
        rule: tuple[str, str] | None,
        here: int | None,
        braille: bool,
        glyphs: Glyphs,
    ) -> Line:
        spans: list[list[str]] = []
        for column in range(self.width):
            cell = (row, column)
            ours, theirs = front.get(cell, 0), behind.get(cell, 0)
            if ours or theirs:
                text = chr(0x2800 | ours | theirs) if braille else chr(ours or theirs)
                style = "value" if ours else "dim"
            elif rule is not None:
                text, style = rule[column % 2], "border"
            else:
                text, style = " ", "text"
            if column == here:
                text = text if ours else glyphs.axis if braille else _ASCII_CURSOR
                style = "title"
            if spans and spans[-1][1] == style:
                spans[-1][0] += text
            else:
                spans.append([text, style])
        return tuple((text, style) for text, style in spans)

    def _columns(self, run: Run, steps: int) -> list[tuple[int, float, float]]:
        """(part of a column, least, greatest) of a run; joined, so that a jump is a stroke."""
        found: list[tuple[int, float, float]] = []
        for number, (at_s, value) in enumerate(run):
            first = self.column(at_s, steps)
            last = self.column(run[number + 1][0], steps) if number + 1 < len(run) else first
            before = run[number - 1][1] if number else value
            found.append((first, min(before, value), max(before, value)))
            found += [(column, value, value) for column in range(first + 1, last)]
        return found

    def _dots(self, runs: Sequence[Run], dotted: bool) -> dict[tuple[int, int], int]:
        """The dots of braille cells by row and column."""
        cells: dict[tuple[int, int], int] = {}
        for run in runs:
            for part, low, high in self._columns(run, 2):
                if dotted and part % 3:
                    continue
                for dot in range(self.part(high), self.part(low) + 1):
                    key = (dot // 4, part // 2)
                    cells[key] = cells.get(key, 0) | _BRAILLE[dot % 4][part % 2]
        return cells

    def _strokes(self, runs: Sequence[Run], dotted: bool) -> dict[tuple[int, int], int]:
        """The ASCII character of each cell by row and column: a bar where the curve jumps."""
        cells: dict[tuple[int, int], int] = {}
        for run in runs:
            for column, low, high in self._columns(run, 1):
                upper, lower = self.part(high), self.part(low)
                if upper // 3 == lower // 3:
                    mark = ":" if dotted else _ASCII[lower % 3]
                    if not (dotted and column % 2):
                        cells.setdefault((lower // 3, column), ord(mark))
                elif not dotted:
                    for row in range(upper // 3, lower // 3 + 1):
                        cells[row, column] = ord("|")
        return cells


def _axis(field: _Field, times: Sequence[int], glyphs: Glyphs) -> Line:
    columns = {field.column(at_s) for at_s in times}
    rule = "".join(glyphs.tick if n in columns else glyphs.rule for n in range(field.width))
    return ((glyphs.tick + rule, "border"),)


def _words(field: _Field, times: Sequence[int]) -> str:
    """The times under their ticks, as many as do not touch."""
    text = ""
    for at_s in times:
        word = minute(at_s)
        start = min(max(0, field.column(at_s) - len(word) // 2), field.width - len(word))
        if start >= len(text) + (1 if text else 0):
            text = text.ljust(start) + word
    return text.ljust(field.width)


def _letters(field: _Field, marks: Sequence[tuple[float, str]]) -> Line:
    cells: dict[int, str] = {}
    for at_s, letter in marks:
        cells.setdefault(field.column(at_s), letter)
    text = "".join(cells.get(column, " ") for column in range(field.width))
    return ((text, "title"),)
