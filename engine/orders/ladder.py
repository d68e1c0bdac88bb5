"""The hung-leg ladder: what a filled debit without its credit accepts, and when.

docs/operator.md lists the stages. Prices are whole cents a share, ages seconds since the fill.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from engine.config import LadderParameters

OPERATOR_LOOK_S: Final = 1.0
"""Seconds between two looks at the market while the operator chooses."""

PARKED_LOOK_S: Final = 5.0
"""Seconds between two looks at the market of a parked unit; they only value it."""


UNIT_ALARMS: Final = ("UNHEDGED", "UNDECIDED", "PARKED", "OVERSOLD")
"""Codes of the alarms about one unit; its end clears them."""


class Choice(StrEnum):
    """What was decided about one unit; LADDER undoes the others.

    HOLD parks it with a credit resting at F1; PARK, which nobody chooses, parks it without one.
    """

    LADDER = "ladder"
    CONCEDE = "concede"
    UNWIND = "unwind"
    HOLD = "hold"
    PARK = "park"


class Stage(StrEnum):
    """Where a legged unit is on the ladder."""

    LEAN = "H0"
    REST = "H1"
    WALK = "H2"
    RESCAN = "H3"
    SCRATCH = "H4"
    OPERATOR = "H5"
    UNWIND = "H6"
    PARKED = "H7"


@dataclass(frozen=True, slots=True)
class Prices:
    """The ladder's prices for one filled debit, cents per share.

    Args:
        f1_c: lowest credit that leaves a cent: paid + both spreads' fees + 1 cent.
        f2_c: lowest credit that gives the debit back: paid.
        f3_c: lowest credit that an operator may concede: paid - min(5 cents, 10 % of it).
        unwind_loss_c: what selling the debit vertical back may lose.
    """

    f1_c: int
    f2_c: int
    f3_c: int
    unwind_loss_c: int


def prices(
    paid_c: float, fee_c_per_share: float, tick_c: int, parameters: LadderParameters
) -> Prices:
    """The ladder's prices for a debit filled at `paid_c` (its average, cents per share).

    Args:
        fee_c_per_share: both spreads' fees, cents per share.
        tick_c: tick of the combination in cents; credits are rounded up to it.
    """

    def up(cents: float) -> int:
        return max(tick_c, math.ceil(round(cents / tick_c, 9)) * tick_c)

    allowed = max(2 * tick_c, parameters.unwind_fraction * paid_c)
    return Prices(
        f1_c=up(paid_c + fee_c_per_share + 1),
        f2_c=up(paid_c),
        f3_c=up(paid_c - min(parameters.concede_max * 100, parameters.concede_fraction * paid_c)),
        unwind_loss_c=math.floor(round(min(allowed, parameters.unwind_cap * paid_c), 9)),
    )


def stage_at(age_s: float, parameters: LadderParameters) -> Stage:
    """The stage of a unit `age_s` seconds after its first fill, triggers apart."""
    if age_s <= parameters.settle_s:
        return Stage.LEAN
    if age_s <= parameters.rest_until_s:
        return Stage.REST
    if age_s <= parameters.walk_until_s:
        return Stage.WALK
    if age_s <= parameters.rescan_until_s:
        return Stage.RESCAN
    if age_s <= parameters.scratch_until_s:
        return Stage.SCRATCH
    if age_s <= parameters.operator_until_s:
        return Stage.OPERATOR
    return Stage.UNWIND


def lowest_credit_c(stage: Stage, p: Prices, conceding: bool = False) -> int:
    """The lowest credit a stage accepts; parked units rest above debit and fees.

    Args:
        stage, p: where the unit is on the ladder, and its prices.
        conceding: whether the operator chose to concede, which counts in H5 alone.
    """
    if stage is Stage.OPERATOR and conceding:
        return p.f3_c
    if stage in (Stage.SCRATCH, Stage.OPERATOR):
        return p.f2_c
    return p.f1_c


def next_change_s(age_s: float, stage: Stage, parameters: LadderParameters) -> float:
    """Age in seconds at which the ladder wants to look at the unit again."""
    if stage is Stage.LEAN:
        return parameters.settle_s
    if stage is Stage.REST:
        return parameters.rest_until_s
    if stage is Stage.WALK:
        steps = math.floor((age_s - parameters.rest_until_s) / parameters.walk_step_s + 1e-6)
        again_s = parameters.rest_until_s + (steps + 1) * parameters.walk_step_s
        return min(parameters.walk_until_s, again_s)
    if stage is Stage.RESCAN:
        return min(parameters.rescan_until_s, age_s + parameters.rescan_every_s)
    if stage is Stage.SCRATCH:
        return min(parameters.scratch_until_s, age_s + parameters.rescan_every_s)
    if stage is Stage.OPERATOR:
        return min(parameters.operator_until_s, age_s + OPERATOR_LOOK_S)
    return age_s + parameters.unwind_step_s


def unwind_price_c(step: int, bid_c: float, ask_c: float, tick_c: int, steps: int) -> int:
    """Limit at which the debit vertical is offered at unwind step 0..steps-1: mid to natural."""
    mid = (bid_c + ask_c) / 2
    share = min(1.0, step / max(1, steps - 1))
    price = mid + (bid_c - mid) * share
    return max(tick_c, math.floor(round(price / tick_c, 9)) * tick_c)


def conceded_c(step: int, p: Prices, tick_c: int) -> int:
    """Credit asked at concession step 0, 1, ...: a tick below F2 each, never below F3."""
    return max(p.f3_c, p.f2_c - (step + 1) * tick_c)
