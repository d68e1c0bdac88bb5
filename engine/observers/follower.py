"""Follows the events of a running desk from another process, as rows; nothing is ever sent.

A thread takes whatever the desk hands out at once, so that a slow reader costs the desk nothing.
Events that were missed nonetheless are counted by their numbers.
"""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from engine.market.clock import Clock, SystemClock
from engine.observers.client import Found
from engine.observers.event_rows import VERSION, Row
from engine.observers.frames import EVENTS
from engine.observers.link import DeskLink, NobodyListensError
from engine.snapshot import EngineState

KEPT: Final = 20_000
"""Rows that may wait for a slow reader; then the oldest go, and are counted."""

LONGEST_LINE: Final = 1 << 20
"""Bytes of a row at most; a desk's longest has some ten thousand."""

GIVES_UP_AFTER_S: Final = 3.0
"""Real seconds after which a desk that runs and lets nobody listen is said to do so."""

OLD: Final = "the desk lets nobody follow its events: it is of an earlier version, or ends"

_PIECE: Final = 1 << 16


class _NotADeskError(ValueError):
    """What answers there cannot be followed; the sentence says why."""


class EventFollower:
    """The events of the one desk there is, in order, whatever becomes of the connection.

    Rows are those of docs/command-line.md: of the types desk, event, missed, and lost once the desk
    is gone or cannot be found.

    Args:
        find: the desk to follow, given the folder of the one that was followed last.
        last: how many events of before to begin with.
        clock: real time.
    """

    def __init__(
        self,
        find: Callable[[Path | None], Found],
        last: int = 0,
        clock: Clock | None = None,
    ) -> None:
        self._find = find
        self._last = last
        self._clock = clock or SystemClock()
        self._rows: deque[Row] = deque(maxlen=KEPT)
        self._come = threading.Condition()
        self._folder: Path | None = None
        self._desk: tuple[Any, Any] | None = None
        self._has = 0  # the number of the last event received
        self._handed = 0  # that of the last one handed out
        self._status: Row | None = None
        self._ended = False
        self._lost = ""
        self._failing_s: float | None = None
        self._link = DeskLink(self._look, "follower")

    def start(self) -> None:
        """Begin to follow, in a thread of its own."""
        self._link.start()

    def stop(self) -> None:
        """Follow no more; the desk is as it was."""
        self._link.stop()

    @property
    def status(self) -> Row | None:
        """The last status, with `age_s` since the desk made it; None before the first."""
        status = self._status
        if status is None:
            return None
        made_s = status.get("made_s")
        age_s = None
        if isinstance(made_s, int | float):
            age_s = round(max(0.0, self._clock.now_s() - made_s), 3)
        kept = {name: value for name, value in status.items() if name != "made_s"}
        return kept | {"age_s": age_s}

    def take(self, within_s: float) -> list[Row]:
        """The rows since the last call, the oldest first.

        Args:
            within_s: real seconds to wait for one; none has come after them.
        """
        with self._come:
            if not self._rows:
                self._come.wait(within_s)
            rows = list(self._rows)
            self._rows.clear()
        return list(self._counted(rows))

    def _counted(self, rows: list[Row]) -> Iterator[Row]:
        for row in rows:
            if row["type"] == "desk":
                self._handed = row["begins"]
            elif row["type"] == "event":
                missed = row["number"] - self._handed - 1
                if missed > 0:
                    yield {"v": VERSION, "type": "missed", "events": missed}
                self._handed = row["number"]
            yield row

    # ------------------------------------------------------------------ its thread

    def _put(self, row: Row) -> None:
        with self._come:
            self._rows.append(row)
            self._come.notify()

    def _look(self) -> None:
        """Follow the desk until it or the connection ends, and tell why once."""
        try:
            why = self._follow()
        except _NotADeskError as error:
            why = str(error)
        except OSError as error:
            why = f"the desk cannot be reached: {error.strerror or error}"
        if why and why != self._lost:
            self._lost = why
            self._put({"v": VERSION, "type": "lost", "reason": why, "ended": self._ended})

    def _follow(self) -> str:
        """Find the desk and receive what it hands out; why there is none, "" to try again."""
        found = self._find(self._folder)
        if found.folder is None:
            return self._end_in_order() or found.why
        try:
            opened = self._link.connect(found.folder, EVENTS)
        except NobodyListensError:
            if self._ended:
                return self._end_in_order()
            now_s = self._clock.now_s()
            self._failing_s = now_s if self._failing_s is None else self._failing_s
            return OLD if now_s - self._failing_s >= GIVES_UP_AFTER_S else ""
        self._failing_s = None
        self._folder = found.folder
        lines = _lines(opened)
        self._greeted(_row(next(lines, b"")))
        opened.settimeout(None)  # a desk that hangs shows by the age of its status
        for line in lines:
            self._received(_row(line))
        return self._end_in_order()

    def _end_in_order(self) -> str:
        if not self._ended or self._folder is None:
            return ""
        return f"the desk of {self._folder.name} has ended"

    def _greeted(self, row: Row) -> None:
        """A desk begins to tell: the one of before, or another.

        Raises:
            _NotADeskError: it refuses, or cannot be understood.
        """
        if row["type"] == "refused":
            raise _NotADeskError(f"the desk tells nothing: {str(row.get('reason', ''))[:300]}")
        number = row.get("number")
        if row["type"] != "desk" or type(number) is not int:
            raise _NotADeskError("what answers there is not a desk")
        desk = row.get("run"), row.get("pid")
        self._lost, self._ended = "", False
        if desk == self._desk:
            return
        self._desk = desk
        self._has = max(0, number - self._last)
        self._status = None
        self._put({**row, "begins": self._has})

    def _received(self, row: Row) -> None:
        if row["type"] == "status":
            self._status = row
            self._ended = row.get("state") == EngineState.ENDED.value
            return
        number = row.get("number")
        if row["type"] == "event" and type(number) is int and number > self._has:
            self._has = number
            self._put(row)


def _lines(opened: socket.socket) -> Iterator[bytes]:
    """The lines that a socket delivers.

    Raises:
        _NotADeskError: one is longer than any row.
    """
    left = b""
    while piece := opened.recv(_PIECE):
        *whole, left = (left + piece).split(b"\n")
        if len(left) > LONGEST_LINE:
            raise _NotADeskError("what answers there is not a desk: it sends no lines")
        yield from whole


def _row(line: bytes) -> Row:
    """A line as a row.

    Raises:
        _NotADeskError: it is not one, or of another version.
    """
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict) or not isinstance(row.get("type"), str):
        raise _NotADeskError("what answers there is not a desk")
    if row.get("v") != VERSION:
        raise _NotADeskError(
            f"the desk tells its events in version {str(row.get('v'))[:20]} and this program knows "
            f"{VERSION}: follow it with the program that it was started with"
        )
    return row
