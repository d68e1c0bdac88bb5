"""One engine a state folder: a lock that the operating system drops when the process ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.run_folder.errors import JournalError


def holder(folder: Path) -> int | None:
    """The process whose desk holds `folder`; None where none does.

    Only asks the operating system where the process that the file names exists, so that a desk
    that starts at the same moment is not disturbed.
    """
    path = folder / "lock"
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
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
        JournalError: "locked", where another desk holds it; names that desk's process.
    """

    def __init__(self, folder: Path, what: str = "desk") -> None:
        self.path = folder / "lock"
        try:
            self._file: int | None = os.open(
                self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            raise JournalError(
                "denied", f"{self.path} cannot be made: {error.strerror or error}"
            ) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._file, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            self._file = None
            raise JournalError(
                "locked",
                f"another {what} (process {holder}) runs in {folder}; stop it first, or give this "
                "one a state_dir of its own",
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

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
