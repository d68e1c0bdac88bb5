"""What the guard does: listen to its desk, and act when it dies or falls silent."""

from __future__ import annotations

import json
import os
import select
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from engine.guard.cancelling import Cancelled, cancel_all
from engine.guard.place import read_place
from engine.market.clock import Clock, SystemClock
from engine.run_folder.lock import holder

SILENT_S: Final = 5.0
"""Real seconds without a beat, after the first one, until the engine counts as dead."""

TRIES_FOR_S: Final = 600.0
"""Real seconds for which an exchange that cannot be reached is tried again."""

LOG: Final = "guard.log"
BEAT: Final = b"beat\n"
BYE: Final = b"bye\n"


class Guard:
    """Watches one desk through a pipe that the operating system closes when the desk dies.

    Args:
        run_folder: with broker, open orders and log.
        pipe: file descriptor of the reading end.
        desk: the desk's process.
        clock: real time.
    """

    def __init__(self, run_folder: Path, pipe: int, desk: int, clock: Clock | None = None) -> None:
        self._folder = run_folder
        self._pipe = pipe
        self._desk = desk
        self._clock = clock or SystemClock()

    def watch(self) -> None:
        """Return once the desk dismisses the guard, or has died and its orders are cancelled."""
        beating = False
        while True:
            if not select.select([self._pipe], [], [], SILENT_S if beating else None)[0]:
                self._log("silent", for_s=SILENT_S)
                self._act(lambda: True)
                beating = False
                continue
            piece = os.read(self._pipe, 4096)
            if BYE in piece:
                return
            if not piece:
                self._log("died", process=self._desk)
                self._act(self._nobody_else)
                return
            beating = True

    def _nobody_else(self) -> bool:
        """Whether no other desk has taken the run over."""
        return holder(self._folder) in (None, self._desk)

    def _act(self, wanted: Callable[[], bool]) -> Cancelled | None:
        place = read_place(self._folder)
        if place is None:
            self._log("nowhere to cancel: the run names no broker")
            return None
        result = cancel_all(self._folder, place, self._clock, _pause, TRIES_FOR_S, wanted)
        if result.survivors is None:
            what = "not known what works" if result.asked else "exchange not reached"
            self._log(what, cancelled=len(result.targets), why=result.why)
        else:
            self._log(
                "zero" if not result.survivors else "given up",
                zero_s=None if result.zero_s is None else round(result.zero_s, 3),
                cancelled=len(result.targets),
                survivors=list(result.survivors),
            )
        return result

    def _log(self, what: str, **more: Any) -> None:
        """Add a row to the run's log; a disk that takes none keeps no order from being cancelled.

        A FIFO without a reader is an error here, and one with a reader that is full another.
        """
        row = {"at_s": round(self._clock.epoch_s(), 3), "what": what, **more}
        path = self._folder / LOG
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK | os.O_CLOEXEC
        with suppress(OSError), os.fdopen(os.open(path, flags, 0o600), "ab") as file:
            file.write(json.dumps(row).encode() + b"\n")


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)
