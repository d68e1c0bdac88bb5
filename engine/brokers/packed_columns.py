"""Rows that are seldom asked for again: packed by the hundred, column by column, found by name."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from engine.brokers.block_store import MEMORY, BlockInMemory, BlockStore, StoredBlock
from engine.brokers.name_index import NameIndex

Columns = list[Sequence[Any]]
"""Columns of plain values, that of the names first; none where there are no rows."""

ROWS_A_BLOCK: Final = 512
"""So many are packed at a time, in about 2 ms; larger blocks would hardly be smaller a row."""

_LEVEL: Final = 2


class Block(NamedTuple):
    """Rows that were packed together.

    Args:
        rows: how many.
        packed: their columns, written and read by this process alone.
    """

    rows: int
    packed: StoredBlock

    def columns(self) -> Columns:
        """The columns, equal to those that were packed.

        Raises:
            OSError: their store does not give them back.
        """
        columns: Columns = pickle.loads(zlib.decompress(self.packed.read()))
        return columns


class PackedColumns:
    """Blocks of packed rows, and in which of them a name is.

    A block that its store does not take stays in memory; the next one is tried again.

    Args:
        group: number of the column by which rows are grouped; None where they are not.
        store: keeps the blocks, and full pages of their index.

    Attributes:
        blocks: oldest first; replaced, never changed, so another thread reads what it began with.
    """

    __slots__ = ("_group", "_groups", "_names", "_store", "blocks")

    def __init__(self, group: int | None = None, store: BlockStore = MEMORY) -> None:
        self._group = group
        self._store = store
        self._names, self._groups = NameIndex(store), NameIndex(store, filtered=False)
        self.blocks: tuple[Block, ...] = ()

    def add(self, columns: Columns) -> None:
        """Pack rows into a block of their own; their names are new."""
        number = len(self.blocks)
        self._names.add(number, columns[0])
        if self._group is not None:
            self._groups.add(number, set(columns[self._group]))
        self.blocks = (*self.blocks, self._block_of(columns))

    def blocks_of(self, name: str) -> list[int]:
        """Numbers of the blocks in which a name may be; where it is there, that of its own too.

        Raises:
            OSError: the store does not give a page of the index back.
        """
        return self._names.blocks_of(name)

    def blocks_of_group(self, group: str) -> list[int]:
        """Numbers of the blocks in which rows of a group may be, all of its own among them.

        Seldom asked for: a piece of each full page is read.

        Raises:
            OSError: the store does not give a page of the index back.
        """
        return self._groups.blocks_of(group)

    def replace(self, number: int, columns: Columns) -> None:
        """Put others in the place of a block's columns; no name and no group of them is new."""
        blocks = list(self.blocks)
        blocks[number] = self._block_of(columns)
        self.blocks = tuple(blocks)

    def _block_of(self, columns: Columns) -> Block:
        packed = zlib.compress(pickle.dumps(columns, pickle.HIGHEST_PROTOCOL), _LEVEL)
        return Block(len(columns[0]) if columns else 0, self._stored(packed))

    def _stored(self, packed: bytes) -> StoredBlock:
        try:
            return self._store.put(packed)
        except OSError:  # a full disk, or none: what trades goes on
            return BlockInMemory(packed)
