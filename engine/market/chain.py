"""One expiration's options as arrays, written in place by the feeds and read by everyone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from engine.market.legs import OptionType, Side, SpreadLeg, strike_text
from engine.market.ticks import ContractTerms

CALL: Final = 0
PUT: Final = 1
_NAN: Final = float("nan")
RIGHTS: Final[tuple[OptionType, OptionType]] = ("call", "put")

Floats = NDArray[np.float64]


def _unknown(strikes: Floats) -> Floats:
    return np.full((2, len(strikes)), np.nan)


@dataclass(slots=True, eq=False, repr=False)
class OptionChain:
    """Quotes of every strike of one root and expiration.

    Every quote array has shape (2, n): row 0 calls, row 1 puts, columns in the order of
    `strikes`. Unknown is NaN. Prices are per share.

    Args:
        symbol: the option root (SPX and SPXW are different chains).
        expiration: exchange date of expiration.
        strikes: n strikes, strictly ascending.
        underlying_price: last price of the underlying; NaN where unknown.
        multiplier: dollars a contract per point.
        style, settlement: what may happen before and at expiration.
        confirmed_s: epoch seconds at which the feed last confirmed the chain (a poll that
            returned, a heartbeat, an update): the age of the data counts from here.
        quoted_s: (2, n) epoch seconds of each contract's own last quote.
        version: counts the writes; readers compare it to see whether anything changed.
        told_twice: (right, column) of contracts that the feed told twice with different quotes;
            they are unknown.

    Attributes:
        strike_list: the strikes as Python floats; every read returns the same objects.
    """

    symbol: str
    expiration: date
    strikes: Floats
    underlying_price: float = float("nan")
    multiplier: int = 100
    style: Literal["american", "european"] = "american"
    settlement: Literal["physical", "cash"] = "physical"
    confirmed_s: float = float("nan")
    version: int = 0
    bid: Floats = field(default_factory=lambda: np.empty(0))
    ask: Floats = field(default_factory=lambda: np.empty(0))
    bid_size: Floats = field(default_factory=lambda: np.empty(0))
    ask_size: Floats = field(default_factory=lambda: np.empty(0))
    volume: Floats = field(default_factory=lambda: np.empty(0))
    open_interest: Floats = field(default_factory=lambda: np.empty(0))
    iv: Floats = field(default_factory=lambda: np.empty(0))
    quoted_s: Floats = field(default_factory=lambda: np.empty(0))
    told_twice: tuple[tuple[int, int], ...] = ()
    strike_list: list[float] = field(init=False, repr=False)

    def __repr__(self) -> str:
        strikes = self.strikes
        reach = f" {strikes[0]:g} to {strikes[-1]:g}" if len(strikes) else ""
        return (
            f"OptionChain({self.symbol} {self.expiration}, {len(strikes)} strikes{reach}, "
            f"underlying {self.underlying_price:g}, {self.style} {self.settlement})"
        )

    def __post_init__(self) -> None:
        self.strikes = np.ascontiguousarray(self.strikes, dtype=np.float64)
        if self.strikes.ndim != 1 or not bool(np.all(np.diff(self.strikes) > 0)):
            raise ValueError(f"{self.symbol} {self.expiration}: strikes must be strictly ascending")
        self.strike_list = self.strikes.tolist()
        for name in _QUOTE_FIELDS:
            given = getattr(self, name)
            if given.size == 0:
                setattr(self, name, _unknown(self.strikes))
            elif given.shape != (2, len(self.strikes)):
                raise ValueError(f"{self.symbol} {self.expiration}: {name} has shape {given.shape}")

    def confirm(self, at_s: float) -> None:
        """Note that the feed confirmed the chain at `at_s` (epoch seconds)."""
        self.confirmed_s = at_s

    def count_write(self, underlying_price: float | None = None) -> None:
        """Count a write of the quote arrays, and take the underlying's price where it is given."""
        if underlying_price is not None:
            self.underlying_price = underlying_price
        self.version += 1

    def take_terms(self, terms: ContractTerms) -> None:
        """Take the terms of the root's contracts, for a feed that does not give them."""
        self.multiplier = terms.multiplier
        self.style, self.settlement = terms.style, terms.settlement

    def leave_out(self, told_twice: tuple[tuple[int, int], ...]) -> None:
        """Note which contracts are unknown because the feed told them twice, and differently."""
        self.told_twice = told_twice

    def index(self, strike: float) -> int:
        """Column of a strike; raises KeyError where the chain does not list it."""
        strikes = self.strikes
        at = int(strikes.searchsorted(strike))
        if at < len(strikes) and strikes.item(at) == strike:
            return at
        raise KeyError(f"{self.symbol} {self.expiration} lists no strike {strike_text(strike)}")

    def quote(self, right: int, column: int) -> tuple[float, float]:
        """Bid and ask of the contract at (right, column); both NaN where nobody offers it.

        Sources say 0 for an ask that nobody quotes. A bid of 0 with an ask is a real quote.
        """
        ask = self.ask.item(right, column)
        return (_NAN, _NAN) if ask == 0 else (self.bid.item(right, column), ask)

    def leg(self, right: int, column: int, side: Side) -> SpreadLeg:
        """The contract at (right, column) as a leg on the given side, with its present quote."""
        bid, ask = self.quote(right, column)
        volume, interest = self.volume[right, column], self.open_interest[right, column]
        iv = self.iv[right, column]
        return SpreadLeg(
            self.strike_list[column],
            self.expiration,
            RIGHTS[right],
            side,
            bid,
            ask,
            int(volume) if isfinite(volume) else None,
            int(interest) if isfinite(interest) else None,
            None if iv != iv else float(iv),
        )


_QUOTE_FIELDS = (
    "bid",
    "ask",
    "bid_size",
    "ask_size",
    "volume",
    "open_interest",
    "iv",
    "quoted_s",
)
