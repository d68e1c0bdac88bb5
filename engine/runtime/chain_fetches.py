"""Fetches a trader's chain: in a thread of its own where that may block, and once at a time."""

from __future__ import annotations

import math
from collections.abc import Callable

from engine.market.chain import OptionChain
from engine.market.session import Moment
from engine.orders.actions import Fetch, Quotes
from engine.orders.soundness import error_text
from engine.runtime.context import DeskContext
from engine.runtime.lanes import QUOTES_PATIENCE_S
from engine.runtime.order_router import Step
from engine.trader.trader import ExpirationTrader


class ChainFetches:
    """Steps traders with the quotes that they asked for.

    Args:
        context: the desk's shared parts.
        step: hands quotes to a trader.
        seen: told each chain once its trader has decided: a trader's key, the chain, the moment.
    """

    def __init__(
        self,
        context: DeskContext,
        step: Step,
        seen: Callable[[str, OptionChain | None, Moment], None],
    ) -> None:
        self._context = context
        self._step = step
        self._seen = seen
        self._hanging: dict[str, str] = {}

    def fetch(self, trader: ExpirationTrader, action: Fetch) -> None:
        """Step a trader with its chain, fetched in a thread of its own where that may block."""
        context, key = self._context, trader.key
        post, hanging = context.scheduler.post, self._hanging
        if context.lanes is None or not context.market.blocking:
            self._quotes_came(trader, self._quotes(trader))
        elif key in hanging:  # no second call for a chain whose first one hangs
            self._no_quotes(trader, hanging[key])
        else:

            def call() -> None:
                quotes = self._quotes(trader)
                post(lambda: self._quotes_came(trader, quotes))

            def late() -> None:
                hanging[key] = f"no quotes came within {QUOTES_PATIENCE_S:g} s"
                self._no_quotes(trader, hanging[key])

            def ended() -> None:
                hanging.pop(key, None)

            def failed(error: BaseException) -> None:
                self._no_quotes(trader, error_text(error))

            context.lanes.quotes.submit(lambda: call, failed=failed, late=late, ended=ended)

    def _quotes_came(self, trader: ExpirationTrader, quotes: Quotes) -> None:
        self._step(trader, (quotes,))
        try:
            self._seen(trader.key, quotes.chain, self._context.moment)
        except Exception as error:
            self._context.broken(error)

    def _no_quotes(self, trader: ExpirationTrader, reason: str) -> None:
        self._step(trader, (Quotes(None, math.nan, reason),))

    def _quotes(self, trader: ExpirationTrader) -> Quotes:
        market, epoch_s = self._context.market, self._context.clock.epoch_s()
        try:
            chain = market.chain(trader.symbol, trader.expiration, epoch_s)
            if market.blocking and chain is not None and math.isfinite(chain.underlying_price):
                return Quotes(chain, chain.underlying_price)  # one call less over the network
            price = market.underlying(trader.symbol, epoch_s)
        except Exception as error:
            return Quotes(None, math.nan, error_text(error))
        return Quotes(chain, math.nan if price is None else price)
