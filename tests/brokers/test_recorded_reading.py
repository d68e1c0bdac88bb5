"""Reading a session's two files: what is accepted, and what is refused with which message."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.brokers.recorded import SessionFacts, SessionFileError, read_session
from engine.brokers.recorded import columns as columns_module
from engine.brokers.recorded import session as session_module
from tests.support.recorded_files import EXPIRATION, OPEN, SCHEMA, at, row, write_session


def table(folder: Path) -> pa.Table:
    return pq.read_table(folder / "quotes.parquet")


def replaced(name: str, array: Any) -> Callable[[Path], None]:
    """Return a change that puts another array in the place of one column."""

    def change(folder: Path) -> None:
        given = table(folder)
        position = given.schema.get_field_index(name)
        pq.write_table(
            given.set_column(position, name, pa.array(array) if isinstance(array, list) else array),
            folder / "quotes.parquet",
        )

    return change


def fact(key: str, value: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        facts = json.loads((folder / "session.json").read_text())
        facts[key] = value
        if value is None:
            del facts[key]
        (folder / "session.json").write_text(json.dumps(facts))

    return change


def text(name: str, content: bytes) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return change


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def dropped(column: str) -> Callable[[Path], None]:
    return lambda folder: pq.write_table(
        table(folder).drop_columns([column]), folder / "quotes.parquet"
    )


def rows_of(folder: Path, rows: list[dict[str, Any]]) -> None:
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), folder / "quotes.parquet")


THREE = [row(1, bid=1.0, ask=1.2), row(2, bid=1.1, ask=1.3), row(2, "P", bid=2.0, ask=2.1)]
NAN, INF = float("nan"), float("inf")
stamp = pa.timestamp("ms", "UTC")
BAD: list[tuple[str, Callable[[Path], None], tuple[str, ...]]] = [
    ("no quotes", without("quotes.parquet"), ("quotes.parquet: is missing; name a folder",)),
    ("no facts", without("session.json"), ("session.json: is missing; name a folder",)),
    (
        "not parquet",
        text("quotes.parquet", b"strike,bid\n100,1\n"),
        ("quotes.parquet: is not a readable parquet file", "record or download it again"),
    ),
    (
        "no rows",
        lambda folder: rows_of(folder, []),
        ("quotes.parquet: holds no rows; choose another session",),
    ),
    (
        "column missing",
        dropped("ask_size"),
        ("quotes.parquet, column ask_size: is missing; write every column once",),
    ),
    (
        "column twice",
        lambda folder: pq.write_table(
            table(folder).append_column("bid", pa.array([1.0, 1.0, 1.0])),
            folder / "quotes.parquet",
        ),
        (", column bid: occurs more than once; write every column once",),
    ),
    (
        "text prices",
        replaced("bid", ["1", "2", "3"]),
        (", column bid: has the type string; write it as numbers",),
    ),
    (
        "number rights",
        replaced("right", [1, 2, 3]),
        (", column right: has the type int64; write it as text",),
    ),
    (
        "local time",
        replaced("ts", pa.array([1, 2, 3], pa.timestamp("ms"))),
        (", column ts: has the type timestamp[ms]; write it as timestamps with the zone UTC",),
    ),
    (
        "text dates",
        replaced("expiration", ["2024-03-15"] * 3),
        (", column expiration: has the type string; write it as dates",),
    ),
    (
        "too fine",
        replaced("ts", pa.array([1_000_000, 2_000_001, 2_000_001], pa.timestamp("us", "UTC"))),
        (", column ts: is finer than a millisecond; round it",),
    ),
    (
        "null ts",
        replaced("ts", pa.array([1000, None, 2000], stamp)),
        (", column ts, row 2: is null; give it a value or remove the row",),
    ),
    (
        "ancient",
        replaced("ts", pa.array([-5, 1000, 2000], stamp)),
        (", column ts, row 1: is not between 1970 and 2200; correct it",),
    ),
    (
        "unsorted",
        replaced("ts", pa.array([2000, 3000, 1000], stamp)),
        (", column ts, row 3: is before the row above it; sort the rows by ts",),
    ),
    (
        "repeated",
        lambda folder: rows_of(folder, [THREE[0], THREE[1], THREE[2], THREE[1]]),
        (", column ts, row 4: is a second row of its contract in its bar; keep the last row",),
    ),
    (
        "right",
        replaced("right", ["C", "call", "P"]),
        (", column right, row 2: 'call' is not a right; write C for a call, P for a put",),
    ),
    (
        "null right",
        replaced("right", ["C", "P", None]),
        (", column right, row 3: is null; give it a value",),
    ),
    (
        "strike 0",
        replaced("strike", [100.0, 100.0, 0.0]),
        (", column strike, row 3: a strike must be positive; remove or correct the row",),
    ),
    (
        "strike below 0",
        replaced("strike", [100.0, -5.0, 100.0]),
        (", column strike, row 2: a strike must be positive",),
    ),
    (
        "all strikes null",
        replaced("strike", pa.array([None] * 3, pa.float64())),
        (", column strike, row 1: is null",),
    ),
    (
        "NaN",
        replaced("ask", [1.2, NAN, NAN]),
        (", column ask, row 2: is NaN; correct it, or write null where the value is unknown",),
    ),
    (
        "NaN beside null",
        replaced("bid", [None, 1.0, NAN]),
        (", column bid, row 3: is NaN",),
    ),
    ("infinite", replaced("iv", [0.2, 0.2, INF]), (", column iv, row 3: is infinite",)),
    (
        "negative",
        replaced("bid", [1.0, -0.05, 2.0]),
        (", column bid, row 2: must not be negative; correct it, or write null",),
    ),
    (
        "negative size",
        replaced("ask_size", [1, 1, -1]),
        (", column ask_size, row 3: must not be negative",),
    ),
    (
        "worthless underlying",
        replaced("underlying_price", [100.0, 0.0, 100.0]),
        (", column underlying_price, row 2: must be positive",),
    ),
    (
        "symbol",
        replaced("symbol", ["XYZ", "X\x1b[2J", "XYZ"]),
        (", column symbol, row 2: 'X?[2J' is not an option root; use letters and digits",),
    ),
    (
        "expiration long ago",
        replaced("expiration", pa.array([date(1950, 1, 1)] * 3, pa.date32())),
        (", column expiration, row 1: is not between 1970 and 2200",),
    ),
    ("kind", fact("kind", "ticks"), ("session.json, key kind: 'ticks': ", "; correct it")),
    ("no kind", fact("kind", None), ("session.json, key kind: is missing; add it",)),
    ("multiplier", fact("multiplier", 0), ("session.json, key multiplier: 0: ", "; correct it")),
    ("style", fact("style", "Bermudan"), ("session.json, key style: 'Bermudan': ",)),
    (
        "bar",
        fact("bar", "a while"),
        ("session.json, key bar: 'a while' is not the length of a bar; write one such as",),
    ),
    ("no bar", fact("bar", None), ("session.json, key bar: None is not the length of a bar",)),
    ("not JSON", text("session.json", b"{"), ("session.json: is not JSON (", "; correct it")),
    ("no object", text("session.json", b"[]"), ("session.json: is not a JSON object; write one",)),
    ("not UTF-8", text("session.json", b"\xff{}"), ("session.json: is not UTF-8",)),
    (
        "huge facts",
        text("session.json", b" " * 1_000_001),
        ("session.json: it is larger than 1,000,000 bytes; put",),
    ),
    (
        "other rows",
        fact("rows", 4),
        ("session.json, key rows: says 4, and quotes.parquet holds 3; take both files from",),
    ),
]


@pytest.mark.parametrize(
    ("change", "pieces"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD]
)
def test_a_bad_file_is_refused_by_file_column_row_and_remedy(
    tmp_path: Path, change: Callable[[Path], None], pieces: tuple[str, ...]
) -> None:
    folder = write_session(tmp_path / "small", THREE)
    change(folder)
    with pytest.raises(SessionFileError) as refusal:
        read_session(folder)
    message = str(refusal.value)
    assert all(piece in message for piece in pieces), message
    assert message.startswith(str(folder)) and "\n" not in message
    assert refusal.value.remedy and refusal.value.code == "SESSION_FILE"


def test_the_untouched_file_behind_the_refusals_is_accepted(tmp_path: Path) -> None:
    session = read_session(write_session(tmp_path, THREE))
    assert session.rows == 3
    assert session.symbols == ("XYZ",)
    assert session.bars_s.tolist() == [at(1), at(2)]
    assert (session.first_s, session.last_s) == (at(1), at(2))
    assert session.fields == ("bid", "ask")


def test_dictionary_text_narrow_numbers_and_microseconds_are_read_alike(tmp_path: Path) -> None:
    folder = write_session(tmp_path, THREE)
    given = table(folder)
    changes = {
        "symbol": given["symbol"].combine_chunks().dictionary_encode(),
        "right": given["right"].cast(pa.string()),
        "ts": given["ts"].cast(pa.timestamp("us", "UTC")),
        "strike": given["strike"].cast(pa.int64()),
        "iv": pa.nulls(3),
    }
    for name, array in changes.items():
        replaced(name, array)(folder)
    session = read_session(folder)
    assert session.bars_s.tolist() == [at(1), at(2)]
    assert session.series[0, "XYZ", EXPIRATION].strikes.tolist() == [100.0]


def test_facts_say_style_settlement_and_the_length_of_a_bar() -> None:
    def facts(style: str, bar: str | None = "1min") -> SessionFacts:
        return SessionFacts(name="x", kind="intraday_updates", multiplier=100, style=style, bar=bar)

    american = facts("American, physical")
    assert (american.exercise, american.settlement) == ("american", "physical")
    european = facts("European, cash (PM)")
    assert (european.exercise, european.settlement) == ("european", "cash")
    future = facts("American on futures (ES Mar/Jun 2020)")
    assert (future.exercise, future.settlement) == ("american", "physical")
    assert [f.on_futures for f in (american, european, future)] == [False, False, True]
    lengths = {"1min": 60, "90s": 90, "1h": 3600, "30sec": 30, "eod": None, None: None}
    assert {bar: facts("American", bar).bar_s for bar in lengths} == lengths


def test_text_of_the_facts_is_printable_and_bounded(tmp_path: Path) -> None:
    folder = write_session(tmp_path, THREE, name="\x1b[31mred\n", note="n" * 9_000)
    facts = read_session(folder).facts
    assert facts.name == "[31mred"
    assert len(facts.note) == 500


def test_a_bar_that_ends_at_midnight_in_new_york_belongs_to_the_day_before(tmp_path: Path) -> None:
    midnight = (datetime(2024, 3, 6, 5, tzinfo=UTC) - OPEN).total_seconds() / 60
    rows = [row(minute, bid=1.0, ask=1.2) for minute in (1, midnight, midnight + 1)]
    days = read_session(write_session(tmp_path, rows)).days
    assert [(day.date, day.first_bar, day.end_bar) for day in days] == [
        (date(2024, 3, 5), 0, 2),
        (date(2024, 3, 6), 2, 3),
    ]


def test_a_file_too_large_to_hold_is_refused_before_it_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = [row(3, bid=1.0, ask=1.2, symbol=name) for name in ("A", "B")]
    folder = write_session(tmp_path, THREE + other)
    monkeypatch.setattr(session_module, "MOST_ROWS", 8)
    with pytest.raises(SessionFileError, match="column symbol: holds 3 symbols in 3 bars; split"):
        read_session(folder)
    monkeypatch.setattr(columns_module, "MOST_ROWS", 4)
    with pytest.raises(SessionFileError, match="holds 5 rows; split it; 4 are the most"):
        read_session(folder)
