"""Alpaca's quotes on demand: equal requests share one reply, and no page leads in a circle."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, Final, Generic, TypeVar

from engine.brokers.alpaca.market import (
    MOST_PAGES,
    Expirations,
    Feed,
    Snapshots,
    chain_call,
    chain_of,
    contracts_call,
    one_quote_call,
    prices_call,
    read_expirations,
    read_prices,
    read_snapshots,
)
from engine.brokers.dialect import DialectError
from engine.brokers.following.replay import EndlessPagesError, Pages
from engine.brokers.http.call import Answer, Call
from engine.gateway.books import Send
from engine.gateway.links import QuoteLag
from engine.market.calendar import exchange_date
from engine.market.chain import OptionChain
from engine.market.clock import Clock

CHAIN_SHARED_S: Final = 0.25
PRICE_SHARED_S: Final = 1.0
LISTED_SHARED_S: Final = 3600.0
"""Seconds for which one reply answers equal requests: chains, prices, expirations."""

LONGEST_DAYS: Final = 400
"""Days ahead to which expirations are asked for."""

_TRIED: Final = "SPY"
"""An underlying that always has options, to see whether the feed answers."""

Value = TypeVar("Value")


class FeedError(ConnectionError):
    """The broker did not give the quotes."""


class RefusedFeedError(FeedError):
    """The account may not ask for these quotes."""


class AlpacaFeed:
    """Chains and prices of shares and ETFs; used from any thread.

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
        self._symbols: dict[str, None] = {}
        self._chains: dict[tuple[str, date], _Shared[OptionChain | None]] = {}
        self._listed: dict[str, _Shared[tuple[date, ...]]] = {}
        self._prices: _Shared[dict[str, float]] = _Shared(PRICE_SHARED_S, clock)

    def chain(self, symbol: str, expiration: date) -> OptionChain | None:
        """The chain as quoted now; None where no contract of it is quoted.

        Raises:
            FeedError: the broker did not say.
        """
        shared = self._chains.setdefault((symbol, expiration), _Shared(CHAIN_SHARED_S, self._clock))
        return shared.value(lambda: self._ask_chain(symbol, expiration))

    def underlying(self, symbol: str) -> float | None:
        """The last price, dollars a share; None where unknown.

        Raises:
            FeedError: the broker did not say.
        """
        fresh = symbol not in self._symbols
        self._symbols[symbol] = None
        return self._prices.value(self._ask_prices, anew=fresh).get(symbol)

    def expirations(self, symbol: str) -> tuple[date, ...]:
        """The listed expirations of today or later, ascending.

        Raises:
            FeedError: the broker did not say.
        """
        shared = self._listed.setdefault(symbol, _Shared(LISTED_SHARED_S, self._clock))
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
            call = chain_call(symbol, symbol, expiration, price, self._feed, token)
            pages.append(read_snapshots(self._quotes(call)))
            return pages[-1].token

        self._walk(page, f"the chain {symbol} {expiration}")
        chain = self._read(lambda: chain_of(symbol, expiration, pages, price, now_s))
        self.lag.note(chain)
        return chain

    def _ask_expirations(self, symbol: str) -> tuple[date, ...]:
        price, first = self._price(symbol), exchange_date(self._clock.epoch_s())
        last = first + timedelta(LONGEST_DAYS)
        days: set[date] = set()

        def page(token: str | None) -> str | None:
            call = contracts_call(symbol, symbol, first, last, price, token)
            told: Expirations = read_expirations(self._told(self._trading, call), symbol)
            days.update(told.days)
            return told.token

        self._walk(page, f"the expirations of {symbol}")
        return tuple(sorted(days))

    def _ask_prices(self) -> dict[str, float]:
        body = self._told(self._data, prices_call(sorted(self._symbols)))
        return self._read(lambda: read_prices(body))

    def _price(self, symbol: str) -> float:
        price = self.underlying(symbol)
        return math.nan if price is None else price

    def _walk(self, page: Callable[[str | None], str | None], what: str) -> None:
        """Read pages to their end."""
        pages, token = Pages(MOST_PAGES), None
        while True:
            try:
                token = pages.next(page(token))
            except (DialectError, EndlessPagesError) as error:
                raise FeedError(f"{what} cannot be read: {error}") from None
            if token is None:
                return

    def _quotes(self, call: Call) -> Any:
        """The body of an answer with quotes of the feed."""
        try:
            body = self._told(self._data, call)
        except RefusedFeedError:
            self.refused = True
            raise
        self.refused = False
        return body

    def _told(self, send: Send, call: Call) -> Any:
        answer = send(call)
        if not isinstance(answer, Answer):
            raise FeedError(answer.text or answer.failure.value)
        if answer.status in (401, 403):
            raise RefusedFeedError(
                f"the broker refuses quotes of {self._feed} ({answer.status}); the account has no "
                "plan for them, or the keys are wrong: get the plan, or log in again; mode PAPER "
                'takes broker.feed = "indicative", too'
            )
        if not 200 <= answer.status < 300:
            raise FeedError(f"the broker answered {answer.status}")
        return answer.body

    @staticmethod
    def _read(read: Callable[[], Value]) -> Value:
        try:
            return read()
        except DialectError as error:
            raise FeedError(f"the broker's answer cannot be read: {error}") from None


class _Shared(Generic[Value]):
    """One reply for all who ask at about the same time; used from any thread.

    Args:
        seconds: for which it is good.
        clock: real time.
    """

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._seconds, self._clock = seconds, clock
        self._lock = threading.Lock()
        self._kept: tuple[float, Value] | None = None

    def value(self, ask: Callable[[], Value], *, anew: bool = False) -> Value:
        """What was told at most so long ago, else what `ask` brings now."""
        wanted_s = self._clock.now_s()
        with self._lock:
            if self._kept is None or anew or self._kept[0] < wanted_s - self._seconds:
                asked_s = self._clock.now_s()
                self._kept = asked_s, ask()
            return self._kept[1]
