"""What is taken away of a list, and how: the clipboard, or a file."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding

from tui.screens.prompt import Dialog
from tui.text.lines import Line, fit, under_cursor
from tui.widgets.lines_widget import LinesWidget

ROWS = 12
"""Most cells of a row in view."""


class TakeDialog(Dialog):
    """Asks what is taken away.

    Args:
        title: what is listed.
        order: whether an order can be taken.
        counted: what the rows are that would be taken now, such as "3 marked rows", and what they
            are without, "" where they are all there are.
    """

    BINDINGS = [
        Binding(key, f"take({key!r})", what, show=False)
        for key, what in (
            ("c", "A cell"),
            ("r", "The row"),
            ("t", "The table"),
            ("o", "The order"),
            ("C", "A CSV file"),
            ("J", "A JSON file"),
        )
    ]

    def __init__(self, title: str, order: bool, counted: Callable[[], tuple[str, str]]) -> None:
        super().__init__(f"Take away: {title}", _ways(order, *counted()))
        self._counted = counted
        self._order = order

    def look_again(self) -> None:
        """Rows may have come since."""
        self.explain(*_ways(self._order, *self._counted()))

    def action_take(self, what: str) -> None:
        """Take that."""
        if what != "o" or self._order:
            self.dismiss(what)


def _ways(order: bool, rows: str, lacks: str) -> tuple[str, ...]:
    """What may be taken, each with its key."""
    whole = ("o  the order with every event of it",) if order else ()
    return (
        lacks,
        "c  a cell of the row under the cursor",
        "r  that row",
        f"t  {rows} as a table, with tabs between",
        *whole,
        f"C  {rows} as a CSV file",
        f"J  {rows} as a JSON file",
        "Esc  nothing",
    )


class CellPicker(Dialog):
    """The cells of a row; Enter copies one.

    Args:
        cells: names and values.
    """

    BINDINGS = [
        Binding("down,j", "move(1)", "Next", show=False),
        Binding("up,k", "move(-1)", "Before", show=False),
        Binding("enter", "take", "Copy", show=False),
    ]

    def __init__(self, cells: list[tuple[str, str]]) -> None:
        super().__init__("Copy a cell", ("", "j k choose   Enter copies   Esc back"))
        self._cells = cells
        self._at = 0

    def answers(self) -> ComposeResult:
        """The cells."""
        cells = self.desk.lines_widget("cells")
        cells.styles.height = min(ROWS, len(self._cells))
        cells.show(self._rows())
        yield cells

    def _rows(self) -> list[Line]:
        top = max(0, min(self._at - ROWS // 2, len(self._cells) - ROWS))
        glyphs, result = self.desk.glyphs, []
        for index in range(top, min(len(self._cells), top + ROWS)):
            name, text = self._cells[index]
            sign = glyphs.cursor if index == self._at else " "
            line: Line = ((f"{sign} ", "mark"), (f"{name:<24} ", "dim"), (text, "value"))
            row = fit(line, self.room, glyphs.more)
            result.append(under_cursor(row) if index == self._at else row)
        return result

    def action_move(self, step: int) -> None:
        """Go to the next cell or the one before."""
        self._at = (self._at + step) % len(self._cells)
        self.query_one("#cells", LinesWidget).show(self._rows())

    def action_take(self) -> None:
        """Copy it."""
        self.dismiss(self._cells[self._at][1])
