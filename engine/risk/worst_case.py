"""The worst a chain can come to at expiration, whatever of its orders fills and wherever it ends.

Money is whole cents of the account after fees; prices of the underlying are dollars a share. The
payoff of every outcome is linear between strikes, so its minimum lies at a strike, at zero, or
nowhere where more calls are sold than held.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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


def worst_case_c(
    held: Legs, cash_c: int, potentials: Sequence[Potential], multiplier: int, shares: int = 0
) -> float:
    """The least the chain can come to, cents of account money; minus infinity where unbounded.

    For one price of the underlying an order and its completion are linear in what fills of them, so
    none, all, or all completed is the worst; orders are independent of each other.

    Args:
        held: contracts held.
        cash_c: money received minus paid for them so far, after fees.
        potentials: orders that work or could be sent.
        multiplier: dollars a contract per point.
        shares: signed, of the underlying.
    """
    calls = sum(count for (right, _), count in held.items() if right == "C")
    if calls * multiplier + shares < 0:
        return UNBOUNDED
    per_dollar = multiplier * 100
    # What is held is worth a line over the price, which bends by its contracts at each strike.
    worth, slope = float(cash_c), shares * 100
    bends = {0.0: 0}
    for (right, strike), count in held.items():
        bends[strike] = bends.get(strike, 0) + count * per_dollar
        if right == "P":
            worth += strike * (count * per_dollar)
            slope -= count * per_dollar
    orders = [order for each in potentials for order in (each, each.completing or each)]
    strikes = [strike for order in orders for strike in (order.buys, order.sells)]
    for strike in strikes:
        bends.setdefault(strike, 0)
    # Beyond all their strikes the orders come to the same at every price.
    lowest, highest = min(strikes, default=0.0), max(strikes, default=0.0)
    least, before, asked, risk = math.inf, 0.0, math.nan, 0.0
    for price in sorted(bends):
        worth += slope * (price - before)
        slope += bends[price]
        before = price
        inside = min(max(price, lowest), highest)
        if inside != asked:
            asked = inside
            risk = sum(_worst_of(each, inside, per_dollar) for each in potentials)
        least = min(least, worth + risk)
    return least


def _worst_of(order: Potential, price: float, per_dollar: int) -> float:
    """The least an order may come to: nothing of it fills, all, or all and its completion."""
    alone = _comes_to(order, price, per_dollar)
    worst = min(0.0, alone)
    if order.completing is not None:
        worst = min(worst, alone + _comes_to(order.completing, price, per_dollar))
    return worst * order.quantity


def _comes_to(order: Potential, price: float, per_dollar: int) -> float:
    """What one combination and its money come to at a price of the underlying."""
    if order.right == "C":
        worth = max(price - order.buys, 0.0) - max(price - order.sells, 0.0)
    else:
        worth = max(order.buys - price, 0.0) - max(order.sells - price, 0.0)
    return worth * per_dollar + order.money_c
