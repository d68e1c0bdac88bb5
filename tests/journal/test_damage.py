"""A journal that is missing, foreign, newer, damaged or unknown is refused with a remedy."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from engine.journal.database import FIRST_SEAL, seal_of
from engine.journal.opening import open_journal
from engine.journal.reading import read_events
from engine.run_folder.errors import JournalError
from tests.support.hand_written_runs import day


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "j.db"
    with open_journal(path, durable=False) as journal:
        for number, event in enumerate(day(4, 300).events):
            journal.append(event)
            if number % 100 == 99:
                journal.flush()
    return path


def change(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def refused(path: Path) -> JournalError:
    with pytest.raises(JournalError) as caught:
        list(read_events(path))
    return caught.value


def test_a_missing_journal_is_named(tmp_path: Path) -> None:
    error = refused(tmp_path / "none.db")
    assert error.code == "missing"
    assert "none.db" in str(error)
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize(
    ("content", "code"), [(b"hello, world. " * 500, "foreign"), (b"", "empty")]
)
def test_what_is_not_a_database_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    assert refused(path).code == code
    assert path.read_bytes() == content


def test_another_programs_database_is_refused_both_ways(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    change(path, "CREATE TABLE t(x)")
    assert refused(path).code == "foreign"
    with pytest.raises(JournalError, match="not a journal of this desk"):
        open_journal(path)


def test_a_newer_journal_says_which_version_to_use(written: Path) -> None:
    change(written, "UPDATE meta SET value = '99' WHERE key = 'schema'")
    error = refused(written)
    assert (error.code, "later one" in str(error)) == ("newer", True)
    with pytest.raises(JournalError, match="schema 99"):
        open_journal(written)


def test_a_changed_batch_no_longer_fits_its_seal(written: Path) -> None:
    good = list(read_events(written))
    change(
        written,
        "UPDATE batches SET body = CAST(replace(CAST(body AS TEXT), 'timeout', 'timeouT') AS BLOB) "
        "WHERE last = 300",
    )
    found = []
    with pytest.raises(JournalError, match="201 to 300 were changed") as caught:
        for each in read_events(written):
            found.append(each)
    assert caught.value.code == "torn"
    assert found == good[:200]


def test_a_batch_that_is_gone_is_missed(written: Path) -> None:
    change(written, "DELETE FROM batches WHERE last = 200")
    assert "rows 101 to 300 are not complete" in str(refused(written))


def test_a_file_cut_short_is_refused(written: Path) -> None:
    with written.open("r+b") as file:
        file.truncate(written.stat().st_size // 2)
    assert refused(written).code == "torn"
    with pytest.raises(JournalError) as caught:
        open_journal(written)
    assert caught.value.code == "torn"


def test_a_page_of_rubbish_is_refused(written: Path) -> None:
    with written.open("r+b") as file:
        file.seek(written.stat().st_size // 2)
        file.write(b"\xff" * 4096)
    assert refused(written).code == "torn"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'[["OrderTeleported"],[[1,2,3]]]', "unknown"),
        (b'[["OrderSent"],[[1,2]]]', "torn"),
        (b'[["OrderSent"],[]]', "torn"),
        (b'[["OrderSent"],[[1,', "torn"),
        (b"7", "torn"),
    ],
)
def test_a_batch_that_no_journal_wrote_is_refused_by_its_row(
    tmp_path: Path, body: bytes, code: str
) -> None:
    path = tmp_path / "j.db"
    open_journal(path, durable=False).close()
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(
            "INSERT INTO batches VALUES(1, 1, ?, ?, 0)", (body, seal_of(FIRST_SEAL, 1, 1, body))
        )
    connection.close()
    error = refused(path)
    assert error.code == code
    assert "row" in str(error)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot be written") as caught:
        open_journal(tmp_path / "file" / "j.db")
    assert caught.value.code == "denied"
