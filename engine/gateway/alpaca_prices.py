"""Prices of underlyings at Alpaca: trades of shares, values of indices, or what options imply."""

from __future__ import annotations

import math
from typing import Final

from engine.brokers.alpaca.indices import read_values, values_call
from engine.brokers.alpaca.market import prices_call, read_prices
from engine.brokers.alpaca.underlyings import alpaca_underlying
from engine.gateway.books import Send
from engine.gateway.quote_calls import FeedError, Shared, read, told
from engine.market.chain import OptionChain
from engine.market.clock import Clock
from engine.market.parity import implied_forward
from engine.market.ticks import is_index

SHARED_S: Final = 1.0
"""Seconds for which one reply answers all who ask for prices."""

IMPLIED_S: Final = 60.0
"""Seconds for which the price that a chain implied is good."""

NO_VALUES_S: Final = 300.0
"""Seconds until values of indices are asked for again, which Alpaca did not tell."""


class UnderlyingPrices:
    """Prices of shares and indices; used from any thread.

    An account without Alpaca's plan for values of indices has, in place of one, the forward price
    that put-call parity implies in the chain that was told last.

    Args:
        data: makes calls for quotes.
        clock: real time.
    """

    def __init__(self, data: Send, clock: Clock) -> None:
        self._data, self._clock = data, clock
        self._shares: dict[str, None] = {}
        self._indices: dict[str, None] = {}
        self._prices: Shared[dict[str, float]] = Shared(SHARED_S, clock)
        self._values: Shared[dict[str, float]] = Shared(SHARED_S, clock)
        self._no_values_until_s = -math.inf
        self._implied: dict[str, tuple[float, float]] = {}

    def price(self, root: str) -> float | None:
        """The underlying's price, dollars a share or points; None where unknown.

        Args:
            root: of a chain.

        Raises:
            FeedError: the broker did not say.
        """
        name = alpaca_underlying(root)
        if is_index(root):
            return self._value(name)
        fresh = name not in self._shares
        self._shares[name] = None
        return self._prices.value(self._ask_shares, anew=fresh).get(name)

    def learn(self, chain: OptionChain) -> float:
        """The price that an index's chain implies, which is remembered; NaN where it has none."""
        if not is_index(chain.symbol):
            return math.nan
        price = implied_forward(chain)
        if price is None:
            return math.nan
        self._implied[alpaca_underlying(chain.symbol)] = self._clock.now_s(), price
        return price

    def _value(self, index: str) -> float | None:
        fresh = index not in self._indices
        self._indices[index] = None
        value = self._values.value(self._ask_values, anew=fresh).get(index)
        if value is not None:
            return value
        at_s, price = self._implied.get(index, (-math.inf, math.nan))
        return price if self._clock.now_s() - at_s <= IMPLIED_S else None

    def _ask_shares(self) -> dict[str, float]:
        body = told(self._data, prices_call(sorted(self._shares)), "prices of shares")
        return read(lambda: read_prices(body))

    def _ask_values(self) -> dict[str, float]:
        """Values of indices; none where Alpaca does not tell them, and not asked again soon."""
        if self._clock.now_s() < self._no_values_until_s:
            return {}
        try:
            body = told(self._data, values_call(sorted(self._indices)), "values of indices")
            return read(lambda: read_values(body, self._clock.epoch_s()))
        except FeedError:
            self._no_values_until_s = self._clock.now_s() + NO_VALUES_S
            return {}
