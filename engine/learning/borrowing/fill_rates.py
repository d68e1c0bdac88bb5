"""What the other chains tell of a chain's fill rate: chain, symbol, desk.

Chains of a symbol fill alike, and symbols of a desk a little less so. How much alike is not
assumed: the strength with which a chain borrows is weighed by the likelihood of what all others
did. Few chains, or chains that differ, lend little.

Source: the hierarchical beta-binomial model, Gelman and others, Bayesian Data Analysis, 2013,
chapter 5; integrated on a grid.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from typing import Final, NamedTuple, TypeVar

import numpy as np

from engine.learning.borrowing.beta import Beta, Floats, log_beta, log_gamma

ASSUMED: Final = Beta(1.0, 2.0)
"""What is assumed of a desk without a history: a third fills, weighted as three attempts."""

STRENGTHS: Final = np.geomspace(3.0, 600.0, 9)
"""How alike chains of a symbol may be, and symbols of a desk: as many attempts as one lends."""

_POINTS: Final = 61
_REACH: Final = 4.5
_BEND: Final = 3.0
"""Rates are tried at so many points of the log-odds, near the pooled rate and up to 4.5 from it."""


Key = TypeVar("Key", bound=Hashable)


class Counts(NamedTuple):
    """Attempts in effective number, and how many of them filled.

    Args:
        fills: 0 to `attempts`; need not be whole.
        attempts: above or equal 0.
    """

    fills: float
    attempts: float


def believed_rates(
    own: Mapping[Key, Counts], lent: Mapping[Key, Counts], symbols: Mapping[Key, str]
) -> dict[Key, Beta]:
    """What is believed of chains' rates: by their own attempts and by what all others lend.

    Args:
        own: what the chains did that are asked about.
        lent: what each chain tells of others; one without attempts tells nothing. A chain does not
            lend to itself.
        symbols: of each chain of either.

    Returns:
        By chain of `own`; ASSUMED and its own attempts where no other lends.
    """
    lenders = {chain: counts for chain, counts in lent.items() if counts.attempts > 0}
    tried = tried_rates([*own.values(), *lenders.values()])
    rates, spread = tried.rates, tried.spread
    alike = _alike(rates, spread)
    told = {chain: tried.told(counts) for chain, counts in lenders.items()}
    nothing = np.zeros((_POINTS, len(STRENGTHS)))
    by_symbol: dict[str, Floats] = {}
    for chain, likelihood in told.items():
        symbol = symbols[chain]
        by_symbol[symbol] = by_symbol.get(symbol, nothing) + likelihood
    desk = {symbol: _desk(alike, likelihood) for symbol, likelihood in by_symbol.items()}
    start = _log(rates ** (ASSUMED.hits - 1) * (1 - rates) ** (ASSUMED.misses - 1) * spread)
    scatter = -0.5 * np.log(STRENGTHS)
    whole = start[:, None, None] + scatter[:, None] + scatter
    for likelihood in desk.values():
        whole = whole + likelihood
    believed: dict[Key, Beta] = {}
    from_desk: dict[str, Floats] = {}
    for chain, counts in own.items():
        symbol = symbols[chain]
        if not lenders.keys() - {chain}:
            believed[chain] = ASSUMED.after(*counts)
            continue
        if symbol not in from_desk:
            of_others = whole - desk.get(symbol, 0.0)
            weights = np.exp(of_others - of_others.max())
            from_desk[symbol] = _log(np.einsum("dsm,dsr->rm", weights, alike, optimize=True))
        of_symbol = by_symbol.get(symbol, nothing) - told.get(chain, nothing)
        weights = from_desk[symbol] + of_symbol + tried.told(counts)
        believed[chain] = _matched(np.exp(weights - weights.max()), rates, counts)
    return believed


class TriedRates(NamedTuple):
    """The rates that are tried, as the mean of beta distributions of each strength.

    Args:
        rates: of a symbol.
        spread: how wide a stretch of rates each stands for.
        hits, misses: of the distributions [symbol's rate, strength].
        scale: logarithm of their beta functions.
    """

    rates: Floats
    spread: Floats
    hits: Floats
    misses: Floats
    scale: Floats

    def told(self, counts: Counts) -> Floats:
        """The log-likelihood of a chain's counts [symbol's rate, strength].

        That of the beta-binomial distribution, without the number of orders in which they can have
        filled: it is the same for every rate.
        """
        filled = log_gamma(self.hits + counts.fills)
        missed = log_gamma(self.misses + (counts.attempts - counts.fills))
        return np.asarray(filled + missed - log_gamma(STRENGTHS + counts.attempts) - self.scale)


def tried_rates(told: Iterable[Counts]) -> TriedRates:
    """The rates to be tried: near that of all counts together, and far from it."""
    fills, attempts = ASSUMED.hits, ASSUMED.worth
    for counts in told:
        fills += counts.fills
        attempts += counts.attempts
    middle = math.log(fills / (attempts - fills))
    steps = np.linspace(-1.0, 1.0, _POINTS)
    odds = middle + _REACH * np.sinh(_BEND * steps) / math.sinh(_BEND)
    rates = 1 / (1 + np.exp(-odds))
    spread = np.asarray(np.gradient(odds) * rates * (1 - rates))
    hits, misses = rates[:, None] * STRENGTHS, (1 - rates)[:, None] * STRENGTHS
    return TriedRates(rates, spread, hits, misses, log_beta(hits, misses))


def _alike(rates: Floats, spread: Floats) -> Floats:
    """The chance of each rate of a symbol [desk's rate, strength, symbol's rate]."""
    hits = rates[:, None, None] * STRENGTHS[None, :, None]
    misses = (1 - rates)[:, None, None] * STRENGTHS[None, :, None]
    logs = (hits - 1) * np.log(rates) + (misses - 1) * np.log1p(-rates) + np.log(spread)
    chances = np.exp(logs - logs.max(axis=2, keepdims=True))
    return np.asarray(chances / chances.sum(axis=2, keepdims=True))


def _desk(alike: Floats, likelihood: Floats) -> Floats:
    """A symbol's log-likelihood [desk's rate, strength of symbols, strength of chains]."""
    most = likelihood.max(axis=0)
    return np.asarray(_log(alike @ np.exp(likelihood - most)) + most)


def _matched(weights: Floats, rates: Floats, counts: Counts) -> Beta:
    """The beta distribution with the moments of all those that are weighed here.

    Args:
        weights: of each rate of the symbol and strength, the chain's own likelihood among them.
        rates: of the symbol.
        counts: the chain's own, which each distribution has seen.
    """
    weights = weights / weights.sum()
    worth = STRENGTHS + counts.attempts
    means = (rates[:, None] * STRENGTHS + counts.fills) / worth
    squares = means * (means * worth + 1) / (worth + 1)
    mean = float((weights * means).sum())
    return Beta.of_moments(mean, float((weights * squares).sum()) - mean * mean)


def _log(values: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(values, 1e-300)))
