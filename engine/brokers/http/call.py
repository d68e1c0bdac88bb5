"""One call to a broker, its answer, and what is known where none came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, Literal

Method = Literal["GET", "POST", "DELETE"]


class Priority(IntEnum):
    """Who goes first where calls wait; the first two may use what is kept for them."""

    CANCEL = 0
    COMPLETION = 1
    STATUS = 2
    DEBIT = 3
    CHAIN = 4
    BOOKS = 5


@dataclass(frozen=True, slots=True)
class Call:
    """What a dialect wants to be sent.

    Args:
        method, path: of the request; the path begins with `/`.
        priority: who goes first.
        query: parameters of the address, in order.
        body: JSON values; None for none.
        form: whether the body is sent as a form in place of JSON.
        books: whether the answer may take as long as books and chains do.
        once: whether it is sent once, though a second time would change nothing: who waits for it
            has no time for two.

    Raises:
        ValueError: the path does not begin with `/`.
    """

    method: Method
    path: str
    priority: Priority
    query: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, Any] | None = None
    form: bool = False
    books: bool = False
    once: bool = False

    def __post_init__(self) -> None:
        if not self.path.startswith("/") or self.path.startswith("//"):
            raise ValueError(f"{self.path[:40]!r} is not a path")

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent a second time: only what changes nothing."""
        return self.method == "GET" and not self.once


class Failure(StrEnum):
    """Why no answer came; the first five surely sent nothing."""

    NOT_WRITABLE = "the call cannot be written"
    NO_TURN = "the calls of this minute are used up"
    NOT_CONNECTED = "no connection"
    CONNECT_TIMEOUT = "no connection in time"
    NO_FREE_CONNECTION = "every connection is in use"
    NOT_WRITTEN = "the connection broke while it was sent"
    NO_ANSWER = "no answer in time"
    BROKEN = "the connection broke before the answer ended"
    NOT_READABLE = "the answer cannot be read"


_UNSENT = frozenset(
    {
        Failure.NOT_WRITABLE,
        Failure.NO_TURN,
        Failure.NOT_CONNECTED,
        Failure.CONNECT_TIMEOUT,
        Failure.NO_FREE_CONNECTION,
    }
)


@dataclass(frozen=True, slots=True)
class Lost:
    """A call without an answer.

    Args:
        failure: why.
        text: for people; cleaned, without secrets.
    """

    failure: Failure
    text: str = ""

    @property
    def unsent(self) -> bool:
        """Whether surely nothing left."""
        return self.failure in _UNSENT


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Args:
        status: of HTTP.
        body: JSON values with cleaned texts; None where the answer has none.
        headers: those that may be kept and shown, in lower case.
        sent_s, received_s: epoch seconds of our clock.
    """

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    sent_s: float = 0.0
    received_s: float = 0.0
