"""What is said of a session before it runs: its hours, and the price of its underlying."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.brokers.recorded import RecordedMarket, SessionFileError, read_session
from engine.brokers.recorded.remarks import bars_in_hours, underlying_remarks
from engine.config import DeskConfig
from engine.desk.opening import DeskPlan, open_desk
from engine.market.calendar import globex_equity, xnys
from tests.support.recorded_files import EXPIRATION, at, row, write_session


def minutes(first: str, count: int) -> list[float]:
    """Ends of bars a minute apart, the first at a UTC time."""
    start_s = datetime.fromisoformat(first).replace(tzinfo=UTC).timestamp()
    return [start_s + 60 * n for n in range(count)]


@pytest.mark.parametrize(
    ("first", "count", "within", "tradable", "cause"),
    [
        ("2026-03-10 13:31", 390, 390, 389, ""),
        ("2026-11-27 14:31", 210, 210, 209, ""),
        ("2026-03-10 09:31", 390, 150, 150, "the first bar ends 05:31 ET and the last 12:00 ET: are these times of New York that were marked UTC?"),
        ("2008-10-15 13:31", 60, 0, 0, "2008-10-15 is before the calendar, which begins 2010-01-01"),
        ("2026-03-14 13:31", 60, 0, 0, "2026-03-14 is no session (weekend)"),
        ("2026-12-25 14:31", 60, 0, 0, "2026-12-25 is no session (holiday: Christmas Day)"),
        ("2026-03-10 22:31", 180, 0, 0, "the first bar ends 18:31 ET, the last 21:30 ET"),
        ("2026-03-10 20:00", 1, 1, 0, "its bars are of the close, when nothing can be traded any more"),
    ],
)  # fmt: skip
def test_bars_are_counted_against_the_hours(
    first: str, count: int, within: int, tradable: int, cause: str
) -> None:
    hours = bars_in_hours(minutes(first, count), xnys())
    assert (hours.bars, hours.within, hours.tradable) == (count, within, tradable)
    assert hours.cause == cause
    assert hours.text == f"{within} of {count} bars lie in trading hours" + (
        f": {cause}" if cause else ""
    )


def test_a_futures_evening_has_no_bar_in_the_hours_in_which_the_desk_trades() -> None:
    assert bars_in_hours(minutes("2026-03-10 22:31", 180), globex_equity()).tradable == 0


@pytest.fixture
def without_underlying(tmp_path: Path) -> Path:
    rows = [
        row(minute, right, strike, bid=mid - 0.1, ask=mid + 0.1)
        for minute in (1, 2)
        for strike, call, put in ((99.0, 3.0 + minute, 1.0), (101.0, 2.0 + minute, 2.0))
        for right, mid in (("C", call), ("P", put))
    ]
    return write_session(tmp_path / "small", rows)


def test_the_implied_price_is_served_only_when_asked_for_and_is_told(
    without_underlying: Path,
) -> None:
    session = read_session(without_underlying)
    plain, implied = RecordedMarket(session), RecordedMarket(session, implied=True)
    assert plain.underlying("XYZ", at(1)) is None
    assert underlying_remarks(plain) == ("no price of the underlying of XYZ is recorded",)
    for minute, forward in ((1, 102.0), (2, 103.0), (1, 102.0)):
        assert implied.underlying("XYZ", at(minute)) == pytest.approx(forward)
        chain = implied.chain("XYZ", EXPIRATION, at(minute))
        assert chain is not None
        assert chain.underlying_price == pytest.approx(forward)
    assert underlying_remarks(implied) == (
        "underlying of XYZ implied by put-call parity, not recorded",
    )


def test_a_recorded_price_is_never_replaced_by_an_implied_one(tmp_path: Path) -> None:
    rows = [row(1, right, 99.0, bid=2.0, ask=2.2, underlying_price=98.0) for right in "CP"]
    market = RecordedMarket(read_session(write_session(tmp_path / "s", rows)), implied=True)
    assert market.underlying("XYZ", at(1)) == 98.0
    assert underlying_remarks(market) == ()


def test_a_session_without_a_bar_in_hours_is_opened_only_where_none_is_needed(
    tmp_path: Path,
) -> None:
    folder = write_session(
        tmp_path / "evening", [row(600, bid=1.0, ask=1.2), row(601, bid=1.0, ask=1.2)]
    )
    with pytest.raises(SessionFileError, match="0 of 2 bars lie in trading hours"):
        open_desk(DeskConfig(), DeskPlan(replay=folder, in_memory=True, needs_hours=True))
    desk = open_desk(DeskConfig(), DeskPlan(replay=folder, in_memory=True))
    assert desk.remarks[0].startswith("0 of 2 bars")


def test_a_time_in_any_zone_is_an_instant(tmp_path: Path) -> None:
    folder = write_session(tmp_path / "s", [row(1, bid=1.0, ask=1.2), row(2, bid=1.1, ask=1.3)])
    table = pq.read_table(folder / "quotes.parquet")
    expected = read_session(folder).bars_s.tolist()
    local = table["ts"].cast(pa.timestamp("us", "America/New_York"))
    pq.write_table(table.set_column(0, "ts", local), folder / "quotes.parquet")
    assert read_session(folder).bars_s.tolist() == expected


def test_every_reason_against_a_file_is_told_at_once_and_what_reads_it(tmp_path: Path) -> None:
    folder = write_session(tmp_path / "s", [row(1, bid=1.0, ask=1.2), row(2, bid=1.1, ask=1.3)])
    table = pq.read_table(folder / "quotes.parquet").drop_columns(["iv", "volume"])
    for name, values in (
        ("right", ["call", "put"]),
        ("expiration", ["2024-03-15"] * 2),
        ("bid", [1.0, -2.0]),
    ):
        at_column = table.schema.get_field_index(name)
        table = table.set_column(at_column, name, pa.array(values))
    pq.write_table(table, folder / "quotes.parquet")
    with pytest.raises(SessionFileError) as refusal:
        read_session(folder)
    said = str(refusal.value).splitlines()
    assert len(said) == 7
    for line, piece in zip(
        said,
        ("column volume: is missing", "column iv: is missing", "column right, row 1: 'call' is not a right",
         "column right, row 2: 'put' is not a right", "column bid, row 2: must not be negative",
         "column expiration: has the type string", "`legdesk import auto quotes.parquet --to DIR`"),
        strict=True,
    ):  # fmt: skip
        assert piece in line
