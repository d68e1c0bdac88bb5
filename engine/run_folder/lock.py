"""One engine a state folder: a lock that the operating system drops when the process ends."""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from engine.run_folder.errors import JournalError

FILE: Final = "lock"

HELD: Final = (errno.EAGAIN, errno.EACCES)
"""What a lock says that somebody else holds; every other answer means that none can be had."""


def unlockable(folder: Path) -> JournalError:
    """The error for a folder in which no file can be locked."""
    return JournalError(
        "unlockable",
        f"the file system of {folder} cannot lock files (a network mount?); "
        "set state_dir to a folder on a local disk",
    )


def can_lock(folder: Path) -> bool:
    """Whether a file of `folder` can be locked, tried both ways on a file made for it.

    True where no file can be made: then something else is wrong, and another check says what.
    """
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            for lock in (fcntl.flock, fcntl.lockf):
                try:
                    lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    return False  # nobody else knows the file, so it cannot be held
    except OSError:
        return True
    return True


def holder(folder: Path) -> int | None:
    """The process whose desk holds `folder`; None where none does.

    Only asks the operating system where the process that the file names exists, so that a desk
    that starts at the same moment is not disturbed.
    """
    path = folder / FILE
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        process = int(os.pread(file, 32, 0).decode("ascii", "replace").strip())
        os.kill(process, 0)
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except PermissionError:
        return None
    except BlockingIOError:
        return process
    except (OSError, ValueError, OverflowError):
        return None
    finally:
        os.close(file)
    return None


class StateLock:
    """Holds `folder` for this process until released; the file names who holds it.

    Args:
        folder: a mode's state folder or a run's.
        what: what would hold it, as the error says it.

    Raises:
        JournalError: "locked", where another desk holds it; names that desk's process;
            "unlockable", where the file system has no locks; "denied", where the file cannot be
            made or written.
    """

    def __init__(self, folder: Path, what: str = "desk") -> None:
        self.path = folder / FILE
        try:
            self._file: int | None = os.open(
                self.path, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            raise JournalError(
                "denied",
                f"{self.path} cannot be opened: {error.strerror or error}; check its owner, or "
                "remove what is in its place",
            ) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in HELD:
                self.release()
                raise unlockable(folder) from None
            holder = os.pread(self._file, 32, 0).decode("ascii", "replace").strip() or "unknown"
            self.release()
            raise JournalError(
                "locked",
                f"another {what} (process {holder}) runs in {folder}; stop it first, or give this "
                "one a state_dir of its own",
            ) from None
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)
        except OSError as error:
            self.release()
            raise JournalError(
                "denied",
                f"{self.path} cannot be written: {error.strerror or error}; free the disk, or "
                "remove what is in its place",
            ) from None

    def release(self) -> None:
        """Let go; again does nothing."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
