"""The floor at mid, from the quotes of the chain and every terminal price."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from engine.market.chain import OptionChain
from engine.pricing.opportunity import TwoPartOpportunity
from engine.pricing.rules import ScanRules
from engine.pricing.scanner import scan
from tests.support.brute_force_scan import RIGHTS, chains, rule_sets, smooth_chain


def floor_at_mid(chain: OptionChain, pair: TwoPartOpportunity, fee: float) -> float | None:
    """What is left at the worst terminal price when every leg traded at its middle.

    Args:
        fee: dollars a share for the four legs.
    """
    right, cash = RIGHTS.index(pair.right), -fee
    legs = (
        (1, pair.debit_long),
        (-1, pair.debit_short),
        (-1, pair.credit_short),
        (1, pair.credit_long),
    )
    for quantity, strike in legs:
        at = right, chain.index(strike)
        bid, ask = float(chain.bid[at]), float(chain.ask[at])
        if ask <= 0 or bid > ask:
            return None
        cash -= quantity * (bid + ask) / 2
    sign = 1 if pair.right == "call" else -1
    prices = [0.0, *chain.strike_list, chain.strike_list[-1] + 100]
    return cash + min(
        sum(quantity * max(0.0, sign * (price - strike)) for quantity, strike in legs)
        for price in prices
    )


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(chains(), rule_sets)
def test_the_floor_at_mid_is_what_the_legs_leave_at_worst(
    chain: OptionChain, rules: ScanRules
) -> None:
    for pair in scan(chain, replace(rules, top=20)):
        expected = floor_at_mid(chain, pair, rules.fee_per_share)
        got = pair.mid_floor
        assert (got is None) == (expected is None)
        assert got is None or got == pytest.approx(expected, abs=1e-6)


def test_the_floor_at_mid_is_dollars_a_share_after_fees() -> None:
    pair = scan(smooth_chain(20), ScanRules(top=1, fee_per_share=0.0272)).opportunity(0)
    free = scan(smooth_chain(20), ScanRules(top=1)).opportunity(0)
    assert (pair.legs, pair.multiplier) == (free.legs, 100)
    assert pair.mid_floor is not None
    assert free.mid_floor is not None
    assert free.mid_floor - pair.mid_floor == pytest.approx(0.0272)
    # The limits lie on the near side of both middles.
    assert pair.mid_floor < pair.floor
    assert replace(pair, multiplier=10).mid_floor == pair.mid_floor


@pytest.mark.parametrize("at", [0, 1], ids=["long", "short"])
@pytest.mark.parametrize("part", ["debit", "credit"])
@pytest.mark.parametrize(
    "quote", [(1.0, 0.9), (0.0, 0.0), (float("nan"), 1.0), (1.0, float("inf"))]
)
def test_one_market_without_a_middle_leaves_the_floor_unknown(
    part: str, at: int, quote: tuple[float, float]
) -> None:
    pair = scan(smooth_chain(20), ScanRules(top=1)).opportunity(0)
    bid, ask = quote
    if part == "debit":
        debit = list(pair.debit_legs)
        debit[at] = replace(debit[at], bid=bid, ask=ask)
        pair = replace(pair, debit_legs=(debit[0], debit[1]))
    else:
        credit = list(pair.credit_contracts)
        credit[at] = (*credit[at][:4], bid, ask, *credit[at][6:])
        pair = replace(pair, credit_contracts=(credit[0], credit[1]))
    assert pair.mid_floor is None
