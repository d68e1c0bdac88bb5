"""Recording: what is written reads back as what was shown, bar by bar."""

import json
import math
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.brokers.recorded import (
    RecordedMarket,
    RecordingMeta,
    SessionFileError,
    SessionRecorder,
    read_session,
)
from engine.brokers.recorded import writer as writer_module
from engine.market.chain import OptionChain
from tests.support.recorded_files import EXPIRATION, SCHEMA, at, row, write_session

META = RecordingMeta("small", underlying="XYZ")
QUOTE = ("bid", "ask", "bid_size", "ask_size", "iv")
LATER = date(2024, 4, 19)
NEW_YORK = ZoneInfo("America/New_York")


def small_chain(
    expiration: date = EXPIRATION, strikes: tuple[float, ...] = (90.0, 100.0)
) -> OptionChain:
    return OptionChain("XYZ", expiration, np.array(strikes))


def quote(chain: OptionChain, cell: tuple[int, int], when_s: float, **values: float) -> None:
    for name, value in values.items():
        getattr(chain, name)[cell] = value
    chain.quoted_s[cell] = chain.confirmed_s = when_s


def replay_of(folder: Path) -> RecordedMarket:
    return RecordedMarket(read_session(folder))


cents = st.one_of(st.just(math.nan), st.integers(0, 400).map(lambda n: n / 20))
sizes = st.one_of(st.just(math.nan), st.integers(0, 50).map(float))
update = st.tuples(
    st.sampled_from([EXPIRATION, LATER]),
    st.sampled_from([(0, 0), (0, 1), (1, 0)]),  # the put at 100 is never quoted
    st.fixed_dictionaries(
        {
            "bid": cents,
            "ask": cents,
            "bid_size": sizes,
            "ask_size": sizes,
            "volume": sizes,
            "open_interest": sizes,
            "iv": st.one_of(st.just(math.nan), st.integers(1, 90).map(lambda n: n / 100)),
        }
    ),
)
step = st.tuples(
    st.integers(1, 4),  # bars since the last
    st.lists(update, max_size=3),
    st.one_of(st.none(), st.integers(95, 105).map(float)),  # the underlying, where it moved
    st.integers(1, 60),  # second of the bar at which the chain was sampled
)


@dataclass
class Expected:
    """What the two chains must show after one bar, worked out cell by cell."""

    end_s: float
    values: dict[tuple[date, str, tuple[int, int]], float] = field(default_factory=dict)
    underlying: float = math.nan


@given(
    steps=st.lists(step, min_size=1, max_size=30),
    start_minute=st.sampled_from([0, 14 * 60 + 20]),  # the second runs over midnight in New York
)
@settings(max_examples=60)
def test_a_recorded_session_reads_back_as_it_was_shown(steps: list[Any], start_minute: int) -> None:
    chains = {day: small_chain(day) for day in (EXPIRATION, LATER)}
    expected: list[Expected] = []
    today: dict[tuple[date, tuple[int, int]], tuple[int, dict[str, float]]] = {}
    price, day, minute = math.nan, None, start_minute
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "recording"
        recorder = SessionRecorder(folder, META)
        for number, (bars, updates, moved, second) in enumerate(steps):
            minute += bars
            end_s = at(minute)
            new_day = datetime.fromtimestamp(end_s - 1, NEW_YORK).date()
            if new_day != day:
                today.clear()
                price, day = math.nan, new_day
                for chain in chains.values():
                    chain.underlying_price = math.nan
            now_s = end_s - 60 + second
            for expiration, cell, values in updates:
                quote(chains[expiration], cell, now_s, **values)
                shown = {name: float(getattr(chains[expiration], name)[cell]) for name in values}
                known = shown["bid"] == shown["bid"] or shown["ask"] == shown["ask"]
                was = today.get((expiration, cell))
                quoted = known or was is None or repr(was[1]) != repr(shown)
                today[expiration, cell] = (number if quoted else was[0], shown)  # type: ignore[index]
            price = price if moved is None else moved
            for chain in chains.values():
                chain.underlying_price, chain.confirmed_s = price, now_s
                recorder.sample(chain, now_s)
            wanted = Expected(end_s, underlying=price)
            for (expiration, cell), (last, values) in today.items():
                for name, value in values.items():
                    silent = number - last >= 10 and name in QUOTE
                    wanted.values[expiration, name, cell] = math.nan if silent else value
            expected.append(wanted)
        facts = recorder.close()
        replay = replay_of(folder)
    assert facts is not None
    assert replay.bars().tolist() == [wanted.end_s for wanted in expected]
    for wanted in expected:
        for expiration in (EXPIRATION, LATER):
            replayed = replay.chain("XYZ", expiration, wanted.end_s)
            for name in (*QUOTE, "volume", "open_interest"):
                for cell in ((0, 0), (0, 1), (1, 0)):
                    value = wanted.values.get((expiration, name, cell), math.nan)
                    strike = (90.0, 100.0)[cell[1]]
                    actual = math.nan
                    if replayed is not None and strike in replayed.strikes:
                        column = replayed.index(strike)
                        actual = float(getattr(replayed, name)[cell[0], column])
                    assert repr(actual) == repr(value), (wanted.end_s, expiration, name, cell)
        spot = replay.underlying("XYZ", wanted.end_s)
        assert repr(math.nan if spot is None else spot) == repr(wanted.underlying)


def test_rows_are_written_for_quoted_contracts_only(tmp_path: Path) -> None:
    chain = small_chain()
    with SessionRecorder(tmp_path, META) as recorder:
        quote(chain, (0, 0), at(0.5), bid=1.0, ask=1.2)
        quote(chain, (1, 1), at(0.5), bid=2.0, ask=2.2)
        recorder.sample(chain, at(0.5))
        quote(chain, (0, 0), at(1.5), bid=1.1, ask=1.2)
        recorder.sample(chain, at(1.5))
    rows = pq.read_table(tmp_path / "quotes.parquet").to_pylist()
    recorded = [(r["ts"].timestamp(), r["right"], r["strike"], r["bid"], r["volume"]) for r in rows]
    assert recorded == [
        (at(1), "C", 90.0, 1.0, None),
        (at(1), "P", 100.0, 2.0, None),
        (at(2), "C", 90.0, 1.1, None),
    ]


def test_a_contract_quoted_anew_at_the_same_price_is_written_again(tmp_path: Path) -> None:
    chain = small_chain()
    with SessionRecorder(tmp_path, META) as recorder:
        for minute in range(12):
            quote(chain, (0, 0), at(minute + 0.5), bid=1.0, ask=1.2)
            recorder.sample(chain, at(minute + 0.5))
    replay = replay_of(tmp_path)
    assert replay.leg_quote("XYZ", EXPIRATION, 0, 90.0, at(12))[:2] == (1.0, 1.2)


def test_the_last_sample_of_a_bar_counts_and_its_end_belongs_to_it(tmp_path: Path) -> None:
    chain = small_chain()
    with SessionRecorder(tmp_path, META) as recorder:
        for minute, bid in ((0.2, 1.0), (1.0, 1.1), (1.2, 1.15)):
            quote(chain, (0, 0), at(minute), bid=bid, ask=1.2)
            recorder.sample(chain, at(minute))
    replay = replay_of(tmp_path)
    assert replay.bars().tolist() == [at(1), at(2)]
    bids = [replay.leg_quote("XYZ", EXPIRATION, 0, 90.0, at(minute))[0] for minute in (1, 2)]
    assert bids == [1.1, 1.15]


def test_a_bar_that_only_confirmed_the_chain_is_in_the_file(tmp_path: Path) -> None:
    chain = small_chain()
    with SessionRecorder(tmp_path, META) as recorder:
        quote(chain, (0, 0), at(0.5), bid=1.0, ask=1.2)
        recorder.sample(chain, at(0.5))
        chain.confirmed_s = at(1.5)
        recorder.sample(chain, at(1.5))
        recorder.sample(chain, at(2.5))
    replay = replay_of(tmp_path)
    assert replay.bars().tolist() == [at(1), at(2)]  # at 2.5 the feed had confirmed nothing


def test_strikes_listed_later_are_taken_in_and_delisted_ones_turn_unknown(tmp_path: Path) -> None:
    first, second = small_chain(), small_chain(strikes=(100.0, 110.0))
    quote(first, (0, 0), at(0.5), bid=1.0, ask=1.2)
    quote(first, (0, 1), at(0.5), bid=0.5, ask=0.6)
    quote(second, (0, 0), at(0.5), bid=0.5, ask=0.6)
    quote(second, (0, 1), at(1.5), bid=0.1, ask=0.2)
    with SessionRecorder(tmp_path, META) as recorder:
        recorder.sample(first, at(0.5))
        recorder.sample(second, at(1.5))
    assert read_session(tmp_path).rows == 4
    replay = replay_of(tmp_path)
    asks = [replay.leg_quote("XYZ", EXPIRATION, 0, k, at(2))[1] for k in (90.0, 100.0, 110.0)]
    assert math.isnan(asks[0]) and asks[1:] == [0.6, 0.2]


def test_values_no_quote_can_have_are_left_unknown_and_counted(tmp_path: Path) -> None:
    chain = small_chain()
    quote(chain, (0, 0), at(0.5), bid=-1.0, ask=1.2, iv=math.inf, bid_size=3e9)
    chain.underlying_price = -5.0
    with SessionRecorder(tmp_path, META) as recorder:
        recorder.sample(chain, at(0.5))
    assert recorder.unusable == 3
    replay = replay_of(tmp_path)
    bid, ask, bid_size, _ = replay.leg_quote("XYZ", EXPIRATION, 0, 90.0, at(1))
    assert math.isnan(bid) and ask == 1.2 and bid_size == 2**31 - 1
    assert replay.underlying("XYZ", at(1)) is None


def test_a_clock_set_back_cannot_disorder_the_file(tmp_path: Path) -> None:
    chain = small_chain()
    with SessionRecorder(tmp_path, META) as recorder:
        for minute in (3.5, 1.5, 4.5):
            quote(chain, (0, 0), at(minute), bid=minute, ask=9.0)
            recorder.sample(chain, at(minute))
    assert replay_of(tmp_path).bars().tolist() == [at(4), at(5)]


def test_the_files_have_the_format_and_facts_of_every_session(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "recording"
    chain = small_chain()
    recorder = SessionRecorder(folder, META)
    quote(chain, (0, 0), at(0.5), bid=1.0, ask=1.2)
    recorder.sample(chain, at(0.5))
    assert [entry.name for entry in folder.iterdir()] == ["quotes.parquet.partial"]
    facts = recorder.close()
    assert recorder.close() is None
    assert facts is not None and (facts.bar_s, facts.source) == (60, "recorded by legdesk")
    assert sorted(entry.name for entry in folder.iterdir()) == ["quotes.parquet", "session.json"]
    assert {entry.stat().st_mode & 0o777 for entry in folder.iterdir()} == {0o600}
    file = pq.ParquetFile(folder / "quotes.parquet")
    assert file.schema_arrow.equals(SCHEMA)
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    stated = json.loads((folder / "session.json").read_text())
    wanted = {
        "name": "small",
        "kind": "intraday_updates",
        "rows": 1,
        "timestamps": 1,
        "contracts": 1,
        "expirations": 1,
        "symbols": ["XYZ"],
        "first_ts": str(datetime.fromtimestamp(at(1), UTC)),
        "last_ts": str(datetime.fromtimestamp(at(1), UTC)),
        "bytes": (folder / "quotes.parquet").stat().st_size,
        "multiplier": 100,
        "style": "American, physical",
        "underlying": "XYZ",
    }
    assert wanted.items() <= stated.items()


def test_a_recording_of_nothing_leaves_no_file(tmp_path: Path) -> None:
    with SessionRecorder(tmp_path, META):
        pass
    assert list(tmp_path.iterdir()) == []


def test_memory_is_one_group_of_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "GROUP_ROWS", 5)
    chain = small_chain()
    with SessionRecorder(tmp_path, META) as recorder:
        for minute in range(13):
            quote(chain, (0, 0), at(minute + 0.5), bid=1.0 + minute, ask=99.0)
            recorder.sample(chain, at(minute + 0.5))
    file = pq.ParquetFile(tmp_path / "quotes.parquet")
    sizes = [file.metadata.row_group(n).num_rows for n in range(file.metadata.num_row_groups)]
    assert sizes == [5, 5, 3]
    assert replay_of(tmp_path).leg_quote("XYZ", EXPIRATION, 0, 90.0, at(8))[0] == 8.0


def test_a_session_is_never_written_over(tmp_path: Path) -> None:
    write_session(tmp_path, [row(1, bid=1.0, ask=1.2)])
    with pytest.raises(SessionFileError, match=r"quotes\.parquet: exists; record into a folder"):
        SessionRecorder(tmp_path, META)


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        (RecordingMeta("x", bar_s=0), "a bar of 0 s; choose whole seconds"),
        (RecordingMeta("x", multiplier=0), "unusable facts .*multiplier"),
        (RecordingMeta("x", style="Bermudan"), "unusable facts .*style"),
    ],
)
def test_facts_that_replay_would_refuse_are_refused_at_once(
    tmp_path: Path, meta: RecordingMeta, message: str
) -> None:
    with pytest.raises(SessionFileError, match=f"(?s){message}"):
        SessionRecorder(tmp_path, meta)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SessionFileError, match=r"cannot be written .*; choose a folder that can"):
        SessionRecorder(tmp_path / "file" / "recording", META)


@pytest.mark.parametrize(
    ("chain", "message"),
    [
        (OptionChain("XYZ", EXPIRATION, np.array([90.0]), multiplier=50), "multiplier 50"),
        (OptionChain("XYZ", EXPIRATION, np.array([90.0]), style="european"), "is european"),
        (
            OptionChain("XYZ", EXPIRATION, np.array([90.0]), settlement="cash"),
            "physical, cash|cash",
        ),
        (OptionChain("X Z", EXPIRATION, np.array([90.0])), "'X Z' is not an option root"),
        (OptionChain("XYZ", EXPIRATION, np.array([0.0, 90.0])), "strikes must be positive"),
        (OptionChain("XYZ", EXPIRATION, np.array([])), "strikes must be positive"),
    ],
)
def test_a_chain_the_session_cannot_hold_is_refused(
    tmp_path: Path, chain: OptionChain, message: str
) -> None:
    with (
        SessionRecorder(tmp_path, META) as recorder,
        pytest.raises(ValueError, match=message),
    ):
        recorder.sample(chain, at(1))


def test_a_closed_recording_takes_no_sample(tmp_path: Path) -> None:
    recorder = SessionRecorder(tmp_path, META)
    recorder.close()
    with pytest.raises(ValueError, match="closed"):
        recorder.sample(small_chain(), at(1))
