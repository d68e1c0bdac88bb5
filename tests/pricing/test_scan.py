"""The scan equals a brute force over every pair, written here from the rules and nothing else."""

import itertools
import math
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.market.chain import OptionChain
from engine.pricing.credit import best_credit_for
from engine.pricing.kernel import BlockedLegs, Workspace
from engine.pricing.payoff import pair_legs, payoff_minimum
from engine.pricing.rules import LiquidityFilter, PriceGate, ScanRules
from engine.pricing.scanner import Scanner, scan

DAY = date(2026, 3, 20)
RIGHTS = ("call", "put")


@dataclass
class Pair:
    """One pair of the brute force; prices in whole cents, worth in dollars a share."""

    right: str
    debit: tuple[float, float]
    credit: tuple[float, float]
    pay_c: int
    receive_c: int
    net: float
    floor: float


def cents(price: float) -> int:
    return round(price * 100)


def location_price(bid_c: int, ask_c: int, hundredths: int) -> int:
    """Price at a location, in hundredths of a cent: exact in integers."""
    return (100 - hundredths) * bid_c + hundredths * ask_c


def tradable(chain: OptionChain, rules: ScanRules, right: int, at: int) -> bool:
    bid, ask = chain.bid[right, at], chain.ask[right, at]
    if math.isnan(bid) or math.isnan(ask) or bid < 0:
        return False
    if rules.liquidity.refuse_crossed and bid > ask:
        return False
    if chain.volume[right, at] < rules.liquidity.min_volume:
        return False
    if chain.open_interest[right, at] < rules.liquidity.min_open_interest:
        return False
    return not cents(ask) - cents(bid) > rules.liquidity.max_quote_width * 100 + 1e-6


def markets(
    chain: OptionChain, rules: ScanRules
) -> list[tuple[int, float, float, float, int, int]]:
    """Every vertical: right, dearer strike, cheaper strike, width, natural bid, ask in cents."""
    found = []
    for right, i, j in itertools.product(range(2), *[range(len(chain.strikes))] * 2):
        width = round(abs(chain.strikes[j] - chain.strikes[i]), 6)
        outward = chain.strikes[j] > chain.strikes[i] if right == 0 else j < i
        if i == j or not outward or width > rules.max_width + 1e-9:
            continue
        if not (tradable(chain, rules, right, i) and tradable(chain, rules, right, j)):
            continue
        (xb, xa), (yb, ya) = (
            (cents(chain.bid[right, k]), cents(chain.ask[right, k])) for k in (i, j)
        )
        x, y = float(chain.strikes[i]), float(chain.strikes[j])
        found.append((right, x, y, width, xb - ya, xa - yb))
    return found


def passes(chain: OptionChain, blocked_legs: BlockedLegs | None, pair: Pair) -> bool:
    """Whether the pair buys and sells only what it may."""
    if blocked_legs is None:
        return True
    row = RIGHTS.index(pair.right)
    (long, short), (sold, bought) = pair.debit, pair.credit
    return not (
        any(blocked_legs.unbought[row, chain.index(k)] for k in (long, bought))
        or any(blocked_legs.unsold[row, chain.index(k)] for k in (short, sold))
    )


def brute(chain: OptionChain, rules: ScanRules, dearest_c: int | None = None) -> list[Pair]:
    """Every pair that the rules allow, with debits of at most `dearest_c` cents."""
    tick, gate = rules.tick_c, rules.gate
    bids = {
        (right, float(k)): chain.bid[right, i]
        for right in range(2)
        for i, k in enumerate(chain.strikes)
    }
    debits, credits = [], []
    for right, x, y, width, bid, ask in markets(chain, rules):
        pay = location_price(bid, ask, round(rules.buy_at * 100)) // (100 * tick) * tick
        receive = -(-location_price(bid, ask, round(rules.sell_at * 100)) // (100 * tick)) * tick
        sold_bid = rules.liquidity.require_bid_on_sold_legs
        if not (rules.sane and not 0 < pay < width * 100 - 1e-6) and not (
            sold_bid and bids[right, y] <= 0
        ):
            allowed = gate is None or (
                bid >= pay - gate.unwind_loss(pay, tick) - 1e-7 and bid <= pay
            )
            if allowed and (dearest_c is None or pay <= dearest_c):
                debits.append((right, x, y, width, pay))
        sane = not rules.sane or 0 < receive < width * 100 - 1e-6
        inside = gate is None or receive <= ask
        if sane and inside and not (sold_bid and bids[right, x] <= 0):
            credits.append((right, x, y, width, receive))
    pairs = []
    for (right, a, b, _, pay), (other, c, d, _, receive) in itertools.product(debits, credits):
        if right != other or (a, b) == (c, d):
            continue
        if rules.rule != "any" and not (c >= b if right == 0 else c <= b):
            continue
        net = (receive - pay) / 100 - rules.fee_per_share
        floor = net + payoff_minimum(pair_legs(RIGHTS[right], a, b, c, d))
        least = rules.min_net_credit
        if gate is not None:
            least = max(least, gate.min_margin_c / 100)
        if net < least - 1e-9:
            continue
        if rules.rule == "safe" and floor < rules.min_payoff_floor - 1e-9:
            continue
        if rules.max_loss is not None and floor < -rules.max_loss - 1e-9:
            continue
        pairs.append(Pair(RIGHTS[right], (a, b), (c, d), pay, receive, net, floor))
    return pairs


def best_by_debit(pairs: list[Pair]) -> dict[tuple[str, tuple[float, float]], Pair]:
    """The highest net of each debit, and the highest floor among the credits that bring it."""
    best: dict[tuple[str, tuple[float, float]], Pair] = {}
    for pair in pairs:
        key = pair.right, pair.debit
        if key not in best or (round(pair.net, 7), pair.floor) > (
            round(best[key].net, 7),
            best[key].floor,
        ):
            best[key] = pair
    return best


@st.composite
def chains(draw: st.DrawFn) -> OptionChain:
    """Chains of real shapes and of nonsense: odd gaps, missing, crossed, zero and wide quotes."""
    n = draw(st.integers(0, 9))
    gaps = draw(
        st.one_of(
            st.just([1.0] * n),
            st.just([2.5] * n),
            st.lists(st.sampled_from([0.5, 1.0, 2.5, 5.0]), min_size=n, max_size=n),
            st.lists(st.sampled_from([0.36, 0.35, 1.43, 1.07]), min_size=n, max_size=n),
        )
    )
    strikes = np.round(95 + np.cumsum([0.0, *gaps]), 2)[: max(n, 1)]
    n = len(strikes)
    spot = draw(st.integers(94, 110))
    chain = OptionChain("XYZ", DAY, strikes, underlying_price=float(spot))
    smooth = draw(st.booleans())
    seed = draw(st.integers(0, 2**32 - 1))
    noise = np.random.default_rng(seed)
    for right in range(2):
        inner = np.maximum((spot - strikes) * (1 if right == 0 else -1), 0)
        worth = inner + 3 * np.exp(-np.abs(strikes - spot) / 8)
        if not smooth:
            worth = noise.uniform(0, 12, n)
        bid = np.floor((worth - noise.uniform(0, 0.3, n)) * 100) / 100
        ask = np.round(bid + noise.integers(0, 60, n) / 100, 2)
        chain.bid[right], chain.ask[right] = np.maximum(np.round(bid, 2), 0), ask
        chain.ask[right] = np.maximum(chain.ask[right], chain.bid[right])
    spoil = draw(st.integers(0, 6))
    for _ in range(spoil):
        at = (noise.integers(2), noise.integers(n))
        kind = noise.integers(5)
        if kind == 0:
            chain.bid[at] = np.nan
        elif kind == 1:
            chain.bid[at] = 0.0
        elif kind == 2:
            chain.bid[at], chain.ask[at] = chain.ask[at], chain.bid[at]
        elif kind == 3:
            chain.ask[at] = np.nan
        else:
            chain.volume[at] = noise.integers(0, 5)
            chain.open_interest[at] = noise.integers(0, 5)
    return chain


gates = st.one_of(
    st.none(),
    st.builds(
        PriceGate,
        min_margin_c=st.integers(0, 200),
        unwind_fraction=st.sampled_from([0.1, 0.25, 0.4]),
    ),
)
liquidity = st.builds(
    LiquidityFilter,
    min_volume=st.sampled_from([0, 3]),
    min_open_interest=st.sampled_from([0, 3]),
    max_quote_width=st.sampled_from([math.inf, 0.3]),
    require_bid_on_sold_legs=st.booleans(),
    refuse_crossed=st.booleans(),
)
rule_sets = st.builds(
    ScanRules,
    buy_at=st.sampled_from([0.35, 0.5, 1.0, 0.2]),
    sell_at=st.sampled_from([0.65, 0.5, 0.0, 0.7]),
    max_width=st.sampled_from([1.0, 5.0, 10.0, 100.0]),
    min_net_credit=st.sampled_from([0.0, 0.25, -2.0, -50.0]),
    rule=st.sampled_from(["safe", "safe", "otm", "any"]),
    min_payoff_floor=st.sampled_from([0.0, -0.5, 0.1]),
    max_loss=st.sampled_from([None, None, 1.0, 0.0]),
    sane=st.sampled_from([True, True, False]),
    tick_c=st.sampled_from([1, 5, 10]),
    fee_per_share=st.sampled_from([0.0, 0.0272, 0.3]),
    top=st.sampled_from([1, 3, 50]),
    liquidity=liquidity,
    gate=gates,
)


def check(
    chain: OptionChain,
    rules: ScanRules,
    blocked_legs: BlockedLegs | None = None,
    dearest_c: int | None = None,
) -> None:
    pairs = [p for p in brute(chain, rules, dearest_c) if passes(chain, blocked_legs, p)]
    expected = best_by_debit(pairs)
    result = Scanner(chain.strikes).scan(
        chain, rules, blocked_legs=blocked_legs, dearest_c=dearest_c
    )
    ranked = sorted(expected.values(), key=lambda p: (-round(p.net, 6), -round(p.floor, 6)))
    assert result.found == len(expected)
    assert len(result) == min(rules.top, len(expected))
    for row, pair in zip(range(len(result)), ranked, strict=False):
        assert result.net[row] == pytest.approx(pair.net, abs=1e-7)
        assert result.floor[row] == pytest.approx(pair.floor, abs=1e-7)
        key = RIGHTS[result.right[row]], (result.debit_long[row], result.debit_short[row])
        own = expected[key]
        assert own.net == pytest.approx(result.net[row], abs=1e-7)
        assert own.pay_c == pytest.approx(result.debit[row] * 100, abs=1e-6)
        assert own.receive_c == pytest.approx(result.credit[row] * 100, abs=1e-6)
        assert own.floor == pytest.approx(result.floor[row], abs=1e-7)


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(chains(), rule_sets, st.one_of(st.none(), st.integers(20, 500)))
def test_the_scan_equals_the_brute_force(
    chain: OptionChain, rules: ScanRules, dearest_c: int | None
) -> None:
    check(chain, rules, dearest_c=dearest_c)


@st.composite
def barred_contracts(draw: st.DrawFn) -> tuple[OptionChain, BlockedLegs]:
    """A chain of which some contracts may not be bought, and others not sold."""
    chain = draw(chains())
    n = len(chain.strikes)
    kinds = draw(st.lists(st.sampled_from((0, 0, 1, 2)), min_size=2 * n, max_size=2 * n))
    held = np.array(kinds, dtype=int).reshape(2, n)
    return chain, BlockedLegs(held == 1, held == 2)


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(barred_contracts(), rule_sets)
def test_a_barred_contract_is_on_its_other_side_alone_and_the_rest_is_still_the_best(
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
    for row, found in enumerate(result.top()):
        debit, credit = (
            (found.debit_long, found.debit_short),
            (found.credit_short, found.credit_long),
        )
        pair = allowed[found.right, debit, credit]
        assert (found.debit_limit_c, found.credit_limit_c) == (pair.pay_c, pair.receive_c)
        assert found.net_credit_c == pair.receive_c - pair.pay_c
        assert found.net_edge == pytest.approx(pair.net, abs=1e-7)
        assert found.floor == pytest.approx(pair.floor, abs=1e-7)
        # `prefer_atm` gives up one tick at most, and only for a nearer short strike
        given_up = result.net[row] - found.net_edge
        assert -1e-7 <= given_up <= rules.tick_c / 100 + 1e-7
        rivals = [p for p in pairs if p.right == found.right and p.debit == debit]
        within = [p for p in rivals if p.net >= result.net[row] - rules.tick_c / 100 - 1e-7]
        nearest = min(abs(p.credit[0] - chain.underlying_price) for p in within)
        assert abs(found.credit_short - chain.underlying_price) == pytest.approx(nearest)


@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@given(chains(), rule_sets, st.integers(1, 400), st.integers(0, 400))
def test_the_best_credit_for_a_filled_debit_is_the_brute_forces(
    chain: OptionChain, rules: ScanRules, paid_c: int, lowest_c: int
) -> None:
    if len(chain.strikes) < 2:
        return
    long, short = float(chain.strikes[0]), float(chain.strikes[1])
    free = replace(rules, gate=None, rule="safe" if rules.rule == "any" else rules.rule)
    found = best_credit_for(
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
        best = price if best is None else max(best, price)
    assert (found is None) == (best is None)
    if found is not None and best is not None:
        assert 0 <= best - found.credit_limit_c <= free.tick_c
        assert found.debit_limit_c == paid_c


def smooth_chain(n: int = 120) -> OptionChain:
    """Return a chain with so many debits that the scan prunes before it ranks."""
    strikes = np.arange(n) + 440.0
    noise = np.random.default_rng(7)
    chain = OptionChain("XYZ", DAY, strikes, underlying_price=500.0)
    for right, sign in ((0, 1), (1, -1)):
        worth = np.logaddexp(0, sign * (500 - strikes) / 9) * 9
        half = 0.01 + noise.integers(0, 6, n) / 100
        chain.bid[right] = np.maximum(np.round(worth - half, 2), 0)
        chain.ask[right] = np.round(worth + half, 2)
    return chain


@pytest.mark.parametrize("top", [1, 5, 50])
@pytest.mark.parametrize("gate", [None, PriceGate()], ids=["open", "gated"])
def test_pruning_before_the_ranking_changes_nothing(top: int, gate: PriceGate | None) -> None:
    chain = smooth_chain()
    rules = ScanRules(fee_per_share=0.0272, top=top, gate=gate, max_width=6.0)
    everything = scan(chain, replace(rules, top=10**6))
    result = scan(chain, rules)
    assert everything.found == result.found > 3 * top
    np.testing.assert_array_equal(result.net, everything.net[: len(result)])
    np.testing.assert_array_equal(result.floor, everything.floor[: len(result)])
    np.testing.assert_array_equal(result.debit_long, everything.debit_long[: len(result)])


def test_scanning_again_ends_the_opportunities_of_the_scan_before() -> None:
    chain, shared = smooth_chain(20), Workspace()
    first, second = Scanner(chain.strikes, shared), Scanner(chain.strikes, shared)
    result = first.scan(chain, ScanRules())
    net = result.net.copy()
    assert result.opportunity(0).net_edge > 0
    second.scan(chain, ScanRules(rule="otm"))
    np.testing.assert_array_equal(result.net, net)
    with pytest.raises(RuntimeError, match="later scan"):
        result.opportunity(0)
    with pytest.raises(RuntimeError, match="later scan"):
        _ = result.exclusions


def test_an_opportunity_keeps_the_quotes_that_were_priced_when_the_feed_writes_on() -> None:
    chain = smooth_chain(20)
    result = scan(chain, ScanRules())
    before = chain.bid.copy()
    chain.bid[:] = 0.01
    legs = result.opportunity(0).legs
    for leg in legs:
        right = 0 if leg.option_type == "call" else 1
        assert leg.bid == before[right, chain.index(leg.strike)]


def test_quotes_beyond_all_sense_are_left_out_without_a_warning() -> None:
    chain = smooth_chain(20)
    chain.ask[0, 3], chain.bid[1, 4] = 1e200, -1e200
    chain.bid[0, 5] = chain.ask[0, 5] = -np.inf
    result = scan(chain, ScanRules(top=10**6, gate=PriceGate()))
    refused = {("call", 443.0), ("put", 444.0), ("call", 445.0)}
    assert len(result)
    for pair in result:
        assert not refused & {(leg.option_type, leg.strike) for leg in pair.legs}
    assert result.exclusions["contract_absurd_quote"] == 3


@pytest.mark.parametrize("beside_the_tick", [0.0, 0.004], ids=["on the tick", "beside it"])
def test_the_quotes_of_a_pair_are_those_of_the_chain(beside_the_tick: float) -> None:
    chain = smooth_chain(20)
    chain.bid += beside_the_tick
    pair = scan(chain, ScanRules(top=1, gate=PriceGate())).opportunity(0)
    right = 0 if pair.right == "call" else 1
    for leg in pair.legs:
        at = right, chain.index(leg.strike)
        assert (leg.bid, leg.ask) == (round(chain.bid[at], 8), round(chain.ask[at], 8))
    long, short = pair.debit_legs
    assert pair.debit_bid == pytest.approx(long.bid - short.ask, abs=1e-9)
    assert pair.debit_ask == pytest.approx(long.ask - short.bid, abs=1e-9)
    long, short = pair.credit_legs
    assert (long.side, short.side) == ("buy", "sell")
    assert pair.credit_bid == pytest.approx(short.bid - long.ask, abs=1e-9)
    assert pair.credit_ask == pytest.approx(short.ask - long.bid, abs=1e-9)


def test_the_figures_of_one_pair_stay_when_the_scanner_scans_by_other_rules() -> None:
    chain = smooth_chain(20)
    scanner = Scanner(chain.strikes)
    rules = ScanRules(top=1, gate=PriceGate(), fee_per_share=0.0272)
    listed = scan(chain, replace(rules, top=5))
    result = scanner.scan(chain, rules)
    scanner.scan(chain, replace(rules, tick_c=5))
    for name in ("net", "floor", "debit", "credit", "fill_estimate"):
        np.testing.assert_array_equal(getattr(result, name), getattr(listed, name)[:1])


@pytest.mark.parametrize("top", [1, 50])
def test_a_credit_that_is_not_below_its_width_is_in_no_pair(top: int) -> None:
    chain = smooth_chain(20)
    chain.bid[0, 12], chain.ask[0, 12] = chain.ask[0, 12] + 3.0, chain.ask[0, 12] + 3.1
    result = scan(chain, ScanRules(top=top, gate=PriceGate()))
    assert len(result)
    for pair in result:
        assert pair.credit_limit_c < 100 * abs(pair.credit_long - pair.credit_short)


def test_a_masked_contract_is_in_no_pair_and_is_counted() -> None:
    chain = smooth_chain(20)
    plain = scan(chain, ScanRules()).opportunity(0)
    allowed = np.ones((2, 20), dtype=bool)
    right = 0 if plain.right == "call" else 1
    allowed[right, chain.index(plain.debit_long)] = False
    result = scan(chain, ScanRules(top=10**6), allowed)
    strikes = {
        leg.strike for pair in result.top() for leg in pair.legs if pair.right == plain.right
    }
    assert plain.debit_long not in strikes
    assert result.exclusions["contract_masked"] == 1


def test_a_scan_that_found_nothing_says_why() -> None:
    chain = smooth_chain(20)
    chain.bid[0, 0] = np.nan
    chain.bid[0, 1], chain.ask[0, 1] = 30.0, 29.0
    chain.bid[0, 2] = 0.0
    chain.volume[:] = 5
    chain.volume[1, 3], chain.volume[1, 4] = 0, np.nan
    rules = ScanRules(
        min_net_credit=50.0,
        liquidity=LiquidityFilter(min_volume=1, max_quote_width=0.1),
    )
    result = scan(chain, rules)
    assert len(result) == result.found == 0
    assert result.top() == []
    counts = result.exclusions
    assert counts["contract_not_quoted"] == 1
    assert counts["contract_crossed"] == 1
    assert counts["contract_low_volume"] == 1
    assert counts["unknown_volume"] == 1
    assert counts["contract_quoted_wide"] == int(np.sum(chain.ask - chain.bid > 0.1 + 1e-9))
    assert counts["debit_net_too_low"] > 0
    assert "contract_masked" not in counts


def test_every_debit_is_found_or_counted_as_refused() -> None:
    chain = smooth_chain(40)
    for rules in (
        ScanRules(fee_per_share=0.0272, gate=PriceGate(), max_width=5),
        ScanRules(fee_per_share=0.0272, min_payoff_floor=0.05, max_width=5),
        ScanRules(rule="otm", min_net_credit=0.5, max_width=5),
    ):
        result = scan(chain, rules)
        refused = sum(v for k, v in result.exclusions.items() if k.startswith("debit_"))
        sellable = [chain.bid[0, 1:] > 0, chain.bid[1, :-1][::-1] > 0]
        verticals = sum(int(s[w - 1 :].sum()) for s in sellable for w in range(1, 6))
        assert result.found + refused == verticals


def test_a_chain_of_one_strike_or_none_has_no_pairs() -> None:
    for strikes in ([], [100.0]):
        chain = OptionChain("XYZ", DAY, np.array(strikes))
        assert len(scan(chain, ScanRules())) == 0
        assert len(scan(chain, ScanRules(rule="any"))) == 0


def test_a_chain_with_other_strikes_is_refused() -> None:
    with pytest.raises(ValueError, match="other strikes"):
        Scanner(np.array([1.0, 2.0])).scan(smooth_chain(20), ScanRules())


def test_infinite_quotes_are_contracts_nobody_may_trade() -> None:
    chain = smooth_chain(20)
    chain.ask[0, 3], chain.bid[1, 4] = np.inf, -np.inf
    chain.bid[0, 5] = chain.ask[0, 5] = np.inf
    result = scan(chain, ScanRules(top=10**6))
    for pair in result.top():
        assert math.isfinite(pair.floor)
        assert all(math.isfinite(leg.bid) and math.isfinite(leg.ask) for leg in pair.legs)
    assert result.exclusions["contract_absurd_quote"] == 3


@pytest.mark.parametrize(
    "bad",
    [
        {"buy_at": 1.2},
        {"max_width": 0.0},
        {"tick_c": -1},
        {"top": 0},
        {"rule": "wild"},
        {"min_net_credit": math.nan},
        {"fee_per_share": -1.0},
    ],
)
def test_rules_outside_their_range_are_refused_by_name(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        ScanRules(**bad)


@example(bids=[1.00, 0.55, 0.30], tick_c=5)
@given(st.lists(st.integers(0, 300).map(lambda c: c / 100), min_size=3, max_size=3), st.just(5))
def test_with_a_gate_no_limit_lies_outside_its_natural_market(
    bids: list[float], tick_c: int
) -> None:
    strikes = np.array([100.0, 105.0, 110.0])
    chain = OptionChain("XYZ", DAY, strikes, underlying_price=104.0)
    chain.bid[:] = sorted(bids, reverse=True)
    chain.ask[:] = np.round(chain.bid + 0.01, 2)
    gate = PriceGate(min_margin_c=-1000)
    rules = ScanRules(tick_c=tick_c, rule="otm", min_net_credit=-10, gate=gate)
    for pair in scan(chain, rules).top():
        assert pair.debit_bid <= pair.debit_limit_c / 100 + 1e-9
        assert pair.credit_limit_c / 100 <= pair.credit_ask + 1e-9
