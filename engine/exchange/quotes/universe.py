"""The simulated underlyings: price, volatility, quoted width, sizes and strikes of each root."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from engine.exchange.seeding import Draws

MARKET_ANNUAL_VOL: Final = 0.15


@dataclass(frozen=True, slots=True)
class UnderlyingSpec:
    """How one option root is simulated.

    Args:
        symbol: the option root.
        price: dollars a share about which sessions open.
        annual_vol: volatility of a year as a fraction of one.
        beta: sensitivity to the common market factor.
        width_factor: quoted widths relative to a liquid large stock's.
        size_factor: displayed sizes relative to a liquid large stock's.
        strike_step: dollars between the strikes of near expirations about the money.
        weeklies: whether every Friday is listed, or only the third of the month.
        monthlies: whether third Fridays are listed.
        path: name of the price path; roots on one underlying share it.
    """

    symbol: str
    price: float
    annual_vol: float
    beta: float
    width_factor: float = 1.0
    size_factor: float = 1.0
    strike_step: float = 2.5
    weeklies: bool = True
    monthlies: bool = True
    path: str = ""

    @property
    def path_name(self) -> str:
        """The name of its price path; its own unless it shares one."""
        return self.path or self.symbol


_BUILT_IN: Final = {
    spec.symbol: spec
    for spec in (
        UnderlyingSpec("AAPL", 232.0, 0.27, 1.1, 1.0, 1.5),
        UnderlyingSpec("MSFT", 428.0, 0.25, 1.0, 1.3, 1.0),
        UnderlyingSpec("NVDA", 138.0, 0.48, 1.7, 0.9, 2.0, 1.0),
        UnderlyingSpec("AMZN", 205.0, 0.32, 1.2, 1.0, 1.2),
        UnderlyingSpec("META", 565.0, 0.34, 1.2, 1.6, 0.8, 5.0),
        UnderlyingSpec("GOOGL", 172.0, 0.29, 1.1, 1.1, 1.2),
        UnderlyingSpec("GOOG", 174.0, 0.29, 1.1, 1.3, 0.8),
        UnderlyingSpec("TSLA", 345.0, 0.58, 1.6, 1.1, 1.5),
        UnderlyingSpec("AMD", 140.0, 0.47, 1.6, 1.0, 1.2, 1.0),
        UnderlyingSpec("NFLX", 890.0, 0.36, 1.1, 2.2, 0.5, 5.0),
        UnderlyingSpec("JPM", 245.0, 0.23, 0.9, 1.4, 0.6),
        UnderlyingSpec("SPY", 590.0, 0.15, 1.0, 0.4, 6.0, 1.0),
        UnderlyingSpec("QQQ", 515.0, 0.20, 1.25, 0.5, 4.0, 1.0),
        UnderlyingSpec("IWM", 228.0, 0.21, 1.1, 0.5, 3.0, 1.0),
        UnderlyingSpec("SPX", 5900.0, 0.15, 1.0, 0.6, 0.8, 5.0, weeklies=False, path="SPX"),
        UnderlyingSpec("SPXW", 5900.0, 0.15, 1.0, 0.6, 0.8, 5.0, monthlies=False, path="SPX"),
    )
}


def underlying_spec(symbol: str, seed: int) -> UnderlyingSpec:
    """Return how a root is simulated; an unlisted name becomes a smaller stock.

    Args:
        symbol: the option root.
        seed: the run's; with the name it decides everything about an unlisted root.
    """
    known = _BUILT_IN.get(symbol)
    if known is not None:
        return known
    draws = Draws(seed, f"underlying/{symbol}")
    price = round(15.0 * math.exp(2.2 * draws.uniform()), 2)
    return UnderlyingSpec(
        symbol,
        price,
        annual_vol=0.25 + 0.35 * draws.uniform(),
        beta=0.6 + 0.9 * draws.uniform(),
        width_factor=1.5 + 2.0 * draws.uniform(),
        size_factor=0.3 + 0.6 * draws.uniform(),
        strike_step=0.5 if price < 25 else 1.0,
        weeklies=draws.uniform() < 0.6,
    )
