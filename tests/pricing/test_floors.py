"""Ranked by floor, a whole chain: every row's floor is its pair's, and none is left out."""

import numpy as np
import pytest

from engine.pricing.payoff import payoff_minimum
from engine.pricing.rules import PriceGate, ScanRules
from engine.pricing.scanner import scan
from tests.support.brute_force_scan import best_by_debit, brute, smooth_chain

FEE = 0.0272


@pytest.mark.parametrize("gate", [None, PriceGate()], ids=["open", "gated"])
def test_every_floor_is_what_the_four_legs_leave_at_worst(gate: PriceGate | None) -> None:
    chain = smooth_chain(60)
    rules = ScanRules(fee_per_share=FEE, objective="floor", gate=gate, max_width=6.0, top=200)
    result = scan(chain, rules)
    assert len(result) > 50
    wider = 0
    for row, pair in enumerate(result):
        net = pair.net_credit_c / 100 - FEE
        assert result.floor[row] == pytest.approx(net + payoff_minimum(pair.payoff_legs))
        credit_width = abs(pair.credit_long - pair.credit_short)
        wider += credit_width > abs(pair.debit_long - pair.debit_short)
    assert wider, "credits wider than their debits are among them"
    assert (np.diff(result.floor) <= 1e-9).all()


@pytest.mark.parametrize("n", [20, 60, 120])
def test_one_pair_is_the_first_of_many_and_pruning_leaves_none_out(n: int) -> None:
    chain = smooth_chain(n)

    def floors(top: int) -> list[float]:
        rules = ScanRules(
            fee_per_share=FEE, objective="floor", gate=PriceGate(), max_width=6.0, top=top
        )
        floor: list[float] = scan(chain, rules).floor.tolist()
        return floor

    everything = floors(10**6)
    assert floors(50) == everything[:50]
    assert floors(1) == everything[:1]
    by_credit = scan(chain, ScanRules(fee_per_share=FEE, gate=PriceGate(), max_width=6.0, top=1))
    assert everything[0] >= by_credit.floor[0]


@pytest.mark.parametrize("least_net", [0.05, 0.40, 0.90])
def test_a_floor_counts_only_with_a_credit_that_brings_the_least_net(least_net: float) -> None:
    chain = smooth_chain(14, first=494.0)
    rules = ScanRules(
        fee_per_share=FEE,
        objective="floor",
        max_width=5.0,
        min_net_credit=least_net,
        min_payoff_floor=-5.0,
        top=1000,
    )
    expected = best_by_debit(brute(chain, rules), rules)
    result = scan(chain, rules)
    assert result.found == len(expected) > 20
    assert result.floor == pytest.approx(
        sorted((pair.floor for pair in expected.values()), reverse=True)
    )
    assert min(pair.net_credit_c / 100 - FEE for pair in result) >= least_net - 1e-9
