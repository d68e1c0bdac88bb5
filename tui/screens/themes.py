"""The theme picker: the whole screen puts on the theme under the cursor."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding

from tui.screens.prompt import Dialog
from tui.text import formats
from tui.text.lines import Line, fit, under_cursor
from tui.viewmodel.theme_sample import PLOT_ROWS, sample_lines
from tui.widgets.lines_widget import LinesWidget

ROWS = 8
"""Most themes in view."""

LEAST_ROWS = 3
"""As many stay where the card needs the room."""

CHOOSE = "j k choose   Enter keeps   Esc puts the former one back"

AROUND = 5
"""Rows of a dialog beside list and card: frame and question."""

CARD_ROWS = 8
"""Rows of the card without its plot."""

MOST_PLOT_ROWS = 9


class ThemePicker(Dialog):
    """A list of themes; Enter keeps the chosen one, Esc puts the former one back on.

    Args:
        names: of the themes.
        now: the one in force.
    """

    BINDINGS = [
        Binding("down,j,T", "move(1)", "Next", show=False),
        Binding("up,k", "move(-1)", "Before", show=False),
        Binding("enter", "keep", "Keep", show=False),
    ]

    def __init__(self, names: list[str], now: str) -> None:
        super().__init__("Theme", ("", CHOOSE))
        self._names = names
        self._at = names.index(now)

    def answers(self) -> ComposeResult:
        """The themes."""
        themes = self.desk.lines_widget("themes")
        themes.styles.height = self._in_view
        themes.show(self._rows())
        yield themes
        yield self.desk.lines_widget("sample")

    @property
    def _in_view(self) -> int:
        """Themes in view: fewer where the card would have no room for its plot."""
        left = self.app.size.height - AROUND - CARD_ROWS - PLOT_ROWS - 1
        return min(len(self._names), max(LEAST_ROWS, min(ROWS, left)))

    def on_mount(self) -> None:
        """Show the card under the list."""
        self._show_sample()

    def on_resize(self) -> None:
        """Show as much of list and card as there is room for."""
        themes = self.query_one("#themes", LinesWidget)
        themes.styles.height = self._in_view
        themes.show(self._rows())
        self._say_where()
        self._show_sample()

    def _say_where(self) -> None:
        """Which of the themes it is, where not all are in view."""
        every = len(self._names)
        where = f"   {self._at + 1} of {every}" if self._in_view < every else ""
        self.explain("", f"{CHOOSE}{where}")

    def _show_sample(self) -> None:
        """The card in the theme that is on; without a plot where there is no room for one."""
        sample = self.query_one("#sample", LinesWidget)
        left = self.app.size.height - self._in_view - AROUND
        plot = max(PLOT_ROWS, min(MOST_PLOT_ROWS, left - CARD_ROWS - 1))
        rows = plot if left > CARD_ROWS + plot else 0
        lines: list[Line] = [(), *sample_lines(self.room, self.desk.glyphs, rows)]
        sample.styles.height = len(lines)
        sample.show(lines)

    def _rows(self) -> list[Line]:
        names = min(20, max(map(len, self._names)))
        rows = self._in_view
        top = max(0, min(self._at - rows // 2, len(self._names) - rows))
        result: list[Line] = []
        for index in range(top, min(len(self._names), top + rows)):
            name = self._names[index]
            text = formats.clean(self.desk.themes.themes[name].description, 60)
            sign = self.desk.glyphs.cursor if index == self._at else " "
            row = fit(
                (
                    (f"{sign} ", "mark"),
                    (f"{formats.clean(name, 20):<{names}} ", "value"),
                    (text, "dim"),
                ),
                self.room,
                self.desk.glyphs.more,
            )
            result.append(under_cursor(row) if index == self._at else row)
        return result

    def action_move(self, step: int) -> None:
        """Put on the next theme or the one before."""
        self._at = (self._at + step) % len(self._names)
        self.desk.use_theme(self._names[self._at])
        self._say_where()
        self._show_sample()
        self.query_one("#themes", LinesWidget).show(self._rows())

    def action_keep(self) -> None:
        """Keep what is on."""
        self.dismiss(self._names[self._at])
