"""No row holds a number that is not finite, and rows of early versions that do can be read."""

from __future__ import annotations

import json
import math
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.journal.database import SCHEMA, seal_of
from engine.journal.encoding import encode
from engine.journal.migration import EVENTS_VIEW, copy_of
from engine.journal.opening import open_journal
from engine.journal.reading import export_lines, read_events
from engine.journal.verify import verify_journal
from engine.orders import events as ev
from tests.support.hand_written_runs import OPEN_MS

ENDED = ev.SessionEnded(OPEN_MS + 2, "settled")
SAID = ev.TraderReleased(OPEN_MS + 1, "SYM0", "a text, NaN in it, and Infinity")
OLD_VIEW = """CREATE VIEW events(seq, at_ms, kind, fields) AS
  SELECT first + each.key, json_extract(each.value, '$[0]'),
    json_extract(CAST(body AS TEXT), '$[0][' || each.key || ']'), each.value
  FROM batches, json_each(CAST(body AS TEXT), '$[1]') AS each"""
"""As schema 2 had it; never to be changed."""


def intent(bid: float | None, ask: float | None) -> ev.OrderIntended:
    return ev.OrderIntended(
        OPEN_MS, "SYM0", "S1-0-1C2", 1, "C", 2, "C", 110.0, 100.0, 1, 996, bid, ask, 0.0, 1.0, "H1"
    )


def old_body(bid: float, ask: float) -> bytes:
    rows = [list(intent(bid, ask)), list(SAID)]
    return json.dumps([["OrderIntended", "TraderReleased"], rows], separators=(",", ":")).encode()


@pytest.fixture(params=[(math.nan, math.nan), (math.inf, -math.inf), (1.0, math.nan)])
def written_before(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A journal of schema 2 with an order that was intended without quotes."""
    path = tmp_path / "journal.db"
    with open_journal(path, durable=False) as journal:
        journal.append(ENDED._replace(at_ms=OPEN_MS - 1))
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("DROP VIEW events")
        connection.execute(OLD_VIEW)
        connection.execute("UPDATE meta SET value='2' WHERE key='schema'")
        seal = connection.execute("SELECT seal FROM batches").fetchone()[0]
        body = old_body(*request.param)
        row = (3, 2, body, seal_of(seal, 2, 3, body), OPEN_MS)
        connection.execute("INSERT INTO batches VALUES(?,?,?,?,?)", row)
    connection.close()
    return path


@given(st.floats(), st.floats())
def test_no_row_ever_holds_a_number_that_is_not_finite(bid: float, ask: float) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} was written")

    kinds, rows = json.loads(encode([intent(bid, ask)]), parse_constant=refuse)
    assert kinds == ["OrderIntended"]
    assert rows[0][11:13] == [each if math.isfinite(each) else None for each in (bid, ask)]


def test_a_journal_with_them_is_verified_and_read(written_before: Path) -> None:
    found = verify_journal(written_before)
    assert (found.events, found.schema, found.problem) == (3, 2, "")
    lines = [json.loads(line) for line in export_lines(read_events(written_before))]
    assert lines[1]["ask"] is None
    assert lines[1]["limit_c"] == 996


def test_opened_to_write_it_gets_a_view_that_shows_every_row(written_before: Path) -> None:
    with open_journal(written_before, durable=False) as journal:
        journal.append(ENDED)
    assert copy_of(written_before, 2).is_file()
    connection = sqlite3.connect(written_before)
    rows = connection.execute("SELECT seq, at_ms, kind FROM events ORDER BY seq").fetchall()
    connection.close()
    assert rows == [
        (1, OPEN_MS - 1, "SessionEnded"),
        (2, OPEN_MS, "OrderIntended"),
        (3, OPEN_MS + 1, "TraderReleased"),
        (4, OPEN_MS + 2, "SessionEnded"),
    ]
    found = verify_journal(written_before)
    assert (found.events, found.schema, found.problem) == (4, SCHEMA, "")


def test_a_journal_of_the_first_schema_that_has_them_is_migrated(written_before: Path) -> None:
    connection = sqlite3.connect(written_before)
    with connection:
        connection.execute("ALTER TABLE batches DROP COLUMN at_ms")
        connection.execute("UPDATE meta SET value='1' WHERE key='schema'")
    connection.close()
    open_journal(written_before, durable=False).close()
    found = verify_journal(written_before)
    assert (found.events, found.schema, found.problem) == (3, SCHEMA, "")


def test_a_commit_that_says_another_time_than_its_first_row_is_still_found(
    written_before: Path,
) -> None:
    connection = sqlite3.connect(written_before)
    with connection:
        connection.execute("UPDATE batches SET at_ms = at_ms + 1 WHERE first = 2")
    connection.close()
    assert verify_journal(written_before).problem == (
        "the commit of row 2 says another time than the row"
    )


def test_the_view_changes_nothing_in_a_body_that_is_json() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE batches(first INTEGER, body BLOB)")
    connection.execute("INSERT INTO batches VALUES(1, ?)", (encode([SAID]),))
    connection.execute(EVENTS_VIEW)
    fields = connection.execute("SELECT fields FROM events").fetchone()[0]
    connection.close()
    assert json.loads(fields) == list(SAID)
