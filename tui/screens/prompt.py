"""Dialogs: a question with a typed answer, how to quit. Kill works in all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import Input

from tui.sure_timers import SureTimers
from tui.text.lines import Line, fit, width_of, wrapped
from tui.viewmodel.header import account, badge
from tui.widgets.lines_widget import LinesWidget

if TYPE_CHECKING:
    from tui.keyboard.in_order import KeysInOrder
    from tui.shown import Shown

WIDTH = 66
"""Cells of a dialog's words."""

MARGIN = 4
"""Cells of a dialog's sides."""

MOST_NAMES = 12
"""Rows that a question about several names."""

ACCOUNT = 14
"""Cells an account takes in a dialog; of a longer one the end is shown."""


class Dialog(SureTimers, ModalScreen[str | None], inherit_bindings=False):
    """A box over the screen; its first words are mode and what is asked."""

    DEFAULT_CSS = """
    Dialog { align: center middle; overflow: hidden; background: $desk-ground 60%; }
    Dialog > Vertical { width: 70; max-width: 100%; height: auto; max-height: 100%;
        border: solid $desk-border-focus; background: $desk-ground; padding: 0 1; }
    Dialog LinesWidget { width: 100%; }
    Dialog Input { border: none; height: 1; padding: 0; background: $desk-cursor-bg; }
    Dialog Input:focus { border: none; }
    """
    BINDINGS = [Binding("escape", "leave", "Back", show=False)]

    def __init__(self, question: str, explanation: tuple[str, ...]) -> None:
        super().__init__()
        self._question = question
        self._explanation = explanation

    def compose(self) -> ComposeResult:
        """The question in lines of the desk."""
        with Vertical():
            yield self.desk.lines_widget("question")
            yield from self.answers()

    def on_mount(self) -> None:
        """Ask."""
        self.ask()

    def on_resize(self) -> None:
        """Ask in the width there is now."""
        self.ask()

    def ask(self) -> None:
        """Show the question in as many rows as it needs; a dialog that is gone has none."""
        for question in self.query("#question").results(LinesWidget):
            lines = self.lines()
            question.styles.height = len(lines)
            question.show(lines)

    def explain(self, *explanation: str) -> None:
        """Say something else under the question."""
        self._explanation = explanation
        self.ask()

    @property
    def desk(self) -> Shown:
        """The desk, as the app shows it."""
        return cast("Shown", self.app)

    def lines(self) -> list[Line]:
        """Mode, account and question, then what there is to say about it."""
        view = self.desk.live_view()
        room = self.room
        result: list[Line] = [(badge(view), (f" {account(view.snapshot, ACCOUNT)}", "value"))]
        asked: Line = ((f"  {self._question}", "title"),)
        if width_of(result[0]) + width_of(asked) <= room:
            result = [(*result[0], *asked)]
        else:
            result += wrapped(self._question, room, "title")
        for text in self._explanation:
            key = text.partition("  ")[0]
            indent = len(key) + 2 if 0 < len(key) <= 3 else 0
            result += wrapped(text, room, "value", indent)
        return [fit(line, room) for line in result]

    @property
    def room(self) -> int:
        """Cells for words: as many as a dialog has, fewer where the terminal is narrower."""
        return max(MARGIN, min(WIDTH, self.app.size.width - MARGIN))

    def answers(self) -> ComposeResult:
        """What the operator may answer with."""
        yield from ()

    def action_leave(self) -> None:
        """One level up, nothing asked."""
        self.dismiss(None)


class TypedLine(Input):
    """A line to type in whose cursor stands still: nothing on the screen moves by itself.

    Args:
        placeholder: what an empty line shows.
        most: greatest length in characters.
        start: what is already there.
        suggester: completes what is typed.
    """

    def __init__(
        self,
        placeholder: str = "",
        most: int = 200,
        start: str = "",
        suggester: Suggester | None = None,
    ) -> None:
        super().__init__(start, placeholder, max_length=most, suggester=suggester)
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """What is pasted may hold controls; it is drawn, and becomes a reason or a command."""
        return "".join(each if each.isprintable() else "?" for each in value)


class Prompt(Dialog):
    """A question answered by typing.

    Args:
        question: what is asked.
        explanation: what the answer does.
        start: what is already there.
    """

    def __init__(self, question: str, *explanation: str, start: str = "") -> None:
        super().__init__(question, explanation)
        self._start = start
        self.opened = False

    def answers(self) -> ComposeResult:
        """A line to type in."""
        yield TypedLine(start=self._start)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """What is typed reaches the line now."""
        cast("KeysInOrder", self.app).line_opened(self)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter ends typing."""
        self.dismiss(event.value)


PREPARE_EVERY_S = 0.01
"""Seconds from one step of what a prompt prepares to the next: keys and beats come in between."""


class WordsPrompt(Prompt):
    """Words at the foot of the screen; the list above follows while they are typed.

    Args:
        question: what is asked.
        follow: told what is typed so far.
        start: the words in force.
        prepare: does a little of what the first letter needs; whether there is more of it.
    """

    DEFAULT_CSS = """
    WordsPrompt { align: left bottom; background: $desk-ground 0%; }
    WordsPrompt > Vertical { width: 100%; border: none; padding: 0 1; }
    """

    def __init__(
        self,
        question: str,
        follow: Callable[[str], None],
        start: str,
        prepare: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(question, start=start)
        self._follow = follow
        self._prepare = prepare

    def on_mount(self) -> None:
        """Use the time until the first letter."""
        self.set_timer(PREPARE_EVERY_S, self._go_on)

    def _go_on(self) -> None:
        if self.is_mounted and self._prepare():
            self.set_timer(PREPARE_EVERY_S, self._go_on)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Follow what is typed so far."""
        self._follow(event.value)
        self.desk.look()


class SeveralDialog(Dialog):
    """Asks before something that adds risk is done to several rows: `y`, once it has been seen.

    Args:
        question: what is done, and to how many.
        names: of the rows.
        armed: whether it has been on the screen for long enough.
    """

    BINDINGS = [Binding("y", "confirm", "Confirm", show=False)]

    def __init__(self, question: str, names: list[str], armed: Callable[[], bool]) -> None:
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        listed = ", ".join(names[:MOST_NAMES]) + more
        super().__init__(question, ("", listed, "", "y  do it", "Esc  do nothing"))
        self._armed = armed

    def action_confirm(self) -> None:
        """Do it, where it is armed."""
        if self._armed():
            self.dismiss("y")
        else:
            self.desk.say("not yet armed: look first, then press again")


QUIT = "Quit: after this nothing trades"
OVER = "Quit: the session has ended, nothing trades"
LOOK = "Esc  stay and look"
ENDING = "The desk is ending: nothing new trades"


class QuitDialog(Dialog):
    """How to end: drain, or cancel and verify.

    Args:
        gives_up: where the desk ends already, what cancelling gives up; else "".
        over: whether the session has ended: there is nothing left to drain or to cancel.
    """

    BINDINGS = [
        Binding("d", "choose('drain')", "Drain", show=False),
        Binding("c", "choose('cancel')", "Cancel and verify", show=False),
    ]

    def __init__(self, gives_up: str = "", over: bool = False) -> None:
        if over:
            super().__init__(OVER, ("", "d  quit; the report is in the run's folder", LOOK))
            return
        super().__init__(
            ENDING if gives_up else QUIT,
            ("", "d  wait for it, then quit", f"c  end now: {gives_up}", "Esc  go on waiting")
            if gives_up
            else (
                "",
                "d  drain: debits cancelled, completing orders at most 20 s more, "
                "then cancel and verify; open units are parked and kept",
                "c  cancel every engine order now and verify, then quit",
                "Esc  go on trading",
            ),
        )

    def action_choose(self, way: str) -> None:
        """End that way."""
        self.dismiss(way)


class LiveQuitDialog(Prompt):
    """The same where real money trades: the way is typed, so that no stray key ends a desk.

    Args:
        gives_up, over: as for `QuitDialog`.
    """

    def __init__(self, gives_up: str = "", over: bool = False) -> None:
        if over:
            super().__init__(OVER, "", "type drain: quit; the report is in the run's folder", LOOK)
            return
        explanation = (
            (
                "type drain: wait for it, then quit",
                f"type cancel: end now: {gives_up}",
                "Esc  go on waiting",
            )
            if gives_up
            else (
                "type drain: debits cancelled, completing orders at most 20 s more, "
                "then cancel and verify; open units are parked and kept",
                "type cancel: cancel every engine order now and verify, then quit",
                "Esc  go on trading",
            )
        )
        super().__init__(ENDING if gives_up else QUIT, "", *explanation)
