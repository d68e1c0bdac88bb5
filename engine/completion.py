"""A filled debit on its way to completion: the credit it still needs and at what price."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from engine.config import LadderParameters
from engine.market.chain import CALL, PUT, OptionChain
from engine.market.legs import OptionType
from engine.orders.ladder import (
    Prices,
    Stage,
    lowest_credit_c,
    prices,
    stage_at,
    unwind_price_c,
)
from engine.orders.states import Order
from engine.orders.types import Part
from engine.pricing.credit import best_credit_for
from engine.pricing.payoff import PayoffLeg, pair_kind, payoff_minimum
from engine.pricing.rules import ScanRules
from engine.pricing.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Target:
    """What the unit wants to have working: a credit or an unwind of `quantity` at `limit_c`."""

    part: Part
    buy_strike: float
    sell_strike: float
    quantity: int
    limit_c: int


@dataclass(slots=True, eq=False)
class LeggedUnit:
    """Debit contracts that filled and are not all completed yet.

    Prices are cents per share; `paid_c` is the sum of quantity x price of the debit executions,
    `sold` the executions of credits as (quantity, price, short strike, long strike).

    Args:
        cycle: the trader's cycle the debit belongs to.
        right, long_strike, short_strike: the debit vertical.
        credit_short, credit_long, planned_c: the credit leaned on when the debit went out.
        first_fill_s: engine seconds of the first execution; every age counts from it.
        entry_bid_c: natural bid of the debit vertical when its order went out, cents a share.
    """

    cycle: int
    right: OptionType
    long_strike: float
    short_strike: float
    credit_short: float
    credit_long: float
    planned_c: int
    first_fill_s: float
    entry_bid_c: float = math.inf
    filled: int = 0
    paid_c: int = 0
    sold: list[tuple[int, int, float, float]] = field(default_factory=list)
    credited: int = 0
    unwound: int = 0
    unwound_c: int = 0
    fees_c: int = 0
    order: Order | None = None
    orders: int = 0
    stage: Stage = Stage.LEAN
    forced: Stage | None = None
    limit_c: int = 0
    unwind_step: int = 0
    unwind_s: float = math.inf
    rests: bool = False
    rejects: int = 0
    retry_s: float = 0.0
    look_s: float = 0.0
    warned: bool = False
    next_target: Target | None = None
    last_fill_s: float = 0.0
    verifying: str = ""
    gain_c: int = 0

    @property
    def remaining(self) -> int:
        """Filled debit contracts that no credit and no unwind has matched."""
        return self.filled - self.credited - self.unwound

    @property
    def uncovered(self) -> int:
        """Remaining contracts that no live order of ours could still match."""
        live = self.order.leaves if self.order is not None and self.order.live else 0
        return self.remaining - live

    def restart(self, now_s: float, parameters: LadderParameters) -> None:
        """Contracts without their credit again: the ladder begins anew."""
        self.first_fill_s = now_s
        self.look_s = now_s + parameters.settle_s
        self.stage = Stage.LEAN
        self.forced = None
        self.unwind_step, self.unwind_s = 0, math.inf
        self.rejects, self.retry_s = 0, 0.0
        self.limit_c = 0
        self.rests = self.warned = False
        self.verifying = ""
        self.next_target = None

    def age_s(self, now_s: float) -> float:
        """Seconds since the first execution."""
        return now_s - self.first_fill_s

    def ladder_prices(
        self, fee_c_per_share: float, tick_c: int, parameters: LadderParameters
    ) -> Prices:
        """The ladder's prices at the average paid, cents per share."""
        return prices(self.paid_c / self.filled, fee_c_per_share, tick_c, parameters)

    def stage_now(self, now_s: float, parameters: LadderParameters) -> Stage:
        """The stage by age, or the later one that a trigger forced. PARKED is left by nobody."""
        if self.stage is Stage.PARKED:
            return Stage.PARKED
        by_age = stage_at(self.age_s(now_s), parameters)
        if self.forced is not None and self.forced.value > by_age.value:
            return self.forced
        return by_age

    def way_out_c(self, unwind_loss_c: int) -> float:
        """Natural bid, cents a share, below which selling the debit back begins.

        EXECUTION.md names paid - 0.8 U. The gate lets debits in whose bid lies as low as
        paid - U already, so the market must also have moved 0.2 U against us since the entry.
        """
        paid = self.paid_c / self.filled
        moved = self.entry_bid_c - 0.2 * unwind_loss_c
        return min(paid - 0.8 * unwind_loss_c, moved)

    def money_c(self, multiplier: int) -> int:
        """Credit received minus debit paid so far, cents of account money before fees."""
        received = sum(q * p for q, p, _, _ in self.sold) + self.unwound_c
        return (received - self.paid_c) * multiplier

    def payoff_legs(self) -> list[PayoffLeg]:
        """Everything bought and sold in this unit as legs held to expiration."""
        kept = self.filled - self.unwound
        legs = [
            PayoffLeg(kept, self.right, self.long_strike),
            PayoffLeg(-kept, self.right, self.short_strike),
        ]
        for quantity, _, short, long in self.sold:
            legs.append(PayoffLeg(-quantity, self.right, short))
            legs.append(PayoffLeg(quantity, self.right, long))
        return legs

    def floor_c(self, multiplier: int) -> int:
        """Payoff floor at filled prices after fees, cents of account money (not of a share)."""
        least = payoff_minimum(self.payoff_legs())
        if least == float("-inf"):
            raise ArithmeticError("a unit sold more calls than it bought")
        return self.money_c(multiplier) - self.fees_c + round(least * multiplier * 100)

    def kind(self) -> str:
        """The class name of the payoff at the last credit's strikes."""
        if not self.sold:
            return "vertical"
        _, _, short, long = self.sold[-1]
        return pair_kind(self.right, self.long_strike, self.short_strike, short, long)


def credit_target(
    unit: LeggedUnit,
    chain: OptionChain | None,
    rules: ScanRules,
    parameters: LadderParameters,
    now_s: float,
    scanner: Scanner | None = None,
) -> Target:
    """What the unit should have working now in a stage that completes (H0 to H5, H7).

    Args:
        unit: with at least one contract remaining.
        chain: quotes for the stages that look at the market; None keeps the present credit.
        rules: scan rules of the trader (tick, fees, width).
        now_s: engine seconds.
        scanner: whose work arrays to use.
    """
    ladder = unit.ladder_prices(rules.fee_per_share * 100, rules.tick_c, parameters)
    lowest = lowest_credit_c(unit.stage, ladder)
    short, long, limit = unit.credit_short, unit.credit_long, max(unit.limit_c, lowest)
    if unit.stage in (Stage.LEAN, Stage.REST):
        limit = max(unit.planned_c, lowest)
    elif unit.stage is Stage.WALK:
        walked_s = unit.age_s(now_s) - parameters.rest_until_s
        steps = min(parameters.walk_steps, 1 + int(walked_s / parameters.walk_step_s + 1e-6))
        limit = max(max(unit.planned_c, lowest) - steps * rules.tick_c, lowest)
    elif unit.stage in (Stage.RESCAN, Stage.SCRATCH) and chain is not None:
        short, long, limit = _rescan(unit, chain, rules, lowest, scanner)
    elif unit.stage in (Stage.OPERATOR, Stage.PARKED):
        limit = lowest
    limit = _inside(limit, short - long, rules.tick_c)
    return Target(Part.CREDIT, long, short, unit.remaining, limit)


def _rescan(
    unit: LeggedUnit,
    chain: OptionChain,
    rules: ScanRules,
    lowest_c: int,
    scanner: Scanner | None,
) -> tuple[float, float, int]:
    """The credit to offer: another one where it is two ticks better, else the present one.

    Both are judged at the middle of their natural markets; the limit is that middle, never
    below the lowest credit the stage accepts.
    """
    present = _mid_c(unit, chain, unit.credit_short, unit.credit_long)
    best = best_credit_for(
        chain,
        unit.long_strike,
        unit.short_strike,
        unit.right,
        rules,
        paid_c=round(unit.paid_c / unit.filled),
        lowest_credit_c=lowest_c,
        scanner=scanner,
    )
    if best is not None:
        other = _mid_c(unit, chain, best.credit_short, best.credit_long)
        if present is None or (other is not None and other >= present + 2 * rules.tick_c):
            limit = max(lowest_c, _up(other, rules.tick_c) if other is not None else 0)
            return best.credit_short, best.credit_long, limit
    limit = lowest_c if present is None else max(lowest_c, _up(present, rules.tick_c))
    return unit.credit_short, unit.credit_long, limit


def _up(cents: float, tick_c: int) -> int:
    return -int(-cents // tick_c) * tick_c


def natural_c(
    chain: OptionChain, right: OptionType, dear: float, cheap: float
) -> tuple[float, float] | None:
    """Natural bid and ask of a vertical as its payer sees it, cents; None where unknown."""
    row = CALL if right == "call" else PUT
    try:
        x, y = chain.index(dear), chain.index(cheap)
    except KeyError:
        return None
    bid = float(chain.bid[row, x] - chain.ask[row, y]) * 100
    ask = float(chain.ask[row, x] - chain.bid[row, y]) * 100
    return (bid, ask) if bid <= ask else None


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
