"""How the process that holds a folder's lock is ended: a person stops it, or it hangs."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from engine.config.regular_files import read_bytes
from engine.run_folder.lock import holder
from engine.run_folder.paths import write_private

STOPPED: Final = "stopped"
"""A file that a person's stop leaves: no desk starts the process again while it is there. Nobody
but who starts the process takes it away."""

ENDING: Final = "ending"
"""A file with the number of the process that hangs and is being ended, so that it knows whose
SIGTERM it gets: a process that `end_hung` ends does not count as stopped by a person."""

TERMINATES_WITHIN_S: Final = 1.0
"""Real seconds that a process has to end by itself; one that is stopped or spins does not."""

DIES_WITHIN_S: Final = 2.0
"""Real seconds in which the operating system has ended a process that is killed."""

_LOOK_S: Final = 0.05
_MOST_BYTES: Final = 1000


def is_stopped(folder: Path) -> bool:
    """Whether a person stopped the process of a folder, and none has started it since."""
    return (folder / STOPPED).exists()


def mark_stopped(folder: Path, by: str) -> None:
    """Leave word that a person stops the process of a folder.

    Args:
        folder: whose process.
        by: how, such as "SIGINT"; kept for people.

    Raises:
        OSError: the disk's own.
    """
    write_private(folder / STOPPED, f"{by}\n")


def mark_signalled(folder: Path, number: int) -> None:
    """Leave word, in the process of a folder, that a person's signal ends it; none for `end_hung`.

    Args:
        folder: of this process.
        number: the signal's.

    Raises:
        OSError: the disk's own.
    """
    if number != signal.SIGTERM or not _is_being_ended(folder):
        mark_stopped(folder, signal.Signals(number).name)


def mark_started(folder: Path) -> None:
    """Take back that a person stopped the process of a folder.

    Raises:
        OSError: the disk's own.
    """
    (folder / STOPPED).unlink(missing_ok=True)


def _is_being_ended(folder: Path) -> bool:
    """Whether somebody ends this process, which has the folder, because it hangs."""
    try:
        return read_bytes(folder / ENDING, _MOST_BYTES) == f"{os.getpid()}\n".encode()
    except OSError:
        return False


def end_hung(folder: Path, pause: Callable[[float], object]) -> int | None:
    """End the process that holds a folder and hangs: SIGTERM, then SIGKILL.

    Only a process that has the lock's file open is sent anything; it does not count as stopped by a
    person, so that another may be started in its place. A person who stops it meanwhile does.

    Args:
        folder: whose lock it holds.
        pause: waits so many real seconds.

    Returns:
        The process that was ended; None where none holds the folder, or it could not be ended.
    """
    process = holder(folder)
    if process is None or process == os.getpid() or not _has_open(process, folder / "lock"):
        return None
    ending = folder / ENDING
    with suppress(OSError):  # it then counts as stopped by a person, who starts the next
        write_private(ending, f"{process}\n")
    try:
        return process if _ended(folder, process, pause) else None
    finally:
        with suppress(OSError):  # it names no other process
            ending.unlink(missing_ok=True)


def _ended(folder: Path, process: int, pause: Callable[[float], object]) -> bool:
    """Whether a process that holds a folder does so no more, once it was told to end and killed."""
    for number, within_s in (
        (signal.SIGTERM, TERMINATES_WITHIN_S),
        (signal.SIGKILL, DIES_WITHIN_S),
    ):
        try:
            os.kill(process, number)
        except ProcessLookupError:
            break
        except OSError:
            return False
        for _ in range(round(within_s / _LOOK_S)):
            if holder(folder) != process:
                return True
            pause(_LOOK_S)
    return holder(folder) != process


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
