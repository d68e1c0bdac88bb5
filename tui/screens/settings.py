"""A setting is changed in two steps: typed and judged as it is typed, then seen and confirmed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.suggester import SuggestFromList
from textual.widgets import Input

from tui.screens.prompt import Dialog, Prompt, TypedLine
from tui.text.formats import clean, displayed
from tui.text.lines import Line, fit, wrapped
from tui.viewmodel.settings import Setting, brief

LONGEST: Final = 200
"""Characters of a value that can be typed."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was typed would do.

    Args:
        good: whether it could be.
        words: what it would become and when, or what is wrong.
    """

    good: bool
    words: str


class SettingEntry(Prompt):
    """A line for a setting's new value; under it what that would do.

    Args:
        setting: that is changed.
        judge: says what a text would do.
    """

    def __init__(self, setting: Setting, judge: Callable[[str], Verdict]) -> None:
        bounds = f"  {setting.bounds}" if setting.bounds else ""
        super().__init__(
            f"Change {setting.key}",
            setting.meaning,
            f"in force {displayed(brief(setting.now), 80)}, "
            f"default {displayed(brief(setting.default), 80)}",
            f"type {setting.typed}{bounds}",
        )
        self._setting = setting
        self._judge = judge
        self._verdict = Verdict(True, "")

    def answers(self) -> ComposeResult:
        """A line that takes the setting's kind of value."""
        words = [str(choice) for choice in self._setting.choices if str(choice)]
        yield TypedLine(
            most=LONGEST,
            suggester=SuggestFromList(words, case_sensitive=False) if words else None,
        )

    def lines(self) -> list[Line]:
        """The question, and what is typed so far would do."""
        style = "value" if self._verdict.good else "p2"
        said = clean(self._verdict.words)
        verdict = wrapped(said or "Enter shows what would change", self.room, style)
        return [*super().lines(), (), *(fit(line, self.room) for line in verdict)]

    def on_input_changed(self, event: Input.Changed) -> None:
        """Judge what is typed so far."""
        self._verdict = self._judge(event.value) if event.value.strip() else Verdict(True, "")
        self.ask()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to what would change; what cannot be stays in the line."""
        event.prevent_default()
        verdict = self._judge(event.value)
        if verdict.good:
            self.dismiss(event.value)
        else:
            self._verdict = verdict
            self.ask()


class ChangeDialog(Dialog):
    """What would change, now and in the file; `y` and `w` count once it has been seen.

    Args:
        question: which setting.
        now: what `y` does, or why it does nothing.
        file: what `w` writes, or why it writes nothing.
        diff: the lines of the file that change.
        ways: the keys that do something: "y", "w".
        armed: whether it has been on the screen for long enough.
    """

    BINDINGS = [
        Binding("y", "take('y')", "Now", show=False),
        Binding("w", "take('w')", "Write", show=False),
    ]

    def __init__(
        self,
        question: str,
        now: str,
        file: str,
        diff: list[str],
        ways: str,
        armed: Callable[[], bool],
    ) -> None:
        super().__init__(question, ())
        self._now, self._file = now, file
        self._diff = diff
        self._ways = ways
        self._armed = armed

    def lines(self) -> list[Line]:
        """Both ways, each with what it does."""
        room = self.room
        result = [*super().lines(), ()]
        for key, words in (("y", self._now), ("w", self._file)):
            if words:
                works = key in self._ways
                head = f"{key}  " if works else "-  "
                style = "value" if works else "dim"
                result += wrapped(f"{head}{clean(words)}", room, style, 3)
        for row in self._diff:
            style = {"+": "title", "-": "dim"}.get(row[:1], "dim")
            result += wrapped(f"   {clean(row)}", room, style, 5)
        return [fit(line, room) for line in (*result, (), (("Esc  nothing", "value"),))]

    def action_take(self, way: str) -> None:
        """Do it, where it is armed."""
        if way not in self._ways:
            self.desk.say(self._now if way == "y" else self._file)
        elif self._armed():
            self.dismiss(way)
        else:
            self.desk.say("not yet armed: look first, then press again")
