"""Stores of packed blocks that do not take everything."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.brokers.block_store import BlockStore, StoredBlock
from engine.run_folder.spill_file import SpillFile


class RefusingStore:
    """Refuses blocks as a full disk does.

    Args:
        inner: takes the others.
        refuses: whether the next block is refused, the next but one and so on; none after them.
    """

    def __init__(self, inner: BlockStore, refuses: list[bool]) -> None:
        self._inner, self._refuses = inner, refuses
        self.offered = 0

    def put(self, block: bytes) -> StoredBlock:
        self.offered += 1
        if self.offered <= len(self._refuses) and self._refuses[self.offered - 1]:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._inner.put(block)


@contextmanager
def refusing_spill(refuses: list[bool]) -> Iterator[RefusingStore]:
    """A spill file that refuses blocks; see `RefusingStore`."""
    file = SpillFile(Path(tempfile.gettempdir()))
    try:
        yield RefusingStore(file, refuses)
    finally:
        file.close()
