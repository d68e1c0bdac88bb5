"""Frames of the wire: JSON objects, each after its length in four bytes.

A request is {"id", "op", ...}; its reply {"id", "ok"} or {"id", "error"}; a pushed report
{"seq", "report"}.
"""

from __future__ import annotations

import json
import struct
from typing import Any, Final

LONGEST: Final = 8 * 2**20
"""Bytes of the longest frame that is accepted."""

_LENGTH: Final = struct.Struct(">I")


class WireError(ValueError):
    """Bytes that are not a message of this protocol."""


def packed(message: dict[str, Any]) -> bytes:
    """A message as a frame."""
    text = json.dumps(message, separators=(",", ":")).encode()
    return _LENGTH.pack(len(text)) + text


class Frames:
    """Assembles messages from the pieces that a socket delivers."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Take bytes, and return the messages that they complete.

        Raises:
            WireError: a frame is too long, or not a JSON object.
        """
        messages = []
        buffer = self._bytes
        buffer += data
        while len(buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(buffer)
            if length > LONGEST:
                raise WireError(f"a frame of {length} bytes; at most {LONGEST} are taken")
            end = _LENGTH.size + length
            if len(buffer) < end:
                break
            try:
                message = json.loads(bytes(buffer[_LENGTH.size : end]))
            except ValueError as error:
                raise WireError(f"a frame is not JSON: {error}") from None
            if not isinstance(message, dict):
                raise WireError("a frame is not a JSON object")
            del buffer[:end]
            messages.append(message)
        return messages


def cleaned(text: object, longest: int) -> str:
    """Printable text of bounded length."""
    return "".join(c if c.isprintable() else "?" for c in str(text)[:longest])
