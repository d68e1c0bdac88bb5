"""What an opportunity says about itself, and where a price lies in a vertical's market."""

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.market.chain import OptionChain
from engine.market.legs import SpreadLeg
from engine.pricing.opportunity import TwoPartOpportunity, label
from engine.pricing.payoff import payoff, payoff_minimum
from engine.pricing.rules import Rule, ScanRules
from engine.pricing.scanner import scan
from engine.pricing.verticals import FillLocation, fill_location, market_of

DAY = date(2026, 3, 20)


def best(multiplier: int = 100, fee: float = 0.0272, rule: Rule = "safe") -> TwoPartOpportunity:
    """Return the best pair of a small chain of calls."""
    strikes = np.array([95.0, 100.0, 105.0, 110.0])
    chain = OptionChain("XYZ", DAY, strikes, underlying_price=101.0, multiplier=multiplier)
    chain.bid[0], chain.ask[0] = [8.0, 6.6, 4.0, 2.0], [8.2, 6.8, 4.2, 2.2]
    chain.iv[0, 0] = 0.25
    return scan(chain, ScanRules(fee_per_share=fee, rule=rule)).opportunity(0)


def test_an_opportunity_holds_its_limits_markets_and_legs() -> None:
    pair = best()
    assert (pair.debit_long, pair.debit_short) == (95, 100)
    assert (pair.debit_bid, pair.debit_ask) == (1.2, 1.6)
    assert pair.debit_limit_c == 134
    assert (pair.credit_short, pair.credit_long) == (100, 105)
    assert (pair.credit_bid, pair.credit_ask) == (2.4, 2.8)
    assert pair.credit_limit_c == 266
    assert pair.net_credit_c == 132
    assert pair.fee_c_per_pair == 272
    assert pair.net_edge == pytest.approx(1.32 - 0.0272)
    assert pair.floor == pytest.approx(1.32 - 0.0272)
    assert pair.kind == "long butterfly"
    assert [(x.strike, x.side) for x in pair.legs] == [
        (95, "buy"),
        (100, "sell"),
        (105, "buy"),
        (100, "sell"),
    ]
    assert pair.legs[0].iv == 0.25
    assert pair.legs[1].iv is None
    assert pair.fill_estimate == pytest.approx(1.34 / 1.60)
    assert pair.max_profit == pytest.approx(1.2928 + 5)
    assert pair.max_loss == 0
    assert pair.breakevens == ()


def test_the_fee_of_a_pair_is_account_money_and_follows_the_multiplier() -> None:
    assert best(multiplier=50, fee=0.02).fee_c_per_pair == 100


def test_buying_at_f_star_and_selling_as_far_from_the_ask_has_a_floor_of_zero() -> None:
    pair = best(fee=0.5)
    f = pair.f_star
    assert f is not None
    buy = pair.debit_bid + f * (pair.debit_ask - pair.debit_bid)
    sell = pair.credit_ask - f * (pair.credit_ask - pair.credit_bid)
    floor = sell - buy - 0.5 + payoff_minimum(pair.payoff_legs)
    assert floor == pytest.approx(0) if 0 < f < 1 else floor >= 0


def test_f_star_is_unknown_where_neither_market_has_a_width() -> None:
    chain = OptionChain("XYZ", DAY, np.array([95.0, 100.0, 105.0]), underlying_price=100.0)
    chain.bid[0] = chain.ask[0] = [8.0, 6.6, 4.0]
    pair = scan(chain, ScanRules()).opportunity(0)
    assert pair.f_star is None


def test_the_result_at_expiration_never_leaves_the_stated_bounds() -> None:
    pair = best(fee=1.0, rule="otm")
    assert pair.max_loss > 0
    assert pair.label == "RISK"
    for quarter in range(800):
        result = pair.net_edge + payoff(pair.payoff_legs, quarter / 4)
        assert -pair.max_loss - 1e-9 <= result <= pair.max_profit + 1e-9


def test_a_label_needs_the_floor_the_style_and_the_settlement() -> None:
    assert label(0.0, "european", "cash") == "ARB"
    assert label(0.0, "american", "physical") == "LOCK*"
    assert label(0.0, "european", "physical") == "LOCK*"
    assert label(-0.01, "european", "cash") == "RISK"
    assert best().label == "LOCK*"


def test_a_vertical_is_quoted_as_its_payer_sees_it() -> None:
    low = SpreadLeg(100, DAY, "put", "buy", 2.0, 2.2)
    high = SpreadLeg(105, DAY, "put", "sell", 5.0, 5.3)
    market = market_of(low, high)
    assert market == market_of(high, low)
    assert market == pytest.approx((2.8, 3.3, 5))
    assert market.mid == pytest.approx(3.05)
    assert market.price_at(0.35) == pytest.approx(2.975)
    with pytest.raises(ValueError, match="one right"):
        market_of(low, SpreadLeg(105, DAY, "call", "buy", 1, 2))
    with pytest.raises(ValueError, match="both legs"):
        market_of(low, low)


@pytest.mark.parametrize(
    ("price", "place"),
    [
        (1.00, FillLocation.AT_BID),
        (0.90, FillLocation.AT_BID),
        (1.05, FillLocation.BELOW_MID),
        (1.10, FillLocation.MID),
        (1.15, FillLocation.ABOVE_MID),
        (1.20, FillLocation.AT_ASK),
        (1.30, FillLocation.AT_ASK),
    ],
)
def test_a_price_is_classed_by_where_it_lies(price: float, place: FillLocation) -> None:
    assert fill_location(price, 1.0, 1.2) is place


def test_a_price_has_no_class_in_a_market_that_is_crossed_or_unknown() -> None:
    assert fill_location(1.1, 1.2, 1.0) is None
    assert fill_location(1.1, math.nan, 1.2) is None
    assert fill_location(math.nan, 1.0, 1.2) is None
    assert fill_location(1.0, 1.0, 1.0) is FillLocation.MID


@given(st.integers(-500, 500), st.integers(0, 300), st.integers(0, 100))
def test_locations_of_a_price_rise_with_the_price(bid_c: int, width_c: int, percent: int) -> None:
    order = list(FillLocation)
    bid, ask = bid_c / 100, (bid_c + width_c) / 100
    place = fill_location(bid + percent / 100 * (ask - bid), bid, ask)
    higher = fill_location(ask, bid, ask)
    assert place is not None
    assert higher is not None
    assert order.index(place) <= order.index(higher)
