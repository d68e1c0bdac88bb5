"""Which contracts may be exercised early at no loss, from the rule and nothing else."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.market.chain import OptionChain
from engine.pricing.contradictions import Bools
from engine.pricing.early_exercise import (
    ExerciseTerms,
    ShortLeg,
    assignable,
    short_leg,
    short_legs,
)
from engine.pricing.leg_prices import unsold_too
from engine.pricing.opportunity import TwoPartOpportunity
from engine.pricing.rules import ScanRules
from engine.pricing.scanner import Scanner
from tests.support.brute_force_scan import DAY, RIGHTS, chains, smooth_chain

terms = st.builds(
    ExerciseTerms,
    interest_rate=st.sampled_from([0.0, 0.05, 1.0]),
    dividend_yield=st.sampled_from([0.0, 0.02, 1.0]),
    width_share=st.sampled_from([0.0, 0.25, 0.5, 1.0]),
)


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(chains(), terms, st.integers(-1, 800), st.booleans())
def test_what_may_be_exercised_has_less_time_value_than_that_earns_and_its_width_hides(
    chain: OptionChain, given_terms: ExerciseTerms, days: int, american: bool
) -> None:
    chain.style = "american" if american else "european"
    rate, dividends, share = given_terms
    years, spot = max(0, days) / 365, chain.underlying_price
    found = assignable(chain, given_terms, days)
    expected = np.zeros_like(chain.bid, dtype=bool)
    for row, right in enumerate(RIGHTS):
        for column, strike in enumerate(chain.strike_list):
            bid, ask = float(chain.bid[row, column]), float(chain.ask[row, column])
            inside = spot - strike if right == "call" else strike - spot
            earned = spot * dividends * years if right == "call" else strike * rate * years
            left = (bid + ask) / 2 - inside
            # A difference that rounding makes is none; NaN is less than nothing.
            expected[row, column] = (
                american and inside > 0 and left - earned - share * (ask - bid) < -1e-8
            )
    assert (found is None) == (not expected.any())
    if found is not None:
        np.testing.assert_array_equal(found, expected)


def priced(bid: float, ask: float) -> OptionChain:
    """A call a month before its end, 10 in the money."""
    chain = OptionChain("XYZ", DAY, np.array([90.0, 110.0]), underlying_price=100.0)
    chain.bid[0, 0], chain.ask[0, 0] = bid, ask
    return chain


def test_with_half_its_width_a_contract_whose_bid_is_what_exercise_is_worth_may_be_sold() -> None:
    assert assignable(priced(10.0, 10.4), ExerciseTerms(), 30) is None
    below = assignable(priced(9.99, 10.39), ExerciseTerms(), 30)
    assert below is not None
    assert below.tolist() == [[True, False], [False, False]]
    # Less of the width asked for: 0.19 left at the middle.
    assert assignable(priced(9.99, 10.39), ExerciseTerms(width_share=0.4), 30) is None


def test_a_calls_holder_has_dividends_for_its_time_value_and_a_puts_holder_interest() -> None:
    chain = priced(10.5, 10.5)
    chain.bid[1, 1] = chain.ask[1, 1] = 10.5
    for given_terms, row in ((ExerciseTerms(0.0, 0.10), 0), (ExerciseTerms(0.10, 0.0), 1)):
        found = assignable(chain, given_terms, 30)
        assert found is not None
        assert found.any(axis=1).tolist() == [row == 0, row == 1]
        # 100 x 10 % for two weeks is 0.38, 110 x 10 % is 0.42: less than the 0.50 left.
        assert assignable(chain, given_terms, 14) is None


@pytest.mark.parametrize("price", [math.nan, 0.0, math.inf])
def test_without_the_underlyings_price_no_contract_is_judged(price: float) -> None:
    chain = priced(1.0, 2.0)
    chain.count_write(underlying_price=price)
    assert assignable(chain, ExerciseTerms(), 30) is None
    assert short_leg("call", 90.0, 1.0, 2.0, price) is None


def test_the_best_pair_sells_nothing_that_may_be_exercised_and_what_is_left_out_is_counted() -> (
    None
):
    chain = smooth_chain(70, 465.0)
    chain.bid[:, :] = np.maximum(chain.bid - 0.2, 0.0)
    found = assignable(chain, ExerciseTerms(), 30)
    assert found is not None
    rules = ScanRules(rule="otm", min_net_credit=-50.0, top=10**6)
    scanner = Scanner(chain.strikes)
    blocked = unsold_too(None, found)
    assert any(_sells(pair, chain, found) for pair in scanner.scan(chain, rules))
    result = scanner.scan(chain, rules, blocked_legs=blocked)
    assert result.exclusions["contract_assignable"] == int(found.sum())
    assert "contract_of_another_pair" not in result.exclusions
    assert len(result)
    assert not any(_sells(pair, chain, found) for pair in result)


def _sells(pair: TwoPartOpportunity, chain: OptionChain, found: Bools) -> bool:
    row = RIGHTS.index(pair.right)
    return any(found[row, chain.index(k)] for k in (pair.debit_short, pair.credit_short))


def test_a_pair_tells_of_its_short_legs_how_far_in_the_money_they_are_and_what_time_they_have() -> (
    None
):
    chain = smooth_chain(20, 490.0)
    pair = Scanner(chain.strikes).scan(chain, ScanRules(top=1)).opportunity(0)
    told = short_legs(pair.legs, 500.0)
    assert [each is None for each in told] == [True, False, True, False]
    for leg, each in zip(pair.legs, told, strict=True):
        if each is None:
            continue
        inside = max(0.0, 500.0 - leg.strike if pair.right == "call" else leg.strike - 500.0)
        assert each.in_the_money_by == inside
        assert each.time_value == pytest.approx((leg.bid + leg.ask) / 2 - inside)
    assert short_legs(pair.legs, math.nan) == (None,) * 4
    unquoted = replace(pair.legs[1], strike=480.0, option_type="call", bid=math.nan)
    assert short_legs((unquoted,), 500.0) == (ShortLeg(20.0, None),)
    assert short_leg("put", 510.0, 0.0, 0.0, 500.0) == ShortLeg(10.0, None)
    assert short_leg("put", 510.0, None, 11.0, 500.0) == ShortLeg(10.0, None)
