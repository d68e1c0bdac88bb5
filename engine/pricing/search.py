"""Best credit of every debit at once, ranked: the arithmetic of the scan.

Under SAFE a credit of width w_c serves a debit of price d and width w_d when
credit >= d + fee + floor and credit - w_c >= d - w_d + fee + floor. Let S(w) be the highest
credit of width w at or beyond the debit's short strike, and w* the widest w for which
S(w) - w still meets the second line. Any narrower width with a higher S meets it too (more
received, less width), so the best credit is the highest S over all widths up to w*: a count and a
look-up, with no search over pairs. The count runs over S(w) - w made non-increasing, whose last
sufficient entry is w*.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.pricing.choice import Debit, best_credit
from engine.pricing.grid import Floats, Integers
from engine.pricing.kernel import PriceKernel
from engine.pricing.rules import PriceGate, ScanRules

Bools = NDArray[np.bool_]


class Ranked(NamedTuple):
    """Debits with their best credit, best first; prices in units, net and floor after fees.

    Args:
        at: flat index of each debit in (G, 2, n), at its outer leg.
        paid, credit, net, floor: units a share.
        fill: the debit as a fraction of its natural ask.
        found: debits that have a credit, before the cut to `rules.top`.
    """

    at: Integers
    paid: Floats
    credit: Floats
    net: Floats
    floor: Floats
    fill: Floats
    found: int


_NONE = Ranked(
    np.empty(0, np.intp), np.empty(0), np.empty(0), np.empty(0), np.empty(0), np.empty(0), 0
)


class Needs(NamedTuple):
    """What a credit must bring beyond the debit's price, in units.

    Args:
        net: for the net credit.
        floor: for the payoff floor; -inf where none is asked.
    """

    net: float
    floor: float


def needs_of(kernel: PriceKernel, rules: ScanRules) -> Needs:
    """The needs under the rules, fees included; the net is never less than the floor."""
    fee = rules.fee_per_share * kernel.scale - rules.slack
    floor = fee + rules.least_floor * kernel.scale
    return Needs(max(fee + rules.least_net * kernel.scale, floor), floor)


def search(kernel: PriceKernel, rules: ScanRules) -> Ranked:
    """Rank the debits of a priced chain by the net credit of their best credit."""
    if not kernel.debit.size:
        return _NONE
    if rules.rule == "any":
        return _search_everywhere(kernel, rules)
    needs = needs_of(kernel, rules)
    at, exact = _payable(kernel, needs)
    at, paid, width = acceptable_debits(kernel, rules, at, kernel.debit.take(at))
    leg = kernel.outer_leg.take(at)
    most = kernel.reach[-1].take(leg)
    most -= paid
    found = len(at)
    if exact and found > 3 * rules.top:
        few = _highest(most, 2 * rules.top)
        credit, _ = _credits(kernel, needs, leg.take(few), paid.take(few), width.take(few))
        net = credit - paid.take(few)
        least = np.partition(net, len(net) - rules.top)[len(net) - rules.top]
        kept = (most >= least - rules.slack).nonzero()[0]
        at, paid, width = at.take(kept), paid.take(kept), width.take(kept)
        leg = leg.take(kept)
    credit, enough = _credits(kernel, needs, leg, paid, width)
    if not exact:
        found = int(np.count_nonzero(enough))
    chosen = enough.nonzero()[0]
    if len(chosen) > rules.top:
        chosen = chosen.take(_highest((credit - paid).take(chosen), rules.top))
    return _ranked(
        kernel,
        rules,
        at.take(chosen),
        paid.take(chosen),
        credit.take(chosen),
        width.take(chosen),
        found,
    )


def _highest(values: Floats, count: int) -> Integers:
    """Indices of the `count` highest values, and of all that tie with the last of them."""
    least = np.partition(values, len(values) - count)[len(values) - count]
    highest: Integers = (values >= least - 1e-9).nonzero()[0]
    return highest


def _payable(kernel: PriceKernel, needs: Needs) -> tuple[Integers, bool]:
    """Flat indices of the debits that some credit serves, and whether that is exact.

    A credit not much wider than the debit must meet the net, a wider one the floor. Where the
    two needs differ by more than the step between two widths, more is let through than is
    served.
    """
    mask, work, reach = kernel.mask, kernel.work, kernel.reach
    if needs.floor == -math.inf:
        np.less_equal(kernel.debit, reach[-1] - needs.net, out=mask)
        served: Integers = mask.ravel().nonzero()[0]
        return served, True
    widths = kernel.widths
    exact = needs.net - needs.floor < kernel.least_step
    net = needs.net if exact else needs.floor
    np.subtract(reach, net, out=work)
    wider = kernel.suffix[:-1]
    np.add(kernel.slack_beyond[1:], widths[:-1] - needs.floor, out=wider)
    np.maximum(work[:-1], wider, out=work[:-1])
    np.less_equal(kernel.debit, work, out=mask)
    served = mask.ravel().nonzero()[0]
    return served, exact


def _credits(
    kernel: PriceKernel, needs: Needs, leg: Integers, paid: Floats, width: Floats
) -> tuple[Floats, Bools]:
    """The highest credit that serves each debit, and whether there is one."""
    rows, _, n = kernel.reach.shape
    if needs.floor == -math.inf:
        credit = kernel.reach[-1].take(leg)
        return credit, credit >= paid + needs.net
    beyond = kernel.slack_beyond.reshape(rows, 2 * n).take(leg, 1)
    serves = np.greater_equal(beyond, paid + (needs.floor - width))
    widest = count_rows(serves) - 1
    credit = kernel.reach.take(widest * (2 * n) + leg, mode="clip")
    enough: Bools = credit >= paid + needs.net
    enough &= widest >= 0
    return credit, enough


def count_rows(flags: Bools) -> Integers:
    """How many rows of each column are True; small integers add many times faster."""
    kind = np.int8 if len(flags) < 128 else np.int16
    count: Integers = flags.view(np.int8).sum(0, kind).astype(np.intp)
    return count


def acceptable_debits(
    kernel: PriceKernel, rules: ScanRules, at: Integers, paid: Floats
) -> tuple[Integers, Floats, Floats]:
    """Those debits that are sane and pass the price gate, with their widths.

    The one filter of debits: what it refuses never reaches the ranking.
    """
    slack, gate = rules.slack, rules.gate
    width = kernel.widths[:, 0, 0].take(kernel.width_row.take(at))
    if not rules.sane and gate is None:
        return at, paid, width
    keep = paid > slack if rules.sane else paid > -np.inf
    if rules.sane:
        keep &= paid < width - slack
    if gate is not None:
        bid, _ = natural_debits(kernel, at)
        keep &= passes_gate(gate, rules, paid, bid)
    kept = keep.nonzero()[0]
    if len(kept) == len(at):
        return at, paid, width
    return at.take(kept), paid.take(kept), width.take(kept)


def passes_gate(gate: PriceGate, rules: ScanRules, paid: Floats, bid: Floats) -> Bools:
    """Debits whose natural bid would allow an unwind within the loss accepted for it."""
    slack = rules.slack
    tick = 1.0 if rules.tick_c else 0.01
    loss = np.maximum(gate.unwind_fraction * paid, gate.unwind_ticks * tick)
    np.minimum(loss, gate.unwind_cap * paid, out=loss)
    keep: Bools = bid >= paid - loss - slack
    if gate.inside_market:
        keep &= bid <= paid + slack
    if gate.max_debit_c is not None:
        keep &= paid <= gate.max_debit_c / 100 * rules.units_per_dollar + slack
    return keep


def natural_debits(kernel: PriceKernel, at: Integers) -> tuple[Floats, Floats]:
    """Natural bid and ask of the debits at flat indices, in units."""
    outer, inner = kernel.outer_leg.take(at), kernel.inner_leg.take(at)
    return (
        kernel.bid.take(inner) - kernel.ask.take(outer),
        kernel.ask.take(inner) - kernel.bid.take(outer),
    )


def _ranked(
    kernel: PriceKernel,
    rules: ScanRules,
    at: Integers,
    paid: Floats,
    credit: Floats,
    width: Floats,
    found: int,
) -> Ranked:
    rows, _, n = kernel.reach.shape
    slack = rules.slack
    reach = kernel.reach.reshape(rows, 2 * n).take(kernel.outer_leg.take(at), 1)
    narrowest = count_rows(np.less(reach, credit - slack))
    wider = kernel.widths[:, 0, 0].take(narrowest) - width
    net = credit - paid
    net -= rules.fee_per_share * kernel.scale
    return _sorted(kernel, rules, at, paid, credit, net, net - np.maximum(wider, 0.0), found)


def _sorted(
    kernel: PriceKernel,
    rules: ScanRules,
    at: Integers,
    paid: Floats,
    credit: Floats,
    net: Floats,
    floor: Floats,
    found: int,
) -> Ranked:
    _, asked = natural_debits(kernel, at)
    fill = np.minimum(np.maximum(paid / np.maximum(asked, rules.slack), 0.0), 1.0)
    order = np.lexsort((-fill, -floor.round(6), -net.round(6)))[: rules.top]
    return Ranked(
        at.take(order),
        paid.take(order),
        credit.take(order),
        net.take(order),
        floor.take(order),
        fill.take(order),
        found,
    )


def _search_everywhere(kernel: PriceKernel, rules: ScanRules) -> Ranked:
    """The same under the rule "any": one debit after the other; a reference, not for trading."""
    n = kernel.grid.n
    at = np.isfinite(kernel.debit).ravel().nonzero()[0]
    at, paid, width = acceptable_debits(kernel, rules, at, kernel.debit.take(at))
    rows = []
    for number, flat in enumerate(at.tolist()):
        row, leg = divmod(flat, 2 * n)
        right, short = divmod(leg, n)
        long = kernel.grid.inner_of(row, right, short)
        debit = Debit(right, long, short, float(width[number]), float(paid[number]))
        credit = best_credit(kernel, rules, debit, math.nan)
        if credit is not None:
            rows.append((number, credit.price, credit.floor))
    if not rows:
        return _NONE
    numbers, credits, floors = (np.array(part) for part in zip(*rows, strict=True))
    numbers = numbers.astype(np.intp)
    at, paid = at.take(numbers), paid.take(numbers)
    net = credits - paid - rules.fee_per_share * kernel.scale
    return _sorted(kernel, rules, at, paid, credits, net, floors, len(rows))
