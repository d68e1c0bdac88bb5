"""A feed with faults: true quotes of a market, and bad ones that its faults make of them.

The exchange trades on the true quotes; only the engine sees the bad ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, Final

import numpy as np

from engine.brokers.protocol import MarketData
from engine.exchange.faults.chance import Faults
from engine.exchange.faults.kinds import QUOTE_FAULTS, Fault
from engine.market.chain import OptionChain

LASTS_S: Final = (1.0, 25.0)
"""Bounds of the seconds that a chain's quotes stay bad."""

AHEAD_S: Final = 3600.0
"""How far in the future a future-dated chain claims to be."""

_QUOTES: Final = ("bid", "ask", "bid_size", "ask_size", "quoted_s")

MakeBad = Callable[[OptionChain], OptionChain]


class FaultyMarket:
    """A source of chains (`MarketData`) that is wrong about one of them now and then.

    Args:
        market: the true quotes.
        faults: decides when a fault strikes.
    """

    def __init__(self, market: MarketData, faults: Faults) -> None:
        self.blocking = market.blocking
        self._market, self._faults = market, faults
        self._bad: dict[tuple[str, date], tuple[Fault, float, OptionChain | None]] = {}
        self._silent = True

    def calm(self) -> None:
        """Show true quotes of every chain from now on."""
        self._bad.clear()

    def chain(self, symbol: str, expiration: date, now_s: float) -> OptionChain | None:
        """The chain as of `now_s` (epoch seconds), or bad quotes in its place.

        Raises:
            TimeoutError: the feed did not answer.
        """
        faults = self._faults
        if faults.strikes(Fault.FEED_ERROR):
            raise TimeoutError("the feed did not answer")
        chain = self._market.chain(symbol, expiration, now_s)
        if chain is None:
            return None
        key = symbol, expiration
        bad = self._bad.get(key)
        if bad is not None and now_s >= bad[1]:
            del self._bad[key]
            bad = None
        if bad is None:
            struck = next((each for each in QUOTE_FAULTS if faults.strikes(each)), None)
            if struck is None:
                return chain
            until_s = now_s + faults.between("quotes/spell", *LASTS_S)
            frozen = copy_of(chain) if struck is Fault.QUOTES_FROZEN else None
            self._silent = faults.index("quotes/silent", 2) == 0
            bad = self._bad[key] = struck, until_s, frozen
        fault, _, frozen = bad
        if frozen is None:
            return BAD_QUOTES[fault](chain)
        if not self._silent:
            # Prices stand still while the feed's heartbeat goes on.
            frozen.confirm(chain.confirmed_s)
        return frozen

    def underlying(self, symbol: str, now_s: float) -> float | None:
        """The underlying's last price, dollars a share; None for an unknown root."""
        return self._market.underlying(symbol, now_s)

    def expirations(self, symbol: str, now_s: float) -> tuple[date, ...]:
        """The listed expirations, ascending."""
        return self._market.expirations(symbol, now_s)


def copy_of(chain: OptionChain, **changed: Any) -> OptionChain:
    """A copy of the chain with quotes of its own; the strikes are shared, they never change.

    Args:
        chain: the original, written in place by its feed.
        changed: fields that are different in the copy.
    """
    copied = {name: getattr(chain, name).copy() for name in _QUOTES if name not in changed}
    return replace(chain, **copied, **changed)


def _crossed(chain: OptionChain) -> OptionChain:
    return copy_of(chain, bid=chain.ask + 0.05, ask=chain.bid.copy())


def _locked(chain: OptionChain) -> OptionChain:
    middle = np.round((chain.bid + chain.ask) / 2, 2)
    return copy_of(chain, bid=middle, ask=middle.copy())


def _nan(chain: OptionChain) -> OptionChain:
    bad = copy_of(chain, underlying_price=float("nan"))
    bad.bid[:, ::2] = np.nan
    bad.ask[:, 1::3] = np.nan
    return bad


def _infinite(chain: OptionChain) -> OptionChain:
    bad = copy_of(chain)
    bad.ask[:, ::2] = np.inf
    bad.bid[:, 1::3] = -np.inf
    bad.bid[:, 2::5] = 1e300
    return bad


def _zero(chain: OptionChain) -> OptionChain:
    return copy_of(chain, bid=np.zeros_like(chain.bid), ask=np.zeros_like(chain.ask))


def _negative(chain: OptionChain) -> OptionChain:
    bad = copy_of(chain)
    bad.bid[:, ::2] *= -1.0
    bad.ask[:, ::3] *= -1.0
    return bad


def _future(chain: OptionChain) -> OptionChain:
    return copy_of(
        chain, confirmed_s=chain.confirmed_s + AHEAD_S, quoted_s=chain.quoted_s + AHEAD_S
    )


def _half_missing(chain: OptionChain) -> OptionChain:
    bad = copy_of(chain)
    bad.ask[0, :] = np.nan
    bad.bid[1, ::2] = np.nan
    return bad


def _off_tick(chain: OptionChain) -> OptionChain:
    return copy_of(chain, bid=chain.bid + 0.0033, ask=chain.ask + 0.0047)


def _wide(chain: OptionChain) -> OptionChain:
    middle = (chain.bid + chain.ask) / 2
    return copy_of(chain, bid=np.round(middle * 0.5, 2), ask=np.round(middle * 1.5, 2))


BAD_QUOTES: Final[dict[Fault, MakeBad]] = {
    Fault.QUOTES_CROSSED: _crossed,
    Fault.QUOTES_LOCKED: _locked,
    Fault.QUOTES_NAN: _nan,
    Fault.QUOTES_INFINITE: _infinite,
    Fault.QUOTES_ZERO: _zero,
    Fault.QUOTES_NEGATIVE: _negative,
    Fault.QUOTES_FUTURE: _future,
    Fault.QUOTES_HALF_MISSING: _half_missing,
    Fault.QUOTES_OFF_TICK: _off_tick,
    Fault.QUOTES_WIDE: _wide,
}
"""By fault, the bad copy of a chain; frozen quotes are a plain copy that stays as it is."""
