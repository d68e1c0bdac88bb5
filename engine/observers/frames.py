"""How frames go over the socket: each after its length in four bytes, from the desk alone."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

VERSION: Final = 1
"""Of what the first frame, the greeting, says; every version has its number there."""

NAME: Final = "observers"
"""The name, in a run's folder, of the socket that hands out snapshots."""

EVENTS: Final = "events"
"""The name of the one that hands out events, as lines."""

LOOKS: Final = "looks"
"""The name of the one on which observers say what they look at; nothing comes from it."""

LONGEST: Final = 64 * 2**20
"""Bytes of the longest frame that is accepted: a desk of 5,000 traders needs four."""

LONGEST_ADDRESS: Final = 100
"""Bytes of a path that every system takes as a socket's address."""

_LENGTH: Final = struct.Struct(">I")


class FrameError(ValueError):
    """Bytes that are not frames of this protocol."""


def framed(payload: bytes) -> bytes:
    """A payload as a frame."""
    return _LENGTH.pack(len(payload)) + payload


class Pieces:
    """Assembles frames from the pieces that a socket delivers.

    Args:
        longest: bytes of the longest frame that is accepted.
    """

    def __init__(self, longest: int = LONGEST) -> None:
        self._bytes = bytearray()
        self._longest = longest

    def feed(self, piece: bytes) -> list[bytes]:
        """Take bytes; the payloads that they complete.

        Raises:
            FrameError: a frame is longer than what is accepted.
        """
        buffer = self._bytes
        buffer += piece
        payloads = []
        while len(buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(buffer)
            if length > self._longest:
                raise FrameError(f"a frame of {length} bytes; at most {self._longest} are taken")
            end = _LENGTH.size + length
            if len(buffer) < end:
                break
            payloads.append(bytes(buffer[_LENGTH.size : end]))
            del buffer[:end]
        return payloads


@contextmanager
def address(run_folder: Path, name: str = NAME) -> Iterator[str]:
    """A socket of a run as an address, while it is bound or connected to.

    A path longer than a socket's address may be is reached through its open folder.

    Raises:
        OSError: the folder cannot be opened, or its path is too long for this system.
    """
    path = run_folder / name
    if len(os.fsencode(path)) <= LONGEST_ADDRESS:
        yield str(path)
        return
    folder = os.open(run_folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{name}"
    finally:
        os.close(folder)
