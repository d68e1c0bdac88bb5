"""What is drawn for each contract of a chain: displayed sizes, day's volume, open interest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.exchange.quotes.universe import UnderlyingSpec
from engine.market.chain import Floats

_SIZE_MEDIAN: Final = 18.0
_SIZE_SPREAD: Final = 0.8
_VOLUME_A_DAY: Final = 900.0
_VOLUME_SPREAD: Final = 0.9
_INTEREST: Final = 6000.0
_INTEREST_SPREAD: Final = 0.8
_POOL_STRIDE: Final = 37
_ONE: Final[Floats] = np.array(1.0)


@dataclass(frozen=True, slots=True)
class ContractDraws:
    """The draws of one chain with n strikes.

    Args:
        pool: sizes about the money, of which every step takes a part.
        size_by_strike: (4 n,) factor on them, by strike for each side and right.
        day_volume: (2, n) contracts by the close.
        open_interest: (2, n) contracts.
    """

    pool: Floats
    size_by_strike: Floats
    day_volume: Floats
    open_interest: Floats

    def write_sizes(self, step: int, out: Floats) -> None:
        """Write the (2, 2, n) sizes of bids and asks of a slow step, all at least 1."""
        flat = out.reshape(-1)
        count = len(flat)
        first = step * _POOL_STRIDE % (len(self.pool) - count)
        np.multiply(self.pool[first : first + count], self.size_by_strike, flat)
        np.add(flat, _ONE, flat)
        np.floor(flat, flat)


def draw_contracts(
    spec: UnderlyingSpec,
    strikes: Floats,
    opening_price: float,
    total_vol: float,
    chance: np.random.Generator,
) -> ContractDraws:
    """Draw a chain's contracts: the nearer to the money, the larger the sizes and volumes.

    Args:
        spec: the root.
        strikes: ascending.
        opening_price: of the underlying, dollars a share.
        total_vol: volatility to expiration.
        chance: the chain's own generator.
    """
    n = len(strikes)
    distance = np.abs(np.log(strikes / opening_price)) / total_vol
    popularity = np.exp(-0.9 * distance) * spec.size_factor
    medians = math.log(_SIZE_MEDIAN * spec.size_factor)
    return ContractDraws(
        pool=chance.lognormal(medians, _SIZE_SPREAD, size=4 * (n + _POOL_STRIDE)),
        size_by_strike=np.tile(0.35 + 0.65 * np.exp(-0.7 * distance), 4),
        day_volume=_VOLUME_A_DAY * popularity * chance.lognormal(0.0, _VOLUME_SPREAD, (2, n)),
        open_interest=np.floor(
            _INTEREST * popularity * chance.lognormal(0.0, _INTEREST_SPREAD, (2, n))
        ),
    )
