"""The payoff of option legs at expiration: exact, from its kinks, never sampled."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from engine.market.legs import OptionType

_SAME: Final = 1e-9


class PayoffLeg(NamedTuple):
    """One leg of a position held to expiration.

    Args:
        quantity: contracts, positive when long.
        right: "call" or "put".
        strike: per share.
    """

    quantity: int
    right: OptionType
    strike: float


def payoff(legs: Iterable[PayoffLeg], price: float) -> float:
    """Worth of the legs per share when the underlying ends at `price`."""
    total = 0.0
    for quantity, right, strike in legs:
        inside = price - strike if right == "call" else strike - price
        if inside > 0:
            total += quantity * inside
    return total


def last_slope(legs: Iterable[PayoffLeg]) -> int:
    """Dollars a share gained per point beyond the last strike: the net long calls."""
    return sum(leg.quantity for leg in legs if leg.right == "call")


def kinks(legs: Iterable[PayoffLeg]) -> list[float]:
    """Zero and every strike, ascending: the payoff is linear between them."""
    return sorted({0.0, *(leg.strike for leg in legs)})


def payoff_minimum(legs: Sequence[PayoffLeg]) -> float:
    """Least worth per share over all terminal prices >= 0; -inf where it falls without end."""
    if last_slope(legs) < 0:
        return -math.inf
    return min(payoff(legs, price) for price in kinks(legs))


def payoff_maximum(legs: Sequence[PayoffLeg]) -> float:
    """Greatest worth per share over all terminal prices >= 0; inf where it rises without end."""
    if last_slope(legs) > 0:
        return math.inf
    return max(payoff(legs, price) for price in kinks(legs))


def breakevens(legs: Sequence[PayoffLeg], cash: float) -> tuple[float, ...]:
    """Terminal prices at which payoff plus cash crosses zero, or touches it at a kink.

    Args:
        legs: the position.
        cash: dollars a share received when it was opened, after fees; negative when paid.

    Returns:
        Prices, ascending. Along a stretch where the result is zero throughout, its two ends.
    """
    points = kinks(legs)
    worth = [payoff(legs, price) + cash for price in points]
    crossings = [p for p, value in zip(points, worth, strict=True) if abs(value) <= _SAME]
    for (left, low), (right, high) in zip(
        zip(points, worth, strict=True), zip(points[1:], worth[1:], strict=True), strict=False
    ):
        if min(abs(low), abs(high)) > _SAME and (low < 0) != (high < 0):
            crossings.append(left + (right - left) * low / (low - high))
    slope = last_slope(legs)
    if slope and abs(worth[-1]) > _SAME and (worth[-1] < 0) == (slope > 0):
        crossings.append(points[-1] - worth[-1] / slope)
    return tuple(sorted(crossings))


def pair_legs(
    right: OptionType,
    debit_long: float,
    debit_short: float,
    credit_short: float,
    credit_long: float,
) -> tuple[PayoffLeg, PayoffLeg, PayoffLeg, PayoffLeg]:
    """The four legs of a two-part spread, from its strikes."""
    return (
        PayoffLeg(1, right, debit_long),
        PayoffLeg(-1, right, debit_short),
        PayoffLeg(-1, right, credit_short),
        PayoffLeg(1, right, credit_long),
    )


def pair_kind(
    right: OptionType,
    debit_long: float,
    debit_short: float,
    credit_short: float,
    credit_long: float,
) -> str:
    """Name of the position that one debit and one credit vertical make.

    The rule: add the quantities strike by strike and read the signs from in the money
    outward. Four strikes: + - - + is a long condor, - + + - a short one, anything else two
    stacked verticals. Three strikes: + - + is a long butterfly, - + - a short one. Two
    strikes left after one leg cancelled another: a vertical, long where the inner leg is
    long. Butterflies and condors whose two verticals differ in width are broken-wing.
    """
    outward = 1 if right == "call" else -1
    quantity: dict[float, int] = {}
    for leg in pair_legs(right, debit_long, debit_short, credit_short, credit_long):
        quantity[leg.strike] = quantity.get(leg.strike, 0) + leg.quantity
    left = sorted((outward * strike, q) for strike, q in quantity.items() if q)
    if not left:
        return "flat"
    signs = "".join("+" if q > 0 else "-" for _, q in left)
    side = "long" if signs[0] == "+" else "short"
    if len(left) == 2:
        return f"{side} vertical"
    if len(left) == 4 and signs not in ("+--+", "-++-"):
        return "stacked verticals"
    shape = "butterfly" if len(left) == 3 else "condor"
    even = abs(abs(debit_short - debit_long) - abs(credit_long - credit_short)) <= 1e-6
    return f"{side} {shape}" if even else f"{side} broken-wing {shape}"
