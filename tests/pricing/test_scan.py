"""The scan equals a brute force over every pair, written from the rules and nothing else."""

import random
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.market.chain import OptionChain
from engine.pricing.credit import best_credit_for
from engine.pricing.kernel import BlockedLegs
from engine.pricing.payoff import pair_legs, payoff_minimum
from engine.pricing.rules import ScanRules
from engine.pricing.scanner import Scanner, scan
from tests.support.brute_force_scan import (
    DAY,
    RIGHTS,
    best_by_debit,
    brute,
    chains,
    location_price,
    markets,
    passes,
    ranking,
    rule_sets,
)


def check(
    chain: OptionChain,
    rules: ScanRules,
    blocked_legs: BlockedLegs | None = None,
    dearest_c: int | None = None,
) -> None:
    pairs = [p for p in brute(chain, rules, dearest_c) if passes(chain, blocked_legs, p)]
    expected = best_by_debit(pairs, rules)
    result = Scanner(chain.strikes).scan(
        chain, rules, blocked_legs=blocked_legs, dearest_c=dearest_c
    )
    assert result.found == len(expected)
    assert len(result) == min(rules.top, len(expected))
    rows = []
    for row in range(len(result)):
        key = RIGHTS[result.right[row]], (result.debit_long[row], result.debit_short[row])
        own = expected[key]
        assert own.net == pytest.approx(result.net[row], abs=1e-7)
        assert own.pay_c == pytest.approx(result.debit[row] * 100, abs=1e-6)
        assert own.receive_c == pytest.approx(result.credit[row] * 100, abs=1e-6)
        assert own.floor == pytest.approx(result.floor[row], abs=1e-7)
        rows.append(own)
    best = ranking(chain, rules, list(expected.values()))
    assert [ranking(chain, rules, [own])[0] for own in rows] == best[: len(rows)]


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(chains(), rule_sets, st.one_of(st.none(), st.integers(20, 500)))
def test_the_scan_equals_the_brute_force(
    chain: OptionChain, rules: ScanRules, dearest_c: int | None
) -> None:
    check(chain, rules, dearest_c=dearest_c)


def alike(seed: int) -> OptionChain:
    """Verticals of one width that cost about the same everywhere, quoted now tighter, now wider."""
    chance = random.Random(seed)
    strikes = np.arange(90.0, 112.5, 2.5)
    chain = OptionChain("AAPL", DAY, strikes, underlying_price=chance.choice([96.0, 101.3]))
    slope = 0.5 * (strikes - 100.0)
    half = [[chance.choice([0.05, 0.10, 0.15]) for _ in strikes] for _ in range(2)]
    middle = np.stack([12.0 - slope, 12.0 + slope])
    chain.bid[:], chain.ask[:] = np.round(middle - half, 2), np.round(middle + half, 2)
    chain.volume[:] = chain.open_interest[:] = 1_000
    return chain


@pytest.mark.parametrize("objective", ["floor", "credit"])
@pytest.mark.parametrize("prefer_atm", [True, False])
def test_among_pairs_with_one_floor_or_one_credit_the_order_is_that_of_the_rules(
    objective: Literal["floor", "credit"], prefer_atm: bool
) -> None:
    for seed in range(6):
        for top in (1, 3, 60):
            rules = ScanRules(
                objective=objective, prefer_atm=prefer_atm, top=top, buy_at=0.3, sell_at=0.7
            )
            check(alike(seed), rules)


@st.composite
def blocked_contracts(draw: st.DrawFn) -> tuple[OptionChain, BlockedLegs]:
    """A chain of which some contracts may not be bought, and others not sold."""
    chain = draw(chains())
    n = len(chain.strikes)
    kinds = draw(st.lists(st.sampled_from((0, 0, 1, 2, 3)), min_size=2 * n, max_size=2 * n))
    held = np.array(kinds, dtype=int).reshape(2, n)
    return chain, BlockedLegs(held == 1, held == 2, held == 3 if draw(st.booleans()) else None)


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(blocked_contracts(), rule_sets)
def test_a_blocked_contract_is_on_its_other_side_only_and_the_rest_is_still_the_best(
    drawn: tuple[OptionChain, BlockedLegs], rules: ScanRules
) -> None:
    chain, blocked_legs = drawn
    check(chain, rules, blocked_legs)


@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@given(chains(), rule_sets)
def test_every_opportunity_is_a_pair_that_the_brute_force_allows(
    chain: OptionChain, rules: ScanRules
) -> None:
    pairs = brute(chain, rules)
    allowed = {(p.right, p.debit, p.credit): p for p in pairs}
    result = scan(chain, rules)
    for row, best in enumerate(result.top()):
        debit, credit = (
            (best.debit_long, best.debit_short),
            (best.credit_short, best.credit_long),
        )
        pair = allowed[best.right, debit, credit]
        assert (best.debit_limit_c, best.credit_limit_c) == (pair.pay_c, pair.receive_c)
        assert best.net_credit_c == pair.receive_c - pair.pay_c
        assert best.net_edge == pytest.approx(pair.net, abs=1e-7)
        assert best.floor == pytest.approx(pair.floor, abs=1e-7)
        rivals = [p for p in pairs if p.right == best.right and p.debit == debit]
        if rules.objective == "floor":
            assert best.floor == pytest.approx(result.floor[row], abs=1e-7)
            within = [p for p in rivals if p.floor >= result.floor[row] - 1e-7]
        else:
            # `prefer_atm` gives up one tick at most, and only for a nearer short strike
            given_up = result.net[row] - best.net_edge
            assert -1e-7 <= given_up <= (rules.tick_c / 100 if rules.prefer_atm else 0) + 1e-7
            within = [p for p in rivals if p.net >= result.net[row] - rules.tick_c / 100 - 1e-7]
        if not rules.prefer_atm:
            continue
        nearest = min(abs(p.credit[0] - chain.underlying_price) for p in within)
        assert abs(best.credit_short - chain.underlying_price) == pytest.approx(nearest)


@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@given(chains(), rule_sets, st.integers(1, 400), st.integers(0, 400))
def test_the_best_credit_for_a_filled_debit_is_the_brute_forces(
    chain: OptionChain, rules: ScanRules, paid_c: int, lowest_c: int
) -> None:
    if len(chain.strikes) < 2:
        return
    long, short = float(chain.strikes[0]), float(chain.strikes[1])
    free = replace(rules, gate=None, rule="safe" if rules.rule == "any" else rules.rule)
    chosen = best_credit_for(
        chain, long, short, "call", free, paid_c=paid_c, lowest_credit_c=lowest_c
    )
    best = None
    sold_bid = {float(k): b for k, b in zip(chain.strikes, chain.bid[0], strict=True)}
    for right, x, y, width, bid, ask in markets(chain, free):
        if right or x < short or (free.liquidity.require_bid_on_sold_legs and sold_bid[x] <= 0):
            continue
        tick = free.tick_c
        price = -(-location_price(bid, ask, round(free.sell_at * 100)) // (100 * tick)) * tick
        net = (price - paid_c) / 100 - free.fee_per_share
        floor = net + payoff_minimum(pair_legs("call", long, short, x, y))
        if (
            price < lowest_c
            or (free.sane and not 0 < price < width * 100 - 1e-6)
            or floor < free.least_floor - 1e-9
        ):
            continue
        worth = round(floor * 100, 6) if free.objective == "floor" else price
        best = worth if best is None else max(best, worth)
    assert (chosen is None) == (best is None)
    if chosen is not None and best is not None:
        if free.objective == "floor":
            assert chosen.floor * 100 == pytest.approx(best, abs=1e-5)
        else:
            assert 0 <= best - chosen.credit_limit_c <= free.tick_c
        assert chosen.debit_limit_c == paid_c
