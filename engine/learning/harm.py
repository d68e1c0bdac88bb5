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
_NEGLIGIBLE: Final = 1e-17

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
        lost: dollars lost by cycles that were sold back or completed below zero, 0 or more.
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
    if after * units_before <= before * units_after:
        return False
    return log_evidence(after, before, units_after, units_before) >= math.log(1 / error)


def log_evidence(after: int, before: int, units_after: int, units_before: int) -> float:
    """The logarithm of the mixed likelihood over that of the share of units.

    In logarithms throughout, and the tail of the binomial distribution from its small side: a
    trial of many days has tens of thousands of units.

    Args:
        after, before, units_after, units_before: see `beyond_chance`; both arms have units, and
            the arm after has more bad ones than its share.
    """
    n, units = after + before, units_after + units_before
    log_share, log_rest = math.log(units_after / units), math.log(units_before / units)
    log_beta = math.lgamma(after + 1) + math.lgamma(before + 1) - math.lgamma(n + 2)
    log_tail = math.log1p(-_more_than(after, n + 1, log_share, log_rest))
    log_mixed = log_beta + log_tail - log_rest
    return log_mixed - (after * log_share + before * log_rest)


def _more_than(k: int, n: int, log_share: float, log_rest: float) -> float:
    """The probability of more than k of n, where k + 1 is n times the share or more.

    From there each term is smaller than the one before, and few are worth adding.
    """
    if k >= n:
        return 0.0
    log_ways = math.lgamma(n + 1) - math.lgamma(k + 2) - math.lgamma(n - k)
    term = math.exp(log_ways + (k + 1) * log_share + (n - k - 1) * log_rest)
    odds, total = math.exp(log_share - log_rest), 0.0
    for each in range(k + 1, n + 1):
        total += term
        term *= odds * (n - each) / (each + 1)
        if term <= total * _NEGLIGIBLE:
            break
    return total


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
        f"{after.lost:,.2f} $ were lost, {after.lost - usual:,.2f} $ more than the value before "
        f"loses on as many units: over {LOSS_SHARE:.0%} of the loss room of {loss_room:,.2f} $."
    ]
