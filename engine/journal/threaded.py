"""The journal of real time: one writer thread, group commit, every commit waits for the disk."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

from engine.journal.database import Database
from engine.journal.encoding import SHAPES, check
from engine.journal.store import Journal, OnFailure, Then, Unwritten
from engine.market.clock import Clock
from engine.orders.events import Event
from engine.run_folder.errors import JournalError, JournalFailed

QUEUE: Final = 20_000
"""Events that may wait for the writer; beyond, `append` waits, then fails."""

FULL_S: Final = 5.0
"""How long `append` waits for a full queue."""

LINGER_S: Final = 0.02
"""How long events nobody waits for may gather before they are committed."""


class ThreadedJournal(Journal):
    """Commits from a thread of its own; see `engine.journal.opening`."""

    def __init__(
        self, database: Database, on_failure: OnFailure | None, clock: Clock | None
    ) -> None:
        super().__init__(database, on_failure, clock)
        self._changed = threading.Condition()
        self._io = threading.Lock()
        self._events: list[Event] = []
        self._thens: list[Then] = []
        self._urgent = False
        self._committed = database.seq
        self._since_s = self._writing_s = 0.0  # when the oldest of those was appended
        self._writing = 0
        self._writer = threading.Thread(target=self._run, name="journal", daemon=True)
        self._writer.start()

    def append(self, event: Event, then: Then | None = None) -> int:
        """Queue an event for the next commit and return its sequence number at once."""
        with self._changed:
            if len(self._events) >= QUEUE:
                self._urgent = True
                self._changed.notify_all()
                if not self._changed.wait_for(self._has_room, FULL_S):
                    self._fail("the journal's writer does not keep up; check the disk")
            if self.failed is not None:
                raise JournalFailed(self.failed)
            if self._closed:
                raise self._refuse_closed()
            shape = SHAPES[type(event)]
            if shape.loose:
                check(event)
            if not self._events:
                self._since_s = self._clock.now_s()
            self._events.append(event)
            self._seq = seq = self._seq + 1
            if then is not None:
                self._thens.append(then)
            if shape.urgent or then is not None:
                self._urgent = True
            if self._urgent or len(self._events) == 1:
                self._changed.notify_all()
            return seq

    def _has_room(self) -> bool:
        return len(self._events) < QUEUE or self.failed is not None

    def _run(self) -> None:
        changed = self._changed
        while True:
            with changed:
                changed.wait_for(lambda: self._events or self._closed)
                if not self._urgent and not self._closed:
                    changed.wait_for(lambda: self._urgent or self._closed, LINGER_S)
                events, self._events = self._events, []
                self._writing, self._writing_s = len(events), self._since_s
                thens, self._thens = self._thens, []
                self._urgent = False
                changed.notify_all()
            if not events:
                return
            trouble = self._commit(events)
            written = trouble is None
            if written:
                trouble = _release(thens)
            if trouble is not None:
                self._fail(trouble)
            with changed:
                if written:
                    self._committed += len(events)
                    self._writing = 0
                changed.notify_all()
            if not written:
                return

    def _commit(self, events: list[Event]) -> str | None:
        began = self._clock.now_s()
        try:
            with self._io:
                self._database.write(events)
        except (sqlite3.Error, JournalError) as error:
            return self._sentence(error)
        self._flush_s.append(self._clock.now_s() - began)
        return None

    def waits(self) -> tuple[int, float] | None:
        """How many events wait for the disk, and for how many seconds the oldest has."""
        with self._changed:
            number = self._writing + len(self._events)
            since_s = self._writing_s if self._writing else self._since_s
        return number, max(0.0, self._clock.now_s() - since_s) if number else 0.0

    def beside(self, prepare: Callable[[], Then]) -> None:
        """Never asks: what an exchange in another process knows is its own to keep."""

    def flush(self) -> None:
        """Return when everything appended so far is on the disk."""
        if threading.current_thread() is self._writer:
            raise JournalError("closed", "the journal's own writer cannot wait for itself")
        with self._changed:
            wanted = self._seq
            self._urgent = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._committed >= wanted or self.failed is not None)
            if self._committed < wanted:
                raise JournalFailed(str(self.failed))

    def close(self) -> None:
        """Commit what is left, stop the writer, let go of the file."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify_all()
        if threading.current_thread() is not self._writer:
            self._writer.join()
        try:
            with self._io:
                self._database.close()
        except sqlite3.Error as error:
            self._fail(self._sentence(error))

    def read(self) -> Iterator[tuple[int, Event]]:
        """Every event committed so far, oldest first."""
        self.flush()
        with self._io:
            yield from self._read()

    def unwritten(self) -> Unwritten:
        """None, once everything appended so far is on the disk."""
        with suppress(JournalFailed):  # what was written before can be read
            self.flush()
        return self._seq + 1, []

    def ask(self, sql: str, *values: int | bytes) -> list[Any]:
        """Rows of what is written; a commit waits meanwhile."""
        with self._io:
            return self._ask(sql, values)


def _release(thens: list[Then]) -> str | None:
    """Call what waited for the commit; returns what went wrong, for an order may be unconfirmed."""
    for then in thens:
        try:
            then()
        except Exception as error:
            return f"what waited for a commit failed: {type(error).__name__}: {error}"
    return None
