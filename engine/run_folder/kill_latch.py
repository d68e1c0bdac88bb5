"""The kill latch on disk: a file that closes the desk's entries until an operator lifts them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.config.regular_files import read_text
from engine.run_folder.paths import write_private

LATCH: Final = "kill.latch"
MOST_BYTES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Latched:
    """What a latch file says: stage 1 closed entries, stage 2 cancelled every order."""

    stage: int
    at_s: float


class KillLatch:
    """The file `kill.latch` of one run (or, in PAPER and LIVE, of the mode).

    It is on the disk before `close` returns and gone from it before `lift` does, so that a kill
    survives the end of the process, whatever ended it.

    Args:
        folder: the run's owner-only folder.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / LATCH

    def close(self, stage: int, at_s: float) -> None:
        """Latch.

        Args:
            stage: of the kill, 1 or 2.
            at_s: epoch seconds of the desk's time.

        Raises:
            OSError: the disk's own; nothing is latched on it then.
        """
        write_private(self.path, json.dumps({"stage": stage, "at_s": round(at_s, 3)}) + "\n")
        for path in (self.path, self.path.parent):
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def lift(self) -> None:
        """Take the latch away; nothing happens where there is none.

        Raises:
            OSError: the disk's own; the latch stays then.
        """
        self.path.unlink(missing_ok=True)
        handle = os.open(self.path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    @property
    def is_closed(self) -> bool:
        """Whether anything is latched."""
        return self.path.exists()

    def read(self) -> Latched | None:
        """What is latched; None where nothing is. A file that cannot be read counts as stage 1."""
        try:
            fields = json.loads(read_text(self.path, MOST_BYTES))
            return Latched(2 if fields["stage"] == 2 else 1, float(fields["at_s"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return Latched(1, 0.0)
