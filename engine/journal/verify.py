"""Verify a journal from end to end: pages, seals, sequence, and that every row can be read."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from engine.journal.database import schema_of, sealed_events
from engine.journal.reading import looked_into
from engine.run_folder.errors import JournalError


@dataclass(frozen=True, slots=True)
class Verified:
    """What a journal holds, and what is wrong with it.

    Args:
        schema, run: as the file says.
        commits, events: how many are good, counted from the first.
        first_ms, last_ms: epoch milliseconds of the first and the last good event.
        bad_row: sequence number of the first row that is not good; None where all are.
        problem: one sentence; "" where there is none.
    """

    schema: int
    run: str
    commits: int
    events: int
    first_ms: int
    last_ms: int
    bad_row: int | None
    problem: str


def verify_journal(path: Path) -> Verified:
    """Read every row of a journal that no desk holds, and SQLite's own check of all its pages.

    Raises:
        JournalError: missing, foreign, newer, locked or denied: there is nothing to verify.
    """
    events = first_ms = last_ms = 0
    bad_row: int | None = None
    problem = wrong_time = ""
    with looked_into(path) as connection:
        schema, run = schema_of(connection), _run(connection)
        try:
            begins = _begins(connection, schema)
            for seq, event in sealed_events(connection, path):
                first_ms, last_ms, events = first_ms or event[0], event[0], seq
                if not wrong_time and begins.get(seq, event[0]) != event[0]:
                    wrong_time = f"the commit of row {seq} says another time than the row"
        except JournalError as error:
            bad_row, problem = events + 1, str(error)
        problem = problem or _pages(connection) or wrong_time
        commits = _commits(connection, events)
    return Verified(schema, run, commits, events, first_ms, last_ms, bad_row, problem)


def _run(connection: sqlite3.Connection) -> str:
    row = connection.execute("SELECT value FROM meta WHERE key='run'").fetchone()
    return "" if row is None else str(row[0])


def _pages(connection: sqlite3.Connection) -> str:
    """What SQLite says of the file's pages; "" where they are sound."""
    try:
        result = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        result = str(error)
    if result == "ok":
        return ""
    where = result.strip().splitlines()[-1]
    return f"every row fits its seal, but the file's pages do not hang together: {where}"


def _begins(connection: sqlite3.Connection, schema: int) -> dict[int, int]:
    """When each commit says it begins, by its first row; the column is outside the seal."""
    if schema < 2:
        return {}
    try:
        return dict(connection.execute("SELECT first, at_ms FROM batches"))
    except sqlite3.Error:
        return {}  # the pages are damaged: reading the rows says where


def _commits(connection: sqlite3.Connection, last: int) -> int:
    try:
        row = connection.execute("SELECT count(*) FROM batches WHERE last<=?", (last,)).fetchone()
    except sqlite3.Error:
        return 0
    return int(row[0])
