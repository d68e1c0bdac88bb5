"""What the venue asks of quotes, and the natural market of an order's vertical in cents."""

from __future__ import annotations

import math
from datetime import date
from typing import NamedTuple, Protocol, runtime_checkable

from engine.brokers.matching.orders import VenueOrder
from engine.brokers.matching.parameters import FillModelParameters
from engine.market.chain import CALL

LegQuote = tuple[float, float, float, float]


class QuoteSource(Protocol):
    """Quotes of single contracts, simulated or recorded."""

    def leg_quote(
        self, symbol: str, expiration: date, right: int, strike: float, now_s: float
    ) -> LegQuote:
        """Bid, ask, bid size and ask size per share; NaN where unknown or not listed.

        Args:
            symbol, expiration: the chain.
            right: 0 for a call, 1 for a put.
            strike: dollars a share.
            now_s: epoch seconds.
        """
        ...

    def next_change_s(self, symbol: str, expiration: date, now_s: float) -> float | None:
        """Epoch second at which the chain's quotes change next; None after the last change."""
        ...


@runtime_checkable
class PairedQuotes(Protocol):
    """Quotes that give both legs of a vertical at once."""

    def vertical_quotes(
        self, symbol: str, expiration: date, right: int, x: float, y: float, now_s: float
    ) -> tuple[LegQuote, LegQuote]:
        """`leg_quote` of two strikes of one right."""
        ...


@runtime_checkable
class MovableQuotes(Protocol):
    """Quotes that our own trading may move; recorded ones stay what they were."""

    def nudge(self, symbol: str, expiration: date, dollars: float, now_s: float) -> None:
        """Move the underlying, as one chain sees it, by dollars a share."""
        ...


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


class VenueMarkets:
    """Natural markets of verticals, and how our own debit fills move them against us.

    Movable quotes are moved. Where quotes stand still, what we sell on the chain is judged as if
    the market were lower by a fading share of its width.

    Args:
        quotes: where the legs are quoted.
        parameters: the drifts.
    """

    def __init__(self, quotes: QuoteSource, parameters: FillModelParameters) -> None:
        self._quotes = quotes
        self._movable = quotes if isinstance(quotes, MovableQuotes) else None
        self._paired = quotes if isinstance(quotes, PairedQuotes) else None
        self._parameters = parameters
        self._debit_filled_s: dict[tuple[str, date], float] = {}

    def natural(self, order: VenueOrder, at_s: float) -> NaturalMarket | None:
        """The natural market of an order's vertical; None while a side of it is unknown.

        A displayed size that nobody recorded counts as one combination.
        """
        request = order.request
        symbol, expiration = request.symbol, request.expiration
        right, x_strike, y_strike = order.right, order.x_strike, order.y_strike
        if self._paired is not None:
            x, y = self._paired.vertical_quotes(symbol, expiration, right, x_strike, y_strike, at_s)
        else:
            x = self._quotes.leg_quote(symbol, expiration, right, x_strike, at_s)
            y = self._quotes.leg_quote(symbol, expiration, right, y_strike, at_s)
        bid_c = round(x[0] * 100.0 - y[1] * 100.0, 3)
        ask_c = round(x[1] * 100.0 - y[0] * 100.0, 3)
        if not ask_c > bid_c:
            return None
        first, second = (x[3], y[2]) if order.pays else (x[2], y[3])
        size = int(min(1.0 if first != first else first, 1.0 if second != second else second))
        if not order.pays and self._movable is None:
            lower_c = self._lower_c(symbol, expiration, at_s, ask_c - bid_c)
            bid_c, ask_c = bid_c - lower_c, ask_c - lower_c
        return NaturalMarket(bid_c, ask_c, size, x, y)

    def is_listed(self, order: VenueOrder, at_s: float) -> bool:
        """Whether both legs are known to the quotes."""
        request = order.request
        for strike in (order.x_strike, order.y_strike):
            quote = self._quotes.leg_quote(
                request.symbol, request.expiration, order.right, strike, at_s
            )
            if all(number != number for number in quote):
                return False
        return True

    def move_against_us(self, order: VenueOrder, at_s: float) -> None:
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
    """Return what each leg costs, in cents, where the vertical trades at a price.

    Y trades as near the middle of its quote as leaves X inside its own; X is Y plus the price.
    Beyond the natural market, where that cannot be, the middles of both are missed equally.

    Args:
        market: the vertical's natural market.
        price_c: cents per share of the vertical.
    """
    x_bid_c, x_ask_c = round(market.x[0] * 100), round(market.x[1] * 100)
    y_bid_c, y_ask_c = round(market.y[0] * 100), round(market.y[1] * 100)
    lowest, highest = max(y_bid_c, x_bid_c - price_c), min(y_ask_c, x_ask_c - price_c)
    y_c = max(0, math.floor((lowest + highest) / 2))
    return y_c + price_c, y_c
