"""Open a journal: durable in real time, inline in virtual time, or in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from engine.journal.database import Database
from engine.journal.inline import InlineJournal, ObservedJournal
from engine.journal.store import Journal, OnFailure
from engine.journal.threaded import ThreadedJournal
from engine.market.clock import Clock
from engine.orders.events import Event

MAX_BYTES: Final = 16 * 2**30


def open_journal(
    path: Path | str,
    *,
    durable: bool = True,
    run: str = "",
    on_failure: OnFailure | None = None,
    clock: Clock | None = None,
    max_bytes: int = MAX_BYTES,
) -> Journal:
    """Open or create the journal at `path`; the caller holds the state's lock.

    Args:
        path: the file, made 0600; folders that are missing are made 0700.
        durable: True for a thread that commits what has gathered and waits for the disk; False,
            where time is virtual, for large batches written from the caller's thread.
        run: the run's id, written into a new journal.
        on_failure: called once, from the thread that noticed, when writing has failed.
        clock: measures the commits.
        max_bytes: the file never grows beyond this.

    Raises:
        JournalError: the file is not a journal, newer, torn, locked or not permitted.
    """
    database = Database(Path(path), durable=durable, run=run, max_bytes=max_bytes)
    if durable:
        return ThreadedJournal(database, on_failure, clock)
    return InlineJournal(database, on_failure, clock)


def memory_journal(clock: Clock | None = None) -> Journal:
    """A journal that is gone when closed."""
    database = Database(":memory:", durable=False, run="", max_bytes=MAX_BYTES)
    return InlineJournal(database, None, clock)


def observed_journal(observe: Callable[[Event], None]) -> Journal:
    """A journal that keeps nothing.

    Args:
        observe: told every event, in order.
    """
    database = Database(":memory:", durable=False, run="", max_bytes=MAX_BYTES)
    return ObservedJournal(database, observe)
