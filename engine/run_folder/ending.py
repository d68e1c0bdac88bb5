"""How the process that holds a folder's lock is ended: a person stops it, or it hangs."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from engine.run_folder.lock import holder
from engine.run_folder.paths import write_private

STOPPED: Final = "stopped"
"""A file that a person's stop leaves: no desk starts the process again while it is there."""

TERMINATES_WITHIN_S: Final = 1.0
"""Real seconds that a process has to end by itself; one that is stopped or spins does not."""

DIES_WITHIN_S: Final = 2.0
"""Real seconds in which the operating system has ended a process that is killed."""

_LOOK_S: Final = 0.05


def is_stopped(folder: Path) -> bool:
    """Whether a person stopped the process of a folder, and none has started it since."""
    return (folder / STOPPED).exists()


def mark_stopped(folder: Path) -> None:
    """Leave word that a person stops the process of a folder.

    Raises:
        OSError: the disk's own.
    """
    write_private(folder / STOPPED, "")


def mark_started(folder: Path) -> None:
    """Take back that a person stopped the process of a folder.

    Raises:
        OSError: the disk's own.
    """
    (folder / STOPPED).unlink(missing_ok=True)


def end_hung(folder: Path, pause: Callable[[float], object]) -> int | None:
    """End the process that holds a folder and hangs: SIGTERM, then SIGKILL.

    Only a process that has the lock's file open is sent anything; it does not count as stopped by a
    person, so that another may be started in its place.

    Args:
        folder: whose lock it holds.
        pause: waits so many real seconds.

    Returns:
        The process that was ended; None where none holds the folder, or it could not be ended.
    """
    process = holder(folder)
    if process is None or process == os.getpid() or not _has_open(process, folder / "lock"):
        return None
    stopped = is_stopped(folder)
    for number, within_s in (
        (signal.SIGTERM, TERMINATES_WITHIN_S),
        (signal.SIGKILL, DIES_WITHIN_S),
    ):
        try:
            os.kill(process, number)
        except ProcessLookupError:
            break
        except OSError:
            return None
        for _ in range(round(within_s / _LOOK_S)):
            if holder(folder) != process:
                break
            pause(_LOOK_S)
        if holder(folder) != process:
            break
    if holder(folder) == process:
        return None
    if not stopped:
        with suppress(OSError):  # then a person starts the next
            mark_started(folder)
    return process


def _has_open(process: int, path: Path) -> bool:
    """Whether a process has a file open, where the operating system tells; else True."""
    try:
        wanted = path.stat()
        handles = list(Path(f"/proc/{process}/fd").iterdir())
    except OSError:
        return not Path("/proc/self/fd").is_dir()
    for handle in handles:
        with suppress(OSError):  # it was closed meanwhile
            found = handle.stat()
            if (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino):
                return True
    return False
