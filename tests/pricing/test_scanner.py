"""What a scanner promises beside the right pairs: pruning, reuse, quotes and refusals."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.market.chain import OptionChain
from engine.pricing.kernel import Workspace
from engine.pricing.rules import LiquidityFilter, PriceGate, ScanRules
from engine.pricing.scanner import Scanner, scan
from tests.support.brute_force_scan import DAY, smooth_chain


@pytest.mark.parametrize("top", [1, 5, 50])
@pytest.mark.parametrize("gate", [None, PriceGate()], ids=["open", "gated"])
def test_pruning_before_the_ranking_changes_nothing(top: int, gate: PriceGate | None) -> None:
    chain = smooth_chain()
    rules = ScanRules(fee_per_share=0.0272, top=top, gate=gate, max_width=6.0)
    everything = scan(chain, replace(rules, top=10**6))
    result = scan(chain, rules)
    assert everything.found == result.found > 3 * top
    np.testing.assert_array_equal(result.net, everything.net[: len(result)])
    np.testing.assert_array_equal(result.floor, everything.floor[: len(result)])
    np.testing.assert_array_equal(result.debit_long, everything.debit_long[: len(result)])


def test_scanning_again_ends_the_opportunities_of_the_scan_before() -> None:
    chain, shared = smooth_chain(20), Workspace()
    first, second = Scanner(chain.strikes, shared), Scanner(chain.strikes, shared)
    result = first.scan(chain, ScanRules())
    net = result.net.copy()
    assert result.opportunity(0).net_edge > 0
    second.scan(chain, ScanRules(rule="otm"))
    np.testing.assert_array_equal(result.net, net)
    with pytest.raises(RuntimeError, match="later scan"):
        result.opportunity(0)
    with pytest.raises(RuntimeError, match="later scan"):
        _ = result.exclusions


def test_an_opportunity_keeps_the_quotes_that_were_priced_when_the_feed_writes_on() -> None:
    chain = smooth_chain(20)
    result = scan(chain, ScanRules())
    before = chain.bid.copy()
    chain.bid[:] = 0.01
    legs = result.opportunity(0).legs
    for leg in legs:
        right = 0 if leg.option_type == "call" else 1
        assert leg.bid == before[right, chain.index(leg.strike)]


def test_quotes_beyond_all_sense_are_left_out_without_a_warning() -> None:
    chain = smooth_chain(20)
    chain.ask[0, 3], chain.bid[1, 4] = 1e200, -1e200
    chain.bid[0, 5] = chain.ask[0, 5] = -np.inf
    result = scan(chain, ScanRules(top=10**6, gate=PriceGate()))
    refused = {("call", 443.0), ("put", 444.0), ("call", 445.0)}
    assert len(result)
    for pair in result:
        assert not refused & {(leg.option_type, leg.strike) for leg in pair.legs}
    assert result.exclusions["contract_absurd_quote"] == 3


@pytest.mark.parametrize("beside_the_tick", [0.0, 0.004], ids=["on the tick", "beside it"])
def test_the_quotes_of_a_pair_are_those_of_the_chain(beside_the_tick: float) -> None:
    chain = smooth_chain(20)
    chain.bid += beside_the_tick
    pair = scan(chain, ScanRules(top=1, gate=PriceGate())).opportunity(0)
    right = 0 if pair.right == "call" else 1
    for leg in pair.legs:
        at = right, chain.index(leg.strike)
        assert (leg.bid, leg.ask) == (round(chain.bid[at], 8), round(chain.ask[at], 8))
    long, short = pair.debit_legs
    assert pair.debit_bid == pytest.approx(long.bid - short.ask, abs=1e-9)
    assert pair.debit_ask == pytest.approx(long.ask - short.bid, abs=1e-9)
    long, short = pair.credit_legs
    assert (long.side, short.side) == ("buy", "sell")
    assert pair.credit_bid == pytest.approx(short.bid - long.ask, abs=1e-9)
    assert pair.credit_ask == pytest.approx(short.ask - long.bid, abs=1e-9)


def test_the_figures_of_one_pair_stay_when_the_scanner_scans_by_other_rules() -> None:
    chain = smooth_chain(20)
    scanner = Scanner(chain.strikes)
    rules = ScanRules(top=1, gate=PriceGate(), fee_per_share=0.0272)
    listed = scan(chain, replace(rules, top=5))
    result = scanner.scan(chain, rules)
    scanner.scan(chain, replace(rules, tick_c=5))
    for name in ("net", "floor", "debit", "credit", "fill_estimate"):
        np.testing.assert_array_equal(getattr(result, name), getattr(listed, name)[:1])


def test_no_pair_is_begun_whose_wider_credit_brings_less_than_its_stages_will_ask() -> None:
    chain = smooth_chain(20)
    asked = ScanRules(top=10**6, fee_per_share=0.0272)
    floors = scan(chain, asked).floor
    assert np.any((floors >= 0) & (floors < 0.01)), "some credits are that short"
    gated = scan(chain, replace(asked, gate=PriceGate()))
    assert len(gated) and float(gated.floor.min()) >= 0.01
    # Nothing is owed where the rule lets a pair lose, and a rescan asks for what its stage does.
    loses = scan(chain, replace(asked, rule="otm", gate=PriceGate()))
    assert float(loses.floor.min()) < 0


@pytest.mark.parametrize("top", [1, 50])
def test_a_credit_that_is_not_below_its_width_is_in_no_pair(top: int) -> None:
    chain = smooth_chain(20)
    chain.bid[0, 12], chain.ask[0, 12] = chain.ask[0, 12] + 3.0, chain.ask[0, 12] + 3.1
    result = scan(chain, ScanRules(top=top, gate=PriceGate()))
    assert len(result)
    for pair in result:
        assert pair.credit_limit_c < 100 * abs(pair.credit_long - pair.credit_short)


def test_a_masked_contract_is_in_no_pair_and_is_counted() -> None:
    chain = smooth_chain(20)
    plain = scan(chain, ScanRules()).opportunity(0)
    allowed = np.ones((2, 20), dtype=bool)
    right = 0 if plain.right == "call" else 1
    allowed[right, chain.index(plain.debit_long)] = False
    result = scan(chain, ScanRules(top=10**6), allowed)
    strikes = {
        leg.strike for pair in result.top() for leg in pair.legs if pair.right == plain.right
    }
    assert plain.debit_long not in strikes
    assert result.exclusions["contract_masked"] == 1


def test_a_scan_without_a_result_counts_the_reasons() -> None:
    chain = smooth_chain(20)
    chain.bid[0, 0] = np.nan
    chain.bid[0, 1], chain.ask[0, 1] = 30.0, 29.0
    chain.bid[0, 2] = 0.0
    chain.volume[:] = 5
    chain.volume[1, 3], chain.volume[1, 4] = 0, np.nan
    rules = ScanRules(
        min_net_credit=50.0,
        liquidity=LiquidityFilter(min_volume=1, max_quote_width=0.1),
    )
    result = scan(chain, rules)
    assert len(result) == result.found == 0
    assert result.top() == []
    counts = result.exclusions
    assert counts["contract_not_quoted"] == 1
    assert counts["contract_crossed"] == 1
    assert counts["contract_low_volume"] == 1
    assert counts["unknown_volume"] == 1
    assert counts["contract_quoted_wide"] == int(np.sum(chain.ask - chain.bid > 0.1 + 1e-9))
    assert counts["debit_net_too_low"] > 0
    assert "contract_masked" not in counts


def test_every_debit_is_found_or_counted_as_refused() -> None:
    chain = smooth_chain(40)
    for rules in (
        ScanRules(fee_per_share=0.0272, gate=PriceGate(), max_width=5),
        ScanRules(fee_per_share=0.0272, min_payoff_floor=0.05, max_width=5),
        ScanRules(rule="otm", min_net_credit=0.5, max_width=5),
    ):
        result = scan(chain, rules)
        refused = sum(v for k, v in result.exclusions.items() if k.startswith("debit_"))
        sellable = [chain.bid[0, 1:] > 0, chain.bid[1, :-1][::-1] > 0]
        verticals = sum(int(s[w - 1 :].sum()) for s in sellable for w in range(1, 6))
        assert result.found + refused == verticals


def test_a_chain_of_one_strike_or_none_has_no_pairs() -> None:
    for strikes in ([], [100.0]):
        chain = OptionChain("XYZ", DAY, np.array(strikes))
        assert len(scan(chain, ScanRules())) == 0
        assert len(scan(chain, ScanRules(rule="any"))) == 0


def test_a_chain_with_other_strikes_is_refused() -> None:
    with pytest.raises(ValueError, match="other strikes"):
        Scanner(np.array([1.0, 2.0])).scan(smooth_chain(20), ScanRules())


def test_infinite_quotes_are_contracts_nobody_may_trade() -> None:
    chain = smooth_chain(20)
    chain.ask[0, 3], chain.bid[1, 4] = np.inf, -np.inf
    chain.bid[0, 5] = chain.ask[0, 5] = np.inf
    result = scan(chain, ScanRules(top=10**6))
    for pair in result.top():
        assert math.isfinite(pair.floor)
        assert all(math.isfinite(leg.bid) and math.isfinite(leg.ask) for leg in pair.legs)
    assert result.exclusions["contract_absurd_quote"] == 3


@pytest.mark.parametrize(
    "bad",
    [
        {"buy_at": 1.2},
        {"max_width": 0.0},
        {"tick_c": -1},
        {"top": 0},
        {"rule": "wild"},
        {"min_net_credit": math.nan},
        {"fee_per_share": -1.0},
    ],
)
def test_rules_outside_their_range_are_refused_by_name(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        ScanRules(**bad)


@example(bids=[1.00, 0.55, 0.30], tick_c=5)
@given(st.lists(st.integers(0, 300).map(lambda c: c / 100), min_size=3, max_size=3), st.just(5))
def test_with_a_gate_no_limit_lies_outside_its_natural_market(
    bids: list[float], tick_c: int
) -> None:
    strikes = np.array([100.0, 105.0, 110.0])
    chain = OptionChain("XYZ", DAY, strikes, underlying_price=104.0)
    chain.bid[:] = sorted(bids, reverse=True)
    chain.ask[:] = np.round(chain.bid + 0.01, 2)
    gate = PriceGate(min_margin_c=-1000)
    rules = ScanRules(tick_c=tick_c, rule="otm", min_net_credit=-10, gate=gate)
    for pair in scan(chain, rules).top():
        assert pair.debit_bid <= pair.debit_limit_c / 100 + 1e-9
        assert pair.credit_limit_c / 100 <= pair.credit_ask + 1e-9
