"""Frames of the wire: JSON objects, each after its length in four bytes.

A request is {"id", "op", ...}; its reply {"id", "ok"} or {"id", "error", "code"}. Pushed are
{"seq", "report"}, {"seq", "settlement"} and, each second, {"health"}.
"""

from __future__ import annotations

import json
import struct
from typing import Any, Final

VERSION: Final = 2
"""Of the wire; a hello says it, and so does its answer. Peers without one speak version 1."""

NOT_SENT, THROTTLED, REFUSED = "not_sent", "throttled", "refused"
"""Codes of an error after which it is certain that nothing was done; without one it is not."""

LONGEST: Final = 8 * 2**20
"""Bytes of the longest frame that a client accepts."""

LONGEST_REQUEST: Final = 2**20
"""Bytes of the longest frame that a server accepts."""

LARGEST: Final = 2**53
"""The largest whole number that is accepted; every JSON reader has it exactly."""

_LENGTH: Final = struct.Struct(">I")


class WireError(ValueError):
    """Bytes that are not a message of this protocol."""


def packed(message: dict[str, Any]) -> bytes:
    """A message as a frame."""
    text = json.dumps(message, separators=(",", ":")).encode()
    return _LENGTH.pack(len(text)) + text


class Frames:
    """Assembles messages from the pieces that a socket delivers.

    Args:
        longest: bytes of the longest frame that is accepted.
    """

    def __init__(self, longest: int = LONGEST) -> None:
        self._bytes = bytearray()
        self._longest = longest

    @property
    def partial(self) -> bool:
        """Whether a frame has begun and not ended."""
        return bool(self._bytes)

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Take bytes, and return the messages that they complete.

        Raises:
            WireError: a frame is too long, nested too deeply, or not a JSON object.
        """
        messages = []
        buffer = self._bytes
        buffer += data
        while len(buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(buffer)
            if length > self._longest:
                raise WireError(f"a frame of {length} bytes; at most {self._longest} are taken")
            end = _LENGTH.size + length
            if len(buffer) < end:
                break
            try:
                message = json.loads(bytes(buffer[_LENGTH.size : end]), parse_constant=_refused)
            except RecursionError:
                raise WireError("a frame is nested too deeply") from None
            except ValueError as error:
                raise WireError(f"a frame is not JSON: {error}") from None
            if not isinstance(message, dict):
                raise WireError("a frame is not a JSON object")
            del buffer[:end]
            messages.append(message)
        return messages


def _refused(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def whole(value: Any, least: int = -LARGEST, most: int = LARGEST) -> int:
    """A whole number within bounds.

    Raises:
        WireError: it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise WireError(f"{str(value)[:40]} is not a whole number from {least} to {most}")
    return value


def finite(value: Any) -> float:
    """A number that is neither infinite nor NaN.

    Raises:
        WireError: it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > LARGEST:
        raise WireError(f"{str(value)[:40]} is not a number that can be used")
    return float(value)


def cleaned(text: object, longest: int) -> str:
    """Printable text of bounded length."""
    return "".join(c if c.isprintable() else "?" for c in str(text)[:longest])
