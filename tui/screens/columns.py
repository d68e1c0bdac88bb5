"""The column picker: which columns a list has and in which order; the list follows at once."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.binding import Binding

from tui.lists.declared import DeskList
from tui.screens.prompt import Dialog
from tui.text.columns import OPTIONAL, Column
from tui.text.lines import Line, fit, under_cursor
from tui.widgets.lines_widget import LinesWidget

ROWS = 14
"""Most columns in view."""


class ColumnPicker(Dialog):
    """The columns of a list; Enter keeps the choice, Esc puts the former one back.

    Args:
        declared: the list.
    """

    BINDINGS = [
        Binding("down,j", "move(1)", "Next", show=False),
        Binding("up,k", "move(-1)", "Before", show=False),
        Binding("space", "switch", "Show or hide", show=False),
        Binding("J", "carry(1)", "Later", show=False),
        Binding("K", "carry(-1)", "Earlier", show=False),
        Binding("d", "declared", "As declared", show=False),
        Binding("enter", "keep", "Keep", show=False),
    ]

    def __init__(self, declared: DeskList[Any]) -> None:
        keys = "Space show, hide   J K move   d default   Enter keeps   Esc back"
        super().__init__(f"Columns of {declared.title}", ("", keys))
        self._declared = declared
        self._at = 0
        self._order: list[str] = []
        self._shown: set[str] = set()

    def answers(self) -> ComposeResult:
        """The columns."""
        self._take(self._declared.choices(self.desk.view()).columns)
        columns = self.desk.lines_widget("columns")
        columns.styles.height = min(ROWS + 1, len(self._order))
        columns.show(self._rows())
        yield columns

    def _take(self, chosen: tuple[str, ...]) -> None:
        every = [column.called for column in self._declared.columns]
        usual = [c.called for c in self._declared.columns if c.priority != OPTIONAL]
        shown = [name for name in chosen if name in every] or usual
        self._order = shown + [name for name in every if name not in shown]
        if not chosen:
            self._order = every
        self._shown = set(shown)

    def _rows(self) -> list[Line]:
        named = {column.called: column for column in self._declared.columns}
        top = max(0, min(self._at - ROWS // 2, len(self._order) - ROWS))
        glyphs, result = self.desk.glyphs, []
        for index in range(top, min(len(self._order), top + ROWS)):
            column: Column[Any, Any] = named[self._order[index]]
            shown = column.called in self._shown
            sign = glyphs.cursor if index == self._at else " "
            line: Line = (
                (f"{sign} ", "mark"),
                (f"{glyphs.mark if shown else ' '} ", "mark"),
                (f"{column.called:<14} ", "value" if shown else "dim"),
                (f"{column.title:<14} ", "dim"),
                (f"files: {column.unit}" if column.unit else "", "dim"),
            )
            row = fit(line, self.room, glyphs.more)
            result.append(under_cursor(row) if index == self._at else row)
        if len(self._order) > ROWS:
            where = f"  {top + 1}-{min(len(self._order), top + ROWS)} of {len(self._order)}"
            result.append(((where, "dim"),))
        return result

    def _apply(self) -> None:
        wanted = tuple(name for name in self._order if name in self._shown)
        usual = tuple(c.called for c in self._declared.columns if c.priority != OPTIONAL)
        choices = self._declared.choices(self.desk.view())
        choices.show_columns(() if wanted == usual else wanted)
        self._draw()

    def _draw(self) -> None:
        self.query_one("#columns", LinesWidget).show(self._rows())
        self.desk.look()

    def action_move(self, step: int) -> None:
        """Go to the next column or the one before."""
        self._at = (self._at + step) % len(self._order)
        self._draw()

    def action_switch(self) -> None:
        """Show or hide the column; one always stays."""
        changed = self._shown ^ {self._order[self._at]}
        if changed:
            self._shown = changed
            self._apply()

    def action_carry(self, step: int) -> None:
        """Move the column to an earlier or a later place."""
        to = self._at + step
        if 0 <= to < len(self._order):
            order = self._order
            order[self._at], order[to] = order[to], order[self._at]
            self._at = to
            self._apply()

    def action_declared(self) -> None:
        """All as it is declared."""
        self._take(())
        self._apply()

    def action_keep(self) -> None:
        """Keep what is shown."""
        self.dismiss("kept")
