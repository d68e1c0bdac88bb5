"""Thin chains borrow from their symbol and desk: how much, how surely, and when not at all."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.learning.borrowing import fill_rates
from engine.learning.borrowing.beta import (
    Beta,
    beta_quantile,
    exact_interval,
    log_gamma,
)
from engine.learning.borrowing.estimates import DESK, ChainDay, estimates
from engine.learning.borrowing.fill_dollars import (
    Mean,
    Scatter,
    borrowed_means,
    own_means,
    scatter_of_a_fill,
)
from engine.learning.borrowing.fill_rates import (
    ASSUMED,
    STRENGTHS,
    Counts,
    believed_rates,
    tried_rates,
)
from engine.learning.borrowing.spells import ASSUMED_ALIKE, BlockSums, Spells, spells_of
from engine.learning.student import regularized_beta, t_quantile
from engine.risk.order_budget import chance_to_fill

# ---------------------------------------------------------------------- the beta distribution


def test_a_desk_without_a_history_fills_as_the_order_budget_has_always_assumed() -> None:
    for fills, attempts in ((0, 0), (0, 7), (3, 12)):
        assert ASSUMED.after(fills, attempts).mean == pytest.approx(chance_to_fill(fills, attempts))


@settings(max_examples=25)
@given(st.floats(0.01, 0.99), st.floats(0.3, 400.0), st.floats(0.3, 400.0))
def test_a_quantile_is_where_the_distribution_has_that_much_below(p, a, b) -> None:
    assert regularized_beta(beta_quantile(p, a, b), a, b) == pytest.approx(p, abs=1e-6)


@settings(max_examples=25)
@given(st.lists(st.floats(1e-3, 1e5), min_size=1, max_size=20))
def test_the_logarithm_of_gamma_is_that_of_the_standard_library(values) -> None:
    expected = [math.lgamma(value) for value in values]
    assert log_gamma(np.array(values)) == pytest.approx(expected, rel=1e-11, abs=1e-10)


@pytest.mark.parametrize("n", [1, 5, 20])
def test_the_exact_interval_never_holds_a_rate_less_often_than_it_says(n) -> None:
    intervals = [exact_interval(k, n) for k in range(n + 1)]
    for rate in np.linspace(0.01, 0.99, 33):
        held = sum(
            math.comb(n, k) * rate**k * (1 - rate) ** (n - k)
            for k, (low, high) in enumerate(intervals)
            if low <= rate <= high
        )
        assert held >= 0.95 - 1e-9
    assert list(intervals[0]) == pytest.approx([0.0, 1 - 0.025 ** (1 / n)])
    assert exact_interval(0, 0) == (0.0, 1.0)


def test_what_makes_no_distribution_is_refused() -> None:
    for mean, variance in ((0.0, 0.1), (0.5, 0.25), (0.5, 0.0)):
        with pytest.raises(ValueError, match="no rate has a mean"):
            Beta.of_moments(mean, variance)
    with pytest.raises(ValueError, match="probability"):
        beta_quantile(1.0, 1, 1)
    with pytest.raises(ValueError, match="4 of 3"):
        exact_interval(4, 3)
    found = Beta.of_moments(0.3, 0.3 * 0.7 / 11)
    assert [found.mean, found.worth] == pytest.approx([0.3, 10.0])


# ---------------------------------------------------------------------- what others lend


def brute_force(counts: list[Counts], own: Counts) -> tuple[float, float]:
    """Mean and deviation of a chain's rate by the others of its symbol and a desk of one symbol.

    Every rate of chain, symbol and desk on plain grids, with the likelihoods written out.
    """
    grid = (np.arange(200) + 0.5) / 200
    total = np.zeros(len(grid))
    for of_symbols, of_chains in itertools.product(STRENGTHS, STRENGTHS):
        alike = grid[:, None] * of_symbols, (1 - grid[:, None]) * of_symbols
        logs = (alike[0] - 1) * np.log(grid) + (alike[1] - 1) * np.log1p(-grid)
        symbol = np.exp(logs - logs.max(axis=1, keepdims=True))
        symbol /= symbol.sum(axis=1, keepdims=True)
        prior = (1 - grid) @ symbol  # a desk of beta(1, 2)
        chain_logs = (grid * of_chains)[:, None], ((1 - grid) * of_chains)[:, None]
        density = (chain_logs[0] - 1) * np.log(grid) + (chain_logs[1] - 1) * np.log1p(-grid)
        density -= np.array(
            [
                math.lgamma(r * of_chains) + math.lgamma((1 - r) * of_chains) - math.lgamma(of_chains)
                for r in grid
            ]
        )[:, None]  # fmt: skip
        for other in counts:
            missed = other.attempts - other.fills
            told = [
                math.lgamma(r * of_chains + other.fills)
                + math.lgamma((1 - r) * of_chains + missed)
                - math.lgamma(r * of_chains)
                - math.lgamma((1 - r) * of_chains)
                + math.lgamma(of_chains)
                - math.lgamma(of_chains + other.attempts)
                for r in grid
            ]
            prior = prior * np.exp(told)
        weight = (of_symbols * of_chains) ** -0.5
        total += weight * (prior @ np.exp(density))
    total *= grid**own.fills * (1 - grid) ** (own.attempts - own.fills)
    total /= total.sum()
    mean = float(total @ grid)
    return mean, math.sqrt(float(total @ (grid - mean) ** 2))


@pytest.mark.parametrize(
    ("others", "own"),
    [
        ([Counts(10, 40), Counts(14, 40)], Counts(1, 4)),
        ([Counts(25, 100)], Counts(12, 20)),
        ([Counts(4, 40), Counts(30, 60), Counts(9, 25)], Counts(0, 0)),
    ],
)
def test_what_is_lent_is_what_brute_force_over_all_rates_says(others, own) -> None:
    chains = {str(n): counts for n, counts in enumerate([own, *others])}
    lent = believed_rates({"0": own}, chains, dict.fromkeys(chains, "SPY"))["0"]
    mean, deviation = brute_force(others, own)
    assert lent.mean == pytest.approx(mean, abs=0.006)
    spread = math.sqrt(lent.mean * (1 - lent.mean) / (lent.worth + 1))
    assert spread == pytest.approx(deviation, rel=0.06)


def test_the_likelihood_of_counts_adds_up_over_all_of_them() -> None:
    tried = tried_rates([Counts(2, 6)])
    each = [math.comb(6, k) * np.exp(tried.told(Counts(k, 6))) for k in range(7)]
    assert sum(each) == pytest.approx(np.ones((len(tried.rates), len(STRENGTHS))))


def drawn(rng: np.random.Generator, mean: float, symbols: float, chains: float, shape=(3, 3)):
    """Counts of chains whose rates are drawn about those of symbols, and these about a desk's."""
    counts, of, truth = {}, {}, {}
    for symbol in range(shape[0]):
        about = rng.beta(mean * symbols, (1 - mean) * symbols)
        for chain in range(shape[1]):
            rate = float(np.clip(rng.beta(about * chains, (1 - about) * chains), 1e-6, 1 - 1e-6))
            n = int(rng.choice([3, 10, 30, 100, 400]))
            counts[symbol, chain] = Counts(int(rng.binomial(n, rate)), n)
            of[symbol, chain], truth[symbol, chain] = f"S{symbol}", rate
    return counts, of, truth


def test_intervals_that_borrow_hold_the_rate_as_often_as_they_say() -> None:
    """Over desks that scatter little and much; half the chains have thirty attempts or fewer."""
    rng = np.random.default_rng(11)
    held: list[bool] = []
    error = own_error = 0.0
    for _ in range(70):
        symbols, chains = np.exp(rng.uniform(math.log(8), math.log(200), 2))
        counts, of, truth = drawn(rng, rng.uniform(0.1, 0.4), symbols, chains)
        found = believed_rates(counts, counts, of)
        for chain, rate in truth.items():
            believed = found[chain]
            below = regularized_beta(rate, believed.hits, believed.misses)
            held.append(0.025 <= below <= 0.975)
            error += (believed.mean - rate) ** 2
            own_error += (ASSUMED.after(*counts[chain]).mean - rate) ** 2
    assert 0.93 <= np.mean(held) <= 0.97
    assert error < 0.75 * own_error


def lent_to(own: Counts, others: dict[str, Counts], symbols: dict[str, str]) -> Beta:
    """What is believed of chain A."""
    return believed_rates({"A": own}, others | {"A": own}, symbols)["A"]


ONE = dict.fromkeys("ABCDE", "SPY")
NONE = Counts(0, 0)


@settings(max_examples=12)
@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 40), st.integers(0, 40))
def test_a_better_neighbour_never_lends_less_and_nobody_lends_to_itself(
    fills, more, own_fills, missed
) -> None:
    low, high = sorted((fills, more))
    worse = lent_to(NONE, {"B": Counts(low, 12), "C": Counts(9, 30)}, ONE)
    others = {"B": Counts(high, 12), "C": Counts(9, 30)}
    assert lent_to(NONE, others, ONE).mean >= worse.mean - 0.004
    own = Counts(own_fills, own_fills + missed)
    alone = believed_rates({"A": own}, others, ONE)["A"]
    assert lent_to(own, others, ONE).mean == pytest.approx(alone.mean, abs=0.004)


def test_chains_of_the_symbol_lend_more_than_chains_of_others() -> None:
    of = {"A": "SPY", "B": "SPY", "C": "QQQ", "D": "QQQ"}
    others = {"B": Counts(40, 80), "C": Counts(8, 80), "D": Counts(8, 80)}
    assert lent_to(NONE, others, of).mean > 0.35


def test_chains_that_differ_lend_less_than_chains_that_are_alike() -> None:
    alike = {name: Counts(25, 100) for name in "BCDE"}
    apart = dict(zip("BCDE", (Counts(n, 100) for n in (2, 10, 40, 48)), strict=True))
    found = [lent_to(NONE, others, ONE).worth for others in (alike, apart)]
    assert found[0] > 4 * found[1]


def test_nobody_lends_to_the_only_chain() -> None:
    assert lent_to(Counts(2, 9), {}, ONE) == ASSUMED.after(2, 9)
    assert lent_to(NONE, {"B": NONE}, ONE) == ASSUMED


# ---------------------------------------------------------------------- spells


def test_attempts_of_a_spell_count_as_fewer() -> None:
    assert Spells(0.0, 1.0).worth([BlockSums(54, 12, 0)]) == Counts(12, 54)
    fills, attempts = Spells(0.2, 1.0).worth([BlockSums(51, 17, 0), BlockSums(1, 0, 0)])
    assert attempts == pytest.approx(51 / 11 + 1)
    assert fills / attempts == pytest.approx(17 / 52)
    assert Spells(0.2, 1.0).worth([]) == Counts(0, 0)
    assert Spells(0.2, 3.0).lent(Counts(5, 20)) == Counts(1, 4)


def spelled(rng: np.random.Generator, swing: float, common: bool, blocks: int = 200):
    """Six chains of twenty attempts a block, whose rates swing by a share from block to block."""
    lift = rng.choice([-1, 1], blocks)
    chains = []
    for _ in range(6):
        swings = lift if common else rng.choice([-1, 1], blocks)
        filled = rng.binomial(20, 0.3 * (1 + swing * swings))
        chains.append({n: BlockSums(20, int(each), 0.0) for n, each in enumerate(filled)})
    return chains


def test_how_alike_attempts_of_a_block_are_is_what_was_drawn() -> None:
    rng = np.random.default_rng(2)
    for swing, common in ((0.0, False), (0.6, False), (0.6, True)):
        found = spells_of(spelled(rng, swing, common))
        alike = (0.3 * swing) ** 2 / (0.3 * 0.7)
        assert found.alike == pytest.approx(alike, abs=0.025)
        # A block's fills scatter by the swing and by chance; only the swing is common.
        share = 20 * alike / (1 + 19 * alike)
        assert found.common == pytest.approx(1 + 5 * share * common, rel=0.15)


def test_before_blocks_tell_attempts_are_taken_to_be_alike() -> None:
    assert list(spells_of([])) == pytest.approx([ASSUMED_ALIKE, 1.0])
    assert spells_of([{1: BlockSums(20, 5, 0.0)}]).alike == pytest.approx(ASSUMED_ALIKE)
    sure = spells_of([{n: BlockSums(20, 0, 0.0) for n in range(9)}])
    assert sure.alike == pytest.approx(ASSUMED_ALIKE)


def test_intervals_hold_where_fills_come_in_spells() -> None:
    """A day of 26 quarter hours in good and bad spells; every other chain has the last two."""
    rng = np.random.default_rng(4)
    held: list[bool] = []
    for desk in range(44):
        counts, of, truth = drawn(rng, 0.25, 30.0, 30.0)
        common = rng.choice([-1, 1], 26)
        chains = {}
        for place, chain in enumerate(counts):
            truth[chain] = rate = min(truth[chain], 0.55)
            swings = common if desk % 2 else rng.choice([-1, 1], 26)
            first = 24 * (place % 2)
            chains[chain] = {
                n: BlockSums(54, int(rng.binomial(54, rate * (1 + 0.7 * swings[n]))), 0.0)
                for n in range(first, 26)
            }
        spells = spells_of(chains.values())
        worth = {chain: spells.worth(blocks.values()) for chain, blocks in chains.items()}
        told = {chain: spells.lent(each) for chain, each in worth.items()}
        found = believed_rates(worth, told, of)
        for chain, rate in truth.items():
            believed = found[chain]
            held.append(0.025 <= regularized_beta(rate, believed.hits, believed.misses) <= 0.975)
    assert 0.93 <= np.mean(held) <= 0.97


# ---------------------------------------------------------------------- dollars a fill


def test_means_are_shrunk_as_the_textbook_says_where_the_distance_is_known(monkeypatch) -> None:
    """Eight chains far apart on one symbol: each keeps n / (n + (scatter / distance)^2)."""
    monkeypatch.setattr("engine.learning.borrowing.fill_dollars._APART", (1e-9, 0.5))
    monkeypatch.setattr("engine.learning.borrowing.fill_dollars._SPACED", np.array([-99.0, 0.0]))
    monkeypatch.setattr("engine.learning.borrowing.fill_dollars._VAGUE", 1e-4)
    means = {name: Mean(10.0 + 8 * n, 4.0) for n, name in enumerate("ABCDEFGH")}
    of = {name: name for name in means}  # every chain a symbol: both distances add up
    found = borrowed_means(means, of, Scatter(10.0, 1e9))
    middle = 10.0 + 8 * 3.5
    for name, mean in means.items():
        kept = 4.0 / (4.0 + 1 / (0.5**2 + 0.5**2))
        assert found[name].effect == pytest.approx(
            middle + kept * (mean.dollars - middle), abs=0.01
        )


def by_one_matrix(
    means: dict[str, Mean], of: dict[str, str], scatter: Scatter
) -> dict[str, tuple[float, float]]:
    """Mean and half of the interval of each chain, from the joint normal of all chains at once."""
    apart = np.array([0.0, 0.03, 0.06, 0.12, 0.25, 0.5, 1.0])
    spaced = np.log(np.gradient(apart))
    fills = np.array([mean.fills for mean in means.values()])
    dollars = np.array([mean.dollars for mean in means.values()]) / scatter.deviation
    middle = float((dollars * fills).sum() / fills.sum())
    names = np.array([of[chain] for chain in means])
    same, seen = (names[:, None] == names).astype(float), fills > 0
    logs, levels, spreads = [], [], []
    for a, of_a in zip(apart, spaced, strict=True):
        for b, of_b in zip(apart, spaced, strict=True):
            alike = 30.0**2 + b**2 * same + a**2 * np.eye(len(means))
            known = alike[:, seen]
            inverse = np.linalg.inv(known[seen] + np.diag(1 / fills[seen]))
            found = (dollars - middle)[seen]
            determinant = np.linalg.slogdet(inverse)[1]
            logs.append(0.5 * determinant - 0.5 * found @ inverse @ found + of_a + of_b)
            levels.append(known @ inverse @ found)
            spreads.append(np.diag(alike - known @ inverse @ known.T))
    weights = np.exp(np.array(logs) - max(logs))
    weights /= weights.sum()
    level = weights @ np.array(levels)
    square = weights @ (np.array(spreads) + np.array(levels) ** 2) - level**2
    half = t_quantile(0.975, scatter.freedom) * scatter.deviation * np.sqrt(square)
    effect = scatter.deviation * (level + middle)
    return dict(zip(means, zip(effect.tolist(), half.tolist(), strict=True), strict=True))


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.integers(0, 40), st.floats(-60, 90)),
        min_size=1,
        max_size=9,
    ).filter(lambda chains: any(fills for _, fills, _ in chains))
)
def test_level_by_level_is_the_joint_distribution_of_all_chains(
    chains: list[tuple[str, int, float]],
) -> None:
    means = {
        f"{symbol} {n}": Mean(dollars if fills else 0.0, fills)
        for n, (symbol, fills, dollars) in enumerate(chains)
    }
    of = {name: name[0] for name in means}
    scatter = Scatter(12.0, 40.0)
    wanted = by_one_matrix(means, of, scatter)
    for name, found in borrowed_means(means, of, scatter).items():
        effect, half = wanted[name]
        assert found.effect == pytest.approx(effect, rel=1e-6, abs=1e-5)
        assert found.high - found.effect == pytest.approx(half, rel=1e-5, abs=1e-5)


def test_a_desk_of_thousands_of_chain_days_lends() -> None:
    """One matrix of them all would have a hundred million numbers."""
    means = {f"S{n // 5} {n}": Mean(10.0 + n % 7, float(n % 4)) for n in range(10_000)}
    found = borrowed_means(means, {name: name.split()[0] for name in means}, Scatter(10.0, 50.0))
    assert len(found) == 10_000
    assert all(each.low < each.effect < each.high for each in found.values())


def test_intervals_of_dollars_hold_and_are_nearer_than_own_means() -> None:
    rng = np.random.default_rng(8)
    held: list[bool] = []
    error = own_error = 0.0
    for _ in range(40):
        of_symbols, of_chains = rng.uniform(0.5, 5.0, 2)
        chains, of, truth = {}, {}, {}
        for symbol in range(3):
            about = 10 + rng.normal() * of_symbols
            for chain in range(3):
                truth[symbol, chain] = mean = about + rng.normal() * of_chains
                of[symbol, chain] = str(symbol)
                blocks = {}
                for n in range(int(rng.choice([1, 2, 8, 26]))):
                    fills = int(rng.poisson(4))
                    made = 10.0 * rng.lognormal(0, 0.6, fills)
                    made += mean - 10.0 * math.exp(0.18)
                    blocks[n] = BlockSums(4 * fills, fills, float(made.sum()))
                chains[symbol, chain] = blocks
        scatter = scatter_of_a_fill(chains.values())
        assert scatter is not None
        means = own_means(chains)
        for name, found in borrowed_means(means, of, scatter).items():
            held.append(found.low <= truth[name] <= found.high)
            if means[name].fills:
                error += (found.effect - truth[name]) ** 2
                own_error += (means[name].dollars - truth[name]) ** 2
    assert 0.93 <= np.mean(held) <= 0.97
    assert error < 0.7 * own_error


def test_the_only_chain_has_the_interval_of_its_own_fills() -> None:
    blocks = {n: BlockSums(8, 2, made) for n, made in enumerate((18.0, 26.0, 22.0, 14.0))}
    scatter = scatter_of_a_fill([blocks])
    assert scatter is not None
    assert list(scatter) == pytest.approx([math.sqrt((2 + 18 + 2 + 18) / 3), 3.0])
    found = borrowed_means(own_means({"A": blocks}), {"A": "SPY"}, scatter)["A"]
    half = t_quantile(0.975, 3.0) * scatter.deviation / math.sqrt(8)
    assert [found.effect, found.high - found.effect] == pytest.approx([10.0, half], rel=1e-3)


def test_fills_that_tell_no_scatter_tell_no_mean() -> None:
    assert scatter_of_a_fill([{1: BlockSums(4, 2, 9.0)}, {1: BlockSums(4, 1, 3.0)}]) is None
    assert scatter_of_a_fill([{1: BlockSums(4, 2, 8.0), 2: BlockSums(4, 2, 8.0)}]) is None
    with pytest.raises(ValueError, match="tell no mean"):
        borrowed_means({"A": Mean(0.0, 0)}, {"A": "SPY"}, Scatter(1.0, 2.0))


# ---------------------------------------------------------------------- told


SYMBOLS = {"SPY 1": "SPY", "SPY 2": "SPY", "QQQ 1": "QQQ"}


def test_a_thin_chain_says_of_whom_it_borrows() -> None:
    full = {n: BlockSums(40, 10 + n % 3, 90.0 + 5 * n) for n in range(8)}
    few = {7: BlockSums(6, 3, 12.0)}
    days = {ChainDay(5, "SPY 1"): full, ChainDay(5, "SPY 2"): few}
    found = estimates(days, SYMBOLS, 5, SYMBOLS)
    assert [found[key].lender for key in SYMBOLS] == ["SPY", "SPY", DESK]
    assert [found[key].thin for key in SYMBOLS] == [False, True, True]
    thin = found["SPY 2"]
    assert (thin.attempts, thin.fills) == (6, 3)
    assert 0.26 < thin.rate < 0.4
    assert thin.low < thin.rate < thin.high
    assert thin.dollars is not None and thin.dollars.low < thin.dollars.effect < thin.dollars.high
    assert thin.told().startswith("thin, 6 attempts: ")
    assert thin.told().endswith("; borrows from SPY")
    assert "a fill makes +" in thin.told()
    assert "thin" not in found["SPY 1"].told()


def test_yesterday_lends_to_today_as_another_chain_does() -> None:
    full = {n: BlockSums(40, 12, 90.0 + 5 * n) for n in range(8)}
    [found] = estimates({ChainDay(4, "SPY 1"): full}, SYMBOLS, 5, ["SPY 1"]).values()
    assert (found.attempts, found.lender) == (0, "SPY")
    assert found.rate == pytest.approx(0.3, abs=0.04)
    assert found.low < 0.2 and found.high > 0.4


def test_a_chain_that_is_alone_has_its_own_exact_interval() -> None:
    days = {ChainDay(5, "SPY 1"): {n: BlockSums(10, 3, 9.0) for n in range(4)}}
    [found] = estimates(days, SYMBOLS, 5, ["SPY 1"]).values()
    counts = spells_of(days.values()).worth(days[ChainDay(5, "SPY 1")].values())
    assert found.lender == "" and "borrows" not in found.told()
    assert (found.low, found.high) == exact_interval(*counts)
    assert found.rate == ASSUMED.after(*counts).mean
    [nothing] = estimates({}, SYMBOLS, 5, ["SPY 1"]).values()
    assert [nothing.rate, nothing.low, nothing.high] == pytest.approx([1 / 3, 0.0, 1.0])
    assert nothing.told() == "thin, 0 attempts: 33% [0%, 100%] of attempts fill"


def test_strengths_span_what_lends_hardly_anything_and_what_lends_everything() -> None:
    assert STRENGTHS[0] == pytest.approx(ASSUMED.worth)
    assert STRENGTHS[-1] > 500
    assert fill_rates.ASSUMED.worth == 3
