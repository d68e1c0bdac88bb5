"""The ids of orders that may still execute, in a file that other processes can read.

The journal is locked by its writer. Guard and `legdesk kill` must know what to cancel when that
writer is dead or hangs: each id is in this file before its order leaves, "+id" when it is about
to, "-id" once it has surely ended. A last line without its end was cut by a crash, before its order
left.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Final, TextIO

from engine.config.regular_files import MOST_OWN_BYTES, read_bytes
from engine.run_folder.paths import write_private

FILE: Final = "open-orders"
COMPACT_LINES: Final = 4096
"""Lines after which the file is written anew with what is open alone."""


class NoMirror:
    """Keeps nothing: a desk in memory, whose orders end with it."""

    def start(self, orders: Iterable[str]) -> None:
        """Begin with the orders that may execute already; none is opened before."""

    def opened(self, order: str) -> None:
        """An order is about to be sent."""

    def ended(self, order: str) -> None:
        """An order can execute no more."""

    def flush(self) -> None:
        """Let readers see everything so far."""

    def close(self) -> None:
        """Let go."""


class OpenOrdersMirror(NoMirror):
    """The file `open-orders` of one run; methods may be called from any thread.

    Args:
        folder: the run's owner-only folder; what an earlier process left there stays until `start`.
        durable: whether `opened` waits for the disk, as the exchange outlives the process.
    """

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self._path = folder / FILE
        self._durable = durable
        self._lock = threading.Lock()
        self._open: dict[str, None] = {}
        self._file: TextIO = StringIO()
        self._lines = 0

    def start(self, orders: Iterable[str]) -> None:
        """Begin with the orders that may execute already; none is opened before.

        Raises:
            OSError: the disk's own.
        """
        self._open = dict.fromkeys(orders)
        self._file = self._written_anew()

    def _written_anew(self) -> TextIO:
        """Replace the file by one with what is open now; readers see the old one or the new."""
        write_private(self._path, "".join(f"+{name}\n" for name in self._open))
        self._lines = len(self._open)
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        if self._durable:
            os.fsync(handle)
        return os.fdopen(handle, "a", encoding="ascii")

    def opened(self, order: str) -> None:
        """An order is about to be sent; where durable it is on the disk when this returns.

        Raises:
            OSError: the disk's own; the order must not be sent.
        """
        with self._lock:
            if order in self._open:
                return
            self._open[order] = None
            self._file.write(f"+{order}\n")
            self._lines += 1
            if self._durable:
                self._file.flush()
                os.fdatasync(self._file.fileno())
            elif self._lines >= COMPACT_LINES:
                self._compact()

    def ended(self, order: str) -> None:
        """An order can execute no more; one that is not open is ignored.

        Raises:
            OSError: the disk's own; a reader then believes the order open, which is harmless.
        """
        with self._lock:
            if order not in self._open:
                return
            del self._open[order]
            self._file.write(f"-{order}\n")
            self._lines += 1
            if self._durable:
                self._file.flush()
            if self._lines >= COMPACT_LINES:
                self._compact()

    def _compact(self) -> None:
        if self._lines >= 2 * len(self._open):
            full, self._file = self._file, self._written_anew()
            with suppress(OSError):  # the new file has all that this one could not write
                full.close()

    def flush(self) -> None:
        """Let readers see everything so far."""
        with self._lock:
            if not self._file.closed:
                self._file.flush()

    def close(self) -> None:
        """Write what is left and let go.

        Raises:
            OSError: the disk's own; what could not be written is lost, the file is let go.
        """
        with self._lock:
            self._file.close()


def read_open(folder: Path) -> tuple[str, ...]:
    """The orders of a run that may still execute, oldest first; none where there is no file."""
    try:
        text = read_bytes(folder / FILE, MOST_OWN_BYTES).decode("ascii", "replace")
    except FileNotFoundError:
        return ()
    whole, _, _ = text.rpartition("\n")
    orders: dict[str, None] = {}
    for line in whole.splitlines():
        if line.startswith("+"):
            orders[line[1:]] = None
        elif line.startswith("-"):
            orders.pop(line[1:], None)
    return tuple(orders)


def recorded_open(folder: Path) -> tuple[str, ...] | None:
    """`read_open`; None where the file cannot be read, so that the broker alone knows."""
    try:
        return read_open(folder)
    except OSError:
        return None
