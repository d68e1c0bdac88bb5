"""Small pictures in a row of cells: sparkline, diverging bar, share bar, progress, the day."""

from __future__ import annotations

from collections.abc import Sequence

from tui.text.glyphs import Glyphs
from tui.text.lines import Line


def sparkline(values: Sequence[int], width: int, glyphs: Glyphs, top: int = 0) -> str:
    """The newest `width` values as bars; older ones drop off.

    Args:
        values: counts, the newest last.
        width: cells.
        glyphs: whose ramp is drawn; the first step is a blank and means zero.
        top: what the highest bar stands for, so that those of a column can be compared; 0 for the
            greatest value shown.
    """
    shown = values[-width:]
    top = max(top, *shown, 1)
    steps = len(glyphs.spark) - 1
    bars = "".join(
        glyphs.spark[0 if value <= 0 else max(1, round(value * steps / top))] for value in shown
    )
    return bars.rjust(width)


def strip(
    values: Sequence[tuple[float, float | None]],
    start_s: float,
    end_s: float,
    width: int,
    glyphs: Glyphs,
) -> str:
    """Values over time as bars from the least to the greatest of them, or from and to zero.

    Args:
        values: (epoch second, value), ascending; each holds until the next, None is unknown.
        start_s, end_s: the times at both ends.
        width: cells; those of times before the first value and after the last are blank.
    """
    known = [value for _, value in values if value is not None]
    low, high = min((*known, 0.0)), max((*known, 0.0))
    steps, cells, at = len(glyphs.spark) - 1, [], -1
    length_s = max(1.0, end_s - start_s)
    for cell in range(width):
        till_s = start_s + (cell + 1) * length_s / width
        before = at
        while at + 1 < len(values) and values[at + 1][0] < till_s:
            at += 1
        over = at == len(values) - 1 and at == before  # after the last
        value = values[at][1] if at >= 0 and not over else None
        if value is None or high == low:
            cells.append(glyphs.spark[0])
            continue
        step = round((value - low) * steps / (high - low))
        cells.append(glyphs.spark[max(1, step) if value > low else 0])
    return "".join(cells)


def diverging(net: int, reach: int, half: int, glyphs: Glyphs) -> Line:
    """Debits over credits to the right of an axis, credits over debits to the left.

    Args:
        net: signed contracts.
        reach: contracts at the bar's end; more are drawn to the end and the number says how many.
        half: cells on either side of the axis.
    """
    size = 0 if not net else max(1, min(half, round(abs(net) * half / max(1, reach))))
    blank = " " * (half - size)
    left: Line = ((" " * half, "text"),)
    right: Line = ((" " * half, "text"),)
    if net < 0:
        left = ((blank, "text"), (glyphs.bar * size, "bar_minus"))
    elif net > 0:
        right = ((glyphs.bar * size, "bar_plus"), (blank, "text"))
    return (*left, (glyphs.axis, "bar_axis"), *right)


def share(fraction: float | None, width: int, glyphs: Glyphs) -> Line:
    """A bar filled from the left to `fraction` (0 to 1) of `width` cells."""
    if fraction is None:
        return ((" " * width, "text"),)
    full = max(0, min(width, round(fraction * width)))
    return ((glyphs.bar * full, "bar_plus"), (glyphs.track * (width - full), "border"))


def day_bar(
    marks: Sequence[tuple[float, Sequence[str]]],
    closes_s: float,
    now_s: float,
    width: int,
    glyphs: Glyphs,
) -> tuple[Line, Line]:
    """The trading day to scale: the names of its phases, and a track with a marker at `now_s`.

    Args:
        marks: each phase's start (epoch seconds) and its name, from the longest to the shortest.
        closes_s: end of the last phase.
        width: cells of both lines.
    """
    opens_s = marks[0][0]
    length = max(1.0, closes_s - opens_s)
    ends = [start for start, _ in marks[1:]] + [closes_s]
    cells = [round((start - opens_s) * width / length) for start, _ in marks] + [width]
    names: list[tuple[str, str]] = []
    for index, (start, forms) in enumerate(marks):
        room = cells[index + 1] - cells[index]
        name = next((form for form in forms if len(form) < room), "")
        current = start <= now_s < ends[index]
        names.append((name.ljust(room), "title" if current else "label"))
    here = min(width - 1, max(0, int((now_s - opens_s) * width / length)))
    inside = opens_s <= now_s < closes_s
    done = here if inside else width if now_s >= closes_s else 0
    edges = frozenset(cells[1:-1])
    track = "".join(glyphs.tick if cell in edges else glyphs.track for cell in range(width))
    line: list[tuple[str, str]] = [(track[:done], "bar_plus")]
    if inside:
        line.append((glyphs.here, "title"))
    line.append((track[done + (1 if inside else 0) :], "border"))
    return tuple(names), tuple(part for part in line if part[0])
