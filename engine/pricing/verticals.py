"""The natural market of a vertical, and where in it a price lies."""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

from engine.market.legs import SpreadLeg, strike_text

_SAME: Final = 1e-9


class VerticalMarket(NamedTuple):
    """The natural market of a vertical as the party paying for it sees it, per share.

    Args:
        bid: dearer leg's bid minus cheaper leg's ask.
        ask: dearer leg's ask minus cheaper leg's bid.
        width: distance of the strikes, points.
    """

    bid: float
    ask: float
    width: float

    @property
    def mid(self) -> float:
        """The middle of the natural market."""
        return (self.bid + self.ask) / 2

    def price_at(self, location: float) -> float:
        """Price at a quote location: 0 is the natural bid, 1 the natural ask."""
        return self.bid + location * (self.ask - self.bid)


def market_of(one: SpreadLeg, other: SpreadLeg) -> VerticalMarket:
    """The natural market of two legs of one right and expiration, in either order.

    Raises:
        ValueError: the legs differ in right or expiration, or share a strike.
    """
    if one.option_type != other.option_type or one.expiration != other.expiration:
        raise ValueError("the legs of a vertical have one right and one expiration")
    if one.strike == other.strike:
        raise ValueError(f"both legs of the vertical are at {strike_text(one.strike)}")
    lower, upper = sorted((one, other), key=lambda leg: leg.strike)
    dearer, cheaper = (lower, upper) if one.option_type == "call" else (upper, lower)
    return VerticalMarket(
        dearer.bid - cheaper.ask, dearer.ask - cheaper.bid, round(upper.strike - lower.strike, 6)
    )


class FillLocation(Enum):
    """Where in the natural market a price lies."""

    AT_BID = "at bid"
    BELOW_MID = "below mid"
    MID = "mid"
    ABOVE_MID = "above mid"
    AT_ASK = "at ask"


def fill_location(price: float, bid: float, ask: float) -> FillLocation | None:
    """Where a fill price lies in the natural market at that time.

    Prices at or outside a side belong to that side; a locked market is MID. None where a side
    is unknown or the market is crossed.

    Args:
        price, bid, ask: dollars a share.
    """
    if not bid <= ask or price != price:
        return None
    mid = (bid + ask) / 2
    if abs(price - mid) <= _SAME:
        return FillLocation.MID
    if price <= bid + _SAME:
        return FillLocation.AT_BID
    if price >= ask - _SAME:
        return FillLocation.AT_ASK
    return FillLocation.BELOW_MID if price < mid else FillLocation.ABOVE_MID
