"""The best debit of a priced chain alone: what a trader asks for before an attempt.

The same choice as `search` with one row, in fewer and smaller array operations: on a chain of 50
strikes each operation costs more than its arithmetic. Whatever is out of the ordinary (a rule
without a floor, prices that are not rounded, ties, very many debits) is left to `search`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.pricing.kernel import PriceKernel
from engine.pricing.rules import ScanRules
from engine.pricing.search import (
    NONE,
    Ranked,
    Served,
    look_up,
    rank,
    search,
)
from engine.pricing.terms import Terms

MANY: Final = 1500
"""So many debits are judged by their bounds first, which `search` does."""


def foremost(kernel: PriceKernel, rules: ScanRules) -> Ranked:
    """The one debit of a priced chain with the highest net credit; none or one row."""
    terms = kernel.terms(rules)
    needs, slack, least_bid = terms.needs, terms.slack, terms.least_bid
    if least_bid is None or needs.floor < 0 or not kernel.debit.size or rules.rule == "any":
        return search(kernel, rules)
    bound = np.subtract(kernel.reach[-1], needs.net, out=kernel.bound)
    np.less_equal(kernel.debit, bound, out=kernel.mask)
    at = kernel.mask_flat.nonzero()[0]
    if len(at) > MANY:
        return search(kernel, rules)
    paid = kernel.debit_flat.take(at)
    outer = kernel.outer_leg.take(at)
    inner = kernel.inner_leg.take(at)
    natural = kernel.bid_flat.take(inner)
    natural -= kernel.ask_flat.take(outer)
    keep = least_bid.take(paid.astype(np.intp), None, None, "clip") <= natural
    gate = rules.gate
    if gate is not None:
        if gate.inside_market and kernel.off_tick:
            keep &= natural <= paid + slack
        if gate.max_debit_c is not None:
            keep &= paid <= gate.max_debit_c / 100 * kernel.scale + slack
    kept = keep.nonzero()[0]
    if not len(kept):
        return NONE
    if len(kept) < len(at):
        at, paid, outer = at.take(kept), paid.take(kept), outer.take(kept)
    width = kernel.width_of.take(at)
    least = paid - width
    least += needs.floor
    credit = np.empty(len(at))
    look_up(kernel, outer, least, credit)
    net = credit - paid
    first = int(net.argmax())
    best = net.item(first)
    if not credit.item(first) >= paid.item(first) + needs.net:
        return NONE
    ties = (net >= best - slack).nonzero()[0]
    if len(ties) > 1:
        ties = ties.compress(credit.take(ties) >= paid.take(ties) + needs.net)
        tied = Served(at.take(ties), paid.take(ties), credit.take(ties), width.take(ties))
        return rank(kernel, rules, tied)
    return _row(kernel, terms, at.item(first), paid.item(first), credit.item(first))


def _row(kernel: PriceKernel, terms: Terms, at: int, paid: float, credit: float) -> Ranked:
    """One debit as a result: net and floor after fees, fill as a share of the natural ask."""
    outer, inner = kernel.outer_leg.item(at), kernel.inner_leg.item(at)
    least = credit - terms.slack
    narrowest = 0
    for reach in kernel.table[:, outer].tolist():
        if reach >= least:
            break
        narrowest += 1
    widths = kernel.widths_list
    excess = max(widths[narrowest] - widths[at // (2 * kernel.grid.n)], 0.0)
    net = credit - paid - terms.fee
    asked = kernel.ask_flat.item(inner) - kernel.bid_flat.item(outer)
    fill = paid / max(asked, terms.slack)
    row = np.array((paid, credit, net, net - excess, fill))
    return Ranked(np.array((at,)), row[:1], row[1:2], row[2:3], row[3:4], row[4:])
