"""The simulated market: one seed, no free money, and nobody's asking changes it."""

import hashlib
import os
import subprocess
import sys
from datetime import date

import numpy as np
import pytest

from engine.exchange.quotes import SimulatedMarket
from engine.exchange.quotes.quotes import ChainQuotes
from engine.market.calendar import xnys
from engine.market.chain import CALL, PUT, OptionChain
from engine.market.ticks import leg_tick_c
from tests.support.exchange_world import CLOSES_S, DAY, MORNING_S, OPENS_S

ROOTS = ("AAPL", "SPY", "SPX", "TSLA", "NOBODYS")
FIELDS = ("bid", "ask", "bid_size", "ask_size", "volume", "open_interest", "iv")


def market(seed: int = 7, **kwargs: object) -> SimulatedMarket:
    return SimulatedMarket(seed, DAY, OPENS_S, CLOSES_S, **kwargs)  # type: ignore[arg-type]


def quotes_of(source: SimulatedMarket, symbol: str, number: int) -> ChainQuotes:
    expiration = source.expirations(symbol, OPENS_S)[number]
    quotes = source._quotes(symbol, expiration)
    assert quotes is not None
    return quotes


def copied(chain: OptionChain | None) -> dict[str, np.ndarray]:
    assert chain is not None
    return {name: getattr(chain, name).copy() for name in FIELDS}


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return all(np.array_equal(one[name], other[name]) for name in FIELDS)


DIGEST = """
import hashlib
from functools import partial
from tests.support.exchange_world import *
short = SimulatedMarket(11, DAY, OPENS_S, OPENS_S + 900.0)
chains = [(s, e) for s in ("AAPL", "SPX", "NOBODYS") for e in short.expirations(s, OPENS_S)[3:5]]
day = ScriptedDay(short, chains, lambda timer: MatchingEngine(short, timer, 3, phase_of, model="assumed"))
day.run()
digest = hashlib.sha256()
for symbol, expiration in chains:
    chain = short.chain(symbol, expiration, OPENS_S + 600.0)
    for name in ("strikes", "bid", "ask", "bid_size", "ask_size", "volume", "iv"):
        digest.update(getattr(chain, name).tobytes())
for report in day.reports:
    digest.update(repr(report).encode())
print(len(day.reports), digest.hexdigest())
"""


def test_two_processes_with_different_hash_seeds_simulate_the_same_market_and_fills(project_root):
    answers = []
    for hash_seed in ("1", "4242"):
        done = subprocess.run(
            [sys.executable, "-c", DIGEST],
            cwd=project_root,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(project_root)},
            capture_output=True,
            text=True,
            check=True,
        )
        answers.append(done.stdout)
    assert answers[0] == answers[1]
    assert int(answers[0].split()[0]) > 500


def test_another_seed_gives_another_market():
    expiration = market().expirations("AAPL", OPENS_S)[3]
    one = copied(market(7).chain("AAPL", expiration, MORNING_S))
    assert not same(one, copied(market(8).chain("AAPL", expiration, MORNING_S)))


def test_quotes_do_not_depend_on_who_asked_before_or_in_which_order():
    quiet, watched = market(), market()
    rng = np.random.default_rng(3)
    expirations = {root: quiet.expirations(root, OPENS_S)[2] for root in ROOTS}
    for root in reversed(ROOTS):
        for at_s in OPENS_S + rng.uniform(0, CLOSES_S - OPENS_S, 200):
            watched.chain(root, expirations[root], float(at_s))
            watched.leg_quote(root, expirations[root], PUT, 100.0, float(at_s) + 61.0)
            watched.underlying(root, float(at_s))
    for at_s in (OPENS_S, MORNING_S + 0.5, CLOSES_S - 1.0):
        for root in ROOTS:
            seen = copied(watched.chain(root, expirations[root], at_s))
            assert same(seen, copied(quiet.chain(root, expirations[root], at_s))), root


@pytest.mark.parametrize("root", ROOTS)
def test_single_contracts_are_quoted_to_the_bit_as_in_the_chain(root):
    by_chain, by_leg = market(), market()
    expiration = by_chain.expirations(root, OPENS_S)[2]
    rng = np.random.default_rng(5)
    for number, at_s in enumerate(OPENS_S + rng.uniform(-5, CLOSES_S - OPENS_S + 5, 120)):
        now_s = float(at_s)
        if number % 10 == 9:
            by_chain.nudge(root, expiration, -0.07, now_s)
            by_leg.nudge(root, expiration, -0.07, now_s)
        chain = by_chain.chain(root, expiration, now_s)
        assert chain is not None
        for right in (CALL, PUT):
            for column, strike in enumerate(chain.strikes.tolist()):
                at = (right, column)
                assert by_leg.leg_quote(root, expiration, right, strike, now_s) == (
                    chain.bid[at],
                    chain.ask[at],
                    chain.bid_size[at],
                    chain.ask_size[at],
                )


@pytest.mark.parametrize("root", ROOTS)
def test_a_vertical_found_once_costs_and_brings_to_the_bit_what_its_legs_say(root):
    source = market(mispricings_an_hour=600.0)
    expiration = source.expirations(root, OPENS_S)[2]
    chain = source.chain(root, expiration, OPENS_S)
    assert chain is not None
    rng = np.random.default_rng(6)
    for number, at_s in enumerate(OPENS_S + rng.uniform(-5, CLOSES_S - OPENS_S + 5, 300)):
        now_s, right = float(at_s), int(rng.integers(0, 2))
        x, y = (float(strike) for strike in rng.choice(chain.strikes, 2))
        if number % 3 == 0:
            source.chain(root, expiration, now_s)
        vertical = source.vertical(root, expiration, right, x, y)
        assert vertical is not None
        legs = tuple(source.leg_quote(root, expiration, right, k, now_s) for k in (x, y))
        assert vertical.legs(now_s) == legs
        assert vertical.debit(now_s) == legs[0][1] - legs[1][0]
        assert vertical.credit(now_s) == legs[0][0] - legs[1][1]
    assert source.vertical(root, expiration, CALL, float(chain.strikes[0]), 0.123) is None


def test_asking_for_one_contract_leaves_the_arrays_that_a_reader_holds():
    source = market()
    expiration = source.expirations("AAPL", OPENS_S)[2]
    chain = source.chain("AAPL", expiration, MORNING_S)
    assert chain is not None
    before, version = copied(chain), chain.version
    for later in range(1, 200):
        source.leg_quote("AAPL", expiration, CALL, 230.0, MORNING_S + later)
    assert same(before, copied(chain))
    assert chain.version == version


def test_a_strike_or_expiration_that_is_not_listed_has_no_quote():
    source = market(symbols=["AAPL"])
    expiration = source.expirations("AAPL", OPENS_S)[0]
    assert np.isnan(source.leg_quote("AAPL", expiration, CALL, 231.13, MORNING_S)).all()
    assert source.chain("AAPL", date(2026, 3, 25), MORNING_S) is None
    assert source.chain("MSFT", expiration, MORNING_S) is None
    assert source.underlying("MSFT", MORNING_S) is None
    assert source.expirations("MSFT", MORNING_S) == ()


@pytest.mark.parametrize("root", ROOTS)
def test_values_hold_no_vertical_butterfly_parity_or_calendar_arbitrage(root):
    source = market(mispricings_an_hour=0.0)
    for second in (0, 1234, 12_000, 23_399):
        spot = source.underlying(root, OPENS_S + second)
        assert spot is not None
        nearer: dict[float, float] = {}
        for number in range(len(source.expirations(root, OPENS_S))):
            quotes = quotes_of(source, root, number)
            values, strikes = quotes.values(second), quotes.chain.strikes
            call, put = values
            slopes = np.diff(call) / np.diff(strikes)
            assert np.all(slopes <= 1e-9)
            assert np.all(slopes >= -1 - 1e-9)
            assert np.all(np.diff(slopes) >= -1e-9)
            assert np.all(call >= np.maximum(spot - strikes, 0) - 1e-9)
            np.testing.assert_allclose(call - put, spot - strikes, atol=1e-8)
            # The tables of two expirations differ in their nodes: allow their interpolation.
            for strike, value in zip(strikes.tolist(), call.tolist(), strict=True):
                assert value >= nearer.get(strike, 0.0) - 1e-5 * spot
                nearer[strike] = value


@pytest.mark.parametrize("root", ROOTS)
def test_middles_of_quotes_are_values_within_rounding_where_nothing_is_mispriced(root):
    source = market(mispricings_an_hour=0.0)
    quotes = quotes_of(source, root, 2)
    for second in (5, 4321, 20_000):
        chain = quotes.at(OPENS_S + second)
        value = quotes.values(second)
        tick_c = np.vectorize(lambda ask: leg_tick_c(root, round(ask * 100)))(chain.ask)
        middle = (chain.bid + chain.ask) / 2
        sold = chain.bid > 0
        assert np.all(np.abs(middle - value)[sold] <= (tick_c / 100 / 2 + 1e-9)[sold])


@pytest.mark.parametrize("root", ROOTS)
def test_natural_prices_lock_in_nothing_even_where_contracts_are_mispriced(root):
    source = market(mispricings_an_hour=600.0)
    quotes = quotes_of(source, root, 2)
    strikes = quotes.chain.strikes
    gaps = np.diff(strikes)
    mispriced = 0
    for second in range(0, 23_400, 307):
        chain = quotes.at(OPENS_S + second)
        value = quotes.values(second)
        assert np.all((chain.bid <= np.maximum(value, 0) + 1e-9) & (value <= chain.ask + 1e-9))
        mispriced += quotes._mispriced
        bid, ask = chain.bid, chain.ask
        # Call verticals: bought at natural they cost something, sold they bring less than width.
        assert np.all(ask[CALL, :-1] - bid[CALL, 1:] > 0)
        assert np.all(bid[CALL, :-1] - ask[CALL, 1:] < gaps)
        # Butterflies over neighbours, weighted for uneven strikes, never bring money.
        low, high = gaps[1:] / (gaps[:-1] + gaps[1:]), gaps[:-1] / (gaps[:-1] + gaps[1:])
        for right in (CALL, PUT):
            cost = low * ask[right, :-2] + high * ask[right, 2:] - bid[right, 1:-1]
            assert np.all(cost > 0)
        # Boxes: bought they cost at least their width, sold they bring at most it.
        bought = ask[CALL, :-1] - bid[CALL, 1:] + ask[PUT, 1:] - bid[PUT, :-1]
        brought = bid[CALL, :-1] - ask[CALL, 1:] + bid[PUT, 1:] - ask[PUT, :-1]
        assert np.all(bought >= gaps - 1e-9)
        assert np.all(brought <= gaps + 1e-9)
    assert mispriced > 20


@pytest.mark.parametrize("root", ROOTS)
def test_quotes_are_on_the_tick_uncrossed_and_sized(root):
    source = market()
    expiration = source.expirations(root, OPENS_S)[1]
    for second in range(0, 23_400, 1171):
        chain = source.chain(root, expiration, OPENS_S + second)
        assert chain is not None
        for price in np.concatenate((chain.bid, chain.ask)).ravel().tolist():
            cents = round(price * 100)
            assert price == pytest.approx(cents / 100, abs=1e-9)
            assert cents % leg_tick_c(root, cents) == 0
        assert np.all(chain.ask > chain.bid)
        assert np.all(chain.bid >= 0)
        for sizes in (chain.bid_size, chain.ask_size):
            assert np.all((sizes >= 1) & (sizes == np.floor(sizes)))
        assert np.all((chain.iv > 0.05) & (chain.iv < 1.5))


def test_quotes_are_wider_at_the_open_and_in_the_wings_of_value():
    source = market()
    expiration = source.expirations("AAPL", OPENS_S)[2]

    def widths(second: int) -> np.ndarray:
        chain = source.chain("AAPL", expiration, OPENS_S + second)
        assert chain is not None
        return chain.ask - chain.bid

    opening, midday = widths(20), widths(9000)
    assert opening.mean() > 1.5 * midday.mean()
    assert midday[CALL, 0] > 2 * midday[CALL, -1]


def test_expirations_are_sessions_a_week_away_or_more_and_fall_back_before_a_holiday():
    listed = market().expirations("AAPL", OPENS_S)
    assert listed == tuple(sorted(set(listed)))
    assert all((day - DAY).days >= 7 for day in listed)
    assert (listed[-1] - DAY).days > 500
    known = [day for day in listed if day <= xnys().last]
    assert all(xnys().is_session(day) for day in known)
    assert date(2026, 4, 2) in listed, "Good Friday gives way to Thursday"
    assert date(2026, 4, 3) not in listed
    assert market(expirations_per_symbol=3).expirations("AAPL", OPENS_S) == listed[:3]


def test_roots_on_one_index_share_its_path_and_have_their_own_expirations():
    source = market()
    for second in (0, 100, 20_000):
        now_s = OPENS_S + second
        assert source.underlying("SPX", now_s) == source.underlying("SPXW", now_s)
    monthly, weekly = source.expirations("SPX", OPENS_S), source.expirations("SPXW", OPENS_S)
    assert all(15 <= day.day <= 21 for day in monthly)
    assert any(not 15 <= day.day <= 21 for day in weekly)
    chain = source.chain("SPX", monthly[0], MORNING_S)
    assert chain is not None
    assert (chain.style, chain.settlement, chain.multiplier) == ("european", "cash", 100)


def test_paths_are_livelier_at_the_open_and_close_than_at_midday():
    steps = []
    for root in ("AAPL", "MSFT", "NVDA", "AMZN", "META", "GOOGL", "TSLA", "IWM"):
        source = market()
        prices = [source.underlying(root, OPENS_S + 60 * k) for k in range(391)]
        steps.append(np.diff(np.log(np.array(prices, dtype=float))) ** 2)
    by_minute = np.median(np.array(steps), axis=0)
    assert by_minute[:30].mean() > 1.5 * by_minute[150:210].mean()
    assert by_minute[-30:].mean() > 1.1 * by_minute[150:210].mean()


def test_a_nudge_moves_one_chain_at_once_and_fades():
    source, untouched = market(), market()
    near, far = source.expirations("AAPL", OPENS_S)[2:4]
    source.nudge("AAPL", near, -0.50, MORNING_S)
    chain, still = (m.chain("AAPL", near, MORNING_S) for m in (source, untouched))
    assert chain is not None
    assert still is not None
    assert chain.underlying_price == pytest.approx(still.underlying_price - 0.50)
    assert chain.bid[CALL].sum() < still.bid[CALL].sum()
    assert same(
        copied(source.chain("AAPL", far, MORNING_S)),
        copied(untouched.chain("AAPL", far, MORNING_S)),
    )
    later_s = MORNING_S + 3600.0
    assert same(
        copied(source.chain("AAPL", near, later_s)), copied(untouched.chain("AAPL", near, later_s))
    )


def test_nudges_never_add_up_to_more_than_half_a_percent():
    source = market()
    expiration = source.expirations("AAPL", OPENS_S)[2]
    for _ in range(100):
        source.nudge("AAPL", expiration, -1.0, MORNING_S)
    chain = source.chain("AAPL", expiration, MORNING_S)
    spot = source.underlying("AAPL", MORNING_S)
    assert chain is not None
    assert spot is not None
    assert spot * 0.994 < chain.underlying_price < spot


def test_quotes_change_each_second_until_the_close():
    source = market()
    expiration = source.expirations("AAPL", OPENS_S)[2]
    assert source.next_change_s("AAPL", expiration, OPENS_S + 10.25) == OPENS_S + 11.0
    assert source.next_change_s("AAPL", expiration, CLOSES_S) is None
    chain = source.chain("AAPL", expiration, OPENS_S + 10.25)
    assert chain is not None
    digest = hashlib.sha256(chain.bid.tobytes()).hexdigest()
    chain = source.chain("AAPL", expiration, OPENS_S + 10.99)
    assert chain is not None
    assert hashlib.sha256(chain.bid.tobytes()).hexdigest() == digest
    assert chain.confirmed_s == OPENS_S + 10.99


def test_a_session_shorter_than_a_minute_is_refused():
    with pytest.raises(ValueError, match="at least a minute"):
        SimulatedMarket(1, DAY, OPENS_S, OPENS_S + 30.0)
