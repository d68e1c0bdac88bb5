"""Events that a journal had and has no more: its write-ahead log and the exchange's record tell."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from engine.config.regular_files import MOST_OWN_BYTES, read_bytes
from engine.journal.encoding import decode
from engine.journal.reading import looked_into
from engine.journal.write_ahead_log import kept_log_of, lost_pages
from engine.run_folder.errors import JournalError
from engine.run_folder.paths import RunPlaces

_MARKS: Final = re.compile(rb'^\{"journal_seq": (\d+)\}$', re.MULTILINE)
_EXCHANGE: Final = ZoneInfo("America/New_York")

ACCEPTED: Final = "lost"
"""The folder to which a resume that accepts the loss moves what told of it."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What a journal lacks.

    Args:
        last: the last row it has.
        after_ms: epoch milliseconds of that row; 0 where it has none.
        recorded: the last row of which the exchange's record tells; None where that says nothing.
        pages: pages of the write-ahead log that are damaged, or behind one that is.
    """

    last: int
    after_ms: int
    recorded: int | None
    pages: int

    def __str__(self) -> str:
        since = "the beginning"
        if self.after_ms:
            since = f"{datetime.fromtimestamp(self.after_ms / 1000, _EXCHANGE):%Y-%m-%d %H:%M:%S}"
        count = "an unknown number of events is"
        if self.recorded is not None:
            lost = self.recorded - self.last
            count = "1 event is" if lost == 1 else f"{lost:,} events are"
        log = ""
        if self.pages == 1:
            log = "; the last page of its log is damaged"
        elif self.pages:
            log = f"; {self.pages} pages of its log are damaged or follow one that is"
        record = "" if self.recorded is None else f"; the exchange has {self.recorded:,} on record"
        return f"{count} missing after row {self.last:,}, from {since} on{record}{log}"


def missing_events(places: RunPlaces) -> Missing | None:
    """What the journal of a run that no desk holds lacks; None where nothing is known to.

    One addition of the exchange may be ahead of the journal: a desk that is killed between the
    two writes leaves it so, and nothing had been told of that row.

    Raises:
        JournalError: the journal cannot be read.
    """
    journal = places.journal
    with looked_into(journal) as connection:
        last, after_ms = _end(connection)
    kept = kept_log_of(journal)
    pages = lost_pages(read_bytes(kept, MOST_OWN_BYTES)) if kept.exists() else 0
    ahead = {seq for seq in _marks((places.ledger, places.wire)) if seq > last}
    if not pages and len(ahead) < 2:
        return None
    return Missing(last, after_ms, max(ahead, default=None), pages)


def accept_loss(places: RunPlaces) -> None:
    """Move aside what tells of missing events: the run goes on without them.

    Raises:
        OSError: the disk's own.
    """
    number = 1
    while (folder := places.folder / f"{ACCEPTED}-{number}").exists():
        number += 1
    folder.mkdir(mode=0o700)
    for path in (places.ledger, places.wire):
        if path.exists():
            shutil.copy2(path, folder / path.name)
    kept = kept_log_of(places.journal)
    if kept.exists():
        kept.replace(folder / kept.name)


def _marks(files: Iterable[Path]) -> Iterable[int]:
    """Rows of the journal for which the exchange has written something."""
    for path in files:
        try:
            data = read_bytes(path, MOST_OWN_BYTES)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise JournalError(
                "denied", f"{path} cannot be read: {error.strerror or error}; check its owner"
            ) from None
        yield from (int(mark) for mark in _MARKS.findall(data))


def _end(connection: sqlite3.Connection) -> tuple[int, int]:
    """The last row, and epoch milliseconds of the last row's event."""
    with closing(
        connection.execute("SELECT first, last, body FROM batches ORDER BY last DESC LIMIT 1")
    ) as rows:
        row = rows.fetchone()
    if row is None:
        return 0, 0
    first, last, body = row
    events = list(decode(first, last, body))
    return last, int(events[-1][1][0])
