"""The file behind a journal: its schema, its opening, its sealed batches of events.

A commit is one row: a batch of consecutive events with a seal, a hash over the batch and the seal
before it. Events that were changed, lost or added by anything but a journal do not fit their seal.
The view `events` shows one row an event to whoever looks with SQL.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import Final

from engine.journal.encoding import decode, encode
from engine.journal.migration import EVENTS_VIEW, migrate
from engine.journal.write_ahead_log import PAGE, keep_damaged_log
from engine.orders.events import Event
from engine.run_folder.errors import JournalError
from engine.run_folder.lock import can_lock, unlockable

SCHEMA: Final = 3
APPLICATION: Final = 0x4C44_4A4C
"""SQLite's application id, "LDJL": tells a journal from any other database."""

FIRST_SEAL: Final = bytes(32)
_CHECKPOINT_BYTES: Final = 4 * 2**20

_TABLES: Final = f"""
CREATE TABLE batches(
  last INTEGER PRIMARY KEY, first INTEGER NOT NULL, body BLOB NOT NULL, seal BLOB NOT NULL,
  at_ms INTEGER NOT NULL DEFAULT 0);
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
{EVENTS_VIEW}
"""


def seal_of(before: bytes, first: int, last: int, body: bytes) -> bytes:
    """The seal of a batch: hash of the seal before it, its numbers and its body."""
    digest = blake2b(before, digest_size=32)
    digest.update(b"%d-%d " % (first, last))
    digest.update(body)
    return digest.digest()


class Database:
    """One connection, owned by one journal; the caller lets one thread use it at a time.

    Args:
        path: the file, or ":memory:".
        durable: whether a commit waits for the disk.
        run: written into a new journal's meta table.
        max_bytes: the file never grows beyond; a batch that would fails as on a full disk.

    Raises:
        JournalError: not a journal, newer, torn, held by somebody else, or not permitted.
    """

    def __init__(self, path: Path | str, *, durable: bool, run: str, max_bytes: int) -> None:
        self.path = path
        if isinstance(path, Path):
            _create_private(path)
            keep_damaged_log(path)
        try:
            self.connection = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=1.0
            )
        except sqlite3.Error as error:
            raise refusal(path, error) from None
        try:
            self._prepare(durable, run, max_bytes)
        except sqlite3.Error as error:
            self.connection.close()
            raise refusal(path, error) from None
        except JournalError:
            self.connection.close()
            raise

    def _prepare(self, durable: bool, run: str, max_bytes: int) -> None:
        ask = self.connection.execute
        ask("PRAGMA locking_mode=EXCLUSIVE")
        new = ask("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if not new:
            check_schema(self.connection, self.path)
        mode = ask("PRAGMA journal_mode=WAL").fetchone()[0]
        if isinstance(self.path, Path) and mode != "wal":
            raise JournalError(
                "denied",
                f"{self.path} can have no write-ahead log on its file system; set state_dir to a "
                "folder on a local disk",
            )
        ask(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
        ask("PRAGMA fullfsync=ON")
        ask("PRAGMA wal_autocheckpoint=0")
        if new:
            ask("BEGIN EXCLUSIVE")
            for statement in _TABLES.split(";"):
                ask(statement)
            ask("INSERT INTO meta VALUES('schema', ?), ('run', ?)", (str(SCHEMA), run))
            ask(f"PRAGMA application_id={APPLICATION}")
            ask("COMMIT")
        else:
            check_pages(self.connection, self.path)
            migrate(self.connection, self.path, schema_of(self.connection), SCHEMA)
        ask(f"PRAGMA max_page_count={max(max_bytes // PAGE, 16)}")
        row = ask("SELECT last, seal FROM batches ORDER BY last DESC LIMIT 1").fetchone()
        self.seq: int = row[0] if row else 0
        self._seal: bytes = row[1] if row else FIRST_SEAL
        self._unfolded = 0

    def write(self, events: Sequence[Event]) -> None:
        """Commit the events that follow those written, all or none.

        Raises:
            sqlite3.Error: they are not in the journal (disk full, input or output error).
            JournalError: one of them is not JSON; none is in the journal.
        """
        body = encode(events)
        first, last = self.seq + 1, self.seq + len(events)
        seal = seal_of(self._seal, first, last, body)
        row = last, first, body, seal, events[0][0]
        self.connection.execute("INSERT INTO batches VALUES(?,?,?,?,?)", row)
        self.seq = last
        self._seal = seal
        self._unfolded += len(body) + PAGE
        if self._unfolded >= _CHECKPOINT_BYTES:
            self.checkpoint()

    def checkpoint(self) -> None:
        """Move what is in the write-ahead log into the database file."""
        self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        self._unfolded = 0

    def close(self) -> None:
        """Fold the write-ahead log into the file, so that it can be read anywhere, and let go."""
        try:
            self.connection.execute("PRAGMA journal_mode=DELETE").fetchall()
        finally:
            self.connection.close()


def sealed_events(
    connection: sqlite3.Connection, path: Path | str, since_ms: int = 0
) -> Iterator[tuple[int, Event]]:
    """Every event with its sequence number, each batch checked against its seal first.

    Args:
        connection, path: the journal.
        since_ms: epoch milliseconds; batches that end before are left out, their rows unread.

    Raises:
        JournalError: "torn" at the first batch that does not fit; what came before is good.
    """
    done, before = 0, FIRST_SEAL
    try:
        if since_ms and schema_of(connection) >= 2:
            done, before = _just_before(connection, since_ms)
        for first, last, body, seal in connection.execute(
            "SELECT first, last, body, seal FROM batches WHERE last>? ORDER BY last", (done,)
        ):
            if first != done + 1 or last < first:
                raise torn(path, f"rows {done + 1} to {last} are not complete")
            if not isinstance(body, bytes) or seal_of(before, first, last, body) != seal:
                raise torn(path, f"rows {first} to {last} were changed after they were written")
            yield from decode(first, last, body)
            done, before = last, seal
    except sqlite3.Error as error:
        raise refusal(path, error) from None


def _just_before(connection: sqlite3.Connection, since_ms: int) -> tuple[int, bytes]:
    """Last row and seal of the batches that surely end before a time: all but the last that
    begins before it.
    """
    rows = connection.execute(
        "SELECT last, seal FROM batches WHERE at_ms<? ORDER BY last DESC LIMIT 2", (since_ms,)
    ).fetchall()
    return rows[1] if len(rows) > 1 else (0, FIRST_SEAL)


def check_schema(connection: sqlite3.Connection, path: Path | str) -> None:
    """Refuse what is not a journal, or one of a later version."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
        raise JournalError(
            "foreign", f"{path} is a database, but not a journal of this desk; name another file"
        )
    schema = schema_of(connection)
    if not 1 <= schema <= SCHEMA:
        raise JournalError(
            "newer",
            f"{path} has schema {schema or '?'}, this version knows up to {SCHEMA}; "
            "use the version that wrote it, or a later one",
        )


def schema_of(connection: sqlite3.Connection) -> int:
    """The schema a journal says it has; 0 where it says none."""
    row = connection.execute("SELECT value FROM meta WHERE key='schema'").fetchone()
    return int(row[0]) if row is not None and str(row[0]).isdigit() else 0


def check_pages(connection: sqlite3.Connection, path: Path | str) -> None:
    """Refuse a file whose pages do not hang together."""
    result = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if result != "ok":
        raise torn(path, str(result).strip().splitlines()[-1])


def torn(path: Path | str, what: str) -> JournalError:
    """The error for a damaged journal."""
    return JournalError(
        "torn",
        f"{path} is damaged: {what}. Keep the file, restore the last good copy, "
        "and compare positions with the broker before trading",
    )


def refusal(path: Path | str, error: sqlite3.Error) -> JournalError:
    """SQLite's error as a JournalError that says what to do."""
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        if not can_lock(Path(path).parent):
            return unlockable(Path(path).parent)
        return JournalError(
            "locked",
            f"{path} is held by a running desk; ask that desk (legdesk status), or stop it first",
        )
    if name.startswith("SQLITE_NOTADB"):
        return JournalError(
            "foreign", f"{path} is not a journal (not a database at all); name another file"
        )
    if name.startswith("SQLITE_CORRUPT"):
        return torn(path, str(error))
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM")):
        return JournalError(
            "denied", f"{path} cannot be opened ({error}); check its owner and its folder's"
        )
    if name.startswith(("SQLITE_IOERR", "SQLITE_PROTOCOL")) and not can_lock(Path(path).parent):
        return unlockable(Path(path).parent)
    if name.startswith("SQLITE_FULL"):
        return JournalError("full", f"{path} cannot be written: {error}; free the disk")
    return JournalError("torn", f"{path} cannot be used: {error}; check the disk")


def _create_private(path: Path) -> None:
    """Make the file, and its folder where it is missing, for the owner alone."""
    try:
        if not path.parent.is_dir():
            for folder in reversed(list(chain([path.parent], path.parent.parents))):
                if not folder.is_dir():
                    folder.mkdir(mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise JournalError(
            "denied",
            f"{path} cannot be written: {error.strerror or error}; check who owns it and its "
            "folder",
        ) from None
