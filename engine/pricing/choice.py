"""The best credit for one debit, out of a priced chain."""

from __future__ import annotations

import math
from functools import partial
from typing import Final, NamedTuple

import numpy as np

from engine.pricing.grid import Floats
from engine.pricing.kernel import PriceKernel
from engine.pricing.rules import ScanRules

_CENT: Final = 0.01
_SAME_WIDTH: Final = 1e-6


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
    """A credit vertical on the axis of one right, with the pair's net credit and floor.

    Args:
        short, long: positions of its legs on the axis.
        price, net, floor: units a share; net and floor after fees.
    """

    short: int
    long: int
    price: float
    net: float
    floor: float


def best_credit(
    kernel: PriceKernel,
    rules: ScanRules,
    debit: Debit,
    underlying: float,
    *,
    least_credit: float | None = None,
    by_floor: bool = False,
    highest: float | None = None,
    by_width: list[float] | None = None,
) -> Credit | None:
    """The credit the rules choose for a debit, from the kernel's last prices.

    The highest credit whose net and floor reach what the rules ask; `prefer_atm` may give up
    one tick of it (one cent where prices are not rounded) for the short strike nearest the
    underlying. Remaining ties: the higher credit, the higher floor, the shorter reach.

    Where the floor is the rules' objective, the credit that leaves the highest floor, of which
    nothing is given up. Ties: the short strike nearest the underlying under `prefer_atm`, the
    higher credit, the tighter market, the shorter reach.

    Args:
        underlying: dollars a share; NaN where unknown, and `prefer_atm` decides nothing then.
        least_credit: units; replaces the least net credit where given.
        by_floor: the highest floor is chosen, by the same order, in place of the highest credit,
            whatever the objective.
        highest: units; the highest such credit, or credit less what it exceeds the debit's width
            by where the highest floor is chosen; where the caller knows it.
        by_width: units; the highest credit of each width that starts at or beyond the debit,
            where the caller knows them too.
    """
    everywhere = rules.rule == "any"
    exact = rules.objective == "floor"
    by_floor = by_floor or exact
    start = 0 if everywhere else debit.short
    right = debit.right
    if highest is None:
        kernel.refuse_insane()
    prices = kernel.credit[:, right, start:]
    terms = kernel.terms(rules)
    slack = terms.slack
    due = debit.paid + terms.fee
    net_need = due + terms.least_net if least_credit is None else least_credit
    floor_need = due + (terms.least_floor if least_credit is None else terms.asked_floor)
    worth = prices
    if highest is None or (by_floor and by_width is None):
        excesses = _excess(kernel, debit, everywhere)
        if by_floor:
            worth = prices - excesses
    if highest is None:
        need = np.maximum(excesses + floor_need, net_need)
        meets = np.where(prices >= need - slack, worth, -np.inf)
        highest = float(meets.max(initial=-math.inf))
        if highest == -math.inf:
            return None
    near = rules.prefer_atm and underlying == underlying
    within = slack + ((1.0 if rules.tick_c else _CENT) if near and not exact else 0.0)
    credits: list[tuple[int, int, float, float]] = []
    least = highest - within
    if by_width is None:
        cells = _close(kernel, worth, right, start, least)
    else:
        cells = _close_by_width(kernel, debit, least, by_width, by_floor)
    for row, at in cells:
        price = prices.item(row, at)
        position = start + at
        excess = _excess_of(kernel, debit, row, position)
        if (price - excess if by_floor else price) > highest + slack:
            continue
        if price >= max(net_need, floor_need + excess) - slack:
            credits.append((position, row, price, excess))
    if not credits:
        return None
    if len(credits) > 1:
        middle = underlying if near else None
        order = _preference_by_floor if exact else partial(_preference, by_floor)
        credits.sort(key=partial(order, kernel, right, middle))
    position, row, price, excess = credits[0]
    net = price - due
    outer = kernel.grid.outer_of(row, right, position)
    return Credit(position, outer, price, net, net - excess)


def _close(
    kernel: PriceKernel,
    worth: Floats,
    right: int,
    start: int,
    least: float,
) -> list[tuple[int, int]]:
    """Row, and column beyond the start, of every credit below its width that is worth the least."""
    close = worth >= least
    if not kernel.refused:
        close &= kernel.credit[:, right, start:] < kernel.too_high[:, right, start:]
    rows, columns = close.nonzero()
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def _close_by_width(
    kernel: PriceKernel, debit: Debit, worth: float, by_width: list[float], by_floor: bool
) -> list[tuple[int, int]]:
    """The same where the highest credit of each width at or beyond the debit is known."""
    cells = []
    right, start = debit.right, debit.short
    for row, highest in enumerate(by_width):
        least = worth
        if by_floor:
            least += max(kernel.widths_list[row] - debit.width, 0.0)
        if highest >= least:
            prices = kernel.credit[row, right, start:]
            limit = kernel.too_high.item(row, right, start)
            for at in (prices >= least).nonzero()[0].tolist():
                if prices.item(at) < limit:
                    cells.append((row, at))
    return cells


def _preference(
    by_floor: bool,
    kernel: PriceKernel,
    right: int,
    underlying: float | None,
    credit: tuple[int, int, float, float],
) -> tuple[float, float, float, int, int]:
    """Sort key among the credits that bring enough; the smallest is preferred."""
    position, row, price, excess = credit
    away = 0.0 if underlying is None else abs(kernel.grid.strike(right, position) - underlying)
    by_credit, by_worst = round(-price, 6), round(excess - price, 6)
    if by_floor:
        by_credit, by_worst = by_worst, by_credit
    return round(away, 6), by_credit, by_worst, position, row


def _preference_by_floor(
    kernel: PriceKernel,
    right: int,
    underlying: float | None,
    credit: tuple[int, int, float, float],
) -> tuple[float, float, float, int, int]:
    """Sort key among the credits that leave the same floor; the smallest is preferred."""
    position, row, price, _ = credit
    away = 0.0 if underlying is None else abs(kernel.grid.strike(right, position) - underlying)
    outer = kernel.grid.outer_of(row, right, position)
    quoted_width = 0.0
    for leg in (position, outer):
        quoted_width += kernel.ask.item(right, leg) - kernel.bid.item(right, leg)
    return round(away, 6), round(-price, 6), round(quoted_width, 6), position, row


def _excess(kernel: PriceKernel, debit: Debit, everywhere: bool) -> Floats:
    """By how much each credit can cost more than the debit is worth, at the worst terminal price.

    A credit at or beyond the debit's short strike costs what its width exceeds the debit's; one
    that starts inside the debit's long strike costs also the distance between the two, up to
    its own width. Minus this figure is the minimum of the four-leg payoff. The debit itself,
    sold back, is not a credit and costs infinity.

    Returns:
        (G, 1) in units, or (G, n) where credits inside the debit count too.
    """
    widths = kernel.widths[:, 0]
    wider = np.maximum(widths - debit.width, 0.0)
    if not everywhere:
        return wider
    axis = kernel.grid.axis[debit.right] * kernel.scale
    inside = np.minimum(np.maximum(axis[debit.long] - axis, 0.0), widths)
    worst: Floats = np.maximum(wider, inside)
    worst[np.abs(widths[:, 0] - debit.width) <= _SAME_WIDTH, debit.long] = math.inf
    return worst


def _excess_of(kernel: PriceKernel, debit: Debit, row: int, position: int) -> float:
    """The same for one credit."""
    width = kernel.widths_list[row]
    wider = max(width - debit.width, 0.0)
    if position >= debit.short:
        return wider
    if position == debit.long and abs(width - debit.width) <= _SAME_WIDTH:
        return math.inf
    axis = kernel.grid.axis[debit.right]
    apart = float(axis[debit.long] - axis[position]) * kernel.scale
    return max(wider, min(max(apart, 0.0), width))
