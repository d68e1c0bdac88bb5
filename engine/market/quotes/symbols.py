"""Contracts named by one text: the OCC's 21 characters, with or without blanks, and dxFeed's."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

from engine.market.chain import CALL, PUT

_OCC: Final = re.compile(r"(?:O:)?([A-Z][A-Z0-9./]{0,5}) *(\d{2})(\d{2})(\d{2})([CP])(\d{8})")
_DXFEED: Final = re.compile(r"\.([A-Z][A-Z0-9/]{0,5}?)(\d{2})(\d{2})(\d{2})([CP])(\d+(?:\.\d+)?)")


class NamedContract(NamedTuple):
    """What the text that names a contract says of it."""

    root: str
    expiration: date
    right: int
    strike: float


def contract_named(told: Any) -> NamedContract | None:
    """The contract that a text names; None where it names none.

    `AAPL  270115C00150000` (OCC, the blanks may be missing), `O:AAPL270115C00150000` and
    `.AAPL270115C150` (dxFeed, tastytrade's streamer symbols).
    """
    return _contract_named(told) if isinstance(told, str) else None


@lru_cache(maxsize=1 << 15)
def _contract_named(told: str) -> NamedContract | None:
    text = told.strip().upper()
    found = _OCC.fullmatch(text)
    per_unit = 1000
    if found is None:
        found, per_unit = _DXFEED.fullmatch(text), 1
    if found is None:
        return None
    root, year, month, day, right, strike = found.groups()
    try:
        expiration = date(2000 + int(year), int(month), int(day))
    except ValueError:
        return None
    return NamedContract(root, expiration, CALL if right == "C" else PUT, float(strike) / per_unit)


def bare_root(symbol: str) -> str:
    """A root without what sources write differently: `$SPX` is SPX, `BRK.B` and `BRK/B` BRKB."""
    return "".join(c for c in symbol.upper() if c.isalnum())
