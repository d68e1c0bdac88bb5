"""How many ended orders a desk remembers, so that a late word about one finds it."""

from __future__ import annotations

from typing import Final

ORDERS_KEPT: Final = 16_384
"""Orders of the whole desk."""

_FEWEST: Final = 32
_MOST: Final = 256


def executed_kept(traders: int) -> int:
    """Executed debits, and as many executed credits, that each of so many traders remembers.

    What executed may be told again, corrected or busted hours later. Together they are no more
    than the desk remembers, for a word about an order that the desk forgot is booked nowhere.
    """
    return max(_FEWEST, min(_MOST, ORDERS_KEPT // (2 * max(1, traders))))
