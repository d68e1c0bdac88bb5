"""A feed with faults around a market: the exchange trades on true quotes, the engine sees these."""

from __future__ import annotations

from datetime import date
from typing import Final

from engine.brokers.protocol import MarketData
from engine.exchange.faults.bad_quotes import BAD_QUOTES, copy_of
from engine.exchange.faults.chance import Faults
from engine.exchange.faults.kinds import QUOTE_FAULTS, Fault
from engine.market.chain import OptionChain

LASTS_S: Final = (1.0, 25.0)
"""Bounds of the seconds that a chain's quotes stay bad."""


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
