"""Blocks of bytes on the disk instead of in memory, in a file without a name."""

from __future__ import annotations

import errno
import os
import tempfile
import threading
import zlib
from contextlib import suppress
from io import FileIO
from pathlib import Path


class SpillFile:
    """Takes what a process seldom needs again; used from any thread.

    No other process sees the file, and nothing is left of it, however this one ends. It is made
    when the first block comes. Once it is closed its blocks are in memory, and it takes no more.

    Args:
        folder: on whose disk it is.
    """

    __slots__ = ("_file", "_folder", "_left", "_length", "_lock")

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._file: FileIO | None = None
        self._length = 0
        self._left: bytes | None = None

    def put(self, block: bytes) -> SpilledBlock:
        """Write a block behind the last one.

        Raises:
            OSError: the disk's own, the disk took a part of it only, or the file is closed. What
                was written before stays, and the next block is tried again.
        """
        with self._lock:
            if self._left is not None:
                raise OSError(errno.EBADF, "the spill file is closed")
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0, dir=self._folder)  # noqa: SIM115
            at = self._length
            if os.pwrite(self._file.fileno(), block, at) != len(block):
                raise OSError(errno.ENOSPC, f"{self._folder}: the disk did not take a whole block")
            self._length += len(block)
        return SpilledBlock(self, at, len(block), zlib.crc32(block))

    def read(self, at: int, length: int) -> bytes:
        """Bytes from place `at` on; fewer where the file has fewer.

        Raises:
            OSError: the disk's own.
        """
        with self._lock:
            if self._file is not None:
                return os.pread(self._file.fileno(), length, at)
            return (self._left or b"")[at : at + length]

    def close(self) -> None:
        """Close the file, its blocks in memory from here on; again does nothing.

        Blocks of a disk that does not give them back are lost: who reads one is told so.
        """
        with self._lock:
            file, self._file = self._file, None
            if self._left is None:
                self._left = b""
            if file is not None:
                with file, suppress(OSError):
                    self._left = os.pread(file.fileno(), self._length, 0)


class SpilledBlock:
    """A block in a spill file.

    Args:
        file: it.
        at: its place in the file.
        length: bytes.
        checksum: CRC-32 of them.
    """

    __slots__ = ("_at", "_checksum", "_file", "_length")

    def __init__(self, file: SpillFile, at: int, length: int, checksum: int) -> None:
        self._file, self._at = file, at
        self._length, self._checksum = length, checksum

    def read(self) -> bytes:
        """The bytes that were put there.

        Raises:
            OSError: the disk's own, or the file has others in their place.
        """
        block = self._file.read(self._at, self._length)
        if len(block) != self._length or zlib.crc32(block) != self._checksum:
            raise OSError(errno.EIO, "the spill file does not have what was written to it")
        return block
