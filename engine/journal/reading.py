"""Read a journal that no desk holds, and write it out as lines."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pydantic_core import to_json

from engine.journal.database import check_pages, check_schema, refusal, sealed_events
from engine.journal.encoding import decode
from engine.journal.write_ahead_log import keep_damaged_log, log_of
from engine.orders.events import Event, SessionEnded, SessionStarted
from engine.run_folder.errors import JournalError


def read_events(path: Path | str, since_ms: int = 0) -> Iterator[tuple[int, Event]]:
    """Every event of the journal at `path`, oldest first, with its sequence number.

    Nothing is added or changed. A write-ahead log that a crash left behind is folded in first,
    as SQLite asks; every batch is checked against its seal before it is handed out.

    Args:
        path: the journal.
        since_ms: epoch milliseconds; commits that ended before may be left out.

    Raises:
        JournalError: missing, foreign, newer, torn, locked or denied; the sentence says what to
            do. It may come after good events, from the batch that is damaged.
    """
    path = Path(path)
    with looked_into(path) as connection:
        try:
            check_pages(connection, path)
        except sqlite3.Error as error:
            raise refusal(path, error) from None
        yield from sealed_events(connection, path, since_ms)


@contextmanager
def looked_into(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a journal that no desk holds, for reading; its pages are not checked yet.

    Raises:
        JournalError: missing, empty, foreign, newer, locked or denied.
    """
    if not path.is_file():
        raise JournalError("missing", f"there is no journal at {path}; check the path or the run")
    left_over = log_of(path).exists()
    if left_over:
        keep_damaged_log(path)
    mode = "rw" if left_over else "ro"
    try:
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={mode}", uri=True, timeout=0.5, isolation_level=None
        )
    except sqlite3.Error as error:
        raise refusal(path, error) from None
    with closing(connection):
        try:
            if left_over:
                connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
                raise JournalError(
                    "empty",
                    f"{path} is empty: its desk died before anything traded; `legdesk run` begins "
                    "another run",
                )
            connection.execute("PRAGMA query_only=ON")
            check_schema(connection, path)
        except sqlite3.Error as error:
            raise refusal(path, error) from None
        yield connection


def end_reason(path: Path) -> str | None:
    """How the desk that wrote a journal came to its orderly end; None where it did not.

    Args:
        path: of a journal that no desk holds. Where its write-ahead log is left over the desk was
            killed, and nothing is opened.

    Raises:
        JournalError: it cannot be read.
    """
    if log_of(path).exists():
        return None
    reason: str | None = None
    with looked_into(path) as connection:
        try:
            row = connection.execute(
                "SELECT first, last, body FROM batches ORDER BY last DESC LIMIT 1"
            ).fetchone()
            for _, event in () if row is None else decode(*row):
                if isinstance(event, SessionStarted):
                    reason = None
                elif isinstance(event, SessionEnded):
                    reason = event.reason
        except (sqlite3.Error, ValueError, LookupError, TypeError) as error:
            raise JournalError("torn", f"{path} cannot be read: {error}") from None
    return reason


def first_session(path: Path) -> SessionStarted | None:
    """How the first session of a journal began; None where none did.

    Raises:
        JournalError: it cannot be read.
    """
    with looked_into(path) as connection:
        try:
            row = connection.execute(
                "SELECT first, last, body FROM batches ORDER BY last LIMIT 1"
            ).fetchone()
            events = [] if row is None else [event for _, event in decode(*row)]
        except (sqlite3.Error, ValueError, LookupError, TypeError) as error:
            raise JournalError("torn", f"{path} cannot be read: {error}") from None
    return next((event for event in events if isinstance(event, SessionStarted)), None)


def has_rows(path: Path) -> bool:
    """Whether a journal that no desk holds has any row.

    Raises:
        JournalError: it cannot be read.
    """
    with looked_into(path) as connection:
        return connection.execute("SELECT 1 FROM batches LIMIT 1").fetchone() is not None


def first_and_last_ms(path: Path) -> tuple[int, int] | None:
    """When the first and the last event of a journal were, epoch milliseconds; None for none.

    Raises:
        JournalError: it cannot be read.
    """
    found: list[int] = []
    with looked_into(path) as connection:
        try:
            for order in ("ASC", "DESC"):
                batches = connection.execute(
                    f"SELECT first, last, body FROM batches ORDER BY last {order} LIMIT 1"
                ).fetchall()
                found += [event[0] for batch in batches for _, event in decode(*batch)]
        except (sqlite3.Error, ValueError, LookupError, TypeError) as error:
            raise JournalError("torn", f"{path} cannot be read: {error}") from None
    return (min(found), max(found)) if found else None


def export_lines(events: Iterable[tuple[int, Event]]) -> Iterator[str]:
    """The canonical export: one JSON object a line, byte for byte the same for the same events.

    Keys come in a fixed order: seq, kind, at (epoch milliseconds), then the event's own fields in
    the order they are declared; an event's own `kind` is written as of_kind. Numbers that are not
    finite become null.
    """
    for seq, event in events:
        line: dict[str, object] = {"seq": seq, "kind": type(event).__name__, "at": event[0]}
        for name, value in zip(event._fields[1:], event[1:], strict=True):
            line["of_kind" if name == "kind" else name] = value
        yield to_json(line, inf_nan_mode="null").decode()
