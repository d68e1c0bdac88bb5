"""An underlying's price for what the desk books: no call that blocks, and no error."""

from __future__ import annotations

import math

from engine.runtime.context import DeskContext


def quoted_price(context: DeskContext, symbol: str) -> float | None:
    """Dollars a share: the market's where it answers at once, else those of the latest quotes.

    Args:
        context: the desk's shared parts.
        symbol: the underlying's root.

    Returns:
        None where neither tells one.
    """
    if not context.market.blocking:
        return _asked(context, symbol)
    for trader in context.traders.values():
        quotes = trader.last_quotes
        if trader.symbol == symbol and quotes is not None and math.isfinite(quotes.underlying):
            return quotes.underlying
    return None


def price_for_person(context: DeskContext, symbol: str) -> float | None:
    """The quoted price; where there is none the market is asked, for a person who waits for it.

    Args:
        context: the desk's shared parts.
        symbol: the underlying's root.

    Returns:
        None where nobody tells one.
    """
    price = quoted_price(context, symbol)
    return _asked(context, symbol) if price is None else price


def _asked(context: DeskContext, symbol: str) -> float | None:
    try:
        price = context.market.underlying(symbol, context.moment.epoch_s)
    except Exception:  # a market that fails knows no price
        return None
    return price if price is not None and math.isfinite(price) else None
