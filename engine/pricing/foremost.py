"""Only the best debit of a priced chain, which is all a trader needs before an attempt.

The same choice as `search` with one row, in fewer and smaller array operations: on a chain of 50
strikes each operation costs more than its arithmetic. Unusual cases
(a rule without a floor, prices that are not rounded, ties, very many debits) are left to `search`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from engine.pricing.floors import (
    FloorServed,
    falling_thresholds,
    first_of_ties,
    highest_floors,
    rank_by_floor,
    serve_by_floor,
)
from engine.pricing.grid import Floats, Integers
from engine.pricing.kernel import PriceKernel
from engine.pricing.ranking import NONE, Ranked, Winner
from engine.pricing.rules import ScanRules
from engine.pricing.search import Served, judge, rank, search
from engine.pricing.terms import Terms

MANY: Final = 1500
"""From this many debits on, bounds are judged first, which `search` does."""

_WORTH_A_LOOK: Final = 1500
"""From this many credits on, finding first which debits can still win is cheaper."""

_LOOKED_AT_FIRST: Final = 60


def foremost(kernel: PriceKernel, rules: ScanRules, underlying: float) -> Ranked | Winner:
    """The one debit of a priced chain that the objective puts first; none or one.

    Args:
        underlying: dollars a share; NaN where unknown.
    """
    terms = kernel.terms(rules)
    needs, slack, least_bid = terms.needs, terms.slack, terms.least_bid
    if (
        least_bid is None
        or needs.floor < 0
        or not kernel.in_ticks
        or not kernel.debit_flat.size
        or rules.rule == "any"
    ):
        return search(kernel, rules, underlying)
    if rules.objective == "floor":
        return _foremost_by_floor(kernel, rules, underlying)
    highest, bound = kernel.highest_rows, kernel.bound
    np.subtract(kernel.top, terms.needed, bound)
    np.less_equal(kernel.debit_rows, bound, kernel.mask_rows)
    at = kernel.mask_flat.nonzero()[0]
    if len(at) > MANY:
        return search(kernel, rules, underlying)
    paid = kernel.debit_flat.take(at)
    outer = kernel.outer_leg.take(at)
    kept = _passing(kernel, terms, least_bid, at, paid, outer)
    if not len(kept):
        return NONE
    if len(kept) < len(at):
        at, paid, outer = at.take(kept), paid.take(kept), outer.take(kept)
    width = kernel.width_of.take(at)
    least = paid - width
    least += terms.floor_needed
    if len(highest) * len(at) > _WORTH_A_LOOK:
        promise = bound.take(outer)
        promise -= paid
        first = promise.argmax()
        sure = highest_credit(kernel, outer.item(first), least.item(first)) - paid.item(first)
        kept = (promise >= sure - needs.net - slack).nonzero()[0]
        at, paid, outer = at.take(kept), paid.take(kept), outer.take(kept)
        width, least = width.take(kept), least.take(kept)
    credit = judge(kernel, outer, least)
    net = credit - paid
    first = net.argmax()
    best = net.item(first)
    if not credit.item(first) >= paid.item(first) + needs.net:
        return NONE
    ties = (net >= best - slack).nonzero()[0]
    if len(ties) > 1:
        ties = ties.compress(credit.take(ties) >= paid.take(ties) + needs.net)
        tied = Served(at.take(ties), paid.take(ties), credit.take(ties), width.take(ties))
        return rank(kernel, rules, tied)
    leg, flat = outer.item(first), at.item(first)
    asked = kernel.ask_flat.item(kernel.inner_leg.item(flat)) - kernel.bid_flat.item(leg)
    return Winner(
        flat,
        paid.item(first),
        credit.item(first),
        highest[:, leg].tolist(),
        asked,
        kernel.widths_list,
        flat // (2 * kernel.grid.n),
        terms.fee,
        slack,
    )


def _passing(
    kernel: PriceKernel,
    terms: Terms,
    least_bid: Floats,
    at: Integers,
    paid: Floats,
    outer: Integers,
) -> Integers:
    """Which of the debits, priced in ticks, the gate and the budget let pass."""
    natural = kernel.bid_flat.take(kernel.inner_leg.take(at))
    natural -= kernel.ask_flat.take(outer)
    keep = least_bid.take(paid.astype(np.intp), None, None, "clip") <= natural
    if kernel.off_tick and terms.inside_market:
        keep &= natural <= paid + terms.slack
    if kernel.dearest is not None:
        keep &= paid <= kernel.dearest
    passing: Integers = keep.nonzero()[0]
    return passing


def _foremost_by_floor(kernel: PriceKernel, rules: ScanRules, underlying: float) -> Ranked | Winner:
    """The one debit with the highest floor.

    A floor that reaches the least net needs no other test of its credit.
    """
    terms = kernel.terms(rules)
    least_bid = terms.least_bid
    if least_bid is None:
        return search(kernel, rules, underlying)
    floors = highest_floors(kernel).ravel()
    for threshold in _thresholds(floors, terms.needs.net):
        at = (floors >= threshold).nonzero()[0]
        paid = kernel.debit_flat.take(at)
        outer = kernel.outer_leg.take(at)
        kept = _passing(kernel, terms, least_bid, at, paid, outer)
        if len(kept):
            break
    else:
        return _leaving_less(kernel, rules, least_bid, floors, underlying)
    at = at.take(kept)
    floor = floors.take(at)
    best = floor.max().item()
    first = at.compress(floor >= best - terms.slack)
    tied = [first.item()] if len(first) == 1 else first_of_ties(kernel, rules, first, underlying)
    if len(tied) > 1:
        served = FloorServed(first, floors.take(first))
        return rank_by_floor(kernel, rules, served, underlying)
    flat = tied[0]
    leg, price = kernel.outer_leg.item(flat), kernel.debit_flat.item(flat)
    row = flat // (2 * kernel.grid.n)
    highest, widths = kernel.highest_rows[:, leg].tolist(), kernel.widths_list
    width, needed = widths[row], price + best - terms.slack
    credit = max(
        credit
        for credit, wide in zip(highest, widths, strict=True)
        if credit - max(wide - width, 0.0) >= needed
    )
    asked = kernel.ask_flat.item(kernel.inner_leg.item(flat)) - kernel.bid_flat.item(leg)
    return Winner(flat, price, credit, highest, asked, widths, row, terms.fee, terms.slack)


def _leaving_less(
    kernel: PriceKernel, rules: ScanRules, least_bid: Floats, floors: Floats, underlying: float
) -> Ranked:
    """The same where no floor reaches the least net: a wider credit may bring it and leave less."""
    terms = kernel.terms(rules)
    at = (floors >= terms.needs.floor).nonzero()[0]
    if not len(at) or terms.needs.floor >= terms.needs.net:
        return NONE
    paid, outer = kernel.debit_flat.take(at), kernel.outer_leg.take(at)
    at = at.take(_passing(kernel, terms, least_bid, at, paid, outer))
    served = serve_by_floor(kernel, floors, terms.needs, at)
    return rank_by_floor(kernel, rules, served, underlying) if len(served.at) else NONE


def _thresholds(floors: Floats, least: float) -> Iterator[float]:
    """Floors at or above which to look for the highest, in turn; the last is the least needed."""
    if len(floors) > MANY:
        yield from falling_thresholds(floors, _LOOKED_AT_FIRST, least)
    yield least


def highest_credit(kernel: PriceKernel, outer: int, least: float) -> float:
    """The same as `judge` for one debit."""
    best = -math.inf
    left, credits = kernel.spare_rows[:, outer].tolist(), kernel.highest_rows[:, outer].tolist()
    for spare, credit in zip(left, credits, strict=True):
        if spare >= least and credit > best:
            best = credit
    return best
