"""A desk's side of its guard: start it first, send it beats, dismiss it last."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from engine.guard.place import BrokerPlace
from engine.guard.watch import BEAT, BYE

ENDS_WITHIN_S: Final = 2.0


class GuardProcess:
    """The guard of one run, in a process and a session of its own; restarted where it dies.

    Args:
        run_folder: the run's.
        place: where the broker is; left there for the guard.
    """

    def __init__(self, run_folder: Path, place: BrokerPlace) -> None:
        self._folder = run_folder
        self._dismissed = False
        place.write(run_folder)
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "engine.guard", str(self._folder), str(os.getpid())]
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The guard's process."""
        return self._process.pid

    def beat(self) -> None:
        """The engine is alive; a guard that has died is replaced."""
        if self._dismissed:
            return
        if self._process.poll() is not None:
            self._let_go()
            self._process = self._start()
        self._tell(BEAT)

    def text(self) -> str:
        """What the screen says of it."""
        if self._process.poll() is not None:
            return "guard died"
        return f"guard {self._process.pid}"

    def dismiss(self) -> None:
        """Nothing is left to guard; again does nothing."""
        if self._dismissed:
            return
        self._dismissed = True
        self._tell(BYE)
        self._let_go()
        try:
            self._process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(ENDS_WITHIN_S)

    def _let_go(self) -> None:
        if self._process.stdin is not None:
            with suppress(OSError):  # it has died already
                self._process.stdin.close()

    def _tell(self, line: bytes) -> None:
        try:
            if self._process.stdin is not None:
                self._process.stdin.write(line)
                self._process.stdin.flush()
        except OSError:
            return  # it has died; the next beat replaces it
