"""Journal: the desk's memory on disk, append-only, with one writer."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from engine.journal.database import Database, sealed_events
from engine.market.clock import Clock, SystemClock
from engine.orders.events import Event
from engine.run_folder.errors import JournalError

Then = Callable[[], None]
OnFailure = Callable[[str], None]

Unwritten = tuple[int, list[Event]]
"""The number of the first, and the events."""

_FLUSHES_KEPT: Final = 2048


class Journal(ABC):
    """Takes events in order and keeps them; `engine.journal.opening` makes one.

    Args:
        database: the file, open.
        on_failure: called once, from the thread that noticed, when writing has failed.
        clock: measures the commits.

    Attributes:
        failed: why nothing more is accepted; None while all is well. Once set it stays.
    """

    def __init__(
        self, database: Database, on_failure: OnFailure | None, clock: Clock | None
    ) -> None:
        self._database = database
        self._on_failure = on_failure
        self._clock = clock or SystemClock()
        self._seq = database.seq
        self._flush_s: deque[float] = deque(maxlen=_FLUSHES_KEPT)
        self._closed = False
        self.failed: str | None = None

    @property
    def seq(self) -> int:
        """The sequence number of the last event appended."""
        return self._seq

    @property
    def path(self) -> Path | None:
        """The file; None for a journal in memory."""
        return self._database.path if isinstance(self._database.path, Path) else None

    @abstractmethod
    def append(self, event: Event, then: Then | None = None) -> int:
        """Add an event and return its sequence number at once.

        Args:
            event: its fields are not to be changed afterwards.
            then: called once the event is durable (an inline journal calls it before returning,
                a threaded one from its writer thread after the commit, in order of sequence
                numbers). Never called for an event that was not written.

        Raises:
            JournalFailed: a write failed earlier, or the queue stayed full.
            JournalError: the journal is closed, or a value declared as Any is not JSON. Another
                field that is not JSON makes the write fail, for good.
        """

    @abstractmethod
    def beside(self, prepare: Callable[[], Then]) -> None:
        """Keep something else of the same moment as the journal, in the thread that appends.

        A durable journal, whose exchange outlives the process, never asks.

        Args:
            prepare: called before each write; what it returns is called right after.
        """

    @abstractmethod
    def flush(self) -> None:
        """Return when everything appended so far is written.

        Raises:
            JournalFailed: it could not be written.
        """

    @abstractmethod
    def close(self) -> None:
        """Write what is left, fold the log into the file and let go; again does nothing."""

    @abstractmethod
    def read(self) -> Iterator[tuple[int, Event]]:
        """Every event written, oldest first, with its sequence number, seals checked.

        Raises:
            JournalError: "torn" where rows do not fit their seal.
        """

    @abstractmethod
    def unwritten(self) -> Unwritten:
        """Events that `ask` does not know yet; from any thread."""

    @abstractmethod
    def ask(self, sql: str, *values: int | bytes) -> list[Any]:
        """Rows of what is written; from any thread, and a write waits meanwhile: ask for little.

        Raises:
            JournalError: the journal is closed.
            sqlite3.Error: it cannot be read.
        """

    @property
    def keeps(self) -> bool:
        """Whether events can be read again."""
        return True

    @property
    def closed(self) -> bool:
        """Whether it takes no more events; one on disk can be read as any journal then."""
        return self._closed

    def _ask(self, sql: str, values: Sequence[int | bytes]) -> list[Any]:
        if self._closed:
            raise self._refuse_closed()
        return self._database.connection.execute(sql, values).fetchall()

    def _read(self) -> Iterator[tuple[int, Event]]:
        return sealed_events(self._database.connection, self._database.path)

    def flush_ms(self) -> tuple[float, float] | None:
        """Median and 99th percentile of the last commits in milliseconds; None before one."""
        times = sorted(self._flush_s.copy())
        if not times:
            return None
        last = len(times) - 1
        return times[len(times) // 2] * 1e3, times[min(int(0.99 * len(times)), last)] * 1e3

    def waits(self) -> tuple[int, float] | None:
        """How many events wait for the disk, and for how many seconds the oldest has.

        None where they are written in the thread that appends.
        """
        return None

    def _refuse_closed(self) -> JournalError:
        return JournalError("closed", "the journal is closed; nothing more is taken")

    def _fail(self, sentence: str) -> None:
        """Latch a failure and tell, once."""
        if self.failed is None:
            self.failed = sentence
            if self._on_failure is not None:
                self._on_failure(sentence)

    def _sentence(self, error: sqlite3.Error | JournalError) -> str:
        if isinstance(error, JournalError):
            return str(error)
        return f"the journal cannot be written: {error}; free the disk, then restart the desk"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
