"""A journal of an earlier schema is brought to the present one, and a copy of it is kept first."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from engine.journal import migration
from engine.journal.database import APPLICATION, FIRST_SEAL, SCHEMA, seal_of
from engine.journal.encoding import encode
from engine.journal.migration import copy_of
from engine.journal.opening import open_journal
from engine.journal.reading import read_events
from engine.journal.verify import verify_journal
from engine.orders import events as ev
from engine.run_folder.errors import JournalError
from tests.support.hand_written_runs import OPEN_MS, day

FIRST_SCHEMA = """
CREATE TABLE batches(
  last INTEGER PRIMARY KEY, first INTEGER NOT NULL, body BLOB NOT NULL, seal BLOB NOT NULL);
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE VIEW events(seq, at_ms, kind, fields) AS
  SELECT first + each.key, json_extract(each.value, '$[0]'),
    json_extract(CAST(body AS TEXT), '$[0][' || each.key || ']'), each.value
  FROM batches, json_each(CAST(body AS TEXT), '$[1]') AS each;
INSERT INTO meta VALUES('schema', '1'), ('run', 'r1');
"""
"""As the first version made it; never to be changed."""

EVENTS = day(7, 40).events


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A journal that the first version wrote, a few events a commit."""
    path = tmp_path / "journal.db"
    connection = sqlite3.connect(path)
    connection.executescript(FIRST_SCHEMA)
    connection.execute(f"PRAGMA application_id={APPLICATION}")
    seal, size = FIRST_SEAL, 7
    with connection:
        for start in range(0, len(EVENTS), size):
            batch = EVENTS[start : start + size]
            body = encode(batch)
            numbers = start + 1, start + len(batch)
            seal = seal_of(seal, *numbers, body)
            connection.execute(
                "INSERT INTO batches VALUES(?,?,?,?)", (numbers[1], numbers[0], body, seal)
            )
    connection.close()
    path.chmod(0o600)
    return path


def schema(path: Path) -> str:
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT value FROM meta WHERE key='schema'").fetchone()[0]
    connection.close()
    return str(found)


def test_the_first_schema_is_read_as_it_is_and_not_changed(first: Path) -> None:
    before = first.read_bytes()
    assert [event for _, event in read_events(first)] == EVENTS
    verified = verify_journal(first)
    assert (verified.schema, verified.events, verified.problem) == (1, len(EVENTS), "")
    assert first.read_bytes() == before


def test_opening_it_to_write_migrates_it_and_goes_on(first: Path) -> None:
    with open_journal(first, durable=False) as journal:
        assert journal.seq == len(EVENTS)
        journal.append(ev.SessionEnded(OPEN_MS * 2, "settled"))
    assert schema(first) == str(SCHEMA)
    assert [event for _, event in read_events(first)][:-1] == EVENTS
    verified = verify_journal(first)
    assert (verified.events, verified.problem) == (len(EVENTS) + 1, "")
    connection = sqlite3.connect(first)
    rows = connection.execute("SELECT first, at_ms FROM batches ORDER BY last").fetchall()
    connection.close()
    assert [at_ms for start, at_ms in rows[:-1]] == [EVENTS[start - 1][0] for start, _ in rows[:-1]]


def test_the_copy_is_the_journal_as_it_was_and_the_owners_alone(first: Path) -> None:
    open_journal(first, durable=False).close()
    copy = copy_of(first, 1)
    assert copy.name == "journal.v1.db"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert schema(copy) == "1"
    assert [event for _, event in read_events(copy)] == EVENTS
    kept = copy.read_bytes()
    open_journal(first, durable=False).close()
    assert copy.read_bytes() == kept, "a journal that has the schema is copied no more"
    assert sorted(each.name for each in first.parent.iterdir()) == ["journal.db", "journal.v1.db"]


def test_a_migrated_journal_and_a_new_one_have_the_same_shape(first: Path, tmp_path: Path) -> None:
    def shape(path: Path) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(path)
        rows = connection.execute("PRAGMA table_info(batches)").fetchall()
        connection.close()
        return rows

    open_journal(first, durable=False).close()
    open_journal(tmp_path / "new.db", durable=False).close()
    assert shape(first) == shape(tmp_path / "new.db")


@pytest.mark.parametrize("what", ["no room for the copy", "a step that fails"])
def test_a_migration_that_fails_leaves_the_journal_as_it_was(
    first: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    if what == "a step that fails":
        steps = {1: (*migration.STEPS[1], "INSERT INTO nowhere VALUES(1)")}
        monkeypatch.setattr(migration, "STEPS", steps)
    else:
        copy_of(first, 1).mkdir()  # nothing can be renamed onto a folder
    with pytest.raises(JournalError, match="it is as it was") as refused:
        open_journal(first)
    assert refused.value.code == "migration"
    assert schema(first) == "1"
    assert [event for _, event in read_events(first)] == EVENTS
    assert not [each for each in first.parent.iterdir() if each.name.startswith(".")]


def test_a_journal_of_a_later_schema_is_refused_and_no_copy_is_made(first: Path) -> None:
    connection = sqlite3.connect(first)
    with connection:
        connection.execute("UPDATE meta SET value=? WHERE key='schema'", (str(SCHEMA + 1),))
    connection.close()
    before = first.read_bytes()
    for look in (open_journal, lambda path: list(read_events(path)), verify_journal):
        with pytest.raises(JournalError, match="use the version that wrote it") as refused:
            look(first)
        assert refused.value.code == "newer"
    assert first.read_bytes() == before
    assert [each.name for each in first.parent.iterdir()] == ["journal.db"]


# ------------------------------------------------------------------ confirming


def tampered(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("harm", "row", "words"),
    [
        ("UPDATE batches SET body = body || ' ' WHERE last = 21", 15, "rows 15 to 21 were changed"),
        ("DELETE FROM batches WHERE last = 21", 15, "rows 15 to 28 are not complete"),
        ("UPDATE batches SET seal = zeroblob(32) WHERE last = 7", 1, "rows 1 to 7 were changed"),
        ("UPDATE batches SET at_ms = 5 WHERE last = 14", None, "the commit of row 8"),
    ],
)
def test_verifying_names_the_first_row_that_is_not_good(
    first: Path, harm: str, row: int | None, words: str
) -> None:
    open_journal(first, durable=False).close()
    tampered(first, harm)
    verified = verify_journal(first)
    assert verified.bad_row == row and words in verified.problem
    assert verified.events == (len(EVENTS) if row is None else row - 1)


def test_verifying_a_damaged_page_says_so(first: Path) -> None:
    open_journal(first, durable=False).close()
    with first.open("r+b") as file:
        file.seek(first.stat().st_size // 2 // 4096 * 4096)
        file.write(b"\xff" * 4096)
    verified = verify_journal(first)
    assert verified.problem and verified.bad_row is not None


def test_what_is_held_by_a_desk_cannot_be_verified(first: Path) -> None:
    with (
        open_journal(first, durable=False),
        pytest.raises(JournalError, match="held by a running desk"),
    ):
        verify_journal(first)


@pytest.mark.parametrize("migrated", [False, True])
def test_reading_since_a_time_leaves_out_only_what_ended_before(
    first: Path, migrated: bool
) -> None:
    if migrated:
        open_journal(first, durable=False).close()
    for _, event in list(enumerate(EVENTS))[:: len(EVENTS) // 6]:
        since_ms = event[0]
        wanted = [each for each in enumerate(EVENTS, 1) if each[1][0] >= since_ms]
        found = list(read_events(first, since_ms))
        assert [each for each in found if each[1][0] >= since_ms] == wanted
        assert len(found) <= (len(wanted) + 14 if migrated else len(EVENTS))
