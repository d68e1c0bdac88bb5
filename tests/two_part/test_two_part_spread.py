"""The single-chain strategy by hand and with a callback, on the prices of the real scanner."""

import math
from datetime import date
from typing import Any

import numpy as np
import pytest

from engine.learning.fill_statistics import FillCounts
from engine.market.chain import CALL, PUT, OptionChain
from engine.market.fees import NO_FEES
from engine.market.legs import SpreadLeg
from engine.pricing.credit import CreditMaximizer
from engine.pricing.opportunity import TwoPartOpportunity
from engine.pricing.payoff import payoff
from engine.pricing.verticals import FillLocation
from engine.two_part_spread import (
    OrderCallback,
    TwoPartPosition,
    TwoPartSpreadStrategy,
    TwoPartState,
)

DAY = date(2026, 1, 16)


def chain(spread: float = 0.10, shift: float = 0.0, symbol: str = "AAPL") -> OptionChain:
    """Calls and puts around 100 whose mid prices are a smooth convex curve."""
    strikes = np.arange(80.0, 121.0, 2.5)
    spot = 100.0 + shift
    away = strikes - spot
    calls = (np.sqrt(away**2 + 60) - away) / 2
    puts = (np.sqrt(away**2 + 60) + away) / 2
    mids = np.round(np.stack([calls, puts]), 2)
    made = OptionChain(symbol, DAY, strikes, underlying_price=spot)
    made.bid[:] = np.maximum(mids - spread / 2, 0.01)
    made.ask[:] = mids + spread / 2
    return made


def strategy(callback: OrderCallback | None = None, **settings: Any) -> TwoPartSpreadStrategy:
    return TwoPartSpreadStrategy("AAPL", DAY, callback, fees=NO_FEES, **settings)


def state_of(trader: TwoPartSpreadStrategy) -> TwoPartState:
    return trader.state


def matched_credit(trader: TwoPartSpreadStrategy, quotes: OptionChain) -> TwoPartOpportunity:
    pair = trader.match_credit(quotes, 100.0)
    assert pair is not None
    return pair


def opened(trader: TwoPartSpreadStrategy, quotes: OptionChain | None = None) -> TwoPartPosition:
    best = trader.scan_debit_opportunities(quotes or chain(), 100.0)[0]
    return trader.open_debit(best)


def test_every_opportunity_found_pays_at_every_terminal_price_at_limit_prices():
    found = strategy().scan_debit_opportunities(chain(), 100.0)
    assert found
    for pair in found:
        assert pair.net_credit_c >= 0
        worst = min(payoff(pair.payoff_legs, price) for price in range(250))
        assert pair.net_credit_c / 100 + worst >= -1e-9
    assert [p.net_edge for p in found] == sorted((p.net_edge for p in found), reverse=True)


def test_a_cycle_by_hand_goes_from_scanning_to_complete():
    trader = strategy(contracts=2)
    assert state_of(trader) is TwoPartState.SCANNING
    position = opened(trader)
    pair = position.opportunity
    assert state_of(trader) is TwoPartState.DEBIT_WORKING
    trader.record_debit_fill(pair.debit_limit_c / 100)
    assert state_of(trader) is TwoPartState.LEGGED
    assert position.hung_contracts == 2
    matched = matched_credit(trader, chain())
    trader.open_credit(matched)
    assert state_of(trader) is TwoPartState.CREDIT_WORKING
    trader.record_credit_fill(matched.credit_limit_c / 100)
    assert state_of(trader) is TwoPartState.COMPLETE
    gained_c = matched.credit_limit_c - pair.debit_limit_c
    assert position.net_premium == pytest.approx(gained_c * 2)
    assert trader.balance.net_premium_c == gained_c * 100 * 2
    assert position.floor == pytest.approx(matched.floor)
    assert position.label == "LOCK*"
    assert list(trader.completed) == [position]
    statistics = trader.statistics
    assert (statistics.attempts, statistics.fills, statistics.completions) == (1, 1, 1)
    assert (statistics.debit_contracts, statistics.credit_contracts) == (2, 2)


def test_fees_lower_the_floor_of_a_completed_position():
    with_fees = TwoPartSpreadStrategy("AAPL", DAY)
    position = with_fees.open_debit(with_fees.scan_debit_opportunities(chain(), 100.0)[0])
    pair = position.opportunity
    with_fees.record_debit_fill(pair.debit_limit_c / 100)
    with_fees.open_credit(pair)
    with_fees.record_credit_fill(pair.credit_limit_c / 100)
    assert pair.fee_c_per_pair == 272
    assert position.floor == pytest.approx(pair.floor)


def test_step_places_debit_then_credit_through_the_callback():
    sent: list[tuple[str, list[str], int, float, date]] = []

    def send(
        symbol: str,
        legs: tuple[SpreadLeg, SpreadLeg],
        quantity: int,
        limit_price: float,
        expiration: date,
    ) -> str:
        sent.append((symbol, [leg.side for leg in legs], quantity, limit_price, expiration))
        return f"order-{len(sent)}"

    trader = strategy(send)
    position = trader.step(chain(), 100.0)
    assert position is not None
    assert position.order == "order-1"
    assert trader.step(chain(), 100.0) is position
    assert len(sent) == 1
    trader.record_debit_fill(position.opportunity.debit_limit_c / 100)
    trader.step(chain(), 100.0)
    assert sent[1:] and position.order == f"order-{len(sent)}"
    assert [order[1] for order in sent] == [["buy", "sell"], ["buy", "sell"]]
    assert all(order[0] == "AAPL" and order[2] == 1 and order[4] == DAY for order in sent)
    assert sent[1][3] >= sent[0][3] > 0


def test_a_timeout_is_an_attempt_without_a_fill_and_a_rejection_is_not_one():
    trader = strategy()
    opened(trader)
    trader.record_debit_ended()
    assert state_of(trader) is TwoPartState.SCANNING
    opened(trader)
    trader.record_debit_rejected()
    statistics = trader.statistics
    assert (statistics.attempts, statistics.fills, statistics.fill_rate) == (1, 0, 0.0)
    assert strategy().statistics.low is None


def test_only_what_filled_is_hedged_and_a_late_execution_forms_a_second_credit():
    trader = strategy(contracts=3)
    position = opened(trader)
    price = position.opportunity.debit_limit_c / 100
    trader.record_debit_fill(price, contracts=1)
    trader.record_debit_ended()
    trader.open_credit(matched_credit(trader, chain()))
    assert position.credit_working == 1
    trader.record_debit_fill(price, contracts=1)
    assert state_of(trader) is TwoPartState.CREDIT_WORKING
    credit = position.opportunity.credit_limit_c / 100
    with pytest.raises(ValueError, match="1 are left"):
        trader.record_credit_fill(credit, contracts=2)
    trader.record_credit_fill(credit)
    assert state_of(trader) is TwoPartState.LEGGED
    trader.open_credit(position.opportunity)
    trader.record_credit_fill(credit)
    assert state_of(trader) is TwoPartState.COMPLETE
    assert trader.statistics.fills == 1


def test_a_fill_after_the_order_had_ended_is_booked_and_hedged():
    trader = strategy()
    position = opened(trader)
    trader.record_debit_ended()
    trader.record_debit_fill(position.opportunity.debit_limit_c / 100)
    assert state_of(trader) is TwoPartState.LEGGED
    assert (trader.statistics.attempts, trader.statistics.fills) == (1, 1)
    assert not trader.should_attempt_trade()


def test_a_late_debit_reopens_a_completed_position():
    trader = strategy(contracts=2)
    position = opened(trader)
    pair = position.opportunity
    trader.record_debit_fill(pair.debit_limit_c / 100, contracts=1)
    trader.record_debit_ended()
    trader.open_credit(pair)
    trader.record_credit_fill(pair.credit_limit_c / 100)
    assert trader.statistics.completions == 1
    trader.record_debit_fill(pair.debit_limit_c / 100)
    assert (trader.state, trader.statistics.completions) == (TwoPartState.LEGGED, 0)
    assert not trader.completed


def test_a_credit_that_times_out_is_matched_again_with_the_same_quotes():
    trader = strategy()
    position = opened(trader)
    trader.record_debit_fill(position.opportunity.debit_limit_c / 100)
    first = matched_credit(trader, chain())
    trader.open_credit(first)
    trader.record_credit_ended()
    assert state_of(trader) is TwoPartState.LEGGED
    again = matched_credit(trader, chain())
    assert again == first
    assert again.credit_limit_c >= position.debit_price_c


def test_a_debit_that_cost_more_than_any_credit_brings_stays_legged():
    trader = strategy()
    pair = opened(trader).opportunity
    trader.record_debit_fill(pair.debit_limit_c / 100 + pair.net_credit_c / 100 + 0.05)
    assert trader.match_credit(chain(), 100.0) is None
    assert trader.step(chain(), 100.0) is trader.position
    assert state_of(trader) is TwoPartState.LEGGED


def test_a_debit_whose_strikes_are_quoted_no_more_stays_legged():
    trader = strategy()
    position = opened(trader)
    trader.record_debit_fill(1.20)
    long, whole = position.opportunity.debit_long, chain()
    kept = whole.strikes != long
    quotes = OptionChain(
        "AAPL", whole.expiration, whole.strikes[kept], 100.0, bid=whole.bid[:, kept],
        ask=whole.ask[:, kept],
    )  # fmt: skip
    assert trader.match_credit(quotes, 100.0) is None
    assert trader.step(quotes, 100.0) is position
    assert state_of(trader) is TwoPartState.LEGGED


def test_an_unwind_completes_without_counting_as_a_completion():
    trader = strategy()
    position = opened(trader)
    trader.record_debit_fill(1.00)
    trader.record_unwind_fill(0.90)
    assert state_of(trader) is TwoPartState.COMPLETE
    assert position.net_premium == pytest.approx(-10.0)
    assert (position.floor, position.label) == (None, "")
    assert trader.statistics.completions == 0
    assert trader.balance.unwound_contracts == 1


def test_fills_are_located_in_the_natural_market_they_met():
    trader = strategy()
    pair = opened(trader).opportunity
    trader.record_debit_fill(pair.debit_limit_c / 100)
    trader.open_credit(pair)
    trader.record_credit_fill(1.0, market=(1.0, 1.2))
    assert trader.statistics.debit_locations == {FillLocation.BELOW_MID: 1}
    assert trader.statistics.credit_locations == {FillLocation.AT_BID: 1}
    counts = FillCounts()
    for price in (1.0, 1.05, 1.1, 1.15, 1.2):
        counts.debit_filled(price, 1.0, 1.2)
    counts.debit_filled(1.0, 1.2, 1.0)
    assert counts.statistics(5, 0, 0).debit_locations == dict.fromkeys(FillLocation, 1)


def test_few_fills_stop_new_attempts_until_the_window_is_cleared():
    trader = strategy()
    for _ in range(20):
        assert trader.should_attempt_trade()
        opened(trader)
        trader.record_debit_ended()
    assert not trader.should_attempt_trade()
    assert "0 of the last 20" in trader.why_not()
    with pytest.raises(ValueError, match="no debit now"):
        opened(trader)
    trader.clear_fill_window()
    assert trader.should_attempt_trade()


def test_an_opportunity_below_the_settings_or_of_another_chain_is_refused_with_a_reason():
    best = strategy().scan_debit_opportunities(chain(), 100.0)[0]
    assert "too low" in strategy(credit_maximizer=CreditMaximizer(50.0)).why_not(best)
    assert "payoff floor" in strategy(
        credit_maximizer=CreditMaximizer(min_payoff_floor=50.0)
    ).why_not(best)
    other = TwoPartSpreadStrategy("MSFT", DAY)
    assert "opportunity is for AAPL" in other.why_not(best)
    with pytest.raises(ValueError, match="asked for MSFT the quotes came for AAPL"):
        other.scan_debit_opportunities(chain(), 100.0)


@pytest.mark.parametrize(
    ("fill", "named"),
    [
        ({"price": 1.0, "contracts": "1"}, "contracts cannot fill"),
        ({"price": 1.0, "contracts": True}, "contracts cannot fill"),
        ({"price": 1.0, "contracts": -1}, "contracts cannot fill"),
        ({"price": math.nan}, "it must be a price"),
        ({"price": "1.0"}, "it must be a price"),
        ({"price": 1.0, "market": (1.0,)}, "a bid and an ask"),
        ({"price": 1.0, "market": "ab"}, "a bid and an ask"),
    ],
)
def test_a_fill_that_makes_no_sense_is_refused_whole(fill, named):
    trader = strategy()
    opened(trader)
    with pytest.raises(ValueError, match=named):
        trader.record_debit_fill(**fill)
    assert state_of(trader) is TwoPartState.DEBIT_WORKING
    assert trader.balance.debit_contracts == 0


def test_steps_out_of_order_are_refused_by_name():
    trader = strategy()
    with pytest.raises(ValueError, match="no debit was ordered"):
        trader.record_debit_fill(1.0)
    position = opened(trader)
    with pytest.raises(ValueError, match="DEBIT_WORKING, not LEGGED"):
        trader.match_credit(chain(), 100.0)
    with pytest.raises(ValueError, match="2 contracts cannot fill"):
        trader.record_debit_fill(1.0, contracts=2)
    assert "finish it first" in trader.why_not()
    trader.record_debit_fill(position.opportunity.debit_limit_c / 100)
    with pytest.raises(ValueError, match="contracts is 0"):
        strategy(contracts=0)


def test_mappings_are_read_as_a_chain_and_the_root_decides_tick_and_style():
    quotes = chain()
    rows = [
        {
            "strike": float(strike),
            "option_type": word,
            "bid": float(quotes.bid[right, column]),
            "ask": float(quotes.ask[right, column]),
        }
        for right, word in ((CALL, "call"), (PUT, "put"))
        for column, strike in enumerate(quotes.strikes)
    ]
    stock = strategy().scan_debit_opportunities(rows, 100.0)
    assert stock == strategy().scan_debit_opportunities(quotes, 100.0)
    index = TwoPartSpreadStrategy("SPX", DAY, fees=NO_FEES)
    found = index.scan_debit_opportunities(rows, 100.0)
    assert found
    assert all(p.debit_limit_c % 5 == 0 and p.style == "european" for p in found)
    assert found[0].label == "ARB"
