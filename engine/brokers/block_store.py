"""Where packed blocks are kept: what a store has to offer, and the one that is in memory."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol


class StoredBlock(Protocol):
    """A block that a store has taken."""

    def read(self) -> bytes:
        """The bytes that were put there.

        Raises:
            OSError: they cannot be read, or are others.
        """


class BlockStore(Protocol):
    """Takes blocks for as long as the process runs."""

    def put(self, block: bytes) -> StoredBlock:
        """Keep a block.

        Raises:
            OSError: it was not taken; the next one may be.
        """


class BlockInMemory(NamedTuple):
    """A block that stays in memory.

    Args:
        block: its bytes.
    """

    block: bytes

    def read(self) -> bytes:
        """The bytes."""
        return self.block


class _Memory:
    def put(self, block: bytes) -> BlockInMemory:
        return BlockInMemory(block)


MEMORY: Final[BlockStore] = _Memory()
"""Keeps every block in memory, and takes each."""
