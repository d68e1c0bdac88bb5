"""A feed with faults around a market: the exchange trades on true quotes, the engine sees these."""

from __future__ import annotations

from datetime import date

from engine.brokers.protocol import MarketData
from engine.exchange.faults.bad_quotes import SPOIL, copy_of
from engine.exchange.faults.chance import Faults
from engine.exchange.faults.kinds import QUOTE_FAULTS, Fault
from engine.market.chain import OptionChain

SPELL_S = (1.0, 25.0)
"""Seconds that a chain's quotes stay spoilt."""


class FaultyMarket:
    """A source of chains (`MarketData`) that now and then is wrong about one.

    Args:
        market: the true quotes.
        faults: chance.
    """

    def __init__(self, market: MarketData, faults: Faults) -> None:
        self.blocking = market.blocking
        self._market, self._faults = market, faults
        self._spells: dict[tuple[str, date], tuple[Fault, float, OptionChain | None]] = {}

        self._silent = True

    def calm(self) -> None:
        """Every chain is true again from now on."""
        self._spells.clear()

    def chain(self, symbol: str, expiration: date, now_s: float) -> OptionChain | None:
        """The chain as of `now_s`, or something else.

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
        spell = self._spells.get(key)
        if spell is not None and now_s >= spell[1]:
            del self._spells[key]
            spell = None
        if spell is None:
            struck = next((each for each in QUOTE_FAULTS if faults.strikes(each)), None)
            if struck is None:
                return chain
            until_s = now_s + faults.between("quotes/spell", *SPELL_S)
            frozen = copy_of(chain) if struck is Fault.QUOTES_FROZEN else None
            self._silent = faults.index("quotes/silent", 2) == 0
            spell = self._spells[key] = struck, until_s, frozen
        fault, _, frozen = spell
        if frozen is not None:
            return frozen if self._silent else self._heartbeat(frozen, chain)
        spoilt = copy_of(chain)
        SPOIL[fault](spoilt)
        return spoilt

    @staticmethod
    def _heartbeat(frozen: OptionChain, chain: OptionChain) -> OptionChain:
        """Prices stand still while the feed goes on saying that it is well."""
        frozen.confirmed_s = chain.confirmed_s
        return frozen

    def underlying(self, symbol: str, now_s: float) -> float | None:
        """The underlying's last price."""
        return self._market.underlying(symbol, now_s)

    def expirations(self, symbol: str, now_s: float) -> tuple[date, ...]:
        """The listed expirations."""
        return self._market.expirations(symbol, now_s)
