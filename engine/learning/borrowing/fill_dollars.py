"""What a fill makes on each chain, shrunk to its symbol and desk: the normal hierarchy.

A handful of fills with heavy tails says little of what a chain's fills make. How far chains of a
symbol, and symbols of the desk, lie apart is weighed by the likelihood of all their means; the less
apart, the more a thin chain is told by the others.

Source: the hierarchical normal model with its variances integrated on a grid, Gelman and others,
Bayesian Data Analysis, 2013, chapter 5.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.learning.borrowing.beta import Floats
from engine.learning.borrowing.fill_rates import Key
from engine.learning.borrowing.spells import Chain
from engine.learning.estimators import Difference
from engine.learning.student import t_quantile

_APART: Final = (0.0, 0.03, 0.06, 0.12, 0.25, 0.5, 1.0)
"""How far chains, or symbols, may lie apart: in deviations of one fill."""

_SPACED: Final = np.log(np.gradient(_APART))
"""Every distance up to the farthest is as likely beforehand."""

_VAGUE: Final = 30.0
"""The desk's own mean may be anything: its deviation, in deviations of one fill."""


Ints = NDArray[np.int64]


class Mean(NamedTuple):
    """What a chain's own fills made.

    Args:
        dollars: in the mean; 0.0 where none filled.
        fills: how many.
    """

    dollars: float
    fills: float


def own_means(chains: Mapping[Key, Chain]) -> dict[Key, Mean]:
    """The mean dollars of each chain's fills."""
    means: dict[Key, Mean] = {}
    for chain, blocks in chains.items():
        fills = sum(block.fills for block in blocks.values())
        dollars = sum(block.dollars for block in blocks.values())
        means[chain] = Mean(dollars / fills if fills else 0.0, fills)
    return means


class Scatter(NamedTuple):
    """How far one fill scatters about its chain's mean.

    Args:
        deviation: dollars, above 0.
        freedom: degrees of freedom from which it was estimated, above 0.
    """

    deviation: float
    freedom: float


def scatter_of_a_fill(chains: Iterable[Chain]) -> Scatter | None:
    """How far a fill scatters, as blocks of fills scatter about their chain's mean.

    Spells within a block make it larger, so that means have the deviation that they have.

    Returns:
        None where no chain has fills in two blocks, or all made the same.
    """
    squares = freedom = 0.0
    for chain in chains:
        filled = [block for block in chain.values() if block.fills > 0]
        fills = sum(block.fills for block in filled)
        if len(filled) < 2:
            continue
        mean = sum(block.dollars for block in filled) / fills
        squares += sum((b.dollars - mean * b.fills) ** 2 / b.fills for b in filled)
        freedom += len(filled) - 1
    return Scatter(math.sqrt(squares / freedom), freedom) if squares > 0 else None


def borrowed_means(
    means: Mapping[Key, Mean], symbols: Mapping[Key, str], scatter: Scatter
) -> dict[Key, Difference]:
    """What a fill of each chain makes, by its own fills and all others', with a 95 % interval.

    Args:
        means: of each chain's own fills; one without fills borrows everything.
        symbols: of each chain.
        scatter: of one fill.

    Raises:
        ValueError: nothing filled at all, or fills do not scatter.
    """
    chains, deviation = list(means), scatter.deviation
    fills = np.array([means[chain].fills for chain in chains])
    if not (deviation > 0 and fills.sum() > 0):
        raise ValueError(f"{fills.sum():g} fills that scatter by {deviation} $ tell no mean")
    seen = fills > 0
    dollars = np.array([means[chain].dollars for chain in chains]) / deviation
    middle = float((dollars * fills).sum() / fills.sum())
    codes = {name: code for code, name in enumerate(dict.fromkeys(symbols.values()))}
    symbol = np.array([codes[symbols[chain]] for chain in chains])
    level, square = _mixed((dollars - middle) * seen, fills, symbol)
    half = t_quantile(0.975, scatter.freedom) * deviation * np.sqrt(np.maximum(square, 0.0))
    effect = deviation * (level + middle)
    return {
        chain: Difference(float(e), float(e - h), float(e + h))
        for chain, e, h in zip(chains, effect, half, strict=True)
    }


def _mixed(found: Floats, fills: Floats, symbol: Ints) -> tuple[Floats, Floats]:
    """The mean and variance of each chain's level, over all that chains and symbols may lie apart.

    Args:
        found: of each chain's own fills, 0 for one without any; in deviations of one fill.
        fills: of each chain.
        symbol: number of each chain's symbol.
    """
    logs: list[float] = []
    levels: list[Floats] = []
    spreads: list[Floats] = []
    for apart, spaced in zip(_APART, _SPACED, strict=True):
        chains = _Chains.of(found, fills, symbol, apart)
        for symbols_apart, symbols_spaced in zip(_APART, _SPACED, strict=True):
            fit, level, spread = chains.levels(symbol, symbols_apart)
            logs.append(fit + float(spaced + symbols_spaced))
            levels.append(level)
            spreads.append(spread)
    weights = np.exp(np.array(logs) - max(logs))
    weights /= weights.sum()
    level = weights @ np.array(levels)
    return level, weights @ (np.array(spreads) + np.array(levels) ** 2) - level**2


class _Chains(NamedTuple):
    """Chains that lie so far apart within their symbol, and what they tell of it.

    Args:
        own: how far a chain's level is told by its own fills, 0 to 1.
        by_fills: the part of its level that they tell.
        left: variance of its level about that, were the symbol's known.
        precision, mean: of each symbol, as its chains tell it; 0 where none of them filled.
        fit: log-likelihood of the chains about their symbols' means.
    """

    own: Floats
    by_fills: Floats
    left: float
    precision: Floats
    mean: Floats
    fit: float

    @classmethod
    def of(cls, found: Floats, fills: Floats, symbol: Ints, apart: float) -> _Chains:
        """Sum up the chains of each symbol; the arguments as for `_mixed`."""
        seen = fills > 0
        weight = np.where(seen, fills / (1 + fills * apart**2), 0.0)
        precision = np.bincount(symbol, weight).astype(float)
        mean = np.bincount(symbol, weight * found) / np.where(precision > 0, precision, 1.0)
        about = float((weight * (found - mean[symbol]) ** 2).sum())
        scale = np.log(weight[seen]).sum() - np.log(precision[precision > 0]).sum()
        own = apart**2 * weight
        return cls(own, own * found, apart**2, precision, mean, 0.5 * float(scale - about))

    def levels(self, symbol: Ints, apart: float) -> tuple[float, Floats, Floats]:
        """The log-likelihood, and each chain's mean and variance, with symbols so far apart.

        Level by level: what its chains tell of a symbol, symbols of the desk, and back. So it costs
        as much as there are chains, where one matrix of all would cost their number cubed.
        """
        seen = self.precision > 0
        told = np.where(seen, self.precision / (1 + self.precision * apart**2), 0.0)
        total = float(told.sum()) + 1 / _VAGUE**2
        desk = float((told * self.mean).sum()) / total
        about = float((told * (self.mean - desk) ** 2).sum()) + desk**2 / _VAGUE**2
        fit = self.fit + 0.5 * (float(np.log(told[seen]).sum()) - math.log(total) - about)
        known = apart**2 * told
        level = known * self.mean + (1 - known) * desk
        variance = apart**2 * (1 - known) + (1 - known) ** 2 / total
        rest = 1 - self.own
        return (
            fit,
            self.by_fills + rest * level[symbol],
            self.left * rest + rest**2 * variance[symbol],
        )
