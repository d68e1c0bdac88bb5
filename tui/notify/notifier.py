"""Notifies of alarms of P1 as the settings say: by the terminal itself, and by a command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from engine.config import NotifySettings
from tui.notify.command import CommandRunner
from tui.notify.notice import Notice

BELL: Final = "\x07"
"""Ends a sequence; all terminals that know these two take it, and tmux needs no further escape."""


def sequence(kind: str, title: str, text: str, environment: Mapping[str, str]) -> str:
    """What a terminal shows as a notification of the desktop; nothing where it knows none.

    Args:
        kind: osc9 (one text) or osc777 (title and text).
        title, text: printable; a semicolon would end the title.
        environment: whose TMUX says that tmux is around; it passes the sequence on where its
            option allow-passthrough is on.
    """
    if kind == "osc777":
        body = f"777;notify;{title.replace(';', ',')};{text}"
    else:
        body = f"9;{title}: {text}"
    told = f"\x1b]{body}{BELL}"
    if environment.get("TMUX"):
        doubled = told.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}\x1b\\"
    return told


class Notifier:
    """Takes alarms and notifies of them; of several at once of the first, and how many there are.

    Args:
        settings: what is asked for.
        write: hands a sequence to the terminal.
        environment: the program's own variables.
        monotonic: real seconds that never go back.
    """

    def __init__(
        self,
        settings: NotifySettings,
        write: Callable[[str], None],
        environment: Mapping[str, str],
        monotonic: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._write = write
        self._environment = environment
        self._monotonic = monotonic
        self._runner: CommandRunner | None = None
        if settings.command:
            self._runner = CommandRunner(settings.command, settings.command_within_s, environment)
        self._waits: Notice | None = None
        self._last_s = float("-inf")

    def alarm(self, notice: Notice) -> None:
        """An alarm of P1 wants an answer."""
        if not self._settings.asked_for:
            return
        before = self._waits
        self._waits = notice if before is None else replace(before, more=before.more + 1)

    def look(self) -> str:
        """Notify of what waits, where it is time; a failure of the command, once, else ""."""
        runner, now_s = self._runner, self._monotonic()
        failure = "" if runner is None else runner.failure()
        notice = self._waits
        early = now_s - self._last_s < self._settings.at_most_every_s
        if notice is None or early or (runner is not None and runner.running):
            return failure
        self._waits, self._last_s = None, now_s
        if self._settings.terminal != "off":
            self._write(
                sequence(self._settings.terminal, notice.title, notice.text, self._environment)
            )
        if runner is not None:
            runner.start(notice)
        return failure

    def close(self) -> None:
        """Kill what runs; nothing is notified any more."""
        self._waits = None
        if self._runner is not None:
            self._runner.close()
