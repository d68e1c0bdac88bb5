"""Quotes of the contracts that are held, and what closing all of them would bring now."""

from __future__ import annotations

import math
from datetime import date
from typing import Final

from engine.book.contract_keys import ContractKey
from engine.market.chain import CALL, PUT
from engine.runtime.context import DeskContext
from engine.runtime.underlying_price import quoted_price

Quote = tuple[float | None, float | None, bool]
"""Bid, ask, and whether they are old."""

_UNKNOWN: Final[Quote] = (None, None, True)


class HeldQuotes:
    """Looks each contract up once until it is told to forget; asks no broker.

    Args:
        context: whose contracts they are.
    """

    def __init__(self, context: DeskContext) -> None:
        self._context = context
        self._known: dict[ContractKey, Quote] = {}

    def forget(self) -> None:
        """Look everything up anew: time has passed."""
        self._known = {}

    def of(self, key: ContractKey) -> Quote:
        """A contract's quote; None where a side is not known."""
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = _quote_of(self._context, key)
        return known

    def price(self, symbol: str) -> float | None:
        """The underlying's price; None where it is not known."""
        return quoted_price(self._context, symbol)


def liquidation_c(context: DeskContext) -> int | None:
    """Cents that closing everything at natural prices brings now, before fees.

    What is long and has no bid brings nothing; where a short contract has no ask, or shares have no
    price, nobody knows, and the answer is None. Once the session has ended it is what the end
    recorded.

    Args:
        context: whose contracts they are.
    """
    total = 0.0
    if context.state.valued is not None:
        return context.state.valued.value_c
    for key, quantity in context.state.contracts.contracts().items():
        bid, ask, _ = _quote_of(context, key)
        price = (bid or 0.0) if quantity > 0 else ask
        if price is None or (bid is None and ask is None):
            return None
        totals = context.state.traders.get(f"{key.symbol} {key.expiration}")
        total += quantity * price * (100 if totals is None else totals.multiplier)
    for symbol, shares in context.state.contracts.shares().items():
        worth = quoted_price(context, symbol) if shares else 0.0
        if worth is None:
            return None
        total += shares * worth
    return round(total * 100)


def _quote_of(context: DeskContext, key: ContractKey) -> Quote:
    row = CALL if key.right == "C" else PUT
    asked = getattr(context.market, "leg_quote", None)
    if asked is not None and not context.market.blocking:
        expires = date.fromisoformat(key.expiration)
        bid, ask, *_ = asked(key.symbol, expires, row, key.strike, context.moment.epoch_s)
        return _known(bid), _known(ask), context.session.multiplier is None
    trader = context.traders.get(f"{key.symbol} {key.expiration}")
    chain = None if trader is None or trader.last_quotes is None else trader.last_quotes.chain
    if trader is None or chain is None:
        return _UNKNOWN
    try:
        column = chain.index(key.strike)
    except KeyError:
        return _UNKNOWN
    limit_s = trader.context.quote_age_limit_s
    old = not context.moment.epoch_s - chain.confirmed_s <= limit_s
    bid, ask = chain.quote(row, column)
    return _known(bid), _known(ask), old


def _known(price: float | None) -> float | None:
    """A price that is a number; NaN and infinity are quotes that nobody can trade on."""
    return price if price is not None and math.isfinite(price) else None
