"""Price increments and contract terms by option root.

Increments are integer cents per share. Sources: the option exchanges' rules on
minimum increments (simple and complex orders, Penny Interval Program) and CME's ES contract.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from engine.config.bounds import MOST_MULTIPLIER, whole_number

Style = Literal["american", "european"]
Settlement = Literal["physical", "cash"]
SettlesAt = Literal["open", "close"]

_FUTURES_MONTH: Final = re.compile(r"([A-Z]+)\d{6}")

_COMBINATION_TICK_C: Final = {"SPX": 5, "SPXW": 5, "SPXPM": 5, "ES": 5}
_US_COMPLEX_TICK_C: Final = 1

_PENNY_AT_ANY_PRICE: Final = frozenset({"SPY", "QQQ", "IWM"})
_PENNY_INTERVAL: Final = frozenset(
    {
        "AAPL", "AMD", "AMZN", "BAC", "C", "DIA", "DIS", "F", "GE", "GLD", "GOOG", "GOOGL",
        "INTC", "JPM", "META", "MSFT", "MU", "NFLX", "NVDA", "PFE", "SLV", "T", "TLT", "TSLA",
        "TWX", "VXX", "WFC", "XLE", "XLF", "XOM", "XSP",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LegTick:
    """The increment of one leg's quote in cents, below and from a price in cents."""

    below_c: int
    limit_c: int
    from_c: int


_LEG_TICK: Final = {"ES": LegTick(5, 500, 25)}
_PENNY_TICK: Final = LegTick(1, 300, 5)
_NICKEL_TICK: Final = LegTick(5, 300, 10)


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """Style, settlement and multiplier of a root's contracts.

    Args:
        style: when it may be exercised.
        settlement: what exercise delivers.
        multiplier: shares, or dollars a point, of one contract.
        settles_at: which price of the expiration's session settles it. AM-settled roots ("open")
            trade for the last time in the session before.

    Raises:
        ValueError: the multiplier is not a whole number within bounds.
    """

    style: Style
    settlement: Settlement
    multiplier: int
    settles_at: SettlesAt = "close"

    def __post_init__(self) -> None:
        whole_number("multiplier", self.multiplier, 1, MOST_MULTIPLIER)


_STOCK: Final = ContractTerms("american", "physical", 100)
_INDEX: Final = ContractTerms("european", "cash", 100)
_INDEX_AT_OPEN: Final = ContractTerms("european", "cash", 100, "open")
_TERMS: Final = {
    **dict.fromkeys(
        ("SPXW", "SPXPM", "XSP", "XEO", "NDXP", "XND", "RUTW", "MRUT"),
        _INDEX,
    ),
    **dict.fromkeys(("SPX", "NDX", "RUT", "DJX", "VIX", "VIXW"), _INDEX_AT_OPEN),
    "OEX": ContractTerms("american", "cash", 100),
    "ES": ContractTerms("american", "physical", 50),
}  # fmt: skip


_UNDERLYING: Final = {
    "SPXW": "SPX", "SPXPM": "SPX", "NDXP": "NDX", "RUTW": "RUT", "VIXW": "VIX", "XEO": "OEX",
}  # fmt: skip


def underlying_of(root: str) -> str:
    """Return whose options a root names: SPX for SPXW; a root in no table is its own."""
    name = canonical_root(root)
    return _UNDERLYING.get(name, name)


def is_index(root: str) -> bool:
    """Return whether a root's options are on an index, whose value nobody trades."""
    return contract_terms(root).settlement == "cash"


def canonical_root(symbol: str) -> str:
    """Return the root as in the tables: upper case, without a future's month (ES202003 is ES)."""
    root = symbol.strip().upper()
    month = _FUTURES_MONTH.fullmatch(root)
    return month[1] if month else root


def combination_tick_c(root: str) -> int:
    """Return the increment of a two- or four-leg order's price, in cents per share."""
    return _COMBINATION_TICK_C.get(canonical_root(root), _US_COMPLEX_TICK_C)


def leg_tick_c(root: str, price_c: int) -> int:
    """Return the increment of a single leg's quote at a price; both in cents per share.

    A root in no table is taken as outside the Penny Interval Program: 5 below 3.00, else 10.
    """
    name = canonical_root(root)
    if name in _PENNY_AT_ANY_PRICE:
        return 1
    tick = _LEG_TICK.get(name, _PENNY_TICK if name in _PENNY_INTERVAL else _NICKEL_TICK)
    return tick.below_c if price_c < tick.limit_c else tick.from_c


def contract_terms(root: str) -> ContractTerms:
    """Return style, settlement and multiplier; a root in no table is a US stock option's."""
    return _TERMS.get(canonical_root(root), _STOCK)
