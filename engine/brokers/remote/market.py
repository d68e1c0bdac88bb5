"""The market that an exchange or a gateway in another process is to the engine."""

from __future__ import annotations

from datetime import date
from typing import Final

from engine.brokers.remote.codec import chain_of
from engine.brokers.remote.link import Link
from engine.market.chain import OptionChain

QUOTES_WITHIN_S: Final = 8.0
"""Real seconds for quotes: a gateway asks its broker for them, perhaps page by page."""


class RemoteMarket:
    """A `MarketData` whose quotes come over a link.

    Args:
        link: connected.
    """

    blocking = True

    def __init__(self, link: Link) -> None:
        self._link = link

    def chain(self, symbol: str, expiration: date, now_s: float) -> OptionChain | None:
        """The chain as the exchange quotes it now; None where it is not listed.

        Raises:
            LinkError: the exchange did not answer.
        """
        plain = self._link.ask(
            "chain", QUOTES_WITHIN_S, symbol=symbol, expiration=expiration.isoformat()
        )
        return None if plain is None else chain_of(plain)

    def underlying(self, symbol: str, now_s: float) -> float | None:
        """The underlying's price, dollars a share; None where unknown.

        Raises:
            LinkError: the exchange did not answer.
        """
        price = self._link.ask("underlying", QUOTES_WITHIN_S, symbol=symbol)
        return None if price is None else float(price)

    def expirations(self, symbol: str, now_s: float) -> tuple[date, ...]:
        """The listed expirations, ascending.

        Raises:
            LinkError: the exchange did not answer.
        """
        days = self._link.ask("expirations", QUOTES_WITHIN_S, symbol=symbol)
        return tuple(date.fromisoformat(day) for day in days)
