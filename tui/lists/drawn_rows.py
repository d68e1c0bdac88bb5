"""Rows of a table as they were drawn last: of a row that is the same only what ages is looked at.

Four times a second a table is drawn whose rows are nearly all what they were. What their cells say
is known, but for those that tell an age, a countdown or a scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tui.text.columns import Cell, Column, joined, placed
from tui.text.lines import Line

Row = TypeVar("Row")


@dataclass(slots=True)
class _Drawn(Generic[Row]):
    """A row, and each of its cells as the column gave it and as it was placed."""

    item: Row
    style: str
    cells: list[Cell]
    parts: list[Line]
    line: Line


class DrawnRows(Generic[Row]):
    """The rows in view of one table, by key.

    Args:
        columns: with their widths.
    """

    def __init__(self, columns: Sequence[tuple[Column[Row, Any], int]]) -> None:
        self._columns = columns
        self._ageing = [n for n, (column, _) in enumerate(columns) if not column.pure]
        self._before: dict[str, _Drawn[Row]] = {}
        self._rows: dict[str, _Drawn[Row]] = {}

    def begin(self) -> None:
        """The table is drawn again: rows that do not come back are forgotten."""
        self._before, self._rows = self._rows, {}

    def line(self, key: str, item: Row, context: Any, style: str) -> Line:
        """The cells of a row, as `columns.row` joins them.

        Args:
            key: names the row.
            context: what a cell is given beside the row.
            style: of cells that have none of their own.
        """
        had = self._before.get(key)
        if had is None or had.item is not item or had.style != style:
            cells = [column.cell(item, context) for column, _ in self._columns]
            both = zip(self._columns, cells, strict=True)
            parts = [placed(column, width, cell, style) for (column, width), cell in both]
            had = _Drawn(item, style, cells, parts, joined(parts, style))
        elif self._aged(had, context):
            had.line = joined(had.parts, style)
        self._rows[key] = had
        return had.line

    def _aged(self, row: _Drawn[Row], context: Any) -> bool:
        """Look at the cells that may change by themselves; whether one did."""
        aged = False
        for n in self._ageing:
            column, width = self._columns[n]
            cell = column.cell(row.item, context)
            if cell != row.cells[n]:
                row.cells[n], row.parts[n] = cell, placed(column, width, cell, row.style)
                aged = True
        return aged
