"""A block's sums, packed once they hardly change any more."""

from __future__ import annotations

import zlib
from typing import Final

import numpy as np

from engine.learning.evidence.amounts import COUNTS, SUMS
from engine.learning.evidence.sum_rows import Columns, SumRows

_LEVEL: Final = 2
_NUMBER_BYTES: Final = 8


class PackedSums:
    """The columns of SumRows, compressed; equal to the last bit when they are read.

    A row of a desk of 100 traders takes 28 bytes in place of 92. Numbers lie byte by byte, as
    neighbours share most of their bytes, and counts are as wide as the largest needs.

    Args:
        rows: what is packed.
    """

    __slots__ = ("_packed", "_shape", "_width")

    def __init__(self, rows: SumRows) -> None:
        numbers, counts, sums = rows.columns()
        width = np.min_scalar_type(int(counts.max(initial=0)))
        self._shape = len(numbers), len(counts), len(sums)
        self._width = width.itemsize
        by_byte = numbers.view(np.uint8).reshape(-1, _NUMBER_BYTES).T
        parts = by_byte.tobytes(), counts.astype(width).tobytes(), sums.tobytes()
        self._packed = zlib.compress(b"".join(parts), _LEVEL)

    def __len__(self) -> int:
        return self._shape[0]

    def columns(self) -> Columns:
        """The columns, as those of SumRows are."""
        rows, counts, sums = self._shape
        block = zlib.decompress(self._packed)
        by_byte = np.frombuffer(block, np.uint8, rows * _NUMBER_BYTES)
        counts_at = len(by_byte)
        sums_at = counts_at + counts * rows * self._width
        numbers = np.ascontiguousarray(by_byte.reshape(_NUMBER_BYTES, rows).T).view(np.uint64)
        return Columns(
            numbers.reshape(rows),
            np.frombuffer(block, f"u{self._width}", counts * rows, counts_at).reshape(counts, rows),
            np.frombuffer(block, np.float64, sums * rows, sums_at).reshape(sums, rows),
        )

    def rows(self) -> SumRows:
        """Rows that can be added to."""
        return SumRows.of(self.columns())


class BlockRows:
    """A block's sums: cells by settings and stratum, floors by step.

    Attributes:
        cells: rows of COUNTS counts and SUMS sums; packed where they hardly change any more.
        floors: attempts and dollars, by how many of FLOOR_STEPS they reach.
    """

    __slots__ = ("cells", "floors")

    def __init__(self) -> None:
        self.cells: SumRows | PackedSums = SumRows(COUNTS, SUMS)
        self.floors = SumRows(1, 1)

    def opened(self) -> SumRows:
        """The cells, to be added to."""
        if isinstance(self.cells, PackedSums):
            self.cells = self.cells.rows()
        return self.cells

    def close(self) -> None:
        """Pack the cells."""
        if isinstance(self.cells, SumRows):
            self.cells = PackedSums(self.cells)
        self.floors.forget_places()
