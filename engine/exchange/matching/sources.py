"""What the matching engine asks of quotes: of contracts, of verticals, and to move them."""

from __future__ import annotations

from datetime import date
from typing import Protocol, runtime_checkable

LegQuote = tuple[float, float, float, float]
"""Bid, ask, bid size and ask size; NaN where unknown."""


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


class QuotedVertical(Protocol):
    """Two contracts of one right with the strikes X and Y, looked up once and read often."""

    def legs(self, now_s: float) -> tuple[LegQuote, LegQuote]:
        """`leg_quote` of X and of Y."""
        ...

    def debit(self, now_s: float) -> float:
        """The ask of X less the bid of Y, dollars a share."""
        ...

    def credit(self, now_s: float) -> float:
        """The bid of X less the ask of Y, dollars a share."""
        ...


@runtime_checkable
class VerticalQuotes(Protocol):
    """Quotes that find both legs of a vertical at once; what is listed stays listed."""

    def vertical(
        self, symbol: str, expiration: date, right: int, x: float, y: float
    ) -> QuotedVertical | None:
        """Two strikes of one right; None where one is not listed."""
        ...


@runtime_checkable
class MorningQuotes(Protocol):
    """Quotes that know how wide a symbol's verticals were quoted in the morning."""

    def morning_width(self, symbol: str, now_s: float) -> float | None:
        """Median natural width near the money, early that day; None where nothing was quoted.

        The same at every moment of a day, whatever was traded since.

        Args:
            symbol: the root.
            now_s: epoch seconds; says which day.

        Returns:
            Dollars a share.
        """
        ...


@runtime_checkable
class MovableQuotes(Protocol):
    """Quotes that our own trading may move; recorded ones cannot be moved."""

    def nudge(self, symbol: str, expiration: date, dollars: float, now_s: float) -> None:
        """Move the underlying, as one chain sees it, by dollars a share."""
        ...
