"""The scan again as a brute force over every pair, from the rules alone; and chains to scan."""

import itertools
import math
from dataclasses import dataclass
from datetime import date

import numpy as np
from hypothesis import strategies as st

from engine.market.chain import OptionChain
from engine.market.legs import OptionType
from engine.pricing.kernel import BlockedLegs
from engine.pricing.payoff import pair_legs, payoff_minimum
from engine.pricing.rules import LiquidityFilter, PriceGate, ScanRules
from tests.support.quote_contradictions import left_out

DAY = date(2026, 3, 20)
RIGHTS: tuple[OptionType, OptionType] = ("call", "put")


@dataclass
class Pair:
    """One pair of the brute force; prices in whole cents, worth in dollars a share."""

    right: OptionType
    debit: tuple[float, float]
    credit: tuple[float, float]
    pay_c: int
    receive_c: int
    net: float
    floor: float


def cents(price: float) -> int:
    """Whole cents of a price in dollars."""
    return round(price * 100)


def location_price(bid_c: int, ask_c: int, hundredths: int) -> int:
    """Price at a location, in hundredths of a cent: exact in integers."""
    return (100 - hundredths) * bid_c + hundredths * ask_c


def tradable(chain: OptionChain, rules: ScanRules, right: int, at: int) -> bool:
    """Whether the contract in column `at` passes the liquidity rules."""
    bid, ask = chain.bid[right, at], chain.ask[right, at]
    if math.isnan(bid) or math.isnan(ask) or bid < 0:
        return False
    if rules.liquidity.refuse_crossed and bid > ask:
        return False
    if rules.liquidity.require_offer and ask <= 0:
        return False
    if rules.liquidity.refuse_contradicted:
        quotes = zip(chain.strike_list, chain.bid[right], chain.ask[right], strict=True)
        if chain.strike_list[at] in left_out(quotes, RIGHTS[right]):
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
    verticals = []
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
        verticals.append((right, x, y, width, xb - ya, xa - yb))
    return verticals


def passes(chain: OptionChain, blocked_legs: BlockedLegs | None, pair: Pair) -> bool:
    """Whether the pair buys and sells only what it may."""
    if blocked_legs is None:
        return True
    row = RIGHTS.index(pair.right)
    (long, short), (sold, bought) = pair.debit, pair.credit
    return not (
        any(blocked_legs.unbought[row, chain.index(k)] for k in (long, bought))
        or any(blocked_legs.unsold[row, chain.index(k)] for k in (short, sold))
        or (
            blocked_legs.assignable is not None
            and any(blocked_legs.assignable[row, chain.index(k)] for k in (short, sold))
        )
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
        if rules.rule == "safe":
            least = (
                rules.min_payoff_floor
                if gate is None
                else max(rules.min_payoff_floor, gate.min_margin_c / 100)
            )
            if floor < least - 1e-9:
                continue
        if rules.max_loss is not None and floor < -rules.max_loss - 1e-9:
            continue
        pairs.append(Pair(RIGHTS[right], (a, b), (c, d), pay, receive, net, floor))
    return pairs


def best_by_debit(
    pairs: list[Pair], rules: ScanRules
) -> dict[tuple[OptionType, tuple[float, float]], Pair]:
    """The highest net of each debit, and the highest floor among the credits that bring it.

    Where the floor is the objective, the other way round.
    """

    def worth(pair: Pair) -> tuple[float, float]:
        figures = round(pair.net, 7), round(pair.floor, 7)
        return figures[::-1] if rules.objective == "floor" else figures

    best: dict[tuple[OptionType, tuple[float, float]], Pair] = {}
    for pair in pairs:
        key = pair.right, pair.debit
        if key not in best or worth(pair) > worth(best[key]):
            best[key] = pair
    return best


def ranking(
    chain: OptionChain, rules: ScanRules, best: list[Pair]
) -> list[tuple[float, float, float, float, float]]:
    """What the rows of a scan are ordered by, ascending, in that order."""
    keys = []
    for pair in best:
        right = RIGHTS.index(pair.right)
        (long_bid, long_ask), (short_bid, short_ask) = (
            (chain.bid[right, at], chain.ask[right, at]) for at in map(chain.index, pair.debit)
        )
        fill = pair.pay_c / 100 / max(long_ask - short_bid, 1e-9)
        net, floor = -round(pair.net, 6), -round(pair.floor, 6)
        if rules.objective == "credit":
            keys.append((net, floor, 0.0, 0.0, 0.0))
            continue
        away = abs(pair.debit[1] - chain.underlying_price) if rules.prefer_atm else 0.0
        quoted_width = (long_ask - short_bid) - (long_bid - short_ask)
        keys.append((floor, round(away, 6), round(quoted_width, 6), net, -round(fill, 6)))
    return sorted(keys)


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
    strikes = np.round(95 + np.cumsum([0.0, *gaps]), 2).astype(np.float64)[: max(n, 1)]
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
    wrong = draw(st.integers(0, 6))
    for _ in range(wrong):
        at = (noise.integers(2), noise.integers(n))
        kind = noise.integers(6)
        if kind == 0:
            chain.bid[at] = np.nan
        elif kind == 1:
            chain.bid[at] = 0.0
        elif kind == 2:
            chain.bid[at], chain.ask[at] = chain.ask[at], chain.bid[at]
        elif kind == 3:
            chain.ask[at] = np.nan
        elif kind == 4:
            chain.bid[at] = chain.ask[at] = 0.0
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
    require_offer=st.booleans(),
    refuse_contradicted=st.booleans(),
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
    objective=st.sampled_from(["credit", "floor"]),
    prefer_atm=st.booleans(),
    sane=st.sampled_from([True, True, False]),
    tick_c=st.sampled_from([1, 5, 10]),
    fee_per_share=st.sampled_from([0.0, 0.0272, 0.3]),
    top=st.sampled_from([1, 3, 50]),
    liquidity=liquidity,
    gate=gates,
)


def smooth_chain(n: int = 120, first: float = 440.0) -> OptionChain:
    """A chain a point apart whose underlying is at 500; with 120 strikes a scan prunes its debits."""
    strikes = np.arange(first, first + n)
    noise = np.random.default_rng(7)
    chain = OptionChain("XYZ", DAY, strikes, underlying_price=500.0)
    for right, sign in ((0, 1), (1, -1)):
        worth = np.logaddexp(0, sign * (500 - strikes) / 9) * 9
        half = 0.01 + noise.integers(0, 6, n) / 100
        chain.bid[right] = np.maximum(np.round(worth - half, 2), 0)
        chain.ask[right] = np.round(worth + half, 2)
    return chain
