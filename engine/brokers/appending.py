"""Adding to a file of the owner's alone, wholly or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def append_private(path: Path, blocks: Iterable[bytes]) -> None:
    """Add blocks to the end of an owner-only file, made where it is missing.

    Raises:
        OSError: the disk's own; the file is as it was.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        before = os.fstat(handle).st_size
        try:
            for block in blocks:
                _write(handle, block)
        except OSError:
            os.ftruncate(handle, before)
            raise
    finally:
        os.close(handle)


def _write(handle: int, block: bytes) -> None:
    left = memoryview(block)
    while left:
        left = left[os.write(handle, left) :]
