"""Rows that are seldom asked for again: packed by the hundred, column by column, found by name."""

from __future__ import annotations

import pickle
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Columns = list[Sequence[Any]]
"""Columns of plain values, that of the names first; none where there are no rows."""

ROWS_A_BLOCK: Final = 512
"""So many are packed at a time, in about 2 ms; larger blocks would hardly be smaller a row."""

_LEVEL: Final = 2
_NUMBER_BITS: Final = 32
_NUMBER: Final = (1 << _NUMBER_BITS) - 1
_HASH: Final = (1 << 31) - 1


class Block(NamedTuple):
    """Rows that were packed together.

    Args:
        rows: how many.
        packed: their columns, written and read by this process alone.
        groups: sorted hashes of the groups that they belong to.
    """

    rows: int
    packed: bytes
    groups: array[int]

    def columns(self) -> Columns:
        """The columns, equal to those that were packed."""
        columns: Columns = pickle.loads(zlib.decompress(self.packed))
        return columns

    def may_have(self, group: str) -> bool:
        """Whether a row may belong to a group; hardly ever so where none does."""
        groups, key = self.groups, hash(group) & _HASH
        at = bisect_left(groups, key)
        return at < len(groups) and groups[at] == key


class PackedColumns:
    """Blocks of packed rows, and in which of them a name is.

    A name takes eight bytes: 31 bits of its hash and the number of its block, sorted. Where hashes
    collide more than one block is to be looked at, so that the answer is exact.

    Args:
        group: number of the column by which rows are grouped; None where they are not.

    Attributes:
        blocks: oldest first; replaced, never changed, so another thread reads what it began with.
    """

    __slots__ = ("_group", "_keys", "blocks")

    def __init__(self, group: int | None = None) -> None:
        self._group = group
        self.blocks: tuple[Block, ...] = ()
        self._keys = array("q")

    def add(self, columns: Columns) -> None:
        """Pack rows into a block of their own; their names are new."""
        names, number = columns[0], len(self.blocks)
        self.blocks = (*self.blocks, self._block_of(columns))
        fresh = _hashes(names) << _NUMBER_BITS | number
        keys = np.asarray(self._keys)
        self._keys = array("q", np.insert(keys, keys.searchsorted(fresh), fresh).tobytes())

    def blocks_of(self, name: str) -> Sequence[int]:
        """Numbers of the blocks in which a name may be; where it is there, that of its own too."""
        keys, key = self._keys, (hash(name) & _HASH) << _NUMBER_BITS
        at = bisect_left(keys, key)
        if at == len(keys) or keys[at] - key > _NUMBER:
            return ()
        end = bisect_left(keys, key + _NUMBER, lo=at)
        return [each & _NUMBER for each in keys[at:end]]

    def replace(self, number: int, columns: Columns) -> None:
        """Put others in the place of a block's columns; no name among them is new."""
        blocks = list(self.blocks)
        blocks[number] = self._block_of(columns)
        self.blocks = tuple(blocks)

    def _block_of(self, columns: Columns) -> Block:
        packed = zlib.compress(pickle.dumps(columns, pickle.HIGHEST_PROTOCOL), _LEVEL)
        if not columns:
            return Block(0, packed, array("i"))
        groups = () if self._group is None else set(columns[self._group])
        hashes = array("i", _hashes(groups).astype(np.int32).tobytes())
        return Block(len(columns[0]), packed, hashes)


def _hashes(names: Collection[Any]) -> NDArray[np.int64]:
    """Sorted."""
    return np.sort(np.fromiter(map(hash, names), np.int64, len(names)) & _HASH)
