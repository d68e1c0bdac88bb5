"""The recorded sessions beside the project, against a slow reading of their rows."""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from engine.brokers.recorded import (
    RecordedMarket,
    RecordingMeta,
    SessionRecorder,
    read_session,
)

NEW_YORK = ZoneInfo("America/New_York")
SESSIONS = {
    # name: rows, bars, days, multiplier, exercise, settlement, bar_s
    "aapl_20140606_09_hour": (31_407, 14, 2, 100, "american", "physical", 3600),
    "es_20200106_min": (243_505, 1370, 1, 50, "american", "physical", 60),
    "goog_20151224_min": (275_552, 211, 1, 100, "american", "physical", 60),
    "nwsa_20130628_min": (43_003, 390, 1, 100, "american", "physical", 60),
    "spx_20110103_07_eod": (9_832, 5, 5, 100, "european", "cash", None),
    "spxw_20210106_min": (6_305, 405, 1, 100, "european", "cash", 60),
    "twx_20140605_min": (30_468, 391, 1, 100, "american", "physical", 60),
}


@pytest.fixture(scope="module", params=sorted(SESSIONS))
def folder(request: pytest.FixtureRequest, shared_data: Path) -> Path:
    session = shared_data / "sessions" / str(request.param)
    if not session.is_dir():
        pytest.skip(f"{request.param} is not on this machine")
    return session


@pytest.fixture(scope="module")
def replay(folder: Path) -> RecordedMarket:
    return RecordedMarket(read_session(folder))


def exchange_day(ts: datetime) -> date:
    return (ts - timedelta(milliseconds=1)).astimezone(NEW_YORK).date()


def slow_state(
    rows: list[dict[str, Any]], bars: list[datetime], now: datetime, snapshot: bool
) -> dict[str, Any] | None:
    """Return the row of one contract that counts at `now`, straight from the rule."""
    day = exchange_day(now)
    rows = [r for r in rows if r["ts"] <= now and exchange_day(r["ts"]) == day]
    if not rows:
        return None
    last = rows[-1]
    since = sum(1 for bar in bars if last["ts"] < bar <= now)
    if since if snapshot else since >= 10:
        return None
    return last


def sampled_contracts(folder: Path) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Yield six contracts, spread over the file, each with its own rows in order."""
    table = pq.read_table(folder / "quotes.parquet")
    for position in range(0, len(table), len(table) // 5 - 1):
        one = table.slice(position, 1).to_pylist()[0]
        mask = pc.equal(table["strike"], one["strike"])
        for name in ("symbol", "right"):
            mask = pc.and_(mask, pc.equal(table[name], one[name]))
        mask = pc.and_(mask, pc.equal(table["expiration"], pa.scalar(one["expiration"])))
        yield one, table.filter(mask).to_pylist()


def test_each_session_loads_with_its_facts(folder: Path, replay: RecordedMarket) -> None:
    rows, bars, days, multiplier, exercise, settlement, bar_s = SESSIONS[folder.name]
    session = replay.session
    assert (session.rows, len(session.bars_s), len(session.days)) == (rows, bars, days)
    facts = session.facts
    assert (facts.multiplier, facts.exercise, facts.settlement) == (
        multiplier,
        exercise,
        settlement,
    )
    assert replay.bar_s == bar_s
    assert facts.on_futures == folder.name.startswith("es_")


def test_sampled_contracts_show_what_a_slow_reading_of_the_rows_shows(
    folder: Path, replay: RecordedMarket
) -> None:
    bars = [datetime.fromtimestamp(bar, UTC) for bar in replay.bars().tolist()]
    snapshot = replay.session.facts.kind == "snapshot"
    known = 0
    for contract, rows in sampled_contracts(folder):
        for index in range(0, len(bars), max(1, len(bars) // 25)):
            now = bars[index] + timedelta(seconds=20)
            if exchange_day(now) != exchange_day(bars[index]):
                continue
            wanted = slow_state(rows, bars, now, snapshot)
            quoted = replay.leg_quote(
                contract["symbol"],
                contract["expiration"],
                0 if contract["right"] == "C" else 1,
                contract["strike"],
                now.timestamp(),
            )
            for name, value in zip(("bid", "ask", "bid_size", "ask_size"), quoted, strict=True):
                expected = None if wanted is None else wanted[name]
                unquoted = wanted is None or wanted["bid"] is wanted["ask"] is None
                if name.endswith("size") and unquoted:
                    today = exchange_day(now)
                    if not any(exchange_day(r["ts"]) == today for r in rows):
                        continue  # listed or not that day, by its other right
                    expected = 0.0
                assert value == expected or (expected is None and math.isnan(value)), (
                    contract,
                    now,
                    name,
                )
            known += wanted is not None
    assert known > 10


def test_quoting_again_from_the_first_bar_gives_the_same_last_state(
    folder: Path, replay: RecordedMarket
) -> None:
    last_s = replay.session.last_s
    stepped = RecordedMarket(replay.session)
    for bar_s in replay.bars().tolist():
        for symbol in replay.symbols():
            for expiration in stepped.expirations(symbol, bar_s):
                stepped.chain(symbol, expiration, bar_s)
    jumped = RecordedMarket(replay.session)
    for symbol in replay.symbols():
        for expiration in jumped.expirations(symbol, last_s):
            one = stepped.chain(symbol, expiration, last_s)
            other = jumped.chain(symbol, expiration, last_s)
            assert one is not None and other is not None
            np.testing.assert_array_equal(one.bid, other.bid)
            np.testing.assert_array_equal(one.open_interest, other.open_interest)
            np.testing.assert_array_equal(one.quoted_s, other.quoted_s)


def one_session(shared_data: Path, name: str) -> RecordedMarket:
    folder = shared_data / "sessions" / name
    if not folder.is_dir():
        pytest.skip(f"{name} is not on this machine")
    return RecordedMarket(read_session(folder))


def test_crossed_quotes_of_spxw_are_served_as_they_were(shared_data: Path) -> None:
    replay = one_session(shared_data, "spxw_20210106_min")
    crossed = 0
    for bar_s in replay.bars().tolist():
        for expiration in replay.expirations("SPXW", bar_s):
            chain = replay.chain("SPXW", expiration, bar_s)
            assert chain is not None
            crossed += int(((chain.bid > chain.ask) & (chain.quoted_s == bar_s)).sum())
    assert crossed == 7


def test_the_index_snapshots_hold_one_complete_day_each(shared_data: Path) -> None:
    replay = one_session(shared_data, "spx_20110103_07_eod")
    table = pq.read_table(shared_data / "sessions" / "spx_20110103_07_eod" / "quotes.parquet")
    assert replay.symbols() == ("SPX", "SPXPM", "SPXW")
    for bar_s in replay.bars().tolist():
        stamp = pa.scalar(round(bar_s * 1000), pa.timestamp("ms", "UTC"))
        rows = table.filter(pc.equal(table["ts"], stamp))
        shown = zero = 0
        for symbol in replay.symbols():
            for expiration in replay.expirations(symbol, bar_s):
                chain = replay.chain(symbol, expiration, bar_s)
                assert chain is not None
                shown += int(np.isfinite(chain.ask).sum())
                zero += int((chain.bid == 0).sum())
        assert shown == len(rows)
        assert zero == pc.sum(pc.equal(rows["bid"], 0.0)).as_py()
        assert replay.underlying("SPX", bar_s) == rows["underlying_price"][0].as_py()


def test_the_split_of_apple_changes_the_strikes_from_one_day_to_the_next(shared_data: Path) -> None:
    replay = one_session(shared_data, "aapl_20140606_09_hour")
    friday, monday = (day.first_bar for day in replay.session.days)
    bars = replay.bars()
    expiration = date(2015, 1, 17)
    before = replay.chain("AAPL", expiration, float(bars[friday]))
    after = replay.chain("AAPL", expiration, float(bars[monday]))
    assert before is not None and after is not None and before is not after
    assert before.strikes[-1] > 700 > 200 > after.strikes[-1]
    assert before.underlying_price > 640 and after.underlying_price < 95
    assert date(2014, 6, 6) not in replay.expirations("AAPL", float(bars[monday]))


def test_options_on_a_future_have_an_implied_price_only(shared_data: Path) -> None:
    replay = one_session(shared_data, "es_20200106_min")
    noon_s = datetime(2020, 1, 6, 17, tzinfo=UTC).timestamp()
    assert replay.underlying("ES202003", noon_s) is None
    assert replay.underlying_is_implied("ES202003")
    implied = replay.implied_underlying("ES202003", date(2020, 3, 20), noon_s)
    assert implied is not None and 3200 < implied < 3260


def test_parity_agrees_with_the_recorded_price_where_there_is_one(shared_data: Path) -> None:
    replay = one_session(shared_data, "goog_20151224_min")
    noon_s = datetime(2015, 12, 24, 17, tzinfo=UTC).timestamp()
    price = replay.underlying("GOOG", noon_s)
    implied = replay.implied_underlying("GOOG", date(2015, 12, 31), noon_s)
    assert not replay.underlying_is_implied("GOOG")
    assert price == pytest.approx(748, abs=4)
    assert implied == pytest.approx(price, rel=0.002)


def test_a_replay_recorded_again_has_the_same_quotes_at_every_bar(
    shared_data: Path, tmp_path: Path
) -> None:
    replay = one_session(shared_data, "nwsa_20130628_min")
    with SessionRecorder(tmp_path, RecordingMeta("again", underlying="NWSA")) as recorder:
        for bar_s in replay.bars().tolist():
            for expiration in replay.expirations("NWSA", bar_s):
                chain = replay.chain("NWSA", expiration, bar_s)
                assert chain is not None
                recorder.sample(chain, bar_s)
    again = RecordedMarket(read_session(tmp_path))
    assert again.bars().tolist() == replay.bars().tolist()
    for bar_s in replay.bars().tolist():
        for expiration in replay.expirations("NWSA", bar_s):
            one = replay.chain("NWSA", expiration, bar_s)
            other = again.chain("NWSA", expiration, bar_s)
            assert one is not None and other is not None
            for name in ("bid", "ask", "bid_size", "ask_size"):
                np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
            assert one.underlying_price == other.underlying_price
