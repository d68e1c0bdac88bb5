"""The commands that were typed, called back with Up; kept from one start to the next.

Only lines of the terminal's own words are kept after the end: what a person typed freely, such as
words to filter by, and what no command understood, is forgotten then. A typed word that a dialog
asks for, a reason or the end of an account's number never comes here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tui.commands.words import MOST_TYPED
from tui.kept_file import KeptFile, read_text
from tui.text.formats import clean

NAME: Final = "commands.txt"

MOST_LINES: Final = 200


def read(path: Path) -> tuple[list[str], str]:
    """The lines of the last time, and a sentence where they cannot be read ("": they can)."""
    try:
        text = read_text(path)
    except FileNotFoundError:
        return [], ""
    except OSError as error:
        return [], f"{path} cannot be read: {error.strerror}; no command is remembered"
    except ValueError as error:
        return [], f"{path} is damaged: {clean(error, 120)}; no command is remembered"
    lines = (clean(line, MOST_TYPED).strip() for line in text.splitlines())
    return [line for line in lines if line][-MOST_LINES:], ""


class History:
    """What was typed, the newest last.

    Args:
        path: the file it is kept in; None keeps nothing.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.problem = ""
        before: list[str] = []
        if path is not None:
            before, self.problem = read(path)
        self._kept = before
        self._lines = list(before)
        self._file = KeptFile(path)

    @property
    def lines(self) -> Sequence[str]:
        """Every line, the newest last."""
        return self._lines

    def add(self, line: str, kept: bool) -> None:
        """Remember a line; one that was typed before moves to the end.

        Args:
            kept: whether it may be kept after the end.
        """
        line = clean(line, MOST_TYPED).strip()
        if not line:
            return
        self._lines = _with(self._lines, line)
        if kept:
            self._kept = _with(self._kept, line)
            self.keep()

    def keep(self, wait: bool = False) -> None:
        """Write what may be kept.

        Args:
            wait: whether the file is complete on return.
        """
        self._file.keep("".join(f"{line}\n" for line in self._kept), wait)


def _with(lines: Sequence[str], line: str) -> list[str]:
    return [*(each for each in lines if each != line), line][-MOST_LINES:]


class Recall:
    """Going through the history from the line that is being typed.

    Args:
        lines: the history, the newest last.
        typed: the line.
    """

    def __init__(self, lines: Sequence[str], typed: str) -> None:
        self._lines = [*(line for line in lines if line.startswith(typed)), typed]
        self._at = len(self._lines) - 1

    def go(self, step: int) -> str:
        """The line so many steps earlier (-1) or later (1), as far as there are any."""
        self._at = max(0, min(len(self._lines) - 1, self._at + step))
        return self._lines[self._at]
