"""Read a journal that no desk holds, and write it out as lines."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from pydantic_core import to_json

from engine.journal.database import check_pages, check_schema, refusal, sealed_events
from engine.journal.errors import JournalError
from engine.orders.events import Event


def read_events(path: Path | str) -> Iterator[tuple[int, Event]]:
    """Every event of the journal at `path`, oldest first, with its sequence number.

    Nothing is added or changed. A write-ahead log that a crash left behind is folded in first,
    as SQLite asks; every batch is checked against its seal before it is handed out.

    Raises:
        JournalError: missing, foreign, newer, torn, locked or denied; the sentence says what to
            do. It may come after good events, from the batch that is damaged.
    """
    path = Path(path)
    if not path.is_file():
        raise JournalError("missing", f"there is no journal at {path}; check the path or the run")
    left_over = path.with_name(path.name + "-wal").exists()
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
                raise JournalError("foreign", f"{path} is empty, not a journal; name another file")
            connection.execute("PRAGMA query_only=ON")
            check_schema(connection, path)
            check_pages(connection, path)
        except sqlite3.Error as error:
            raise refusal(path, error) from None
        yield from sealed_events(connection, path)


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
