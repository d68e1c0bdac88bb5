"""Rows of equal size in a sequence: all but the last are packed, a third of their bytes each."""

from __future__ import annotations

import zlib
from typing import Final

import numpy as np

ROWS_A_CHUNK: Final = 64
"""So many rows are packed at a time; to read them again takes about 20 us."""

CHUNKS_JOINED: Final = 4
"""So many chunks become one, in which a row takes a sixth less: to read it takes about 60 us."""

_JOINED: Final = ROWS_A_CHUNK * CHUNKS_JOINED

_UNPACKED: Final = 16
"""At least so many of the last rows stay as they are: they may still change."""


class PackedRows:
    """A sequence of rows. Those that are packed are unpacked for whoever reads them.

    Args:
        size: bytes a row.
    """

    __slots__ = ("_chunks", "_joined", "_last", "_size")

    def __init__(self, size: int) -> None:
        self._size = size
        self._chunks: list[bytes] = []
        self._joined = 0
        """So many of the first chunks have _JOINED rows, those behind them ROWS_A_CHUNK."""
        self._last = bytearray()

    def __len__(self) -> int:
        return self._first_of(len(self._chunks)) + len(self._last) // self._size

    def read(self, begins: int, ends: int) -> bytes:
        """The rows from one to before another, in one piece."""
        size, first = self._size, self._chunk_of(begins)
        starts = self._first_of(first)
        pieces = []
        for number in range(first, len(self._chunks)):
            if self._first_of(number) >= ends:
                break
            pieces.append(self._unpacked(self._chunks[number]))
        else:
            pieces.append(bytes(self._last))
        return b"".join(pieces)[(begins - starts) * size : (ends - starts) * size]

    def replace(self, at: int, row: bytes) -> None:
        """Put another row in the place of one."""
        number = self._chunk_of(at)
        begins = (at - self._first_of(number)) * self._size
        if number < len(self._chunks):
            rows = bytearray(self._unpacked(self._chunks[number]))
            rows[begins : begins + self._size] = row
            self._chunks[number] = self._packed(rows)
        else:
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

    def _first_of(self, number: int) -> int:
        """The first row of a chunk, or of those that are not packed where it is one too many."""
        joined = min(number, self._joined)
        return joined * _JOINED + (number - joined) * ROWS_A_CHUNK

    def _chunk_of(self, at: int) -> int:
        """Which chunk has a row; one too many for a row that is not packed."""
        apart = at - self._joined * _JOINED
        number = at // _JOINED if apart < 0 else self._joined + apart // ROWS_A_CHUNK
        return min(number, len(self._chunks))

    def _begins(self, at: int) -> int:
        """Where a row begins among the last, once all from its chunk on are among them."""
        number = self._chunk_of(at)
        if number < len(self._chunks):
            self._last[:0] = b"".join(map(self._unpacked, self._chunks[number:]))
            del self._chunks[number:]
            self._joined = min(self._joined, number)
        return (at - self._first_of(number)) * self._size

    def _pack(self) -> None:
        size = ROWS_A_CHUNK * self._size
        while len(self._last) >= size + _UNPACKED * self._size:
            self._chunks.append(self._packed(self._last[:size]))
            del self._last[:size]
            self._join()

    def _join(self) -> None:
        """Make one chunk of the last ones, once there are as many."""
        apart = self._chunks[self._joined :]
        if len(apart) == CHUNKS_JOINED:
            rows = bytearray().join(map(self._unpacked, apart))
            self._chunks[self._joined :] = [self._packed(rows)]
            self._joined += 1

    def _packed(self, rows: bytearray) -> bytes:
        columns = np.frombuffer(rows, np.uint8).reshape(-1, self._size).T
        return zlib.compress(columns.tobytes())

    def _unpacked(self, chunk: bytes) -> bytes:
        columns = np.frombuffer(zlib.decompress(chunk), np.uint8).reshape(self._size, -1)
        return columns.T.tobytes()
