"""The palette: every command by name, with what it would do now or why it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input

from tui.commands.entries import Entry, entries, matching
from tui.commands.meant import Meaning
from tui.commands.words import MOST_TYPED, Around
from tui.screens.prompt import Dialog, TypedLine
from tui.text import formats
from tui.text.lines import Line, fit, under_cursor, wrapped
from tui.widgets.lines_widget import LinesWidget

if TYPE_CHECKING:
    from tui.keyboard.in_order import KeysInOrder

WIDEST: Final = 116
TALLEST: Final = 24
"""Cells and rows of the palette where there is room."""

AROUND_ROWS: Final = 10
"""Rows of the terminal that its list leaves: its frame, its line, the chosen row in full."""

IN_FULL: Final = 3
"""Rows for the chosen one in full."""

KEY_CELLS: Final = 9
LABEL_CELLS: Final = 22

REFRESHED_S: Final = 0.5
"""Seconds after which its sentences are made again: the desk goes on meanwhile."""


class Palette(Dialog):
    """A line to type in, and the commands that have its words.

    Args:
        place: the screen in front, as the registry of actions calls it.
    """

    DEFAULT_CSS = """
    Palette > Vertical { width: 120; }
    """
    BINDINGS = [
        Binding("down,ctrl+n,tab", "move(1)", "Next", show=False),
        Binding("up,ctrl+p,shift+tab", "move(-1)", "Before", show=False),
        Binding("pagedown", "move(10)", "Further", show=False),
        Binding("pageup", "move(-10)", "Back", show=False),
    ]

    def __init__(self, place: str) -> None:
        super().__init__("commands  Enter does the chosen one  Esc back", ())
        self.opened = False
        self.meant: Meaning | None = None
        self._place = place
        self._at = self._top = 0
        self._text = ""
        self._rows: list[Entry] = []
        self._chosen = ""
        self._meant_it = False

    def answers(self) -> ComposeResult:
        """The line, the commands, and the chosen one in full."""
        yield TypedLine("words of a command", MOST_TYPED)
        yield self.desk.lines_widget("entries")
        yield self.desk.lines_widget("in_full")

    def on_mount(self) -> None:
        """Show all, and look again while it is open."""
        super().on_mount()
        self.set_interval(REFRESHED_S, self._draw)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """What is typed reaches the line now."""
        cast("KeysInOrder", self.app).line_opened(self)

    def ask(self) -> None:
        """Show the question, then the commands."""
        super().ask()
        self._draw()

    @property
    def room(self) -> int:
        """Cells for words."""
        return max(20, min(WIDEST, self.app.size.width - 4))

    @property
    def height(self) -> int:
        """Rows of the list."""
        return max(1, min(TALLEST, self.app.size.height - AROUND_ROWS))

    @property
    def around(self) -> Around:
        """Where it was opened."""
        desk = self.desk
        return Around(desk.view(), self._place, desk.kill_key.stage, tuple(desk.themes.themes))

    @property
    def rows(self) -> list[Entry]:
        """The commands that have the words typed, as they are now."""
        return matching(entries(self.around, self.desk.keymap), self._text)

    def _draw(self) -> None:
        self._rows = self.rows
        # Rows change places when what they would do does: the choice follows its own.
        labels = [row.label for row in self._rows]
        if self._chosen in labels:
            self._at = labels.index(self._chosen)
        self._at = max(0, min(self._at, len(self._rows) - 1))
        self._chosen = labels[self._at] if labels else ""
        self._top = max(min(self._top, self._at), self._at - self.height + 1, 0)
        listed, full = (
            self.query_one("#entries", LinesWidget),
            self.query_one("#in_full", LinesWidget),
        )
        listed.styles.height, full.styles.height = self.height, IN_FULL
        shown = self._rows[self._top : self._top + self.height]
        lines = [self._line(row, n == self._at) for n, row in enumerate(shown, self._top)]
        if not lines:
            lines = [(("  no command has these words", "dim"),)]
        listed.show([fit(line, self.room) for line in lines])
        full.show(self._in_full())

    def _line(self, row: Entry, at: bool) -> Line:
        style = "dim" if row.refused else "value"
        sign = self.desk.glyphs.cursor if at else " "
        label = formats.left(row.label, LABEL_CELLS)
        line: Line = (
            (f"{sign} ", "mark"),
            (f"{formats.left(row.key, KEY_CELLS)} ", "dim" if row.refused else "key"),
            (f"{label} ", style),
            (self._told(row), "dim"),
        )
        shown = fit(line, self.room)
        return under_cursor(shown) if at else shown

    def _told(self, row: Entry) -> str:
        return f"{'not now: ' if row.refused else ''}{formats.displayed(row.meant.text, 400)}"

    def _in_full(self) -> list[Line]:
        if not self._rows:
            return [()] * IN_FULL
        row = self._rows[self._at]
        if not self._meant_it:
            hint = "type words of a command, or choose one with Up and Down"
            return [fit(line, self.room) for line in (((hint, "dim"),), (), ())]
        text = wrapped(self._told(row), self.room - 2, "p2" if row.refused else "value", 2)
        where = f"{self._at + 1} of {len(self._rows)}"
        rule: Line = ((f"{self.desk.glyphs.rule * 2} {where} ", "border"),)
        lines: list[Line] = [rule, *text[: IN_FULL - 1]]
        return [fit(line, self.room) for line in (*lines, *[()] * (IN_FULL - len(lines)))]

    def on_input_changed(self, event: Input.Changed) -> None:
        """Follow what is typed, from its first row."""
        if event.value != self._text:
            self._begin_with(event.value)
        self._draw()

    def _begin_with(self, text: str) -> None:
        self._text, self._at, self._top, self._chosen = text, 0, 0, ""
        self._meant_it = bool(text.strip())

    def _go(self, index: int) -> None:
        self._at, self._chosen, self._meant_it = index, "", True
        self._draw()

    def action_move(self, step: int) -> None:
        """Choose the row so many further."""
        last = len(self._rows) - 1
        if last >= 0:
            at = self._at + step
            self._go(at % (last + 1) if abs(step) == 1 else max(0, min(last, at)))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter does the row that is chosen from those with these words."""
        if event.value != self._text:
            self._begin_with(event.value)
            self._draw()
        self._choose()

    def _choose(self) -> None:
        """Do the chosen row, where somebody chose it and it still is what the screen says."""
        if not self._rows or not self._meant_it:
            return
        shown = self._rows[self._at]
        self._draw()
        row = self._rows[self._at] if self._rows else shown
        if row.refused or row.label != shown.label or row.meant.requests != shown.meant.requests:
            return  # the row in full says why, or what it is now
        self.meant = row.meant
        self.dismiss(row.label)

    def on_click(self, event: events.Click) -> None:
        """A click chooses a row; another one on it does what Enter does."""
        if event.widget is None or event.widget.id != "entries":
            return
        index = self._top + event.y
        if index >= len(self._rows):
            return
        if index == self._at and event.chain == 1:
            self._choose()
            return
        self._go(index)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel chooses the next row."""
        self._wheel(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel chooses the row before."""
        self._wheel(-1)

    def _wheel(self, step: int) -> None:
        self._go(max(0, min(len(self._rows) - 1, self._at + step)))
