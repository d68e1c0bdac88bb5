"""Contracts that may be exercised early at no loss are sold by no new pair."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.config import DeskConfig, RiskLimits
from engine.market.chain import OptionChain
from engine.pricing.early_exercise import ExerciseTerms, assignable
from engine.pricing.opportunity import TwoPartOpportunity
from engine.risk.gates import Gate
from engine.trader.blocked_contracts import BlockedContracts
from engine.trader.choosing import DebitSelector
from engine.trader.context import TraderContext
from engine.trader.final_ends import FinalEnds
from engine.trader.gates import EntryGates
from engine.trader.legged_unit import LeggedUnit
from engine.trader.order_life import LoneLegs
from engine.trader.unknown_prices import UnknownPrices
from tests.support.trader_parts import make_chain, make_context

ROWS = {"call": 0, "put": 1}


def wide_inside() -> OptionChain:
    """Calls in the money are quoted so wide that the best pair sells one of them."""
    chain = make_chain()
    inside = chain.strikes < 100.0
    chain.bid[0, inside] -= 0.8
    chain.ask[0, inside] += 0.8
    return chain


def selector_of(context: TraderContext) -> DebitSelector:
    gates = EntryGates(context, {}, LoneLegs(context), FinalEnds(context), UnknownPrices(context))
    return DebitSelector(context, gates, BlockedContracts(context))


def selector(**sections: Any) -> DebitSelector:
    return selector_of(make_context(**sections))


def picked(chain: OptionChain, **sections: Any) -> TwoPartOpportunity:
    pair = selector(**sections).scan(chain, 1)
    assert not isinstance(pair, Gate)
    return pair


def sells_assignable(pair: TwoPartOpportunity, chain: OptionChain) -> bool:
    found = assignable(chain, ExerciseTerms(dividend_yield=1.0), 37)
    assert found is not None
    return any(
        found[ROWS[pair.right], chain.index(strike)]
        for strike in (pair.debit_short, pair.credit_short)
    )


OFF: dict[str, Any] = {"limits": {"refuse_assignable": False}}
RICH: dict[str, Any] = {"dividend_yields": {"AAPL": 1.0}}
"""Dividends until expiration are worth more than the time value of every call in the money."""


def test_a_live_desk_takes_the_best_pair_that_sells_nothing_that_may_be_exercised() -> None:
    chain = wide_inside()
    assert sells_assignable(picked(chain, **RICH, **OFF), chain)
    best = picked(chain, **RICH)
    assert not sells_assignable(best, chain)
    inside = chain.strikes < 100.0
    chain.bid[0, inside] = np.nan
    assert picked(chain, **OFF).net_credit_c <= best.net_credit_c


def test_a_european_contract_is_never_refused() -> None:
    chain = wide_inside()
    chain.style = "european"
    assert picked(chain, **RICH).legs == picked(chain, **RICH, **OFF).legs


def test_interest_and_dividends_of_the_root_count_until_expiration() -> None:
    chain = make_chain()
    best = picked(chain, **OFF)
    assert picked(chain).legs == best.legs, "every bid is worth more than exercise"
    selling: dict[str, set[int]] = {}
    contexts = {
        "interest": make_context(limits={"interest_rate": 1.0}),
        "dividends": make_context(dividend_yields={"aapl": 1.0}),
        "of another": make_context(dividend_yields={"MSFT": 1.0}),
    }
    for name, context in contexts.items():
        blocked = BlockedContracts(context).of_an_entry(chain)
        legs = None if blocked is None else blocked.assignable
        found = np.zeros((2, 1)) if legs is None else legs
        selling[name] = {*np.flatnonzero(found.any(axis=1)).tolist()}
    assert selling == {"interest": {1}, "dividends": {0}, "of another": set()}


def test_the_share_of_the_width_is_a_setting() -> None:
    """The call at 80 has 0.72 of time value at the middle, and is quoted 1.70 wide."""
    chain = wide_inside()
    for share, refused in ((0.4, []), (0.45, [80.0]), (0.5, [80.0, 82.5])):
        context = make_context(limits={"assignment_width_share": share})
        blocked = BlockedContracts(context).of_an_entry(chain)
        legs = None if blocked is None else blocked.assignable
        assert refused == ([] if legs is None else chain.strikes[legs[0]].tolist())


def test_where_only_such_pairs_are_left_the_gate_says_so_and_counts_the_contracts() -> None:
    chain = wide_inside()
    chain.bid[1] = chain.ask[1] = np.nan
    chain.bid[0, chain.strikes >= 100.0] = np.nan
    chooser = selector(**RICH)
    assert chooser.scan(chain, 1) is Gate.ASSIGNMENT
    assert chooser.exclusions["contract_assignable"] == 8
    assert not isinstance(selector(**OFF).scan(chain, 1), Gate)
    chain.bid[:] = np.nan
    assert chooser.scan(chain, 1) is Gate.NO_PAIR


def test_what_the_limits_of_money_leave_is_not_blamed_on_assignment() -> None:
    chain = wide_inside()
    context = make_context(**RICH)
    chooser = selector_of(context)
    context.gate.limits.max_debit_usd_order = 1.0
    assert chooser.scan(chain, 1) is Gate.NO_PAIR


def test_an_open_unit_changes_to_no_such_credit_but_is_completed_where_none_was_planned() -> None:
    chain = wide_inside()
    blocked = BlockedContracts(make_context(**RICH))
    unit = LeggedUnit(1, "call", 95.0, 97.5, 100.0, 102.5, 120, 0.0, filled=1, paid_c=150)
    legs = blocked.of_another_credit(chain, unit)
    assert legs is not None and legs.assignable is not None and legs.assignable.any()
    alone = LeggedUnit(1, "call", 95.0, 97.5, 97.5, 95.0, 0, 0.0, filled=1, paid_c=150)
    assert not alone.planned
    legs = blocked.of_another_credit(chain, alone)
    assert legs is not None and legs.assignable is None


@pytest.mark.parametrize(("asked", "scaled"), [(None, False), (True, True), (False, False)])
def test_a_simulation_refuses_only_where_its_settings_say_so(
    asked: bool | None, scaled: bool
) -> None:
    limits = RiskLimits(refuse_assignable=asked)
    assert limits.refuses_assignable is (asked is not False)
    assert limits.scaled(3).refuses_assignable is scaled
    stored = RiskLimits.model_validate(limits.scaled(3).model_dump())
    assert stored.refuses_assignable is scaled


def test_a_yield_is_a_fraction_of_a_root_that_is_named_once() -> None:
    config = DeskConfig(dividend_yields={"spy": 0.012})
    assert config.dividend_yield("SPY") == 0.012
    assert config.dividend_yield("QQQ") == 0.0
    for wrong in ({"SPY": 1.2}, {"SPY": -0.1}, {"../x": 0.1}, {"SPY": 0.1, "spy": 0.2}):
        with pytest.raises(ValueError, match=r"dividend_yields"):
            DeskConfig(dividend_yields=wrong)


def test_quotes_without_the_underlyings_price_are_traded_unjudged() -> None:
    chain = wide_inside()
    chain.count_write(underlying_price=float("nan"))
    assert BlockedContracts(make_context(**RICH)).of_an_entry(chain) is None
    assert picked(chain, **RICH).legs == picked(chain, **RICH, **OFF).legs
