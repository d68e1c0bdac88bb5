"""The least that legs held to expiration can pay, at whatever price."""

from __future__ import annotations

from collections.abc import Iterable

NO_FLOOR_C = -(10**15)
"""Stands for a loss without bound: more calls sold than bought."""


def floor_of(legs: Iterable[tuple[int, str, float]], multiplier: int) -> int:
    """The least payoff in cents of account money.

    Args:
        legs: signed contracts, "C" or "P", strike per share.
        multiplier: dollars a contract per point.
    """
    kept = list(legs)
    if sum(count for count, right, _ in kept if right == "C") < 0:
        return NO_FLOOR_C
    prices = {0.0, *(float(strike) for _, _, strike in kept)}
    least = min((_paid(kept, price) for price in prices), default=0.0)
    return round(least * multiplier * 100)


def _paid(legs: list[tuple[int, str, float]], price: float) -> float:
    return sum(
        count * max(0.0, price - strike if right == "C" else strike - price)
        for count, right, strike in legs
    )
