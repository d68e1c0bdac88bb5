"""The plan of a trial: which block gets which arm, and how long a verdict takes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from engine.learning.trials.sequence import Paired, best_rho, excludes

WEEKLY_ERROR: Final = 0.05
"""Probability that a desk keeps anything without an effect in a week."""

FIRST_PAIRS: Final = 5
SHORTEST_BLOCK: Final = 20
MOST_SESSIONS: Final = 20
POWER: Final = 0.80
MOST_PAIRS: Final = 1 << 40


def trial_error(number: int) -> float:
    """The error of the trial that is the desk's first, second ... of its week.

    1 / (k (k + 1)) of the week's 5 %: however many are started, they err in 5 % together.

    Raises:
        ValueError: the number is below 1.
    """
    if number < 1:
        raise ValueError(f"trial {number} of the week: they count from 1")
    return WEEKLY_ERROR / (number * (number + 1))


@dataclass(frozen=True, slots=True)
class TrialPlan:
    """What is fixed before the first pair, and does not change while the trial runs.

    Args:
        smallest: the smallest gain worth having, dollars a trader-hour.
        rho: of the confidence sequence.
        error: probability of keeping without an effect.
        block_attempts: attempts of a block; 1 where a coin decides each attempt.
        most_pairs: pairs after which time is up.
        rate: dollars a trader-hour under the value in force, from the evidence before.
        block_seconds: that a block takes of its traders' time, summed, above 0.
        first_pairs: pairs before which nothing is decided but harm.
    """

    smallest: float
    rho: float
    error: float
    block_attempts: int
    most_pairs: int
    rate: float
    block_seconds: float
    first_pairs: int = FIRST_PAIRS

    def __post_init__(self) -> None:
        if self.block_attempts != 1 and self.block_attempts < SHORTEST_BLOCK:
            raise ValueError(
                f"a block has {self.block_attempts} attempts; it needs {SHORTEST_BLOCK} or more, "
                "or 1 where a coin decides each attempt"
            )
        if self.first_pairs < FIRST_PAIRS:
            raise ValueError(f"the first look is at {self.first_pairs} pairs, before {FIRST_PAIRS}")
        if not (self.smallest > 0 and self.rho > 0 and 0 < self.error < 0.5):
            raise ValueError(
                f"smallest {self.smallest}, rho {self.rho} and error {self.error} must be above "
                "0, error below 0.5"
            )
        if not (0 < self.block_seconds < math.inf and math.isfinite(self.rate)):
            raise ValueError(
                f"block_seconds {self.block_seconds} must be above 0, rate {self.rate} a number"
            )


@dataclass(frozen=True, slots=True)
class TrialLength:
    """How long a trial of a given effect takes.

    Args:
        pairs, attempts: of both arms, after which four of five such trials have a verdict.
        sessions: at the present attempts a session.
    """

    pairs: int
    attempts: int
    sessions: int

    @property
    def too_long(self) -> bool:
        """Whether it needs more sessions than a trial may be started for with one key."""
        return self.sessions > MOST_SESSIONS


def pair_deviation(attempt: float, block_attempts: int, block: float = 0.0) -> float:
    """The standard deviation of a pair's difference.

    Args:
        attempt: standard deviation of dollars between attempts of a block.
        block_attempts: attempts of a block.
        block: standard deviation between blocks' means beyond what their attempts explain: what
            spells add.
    """
    return math.sqrt(2 * (attempt * attempt / block_attempts + block * block))


def pairs_needed(effect: float, deviation: float, error: float, power: float = POWER) -> int:
    """Pairs after which the sequence excludes 0 with this probability.

    Differences are taken as normal about the effect, and rho as the best for the answer.

    Args:
        effect: true mean of the differences.
        deviation: their standard deviation.
        error: of one side.
        power: probability of a verdict by then.

    Raises:
        ValueError: effect or deviation are not above 0.
    """
    if not (effect > 0 and deviation > 0):
        raise ValueError(f"effect {effect} and deviation {deviation} must be above 0")
    worse = NormalDist().inv_cdf(power)

    def enough(n: int) -> bool:
        squares = n * (deviation**2 + effect**2)
        total = n * effect - worse * deviation * math.sqrt(n)
        pairs = Paired(n, total, squares)
        return excludes(pairs, 0.0, best_rho(squares, error), error) == 1

    high = FIRST_PAIRS
    while not enough(high):
        high *= 2
        if high > MOST_PAIRS:
            return high
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle
    return max(high, FIRST_PAIRS)


def trial_length(
    effect: float, deviation: float, error: float, block_attempts: int, a_session: int
) -> TrialLength:
    """How long a trial takes until its verdict.

    Args:
        effect: what it should find, dollars a trader-hour.
        deviation: standard deviation of a pair's difference.
        error: of one side.
        block_attempts: attempts of a block.
        a_session: attempts a session of the traders concerned, 1 or more.
    """
    pairs = pairs_needed(effect, deviation, error)
    attempts = 2 * block_attempts * pairs
    return TrialLength(pairs, attempts, -(-attempts // max(a_session, 1)))


def planned(
    smallest: float,
    deviation: float,
    error: float,
    block_attempts: int,
    *,
    rate: float,
    block_seconds: float,
    expected: float = 0.0,
    longest: float = 2.0,
) -> TrialPlan:
    """The plan for finding the gain that is expected, or the smallest worth having.

    Args:
        smallest: worth having, dollars a trader-hour, above 0.
        deviation: standard deviation of a pair's difference, from the evidence so far.
        error: of one side.
        block_attempts: attempts of a block.
        rate, block_seconds: see TrialPlan.
        expected: the gain that speaks for the trial at least, dollars a trader-hour; the plan is
            for the smallest where that is more. It decides how long the trial runs, not what is
            kept.
        longest: time is up after so many times the pairs that a verdict needs.
    """
    pairs = pairs_needed(max(smallest, expected), deviation, error)
    rho = best_rho(pairs * deviation**2, error)
    most = math.ceil(longest * pairs)
    return TrialPlan(smallest, rho, error, block_attempts, most, rate, block_seconds)
