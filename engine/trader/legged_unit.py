"""A filled debit on its way to completion: what it cost and what was sold against it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from engine.config import LadderParameters
from engine.market.legs import OptionType
from engine.orders.ladder import Choice, Prices, Stage, prices, stage_at
from engine.orders.states import Order
from engine.orders.types import Part
from engine.pricing.payoff import PayoffLeg, pair_kind, payoff_minimum


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

    Attributes:
        forced, forced_why: the stage that a trigger moved the unit to at least, and the trigger.
        choice, decided_s, concede_until_s: what the operator decided, when, and until when a
            concession keeps the unit from being sold back for its age alone.
        rests: whether a parked unit keeps a credit working at F1.
        bid_c: natural bid of the debit vertical seen last, cents a share; NaN before the first.
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
    forced_why: str = ""
    choice: Choice | None = None
    decided_s: float = 0.0
    concede_until_s: float = -math.inf
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
    leg_reported: list[Order] = field(default_factory=list)
    confirming: str = ""
    answers_due: int = 0
    asked: int = 0
    not_found: int = 0
    bid_c: float = math.nan

    @property
    def planned(self) -> bool:
        """Whether a credit was ever chosen; after a crash the debit may be all that is known."""
        return (self.credit_short, self.credit_long) != (self.short_strike, self.long_strike)

    @property
    def remaining(self) -> int:
        """Filled debit contracts that no credit and no unwind has matched."""
        return self.filled - self.credited - self.unwound

    @property
    def uncovered(self) -> int:
        """Remaining contracts that no order of ours could still match, or may have matched."""
        live = self.order.leaves if self.order is not None and self.order.live else 0
        return self.remaining - live - self.leg_unconfirmed

    @property
    def leg_unconfirmed(self) -> int:
        """Contracts of ended orders that one leg has executed: the other leg's word is missing.

        They count as sold, for whoever sells them again may have sold them twice.
        """
        return sum(order.incomplete_legs for order in self.leg_reported if not order.live)

    def restore(
        self,
        stage: Stage,
        forced: Stage | None,
        choice: Choice | None,
        decided_s: float,
        parameters: LadderParameters,
    ) -> None:
        """Continue the ladder where an earlier process left it; what was decided still holds.

        Args:
            stage: where the unit was.
            forced: the stage that it is at least at, None where its age alone counts.
            choice, decided_s: what was decided and when, in engine seconds; None where nothing.
            parameters: the ladder's.
        """
        self.stage, self.forced = stage, forced
        if choice is None:
            return
        if stage is not Stage.PARKED:
            self.decide(choice, decided_s, parameters)
            if choice is not Choice.UNWIND:
                self.forced = forced
        self.choice, self.decided_s = choice, decided_s
        self.rests = stage is Stage.PARKED and choice is Choice.HOLD

    def restart(self, now_s: float, parameters: LadderParameters) -> None:
        """Contracts without their credit again: the ladder begins anew."""
        self.first_fill_s = now_s
        self.look_s = now_s + parameters.settle_s
        self.stage = Stage.LEAN
        self.forced, self.forced_why = None, ""
        self.choice = None
        self.unwind_step, self.unwind_s = 0, math.inf
        self.rejects, self.retry_s = 0, 0.0
        self.limit_c = 0
        self.rests = self.warned = False
        self.confirming = ""
        self.next_target = None

    @property
    def conceding(self) -> bool:
        """Whether the operator chose to accept less than the debit cost."""
        return self.choice is Choice.CONCEDE and self.stage is Stage.OPERATOR

    def force(self, stage: Stage, why: str) -> None:
        """A trigger moves the unit to `stage` at least; `why` says what stands against a way back.

        A unit that must be sold back stays so.
        """
        if self.forced is not Stage.UNWIND or not self.forced_why:
            self.forced, self.forced_why = stage, why

    def decide(self, choice: Choice, now_s: float, parameters: LadderParameters) -> None:
        """Take the operator's choice over; a concession has the operator's stage anew."""
        self.choice, self.decided_s = choice, now_s
        self.next_target = None  # it was meant for what held before
        self.unwind_step, self.unwind_s = 0, math.inf
        self.rejects, self.retry_s = 0, 0.0
        if choice is Choice.UNWIND:
            self.forced, self.forced_why = Stage.UNWIND, ""
        elif self.forced is Stage.UNWIND:
            self.forced, self.forced_why = None, ""
        if choice is Choice.CONCEDE:
            window_s = parameters.operator_until_s - parameters.scratch_until_s
            self.concede_until_s = max(
                self.first_fill_s + parameters.operator_until_s, now_s + window_s
            )

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
        if self.choice is Choice.CONCEDE and now_s < self.concede_until_s:
            by_age = Stage.OPERATOR
        if self.forced is not None and self.forced > by_age:
            return self.forced
        return by_age

    def sell_back_below_c(self, unwind_loss_c: int) -> float:
        """Natural bid, cents a share, below which selling the debit back begins.

        See docs/decisions/way-out.md: paid - 0.8 U, but the gate lets debits in whose bid lies as
        low as paid - U, so the market must also have moved 0.2 U against us since the entry.
        """
        paid = self.paid_c / self.filled
        moved = self.entry_bid_c - 0.2 * unwind_loss_c
        return min(paid - 0.8 * unwind_loss_c, moved)

    def money_c(self, multiplier: int) -> int:
        """Credit received minus debit paid so far, cents of account money before fees."""
        received = sum(q * p for q, p, _, _ in self.sold) + self.unwound_c
        return (received - self.paid_c) * multiplier

    def value_c(self, multiplier: int) -> int:
        """What the unit has won or (negative) lost if it were sold back now, after its fees.

        Cents of account money. What a credit completed counts when the cycle ends, with its floor.
        A vertical is worth nothing at least and its width at most, whatever is quoted; where no
        bid was seen, nothing is lost but the fees.
        """
        if self.filled <= 0:
            return -self.fees_c
        paid = self.paid_c / self.filled
        bid_c = self.bid_c if math.isfinite(self.bid_c) else self.entry_bid_c
        width_c = abs(self.long_strike - self.short_strike) * 100
        worth_c = min(max(0.0, bid_c), width_c) if math.isfinite(bid_c) else paid
        won_c = (worth_c - paid) * max(0, self.remaining) + self.unwound_c - paid * self.unwound
        return round(won_c * multiplier) - self.fees_c

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
