"""What a contract is worth at settlement by our own arithmetic, to check a broker's against."""

from __future__ import annotations

from typing import NamedTuple


def intrinsic_c(right: str, strike: float, price_c: int) -> int:
    """Settlement value of a contract, in cents a share."""
    inside = price_c - round(strike * 100)
    return max(0, inside if right == "C" else -inside)


class Proceeds(NamedTuple):
    """Whole cents received (negative: paid) and shares received (negative: delivered)."""

    cash_c: int
    shares: int


def proceeds(
    right: str, strike: float, quantity: int, price_c: int, multiplier: int, for_shares: bool
) -> Proceeds:
    """Cash and shares from contracts that are exercised, assigned or settled in cash.

    Args:
        right, strike: "C" or "P", dollars a share.
        quantity: contracts, signed as held.
        price_c: the underlying's settlement price, cents a share.
        multiplier: shares, or dollars a point, of one contract.
        for_shares: whether the underlying changes hands rather than cash alone.
    """
    if not for_shares:
        return Proceeds(quantity * multiplier * intrinsic_c(right, strike, price_c), 0)
    shares = quantity * multiplier if right == "C" else -quantity * multiplier
    return Proceeds(-shares * round(strike * 100), shares)
