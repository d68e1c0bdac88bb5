"""What an import refuses, with which sentence, and what it repairs and counts instead."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.brokers.imports import Filters, ImportFileError, ReadingOptions
from engine.brokers.recorded import SessionFileError
from tests.support import vendor_files as vendor
from tests.support.vendor_files import Quote, imported, minute, put, quotes, rows_of

CSV = vendor.ours(quotes())


def refusal(file: Path, **plan: Any) -> str:
    """What is said of a file that cannot be imported; nothing is left of the import."""
    with pytest.raises(SessionFileError) as error:
        imported(file, file.parent / "to", **plan)
    assert not (file.parent / "to").exists() or not list((file.parent / "to").iterdir())
    assert [each.name for each in file.parent.iterdir() if each.name.startswith(".to-")] == []
    return str(error.value)


def packed(of: bytes, to: bytes, *, last: bool = False) -> bytes:
    """A zip in which something of what it says of its file is something else."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a.csv", CSV)
    told = held.getvalue()
    at = told.rindex(of) if last else told.index(of)
    return told[:at] + to + told[at + len(of) :]


OTHER_NAME = packed(b"a.csv", b"b.csv")
OTHER_PACKING = packed(b"PK\x01\x02\x14\x03\x14\0\0\0\0\0", b"PK\x01\x02\x14\x03\x14\0\0\0\x63\0")
THETA = (
    "root,expiration,strike,right,ms_of_day,bid_size,bid,ask_size,ask,date\n"
    "XYZ,20261218,95000,C,34260000,52,6.05,42,6.15,20261120\n"
)


BROKEN: list[tuple[str, str, str | bytes, tuple[str, ...]]] = [
    ("empty", "a.csv", "", ("a.csv: is empty; download it again",)),
    ("header alone", "a.csv", CSV.splitlines()[0] + "\n", ("holds no rows; choose another file",)),
    ("in a line", "a.csv", CSV[:-10], ("a.csv, line 19: is cut in the middle: it has 7 fields, and the header has 9", "download it again")),
    ("short line", "a.csv", CSV.replace(",20\n", "\n", 2), ("line 2: has 8 fields", "line 3: has 8 fields", "correct or remove the line")),
    ("in gzip", "a.csv.gz", gzip.compress(CSV.encode() * 50)[:-200], ("breaks off in its compression", ", line ", "download it again")),
    ("in zip", "a.zip", b"PK\x03\x04" + b"x" * 100, ("a.zip: is not a readable zip", "download it again")),
    ("in parquet", "a.parquet", b"PAR1" + b"x" * 100, ("a.parquet: is not readable Parquet",)),
    ("UTF-16", "a.csv", CSV.encode("utf-16"), ("line 1: is not text in UTF-8; export it as CSV in UTF-8",)),
    ("a word for a price", "a.csv", CSV.replace("2.1,2.3", "abc,2.3", 1), ("a.csv, line 2, column bid: 'abc' is not a number; correct it",)),
    ("several reasons", "a.csv", CSV.replace(",C,95.0,2.1", ",X,95.0,abc", 1).replace("2026-12-18", "soon", 1), (
        "line 2, column right: 'X' is not a right; write C or P",
        "line 2, column bid: 'abc' is not a number",
        "line 2, column expiration: 'soon' is not a date; write it as YYYY-MM-DD",
    )),
    ("strike of 0", "a.csv", CSV.replace(",95.0,", ",0,", 1), ("line 2, column strike: is not a strike",)),
    ("no time", "a.csv", CSV.replace("2026-11-20T09:31:00-05:00", "", 1), ("line 2, column ts: has no value",)),
    ("a column twice", "a.csv", CSV.replace("bid_size", "bid", 1), ("has two columns named bid; keep one",)),
    ("no quotes", "a.csv", "a,b\n1,2\n", ("is in no known format, and no column is found for contract.expiration", "it has a, b", "--guess")),
    ("bars of trades", "a.csv", "ticker,volume,open,close,high,low,window_start,transactions\n", ("holds bars of trades (Massive", "download the quotes_v1 files")),
    ("trades", "a.csv", "ticker,conditions,correction,exchange,price,sip_timestamp,size\n", ("holds trades (Massive",)),
    ("definitions", "a.csv", "ts_event,raw_symbol,instrument_class,strike_price\n", ("is a definition file (Databento); import the cbbo-1m file",)),
    ("a date alone", "a.csv", "quote_date,root,expiration,strike,right,bid,ask\n2026-11-20,XYZ,2026-12-18,95,C,1,2\n", ("has dates without times in quote_date; say the time of day in New York, such as --at 15:45",)),
    ("yfinance", "a.csv", "contractSymbol,lastTradeDate,strike,bid,ask\nXYZ261218C00095000,2026-11-20 14:30:05+00:00,95.0,1,2\n", ("has no time of its quotes; say when it was, such as --at",)),
    ("no symbol", "eod.txt", vendor.optionsdx(quotes(1)), ("does not name the option root; say it, such as --symbol SPY",)),
    ("Latin-1 in a row", "a.csv", CSV.encode().replace(b",C,", b",\xa3,", 1), ("a.csv, line 2: is not UTF-8; export it as CSV in UTF-8",)),
    ("Latin-1 at the end", "a.csv", CSV.encode() + b"\xa3", ("a.csv, line 20: is not UTF-8",)),
    ("Latin-1 in a short line", "a.csv", CSV.encode().replace(b",20\n", b"\xa3\n", 1), ("line 2: is not UTF-8",)),
    ("CR alone", "a.csv", CSV.replace("\n", "\r"), ("line 1: ends its lines with CR alone; save it with LF or CRLF",)),
    ("a long word", "a.csv", "x" * 200_000 + "\n1\n", ("line 1: is no header", "name a table of option quotes")),
    ("another word than zip's", "a.zip", OTHER_NAME, ("a.zip (a.csv): cannot be unpacked (File name", "download it again")),
    ("packed in a way of its own", "a.zip", OTHER_PACKING, ("a.zip (a.csv): cannot be unpacked (That compression method", "pack it anew")),
    ("no day that a clock shows", "a.csv", THETA.replace("20261120", "20269920"), ("column date: '20269920' is not a date",)),
    ("Theta without its expiration", "a.csv", THETA.replace("expiration", "day"), ("does not say which contract it is of; name it, such as --contract",)),
    ("Cboe without its index", "a.csv", vendor.cboe(quotes()).replace("^XYZ,", ",", 1), ("line 2, column underlying_symbol: has no value",)),
    ("Cboe without a root", "a.csv", vendor.cboe(quotes()).replace(",XYZ,2", ",,2", 1), ("line 2, column root: has no value; correct or remove the row",)),
    ("DBN", "a.dbn", b"DBN\x01" + b"\0" * 50, ("a.dbn: cannot be decoded",)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "pieces"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_a_file_that_cannot_be_read_is_refused_by_a_sentence_and_leaves_nothing(
    name: str, content: str | bytes, pieces: tuple[str, ...], tmp_path: Path
) -> None:
    if name.endswith(".gz"):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        file = tmp_path / name
    else:
        file = put(tmp_path, name, content)
    said = refusal(file)
    assert all(piece in said for piece in pieces), said


def test_a_missing_file_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    assert "is missing; check the name" in refusal(tmp_path / "none.csv")
    (tmp_path / "empty").mkdir()
    assert "holds no files" in refusal(tmp_path / "empty")


def test_a_zip_without_a_table_or_with_a_password_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("read.me", "nothing")
    assert "holds no CSV; name the zip with the quotes" in refusal(tmp_path / "a.zip")


@pytest.mark.parametrize(
    ("given", "pieces"),
    [
        ("cboe", ("is not Cboe DataShop", "it has no column", "it is Theta Data, version 3, option/history/quote: write theta")),
        ("massive", ("is not Massive", "it has no column ask_price, bid_price, sip_timestamp, ticker")),
    ],
)  # fmt: skip
def test_the_wrong_format_is_told_with_the_right_one(
    given: str, pieces: tuple[str, ...], tmp_path: Path
) -> None:
    said = refusal(put(tmp_path, "a.csv", vendor.theta_v3(quotes())), format=given)
    assert all(piece in said for piece in pieces), said
    assert "\n" not in said


def test_files_of_two_layouts_are_not_mixed(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    put(folder, "a.csv", vendor.theta_v3(quotes()))
    put(folder, "b.csv", vendor.cboe(quotes()))
    assert "is Cboe DataShop, Option Quotes by interval, and a.csv is Theta" in refusal(folder)


REPAIRED: list[tuple[str, Callable[[list[str]], None], str, int]] = [
    ("negative", lambda c: c.__setitem__(5, "-1"), "1 negative values taken as unknown (first: line 2, bid)", 18),
    ("NaN", lambda c: c.__setitem__(5, "nan"), "1 values NaN or infinite taken as unknown (first: line 2, bid)", 18),
    ("infinite", lambda c: c.__setitem__(6, "inf"), "1 values NaN or infinite taken as unknown (first: line 2, ask)", 18),
    ("crossed", lambda c: c.__setitem__(5, "9"), "1 rows crossed, bid above ask, kept as they are (first: line 2)", 18),
    ("expired", lambda c: c.__setitem__(2, "2026-11-19"), "1 rows after their expiration left out", 17),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "line", "rows"), [row[1:] for row in REPAIRED], ids=[row[0] for row in REPAIRED]
)
def test_what_is_repaired_is_counted_and_refused_by_a_strict_import(
    change: Callable[[list[str]], None], line: str, rows: int, tmp_path: Path
) -> None:
    lines = CSV.splitlines()
    cells = lines[1].split(",")
    change(cells)
    file = put(tmp_path, "a.csv", "\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n")
    said = refusal(file, strict=True)
    assert "strict" in said
    assert line.split(" (", maxsplit=1)[0][2:] in said
    done = imported(file)
    assert line in done.tally.lines()
    assert done.sessions[0].rows == rows


def test_a_zero_ask_is_unknown_a_zero_bid_is_a_bid_and_neither_is_refused(tmp_path: Path) -> None:
    given = [
        Quote(minute(1), "C", 95.0, 0, 0.05),
        Quote(minute(1), "P", 95.0, 0.05, 0),
        *quotes(2, (100.0,)),
    ]
    done = imported(put(tmp_path, "a.csv", vendor.ours(given)), strict=True)
    assert [row[5:7] for row in rows_of(done.sessions[0].folder)[:2]] == [(0.0, 0.05), (0.05, None)]


def test_a_last_line_without_its_end_is_counted_for_it_may_be_cut(tmp_path: Path) -> None:
    file = put(tmp_path, "a.csv", CSV[:-1])
    assert "line 19: has last lines without a line end" in refusal(file, strict=True)
    assert "1 last lines without a line end (first: line 19)" in imported(file).tally.lines()


def test_equal_rows_count_once_and_different_ones_leave_the_contract_out_of_that_bar(
    tmp_path: Path,
) -> None:
    given = quotes(2)
    again = [given[0], given[1]._replace(bid=0.5), *given]
    file = put(tmp_path, "a.csv", vendor.ours(again))
    done = imported(file)
    assert sorted(rows_of(done.sessions[0].folder)) == sorted(q.row for q in given if q != given[1])
    named = "1 rows of a contract told twice in a bar, differently, left out (first: XYZ 2026-12-18 95 P at 2026-11-20 09:31:00)"
    assert named in done.tally.lines()
    assert "1 rows told twice, equal, taken once" in done.tally.lines()
    assert "told twice" in refusal(put(tmp_path, "b.csv", vendor.ours(again)), strict=True)


def test_rows_of_several_sources_that_repeat_are_settled_across_files(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for name in ("a.csv", "b.csv"):
        put(folder, name, vendor.ours(quotes(2)))
    done = imported(folder, tmp_path / "to")
    assert done.sessions[0].rows == 12
    assert "12 rows told twice, equal, taken once" in done.tally.lines()


def test_filters_take_what_is_asked_for_and_say_when_nothing_is_left(tmp_path: Path) -> None:
    near = [q._replace(expires=date(2026, 11, 27)) for q in quotes(3)]
    other = [q._replace(symbol="ABC") for q in quotes(3)]
    file = put(tmp_path, "a.csv", vendor.ours([*quotes(3), *near, *other]))
    filters = Filters(
        symbols=frozenset({"XYZ"}), days=(date(2026, 11, 20), date(2026, 11, 20)), expirations=1,
        strikes=(95.0, 97.5), hours=(time(9, 31), time(9, 32)),
    )  # fmt: skip
    rows = rows_of(imported(file, filters=filters).sessions[0].folder)
    assert sorted(rows) == sorted(q.row for q in near if q.ends == minute(2) and q.strike < 100)
    said = refusal(file, filters=Filters(symbols=frozenset({"NONE"})))
    assert "of 54 rows none is left: 54 rows that the filters leave out; widen the filters" in said


def test_a_session_is_never_written_over(tmp_path: Path) -> None:
    file = put(tmp_path, "a.csv", CSV)
    imported(file, tmp_path / "to")
    before = (tmp_path / "to" / "quotes.parquet").read_bytes()
    with pytest.raises(SessionFileError, match="exists; import into a folder without a session"):
        imported(file, tmp_path / "to")
    assert (tmp_path / "to" / "quotes.parquet").read_bytes() == before


def test_times_on_no_grid_need_a_bar_and_the_last_row_of_it_counts(tmp_path: Path) -> None:
    at = [minute(0).replace(second=s) for s in (1, 5, 22, 40, 59)]
    given = [Quote(ends, "C", 95.0, 2 + n, 9.0) for n, ends in enumerate(at)]
    file = put(tmp_path, "a.csv", vendor.ours(given))
    assert (
        "has 5 times that lie on no grid; gather its rows into bars, such as --bar 1min"
        in refusal(file)
    )
    rows = rows_of(imported(file, bar_s=60).sessions[0].folder)
    assert [row[5] for row in rows] == [6.0]
    assert rows[0][0] == minute(1)


def test_too_many_rows_are_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.brokers.imports import writing

    monkeypatch.setattr(writing, "MOST_ROWS", 10)
    said = refusal(put(tmp_path, "a.csv", CSV))
    assert "makes a session of 18 rows or more; 10 are the most; take fewer with --symbols" in said


def test_days_are_split_or_kept_together(tmp_path: Path) -> None:
    later = [q._replace(ends=q.ends.replace(day=23)) for q in quotes(2)]
    file = put(tmp_path, "a.csv", vendor.ours([*quotes(2), *later]))
    split = imported(file, tmp_path / "split")
    assert [each.folder.name for each in split.sessions] == ["XYZ-2026-11-20", "XYZ-2026-11-23"]
    together = imported(file, tmp_path / "one", days_as="together")
    assert [each.rows for each in together.sessions] == [24]
    assert together.sessions[0].folder == tmp_path / "one"


def test_pandas_parquet_is_read_without_options(tmp_path: Path) -> None:
    """Nanoseconds in New York, words for rights, dates as text, NaN for nothing."""
    given = quotes(2)
    table = pa.table({
        "timestamp": pa.array([q.ends for q in given], pa.timestamp("ns", "America/New_York")),
        "symbol": [q.symbol for q in given], "expiry": [str(q.expires) for q in given],
        "option_type": ["call" if q.right == "C" else "put" for q in given], "strike": [q.strike for q in given],
        "bid": pa.array([float("nan"), *(q.bid for q in given[1:])], pa.float64(), from_pandas=False),
        "ask": [q.ask for q in given],
    })  # fmt: skip
    pq.write_table(table, tmp_path / "chain.parquet")
    done = imported(tmp_path / "chain.parquet")
    assert [row[5:7] for row in rows_of(done.sessions[0].folder)] == [
        (None, 2.3),
        *((q.bid, q.ask) for q in given[1:]),
    ]
    assert "1 values NaN or infinite taken as unknown (first: row 1, bid)" in done.tally.lines()


def test_a_time_given_apart_dates_quotes_without_one(tmp_path: Path) -> None:
    text = "contractSymbol,lastTradeDate,strike,bid,ask,volume,openInterest,impliedVolatility\nXYZ261218C00095000,2026-11-20 14:30:05+00:00,95.0,1,2,,5,0.25\n"
    at = (date(2026, 11, 20), time(15, 45))
    done = imported(put(tmp_path, "a.csv", text), options=ReadingOptions(at=at))
    (row,) = rows_of(done.sessions[0].folder, "volume", "open_interest", "iv")
    assert f"{row[0]:%Y-%m-%d %H:%M}" == "2026-11-20 20:45"
    assert row[-3:] == (None, 5, 0.25)
    assert done.sessions[0].moments == [row[0].timestamp()]


def test_prices_of_the_underlying_come_from_a_file_never_from_the_future(tmp_path: Path) -> None:
    file = put(tmp_path, "a.csv", vendor.ours(quotes(3, (95.0,))))
    prices = put(
        tmp_path,
        "u.csv",
        "time,price\n2026-11-19 15:59,90\n2026-11-20 09:31:30,100.5\n2026-11-20 09:33,101\n",
    )
    rows = rows_of(imported(file, underlying=prices).sessions[0].folder, "underlying_price")
    assert [row[-1] for row in rows] == [None, None, 100.5, 100.5, 101.0, 101.0]
    bars = put(
        tmp_path,
        "b.csv",
        "window_start,close\n1795185000000000000,100.5\n1795185060000000000,101\n",
    )
    rows = rows_of(
        imported(file, tmp_path / "b", underlying=bars).sessions[0].folder, "underlying_price"
    )
    assert [row[-1] for row in rows][::2] == [100.5, 101.0, 101.0], (
        "a bar named by its start counts from its end"
    )
    with pytest.raises(ImportFileError, match="is a table of options: it has a column expiration"):
        imported(file, tmp_path / "c", underlying=file)


MOMENT = datetime(2026, 11, 20, 14, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        (
            "ts",
            pa.array([2**62 // 10**3], pa.timestamp("s", "UTC")),
            "is not between 1970 and 2200",
        ),
        ("ts", pa.array([-1], pa.timestamp("ns", "UTC")), "is not between 1970 and 2200"),
        ("ts", pa.array([None], pa.timestamp("ms", "Mars/Phobos")), "cannot be read"),
        ("ts", pa.array([2**64 - 1], pa.uint64()), "is too large"),
        ("right", pa.array([["C"]]), "cannot be read (Unsupported cast from list"),
        ("right", pa.array([b"\xff"]), "cannot be read (Invalid UTF8"),
        ("expiration", pa.array([0], pa.date32()), "is not between 1970 and 2200"),
    ],
)
def test_a_column_of_parquet_that_holds_something_else_is_named(
    column: str, values: Any, said: str, tmp_path: Path
) -> None:
    row = {"ts": MOMENT, "root": "XYZ", "expiration": "2026-12-18", "strike": 95.0, "right": "C"}
    table = pa.Table.from_pylist([row | {"bid": 1.0, "ask": 2.0}])
    if values.null_count:
        table, values = pa.concat_tables([table] * 2), pa.concat_arrays([values, values])
    pq.write_table(
        table.set_column(table.column_names.index(column), column, values), tmp_path / "a"
    )
    told = refusal(tmp_path / "a")
    assert f"row 1, column {column}: {said}" in told


def test_quotes_without_sizes_are_taken_with_unknown_ones(tmp_path: Path) -> None:
    lines = [
        ",".join(each for at, each in enumerate(line.split(",")) if at not in sizes)
        for text in [vendor.massive(quotes()).splitlines()]
        for sizes in [[at for at, n in enumerate(text[0].split(",")) if n.endswith("_size")]]
        for line in text
    ]
    done = imported(put(tmp_path, "a.csv", "\n".join(lines) + "\n"))
    (bid, size), *_ = rows_of(done.sessions[0].folder, "bid", "bid_size")[0][-2:], None
    assert bid is not None and size is None
