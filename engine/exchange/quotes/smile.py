"""Option values without static arbitrage: a mixture of two lognormal distributions.

With K a strike, F the forward and s the volatility to expiration, a call is worth F x g(K/F; s).
g is the expected payoff under a probability distribution of mean one, hence convex and falling
in the strike; it grows with s, hence with the time to expiration. Tabulated on a uniform grid and
interpolated linearly it stays convex, and puts follow by parity. A table between two
volatility levels is a weighted mean of two such functions, hence another one.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from engine.market.chain import Floats

_CALM: Final = 0.74
_CALM_VOL: Final = 0.86
_CRASH: Final = 1.0 - _CALM
_CRASH_VOL: Final = 1.30
_CRASH_SHIFT: Final = 0.45
_ROOT_HALF: Final = math.sqrt(0.5)
_BISECTIONS: Final = 30


def call_values(moneyness: Floats, total_vol: float) -> Floats:
    """Return g: values of calls as fractions of the forward.

    Args:
        moneyness: strikes as fractions of the forward, positive.
        total_vol: volatility to expiration (annual volatility x square root of years).
    """
    crash_mean = math.exp(-_CRASH_SHIFT * total_vol)
    calm_mean = (1.0 - _CRASH * crash_mean) / _CALM
    calm = _lognormal_calls(moneyness, calm_mean, np.full(len(moneyness), _CALM_VOL * total_vol))
    crash = _lognormal_calls(moneyness, crash_mean, np.full(len(moneyness), _CRASH_VOL * total_vol))
    mixture: Floats = _CALM * calm + _CRASH * crash
    return mixture


def implied_total_vols(moneyness: Floats, values: Floats) -> Floats:
    """Return the volatility to expiration at which a lognormal forward gives these calls.

    Args:
        moneyness: strikes as fractions of the forward, positive.
        values: calls as fractions of the forward, from `call_values`.
    """
    low: Floats = np.full(len(moneyness), 1e-4)
    high: Floats = np.full(len(moneyness), 5.0)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        dear = _lognormal_calls(moneyness, 1.0, middle) > values
        high = np.where(dear, middle, high)
        low = np.where(dear, low, middle)
    return low


def _lognormal_calls(moneyness: Floats, mean: float, vols: Floats) -> Floats:
    upper = np.log(mean / moneyness) / vols + vols / 2
    values: Floats = mean * _normal_cdf(upper) - moneyness * _normal_cdf(upper - vols)
    return values


def _normal_cdf(values: Floats) -> Floats:
    erfc = math.erfc
    tails: Floats = np.array([erfc(value) for value in (-_ROOT_HALF * values).tolist()])
    return 0.5 * tails
