"""The prices of a legged unit: what it wants working at its stage, and what it is worth now.

docs/limits.md says how an open unit's value counts in the day's loss.
"""

from __future__ import annotations

from typing import Final

from engine.config import LadderParameters
from engine.market.chain import CALL, PUT, OptionChain
from engine.market.legs import OptionType
from engine.orders.ladder import Stage, conceded_c, lowest_credit_c, unwind_price_c
from engine.orders.types import Part
from engine.pricing.credit import best_credit_for
from engine.pricing.leg_prices import BlockedLegs
from engine.pricing.rules import ScanRules
from engine.pricing.scanner import Scanner
from engine.trader.context import TraderContext
from engine.trader.legged_unit import LeggedUnit, Target

_ROUNDED_C: Final = 1e-4
"""More than rounding can change a price in cents."""

_ABSURD_C: Final = 1e9
"""Cents a share that no vertical costs; a quote beyond is infinite, or a feed's mistake."""


def credit_target(
    unit: LeggedUnit,
    chain: OptionChain | None,
    rules: ScanRules,
    parameters: LadderParameters,
    now_s: float,
    scanner: Scanner | None = None,
    blocked_legs: BlockedLegs | None = None,
) -> Target | None:
    """What the unit should have working now in a stage that completes (H0 to H5, H7).

    None where no credit was ever chosen for it and the market offers none now.

    Args:
        unit: with at least one contract remaining.
        chain: quotes for the stages that look at the market; None keeps the present credit.
        rules: scan rules of the trader (tick, fees, width).
        now_s: engine seconds.
        scanner: whose work arrays to use.
        blocked_legs: contracts that another credit must not buy, or must not sell.
    """
    ladder = unit.ladder_prices(rules.fee_per_share * 100, rules.tick_c, parameters)
    lowest = lowest_credit_c(unit.stage, ladder, unit.conceding)
    short, long, mid_c = unit.credit_short, unit.credit_long, None
    scans = not unit.planned or unit.stage in (Stage.RESCAN, Stage.SCRATCH) or unit.conceding
    scanned = scans and chain is not None
    if chain is not None and scans:
        short, long, mid_c = _rescan(unit, chain, rules, lowest, scanner, blocked_legs)
    owed = owed_c(unit, rules, short, long)
    least = _up(lowest + owed, rules.tick_c)
    limit = max(unit.limit_c, least)
    if scanned and not (unit.planned and unit.conceding):
        limit = least if mid_c is None else max(least, _up(mid_c, rules.tick_c))
    elif unit.conceding:
        step = int((now_s - unit.decided_s) / parameters.walk_step_s + 1e-6)
        limit = _up(conceded_c(step, ladder, rules.tick_c) + owed, rules.tick_c)
    elif unit.stage in (Stage.LEAN, Stage.REST):
        limit = max(unit.planned_c, least)
    elif unit.stage is Stage.WALK:
        walked_s = unit.age_s(now_s) - parameters.rest_until_s
        steps = min(parameters.walk_steps, 1 + int(walked_s / parameters.walk_step_s + 1e-6))
        limit = max(max(unit.planned_c, least) - steps * rules.tick_c, least)
    elif unit.stage in (Stage.OPERATOR, Stage.PARKED):
        limit = least
    if (short, long) == (unit.short_strike, unit.long_strike):
        return None  # the debit's own legs: that order would buy it a second time
    limit = _inside(limit, short - long, rules.tick_c)
    return Target(Part.CREDIT, long, short, unit.remaining, limit)


def owed_c(unit: LeggedUnit, rules: ScanRules, short: float, long: float) -> int:
    """Cents a share that a credit wider than the debit may owe beyond what the debit covers.

    Every stage asks for it on top of the ladder's price, which then bounds the pair's payoff
    floor. Nothing where the rule lets a pair lose.

    Args:
        unit, rules: whose credit, and under which rule.
        short, long: strikes of the credit.
    """
    beyond = abs(short - long) - abs(unit.long_strike - unit.short_strike)
    return max(0, round(beyond * 100)) if rules.rule == "safe" else 0


def _rescan(
    unit: LeggedUnit,
    chain: OptionChain,
    rules: ScanRules,
    lowest_c: int,
    scanner: Scanner | None,
    blocked_legs: BlockedLegs | None,
) -> tuple[float, float, float | None]:
    """The credit to offer: another one where its floor is two ticks better, else the present one.

    Both are judged at the middle of their natural markets, less what each may owe: a wider credit
    brings more and is worth no more for it. Where the chain lists the debit's strikes no more, as
    of a feed that quotes near the price alone, there is no other credit.

    Returns:
        Its short and long strike, and that middle in cents a share; None where nobody quotes it.
    """
    present = _mid_c(unit, chain, unit.credit_short, unit.credit_long)
    if not {unit.long_strike, unit.short_strike} <= set(chain.strike_list):
        return unit.credit_short, unit.credit_long, present
    best = best_credit_for(
        chain,
        unit.long_strike,
        unit.short_strike,
        unit.right,
        rules,
        paid_c=round(unit.paid_c / unit.filled),
        lowest_credit_c=lowest_c,
        by_floor=rules.rule == "safe",
        scanner=scanner,
        blocked_legs=blocked_legs,
    )
    if best is not None:
        other = _mid_c(unit, chain, best.credit_short, best.credit_long)
        needed = present
        if present is not None:
            kept_owes = owed_c(unit, rules, unit.credit_short, unit.credit_long)
            other_owes = owed_c(unit, rules, best.credit_short, best.credit_long)
            needed = present - kept_owes + other_owes + 2 * rules.tick_c
        if needed is None or (other is not None and other >= needed):
            return best.credit_short, best.credit_long, other
    return unit.credit_short, unit.credit_long, present


def _up(cents: float, tick_c: int) -> int:
    return -int(-cents // tick_c) * tick_c


def natural_c(
    chain: OptionChain, right: OptionType, dear: float, cheap: float
) -> tuple[float, float] | None:
    """Natural bid and ask of a vertical as its payer sees it, cents; None where unknown.

    A vertical is worth between nothing and its width: a market wholly outside is unknown too.
    """
    row = CALL if right == "call" else PUT
    try:
        x, y = chain.index(dear), chain.index(cheap)
    except KeyError:
        return None
    (x_bid, x_ask), (y_bid, y_ask) = chain.quote(row, x), chain.quote(row, y)
    bid, ask = (x_bid - y_ask) * 100, (x_ask - y_bid) * 100
    if not -_ABSURD_C < bid <= ask < _ABSURD_C:
        return None
    width = abs(cheap - dear) * 100
    return (bid, ask) if ask >= -_ROUNDED_C and bid <= width + _ROUNDED_C else None


def _mid_c(unit: LeggedUnit, chain: OptionChain, short: float, long: float) -> float | None:
    market = natural_c(chain, unit.right, short, long)
    return None if market is None else (market[0] + market[1]) / 2


def unwind_target(
    unit: LeggedUnit, chain: OptionChain | None, rules: ScanRules, parameters: LadderParameters
) -> Target | None:
    """Selling the debit vertical back at the unit's unwind step; None where nobody quotes it.

    Steps go from the middle to the natural bid; the limit never loses more than the ladder's
    unwind loss.
    """
    market = chain and natural_c(chain, unit.right, unit.long_strike, unit.short_strike)
    if not market:
        return None
    ladder = unit.ladder_prices(rules.fee_per_share * 100, rules.tick_c, parameters)
    least = unit.paid_c / unit.filled - ladder.unwind_loss_c
    limit = unwind_price_c(
        unit.unwind_step, market[0], market[1], rules.tick_c, parameters.unwind_steps
    )
    if limit < least:
        limit = _up(least, rules.tick_c)
    limit = _inside(limit, unit.long_strike - unit.short_strike, rules.tick_c)
    return Target(Part.UNWIND, unit.short_strike, unit.long_strike, unit.remaining, limit)


def _inside(limit_c: int, width: float, tick_c: int) -> int:
    """The limit, brought strictly inside the width of its strikes: no exchange takes another."""
    return min(limit_c, _up(abs(width) * 100, tick_c) - tick_c)


def value_unit(
    context: TraderContext, unit: LeggedUnit, chain: OptionChain | None
) -> tuple[float, float] | None:
    """Count what a unit is worth now in the day's loss; its age and stage do not matter.

    Args:
        context, unit: whose it is.
        chain: the latest quotes; where they are unknown the bid seen before them counts.

    Returns:
        The natural bid and ask of the unit's debit vertical, cents a share; None where unknown.
    """
    market = chain and natural_c(chain, unit.right, unit.long_strike, unit.short_strike)
    if market:
        unit.quoted(market[0])
    value_c = unit.value_c(context.exposure.multiplier)
    context.gate.exposure.mark(context.key, unit.cycle, value_c)
    return market or None


def value_again(context: TraderContext, unit: LeggedUnit) -> None:
    """The unit's contracts changed: value what is left at the quotes seen last."""
    value_unit(context, unit, context.last_quotes.chain if context.last_quotes else None)
