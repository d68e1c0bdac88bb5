"""The best credit for one debit, out of a priced chain."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from engine.pricing.grid import Floats
from engine.pricing.kernel import PriceKernel
from engine.pricing.rules import ScanRules

_CENT: Final = 0.01


class Debit(NamedTuple):
    """A debit vertical on the axis of one right.

    Args:
        right: 0 calls, 1 puts.
        long, short: positions of its legs on the axis.
        width: in units.
        paid: price in units.
    """

    right: int
    long: int
    short: int
    width: float
    paid: float


class Credit(NamedTuple):
    """A credit vertical on the axis of one right, with what the pair is worth.

    Args:
        short, long: positions of its legs on the axis.
        price, net, floor: units a share; net and floor after fees.
    """

    short: int
    long: int
    price: float
    net: float
    floor: float


def excess(kernel: PriceKernel, debit: Debit, everywhere: bool) -> Floats:
    """What each credit may cost beyond the debit's own worth at the worst terminal price.

    A credit at or beyond the debit's short strike costs what its width exceeds the debit's; one
    that starts inside the debit's long strike costs also the distance between the two, up to
    its own width. Minus this figure is the minimum of the four-leg payoff.

    Returns:
        (G, 1) in units, or (G, n) where credits inside the debit count too.
    """
    wider = np.maximum(kernel.widths[:, 0] - debit.width, 0.0)
    if not everywhere:
        return wider
    axis = kernel.grid.axis[debit.right] * kernel.scale
    inside = np.minimum(np.maximum(axis[debit.long] - axis, 0.0), kernel.widths[:, 0])
    worst: Floats = np.maximum(wider, inside)
    return worst


def best_credit(
    kernel: PriceKernel,
    rules: ScanRules,
    debit: Debit,
    underlying: float,
    *,
    least_credit: float | None = None,
    highest: float | None = None,
) -> Credit | None:
    """The credit the rules choose for a debit, from the kernel's last prices.

    The highest credit whose net and floor reach what the rules ask; `prefer_atm` may give up
    one tick of it (one cent where prices are not rounded) for the short strike nearest the
    underlying. Remaining ties: the higher credit, the higher floor, the shorter reach.

    Args:
        underlying: dollars a share; NaN where unknown, and `prefer_atm` decides nothing then.
        least_credit: units; takes the place of the least net credit where given.
        highest: units; the highest such credit, where the caller knows it.
    """
    everywhere = rules.rule == "any"
    start = 0 if everywhere else debit.short
    prices = kernel.credit[:, debit.right, start:]
    fee, slack = rules.fee_per_share * kernel.scale, rules.slack
    net_need = debit.paid + fee + rules.least_net * kernel.scale
    if least_credit is not None:
        net_need = least_credit
    floor_need = debit.paid + fee + rules.least_floor * kernel.scale
    cost = excess(kernel, debit, everywhere)
    need = np.maximum(cost + floor_need, net_need) - slack
    if everywhere:
        twin = np.abs(kernel.widths[:, 0] - debit.width) <= 1e-6
        need = np.broadcast_to(need, prices.shape).copy()
        need[twin[:, 0], debit.long] = math.inf
    if highest is None:
        meets = np.where(prices >= need, prices, -np.inf)
        highest = float(meets.max(initial=-math.inf))
        if highest == -math.inf:
            return None
    near = rules.prefer_atm and underlying == underlying
    within = slack + ((1.0 if rules.tick_c else _CENT) if near else 0.0)
    close = np.greater_equal(prices, np.maximum(need, highest - within))
    spot = underlying * kernel.scale
    best: tuple[tuple[float, float, float, int, int], Credit] | None = None
    for flat in close.ravel().nonzero()[0].tolist():
        row, at = divmod(flat, prices.shape[1])
        position = at + start
        price = float(prices[row, at])
        net = price - debit.paid - fee
        floor = net - float(cost[row, at if cost.shape[1] > 1 else 0])
        strike = kernel.grid.strike(debit.right, position) * kernel.scale
        away = round(abs(strike - spot), 6) if near else 0.0
        key = (away, round(-price, 6), round(-floor, 6), position, row)
        if best is None or key < best[0]:
            outer = kernel.grid.outer_of(row, debit.right, position)
            best = key, Credit(position, outer, price, net, floor)
    return best[1] if best else None
