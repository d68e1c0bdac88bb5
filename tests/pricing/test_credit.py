"""CreditMaximizer equals a brute force over the credits of a debit."""

import itertools
import math
from datetime import date, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.market.chain import OptionChain
from engine.market.legs import OptionType, Side, SpreadLeg
from engine.pricing.credit import CreditMaximizer, best_credit_for
from engine.pricing.payoff import pair_legs, payoff_minimum
from engine.pricing.rules import LiquidityFilter, PriceGate, ScanRules
from engine.pricing.scanner import Scanner, scan
from tests.support.quote_contradictions import left_out

DAY = date(2026, 3, 20)


def leg(
    strike: float, bid: float, ask: float, side: Side = "buy", right: OptionType = "call"
) -> SpreadLeg:
    return SpreadLeg(strike, DAY, right, side, bid, ask, volume=10, open_interest=100)


@st.composite
def option_lists(draw: st.DrawFn) -> tuple[list[SpreadLeg], float]:
    """Options of both rights on odd strikes, some without a bid, some crossed, and a spot."""
    strikes = draw(
        st.lists(
            st.sampled_from([90 + k / 2 for k in range(41)]), min_size=2, max_size=9, unique=True
        )
    )
    noise = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    spot = float(draw(st.integers(92, 108)))
    options = []
    for strike in sorted(strikes):
        for right, sign in (("call", 1), ("put", -1)):
            worth = max(sign * (spot - strike), 0) + 3 * math.exp(-abs(strike - spot) / 8)
            bid = max(0.0, round(worth - noise.uniform(0, 0.4), 2))
            ask = round(bid + int(noise.integers(0, 50)) / 100, 2)
            if noise.random() < 0.1:
                bid, ask = (0.0, ask) if noise.random() < 0.5 else (ask, bid)
            options.append(leg(strike, bid, ask, "buy", "call" if right == "call" else "put"))
    return options, spot


settings_of_maximizer = st.fixed_dictionaries(
    {
        "min_credit_threshold": st.sampled_from([0.0, 0.05, -1.0]),
        "max_spread_width": st.sampled_from([2.0, 5.0, 10.0]),
        "prefer_atm": st.booleans(),
        "min_payoff_floor": st.sampled_from([None, None, 0.0, -0.5]),
        "quote_location": st.sampled_from([0.65, 0.5, 0.9]),
        "fee_per_share": st.sampled_from([0.0, 0.0272]),
        "max_loss": st.sampled_from([None, 2.0]),
    }
)


def reference(
    options: list[SpreadLeg],
    debit: tuple[SpreadLeg, SpreadLeg],
    paid: float,
    knobs: dict[str, Any],
) -> list[tuple[float, float, float]]:
    """Every credit the settings allow, as (short strike, long strike, credit)."""
    right = debit[0].option_type
    outward = 1 if right == "call" else -1
    found = []
    quotes = [(o.strike, o.bid, o.ask) for o in options if o.option_type == right]
    gone = left_out(quotes, right)
    believed = [o for o in options if o.option_type == right and o.strike not in gone and o.ask > 0]
    for short, long in itertools.permutations(believed, 2):
        width = abs(long.strike - short.strike)
        if outward * (long.strike - short.strike) <= 0 or width > knobs["max_spread_width"]:
            continue
        if outward * (short.strike - debit[1].strike) < 0:
            continue
        if not (0 < short.bid <= short.ask and long.bid <= long.ask):
            continue
        bid, ask = short.bid - long.ask, short.ask - long.bid
        credit = bid + knobs["quote_location"] * (ask - bid)
        net = credit - paid - knobs["fee_per_share"]
        position = pair_legs(right, debit[0].strike, debit[1].strike, short.strike, long.strike)
        floor = net + payoff_minimum(position)
        if not 1e-9 < credit < width - 1e-9 or net < knobs["min_credit_threshold"] - 1e-9:
            continue
        if knobs["min_payoff_floor"] is not None and floor < knobs["min_payoff_floor"] - 1e-9:
            continue
        if knobs["max_loss"] is not None and floor < -knobs["max_loss"] - 1e-9:
            continue
        found.append((short.strike, long.strike, credit))
    return found


@settings(max_examples=250)
@given(option_lists(), settings_of_maximizer, st.data())
def test_the_maximizer_equals_the_brute_force(
    quoted: tuple[list[SpreadLeg], float], knobs: dict[str, Any], data: st.DataObject
) -> None:
    options, spot = quoted
    calls = data.draw(st.booleans())
    one_right = [o for o in options if (o.option_type == "call") == calls]
    pairs = list(itertools.combinations(one_right, 2))
    long, short = data.draw(st.sampled_from(pairs))
    if not calls:
        long, short = short, long
    maximizer = CreditMaximizer(**knobs)
    result = maximizer.find_best_credit_spread((long, short), options, spot)
    bid, ask = long.bid - short.ask, long.ask - short.bid
    paid = bid + 0.35 * (ask - bid)
    sane = long.bid <= long.ask and short.bid <= short.ask
    if not (sane and 0 < paid < abs(long.strike - short.strike)):
        assert result is None
        return
    allowed = reference(options, (long, short), paid, knobs)
    if not allowed:
        assert result is None
        return
    assert result is not None
    credit_long, credit_short, amount = result
    assert (credit_long.side, credit_short.side) == ("buy", "sell")
    prices = {(s, k): credit for s, k, credit in allowed}
    assert amount == pytest.approx(prices[credit_short.strike, credit_long.strike], abs=1e-7)
    highest = max(prices.values())
    if not knobs["prefer_atm"]:
        assert amount == pytest.approx(highest, abs=1e-7)
        return
    near = min(abs(s - spot) for (s, _), credit in prices.items() if credit > highest - 0.0099999)
    assert amount >= highest - 0.01 - 1e-6
    assert abs(credit_short.strike - spot) <= near


CALLS = [
    leg(95, 6.00, 6.10),
    leg(100, 2.90, 3.00),
    leg(105, 1.90, 2.00),
    leg(110, 0.90, 1.00),
    leg(115, 0.30, 0.40),
]


def test_the_example_of_the_specification_finds_its_credit() -> None:
    maximizer = CreditMaximizer(min_credit_threshold=0.0, max_spread_width=10, prefer_atm=True)
    debit = (leg(105, 1.90, 2.00), leg(110, 0.90, 1.00, "sell"))
    assert maximizer.find_best_credit_spread(debit, CALLS, 100.0) is None
    cheap = (leg(95, 6.00, 6.10), leg(100, 5.60, 5.70, "sell"))
    result = maximizer.find_best_credit_spread(cheap, CALLS, 100.0)
    assert result is not None
    long, short, amount = result
    assert (short.strike, long.strike) == (100, 110)
    assert amount == pytest.approx(1.9 + 0.65 * 0.2)
    assert (short.side, long.side) == ("sell", "buy")


def test_a_floor_turns_the_specifications_maximum_into_the_safe_rule() -> None:
    cheap = (leg(95, 6.00, 6.10), leg(100, 5.60, 5.70, "sell"))
    safe = CreditMaximizer(min_payoff_floor=0.0)
    result = safe.find_best_credit_spread(cheap, CALLS, 100.0)
    assert result is not None
    assert abs(result[0].strike - result[1].strike) == 5


def test_alone_a_maximizer_takes_the_specifications_credit_whatever_a_desk_would() -> None:
    assert CreditMaximizer().scan_rules().objective == "credit"
    assert CreditMaximizer(objective="floor").scan_rules().objective == "floor"
    wrong: Any = ""
    with pytest.raises(ValueError, match="objective is ''; it must be 'credit' or 'floor'"):
        CreditMaximizer(objective=wrong)


def test_preferring_the_money_gives_up_a_cent_and_no_more() -> None:
    def options(far: float) -> list[SpreadLeg]:
        return [
            leg(100, 3.00, 3.00),
            leg(105, 1.93, 2.13),
            leg(110, far, far),
            leg(115, 0.99, 0.99),
        ]

    debit = (leg(95, 3.40, 3.40), leg(100, 3.00, 3.00, "sell"))
    near = CreditMaximizer(0.0, 5, True)
    plain = CreditMaximizer(0.0, 5, False)
    for far, short in ((2.0, 110), (1.99, 100), (2.01, 110), (1.98, 100)):
        result = plain.find_best_credit_spread(debit, options(far), 100.0)
        assert result is not None
        assert result[1].strike == short, far
    result = near.find_best_credit_spread(debit, options(2.0), 100.0)
    assert result is not None
    assert result[1].strike == 100
    assert result[2] == pytest.approx(1.0)
    result = near.find_best_credit_spread(debit, options(2.02), 100.0)
    assert result is not None
    assert result[1].strike == 110


def test_options_may_come_as_mappings_and_the_debit_as_an_opportunity() -> None:
    rows = [{"strike": o.strike, "option_type": "C", "bid": o.bid, "ask": o.ask} for o in CALLS]
    chain = OptionChain("XYZ", DAY, np.array([o.strike for o in CALLS]), underlying_price=100.0)
    chain.bid[0], chain.ask[0] = [o.bid for o in CALLS], [o.ask for o in CALLS]
    rules = CreditMaximizer(min_payoff_floor=0.0).scan_rules()
    opportunity = scan(chain, rules).opportunity(0)
    maximizer = CreditMaximizer(min_payoff_floor=0.0, prefer_atm=False)
    expected = (opportunity.credit_long, opportunity.credit_short)
    for options in (rows, chain, CALLS):
        result = maximizer.find_best_credit_spread(opportunity, options, 100.0)
        assert result is not None
        assert (result[0].strike, result[1].strike) == expected


def test_an_expiration_with_a_time_of_day_is_taken_as_its_date() -> None:
    at = datetime(2026, 3, 20, 16, 0)
    legs = [SpreadLeg(o.strike, at, "call", "buy", o.bid, o.ask) for o in CALLS]
    debit = (legs[0], SpreadLeg(100, at, "call", "sell", 5.6, 5.7))
    result = CreditMaximizer().find_best_credit_spread(debit, legs, 100.0)
    assert result is not None
    assert result[0].expiration == DAY


def test_no_options_bring_no_credit_and_legs_that_are_no_debit_are_refused() -> None:
    debit = (leg(95, 6.00, 6.10), leg(100, 5.60, 5.70, "sell"))
    assert CreditMaximizer().find_best_credit_spread(debit, [], 100.0) is None
    with pytest.raises(ValueError, match="not a call debit"):
        CreditMaximizer().find_best_credit_spread((debit[1], debit[0]), CALLS, 100.0)
    with pytest.raises(ValueError, match="max_width"):
        CreditMaximizer(max_spread_width=0)


def test_a_sold_leg_without_a_bid_is_used_only_when_the_filter_allows_it() -> None:
    options = [*CALLS[:2], leg(105, 0.0, 2.0), leg(110, 0.0, 0.05)]
    debit = (leg(95, 6.00, 6.10), leg(105, 5.60, 5.70, "sell"))
    assert CreditMaximizer(-9).find_best_credit_spread(debit, options, 100.0) is None
    careless = CreditMaximizer(-9, liquidity=LiquidityFilter(require_bid_on_sold_legs=False))
    assert careless.find_best_credit_spread(debit, options, 100.0) is not None


def priced_chain() -> OptionChain:
    strikes = np.array([95.0, 100.0, 105.0, 110.0, 115.0])
    chain = OptionChain("XYZ", DAY, strikes, underlying_price=101.0)
    chain.bid[:] = [8.0, 6.6, 4.0, 2.0, 1.0]
    chain.ask[:] = [8.1, 6.7, 4.1, 2.1, 1.1]
    return chain


def test_a_debit_priced_afresh_gives_the_pair_that_the_scan_gives() -> None:
    chain, rules = priced_chain(), ScanRules(fee_per_share=0.0272, gate=PriceGate())
    scanner = Scanner(chain.strikes)
    for pair in scanner.scan(chain, rules).top():
        again = best_credit_for(
            chain, pair.debit_long, pair.debit_short, pair.right, rules, scanner=scanner
        )
        assert again == pair


def test_a_debit_that_the_gate_denies_has_no_credit_until_it_is_owned() -> None:
    chain, rules = priced_chain(), ScanRules(gate=PriceGate(unwind_fraction=0.0, unwind_ticks=0))
    assert best_credit_for(chain, 95, 100, "call", rules) is None
    owned = best_credit_for(chain, 95, 100, "call", rules, paid_c=142, lowest_credit_c=150)
    assert owned is not None
    assert owned.debit_limit_c == 142
    assert owned.credit_limit_c >= 150
    assert owned.floor >= 0


def test_a_contract_that_is_masked_is_in_no_credit() -> None:
    chain, rules = priced_chain(), ScanRules()
    free = best_credit_for(chain, 95, 100, "call", rules, paid_c=142)
    assert free is not None
    allowed = np.ones((2, 5), dtype=bool)
    allowed[0, chain.index(free.credit_short)] = False
    other = best_credit_for(chain, 95, 100, "call", rules, paid_c=142, allowed=allowed)
    assert other is None or free.credit_short not in (other.credit_short, other.credit_long)


def test_strikes_that_are_not_listed_or_make_no_debit_are_refused() -> None:
    chain = priced_chain()
    with pytest.raises(KeyError, match=r"97\.5"):
        best_credit_for(chain, 95, 97.5, "call", ScanRules())
    with pytest.raises(ValueError, match="not a put debit"):
        best_credit_for(chain, 95, 100, "put", ScanRules())
