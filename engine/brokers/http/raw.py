"""What a broker said, word by word: kept for a replay, and read again as it was read then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.brokers.http.bounded_json import UnreadableError, read_json
from engine.brokers.http.call import Answer, Call, Failure, Lost, Priority
from engine.brokers.http.redaction import Redactor


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """A call, and its answer's own bytes; one without an answer has a failure.

    Args:
        call: what was sent.
        status: of HTTP; 0 without an answer.
        headers: those that may be kept.
        data: the body.
        sent_s, received_s: epoch seconds of our clock.
        failure: why there is no answer; None where there is one.
    """

    call: Call
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    data: bytes = b""
    sent_s: float = 0.0
    received_s: float = 0.0
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class RawFrame:
    """A frame of a stream.

    Args:
        frame: text or bytes, as it came.
        received_s: epoch second of our clock.
    """

    frame: str | bytes
    received_s: float


@dataclass(frozen=True, slots=True)
class RawGap:
    """So many answers and frames were not kept here.

    Args:
        count: of them.
        received_s: epoch second at which that was noted.
    """

    count: int
    received_s: float


Raw = RawAnswer | RawFrame | RawGap
Listener = Callable[[RawAnswer], None]
"""Takes an answer before anybody reads it; it must return at once."""


def read_again(raw: RawAnswer, redactor: Redactor | None = None) -> Answer | Lost:
    """The values of an answer, within the bounds of every answer.

    A refusal whose body is no JSON has no values; any other such answer counts as none.

    Args:
        raw: as it came.
        redactor: of its texts; None where nothing is to be hidden any more.
    """
    redactor = redactor or Redactor(())
    if raw.failure is not None:
        return Lost(raw.failure)
    try:
        body: Any = read_json(raw.data) if raw.data.strip() else None
    except UnreadableError as error:
        if raw.status < 400:
            return Lost(Failure.NOT_READABLE, redactor.text(error))
        body = None
    return Answer(raw.status, redactor.inside(body), raw.headers, raw.sent_s, raw.received_s)


def raw_plain(raw: Raw, redactor: Redactor) -> dict[str, Any]:
    """An answer, a frame or a gap as JSON values without secrets.

    Args:
        raw: as it came.
        redactor: of every text in it, however the broker escaped its letters.
    """
    if isinstance(raw, RawGap):
        return {"gap": raw.count, "at": raw.received_s}
    if isinstance(raw, RawFrame):
        name = "text" if isinstance(raw.frame, str) else "bytes"
        data = raw.frame.encode() if isinstance(raw.frame, str) else raw.frame
        return {name: redactor.json_text(data), "at": raw.received_s}
    call = raw.call
    row: dict[str, Any] = {"call": call.method, "path": redactor.inside(call.path)}
    if call.query:
        row["query"] = redactor.inside([list(pair) for pair in call.query])
    if call.body is not None:
        row["sent"] = redactor.inside(dict(call.body))
    if raw.failure is not None:
        row["failure"] = raw.failure.name
    else:
        row |= {"status": raw.status, "headers": redactor.inside(dict(raw.headers))}
        row["body"] = redactor.json_text(raw.data)
    return row | {"began": raw.sent_s, "at": raw.received_s}


def raw_of(row: Mapping[str, Any]) -> Raw:
    """An answer, a frame or a gap from its JSON values.

    Raises:
        ValueError: they are not one.
    """
    try:
        at_s = float(row["at"])
        if "gap" in row:
            return RawGap(int(row["gap"]), at_s)
        if "text" in row:
            return RawFrame(str(row["text"]), at_s)
        if "bytes" in row:
            return RawFrame(str(row["bytes"]).encode("utf-8", "surrogateescape"), at_s)
        query = tuple((str(name), str(value)) for name, value in row.get("query", ()))
        call = Call(row["call"], str(row["path"]), Priority.STATUS, query, row.get("sent"))
        began_s = float(row["began"])
        if "failure" in row:
            failure = Failure[row["failure"]]
            return RawAnswer(call, 0, {}, b"", began_s, at_s, failure)
        body = str(row["body"]).encode("utf-8", "surrogateescape")
        return RawAnswer(call, int(row["status"]), dict(row["headers"]), body, began_s, at_s)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not an answer that was kept: {error!r}") from None
