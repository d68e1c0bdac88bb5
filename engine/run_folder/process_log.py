"""What a gateway's process says, in the log of its account's folder; bounded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO, Final

from engine.config.regular_files import require_regular

LOG: Final = "gateway.log"
MOST_BYTES: Final = 2 * 2**20
"""Bytes from which the log is put aside as `gateway.log.1`, in place of the one before."""


def log_or_nowhere(folder: Path) -> BinaryIO:
    """`opened_log`; where that cannot be had, what is written goes nowhere, and nobody is kept."""
    try:
        return opened_log(folder)
    except OSError:
        return open(os.devnull, "ab")


def opened_log(folder: Path) -> BinaryIO:
    """The log of a folder, opened to be appended to by this process or by one that it starts.

    Args:
        folder: the account's, owner-only.

    Raises:
        OSError: the disk's own, or something else than a file is in its place; a FIFO without a
            reader would have the process wait for ever.
    """
    path = folder / LOG
    try:
        if require_regular(path) >= MOST_BYTES:
            path.replace(path.with_name(f"{LOG}.1"))
    except FileNotFoundError:
        pass
    handle = os.open(
        path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK | os.O_CLOEXEC, 0o600
    )
    return os.fdopen(handle, "ab")
