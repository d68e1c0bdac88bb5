"""Signs that a value does harm: hung units, credits that do not complete, losses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

HUNG_S: Final = 5.0
"""A unit legged longer than this counts as hung."""

HUNG_FACTOR: Final = 2.0
HUNG_FROM: Final = 3
COMPLETION_FROM: Final = 30
COMPLETION_FLOOR: Final = 0.97
LOSS_SHARE: Final = 0.25
HARM_ERROR: Final = 0.05
"""Probability that a trial of what harms nobody is ended for hung or failed units."""


@dataclass(frozen=True, slots=True)
class Conduct:
    """How the cycles of one arm went.

    Args:
        attempts: that ended.
        units: legged units that are over; one that is still being completed does not count yet.
        completed: those of them whose credit filled.
        hung: those that left the first stages of the ladder.
        lost: dollars lost by scratches and unwinds, 0 or more.
    """

    attempts: int = 0
    units: int = 0
    completed: int = 0
    hung: int = 0
    lost: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.completed <= self.units and 0 <= self.hung <= self.units):
            raise ValueError(
                f"{self.completed} completed and {self.hung} hung of {self.units} units: neither "
                "may be more than the units"
            )

    def __add__(self, other: Conduct) -> Conduct:
        return Conduct(
            self.attempts + other.attempts,
            self.units + other.units,
            self.completed + other.completed,
            self.hung + other.hung,
            self.lost + other.lost,
        )

    def __sub__(self, other: Conduct) -> Conduct:
        return Conduct(
            self.attempts - other.attempts,
            self.units - other.units,
            self.completed - other.completed,
            self.hung - other.hung,
            max(0.0, self.lost - other.lost),
        )


def signs_of_harm(before: Conduct, after: Conduct, loss_room: float) -> tuple[str, ...]:
    """Sentences that speak against the arm after; empty where none does.

    Hung units and losses are compared by unit, so that neither the arm used more often nor the one
    that fills more often looks worse: what more fills are worth, dollars say.

    Args:
        before, after: the arms; `before` is the value in force.
        loss_room: dollars that the desk may lose; 0 or less where it has no such limit.
    """
    return (
        *_hung_more(before, after),
        *_completed_less(after),
        *_lost_much(before, after, loss_room),
    )


def harm_shown(before: Conduct, after: Conduct, loss_room: float) -> tuple[str, ...]:
    """The signs that a trial is ended for: those that a coin would rarely have dealt one arm.

    A trial is looked at after every cycle. By the counts alone, two of five trials of what harms
    nobody would end so. A loss needs no proof.

    Args:
        before, after, loss_room: see `signs_of_harm`.
    """
    signs = []
    if beyond_chance(after.hung, before.hung, after.units, before.units):
        signs += _hung_more(before, after)
    failed = after.units - after.completed, before.units - before.completed
    if beyond_chance(*failed, after.units, before.units):
        signs += _completed_less(after)
    return (*signs, *_lost_much(before, after, loss_room))


def beyond_chance(
    after: int, before: int, units_after: int, units_before: int, error: float = HARM_ERROR
) -> bool:
    """Whether more bad units fell to one of two arms than its share of units, looked at any time.

    The likelihood that each falls to the arm after with a probability above its share of all
    units, uniformly mixed, against that share: a martingale without an effect while the share
    stays (Ville's inequality). Shares settle within the first units of a trial.

    Args:
        after, before: bad units of each arm.
        units_after, units_before: all units of each arm.
        error: of ever saying so without an effect.
    """
    if not before and not units_before:
        return False
    share = units_after / (units_after + units_before)
    n = after + before
    if after <= share * n:
        return False
    log_beta = math.lgamma(after + 1) + math.lgamma(before + 1) - math.lgamma(n + 2)
    tail = sum(
        math.comb(n + 1, k) * share**k * (1.0 - share) ** (n + 1 - k) for k in range(after + 1)
    )
    log_even = after * math.log(share) + before * math.log(1.0 - share)
    log_mixed = log_beta + math.log(tail) - math.log(1.0 - share)
    return log_mixed - log_even >= math.log(1 / error)


def _hung_more(before: Conduct, after: Conduct) -> list[str]:
    allowed = HUNG_FACTOR * before.hung * after.units / max(before.units, 1)
    if after.hung < HUNG_FROM or after.hung <= allowed:
        return []
    return [
        f"{after.hung} of {after.units} units hung, more than {HUNG_FACTOR:g} times as "
        f"often as before ({before.hung} of {before.units})."
    ]


def _completed_less(after: Conduct) -> list[str]:
    if after.units < COMPLETION_FROM or after.completed >= COMPLETION_FLOOR * after.units:
        return []
    return [
        f"{after.completed} of {after.units} units were completed, below {COMPLETION_FLOOR:.0%}."
    ]


def _lost_much(before: Conduct, after: Conduct, loss_room: float) -> list[str]:
    """A quarter of a day's loss room lost beyond what the value in force loses on as many units."""
    usual = before.lost * after.units / before.units if before.units else 0.0
    if loss_room <= 0 or after.lost - usual <= LOSS_SHARE * loss_room:
        return []
    return [
        f"{after.lost:,.2f} $ were lost where the value before loses {usual:,.2f} $, which is more "
        f"by over {LOSS_SHARE:.0%} of the loss room of {loss_room:,.2f} $."
    ]
