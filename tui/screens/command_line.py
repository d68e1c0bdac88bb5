"""The line after `:`: what it would do, what it may become, what was typed before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widgets import Input

from tui.commands.history import History, Recall
from tui.commands.meaning import meaning
from tui.commands.meant import Kind, Meaning
from tui.commands.words import MOST_TYPED, Around, completions, split
from tui.screens.prompt import Dialog, TypedLine
from tui.text import formats
from tui.text.lines import Line, fit, under_cursor

if TYPE_CHECKING:
    from tui.keyboard.in_order import KeysInOrder

ROWS: Final = 7
"""Most rows of what a line may become."""

REFRESHED_S: Final = 0.5
"""Seconds after which what it would do is looked at again: the desk goes on meanwhile."""

NAME_CELLS: Final = 24


class CommandLine(Dialog):
    """A line to type a command in, with what it means over it.

    Args:
        place: the screen in front, as the registry of actions calls it.
        history: what was typed before.
    """

    DEFAULT_CSS = """
    CommandLine { align: left bottom; background: $desk-ground 0%; }
    CommandLine > Vertical { width: 100%; border: none; border-top: solid $desk-border-focus;
        padding: 0 1; }
    CommandLine Horizontal { height: 1; }
    CommandLine Horizontal LinesWidget { width: 1; }
    CommandLine Horizontal TypedLine { width: 1fr; }
    """
    BINDINGS = [
        Binding("tab", "complete(1)", "Next", show=False),
        Binding("shift+tab", "complete(-1)", "Before", show=False),
        Binding("up", "recall(-1)", "Earlier", show=False),
        Binding("down", "recall(1)", "Later", show=False),
    ]

    def __init__(self, place: str, history: History) -> None:
        super().__init__("", ())
        self.opened = False
        self.meant: Meaning | None = None
        self._place = place
        self._history = history
        self._line = ""
        self._stem = ""
        self._put_there: list[str] = []
        self._at: int | None = None
        self._recall: Recall | None = None

    def answers(self) -> ComposeResult:
        """The sign and the line."""
        colon = self.desk.lines_widget("colon")
        colon.styles.height = 1
        colon.show([((":", "title"),)])
        with Horizontal():
            yield colon
            yield TypedLine(most=MOST_TYPED)

    def on_mount(self) -> None:
        """Ask, and look again while the line is open."""
        super().on_mount()
        self.set_interval(REFRESHED_S, self.ask)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """What is typed reaches the line now."""
        cast("KeysInOrder", self.app).line_opened(self)

    @property
    def around(self) -> Around:
        """Where the line is typed."""
        desk = self.desk
        return Around(desk.view(), self._place, desk.kill_key.stage, tuple(desk.themes.themes))

    @property
    def room(self) -> int:
        """Cells for words: the whole width."""
        return max(20, self.app.size.width - 2)

    def lines(self) -> list[Line]:
        """Mode and account with the keys; what the line may become; what it would do."""
        self._question = "Tab completes  Up earlier  Enter does it  Esc back"
        result = super().lines()
        around = self.around
        fitting = completions(around, self._stem)
        top = 0 if self._at is None else max(0, min(self._at - ROWS + 2, len(fitting) - ROWS))
        shown = fitting[top : top + ROWS]
        for number, line in enumerate(shown, top):
            result.append(self._row(around, line, number == self._at))
        if len(fitting) > len(shown):
            result.append(((f"  {len(fitting) - len(shown)} more", "dim"),))
        meant = meaning(around, self._line)
        if meant.text:
            style = "value" if meant.kind in (Kind.DOES, Kind.UNFINISHED) else "p2"
            lead = "" if meant.kind is not Kind.REFUSED else "not now: "
            text = formats.displayed(f"{lead}{meant.text}", 400)
            result.append(fit(((f"{self.desk.glyphs.arrow} {text}", style),), self.room))
        return result

    def _row(self, around: Around, line: str, at: bool) -> Line:
        told = meaning(around, line)
        word, _, rest = split(line)
        about = told.text
        if word is not None and not rest and word.takes:
            about = f"[{word.takes}]  {about or word.about}"
        refused = told.kind is Kind.REFUSED
        row = fit(
            (
                (f"  {formats.left(line, NAME_CELLS)} ", "dim" if refused else "value"),
                (f"{'not now: ' if refused else ''}{formats.displayed(about, 300)}", "dim"),
            ),
            self.room,
        )
        return under_cursor(row) if at else row

    def on_input_changed(self, event: Input.Changed) -> None:
        """Follow what is typed; what Tab and Up put there is not typed."""
        self._line = self.query_one(Input).value
        if event.value in self._put_there:  # keys may come faster than this is told
            del self._put_there[: self._put_there.index(event.value) + 1]
        else:
            self._stem, self._at, self._recall = event.value, None, None
            self._put_there.clear()
        self.ask()

    def _put(self, text: str) -> None:
        line = self.query_one(Input)
        self._line = text
        if text != line.value:
            self._put_there.append(text)
        line.value = text
        line.cursor_position = len(text)
        self.ask()

    def action_complete(self, step: int) -> None:
        """The next of the lines that this one may become, round the end."""
        fitting = completions(self.around, self._stem)
        if not fitting:
            return
        if len(fitting) == 1:
            only = fitting[0]
            word, _, rest = split(only)
            more = word is not None and not rest and bool(word.options(self.around) or word.free)
            self._stem, self._at = (f"{only} " if more else only), None
            self._put(self._stem)
            return
        first = 0 if step > 0 else len(fitting) - 1
        self._at = first if self._at is None else (self._at + step) % len(fitting)
        self._put(fitting[self._at])

    def action_recall(self, step: int) -> None:
        """The line typed before, or the one after it; only those that begin as this one does."""
        if self._recall is None:
            self._recall = Recall(self._history.lines, self._line)
        text = self._recall.go(step)
        self._stem, self._at = text, None
        self._put(text)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter does what the line means, ends it where it is not whole, or says why not."""
        text = event.value
        meant = meaning(self.around, text)
        if meant.kind is Kind.NOTHING:
            self.dismiss(None)
        elif meant.kind is Kind.DOES:
            self._history.add(text.strip().lstrip(":").strip(), meant.kept)
            self.meant = meant
            self.dismiss(text)
        elif meant.kind is Kind.UNFINISHED:
            self._stem = text
            fitting = completions(self.around, text)
            if len(fitting) == 1:
                self._put(fitting[0])
            word, _, rest = split(text)
            if word is not None and not rest and completions(self.around, f"{text} "):
                self._stem = f"{text.strip()} "  # what it takes is listed, to go through with Tab
                self._put(self._stem)
