"""Best credit of every debit at once, ranked: the arithmetic of the scan.

Under SAFE a credit of width w_c serves a debit of price d and width w_d when
credit >= d + fee + floor and credit - w_c >= d - w_d + fee + floor. Let S(w) be the highest
credit of width w at or beyond the debit's short strike. The best credit is the highest S(w) over
the widths whose S(w) - w meets the second line: a look-up by width, with no search over pairs.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.pricing.choice import Debit, best_credit
from engine.pricing.floors import (
    FloorServed,
    falling_thresholds,
    highest_floors,
    order_by_floor,
    rank_by_floor,
    serve_by_floor,
)
from engine.pricing.grid import Floats, Integers
from engine.pricing.kernel import PriceKernel
from engine.pricing.ranking import NONE, Ranked, nth_highest
from engine.pricing.rules import PriceGate, ScanRules
from engine.pricing.terms import Needs

Bools = NDArray[np.bool_]


# Below this many debits, judging them all costs less than choosing among them.
_WORTH_PRUNING: Final = 600
_JUDGED_FIRST: Final = 100
# A sample of one bound in this many is enough to place the threshold.
_SAMPLED: Final = 8
# Small enough for the arrays to stay in the fast cache.
_JUDGED_AT_ONCE: Final = 1024


def needs_of(kernel: PriceKernel, rules: ScanRules) -> Needs:
    """The least that a credit must bring under the rules, fees included."""
    return kernel.terms(rules).needs


def search(kernel: PriceKernel, rules: ScanRules, underlying: float) -> Ranked:
    """Rank the debits of a priced chain by the net credit, or the floor, of their best credit.

    By net credit: no debit brings more than the highest credit within its reach. The debits with
    the highest such bound are judged first; where the last that would be listed beats the bound
    of all others, the others need not be judged. By floor, one look-up judges them all.

    Args:
        underlying: dollars a share; NaN where unknown.
    """
    if not kernel.debit.size:
        return NONE
    if rules.rule == "any":
        return _search_everywhere(kernel, rules, underlying)
    needs = needs_of(kernel, rules)
    if rules.objective == "floor":
        served = _serve_by_floor(kernel, rules, needs)
        return rank_by_floor(kernel, rules, served, underlying)
    at = _affordable(kernel, rules, needs)
    if len(at) > max(_WORTH_PRUNING, 4 * rules.top):
        return rank(kernel, rules, _serve_foremost(kernel, rules, needs, at))
    return rank(kernel, rules, _serve(kernel, needs, at))


def _serve_foremost(kernel: PriceKernel, rules: ScanRules, needs: Needs, at: Integers) -> Served:
    """As `_serve`, but debits that cannot be among the first `rules.top` may be missing."""
    bound = kernel.top.take(kernel.outer_leg.take(at))
    bound -= kernel.debit_flat.take(at)
    first = nth_highest(bound[::_SAMPLED], max(_JUDGED_FIRST, 2 * rules.top) // _SAMPLED + 1)
    served = _serve(kernel, needs, at.take((bound >= first).nonzero()[0]))
    if len(served.at) < rules.top:
        return _serve(kernel, needs, at)
    last = nth_highest(served.credit - served.paid, rules.top)
    if last >= first:
        return served
    return _serve(kernel, needs, at.take((bound >= last - rules.slack).nonzero()[0]))


def _serve_by_floor(kernel: PriceKernel, rules: ScanRules, needs: Needs) -> FloorServed:
    """Debits with their highest floor; some that cannot be among the first may be missing."""
    floors = highest_floors(kernel).ravel()
    if len(floors) > max(_WORTH_PRUNING, 4 * rules.top):
        count = max(2 * _JUDGED_FIRST, 4 * rules.top)
        for threshold in falling_thresholds(floors, count, needs.net):
            at = acceptable(kernel, rules, (floors >= threshold).nonzero()[0])
            if len(at) >= rules.top:
                return FloorServed(at, floors.take(at))
    return serve_by_floor(kernel, floors, needs, _affordable(kernel, rules, needs))


def count_served(kernel: PriceKernel, rules: ScanRules) -> int:
    """How many debits of a priced chain have a credit under the rules."""
    if not kernel.debit.size:
        return 0
    if rules.rule == "any":
        return len(_serve_everywhere(kernel, rules).at)
    needs = needs_of(kernel, rules)
    return len(_serve(kernel, needs, _affordable(kernel, rules, needs)).at)


def _affordable(kernel: PriceKernel, rules: ScanRules, needs: Needs) -> Integers:
    """Flat indices of the debits that some credit may serve and that pass every filter.

    The highest credit within reach must meet the net; the floor is checked for each debit that
    is judged. Sane debits only, where the rules ask for it: a credit below its width leaves a
    floor of zero or more only to a debit below its own.
    """
    mask = kernel.mask
    np.subtract(kernel.top, needs.net, kernel.bound)
    np.less_equal(kernel.debit_rows, kernel.bound, kernel.mask_rows)
    if rules.sane:
        np.greater(kernel.debit, rules.slack, kernel.positive)
        np.logical_and(mask, kernel.positive, mask)
        if needs.floor < 0:
            np.less(kernel.debit, kernel.widths - rules.slack, out=kernel.positive)
            np.logical_and(mask, kernel.positive, out=mask)
    if kernel.dearest is not None:
        np.less_equal(kernel.debit, kernel.dearest, kernel.positive)
        np.logical_and(mask, kernel.positive, mask)
    at: Integers = kernel.mask_flat.nonzero()[0]
    if rules.gate is None:
        return at
    passed: Integers = at.take(passes_gate(kernel, rules, rules.gate, at).nonzero()[0])
    return passed


class Served(NamedTuple):
    """Debits that have a credit, with their highest; flat indices and units."""

    at: Integers
    paid: Floats
    credit: Floats
    width: Floats


def _serve(kernel: PriceKernel, needs: Needs, at: Integers) -> Served:
    """Those of the debits that have a credit, with the highest."""
    paid, width = kernel.debit_flat.take(at), kernel.width_of.take(at)
    credit = highest_credits(kernel, needs, at, paid, width)
    chosen = (credit >= paid + needs.net).nonzero()[0]
    if len(chosen) == len(at):
        return Served(at, paid, credit, width)
    return Served(at.take(chosen), paid.take(chosen), credit.take(chosen), width.take(chosen))


def highest_credits(
    kernel: PriceKernel, needs: Needs, at: Integers, paid: Floats, width: Floats
) -> Floats:
    """The highest credit that meets the floor of each debit; -inf where none does."""
    leg = kernel.outer_leg.take(at)
    if needs.floor == -math.inf:
        unbound: Floats = kernel.top.take(leg)
        return unbound
    least = paid + needs.floor
    least -= width
    if len(at) <= _JUDGED_AT_ONCE:
        return judge(kernel, leg, least)
    credit = np.empty(len(at))
    for begin in range(0, len(at), _JUDGED_AT_ONCE):
        part = slice(begin, begin + _JUDGED_AT_ONCE)
        credit[part] = judge(kernel, leg[part], least[part])
    return credit


def judge(kernel: PriceKernel, outer: Integers, least: Floats) -> Floats:
    """The highest credit that leaves each debit its floor; -inf where none does.

    Args:
        outer: flat index in (2, n) of the debits' sold legs.
        least: what a credit less its width must reach.
    """
    credits = kernel.highest_rows.take(outer, 1)
    np.putmask(credits, kernel.spare_rows.take(outer, 1) < least, -np.inf)
    best: Floats = np.maximum.reduce(credits, 0)
    return best


def passes_gate(kernel: PriceKernel, rules: ScanRules, gate: PriceGate, at: Integers) -> Bools:
    """Which debits the gate lets pass: their natural bid allows an unwind at an accepted loss.

    A debit rounded down may fall below its natural bid only where quotes lie between ticks.
    """
    paid = kernel.debit_flat.take(at)
    bid = kernel.bid_flat.take(kernel.inner_leg.take(at))
    bid -= kernel.ask_flat.take(kernel.outer_leg.take(at))
    loss = paid * gate.unwind_fraction
    np.maximum(loss, gate.unwind_ticks * (1.0 if rules.tick_c else 0.01), out=loss)
    np.minimum(loss, paid * gate.unwind_cap, out=loss)
    loss += bid
    keep: Bools = loss >= paid - rules.slack
    if gate.inside_market and kernel.off_tick:
        keep &= bid <= paid + rules.slack
    return keep


def acceptable(kernel: PriceKernel, rules: ScanRules, at: Integers) -> Integers:
    """The debits that are priced, sane where the rules ask for it, and pass the gate."""
    paid = kernel.debit_flat.take(at)
    keep = np.isfinite(paid)
    if kernel.dearest is not None:
        keep &= paid <= kernel.dearest
    if rules.sane:
        keep &= (paid > rules.slack) & (paid < kernel.width_of.take(at) - rules.slack)
    if rules.gate is not None:
        keep &= passes_gate(kernel, rules, rules.gate, at)
    kept: Integers = at.take(keep.nonzero()[0])
    return kept


def rank(kernel: PriceKernel, rules: ScanRules, served: Served) -> Ranked:
    """The best of the debits served, at most `rules.top`, in order."""
    at, paid, credit, width = served
    net = credit - paid
    if len(net) > rules.top:
        least = net.max() if rules.top == 1 else nth_highest(net, rules.top)
        kept = (net >= least - rules.slack).nonzero()[0]
        at, paid, net = at.take(kept), paid.take(kept), net.take(kept)
        credit, width = credit.take(kept), width.take(kept)
    leg = kernel.outer_leg.take(at)
    narrowest = (kernel.highest_rows.take(leg, 1) >= credit - rules.slack).argmax(0)
    excess = kernel.widths[:, 0, 0].take(narrowest)
    excess -= width
    np.maximum(excess, 0.0, out=excess)
    return _sorted(kernel, rules, at, paid, credit, net, excess)


def _sorted(
    kernel: PriceKernel,
    rules: ScanRules,
    at: Integers,
    paid: Floats,
    credit: Floats,
    net: Floats,
    excess: Floats,
) -> Ranked:
    """Rows by net, floor (net minus excess) and fill estimate; the fee comes off last."""
    fee = rules.fee_per_share * kernel.scale
    asked = kernel.ask.take(kernel.inner_leg.take(at))
    asked -= kernel.bid.take(kernel.outer_leg.take(at))
    np.maximum(asked, rules.slack, out=asked)
    fill = paid / asked
    if len(at) == 1:
        net -= fee
        return Ranked(at, paid, credit, net, net - excess, fill)
    order = np.lexsort((-fill, excess, -net))[: rules.top]
    net = net.take(order)
    net -= fee
    floor = net - excess.take(order)
    return Ranked(
        at.take(order), paid.take(order), credit.take(order), net, floor, fill.take(order)
    )


def _search_everywhere(kernel: PriceKernel, rules: ScanRules, underlying: float) -> Ranked:
    """The same under the rule "any": one debit after the other; a reference, not for trading."""
    at, paid, credit, excess = _serve_everywhere(kernel, rules)
    if rules.objective == "floor":
        floor = credit - paid - excess
        return order_by_floor(kernel, rules, at, paid, credit, floor, underlying)
    return _sorted(kernel, rules, at, paid, credit, credit - paid, excess)


def _serve_everywhere(kernel: PriceKernel, rules: ScanRules) -> Served:
    """Debits with the best credit of the whole chain; the last field is the excess."""
    n = kernel.grid.n
    at = acceptable(kernel, rules, np.arange(kernel.debit.size))
    paid, width = kernel.debit_flat.take(at), kernel.width_of.take(at)
    numbers, prices, excess = [], [], []
    for number, flat in enumerate(at.tolist()):
        row, leg = divmod(flat, 2 * n)
        right, short = divmod(leg, n)
        long = kernel.grid.inner_of(row, right, short)
        debit = Debit(right, long, short, float(width[number]), float(paid[number]))
        credit = best_credit(kernel, rules, debit, math.nan)
        if credit is not None:
            numbers.append(number)
            prices.append(credit.price)
            excess.append(credit.net - credit.floor)
    kept = np.array(numbers, dtype=np.intp)
    return Served(at.take(kept), paid.take(kept), np.array(prices), np.array(excess))
