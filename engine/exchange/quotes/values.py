"""Option values without static arbitrage, tabulated for one expiration before the session begins.

With K a strike, F the forward and s the volatility to expiration, a call is worth F x g(K/F; s).
g is the expected payoff under a mixture of two lognormal distributions with mean one, hence convex
and falling in the strike; it grows with s, hence with the time to expiration. Tabulated on a
uniform grid and interpolated linearly it stays convex, and puts follow by parity. A table between
two volatility levels is a weighted mean of two such functions, hence another one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

import numpy as np

from engine.market.chain import Floats

NODES: Final = 1024
"""Points of a value table; linear between them."""

_IV_NODES: Final = 32
_LEVELS: Final = 5
_MARGIN: Final = 1e-9
_CALM: Final = 0.74
_CALM_VOL: Final = 0.86
_CRASH: Final = 1.0 - _CALM
_CRASH_VOL: Final = 1.30
_CRASH_SHIFT: Final = 0.45
_ROOT_HALF: Final = math.sqrt(0.5)
_BISECTIONS: Final = 30


class ValueTables:
    """Values of calls as fractions of the forward, over moneyness, at some volatility levels.

    Args:
        annual_vol: the root's own volatility, as a fraction of one.
        years: to expiration.
        lowest, highest: bounds of strike / forward that can be asked for.
        levels: every volatility level of the session, relative to the root's own.

    Attributes:
        per_step, offset: a strike at forward F lies at node strike * per_step / F - offset.
    """

    def __init__(
        self,
        annual_vol: float,
        years: float,
        lowest: float,
        highest: float,
        levels: Iterable[float],
    ) -> None:
        low = lowest * (1 - _MARGIN)
        step = (highest * (1 + _MARGIN) - low) / (NODES - 2)
        grid: Floats = low + step * np.arange(NODES, dtype=np.float64)
        self.per_step = 1.0 / step
        self.offset = low * self.per_step
        known = tuple(levels)
        self._lowest_level = min(known)
        self._per_level = (_LEVELS - 1) / max(max(known) - min(known), _MARGIN)
        total = annual_vol * math.sqrt(years)
        totals = [total * (self._lowest_level + i / self._per_level) for i in range(_LEVELS)]
        self._calls = np.array([call_values(grid, vol) for vol in totals])
        self._iv_grid: Floats = np.linspace(lowest, highest, _IV_NODES)
        self._ivs = np.array(
            [implied_total_vols(self._iv_grid, call_values(self._iv_grid, v)) for v in totals]
        ) / math.sqrt(years)

    def write(self, level: float, out: Floats) -> None:
        """Write the NODES values at a volatility level into `out`."""
        self._mix(self._calls, level, out)

    def implied_vols(self, moneyness: Floats, level: float) -> Floats:
        """Implied volatility of a year at each strike / forward, at a volatility level."""
        smile = np.empty(_IV_NODES)
        self._mix(self._ivs, level, smile)
        return np.interp(moneyness, self._iv_grid, smile)

    def _mix(self, tables: Floats, level: float, out: Floats) -> None:
        """Write the weighted mean of the two tables about a level: a mean of smiles is a smile."""
        at = (level - self._lowest_level) * self._per_level
        lower = min(max(int(at), 0), _LEVELS - 2)
        weight = min(max(at - lower, 0.0), 1.0)
        np.multiply(tables[lower], 1.0 - weight, out=out)
        out += weight * tables[lower + 1]


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
