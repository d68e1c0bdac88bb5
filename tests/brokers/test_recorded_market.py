"""Replay: what a chain shows at a moment, and what it must not show."""

import math
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.brokers.recorded import RecordedMarket, read_session
from tests.support.recorded_files import EXPIRATION, OPEN, at, row, write_session


def market(folder: Path, rows: list[dict[str, Any]], **facts: Any) -> RecordedMarket:
    return RecordedMarket(read_session(write_session(folder, rows, **facts)))


def call(replay: RecordedMarket, minute: float, strike: float = 100.0) -> tuple[float, float]:
    return replay.leg_quote("XYZ", EXPIRATION, 0, strike, at(minute))[:2]


def test_a_quote_is_carried_forward_until_its_next_row(tmp_path: Path) -> None:
    rows = [
        row(1, bid=1.0, ask=1.2, bid_size=5, ask_size=6),
        row(2, "P", bid=2.0, ask=2.1),
        row(3, bid=1.1, ask=1.3, bid_size=7, ask_size=8),
    ]
    replay = market(tmp_path, rows)
    assert replay.leg_quote("XYZ", EXPIRATION, 0, 100.0, at(1)) == (1.0, 1.2, 5.0, 6.0)
    assert call(replay, 2.99) == (1.0, 1.2)
    assert replay.leg_quote("XYZ", EXPIRATION, 1, 100.0, at(2.99))[:2] == (2.0, 2.1)
    assert replay.leg_quote("XYZ", EXPIRATION, 0, 100.0, at(3)) == (1.1, 1.3, 7.0, 8.0)


def test_before_the_first_bar_everything_is_unknown_and_nothing_confirmed(tmp_path: Path) -> None:
    chain = market(tmp_path, [row(1, bid=1.0, ask=1.2)]).chain("XYZ", EXPIRATION, at(0.99))
    assert chain is not None
    assert np.isnan(chain.bid).all() and math.isnan(chain.confirmed_s)


def test_each_bar_confirms_every_chain_although_a_contract_has_no_row(tmp_path: Path) -> None:
    other = date(2024, 4, 19)
    rows = [row(1, bid=1.0, ask=1.2), row(2, bid=3.0, ask=3.2, expiration=other)]
    replay = market(tmp_path, rows)
    chain = replay.chain("XYZ", EXPIRATION, at(2.5))
    assert chain is not None
    assert chain.confirmed_s == at(2)
    assert chain.quoted_s[0, 0] == at(1)
    assert math.isnan(chain.quoted_s[1, 0])


def test_a_contract_silent_for_ten_bars_is_unknown_and_counted(tmp_path: Path) -> None:
    rows = [row(1, bid=1.0, ask=1.2, open_interest=40)]
    rows += [row(minute, "P", bid=2.0, ask=2.1) for minute in range(2, 14)]
    replay = market(tmp_path, rows)
    assert call(replay, 10.99) == (1.0, 1.2)
    assert replay.silent("XYZ", EXPIRATION, at(10.99)) == 0
    assert all(math.isnan(side) for side in call(replay, 11))
    assert replay.silent("XYZ", EXPIRATION, at(11)) == 1
    chain = replay.chain("XYZ", EXPIRATION, at(11))
    assert chain is not None
    assert chain.open_interest[0, 0] == 40 and chain.quoted_s[0, 0] == at(1)


def test_a_listed_contract_without_a_quote_shows_sizes_of_zero(tmp_path: Path) -> None:
    replay = market(tmp_path, [row(1, bid=1.0, ask=1.2), row(2, "P", bid=2.0, ask=2.1)])
    for right, minute in ((0, 0.5), (1, 1)):
        quote = replay.leg_quote("XYZ", EXPIRATION, right, 100.0, at(minute))
        assert math.isnan(quote[0]) and math.isnan(quote[1]) and quote[2:] == (0.0, 0.0)


def test_a_contract_with_an_ask_of_0_shows_sizes_of_zero_and_no_price(tmp_path: Path) -> None:
    replay = market(tmp_path, [row(1, bid=0.0, ask=0.0, bid_size=5, ask_size=5)])
    shown = replay.leg_quote("XYZ", EXPIRATION, 0, 100.0, at(2))
    assert all(math.isnan(price) for price in shown[:2])
    assert shown[2:] == (0.0, 0.0)


def test_silence_counts_bars_of_the_session_not_minutes(tmp_path: Path) -> None:
    rows = [row(1, bid=1.0, ask=1.2), row(45, "P", bid=2.0, ask=2.1)]
    assert call(market(tmp_path, rows), 45) == (1.0, 1.2)


def test_a_silent_contract_that_speaks_again_is_served_again(tmp_path: Path) -> None:
    rows = [row(1, bid=1.0, ask=1.2)]
    rows += [row(minute, "P", bid=2.0, ask=2.1) for minute in range(2, 15)]
    rows += [row(15, bid=1.4, ask=1.5)]
    replay = market(tmp_path, rows)
    assert math.isnan(call(replay, 14)[0])
    assert call(replay, 15) == (1.4, 1.5)
    assert replay.silent("XYZ", EXPIRATION, at(15)) == 0


def test_zero_stays_zero_null_is_unknown_and_crossed_quotes_are_kept(tmp_path: Path) -> None:
    rows = [
        row(1, strike=90.0, bid=0.0, ask=0.05),
        row(1, strike=95.0, bid=None, ask=0.1),
        row(1, strike=100.0, bid=1.3, ask=1.2),
        row(1, strike=105.0, bid=1.0, ask=1.0),
    ]
    replay = market(tmp_path, rows)
    assert call(replay, 1, 90.0) == (0.0, 0.05)
    assert math.isnan(call(replay, 1, 95.0)[0]) and call(replay, 1, 95.0)[1] == 0.1
    assert call(replay, 1, 100.0) == (1.3, 1.2)
    assert call(replay, 1, 105.0) == (1.0, 1.0)


def test_a_null_row_takes_back_an_earlier_quote(tmp_path: Path) -> None:
    replay = market(tmp_path, [row(1, bid=1.0, ask=1.2), row(2, bid=None, ask=1.2)])
    assert math.isnan(call(replay, 2)[0])


def test_nothing_carries_over_midnight_and_each_day_has_its_own_strikes(tmp_path: Path) -> None:
    day = 24 * 60
    rows = [
        row(1, strike=700.0, bid=1.0, ask=1.2, underlying_price=650.0),
        row(day + 1, strike=100.0, bid=2.0, ask=2.2),
        row(day + 2, strike=100.0, bid=2.1, ask=2.2, underlying_price=93.0),
    ]
    replay = market(tmp_path, rows)
    before = replay.chain("XYZ", EXPIRATION, at(1))
    assert before is not None and before.strikes.tolist() == [700.0]
    assert call(replay, 60 * 14.4, 700.0) == (1.0, 1.2)
    assert all(math.isnan(side) for side in call(replay, 60 * 15, 700.0))
    after = replay.chain("XYZ", EXPIRATION, at(day + 1))
    assert after is not None and after.strikes.tolist() == [100.0]
    assert replay.underlying("XYZ", at(day + 1)) is None
    assert replay.underlying("XYZ", at(day + 2)) == 93.0


def test_beyond_the_recorded_days_nothing_is_listed(tmp_path: Path) -> None:
    replay = market(tmp_path, [row(1, bid=1.0, ask=1.2, underlying_price=100.0)])
    for minute in (-24 * 60, 24 * 60):
        assert replay.chain("XYZ", EXPIRATION, at(minute)) is None
        assert replay.expirations("XYZ", at(minute)) == ()
        assert replay.underlying("XYZ", at(minute)) is None
        assert all(math.isnan(side) for side in call(replay, minute))


def test_unlisted_symbols_expirations_and_strikes_have_no_quote(tmp_path: Path) -> None:
    replay = market(tmp_path, [row(1, bid=1.0, ask=1.2)])
    assert replay.chain("ABC", EXPIRATION, at(1)) is None
    assert replay.chain("XYZ", date(2024, 3, 22), at(1)) is None
    assert all(math.isnan(value) for value in replay.leg_quote("XYZ", EXPIRATION, 0, 101.0, at(1)))
    assert replay.silent("ABC", EXPIRATION, at(1)) == 0


def test_expirations_are_ascending_with_today_and_without_the_expired(tmp_path: Path) -> None:
    today = OPEN.date()
    listed = [date(2024, 4, 19), date(2024, 3, 1), today, EXPIRATION]
    rows = [row(1, bid=1.0, ask=1.2, expiration=day) for day in listed]
    assert market(tmp_path, rows).expirations("XYZ", at(1)) == (
        today,
        EXPIRATION,
        date(2024, 4, 19),
    )


def test_a_snapshot_replaces_the_whole_chain(tmp_path: Path) -> None:
    rows = [
        row(1, strike=90.0, bid=1.0, ask=1.2),
        row(1, strike=95.0, bid=2.0, ask=2.2),
        row(2, strike=95.0, bid=2.1, ask=2.3),
        row(3, strike=90.0, bid=1.1, ask=1.2),
    ]
    replay = market(tmp_path, rows, kind="snapshot", bar=None)
    assert replay.bar_s is None
    assert call(replay, 1, 90.0) == (1.0, 1.2)
    assert math.isnan(call(replay, 2, 90.0)[0]) and call(replay, 2, 95.0) == (2.1, 2.3)
    assert math.isnan(call(replay, 3, 95.0)[0]) and call(replay, 3, 90.0) == (1.1, 1.2)
    fresh = RecordedMarket(replay.session)
    assert math.isnan(call(fresh, 3, 95.0)[0]) and call(fresh, 3, 90.0) == (1.1, 1.2)


def test_jumping_shows_what_stepping_shows_and_time_may_run_back(tmp_path: Path) -> None:
    rows = [
        row(minute, right, strike, bid=minute + strike / 1000, ask=minute + 1.0)
        for minute in range(1, 30)
        for number, (right, strike) in enumerate((r, k) for r in "CP" for k in (90.0, 100.0))
        if minute % (3 + 4 * number) == 1
    ]
    stepping = market(tmp_path, rows)
    seen = []
    for minute in range(30):
        chain = stepping.chain("XYZ", EXPIRATION, at(minute))
        assert chain is not None
        seen.append((chain.bid.copy(), chain.ask.copy(), chain.quoted_s.copy(), chain.confirmed_s))
    wandering = RecordedMarket(stepping.session)
    for minute in (29, 3, 4, 17, 0, 12, 28):
        chain = wandering.chain("XYZ", EXPIRATION, at(minute))
        assert chain is not None
        now = (chain.bid, chain.ask, chain.quoted_s, chain.confirmed_s)
        for shown, wanted in zip(now, seen[minute], strict=True):
            np.testing.assert_array_equal(shown, wanted)


def test_the_version_rises_with_a_change_and_only_then(tmp_path: Path) -> None:
    other = date(2024, 4, 19)
    rows = [row(1, bid=1.0, ask=1.2, underlying_price=100.0)]
    rows += [
        row(minute, bid=3.0, ask=3.2, expiration=other, underlying_price=100.0)
        for minute in range(2, 13)
    ]
    replay = market(tmp_path, rows)
    versions = []
    for minute in range(1, 13):
        chain = replay.chain("XYZ", EXPIRATION, at(minute))
        assert chain is not None
        versions.append(chain.version)
    assert versions == [1] * 10 + [2] * 2  # its quote at minute 1, its silence at minute 11


def test_the_next_change_is_the_next_bars_end_whatever_the_chain(tmp_path: Path) -> None:
    replay = market(tmp_path, [row(1, bid=1.0, ask=1.2), row(4, bid=1.1, ask=1.3)])
    times = [replay.next_change_s("XYZ", EXPIRATION, at(minute)) for minute in (0, 1, 3.5, 4)]
    assert times == [at(1), at(4), at(4), None]


def test_the_underlying_is_the_days_last_known_price(tmp_path: Path) -> None:
    rows = [
        row(1, bid=1.0, ask=1.2, underlying_price=100.5),
        row(2, bid=1.0, ask=1.2),
        row(3, bid=1.0, ask=1.2, underlying_price=101.5),
    ]
    replay = market(tmp_path, rows)
    prices = [replay.underlying("XYZ", at(minute)) for minute in (0.5, 1, 2.5, 3)]
    assert prices == [None, 100.5, 100.5, 101.5]
    chain = replay.chain("XYZ", EXPIRATION, at(3))
    assert chain is not None and chain.underlying_price == 101.5
    assert not replay.underlying_is_implied("XYZ")


def test_without_a_recorded_underlying_parity_offers_a_labelled_estimate(tmp_path: Path) -> None:
    rows = [
        row(1, right, strike, bid=mid - 0.05, ask=mid + 0.05)
        for strike, (call_mid, put_mid) in {95.0: (7.0, 1.0), 100.0: (3.0, 2.0)}.items()
        for right, mid in (("C", call_mid), ("P", put_mid))
    ]
    rows.append(row(1, "C", 105.0, bid=1.0, ask=1.2))
    replay = market(tmp_path, rows)
    assert replay.underlying("XYZ", at(1)) is None
    assert replay.underlying_is_implied("XYZ")
    assert replay.implied_underlying("XYZ", EXPIRATION, at(1)) == pytest.approx(101.0)
    assert replay.implied_underlying("XYZ", EXPIRATION, at(0.5)) is None
    assert replay.implied_underlying("ABC", EXPIRATION, at(1)) is None


def test_chains_carry_the_facts_of_the_session(tmp_path: Path) -> None:
    rows = [row(1, bid=1.0, ask=1.2)]
    replay = market(tmp_path, rows, multiplier=50, style="European, cash (PM)", bar="1h")
    chain = replay.chain("XYZ", EXPIRATION, at(1))
    assert chain is not None
    assert (chain.multiplier, chain.style, chain.settlement) == (50, "european", "cash")
    assert (replay.blocking, replay.bar_s, replay.symbols()) == (False, 3600, ("XYZ",))


def test_a_tolerance_of_no_bar_is_refused(tmp_path: Path) -> None:
    session = read_session(write_session(tmp_path, [row(1, bid=1.0, ask=1.2)]))
    with pytest.raises(ValueError, match="silent_bars is 0"):
        RecordedMarket(session, silent_bars=0)


def test_the_last_quotes_stand_until_midnight_in_new_york(tmp_path: Path) -> None:
    replay = market(tmp_path, [row(1, bid=1.0, ask=1.2)])
    midnight = datetime(2024, 3, 6, 5, tzinfo=UTC).timestamp()
    assert replay.leg_quote("XYZ", EXPIRATION, 0, 100.0, midnight)[0] == 1.0
    assert replay.chain("XYZ", EXPIRATION, midnight + 0.01) is None
