"""The worst a chain can come to at expiration, whatever of its orders fills and wherever it ends.

Money is whole cents of the account after fees; prices of the underlying are dollars a share. The
payoff of every outcome is linear between strikes, so its minimum lies at a strike, at zero, or
nowhere where more calls are sold than held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Legs = Mapping[tuple[str, float], int]
"""Contracts held by (right C or P, strike), signed."""

UNBOUNDED: Final = float("-inf")


@dataclass(frozen=True, slots=True)
class Potential:
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
    strikes = {strike for _, strike in held} | {0.0}
    for each in potentials:
        strikes |= {each.buys, each.sells}
        if each.completing is not None:
            strikes |= {each.completing.buys, each.completing.sells}
    prices = np.array(sorted(strikes))
    total = np.full(len(prices), float(cash_c)) + prices * (shares * 100)
    for (right, strike), count in held.items():
        if count:
            total += _worth(right, strike, prices) * (count * multiplier * 100)
    for each in potentials:
        alone = _comes_to(each, prices, multiplier)
        worst = np.minimum(0.0, alone)
        if each.completing is not None:
            both = alone + _comes_to(each.completing, prices, multiplier)
            worst = np.minimum(worst, both)
        total += worst * each.quantity
    return float(total.min())


def _worth(right: str, strike: float, prices: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(prices - strike if right == "C" else strike - prices, 0.0)


def _comes_to(
    order: Potential, prices: NDArray[np.float64], multiplier: int
) -> NDArray[np.float64]:
    bought = _worth(order.right, order.buys, prices)
    sold = _worth(order.right, order.sells, prices)
    return (bought - sold) * (multiplier * 100) + order.money_c
