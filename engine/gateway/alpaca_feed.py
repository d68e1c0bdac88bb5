"""Alpaca's quotes on demand: equal requests share one reply, and no page leads in a circle."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from engine.brokers.alpaca.contracts import Expirations, contracts_call, read_expirations
from engine.brokers.alpaca.market import (
    CONTRACTS_A_PAGE,
    MOST_PAGES,
    Feed,
    Snapshots,
    chain_call,
    chain_of,
    one_quote_call,
    read_snapshots,
)
from engine.brokers.alpaca.underlyings import alpaca_underlying
from engine.brokers.http.call import Call
from engine.gateway.alpaca_prices import UnderlyingPrices
from engine.gateway.books import Send
from engine.gateway.links import QuoteLag
from engine.gateway.quote_calls import FeedError, RefusedFeedError, Shared, read, told, walk
from engine.market.calendar import exchange_date
from engine.market.chain import OptionChain
from engine.market.clock import Clock
from engine.market.ticks import is_index

CHAIN_SHARED_S: Final = 0.25
LISTED_SHARED_S: Final = 3600.0
"""Seconds for which one reply answers equal requests: chains, expirations."""

LONGEST_DAYS: Final = 400
"""Days ahead to which expirations are asked for."""

_FEW: Final = 10
"""Contracts of which one tells an expiration."""

_TRIED: Final = "SPY"
"""An underlying that always has options, to see whether the feed answers."""


class AlpacaFeed:
    """Chains of shares, ETFs and indices, and prices of these; used from any thread.

    Args:
        feed: opra or indicative.
        data: makes calls for quotes.
        trading: makes calls for listed contracts.
        clock: real time.

    Attributes:
        lag: whether the quotes are behind the market.
        refused: whether the broker refused quotes of the feed when it was asked last.
    """

    def __init__(self, feed: Feed, data: Send, trading: Send, clock: Clock) -> None:
        self._feed, self._data, self._trading, self._clock = feed, data, trading, clock
        self.lag = QuoteLag(clock)
        self.refused = False
        self._chains: dict[tuple[str, date], Shared[OptionChain | None]] = {}
        self._listed: dict[str, Shared[tuple[date, ...]]] = {}
        self._prices = UnderlyingPrices(data, clock)

    def chain(self, symbol: str, expiration: date) -> OptionChain | None:
        """The chain as quoted now; None where no contract of it is quoted.

        Raises:
            FeedError: the broker did not say.
        """
        shared = self._chains.setdefault((symbol, expiration), Shared(CHAIN_SHARED_S, self._clock))
        return shared.value(lambda: self._ask_chain(symbol, expiration))

    def underlying(self, symbol: str) -> float | None:
        """The last price, dollars a share or points; None where unknown.

        Raises:
            FeedError: the broker did not say.
        """
        return self._prices.price(symbol)

    def expirations(self, symbol: str) -> tuple[date, ...]:
        """The listed expirations of today or later, ascending.

        Raises:
            FeedError: the broker did not say.
        """
        shared = self._listed.setdefault(symbol, Shared(LISTED_SHARED_S, self._clock))
        return shared.value(lambda: self._ask_expirations(symbol))

    def try_feed(self) -> None:
        """Ask for one quote of the feed; whether it is refused is known then."""
        with suppress(FeedError):
            self._quotes(one_quote_call(_TRIED, self._feed))

    def _ask_chain(self, symbol: str, expiration: date) -> OptionChain | None:
        price = self._price(symbol)
        now_s = self._clock.epoch_s()
        pages: list[Snapshots] = []

        def page(token: str | None) -> str | None:
            underlying = alpaca_underlying(symbol)
            call = chain_call(underlying, symbol, expiration, price, self._feed, token)
            pages.append(read_snapshots(self._quotes(call)))
            return pages[-1].token

        walk(page, MOST_PAGES, f"the chain {symbol} {expiration}")
        chain = read(lambda: chain_of(symbol, expiration, pages, price, now_s))
        self.lag.note(chain)
        if chain is not None and is_index(symbol):
            implied = self._prices.learn(chain)
            if math.isnan(chain.underlying_price):
                chain = replace(chain, underlying_price=implied)
        return chain

    def _ask_expirations(self, symbol: str) -> tuple[date, ...]:
        price, first = self._price(symbol), exchange_date(self._clock.epoch_s())
        last, underlying = first + timedelta(LONGEST_DAYS), alpaca_underlying(symbol)
        days: set[date] = set()

        def contracts(price: float, token: str | None, most: int = CONTRACTS_A_PAGE) -> Expirations:
            call = contracts_call(underlying, symbol, first, last, price, token, most)
            body = told(self._trading, call, "the listed contracts")
            return read_expirations(body, symbol)

        if is_index(symbol) and math.isnan(price):  # all strikes of an index are too many
            for day in read(lambda: contracts(math.nan, None, _FEW)).days[:1]:
                self._ask_chain(symbol, day)
            price = self._price(symbol)

        def page(token: str | None) -> str | None:
            found = contracts(price, token)
            days.update(found.days)
            return found.token

        walk(page, MOST_PAGES, f"the expirations of {symbol}")
        return tuple(sorted(days))

    def _price(self, symbol: str) -> float:
        price = self.underlying(symbol)
        return math.nan if price is None else price

    def _quotes(self, call: Call) -> Any:
        """The body of an answer with quotes of the feed."""
        try:
            body = told(self._data, call, f"quotes of {self._feed}")
        except RefusedFeedError:
            self.refused = True
            raise
        self.refused = False
        return body
