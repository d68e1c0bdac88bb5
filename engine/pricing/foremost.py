"""Only the best debit of a priced chain, which is all a trader needs before an attempt.

The same choice as `search` with one row, in fewer and smaller array operations: on a chain of 50
strikes each operation costs more than its arithmetic. Unusual cases
(a rule without a floor, prices that are not rounded, ties, very many debits) are left to `search`.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from engine.pricing.kernel import PriceKernel
from engine.pricing.rules import ScanRules
from engine.pricing.search import NONE, Ranked, Served, judge, rank, search

MANY: Final = 1500
"""From this many debits on, bounds are judged first, which `search` does."""

_WORTH_A_LOOK: Final = 1500
"""From this many credits on, finding first which debits can still win is cheaper."""


class Winner(NamedTuple):
    """The best debit, and the numbers that its figures follow from; prices in units.

    Args:
        at: flat index in (G, 2, n), at its outer leg.
        paid, credit: its price, and that of its best credit.
        highest: the highest credit of each width at or beyond the outer leg.
        asked: natural ask of the debit.
        widths: of the verticals.
        row: the debit's, in `widths`.
        fee, slack: of the rules.
    """

    at: int
    paid: float
    credit: float
    highest: list[float]
    asked: float
    widths: list[float]
    row: int
    fee: float
    slack: float

    def ranked(self) -> Ranked:
        """As the row of a result: net and floor after fees, fill as a share of the natural ask."""
        least = self.credit - self.slack
        narrowest = next(row for row, highest in enumerate(self.highest) if highest >= least)
        excess = max(self.widths[narrowest] - self.widths[self.row], 0.0)
        net = self.credit - self.paid - self.fee
        fill = self.paid / max(self.asked, self.slack)
        row = np.array((self.paid, self.credit, net, net - excess, fill))
        return Ranked(np.array((self.at,)), row[:1], row[1:2], row[2:3], row[3:4], row[4:])


def foremost(kernel: PriceKernel, rules: ScanRules) -> Ranked | Winner:
    """The one debit of a priced chain with the highest net credit; none or one."""
    terms = kernel.terms(rules)
    needs, slack, least_bid = terms.needs, terms.slack, terms.least_bid
    if (
        least_bid is None
        or needs.floor < 0
        or not kernel.in_ticks
        or not kernel.debit_flat.size
        or rules.rule == "any"
    ):
        return search(kernel, rules)
    highest, bound = kernel.highest_rows, kernel.bound
    np.subtract(kernel.top, terms.needed, bound)
    np.less_equal(kernel.debit_rows, bound, kernel.mask_rows)
    at = kernel.mask_flat.nonzero()[0]
    if len(at) > MANY:
        return search(kernel, rules)
    paid = kernel.debit_flat.take(at)
    outer = kernel.outer_leg.take(at)
    natural = kernel.bid_flat.take(kernel.inner_leg.take(at))
    natural -= kernel.ask_flat.take(outer)
    keep = least_bid.take(paid.astype(np.intp), None, None, "clip") <= natural
    if kernel.off_tick and terms.inside_market:
        keep &= natural <= paid + slack
    if kernel.dearest is not None:
        keep &= paid <= kernel.dearest
    kept = keep.nonzero()[0]
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


def highest_credit(kernel: PriceKernel, outer: int, least: float) -> float:
    """The same as `judge` for one debit."""
    best = -math.inf
    left, credits = kernel.spare_rows[:, outer].tolist(), kernel.highest_rows[:, outer].tolist()
    for spare, credit in zip(left, credits, strict=True):
        if spare >= least and credit > best:
            best = credit
    return best
