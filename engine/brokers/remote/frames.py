"""Frames of JSON, each behind its length in four bytes.

A request is {"id", "op", ...}; its reply {"id", "ok"} or {"id", "error"}; a report that nobody
asked for {"seq", "report"}.
"""

from __future__ import annotations

import json
import struct
from typing import Any, Final

LONGEST: Final = 8 * 2**20
"""Bytes of the longest frame taken."""

_LENGTH: Final = struct.Struct(">I")


class WireError(ValueError):
    """Bytes that are no message of this protocol."""


def packed(message: dict[str, Any]) -> bytes:
    """A message as it goes over the socket."""
    text = json.dumps(message, separators=(",", ":")).encode()
    return _LENGTH.pack(len(text)) + text


class Frames:
    """Puts messages together from what a socket delivers."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Take bytes in; the messages that are whole now.

        Raises:
            WireError: a frame that is too long, or no JSON object.
        """
        found = []
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
                raise WireError(f"a frame is no JSON: {error}") from None
            if not isinstance(message, dict):
                raise WireError("a frame is no JSON object")
            del buffer[:end]
            found.append(message)
        return found


def cleaned(text: object, longest: int) -> str:
    """Printable text of bounded length."""
    return "".join(c if c.isprintable() else "?" for c in str(text)[:longest])
