"""The worst value of a chain at expiration, whichever of its orders fill and wherever it ends.

Money is whole cents of the account after fees; prices of the underlying are dollars a share. The
payoff of every outcome is linear between strikes, so its minimum lies at a strike or at zero; it
has none where more calls are sold than held.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

Legs = Mapping[tuple[str, float], int]
"""Contracts held by (right C or P, strike), signed."""

UNBOUNDED: Final = float("-inf")


class Potential(NamedTuple):
    """An order that may fill in any part, and the one that may complete what it filled.

    Args:
        right: C or P.
        buys, sells: strikes of its legs.
        quantity: combinations that may still fill.
        money_c: cents of account money a combination brings (a debit: negative), after fees.
        completing: the credit that may fill for each combination filled; None where there is none.
    """

    right: str
    buys: float
    sells: float
    quantity: int
    money_c: int
    completing: Potential | None = None


class HeldLine:
    """The value of what is held over the price of the underlying, computed once for many orders.

    The line bends at each strike by the contracts held there. Beyond their outermost strikes orders
    are worth the same at every price, so there only the line's minimum matters.

    Args:
        held: contracts held.
        multiplier: dollars a contract per point.
        shares: signed, of the underlying.
    """

    __slots__ = ("_bounded", "_from", "_per_dollar", "_prices", "_slopes", "_to", "_worth")

    def __init__(self, held: Legs, multiplier: int, shares: int = 0) -> None:
        calls = sum(count for (right, _), count in held.items() if right == "C")
        self._bounded = calls * multiplier + shares >= 0
        self._per_dollar = per_dollar = multiplier * 100
        worth, slope = 0.0, float(shares * 100)
        bends = {0.0: 0}
        for (right, strike), count in held.items():
            bends[strike] = bends.get(strike, 0) + count * per_dollar
            if right == "P":
                worth += strike * (count * per_dollar)
                slope -= count * per_dollar
        self._prices = prices = sorted(bends)
        self._worth: list[float] = []
        self._slopes: list[float] = []
        before = 0.0
        for price in prices:
            worth += slope * (price - before)
            slope += bends[price]
            before = price
            self._worth.append(worth)
            self._slopes.append(slope)
        self._to = list(accumulate(self._worth, min))
        self._from = list(accumulate(reversed(self._worth), min))[::-1]

    def worst_c(self, cash_c: int, potentials: Sequence[Potential]) -> float:
        """The least the chain can be worth; see `worst_case_c`."""
        if not self._bounded:
            return UNBOUNDED
        if not potentials:
            return cash_c + self._to[-1]
        orders = [order for each in potentials for order in (each, each.completing or each)]
        strikes = {strike for order in orders for strike in (order.buys, order.sells)}
        prices, worth, per_dollar = self._prices, self._worth, self._per_dollar
        lowest, highest = min(strikes), max(strikes)
        below, above = bisect_right(prices, lowest), bisect_left(prices, highest)
        least = math.inf
        if above < len(prices):
            least = self._from[above] + _risk(potentials, highest, per_dollar)
        strikes.update(prices[below:above])
        for price in strikes:
            at = bisect_right(prices, price) - 1
            here = worth[at] + self._slopes[at] * (price - prices[at])
            if price == lowest:  # the orders are worth the same at every price below it
                here = min(here, self._to[at])
            least = min(least, here + _risk(potentials, price, per_dollar))
        return cash_c + least


def worst_case_c(
    held: Legs, cash_c: int, potentials: Sequence[Potential], multiplier: int, shares: int = 0
) -> float:
    """The least the chain can be worth, cents of account money; minus infinity where unbounded.

    At one price of the underlying an order and its completion are linear in the quantity that
    fills, so the worst is none, all, or all completed; orders are independent of each other.

    Args:
        held: contracts held.
        cash_c: money received minus paid for them so far, after fees.
        potentials: orders that work or could be sent.
        multiplier: dollars a contract per point.
        shares: signed, of the underlying.
    """
    return HeldLine(held, multiplier, shares).worst_c(cash_c, potentials)


def _risk(potentials: Sequence[Potential], price: float, per_dollar: int) -> float:
    """The least that independent orders may be worth together at a price of the underlying."""
    risk = 0.0
    for each in potentials:
        risk += _worst_of(each, price, per_dollar)
    return risk


def _worst_of(order: Potential, price: float, per_dollar: int) -> float:
    """The least an order may be worth: none of it fills, all, or all and its completion."""
    alone = _comes_to(order, price, per_dollar)
    worst = min(0.0, alone)
    if order.completing is not None:
        worst = min(worst, alone + _comes_to(order.completing, price, per_dollar))
    return worst * order.quantity


def _comes_to(order: Potential, price: float, per_dollar: int) -> float:
    """What one combination and its money are worth at a price of the underlying."""
    if order.right == "C":
        worth = max(price - order.buys, 0.0) - max(price - order.sells, 0.0)
    else:
        worth = max(order.buys - price, 0.0) - max(order.sells - price, 0.0)
    return worth * per_dollar + order.money_c
