"""What the socket of events hands out: lines of JSON, formed once for everybody who listens."""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Any, Final

from engine.observers.event_feed import KEPT, EventFeed, Told
from engine.observers.event_rows import VERSION, Row, event_row
from engine.observers.status_row import account_tail, status_row
from engine.snapshot import EngineSnapshot

BACKLOG: Final = 1_000
"""Events of before that a new listener gets: one that was away a moment loses none."""

STATUS_EVERY_S: Final = 0.5


class EventLines:
    """Turns the desk's events and its status into lines, only while somebody listens.

    Args:
        feed: the events.
        snapshot: the latest one; never blocks.
        program: the program's version.
        pid: the desk's process.
    """

    def __init__(
        self, feed: EventFeed, snapshot: Callable[[], EngineSnapshot], program: str, pid: int
    ) -> None:
        self._feed = feed
        self._snapshot = snapshot
        self._program = program
        self._pid = pid
        self._lines: deque[bytes] = deque(maxlen=KEPT)
        self._formed = 0
        self._status = b""
        self._fresh = False
        self._status_s = float("-inf")
        self._version = -1
        self._made_s = 0.0

    def greeting(self) -> bytes:
        """The first line: whose events these are, and the number of the last one so far."""
        snapshot = self._snapshot()
        return _line(
            {
                "v": VERSION,
                "type": "desk",
                "mode": snapshot.mode,
                "account": account_tail(snapshot),
                "run": snapshot.run,
                "program": self._program,
                "pid": self._pid,
                "number": self._feed.number,
            }
        )

    def refusal(self, why: str) -> bytes:
        """The only line of who cannot listen now."""
        return _line({"v": VERSION, "type": "refused", "reason": why})

    def look(self, now_s: float, last: bool = False) -> None:
        """Form the lines of new events, and the status where its time has come.

        Args:
            now_s: of the machine's monotonic clock.
            last: whether nothing comes after it.
        """
        snapshot = self._snapshot()
        if snapshot.version != self._version:
            self._version, self._made_s = snapshot.version, now_s
        from_here = self._feed.number - BACKLOG
        if from_here > self._formed:  # nobody listened: what is older nobody is handed
            self._lines.clear()
            self._formed = from_here
        for told in self._feed.after(self._formed):
            self._lines.append(event_line(told))
            self._formed = told.number
        self._fresh = last or now_s - self._status_s >= STATUS_EVERY_S
        if self._fresh:
            self._status = _line(status_row(snapshot, self._made_s))
            self._status_s = now_s

    def after(self, has: int | None) -> tuple[bytes, int]:
        """What a listener gets now, and the number of the last event that it has then.

        Args:
            has: the number of the last one so far; None where it has only just come.
        """
        wanted = min(BACKLOG if has is None else self._formed - has, len(self._lines))
        events = islice(self._lines, len(self._lines) - wanted, None)
        status = self._status if self._fresh or has is None else b""
        return b"".join((*events, status)), self._formed


def event_line(told: Told) -> bytes:
    """An event's line; one that cannot be formed is named, and stops none after it."""
    try:
        return _line(event_row(told))
    except Exception as error:
        why = f"{type(told.event).__name__}: {type(error).__name__}: {error}"[:300]
        head = {"v": VERSION, "type": "event", "number": told.number, "row": told.row}
        at = {"at": told.event[0] / 1000, "kind": "unreadable", "symbol": "", "expiration": ""}
        return _line({**head, **at, "reason": why})


def _line(row: Row) -> bytes:
    """A row as one line of ASCII: no text in it can end the line or reach a terminal."""
    try:
        text = json.dumps(row, separators=(",", ":"), allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(row), separators=(",", ":"), allow_nan=False)
    return text.encode("ascii") + b"\n"


def _finite(value: Any) -> Any:
    """A value with null for numbers that are not finite."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list) else value
