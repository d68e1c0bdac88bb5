"""Runs a user's command about an alarm: no shell, one at a time, never longer than it may."""

from __future__ import annotations

import math
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from tui.notify.notice import Notice
from tui.text.formats import clean

NOT_HANDED_ON: Final = ("LEGDESK_", "TEXTUAL", "ALARM_")
"""How the names of variables begin that a command does not get: an account's keys are such."""

_NAMES: Final = re.compile(r"\{title\}|\{text\}")

LOOKS_EVERY_S: Final = 0.1
"""Real seconds between two looks whether a command that runs is to be killed."""

ENDS_WITHIN_S: Final = 1.0
"""Real seconds that the end of the program waits for the thread that runs a command."""


def arguments_of(command: Sequence[str], notice: Notice) -> list[str]:
    """The command with the alarm's words in place of {title} and {text}, each in one argument."""
    words = {"{title}": notice.title, "{text}": notice.text}
    program, *rest = command
    filled = [_NAMES.sub(lambda found: words[found.group()], argument) for argument in rest]
    return [str(Path(program).expanduser()), *filled]


def is_missing(command: Sequence[str]) -> bool:
    """Whether the program of a command is nowhere to be found."""
    return shutil.which(str(Path(command[0]).expanduser())) is None


def environment_of(environment: Mapping[str, str], notice: Notice) -> dict[str, str]:
    """The variables of a command: the program's own without what is the desk's, and the alarm."""
    kept = {k: v for k, v in environment.items() if not k.startswith(NOT_HANDED_ON)}
    return kept | notice.variables()


class CommandRunner:
    """Runs one command at a time in a thread of its own, so that nobody waits for it.

    Args:
        command: program and arguments.
        within_s: real seconds that it may take; then it is killed with all that it started.
        environment: the program's own variables.
    """

    def __init__(
        self, command: Sequence[str], within_s: float, environment: Mapping[str, str]
    ) -> None:
        self._command = command
        self._within_s = within_s
        self._environment = environment
        self._thread: threading.Thread | None = None
        self._over = threading.Event()
        self._failed = ""
        self._told = ""

    @property
    def running(self) -> bool:
        """Whether a command runs now."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, notice: Notice) -> None:
        """Run the command for an alarm; only where none is running.

        Args:
            notice: its text is also the command's standard input.
        """
        if self._over.is_set():
            return
        self._thread = threading.Thread(
            target=self._run, args=(notice,), name="notify", daemon=True
        )
        self._thread.start()

    def failure(self) -> str:
        """Why the last command failed, once for each reason; "" where it did not."""
        failed = self._failed
        if failed == self._told:
            return ""
        self._told = failed
        return failed

    def close(self) -> None:
        """Kill what runs, and run nothing more."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(ENDS_WITHIN_S)

    # ------------------------------------------------------------------ its thread

    def _run(self, notice: Notice) -> None:
        name = f"notify.command {clean(self._command[0], 60)}"
        try:
            process = subprocess.Popen(
                arguments_of(self._command, notice),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment_of(self._environment, notice),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            self._failed = f"{name} cannot be started: {clean(why, 120)}"
            return
        if not self._fed(process, f"{notice.text}\n".encode()):
            if not self._over.is_set():
                self._failed = f"{name} took longer than {self._within_s:g} s and was killed"
            return
        code = process.returncode
        how = f"with code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
        self._failed = f"{name} ended {how}" if code else ""

    def _fed(self, process: subprocess.Popen[bytes], words: bytes) -> bool:
        """Hand the words over and wait for the end; False where the process had to be killed."""
        given: bytes | None = words
        for _ in range(math.ceil(self._within_s / LOOKS_EVERY_S)):
            try:
                process.communicate(given, timeout=LOOKS_EVERY_S)
                return True
            except subprocess.TimeoutExpired:
                given = None
            if self._over.is_set():
                break
        # Nobody else waits for the process: until here its number is its own.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return False
