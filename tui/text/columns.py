"""Columns of a table: which fit, and a row of cells as one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

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
        priority: 0 is always shown; of the rest the smaller come first, those of one together.
        grows: whether it takes what room is left.
    """

    title: str
    width: int
    cell: Callable[[Row, Context], Cell]
    is_text: bool = False
    priority: int = 0
    grows: bool = False


Columns = Sequence[Column[Row, Context]]


def choose(columns: Columns[Row, Context], width: int) -> list[tuple[Column[Row, Context], int]]:
    """The columns that fit into `width` cells with their widths, in their own order."""
    taken: set[int] = set()
    room = width + 1
    for i, column in enumerate(columns):
        if not column.priority and column.width < room:
            taken.add(i)
            room -= column.width + 1
    for priority in sorted({c.priority for c in columns} - {0}):
        together = [i for i, column in enumerate(columns) if column.priority == priority]
        need = sum(columns[i].width + 1 for i in together)
        if need > room:
            break
        taken.update(together)
        room -= need
    chosen = [columns[i] for i in sorted(taken)]
    grower = next((column for column in chosen if column.grows), None)
    return [(c, c.width + room if c is grower else c.width) for c in chosen]


def head(chosen: Sequence[tuple[Column[Row, Context], int]], style: str = "header") -> Line:
    """The heads of the columns."""
    parts = [c.title.ljust(w) if c.is_text else c.title.rjust(w) for c, w in chosen]
    return ((" ".join(parts), style),)


def row(
    chosen: Sequence[tuple[Column[Row, Context], int]],
    item: Row,
    context: Context,
    style: str = "value",
) -> Line:
    """One row: its cells one blank apart, neighbours of one style as one span."""
    spans: list[list[str]] = []
    for column, width in chosen:
        cell = column.cell(item, context)
        if isinstance(cell, str):
            parts: Line = ((_placed(cell, width, column.is_text), style),)
        elif cell and isinstance(cell[0], str):
            text, own = cell
            parts = ((_placed(str(text), width, column.is_text), str(own)),)
        else:
            parts = cell
        for text, own in (*parts, (" ", "")):
            if spans and (own in ("", spans[-1][1])):
                spans[-1][0] += text
            else:
                spans.append([text, own or style])
    if spans:
        spans[-1][0] = spans[-1][0][:-1]
    return tuple((text, own) for text, own in spans)


def _placed(text: str, width: int, phrase: bool) -> str:
    return formats.left(text, width) if phrase else formats.right(text, width)
