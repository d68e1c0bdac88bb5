"""Journals of earlier schemas brought to the present one, a copy of the old file kept first."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from engine.run_folder.errors import JournalError

TEXT: Final = """CASE WHEN json_valid(CAST(body AS TEXT)) THEN CAST(body AS TEXT) ELSE
  replace(replace(replace(replace(CAST(body AS TEXT), ',-Infinity', ',null'), ',Infinity', ',null'),
    ',NaN', ',null'), ':NaN', ':null') END"""
"""A batch's body as JSON text: early versions wrote numbers that JSON does not have."""

EVENTS_VIEW: Final = f"""CREATE VIEW events(seq, at_ms, kind, fields) AS
  SELECT first + each.key, json_extract(each.value, '$[0]'),
    json_extract(text, '$[0][' || each.key || ']'), each.value
  FROM (SELECT first, {TEXT} AS text FROM batches), json_each(text, '$[1]') AS each"""
"""One row an event, for whoever looks with SQL."""

STEPS: Final[dict[int, tuple[str, ...]]] = {
    1: (
        "ALTER TABLE batches ADD COLUMN at_ms INTEGER NOT NULL DEFAULT 0",
        f"UPDATE batches SET at_ms = json_extract({TEXT}, '$[1][0][0]')",
    ),
    2: ("DROP VIEW events", EVENTS_VIEW),
}
"""What brings schema n to n + 1; bodies and seals stay as they are, so nothing is sealed anew.

1: each batch says when it begins (at_ms, epoch milliseconds of its first event), so that a reader
finds a time without unpacking the rows before it.
2: the view shows rows with numbers that are not finite, as null, instead of failing at the first.
"""


def copy_of(path: Path, schema: int) -> Path:
    """Where the copy of a journal is kept that had another schema."""
    return path.with_name(f"{path.stem}.v{schema}{path.suffix}")


def migrate(connection: sqlite3.Connection, path: Path | str, present: int, wanted: int) -> None:
    """Bring a journal from schema `present` to `wanted`, all of it or nothing.

    Args:
        connection: the journal's only one, holding the file exclusively.
        path: the file; a copy as it was is left beside it, see `copy_of`.
        present, wanted: schemas.

    Raises:
        JournalError: "migration", where the copy or the change could not be made; the journal is
            as it was.
    """
    if present == wanted:
        return
    try:
        if isinstance(path, Path):
            _keep_copy(connection, path, copy_of(path, present))
        connection.execute("BEGIN EXCLUSIVE")
        try:
            for schema in range(present, wanted):
                for statement in STEPS[schema]:
                    connection.execute(statement)
            connection.execute("UPDATE meta SET value=? WHERE key='schema'", (str(wanted),))
            connection.execute("COMMIT")
        except sqlite3.Error:
            connection.execute("ROLLBACK")
            raise
    except (sqlite3.Error, OSError) as error:
        raise JournalError(
            "migration",
            f"{path} has schema {present} and could not be brought to {wanted} ({error}); it is as "
            "it was: free the disk or mend the folder's rights, then open it again",
        ) from None


def _keep_copy(connection: sqlite3.Connection, path: Path, copy: Path) -> None:
    """Copy the journal, owner-only, whole or not at all, and look that the copy ends as it does."""
    draft = copy.with_name(f".{copy.name}.{os.getpid()}")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
    try:
        with closing(sqlite3.connect(draft, isolation_level=None)) as kept:
            connection.backup(kept)
            if _end(kept) != _end(connection) or not _sound(kept):
                raise OSError(f"the copy {copy.name} does not hold what {path.name} does")
            kept.execute("PRAGMA journal_mode=DELETE").fetchall()
        draft.replace(copy)
    finally:
        draft.unlink(missing_ok=True)
    handle = os.open(copy.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _end(connection: sqlite3.Connection) -> object:
    return connection.execute(
        "SELECT count(*), max(last), (SELECT seal FROM batches ORDER BY last DESC LIMIT 1) "
        "FROM batches"
    ).fetchone()


def _sound(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
