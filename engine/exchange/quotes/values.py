"""The smile of one expiration through a session, tabulated before the session begins."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

import numpy as np

from engine.exchange.quotes.smile import call_values, implied_total_vols
from engine.market.chain import Floats

NODES: Final = 1024
"""Points of a value table; linear between them."""

_IV_NODES: Final = 32
_LEVELS: Final = 5
_MARGIN: Final = 1e-9


class ValueTables:
    """Calls as fractions of the forward, over moneyness, for some volatility levels.

    Args:
        annual_vol: the root's own volatility, as a fraction of one.
        years: to expiration.
        lowest, highest: bounds of strike / forward that will be asked for.
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
        """A weighted mean of the two tables about a level: a mean of smiles is a smile."""
        at = (level - self._lowest_level) * self._per_level
        lower = min(max(int(at), 0), _LEVELS - 2)
        weight = min(max(at - lower, 0.0), 1.0)
        np.multiply(tables[lower], 1.0 - weight, out=out)
        out += weight * tables[lower + 1]
