"""Texts as values: every date, instant, right and contract name reads back as what was written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.brokers.imports.block import Block, Place
from engine.brokers.imports.formats.databento import nanoseconds
from engine.brokers.imports.formats.known import layouts_of
from engine.brokers.imports.formats.mapped import layout_of
from engine.brokers.imports.guessing import guessed_map
from engine.brokers.imports.mapping import map_text, read_map
from engine.brokers.imports.values import (
    EPOCH,
    clean_name,
    days_of,
    instant_ms,
    right_of,
    sizes_of,
    wall_ms,
)
from tests.support import vendor_files as vendor
from tests.support.vendor_files import put, quotes

NY = ZoneInfo("America/New_York")
DAYS = st.dates(date(1970, 1, 2), date(2199, 12, 31))
MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2199, 12, 30)).map(
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)


@settings(max_examples=30)
@given(
    DAYS,
    st.sampled_from(
        ["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%m/%d/%Y", " %Y-%m-%d ", "%Y-%m-%dT00:00:00"]
    ),
)
def test_a_date_reads_back_in_every_form(day: date, form: str) -> None:
    assert days_of(day.strftime(form)) == (day - EPOCH).days


@settings(max_examples=30)
@given(st.text(max_size=30))
def test_no_text_makes_a_parser_fail(text: str) -> None:
    for parse in (days_of, right_of, sizes_of, clean_name, nanoseconds):
        parse(text)
    instant_ms(text, NY)


@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1), date(2026, 11, 20)])
@pytest.mark.parametrize("hour", [1, 3, 9, 24, 33])
def test_a_clock_on_the_wall_is_read_though_it_was_changed_that_night(day: date, hour: int) -> None:
    at = wall_ms((day - EPOCH).days, hour * 3_600_000 + 60_250, NY) / 1000
    shown = datetime.fromtimestamp(at, NY)
    assert shown.date() == day + timedelta(days=hour // 24)
    assert (shown.hour, shown.minute, shown.second) == (hour % 24, 1, 0)


@settings(max_examples=30)
@given(MOMENTS, st.integers(-14, 14))
def test_an_instant_with_an_offset_is_that_instant_in_any_zone(at: datetime, hours: int) -> None:
    aware = at.replace(tzinfo=UTC)
    local = aware.astimezone(UTC).astimezone(
        datetime.fromisoformat(f"2020-01-01T00:00:00{hours:+03d}:00").tzinfo
    )
    expected = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert instant_ms(local.isoformat(), NY) == expected
    assert instant_ms(aware.isoformat().replace("+00:00", "Z"), NY) == expected
    assert (
        nanoseconds(f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}123Z")
        == expected // 1000 * 10**9 + at.microsecond * 1000 + 123
    )


@settings(max_examples=30)
@given(st.integers(1, 80_000), st.integers(0, 86_399_999))
def test_a_wall_clock_shows_the_time_that_was_asked_for(day: int, ms: int) -> None:
    shown = datetime.fromtimestamp(wall_ms(day, ms, NY) / 1000, NY)
    asked = datetime.combine(EPOCH + timedelta(days=day), datetime.min.time()) + timedelta(
        milliseconds=ms
    )
    exists = asked.replace(tzinfo=NY).astimezone(UTC).astimezone(NY).replace(tzinfo=None) == asked
    if exists:  # an hour is missing when clocks go forward, and no session has it
        assert shown.replace(tzinfo=None) == asked


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2026-11-01 01:30", 1_793_511_000_000),
        ("2010-01-04 16:00", 1_262_638_800_000),
        ("2026-11-20T09:31:00.000", 1_795_185_060_000),
        ("2026-11-20", None),
        ("20261120", None),
        ("09:31", None),
    ],
)
def test_a_time_without_a_zone_is_new_yorks_the_first_of_an_hour_that_repeats(
    text: str, ms: int | None
) -> None:
    assert instant_ms(text, NY) == ms


@pytest.mark.parametrize(
    ("text", "sizes"), [("21 x 10", (21, 10)), ("0X7", (0, 7)), ("10x10", (10, 10))]
)
def test_two_sizes_in_one_text(text: str, sizes: tuple[int, int]) -> None:
    assert sizes_of(text) == sizes


def test_a_header_is_of_one_layout_and_of_no_other() -> None:
    texts = [
        vendor.optionsdx,
        vendor.cboe,
        vendor.cboe_eod,
        vendor.theta_v3,
        vendor.theta_v2,
        vendor.databento,
        vendor.massive,
    ]
    for write in texts:
        header = write(quotes(1)).splitlines()[0].split(",")
        assert len(layouts_of([clean_name(name) for name in header])) == 1, header
    assert layouts_of(("ts", "symbol", "expiration", "right", "strike", "bid", "ask")) == []


@settings(max_examples=30)
@given(st.lists(st.integers(0, 2**62), min_size=1, max_size=5))
def test_whole_numbers_keep_every_digit(numbers: list[int]) -> None:
    for values in (numbers, [str(each) for each in numbers]):
        block = Block(pa.RecordBatch.from_pydict({"n": values}), Place(Path("a"), "", 1))
        assert block.wholes("n").tolist() == numbers


HEADERS = {
    "orats": ("ticker", "copra", "popra", "stkpx", "expirdate", "yte", "strike", "cvolu", "coi", "pvolu", "poi", "cbidpx", "caskpx", "pbidpx", "paskpx", "trade_date"),
    "yfinance": ("contractsymbol", "lasttradedate", "strike", "lastprice", "bid", "ask", "volume", "openinterest", "impliedvolatility"),
    "tidy": ("timestamp", "underlying_symbol", "expiry", "type", "strike_price", "bid", "ask", "bid_size", "ask_size"),
    "ours": ("ts", "symbol", "expiration", "right", "strike", "bid", "ask", "bid_size", "ask_size", "volume", "open_interest", "iv", "underlying_price"),
}  # fmt: skip


@pytest.mark.parametrize("name", HEADERS)
def test_a_guessed_map_reads_back_from_the_toml_that_is_written_of_it(
    name: str, tmp_path: Path
) -> None:
    guessed = guessed_map(HEADERS[name])
    assert read_map(put(tmp_path, "map.toml", map_text(guessed, f"{name}.csv"))) == guessed
    assert layout_of(guessed).needs <= set(HEADERS[name])


def test_what_is_guessed_of_a_header() -> None:
    orats = guessed_map(HEADERS["orats"])
    assert (orats.symbol, orats.time, orats.calls["bid"], orats.puts["ask"]) == (
        "ticker",
        "trade_date",
        "cbidpx",
        "paskpx",
    )
    assert orats.values == {"underlying_price": "stkpx"}
    yfinance = guessed_map(HEADERS["yfinance"])
    assert (yfinance.contract, yfinance.time, yfinance.symbol) == ("contractsymbol", "", "")
    tidy = guessed_map(HEADERS["tidy"])
    assert (tidy.time, tidy.right, tidy.strike, tidy.values["bid_size"]) == (
        "timestamp",
        "type",
        "strike_price",
        "bid_size",
    )


def test_every_reason_against_a_map_is_told_at_once(tmp_path: Path) -> None:
    text = '[time]\ncolumn = 3\nzone = "Mars"\nunit = "h"\nends = false\n[values]\nbod = "b"\n[units]\nstrike = 0\n[other]\n[session]\nkind = "x"\n'
    with pytest.raises(ValueError, match="is not a time zone") as refusal:
        read_map(put(tmp_path, "map.toml", text))
    said = str(refusal.value)
    for piece in (
        "[other] is not a table of a map", "values.bod is not known", "time.column is 3", "time.unit 'h' is not a unit",
        "units.strike is 0", "session.kind is 'x'", "contract.expiration is missing", "values.bid is missing",
        "session.bar is missing",
    ):  # fmt: skip
        assert piece in said, said


def test_a_map_reads_starts_units_and_dates_apart(tmp_path: Path) -> None:
    text = "day,clock,root,exp,k,cp,b,a\n2026-11-20,09:30:00,XYZ,20261218,95000,call,210,220\n"
    toml = (
        '[time]\ncolumn = "clock"\ndate = "day"\nends = false\n[contract]\nsymbol = "root"\nexpiration = "exp"\n'
        'strike = "k"\nright = "cp"\n[values]\nbid = "b"\nask = "a"\n[units]\nstrike = 1000\nprice = 100\n'
        '[session]\nbar = "1min"\n'
    )  # fmt: skip
    done = vendor.imported(put(tmp_path, "a.csv", text), columns=put(tmp_path, "map.toml", toml))
    (row,) = vendor.rows_of(done.sessions[0].folder)
    assert row[:7] == (vendor.minute(1).astimezone(UTC), "XYZ", vendor.EXPIRES, "C", 95.0, 2.1, 2.2)


def test_numbers_of_pyarrow_are_those_of_the_csv_module(tmp_path: Path) -> None:
    """Two readers of the same text agree to the last bit."""
    import csv
    import random

    draw = random.Random(3)
    given = [
        q._replace(bid=draw.random() * 10 ** draw.randint(-3, 3), ask=9999.0) for q in quotes(4)
    ]
    file = put(tmp_path, "a.csv", vendor.ours(given))
    with open(file, newline="") as stream:
        other = [float(row["bid"]) for row in csv.DictReader(stream)]
    assert [row[5] for row in vendor.rows_of(vendor.imported(file).sessions[0].folder)] == other
    assert other == [q.bid for q in given]
