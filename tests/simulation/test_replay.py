"""Recorded sessions through the whole engine: three real ones, and a small one made here."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import numpy as np
import pytest

from engine.brokers.recorded import RecordingMeta, SessionRecorder
from engine.config import DeskConfig, SimulationSettings, SpreadRules
from engine.desk.opening import DeskPlan, open_desk
from engine.market.chain import OptionChain


def replayed(folder, *, model="assumed", location=0.35, least_days=7, **plan):
    config = DeskConfig(
        spreads=SpreadRules(
            buy_location=location, sell_location=1 - location, min_days_to_expiry=least_days
        ),
        simulation=SimulationSettings(seed=3, fill_model=model),
    )
    return open_desk(config, DeskPlan(replay=folder, in_memory=True, **plan))


SHORT, *LONG = "goog_20151224_min", "twx_20140605_min", "nwsa_20130628_min"


@pytest.mark.parametrize(
    "name", [SHORT, *(pytest.param(name, marks=pytest.mark.whole) for name in LONG)]
)
def test_a_real_session_replays_to_its_end_with_book_equal_to_exchange(shared_data, name):
    desk = replayed(shared_data / "sessions" / name, expirations=2)
    report = desk.run_to_end()
    assert report.attempts.n > 100
    assert report.header.fill_model == "assumed"
    assert name in report.header.source
    assert desk.books_agree() == ""
    assert desk.exchange.open_orders() == ()


def test_crossing_at_the_natural_price_fills_on_real_quotes_and_at_35_percent_next_to_never(
    shared_data,
):
    folder = shared_data / "sessions" / "twx_20140605_min"
    plan = {"model": "crossing", "expirations": 2, "until": time(11, 0)}
    patient = replayed(folder, **plan).run_to_end()
    crossing = replayed(folder, location=1.0, **plan)
    eager = crossing.run_to_end()
    assert patient.attempts.n > 100
    assert patient.attempts.k <= patient.attempts.n // 50
    assert crossing.books_agree() == ""
    assert eager.attempts.k >= patient.attempts.k


def recorded_hour(folder, root="XYZ", expires=date(2026, 4, 17), style=("american", "physical")):
    """An hour of one chain whose quotes walk a little, recorded with the desk's own recorder."""
    meta = RecordingMeta("small", style=f"{style[0].capitalize()}, {style[1]}", underlying=root)
    strikes = np.arange(90.0, 111.0)
    opens = datetime(2026, 3, 18, 13, 30, tzinfo=UTC).timestamp()
    with SessionRecorder(folder, meta) as recorder:
        for minute in range(1, 61):
            spot = 100 + np.sin(minute / 7)
            calls = np.logaddexp(0, (spot - strikes) / 4) * 4
            puts = calls - spot + strikes
            mid = np.round(np.stack((calls, puts)), 2)
            chain = OptionChain(
                root, expires, strikes, underlying_price=float(spot), style=style[0],
                settlement=style[1],
            )  # fmt: skip
            chain.bid, chain.ask = mid - 0.05, mid + 0.05
            chain.bid_size = chain.ask_size = np.full(mid.shape, 20.0)
            chain.confirmed_s = opens + 60 * minute
            chain.quoted_s = np.full(mid.shape, chain.confirmed_s)
            recorder.sample(chain, chain.confirmed_s)
    return folder


@pytest.fixture
def small_session(tmp_path):
    return recorded_hour(tmp_path / "small")


@pytest.mark.parametrize(("root", "trades"), [("SPX", False), ("SPXW", True)])
def test_what_settles_at_the_open_is_not_entered_on_its_day_in_a_replay_either(
    tmp_path, root, trades
):
    """No recording says when its contracts settle: the root does."""
    folder = recorded_hour(tmp_path / root, root, date(2026, 3, 18), ("european", "cash"))
    report = replayed(folder, least_days=0).run_to_end()
    assert (report.attempts.n > 0) is trades


def test_a_recorded_hour_trades_and_is_the_same_twice(small_session):
    first, second = (replayed(small_session) for _ in range(2))
    one, two = first.run_to_end(), second.run_to_end()
    assert one.to_json() == two.to_json()
    assert one.attempts.n > 50
    assert one.attempts.k > 0
    assert first.books_agree() == ""


def test_a_run_can_be_recorded_and_its_recording_replayed(tmp_path):
    config = DeskConfig(simulation=SimulationSettings(symbols=("AAPL",), expirations_per_symbol=1))
    from datetime import time

    desk = open_desk(config, DeskPlan(in_memory=True, record=tmp_path / "rec", until=time(9, 45)))
    desk.run_to_end()
    again = replayed(tmp_path / "rec")
    report = again.run_to_end()
    assert report.attempts.n > 10
    assert again.books_agree() == ""
