"""The natural market of an order's vertical, in cents."""

from __future__ import annotations

import math
from datetime import date
from typing import Final, NamedTuple

from engine.config import FillModelParameters
from engine.exchange.matching.orders import ExchangeOrder
from engine.exchange.matching.sources import LegQuote, MovableQuotes, QuoteSource, VerticalQuotes
from engine.market.chain import CALL

_SURELY_C: Final = 0.01
"""More than rounding can change a price in cents."""


class NaturalMarket(NamedTuple):
    """A vertical as the party paying for it sees it, in cents per share.

    Args:
        bid_c, ask_c: X.bid - Y.ask and X.ask - Y.bid, X the dearer leg.
        size: combinations displayed against our side on both legs.
        x, y: the legs' quotes.
    """

    bid_c: float
    ask_c: float
    size: int
    x: LegQuote
    y: LegQuote


class ExchangeMarkets:
    """Natural markets of verticals, and how our own debit fills move them against us.

    Movable quotes are moved. Where they cannot be, our credit orders on the chain are judged as
    if the market were lower by a fading share of its width.

    Args:
        quotes: of the legs.
        parameters: the drifts.
    """

    def __init__(self, quotes: QuoteSource, parameters: FillModelParameters) -> None:
        self._quotes = quotes
        self._movable = quotes if isinstance(quotes, MovableQuotes) else None
        self._verticals = quotes if isinstance(quotes, VerticalQuotes) else None
        self._parameters = parameters
        self._debit_filled_s: dict[tuple[str, date], float] = {}

    def find(self, order: ExchangeOrder) -> None:
        """Give an order that arrives the quotes of its vertical, where there are such."""
        if self._verticals is not None:
            request = order.request
            vertical = self._verticals.vertical(
                request.symbol, request.expiration, order.right, order.x_strike, order.y_strike
            )
            order.quote_by(vertical)

    def natural(self, order: ExchangeOrder, at_s: float) -> NaturalMarket | None:
        """The natural market of an order's vertical; None while a side of it is unknown.

        A displayed size that nobody recorded counts as one combination.
        """
        vertical = order.vertical
        if vertical is not None:
            x, y = vertical.legs(at_s)
        elif self._verticals is not None:
            return None
        else:
            request, right, leg_quote = order.request, order.right, self._quotes.leg_quote
            x = leg_quote(request.symbol, request.expiration, right, order.x_strike, at_s)
            y = leg_quote(request.symbol, request.expiration, right, order.y_strike, at_s)
        bid_c = round(x[0] * 100.0 - y[1] * 100.0, 3)
        ask_c = round(x[1] * 100.0 - y[0] * 100.0, 3)
        if not ask_c > bid_c:
            return None
        pays = order.pays
        first, second = (x[3], y[2]) if pays else (x[2], y[3])
        if first != first:
            first = 1.0
        if second != second:
            second = 1.0
        size = int(first if first <= second else second)
        if not pays and self._movable is None:
            request = order.request
            lower_c = self._lower_c(request.symbol, request.expiration, at_s, ask_c - bid_c)
            bid_c, ask_c = bid_c - lower_c, ask_c - lower_c
        return NaturalMarket(bid_c, ask_c, size, x, y)

    def reached(self, order: ExchangeOrder, at_s: float) -> NaturalMarket | None:
        """`natural`, but None where it has surely not reached the order's limit either.

        Most looks at a resting order end here, and need neither sizes nor whole quotes.
        """
        vertical = order.vertical
        if vertical is not None:
            if order.pays:
                far = vertical.debit(at_s) * 100.0 > order.request.limit_c + _SURELY_C
            else:
                far = vertical.credit(at_s) * 100.0 < order.request.limit_c - _SURELY_C
            if far:
                return None
        return self.natural(order, at_s)

    def is_listed(self, order: ExchangeOrder, at_s: float) -> bool:
        """Whether both legs are quoted."""
        if self._verticals is not None:
            return order.vertical is not None
        request = order.request
        for strike in (order.x_strike, order.y_strike):
            quote = self._quotes.leg_quote(
                request.symbol, request.expiration, order.right, strike, at_s
            )
            if all(number != number for number in quote):
                return False
        return True

    def move_against_us(self, order: ExchangeOrder, at_s: float) -> None:
        """Let the market react to a debit that filled at `at_s`."""
        request = order.request
        if self._movable is None:
            self._debit_filled_s[request.symbol, request.expiration] = at_s
            return
        dollars = self._parameters.drift_bp * 1e-4 * order.x_strike
        if order.right == CALL:
            dollars = -dollars
        self._movable.nudge(request.symbol, request.expiration, dollars, at_s)

    def _lower_c(self, symbol: str, expiration: date, at_s: float, width_c: float) -> float:
        since_s = self._debit_filled_s.get((symbol, expiration))
        if since_s is None:
            return 0.0
        p = self._parameters
        fading = math.exp(-max(0.0, at_s - since_s) / p.drift_decays_s)
        return p.drift_location * fading * width_c


def leg_prices_c(market: NaturalMarket, price_c: int) -> tuple[int, int]:
    """Return the price of each leg, X and Y, in cents, where the vertical trades at a price.

    Y trades as near the middle of its quote as it can while X, which is Y plus the price, stays
    inside its own. Beyond the natural market that is impossible, and both miss equally.

    Args:
        market: the vertical's natural market.
        price_c: cents per share of the vertical.
    """
    x_bid_c, x_ask_c = round(market.x[0] * 100), round(market.x[1] * 100)
    y_bid_c, y_ask_c = round(market.y[0] * 100), round(market.y[1] * 100)
    lowest, highest = max(y_bid_c, x_bid_c - price_c), min(y_ask_c, x_ask_c - price_c)
    y_c = max(0, math.floor((lowest + highest) / 2))
    return y_c + price_c, y_c
