"""What sources call the fields of a quote, whatever the case and the separators of their names."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from engine.market.chain import CALL, PUT

FIGURES: Final = ("bid", "ask", "bid_size", "ask_size", "volume", "open_interest", "iv")

# The first name that a row has is the one that is read.
_NAMES: Final = {
    "right": "option type, right, put call, call put, contract type, cp",
    "kind": "type",  # the right, where nothing else says it
    "strike": "strike, strike price",
    "expiration": (
        "expiration, expiration date, expiry, expiry date, exp date, "
        "last trade date or contract month"
    ),
    "contract": (
        "contract symbol, occ symbol, osi symbol, option symbol, local symbol, streamer symbol, "
        "event symbol, occ, osi"
    ),
    "symbol": "symbol, ticker",
    "root": "root, root symbol, option root, trading class",
    "multiplier": "multiplier, contract size, shares per contract",
    "bid": "bid, bid price, bp",
    "ask": "ask, ask price, offer, ap",
    "bid_size": "bid size, bs",
    "ask_size": "ask size, as",
    "volume": "volume, total volume",
    "open_interest": "open interest, oi",
    "iv": "iv, implied volatility, implied vol, mid iv, greeks mid iv",
    "iv_percent": "volatility",  # Schwab's
}
_NESTED: Final = (
    "latest quote, last quote, quote, contract, option, instrument, details, reference, greeks, "
    "model greeks, day"
)
_RIGHTS: Final = {
    "calls": CALL,
    "callexpdatemap": CALL,
    "call": CALL,
    "puts": PUT,
    "putexpdatemap": PUT,
    "put": PUT,
}
WRAPPERS: Final = frozenset(
    ("options", "option", "optionchain", "chain", "snapshots", "data", "items", "results")
)


def bare(name: object) -> str:
    """A name without case and separators."""
    return "".join(c for c in str(name).lower() if c.isalnum())


_FIELDS: Final = {
    bare(name): (place, field)
    for field, names in _NAMES.items()
    for place, name in enumerate(names.split(", "))
}
_INNER: Final = frozenset(bare(name) for name in _NESTED.split(", "))


class Layout(NamedTuple):
    """Which names of a row are read.

    Args:
        fields: (our field, the row's name).
        nested: names under which a part of the row may be.
        rights: (name, right) under which the contracts of one right may be.
        is_row: whether it is of one contract, or a part of one.
    """

    fields: tuple[tuple[str, str], ...]
    nested: tuple[str, ...]
    rights: tuple[tuple[str, int], ...]
    is_row: bool


@lru_cache(maxsize=512)
def layout_of(names: tuple[str, ...]) -> Layout:
    """What is read of a row with these names."""
    best: dict[str, tuple[int, str]] = {}
    nested, rights = [], []
    for name in names:
        plain = bare(name)
        if plain in _FIELDS:
            place, field = _FIELDS[plain]
            if field not in best or place < best[field][0]:
                best[field] = place, name
        if plain in _INNER:
            nested.append(name)
        if plain in _RIGHTS:
            rights.append((name, _RIGHTS[plain]))
    fields = tuple((field, name) for field, (_, name) in best.items())
    quoted = any(bare(name).endswith("quote") for name in nested)
    priced = "bid" in best or "ask" in best
    named = not rights and not best.keys().isdisjoint(("strike", "contract", "right"))
    return Layout(fields, tuple(nested), tuple(rights), priced or named or (quoted and not rights))
