"""The natural market of a unit's vertical: unknown where no price of it can be true."""

import numpy as np
import pytest

from engine.market.chain import OptionChain
from engine.trader.unit_prices import natural_c
from tests.support.brute_force_scan import DAY


def chain_of(*quotes: tuple[float, float]) -> OptionChain:
    """Calls at 100, 105, 110 with these quotes."""
    strikes = np.array([100.0, 105.0, 110.0])[: len(quotes)]
    chain = OptionChain("XYZ", DAY, strikes)
    chain.bid[0], chain.ask[0] = np.array(quotes).T
    return chain


def test_it_is_the_dearer_legs_quote_less_the_cheaper_ones() -> None:
    chain = chain_of((5.0, 5.2), (2.0, 2.1))
    assert natural_c(chain, "call", 100, 105) == pytest.approx((290, 320))


@pytest.mark.parametrize("quote", [(0.0, 0.0), (2.0, 0.0)], ids=["no bid", "a bid"])
@pytest.mark.parametrize("leg", [0, 1])
def test_a_leg_that_nobody_offers_leaves_it_unknown(leg: int, quote: tuple[float, float]) -> None:
    chain = chain_of((5.0, 5.2), (2.0, 2.1))
    chain.bid[0, leg], chain.ask[0, leg] = quote
    assert natural_c(chain, "call", 100, 105) is None
    assert np.isnan(chain.leg(0, leg, "buy").ask)


def test_a_leg_without_a_bid_is_worth_nothing_to_sell_and_known() -> None:
    assert natural_c(chain_of((5.0, 5.2), (0.0, 0.1)), "call", 100, 105) == pytest.approx(
        (490, 520)
    )


@pytest.mark.parametrize("cheap", [(5.3, 5.5), (0.05, 0.06)], ids=["below 0", "above its width"])
def test_a_market_wholly_outside_0_and_the_width_is_unknown(cheap: tuple[float, float]) -> None:
    dear = (5.0, 5.2) if cheap[0] > 1 else (5.2, 5.3)
    assert natural_c(chain_of(dear, cheap), "call", 100, 105) is None
