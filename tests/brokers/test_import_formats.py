"""Every vendor's layout becomes exactly the rows that it tells, whatever the order of columns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from engine.brokers.imports import Contract, Filters, ReadingOptions
from engine.brokers.recorded import read_session
from tests.support import vendor_files as vendor
from tests.support.vendor_files import NY, Quote, imported, put, quotes, rows_of

LAYOUTS: dict[str, Callable[[list[Quote]], str | bytes]] = {
    "optionsdx": vendor.optionsdx,
    "cboe": vendor.cboe,
    "theta": vendor.theta_v3,
    "theta 2": vendor.theta_v2,
    "databento": vendor.databento,
    "databento raw": lambda given: vendor.databento(given, pretty=False),
    "massive": vendor.massive,
    "lean": vendor.lean,
    "csv": vendor.ours,
    "csv by ;": lambda given: vendor.ours(given, ";"),
}
LAST = Filters(hours=(time(9, 30), time(9, 33)))
"""Of sources that tell only changes, quotes are repeated until the close."""


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_becomes_exactly_its_rows(layout: str, tmp_path: Path) -> None:
    given = quotes(strikes=(95.0, 97.5, 102.125))
    file = put(tmp_path, "xyz_eod.txt", LAYOUTS[layout](given))
    done = imported(file, filters=LAST)
    assert sorted(rows_of(done.sessions[0].folder)) == sorted(quote.row for quote in given)
    session = read_session(done.sessions[0].folder)
    assert session.facts.kind == ("snapshot" if layout == "optionsdx" else "intraday_updates")
    assert session.facts.bar_s == 60
    assert session.facts.licence == "yours; not for redistribution"


def test_the_quotes_of_a_contract_s_last_day_are_kept(tmp_path: Path) -> None:
    given = [each._replace(expires=each.ends.date()) for each in quotes(2, (95.0,))]
    done = imported(put(tmp_path, "a.csv", vendor.cboe(given)), filters=LAST)
    assert sorted(rows_of(done.sessions[0].folder)) == sorted(quote.row for quote in given)


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name not in ("lean", "csv by ;")])
def test_columns_are_read_by_their_names(layout: str, tmp_path: Path) -> None:
    text = LAYOUTS[layout](quotes())
    assert isinstance(text, str)
    one = imported(put(tmp_path, "xyz.txt", text), tmp_path / "one")
    separator = ", " if layout == "optionsdx" else ","
    two = imported(put(tmp_path, "xyz.csv", vendor.reordered(text, separator)), tmp_path / "two")
    tables = [pq.read_table(each.sessions[0].folder / "quotes.parquet") for each in (one, two)]
    assert tables[0].equals(tables[1])


def test_the_same_rows_come_out_of_plain_text_gzip_zip_and_parquet(tmp_path: Path) -> None:
    text = vendor.cboe(quotes())
    packed = tmp_path / "quotes.zip"
    import zipfile

    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("UnderlyingOptionsIntervals.csv", text)
    zstd = tmp_path / "quotes.csv.zst"
    with pa.OSFile(str(zstd), "wb") as raw, pa.CompressedOutputStream(raw, "zstd") as stream:
        stream.write(text.encode())
    table = pc.read_csv(pa.BufferReader(text.encode()))
    pq.write_table(table, tmp_path / "typed.parquet")
    files = [
        put(tmp_path, "a.csv", text),
        put(tmp_path, "b.csv.gz", text),
        packed,
        zstd,
        tmp_path / "typed.parquet",
    ]
    made = [
        imported(file, tmp_path / f"to{at}").sessions[0].folder for at, file in enumerate(files)
    ]
    first, *others = (pq.read_table(folder / "quotes.parquet") for folder in made)
    assert all(first.equals(each) for each in others)


def test_optionsdx_tells_volatility_volume_and_the_underlying(tmp_path: Path) -> None:
    file = put(tmp_path, "spy_eod_202611.txt", vendor.optionsdx(quotes(1, (95.0,))))
    done = imported(file)
    more = rows_of(done.sessions[0].folder, "iv", "volume", "open_interest", "underlying_price")
    assert [row[1] for row in more] == ["SPY", "SPY"]
    assert [row[-4:] for row in more] == [(0.25, 24, None, 100.0), (None, None, None, 100.0)]
    assert "the symbol is SPY, by the file's name; --symbol says another" in done.notes


def test_optionsdx_counts_rows_whose_clocks_differ(tmp_path: Path) -> None:
    text = vendor.optionsdx(quotes(2, (95.0,)), **{"[QUOTE_UNIXTIME]": "1262638800"})
    done = imported(put(tmp_path, "xyz.txt", text))
    assert any("2 rows whose two clocks differ" in line for line in done.tally.lines())


def test_cboe_sums_the_volumes_of_intervals_and_takes_the_middle_of_the_underlying(
    tmp_path: Path,
) -> None:
    done = imported(put(tmp_path, "a.csv", vendor.cboe(quotes(3, (95.0,)))))
    more = rows_of(done.sessions[0].folder, "volume", "open_interest", "iv", "underlying_price")
    assert [row[-4:] for row in more if row[3] == "C"] == [
        (2, 1200, 0.25, 100.0), (4, 1200, 0.25, 100.0), (6, 1200, 0.25, 100.0),
    ]  # fmt: skip
    plain = vendor.cboe(quotes(1), implied_volatility=0, active_underlying_price="101.5")
    row = rows_of(
        imported(put(tmp_path, "b.csv", plain), tmp_path / "b").sessions[0].folder,
        "iv",
        "underlying_price",
    )[0]
    assert row[-2:] == (None, 101.5)


@pytest.mark.parametrize(("day", "moments"), [(20, ("20:45", "21:00")), (27, ("17:45", "18:00"))])
def test_cboes_end_of_day_has_two_moments_earlier_on_a_half_day(
    day: int, moments: tuple[str, str], tmp_path: Path
) -> None:
    given = quotes(1, (95.0,), datetime(2026, 11, day, 9, 30, tzinfo=NY))
    done = imported(put(tmp_path, "a.csv", vendor.cboe_eod(given)))
    rows = rows_of(done.sessions[0].folder, "volume")
    assert [f"{row[0]:%H:%M}" for row in rows] == [moments[0]] * 2 + [moments[1]] * 2
    assert [row[5] for row in rows if row[3] == "C"] == [2.1, 2.6]
    assert [row[-1] for row in rows if row[3] == "C"] == [None, 7]


def test_roots_that_are_not_the_underlyings_and_adjusted_ones_are_left_out_and_counted(
    tmp_path: Path,
) -> None:
    given = quotes(1, (95.0,))
    roots = ("XYZ1", "ABC", "XYZ")
    text = vendor.cboe(
        [q._replace(symbol=root) for root in roots for q in given], underlying_symbol="^XYZ"
    )
    done = imported(put(tmp_path, "a.csv", text))
    assert {row[1] for row in rows_of(done.sessions[0].folder)} == {"XYZ"}
    assert any(line.startswith("2 rows of adjusted roots left out") for line in done.tally.lines())
    assert any(line.startswith("2 rows of roots not known") for line in done.tally.lines())
    spx = [q._replace(symbol=root) for root in ("SPX", "SPXW") for q in given]
    both = imported(
        put(tmp_path, "b.csv", vendor.cboe(spx, underlying_symbol="^SPX")), tmp_path / "b"
    )
    assert [session.symbols for session in both.sessions] == [("SPX",), ("SPXW",)]
    assert read_session(both.sessions[1].folder).facts.settlement == "cash"


def test_thetas_rows_before_the_first_quote_are_unknown(tmp_path: Path) -> None:
    first = Quote(vendor.minute(1), "C", 95.0, 0, 0, 0, 0)
    bid_of_none = Quote(vendor.minute(2), "C", 95.0, 0, 0.05, 0, 5)
    rows = rows_of(
        imported(put(tmp_path, "a.csv", vendor.theta_v3([first, bid_of_none]))).sessions[0].folder
    )
    assert [row[5:] for row in rows] == [(None, None, None, None), (0.0, 0.05, 0, 5)]


def test_theta_of_a_single_contract_needs_to_be_told_which(tmp_path: Path) -> None:
    given = [q for q in quotes(2, (95.0,)) if q.right == "C"]
    file = put(tmp_path, "a.csv", vendor.theta_v2(given, with_contract=False))
    with pytest.raises(
        Exception, match="does not say which contract it is of; name it, such as --contract"
    ):
        imported(file)
    options = ReadingOptions(
        contract=Contract("XYZ", (vendor.EXPIRES - date(1970, 1, 1)).days, 0, 95.0)
    )
    assert rows_of(imported(file, options=options).sessions[0].folder) == [q.row for q in given]


def test_databento_ids_are_looked_up_in_the_definition_file(tmp_path: Path) -> None:
    given = quotes()
    file = put(tmp_path, "a.csv", vendor.databento(given, symbols=False))
    with pytest.raises(
        Exception, match="names contracts by instrument_id alone; name the definition file"
    ):
        imported(file)
    names = put(tmp_path, "d.csv", vendor.definitions(given))
    done = imported(file, definitions=names, filters=LAST)
    assert sorted(rows_of(done.sessions[0].folder)) == sorted(q.row for q in given)


def test_massives_last_quote_of_a_bar_counts_and_its_zeros_are_no_quotes(tmp_path: Path) -> None:
    text = vendor.massive([Quote(vendor.minute(1), "C", 95.0, None, 2.2)])
    done = imported(
        put(tmp_path, "a.csv.gz", text), filters=Filters(hours=(time(9, 30), time(9, 31)))
    )
    assert [row[5:] for row in rows_of(done.sessions[0].folder)] == [(None, 2.2, None, 20)]
    at_end = vendor.massive([Quote(vendor.minute(1), "C", 95.0, 2.0, 2.2)], before_s=(0.0,))
    rows = rows_of(imported(put(tmp_path, "b.csv", at_end), tmp_path / "b").sessions[0].folder)
    assert rows[0][0] == vendor.minute(2).astimezone(UTC), "123 microseconds after the bar's end"


def test_leans_empty_side_is_the_one_before(tmp_path: Path) -> None:
    given = [
        Quote(vendor.minute(1), "C", 95.0, 2.0, 2.2),
        Quote(vendor.minute(2), "C", 95.0, None, 2.3),
    ]
    done = imported(put(tmp_path, "a.zip", vendor.lean(given)))
    assert [row[5:7] for row in rows_of(done.sessions[0].folder)] == [(2.0, 2.2), (2.0, 2.3)]
    assert any("1 sides unchanged in their bar" in line for line in done.tally.lines())


@pytest.mark.parametrize(
    "opens",
    [datetime(2026, 3, 9, 9, 30, tzinfo=NY), datetime(2026, 11, 2, 9, 30, tzinfo=NY)],
    ids=["the day after clocks went forward", "the day after clocks went back"],
)
@pytest.mark.parametrize("layout", ["optionsdx", "cboe", "theta", "theta 2", "lean"])
def test_times_of_new_york_are_right_when_clocks_have_changed(
    layout: str, opens: datetime, tmp_path: Path
) -> None:
    given = quotes(2, (95.0,), opens)
    done = imported(put(tmp_path, "xyz.txt", LAYOUTS[layout](given)))
    assert sorted(rows_of(done.sessions[0].folder)) == sorted(q.row for q in given)


def test_an_expiration_on_a_saturday_is_the_one_written(tmp_path: Path) -> None:
    opens = datetime(2014, 6, 20, 9, 30, tzinfo=NY)
    given = [q._replace(expires=date(2014, 6, 21)) for q in quotes(2, (95.0,), opens)]
    for at, layout in enumerate(LAYOUTS):
        made = imported(
            put(tmp_path, f"xyz{at}.txt", LAYOUTS[layout](given)),
            tmp_path / str(at),
            options=ReadingOptions(symbol="XYZ") if layout == "optionsdx" else ReadingOptions(),
        )
        assert {row[2] for row in rows_of(made.sessions[0].folder)} == {date(2014, 6, 21)}


def test_a_recording_written_as_csv_and_imported_is_the_same_parquet(tmp_path: Path) -> None:
    from tests.support.command_line import record_small_session

    folder = record_small_session(tmp_path / "recorded", minutes=4)
    table = pq.read_table(folder / "quotes.parquet")
    pc.write_csv(table, tmp_path / "quotes.csv")
    done = imported(tmp_path / "quotes.csv", tmp_path / "again")
    assert pq.read_table(done.sessions[0].folder / "quotes.parquet").equals(table)
    own, again = (read_session(each).facts for each in (folder, done.sessions[0].folder))
    assert (own.kind, own.bar_s, own.multiplier, own.style) == (
        again.kind,
        again.bar_s,
        again.multiplier,
        again.style,
    )


def dbn_of(given: list[Quote]) -> bytes:
    """Records of cbbo-1m as the vendor's own package encodes them; skips without it."""
    dbn = pytest.importorskip(
        "databento_dbn", reason="the extra legdesk[databento] is not installed"
    )
    from types import SimpleNamespace

    def price(value: float | None) -> int:
        return int(dbn.UNDEF_PRICE) if value is None else round(value * 1e9)

    day = given[0].ends.date()
    mappings = [
        SimpleNamespace(
            raw_symbol=vendor.osi(quote),
            intervals=[
                SimpleNamespace(
                    start_date=day,
                    end_date=date(2026, 11, 21),
                    symbol=str(vendor.instrument(quote)),
                )
            ],
        )
        for quote in {vendor.instrument(quote): quote for quote in given}.values()
    ]
    start = int(given[0].ends.timestamp()) * 10**9
    head = dbn.Metadata(
        dataset="OPRA.PILLAR", start=start, stype_in=dbn.SType.RAW_SYMBOL, stype_out=dbn.SType.INSTRUMENT_ID,
        schema=dbn.Schema.CBBO_1M, mappings=mappings,
    )  # fmt: skip
    records = [
        dbn.CBBOMsg(
            rtype=193, publisher_id=30, instrument_id=vendor.instrument(quote), ts_event=dbn.UNDEF_TIMESTAMP,
            price=dbn.UNDEF_PRICE, size=0, side=dbn.Side.NONE, ts_recv=int(quote.ends.timestamp()) * 10**9,
            levels=dbn.ConsolidatedBidAskPair(
                bid_px=price(quote.bid), ask_px=price(quote.ask), bid_sz=quote.bid_size, ask_sz=quote.ask_size,
                bid_pb=22, ask_pb=31,
            ),
        )
        for quote in given
    ]  # fmt: skip
    return bytes(head) + b"".join(map(bytes, records))


def test_records_that_the_vendors_own_package_encodes_are_read_as_they_are(tmp_path: Path) -> None:
    """DBN, DBN in zstd, and the CSV that the package makes of it, pretty and plain."""
    given = quotes(3)
    given[0] = given[0]._replace(bid=None)
    data = dbn_of(given)
    import io

    import databento_dbn as dbn

    files = [put(tmp_path, "a.dbn", data)]
    with (
        pa.OSFile(str(tmp_path / "a.dbn.zst"), "wb") as raw,
        pa.CompressedOutputStream(raw, "zstd") as stream,
    ):
        stream.write(data)
    files.append(tmp_path / "a.dbn.zst")
    for pretty in (True, False):
        told = io.BytesIO()
        transcoder = dbn.Transcoder(
            told,
            dbn.Encoding.CSV,
            dbn.Compression.NONE,
            pretty_px=pretty,
            pretty_ts=pretty,
            map_symbols=True,
        )
        transcoder.write(data)
        transcoder.flush()
        files.append(put(tmp_path, f"{pretty}.csv", told.getvalue()))
    for at, file in enumerate(files):
        done = imported(file, tmp_path / f"to{at}", filters=LAST)
        rows = rows_of(done.sessions[0].folder)
        assert len(rows) == len(given)
        assert set(rows) == {q.row for q in given}, file
    cut = put(tmp_path, "cut.dbn", data[:-7])
    with pytest.raises(Exception, match=r"cut.dbn: (breaks off|cannot be decoded)"):
        imported(cut, tmp_path / "cut")


def test_a_real_session_written_in_a_vendors_layout_comes_back(
    shared_data: Path, tmp_path: Path
) -> None:
    table = pq.read_table(shared_data / "sessions" / "spxw_20210106_min" / "quotes.parquet")
    names = ("ts", "right", "strike", "bid", "ask", "bid_size", "ask_size", "expiration", "symbol")
    given = [Quote(*row) for row in zip(*(table[name].to_pylist() for name in names), strict=True)]
    local = [q._replace(ends=q.ends.astimezone(NY)) for q in given]
    done = imported(put(tmp_path, "a.csv", vendor.theta_v3(local)))
    rows = rows_of(done.sessions[0].folder)
    assert len(rows) == len(given)
    assert set(rows) == {q.row for q in given}


SAMPLES = {
    "cboe_UnderlyingOptionsEODQuotes_2026-11-20.csv": ("Cboe DataShop, Option End-of-Day Summary", 20, "snapshot"),
    "cboe_UnderlyingOptionsIntervals_60sec_calcs_oi_2026-11-20.csv": ("Cboe DataShop, Option Quotes by interval", 50, "intraday_updates"),
    "databento_opra-pillar-20261120.cbbo-1m.csv": ("Databento OPRA.PILLAR, consolidated quotes", None, "intraday_updates"),
    "lean_option_usa_minute_xyz_20261120_quote_american.zip": ("QuantConnect Lean, option quotes", 50, "intraday_updates"),
    "massive_us_options_opra_quotes_v1_2026-11-20.csv.gz": ("Massive (Polygon.io until 2026), options quotes_v1", None, "intraday_updates"),
    "optionsdx_xyz_eod.txt": ("OptionsDX", 10, "snapshot"),
    "optionsdx_xyz_intraday.txt": ("OptionsDX", 50, "snapshot"),
    "thetadata_v2_bulk_hist_quote.csv": ("Theta Data, version 2, option/quote", 50, "intraday_updates"),
    "thetadata_v3_option_history_quote.csv": ("Theta Data, version 3, option/history/quote", 50, "intraday_updates"),
}  # fmt: skip


def test_the_samples_of_the_vendors_are_known_and_read(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "formats"
    if not folder.is_dir():
        pytest.skip("the vendors' samples are not on this machine")
    for at, (name, (found, rows, kind)) in enumerate(SAMPLES.items()):
        done = imported(folder / name, tmp_path / str(at))
        assert done.found == found
        session = read_session(done.sessions[0].folder)
        assert (session.facts.kind, session.symbols) == (kind, ("XYZ",))
        assert rows is None or session.rows == rows
