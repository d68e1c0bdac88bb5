"""Rows of equal size in a sequence: all but the last are packed, a third of their bytes each."""

from __future__ import annotations

import zlib
from typing import Final

import numpy as np

ROWS_A_CHUNK: Final = 64
"""So many rows are packed at a time; to read them again takes about 20 us."""

_UNPACKED: Final = 16
"""At least so many of the last rows stay as they are: they may still change."""


class PackedRows:
    """A sequence of rows. Those that are packed are unpacked for whoever reads them.

    Args:
        size: bytes a row.
    """

    __slots__ = ("_chunks", "_last", "_size")

    def __init__(self, size: int) -> None:
        self._size = size
        self._chunks: list[bytes] = []
        self._last = bytearray()

    def __len__(self) -> int:
        return len(self._chunks) * ROWS_A_CHUNK + len(self._last) // self._size

    def read(self, begins: int, ends: int) -> bytes:
        """The rows from one to before another, in one piece."""
        size, first = self._size, begins // ROWS_A_CHUNK
        if first >= len(self._chunks):
            skipped = len(self._chunks) * ROWS_A_CHUNK
            return bytes(self._last[(begins - skipped) * size : (ends - skipped) * size])
        until = min(len(self._chunks), -(-ends // ROWS_A_CHUNK))
        pieces = [self._unpacked(chunk) for chunk in self._chunks[first:until]]
        if until == len(self._chunks):
            pieces.append(bytes(self._last))
        begins -= first * ROWS_A_CHUNK
        ends -= first * ROWS_A_CHUNK
        return b"".join(pieces)[begins * size : ends * size]

    def replace(self, at: int, row: bytes) -> None:
        """Put another row in the place of one."""
        number = at // ROWS_A_CHUNK
        if number < len(self._chunks):
            rows = bytearray(self._unpacked(self._chunks[number]))
            begins = at % ROWS_A_CHUNK * self._size
            rows[begins : begins + self._size] = row
            self._chunks[number] = self._packed(rows)
        else:
            begins = (at - len(self._chunks) * ROWS_A_CHUNK) * self._size
            self._last[begins : begins + self._size] = row

    def insert(self, at: int, row: bytes) -> None:
        """Put a row before another, or behind the last one."""
        begins = self._begins(at)
        self._last[begins:begins] = row
        if len(self._last) >= (ROWS_A_CHUNK + _UNPACKED) * self._size:
            self._pack()

    def delete(self, at: int) -> None:
        """Take a row out."""
        begins = self._begins(at)
        del self._last[begins : begins + self._size]

    def _begins(self, at: int) -> int:
        """Where a row begins among the last, once all from its chunk on are among them."""
        number = at // ROWS_A_CHUNK
        if number < len(self._chunks):
            self._last[:0] = b"".join(map(self._unpacked, self._chunks[number:]))
            del self._chunks[number:]
        return (at - len(self._chunks) * ROWS_A_CHUNK) * self._size

    def _pack(self) -> None:
        size = ROWS_A_CHUNK * self._size
        while len(self._last) >= size + _UNPACKED * self._size:
            self._chunks.append(self._packed(self._last[:size]))
            del self._last[:size]

    def _packed(self, rows: bytearray) -> bytes:
        columns = np.frombuffer(rows, np.uint8).reshape(ROWS_A_CHUNK, self._size).T
        return zlib.compress(columns.tobytes())

    def _unpacked(self, chunk: bytes) -> bytes:
        columns = np.frombuffer(zlib.decompress(chunk), np.uint8).reshape(self._size, ROWS_A_CHUNK)
        return columns.T.tobytes()
