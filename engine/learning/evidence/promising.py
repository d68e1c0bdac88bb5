"""What is promising: enough blocks, compared within strata, a gain worth having, no harm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.learning.estimators import Z95
from engine.learning.evidence.contrasts import BlockContrast
from engine.learning.harm import Conduct, signs_of_harm

ERROR: Final = 0.20
"""Two-sided error of all looks together: intervals are of 80 % before it is shared."""

FIRST_PAIRS: Final = 8
FIRST_OTHER_HOURS: Final = 6
LEAST_OVERLAP: Final = 0.60

SMALLEST_SHARE: Final = 0.05
SMALLEST_DOLLARS: Final = 1.0


def smallest_effect(dollars_per_trader_hour: float) -> float:
    """The smallest gain worth having, dollars a trader-hour: 5 % of the present ones, at least 1 $.

    Args:
        dollars_per_trader_hour: what the desk makes now; frozen once it is known well enough.
    """
    return max(SMALLEST_SHARE * dollars_per_trader_hour, SMALLEST_DOLLARS)


def arm_look(pairs: int) -> int:
    """How many looks two arms have reached; 0 before the first.

    Args:
        pairs: blocks in which both were tried; looks are due at 8, 16, 32 ... of them. However
            many attempts one quarter hour holds, it is one block.
    """
    return (pairs // FIRST_PAIRS).bit_length()


def hour_look(other_hours: int) -> int:
    """How many looks an exchange hour that is over has reached; 0 before the first.

    Args:
        other_hours: hours besides it in the sessions in which it was traded; looks are due at
            6, 12, 24 ... of them, so that every hour of a whole session is judged when it ends.
    """
    return (other_hours // FIRST_OTHER_HOURS).bit_length()


def look_error(look: int, comparisons: int = 1, total: float = ERROR) -> float:
    """The two-sided error that a look may spend; those of all looks add up to `total`.

    Source: 1 / (j (j + 1)) adds up to 1 over all j, and spends two thirds on the two looks of a
    day; Bonferroni's inequality for comparisons.

    Raises:
        ValueError: look or comparisons below 1.
    """
    if look < 1 or comparisons < 1:
        raise ValueError(f"look {look} of {comparisons} comparisons: both count from 1")
    return total / (look * (look + 1)) / comparisons


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look found.

    Args:
        promising: whether a trial may be started with one key.
        contrast: the difference that was looked at, as it was then.
        against: sentences that say what is missing; empty where it is promising.
        z: normal quantile of the error of the contrast's interval.
    """

    promising: bool
    contrast: BlockContrast
    against: tuple[str, ...]
    z: float = Z95


def judge(
    contrast: BlockContrast, smallest: float, conduct: tuple[Conduct, Conduct], loss_room: float
) -> Finding:
    """Whether a contrast that was taken at a look is promising.

    Args:
        contrast: of the arms' dollars, with the interval that the look may use.
        smallest: the smallest gain worth having, in the contrast's unit.
        conduct: of both arms' cycles, before and after.
        loss_room: dollars that the desk may lose; 0 or less where it has no such limit.
    """
    against = list(signs_of_harm(*conduct, loss_room))
    if contrast.overlap < LEAST_OVERLAP:
        against.append(
            f"{contrast.overlap:.0%} of attempts lie where both were tried, of "
            f"{LEAST_OVERLAP:.0%} needed."
        )
    gap = contrast.difference
    if gap is None:
        against.append("The arms met in too few blocks to be compared.")
        return Finding(False, contrast, tuple(against))
    unit = f"$ a{'n' if contrast.per == 'attempt' else ''} {contrast.per}"
    if gap.low <= 0:
        against.append(
            f"The interval of blocks is {gap.low:+,.2f} to {gap.high:+,.2f} {unit}: no gain is "
            "shown yet."
        )
    if gap.effect < smallest:
        against.append(
            f"The gain is {gap.effect:+,.2f} {unit}; the smallest worth having is {smallest:,.2f}."
        )
    return Finding(not against, contrast, tuple(against))
