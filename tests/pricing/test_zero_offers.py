"""An ask of 0 is no offer: the contract is unknown, and neither bought nor sold."""

import numpy as np
import pytest

from engine.market.chain import OptionChain
from engine.pricing.credit import CreditMaximizer
from engine.pricing.rules import PriceGate, ScanRules
from engine.pricing.scanner import scan
from tests.support.brute_force_scan import smooth_chain


def wings_at(value: float) -> OptionChain:
    """A chain of which only the middle is quoted; the rest is told as `value`."""
    chain = smooth_chain(40)
    for quotes in (chain.bid, chain.ask):
        quotes[:, :10] = quotes[:, 30:] = value
    return chain


@pytest.mark.parametrize("top", [1, 50])
@pytest.mark.parametrize("gate", [None, PriceGate()], ids=["open", "gated"])
def test_zeros_for_an_unknown_quote_find_what_nulls_find(top: int, gate: PriceGate | None) -> None:
    rules = ScanRules(top=top, gate=gate, fee_per_share=0.0272)
    zeros, nulls = scan(wings_at(0.0), rules), scan(wings_at(np.nan), rules)
    assert len(zeros) == len(nulls) > 0
    assert [pair.legs for pair in zeros] == [pair.legs for pair in nulls]


def test_contracts_without_an_offer_are_counted() -> None:
    counts = scan(wings_at(0.0), ScanRules()).exclusions
    assert counts["contract_without_offer"] == 40
    assert "contract_masked" not in counts
    assert "contract_crossed" not in counts


def test_a_bid_of_zero_with_an_offer_is_a_real_quote() -> None:
    chain = smooth_chain(120)
    assert (chain.bid == 0).any()
    counts = scan(chain, ScanRules()).exclusions
    assert "contract_without_offer" not in counts
    assert counts["contract_sold_without_bid"] == np.count_nonzero(chain.bid == 0)


def test_a_chain_of_zeros_offers_nothing() -> None:
    chain = smooth_chain(20)
    chain.bid[:] = chain.ask[:] = 0.0
    result = scan(chain, ScanRules(min_net_credit=-50, rule="otm"))
    assert len(result) == 0
    assert result.exclusions["contract_without_offer"] == 40


def test_the_maximizer_buys_nothing_that_nobody_offers() -> None:
    chain = wings_at(0.0)
    debit = (chain.leg(0, 15, "buy"), chain.leg(0, 16, "sell"))
    found = CreditMaximizer(max_spread_width=30).find_best_credit_spread(debit, chain, 500.0)
    assert found is None or found[0].ask > 0
