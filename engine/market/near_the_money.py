"""How wide the market of verticals near the money is quoted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from engine.market.chain import CALL, PUT, OptionChain

_NEAR: Final = 0.05
"""Strikes within this share of the underlying's price are near the money."""


def typical_width(chains: Iterable[OptionChain]) -> float | None:
    """The median natural width of verticals of neighbouring strikes near the money, both rights.

    Args:
        chains: of one symbol, at one moment.

    Returns:
        Ask less bid of the vertical, dollars a share; None where no such vertical is quoted.
    """
    widths = [width for chain in chains for width in _widths(chain)]
    return float(np.median(widths)) if widths else None


def _widths(chain: OptionChain) -> list[float]:
    spot = chain.underlying_price
    if not spot > 0:
        spot = _parity(chain)
    near = np.abs(chain.strikes - spot) <= _NEAR * spot
    quoted = near & (chain.bid >= 0) & (chain.ask >= chain.bid) & (chain.ask > 0)
    quoted &= np.isfinite(chain.ask)
    leg = chain.ask - chain.bid
    both = quoted[:, :-1] & quoted[:, 1:]
    widths: list[float] = (leg[:, :-1] + leg[:, 1:])[both].tolist()
    return widths


def _parity(chain: OptionChain) -> float:
    """The strike at which call and put are worth about the same; NaN where none has both."""
    apart = np.abs((chain.bid[CALL] + chain.ask[CALL]) - (chain.bid[PUT] + chain.ask[PUT]))
    known = np.isfinite(apart)
    if not known.any():
        return float("nan")
    return float(chain.strikes[np.where(known, apart, np.inf).argmin()])
