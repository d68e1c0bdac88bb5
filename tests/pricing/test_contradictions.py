"""A contract that the quotes of other strikes contradict is neither bought nor sold, and counted."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.brokers.recorded import RecordedMarket, read_session
from engine.market.chain import OptionChain
from engine.pricing.contradictions import contradicted
from engine.pricing.credit import best_credit_for
from engine.pricing.grid import StrikeGrid
from engine.pricing.rules import LiquidityFilter, ScanRules
from engine.pricing.scanner import Scanner, scan
from tests.support.brute_force_scan import DAY, chains, smooth_chain
from tests.support.quote_contradictions import left_out

REAL = {
    "aapl_20140606_09_hour": 4,
    "es_20200106_min": 0,
    "goog_20151224_min": 0,
    "nwsa_20130628_min": 0,
    "spx_20110103_07_eod": 0,
    "spxw_20210106_min": 0,
    "twx_20140605_min": 0,
}
"""Contracts left out of all chains that a day's bars show: four of 29,070 on hourly AAPL."""


def strikes_left_out(chain: OptionChain) -> set[tuple[int, float]]:
    """(right, strike) of what the scanner's kernel leaves out as contradicted."""
    kernel = Scanner(chain.strikes).kernel(chain, rules := ScanRules())
    kernel.price(chain, rules)
    if kernel.contradicted is None:
        return set()
    n = len(chain.strikes)
    columns = np.stack((kernel.contradicted[0], kernel.contradicted[1, ::-1]))
    return {
        (right, float(chain.strikes[at]))
        for right in (0, 1)
        for at in range(n)
        if columns[right, at]
    }


def by_pairs(chain: OptionChain) -> set[tuple[int, float]]:
    """The same by looking at every pair."""
    return {
        (right, strike)
        for right, name in enumerate(("call", "put"))
        for strike in left_out(
            zip(chain.strike_list, chain.bid[right], chain.ask[right], strict=True), name
        )
    }


@given(chains())
def test_what_is_left_out_is_what_a_look_at_every_pair_leaves_out(chain: OptionChain) -> None:
    assert strikes_left_out(chain) == by_pairs(chain)


@given(chains(), st.integers(0, 2**32 - 1))
def test_no_vertical_of_what_remains_lies_outside_0_and_its_width(
    chain: OptionChain, seed: int
) -> None:
    noise = np.random.default_rng(seed)
    chain.bid[:], chain.ask[:] = (
        np.round(each * noise.uniform(0.5, 2), 2) for each in (chain.bid, chain.ask)
    )
    for right, strike in strikes_left_out(chain):
        chain.bid[right, chain.index(strike)] = np.nan
    assert strikes_left_out(chain) == set()


@pytest.mark.parametrize("right", [0, 1], ids=["call", "put"])
@pytest.mark.parametrize("factor", [0.5, 1.6], ids=["too cheap", "too dear"])
def test_a_contract_of_another_deliverable_is_left_out_alone_and_counted(
    right: int, factor: float
) -> None:
    chain = smooth_chain(60)
    wrong = chain.index(480.0)
    chain.bid[right, wrong] = round(chain.bid[right, wrong] * factor, 2)
    chain.ask[right, wrong] = round(chain.ask[right, wrong] * factor, 2)
    assert strikes_left_out(chain) == {(right, 480.0)}
    result = scan(chain, ScanRules(top=10**6))
    assert result.exclusions["contract_contradicted"] == 1
    assert "contract_masked" not in result.exclusions
    named = ("call", "put")[right]
    for pair in result:
        assert all((leg.option_type, leg.strike) != (named, 480.0) for leg in pair.legs)


def test_two_contracts_that_contradict_each_other_alone_are_both_left_out() -> None:
    chain = OptionChain("XYZ", DAY, np.array([95.0, 100.0, 105.0, 110.0]))
    chain.bid[0], chain.ask[0] = [9.0, 4.0, 4.6, 0.5], [9.2, 4.4, 4.9, 0.7]
    assert strikes_left_out(chain) == {(0, 100.0), (0, 105.0)}


def test_a_vertical_whose_bid_is_above_its_width_is_a_contradiction() -> None:
    chain = OptionChain("XYZ", DAY, np.array([100.0, 101.0]))
    chain.bid[1], chain.ask[1] = [1.0, 2.6], [1.2, 2.8]
    assert strikes_left_out(chain) == {(1, 100.0), (1, 101.0)}
    chain.bid[1, 1] = 2.2
    assert strikes_left_out(chain) == set()


def test_quotes_written_in_place_are_looked_at_again() -> None:
    chain = smooth_chain(40)
    scanner, rules = Scanner(chain.strikes), ScanRules()
    assert "contract_contradicted" not in scanner.scan(chain, rules).exclusions
    kept = chain.bid[0, 20], chain.ask[0, 20]
    chain.bid[0, 20] = chain.ask[0, 20] = 0.01
    assert scanner.scan(chain, rules).exclusions["contract_contradicted"] == 1
    chain.bid[0, 20], chain.ask[0, 20] = kept
    assert "contract_contradicted" not in scanner.scan(chain, rules).exclusions


def test_a_credit_for_a_filled_debit_is_not_sold_against_a_contradicted_contract() -> None:
    chain = smooth_chain(60)
    wrong = chain.index(494.0)
    chain.bid[0, wrong], chain.ask[0, wrong] = 0.20, 0.30
    found = best_credit_for(chain, 480.0, 485.0, "call", ScanRules(), paid_c=300)
    assert found is not None
    assert 494.0 not in (found.credit_long, found.credit_short)


def test_the_rule_can_be_switched_off_for_reference() -> None:
    chain = smooth_chain(60)
    chain.bid[0, 30] = chain.ask[0, 30] = 0.01
    rules = ScanRules(liquidity=LiquidityFilter(refuse_contradicted=False), top=10**6)
    assert "contract_contradicted" not in scan(chain, rules).exclusions
    assert any(480.0 - 10 < pair.debit_long < 490 for pair in scan(chain, rules))


def test_where_hundreds_are_involved_none_is_believed() -> None:
    strikes = np.arange(1.0, 601.0)
    grid = StrikeGrid(strikes, 10.0)
    bid = np.tile(np.arange(600.0), (2, 1))
    assert contradicted(bid, bid + 0.1, grid.axis, 1.0).all()


@pytest.mark.parametrize("name", sorted(REAL))
def test_real_sessions_have_almost_no_contradictions(name: str, shared_data: Path) -> None:
    folder = shared_data / "sessions" / name
    if not folder.is_dir():
        pytest.skip(f"{name} is not on this machine")
    market = RecordedMarket(read_session(folder))
    found = 0
    bars = market.bars()
    for now_s in bars[:: max(1, len(bars) // 15)].tolist():
        for symbol in market.symbols():
            for expiration in market.expirations(symbol, now_s):
                chain = market.chain(symbol, expiration, now_s)
                assert chain is not None
                found += len(strikes_left_out(chain))
    assert found == REAL[name]
