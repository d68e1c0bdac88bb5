"""The journals of virtual time: rows go to the file in large batches, or nowhere at all."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

from engine.journal.database import Database
from engine.journal.encoding import SHAPES, check
from engine.journal.store import Journal, OnFailure, Then, Unwritten
from engine.market.clock import Clock
from engine.orders.events import Event
from engine.run_folder.errors import JournalError, JournalFailed

BATCH: Final = 4_000
"""Events that gather before they are written."""


class InlineJournal(Journal):
    """Writes from the caller's thread; see `engine.journal.opening`."""

    def __init__(
        self, database: Database, on_failure: OnFailure | None, clock: Clock | None
    ) -> None:
        super().__init__(database, on_failure, clock)
        self._lock = threading.RLock()
        self._events: list[Event] = []
        self._beside: Callable[[], Then] | None = None

    def beside(self, prepare: Callable[[], Then]) -> None:
        """Call `prepare` before every write and what it returned right after, in its thread."""
        self._beside = prepare

    def append(self, event: Event, then: Then | None = None) -> int:
        """Add an event, call `then`, and return the sequence number."""
        with self._lock:
            if self.failed is not None:
                raise JournalFailed(self.failed)
            if self._closed:
                raise self._refuse_closed()
            if SHAPES[type(event)].loose:
                check(event)
            events = self._events
            events.append(event)
            self._seq = seq = self._seq + 1
            if len(events) >= BATCH:
                self._write()
        if then is not None:
            then()
        return seq

    def flush(self) -> None:
        """Write what has gathered."""
        with self._lock:
            if self.failed is not None:
                raise JournalFailed(self.failed)
            if not self._closed:
                self._write()

    def _write(self) -> None:
        events, self._events = self._events, []
        if not events:
            return
        began = self._clock.now_s()
        publish = None if self._beside is None else self._beside()
        try:
            self._database.write(events)
        except (sqlite3.Error, JournalError) as error:
            self._fail(self._sentence(error))
            raise JournalFailed(self._sentence(error)) from None
        self._flush_s.append(self._clock.now_s() - began)
        if publish is not None:
            publish()

    def close(self) -> None:
        """Write what is left and let go of the file."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            try:
                if self.failed is None:
                    self._write()
            finally:
                self._database.close()

    def read(self) -> Iterator[tuple[int, Event]]:
        """Every event appended so far, oldest first."""
        self.flush()
        return self._read()

    def unwritten(self) -> Unwritten:
        """Events that gather for the next write."""
        with self._lock:
            events = self._events.copy()
            return self._seq - len(events) + 1, events

    def ask(self, sql: str, *values: int | bytes) -> list[Any]:
        """Rows of what is written; `append` waits meanwhile."""
        with self._lock:
            return self._ask(sql, values)


class ObservedJournal(Journal):
    """Takes events as any journal does, hands each to an observer, and has nothing to read.

    Args:
        database: stays empty.
        observe: told each event before its `then`.
    """

    def __init__(self, database: Database, observe: Callable[[Event], None]) -> None:
        super().__init__(database, None, None)
        self._observe = observe

    def append(self, event: Event, then: Then | None = None) -> int:
        """Hand an event over, call `then`, and return the sequence number."""
        if self._closed:
            raise self._refuse_closed()
        if SHAPES[type(event)].loose:
            check(event)
        self._seq = seq = self._seq + 1
        self._observe(event)
        if then is not None:
            then()
        return seq

    def beside(self, prepare: Callable[[], Then]) -> None:
        """Nothing is written, so nothing is beside it."""

    def flush(self) -> None:
        """Nothing gathers."""

    def close(self) -> None:
        """Take no more."""
        if not self._closed:
            self._closed = True
            self._database.close()

    def read(self) -> Iterator[tuple[int, Event]]:
        """Nothing: no event is kept."""
        return iter(())

    def unwritten(self) -> Unwritten:
        """Nothing gathers."""
        return self._seq + 1, []

    def ask(self, sql: str, *values: int | bytes) -> list[Any]:
        """Nothing: no event is kept."""
        return []

    @property
    def keeps(self) -> bool:
        """Nothing can be read."""
        return False
