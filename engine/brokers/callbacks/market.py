"""The specification's quote and price callbacks as a source of chains."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from engine.brokers.callbacks.broker import Expirations
from engine.market.calendar import TradingCalendar
from engine.market.chain import OptionChain
from engine.market.expirations import no_session_to_expire_in
from engine.market.quotes.chains import NothingQuotedError, chain_from
from engine.market.ticks import ContractTerms, contract_terms


class CallbackMarket:
    """Quotes and prices through callbacks.

    Args:
        quote_callback: (symbol, expiration) -> an OptionChain, or quotes in any form that
            `engine.market.quotes.chains.chain_from` reads.
        underlying_callback: (symbol) -> dollars a share, or None.
        expirations: the expiration objects as the caller gave them.
        calendar: on which days options can expire; not asked where None.
        terms: what contracts of a symbol and expiration are; those of the root where not there.
    """

    blocking = True

    def __init__(
        self,
        quote_callback: Callable[..., Any],
        underlying_callback: Callable[[str], Any] | None = None,
        expirations: Expirations | None = None,
        calendar: TradingCalendar | None = None,
        terms: Mapping[tuple[str, date], ContractTerms] | None = None,
    ) -> None:
        self._calendar = calendar
        self._terms = {} if terms is None else terms
        self._quote = quote_callback
        self._underlying = underlying_callback
        self._expirations = {} if expirations is None else expirations
        self._listed: dict[str, set[date]] = {}
        self._prices: dict[str, tuple[float, float | None]] = {}

    def chain(self, symbol: str, expiration: date, now_s: float) -> OptionChain | None:
        """Call the quote callback; None where it has never answered with anything: not listed.

        It is not asked for a day on which no option can expire.

        A chain that does not say when its feed confirmed it counts as confirmed now.

        Raises:
            ValueError: the answer is of another expiration or multiplier, cannot be read as a
                chain, or is empty where the chain was quoted before.
        """
        if self._calendar is not None and no_session_to_expire_in(expiration, self._calendar):
            return None
        options = self._quote(symbol, self._expirations.get((symbol, expiration), expiration))
        price = self.underlying(symbol, now_s)
        terms = self._terms.get((symbol, expiration)) or contract_terms(symbol)
        try:
            chain = chain_from(
                options,
                symbol=symbol,
                expiration=expiration,
                underlying_price=math.nan if price is None else price,
                confirmed_s=now_s,
                terms=terms,
            )
        except NothingQuotedError:
            if expiration in self._listed.get(symbol, ()):
                raise ValueError(
                    "the quote callback has no quotes of a chain that it has quoted"
                ) from None
            return None
        if chain is options and math.isnan(chain.confirmed_s):
            chain = replace(chain, confirmed_s=now_s)
        self._listed.setdefault(symbol, set()).add(expiration)
        return chain

    def underlying(self, symbol: str, now_s: float) -> float | None:
        """Call the price callback, where there is one; once for each moment and symbol."""
        if self._underlying is None:
            return None
        known = self._prices.get(symbol)
        if known is not None and known[0] == now_s:
            return known[1]
        answer = self._underlying(symbol)
        price = None if answer is None else float(answer)
        self._prices[symbol] = (now_s, price)
        return price

    def expirations(self, symbol: str, now_s: float) -> tuple[date, ...]:
        """The expirations quoted so far; no callback lists them."""
        return tuple(sorted(self._listed.get(symbol, set()).copy()))
