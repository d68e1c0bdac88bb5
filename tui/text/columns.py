"""Columns of a table: which fit, and a row of cells as one line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tui.text import formats
from tui.text.lines import Line, Span

Row = TypeVar("Row")
Context = TypeVar("Context")
Cell = str | Span | Line


@dataclass(frozen=True, slots=True)
class Column(Generic[Row, Context]):
    """A column of a table.

    Args:
        title: its head.
        width: cells.
        cell: a row's text, a styled span, or a whole line of exactly `width` cells.
        is_text: whether it holds words (left, cut with an ellipsis) or figures (right, `#`).
        priority: 0 is always shown; of the rest the smaller come first, those of one together;
            OPTIONAL where it has to be chosen.
        grows: whether it takes what room is left; several share it.
        name: what sort, choice of columns and exports call it; the title where it is "".
        wide_from: cells of the table from which it is shown, unless it was chosen.
        sort: what rows are sorted by, the worst, greatest or oldest first; None for no sort.
        value: what an export says in place of the cell; None leaves the column out there.
        unit: of that value.
        exported_as: names of columns that an export has in place of this one.
        total: the cell of a group's totals, which `sort` takes as well; None where it has none.
        pure: whether its cell says what the row says, whatever the time, the glyphs or other rows:
            it is asked for once a row.
        instead: shown in place of words that do not fit; "" where they are cut.
    """

    title: str
    width: int
    cell: Callable[[Row, Context], Cell]
    is_text: bool = False
    priority: int = 0
    grows: bool = False
    name: str = ""
    wide_from: int = 0
    sort: Callable[[Row], Any] | None = None
    value: Callable[[Row], Any] | None = None
    unit: str = ""
    exported_as: tuple[str, ...] = ()
    total: Callable[[Any, Context], Cell] | None = None
    pure: bool = False
    instead: str = ""

    @property
    def called(self) -> str:
        """Its name."""
        return self.name or self.title.lower()


OPTIONAL = -1
"""Priority of a column that is shown only where it is chosen."""

Columns = Sequence[Column[Row, Context]]


def choose(
    columns: Columns[Row, Context], width: int, wanted: Sequence[str] = ()
) -> list[tuple[Column[Row, Context], int]]:
    """The columns that fit into `width` cells with their widths, in their own order.

    Args:
        wanted: names of those that are wanted, in that order; () as they are declared. Where
            room is scarce the same go as without, and those that had to be chosen where there is no
            room for what is always shown.
    """
    if wanted:
        named = {column.called: column for column in columns}
        columns = [named[name] for name in wanted if name in named]
    else:
        columns = [c for c in columns if width >= c.wide_from and c.priority != OPTIONAL]
    taken: set[int] = set()
    room = width + 1
    for tier in (0, OPTIONAL):
        for i, column in enumerate(columns):
            if column.priority == tier and column.width < room:
                taken.add(i)
                room -= column.width + 1
    for priority in sorted({c.priority for c in columns if c.priority > 0}):
        together = [i for i, column in enumerate(columns) if column.priority == priority]
        need = sum(columns[i].width + 1 for i in together)
        if need > room:
            break
        taken.update(together)
        room -= need
    return _grown([columns[i] for i in sorted(taken)], width)


def _grown(chosen: Columns[Row, Context], width: int) -> list[tuple[Column[Row, Context], int]]:
    """Columns with their widths; those that grow share what is left, the last has the rest."""
    room = width + 1 - sum(column.width + 1 for column in chosen)
    growers = [at for at, column in enumerate(chosen) if column.grows]
    widths = [column.width for column in chosen]
    for left, at in zip(range(len(growers), 0, -1), growers, strict=True):
        more = room // left
        widths[at] += more
        room -= more
    return [*zip(chosen, widths, strict=True)]


def head(chosen: Sequence[tuple[Column[Row, Context], int]], sort: str = "") -> Line:
    """The heads of the columns; that of the column they are sorted by stands out.

    Args:
        sort: that column's name.
    """
    spans: list[Span] = []
    for column, cells in chosen:
        text = column.title.ljust(cells) if column.is_text else column.title.rjust(cells)
        style = "title" if sort and column.called == sort else "header"
        if spans and spans[-1][1] == style == "header":
            spans[-1] = (f"{spans[-1][0]} {text}", style)
        else:
            spans += [(" ", "header"), (text, style)] if spans else [(text, style)]
    return tuple(spans)


def column_at(chosen: Sequence[tuple[Column[Row, Context], int]], x: int) -> str:
    """The name of the column whose head is at cell `x`, "" for none."""
    start = 0
    for column, cells in chosen:
        if start <= x <= start + cells:
            return column.called
        start += cells + 1
    return ""


def row(
    chosen: Sequence[tuple[Column[Row, Context], int]],
    item: Row,
    context: Context,
    style: str = "value",
) -> Line:
    """One row: its cells one blank apart, neighbours of one style as one span."""
    cells = (placed(column, width, column.cell(item, context), style) for column, width in chosen)
    return joined(cells, style)


def placed(column: Column[Row, Context], width: int, cell: Cell, style: str) -> Line:
    """A cell in its column."""
    if isinstance(cell, str):
        return ((_placed(column, cell, width), style),)
    if cell and isinstance(cell[0], str):
        text, own = cell
        return ((_placed(column, str(text), width), str(own)),)
    return cell


def joined(cells: Iterable[Line], style: str) -> Line:
    """Cells one blank apart, neighbours of one style as one span."""
    spans: list[list[str]] = []
    for parts in cells:
        for text, own in (*parts, (" ", "")):
            if spans and (own in ("", spans[-1][1])):
                spans[-1][0] += text
            else:
                spans.append([text, own or style])
    if spans:
        spans[-1][0] = spans[-1][0][:-1]
    return tuple((text, own) for text, own in spans)


def _placed(column: Column[Row, Context], text: str, width: int) -> str:
    if column.instead and len(text) > width:
        text = column.instead
    return formats.left(text, width) if column.is_text else formats.right(text, width)
