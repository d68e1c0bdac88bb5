"""Files that somebody else may have put there, read whole and within bounds.

A FIFO makes a reader wait for ever, a device may never end, and neither is what was meant. Both,
and a file that is too large, are refused by an `OSError` whose text says what to do.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

BLOCK_BYTES: Final = 2**20
MOST_OWN_BYTES: Final = 16 * 2**30
"""Of a file that this program wrote itself: the largest journal."""

_KINDS: Final = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def kind_of(mode: int) -> str:
    """What is in a file's place, such as "a FIFO"; "" where it is a file.

    Args:
        mode: as `os.stat` gives it.
    """
    return next((text for of_kind, text in _KINDS if of_kind(mode)), "")


def require_regular(path: Path) -> int:
    """The size in bytes of what must be a file.

    Raises:
        OSError: it is missing, or something else; nothing was opened.
    """
    facts = os.stat(path)
    if kind := kind_of(facts.st_mode):
        raise OSError(errno.EINVAL, f"it is {kind}, not a file", str(path))
    return facts.st_size


def read_bytes(path: Path, most: int) -> bytes:
    """The content of a file.

    Args:
        path: of the file, or a link to it.
        most: bytes it may have.

    Raises:
        OSError: missing, unreadable, not a file, or too large.
    """
    require_regular(path)
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if kind := kind_of(os.fstat(handle).st_mode):  # put there meanwhile
            raise OSError(errno.EINVAL, f"it is {kind}, not a file", str(path))
        blocks, left = [], most
        while block := os.read(handle, BLOCK_BYTES):
            blocks.append(block)
            left -= len(block)
            if left < 0:
                raise OSError(errno.EFBIG, f"it is larger than {most:,} bytes", str(path))
    finally:
        os.close(handle)
    return b"".join(blocks)


def read_text(path: Path, most: int) -> str:
    """The content of a UTF-8 file; see `read_bytes`.

    Raises:
        OSError: as there.
        UnicodeDecodeError: it is not UTF-8.
    """
    return read_bytes(path, most).decode("utf-8")
