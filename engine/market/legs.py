"""One option leg as the desk quotes and trades it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

OptionType = Literal["call", "put"]
Side = Literal["buy", "sell"]


def strike_text(strike: float) -> str:
    """A strike as names, ids and sentences spell it: `600`, `232.5`, `12005.125`.

    Twelve digits, because six would make one name of 12005.1 and 12005.125; no more, because
    the seventeen of a float would make two names of one strike that was computed in two ways.
    """
    return f"{strike:.12g}"


def strikes_text(first: float, second: float) -> str:
    """The strikes of a vertical, in the order given: `600/605`."""
    return f"{strike_text(first)}/{strike_text(second)}"


def right_letter(right: str) -> str:
    """C or P for calls or puts, however they are spelled: the same object each time.

    A letter that `upper` makes is 64 bytes of its own, and each order and contract keeps one.
    """
    return "C" if right[0] in "cC" else "P"


@dataclass(frozen=True, slots=True)
class SpreadLeg:
    """One leg of a vertical: a contract, the side we take, and its quote per share.

    Args:
        strike: strike price, per share.
        expiration: exchange date of expiration (a datetime is accepted and kept as given).
        option_type: "call" or "put".
        side: "buy" or "sell", from our side of the trade.
        bid, ask: the quote per share; NaN where unknown.
        volume, open_interest: contracts; None where unknown.
        iv: implied volatility as a fraction of one; None where unknown.

    Raises:
        ValueError: option_type or side is not one of these.
    """

    strike: float
    expiration: date | datetime
    option_type: OptionType
    side: Side
    bid: float
    ask: float
    volume: int | None = None
    open_interest: int | None = None
    iv: float | None = None

    def __post_init__(self) -> None:
        if self.option_type not in ("call", "put"):
            raise ValueError(f"option_type is {self.option_type!r}; it must be 'call' or 'put'")
        if self.side not in ("buy", "sell"):
            raise ValueError(f"side is {self.side!r}; it must be 'buy' or 'sell'")

    @property
    def mid(self) -> float:
        """The middle of bid and ask, per share."""
        return (self.bid + self.ask) / 2

    @property
    def spread_width(self) -> float:
        """Ask minus bid, per share."""
        return self.ask - self.bid

    @property
    def spread_pct(self) -> float:
        """Ask minus bid as a fraction of the middle; infinite where the middle is not positive."""
        mid = self.mid
        return self.spread_width / mid if mid > 0 else math.inf
