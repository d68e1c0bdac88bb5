"""The highest payoff floor of every debit at once, and the debits ranked by it.

A credit of price c and width w against a debit of price d and width v leaves, at the worst
terminal price, c - d - max(w - v, 0). Of one width the highest credit leaves the most. So the
highest floor of a debit is one of two look-ups: the highest credit among the widths up to its own,
or the highest of credit less width among the wider ones, plus its own width.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from engine.pricing.grid import Floats, Integers
from engine.pricing.kernel import PriceKernel
from engine.pricing.ranking import Ranked, nth_highest
from engine.pricing.rules import ScanRules
from engine.pricing.terms import Needs

_SAMPLED: Final = 8
_MORE: Final = 4
# Strikes nearer to each other than this are one distance from the underlying.
_MILLIONTHS: Final = 1e6


class FloorServed(NamedTuple):
    """Debits that have a credit, with the highest floor; flat indices and units before fees."""

    at: Integers
    floor: Floats


def highest_floors(kernel: PriceKernel) -> Floats:
    """(G, 2 n) The highest floor of each debit, before fees, in units; -inf where none.

    Only the floor counts here: the credit behind it may bring less than the rules' least net.
    The array is overwritten by the next scan.
    """
    floors, wider, highest = kernel.floor_rows, kernel.work_rows, kernel.highest_rows
    rows = len(floors)
    if not rows:
        return floors
    # Where crossed quotes are allowed, infinite ones make some prices NaN.
    higher = np.maximum if kernel.in_ticks else np.fmax
    # One row after the other: twice as fast as to accumulate along the rows.
    floors[0] = highest[0]
    for row in range(1, rows):
        higher(floors[row - 1], highest[row], out=floors[row])
    if rows > 1:
        spare, widths = kernel.spare_rows, kernel.widths[:-1, :, 0]
        wider[-1] = spare[-1]
        for row in range(rows - 2, 0, -1):
            higher(wider[row + 1], spare[row], out=wider[row])
        beyond = wider[1:]
        np.add(beyond, widths, beyond)
        higher(floors[:-1], beyond, out=floors[:-1])
    np.subtract(floors, kernel.debit_rows, floors)
    return floors


def falling_thresholds(floors: Floats, count: int, least: float) -> Iterator[float]:
    """Thresholds that about `count` floors reach, four times as many, and so on.

    Never below `least`, which is the last one only where it comes by itself.

    Args:
        floors: flat; one in eight of them places the thresholds.
        count: debits expected at or above the first threshold.
    """
    sample = np.sort(floors[::_SAMPLED])
    place = count // _SAMPLED + 1
    threshold = math.inf
    while place < len(sample) and threshold > least:
        threshold = max(sample.item(-place), least)
        yield threshold
        place *= _MORE


def serve_by_floor(kernel: PriceKernel, floors: Floats, needs: Needs, at: Integers) -> FloorServed:
    """Those of the debits that have a credit under the rules, with the highest floor.

    A floor that reaches the least net needs no second look: no net credit is below its floor.

    Args:
        floors: highest of every debit, flat.
        at: flat indices of debits that pass every filter of their own.
    """
    floor = floors.take(at)
    kept = (floor >= needs.floor).nonzero()[0]
    at, floor = at.take(kept), floor.take(kept)
    low = (floor < needs.net).nonzero()[0]
    if len(low):
        floor[low] = _floors_of_higher_credits(kernel, needs, at.take(low))
        kept = (floor >= needs.floor).nonzero()[0]
        at, floor = at.take(kept), floor.take(kept)
    return FloorServed(at, floor)


def _floors_of_higher_credits(kernel: PriceKernel, needs: Needs, at: Integers) -> Floats:
    """The highest floor among the credits that bring the least net; -inf where none does."""
    paid, leg = kernel.debit_flat.take(at), kernel.outer_leg.take(at)
    credits = kernel.highest_rows.take(leg, 1)
    floors = credits - _excess(kernel, at)
    floors -= paid
    np.putmask(floors, credits < paid + needs.net, -np.inf)
    best: Floats = np.maximum.reduce(floors, 0)
    return best


def _excess(kernel: PriceKernel, at: Integers) -> Floats:
    """(G, k) By how much each width exceeds that of each debit."""
    excess: Floats = np.maximum(kernel.widths[:, :, 0] - kernel.width_of.take(at), 0.0)
    return excess


def rank_by_floor(
    kernel: PriceKernel, rules: ScanRules, served: FloorServed, underlying: float
) -> Ranked:
    """The best of the debits served, at most `rules.top`, in order.

    The highest floor first. Ties: under `prefer_atm` the debit's short strike nearest the
    underlying, the debit's tighter market, the higher net credit, the higher fill estimate.

    Args:
        underlying: dollars a share; NaN where unknown, and nearness decides nothing then.
    """
    at, floor = served
    if len(at) > rules.top:
        kept = (floor >= nth_highest(floor, rules.top) - rules.slack).nonzero()[0]
        at, floor = at.take(kept), floor.take(kept)
    paid, leg = kernel.debit_flat.take(at), kernel.outer_leg.take(at)
    credits = kernel.highest_rows.take(leg, 1)
    worth = credits - _excess(kernel, at)
    np.putmask(credits, worth < paid + floor - rules.slack, -np.inf)
    credit: Floats = np.maximum.reduce(credits, 0)
    return order_by_floor(kernel, rules, at, paid, credit, floor, underlying)


def first_of_ties(
    kernel: PriceKernel, rules: ScanRules, ties: Integers, underlying: float
) -> list[int]:
    """Those of a few debits with one floor that nearness and market put first, as ranked."""
    flat: list[int] = ties.tolist()
    away = _away(kernel, rules, kernel.outer_leg.take(ties), underlying).tolist()
    nearest = min(away)
    flat = [at for at, points in zip(flat, away, strict=True) if points == nearest]
    if len(flat) == 1 or not kernel.on_tick:
        return flat
    quoted = [_quoted_width(kernel, at) for at in flat]
    tightest = min(quoted)
    return [at for at, width in zip(flat, quoted, strict=True) if width == tightest]


def _quoted_width(kernel: PriceKernel, at: int) -> float:
    """Ask less bid of a debit in the natural market, units."""
    inner, outer = kernel.inner_leg.item(at), kernel.outer_leg.item(at)
    bid, ask = kernel.bid_flat.item, kernel.ask_flat.item
    width: float = (ask(inner) - bid(outer)) - (bid(inner) - ask(outer))
    return width


def order_by_floor(
    kernel: PriceKernel,
    rules: ScanRules,
    at: Integers,
    paid: Floats,
    credit: Floats,
    floor: Floats,
    underlying: float,
) -> Ranked:
    """Rows in the order of `rank_by_floor`; the fee comes off last."""
    leg, inner = kernel.outer_leg.take(at), kernel.inner_leg.take(at)
    natural_ask = kernel.ask_flat.take(inner)
    natural_ask -= kernel.bid_flat.take(leg)
    spread = kernel.ask_flat.take(leg)
    spread -= kernel.bid_flat.take(inner)
    spread += natural_ask
    fill = paid / np.maximum(natural_ask, rules.slack)
    fee = rules.fee_per_share * kernel.scale
    net, ranked = credit - paid, floor
    if not (kernel.in_ticks and kernel.on_tick):
        net, spread, ranked = np.round(net, 6), np.round(spread, 6), np.round(floor, 6)
    away = _away(kernel, rules, leg, underlying)
    order = np.lexsort((-fill, -net, spread, away, -ranked))[: rules.top]
    return Ranked(
        at.take(order),
        paid.take(order),
        credit.take(order),
        net.take(order) - fee,
        floor.take(order) - fee,
        fill.take(order),
    )


def _away(kernel: PriceKernel, rules: ScanRules, leg: Integers, underlying: float) -> Floats:
    """Distance of the debits' short strikes from the underlying; zeros where it plays no part."""
    if not rules.prefer_atm or math.isnan(underlying):
        return np.zeros(len(leg))
    away = kernel.strike_of_leg.take(leg)
    away -= underlying
    np.abs(away, away)
    away *= _MILLIONTHS
    return np.rint(away, away)
