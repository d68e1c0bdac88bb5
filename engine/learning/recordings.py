"""What may be recorded of an attempt: everything else is refused with a sentence."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Final, NamedTuple, TypeGuard

DELAYS: Final = ("short", "medium", "long")
MOST_CONTRACTS: Final = 1000


class Attempt(NamedTuple):
    """An attempt whose figures make sense.

    Args:
        contracts: ordered.
        hour: exchange hour.
        delay: its category.
        filled: contracts filled, 0 for none.
        time_ms: until the first execution, or until the cancel where nothing filled; None where
            it is not counted.
    """

    contracts: int
    hour: int
    delay: str
    filled: int
    time_ms: float | None


def checked_attempt(
    contracts: object,
    hour: object,
    delay: object,
    filled: object,
    filled_contracts: object,
    time_ms: object,
) -> Attempt:
    """An attempt from figures that anyone may have passed.

    Args:
        contracts, hour, delay, filled, filled_contracts: see OptimizationMetrics.record_attempt.
        time_ms: the fill time of a fill, the wait of an attempt without one.

    Raises:
        ValueError: one of them makes no sense; names it.
    """
    ordered = checked_contracts(contracts)
    if not whole(hour) or not 0 <= hour <= 23:
        raise _refused("hour", hour, "an exchange hour, a whole number of 0 to 23")
    if not isinstance(delay, str) or delay not in DELAYS:
        raise _refused("delay_category", delay, "'short', 'medium' or 'long'")
    if filled not in (True, False):
        raise _refused("filled", filled, "True or False")
    lots = filled_contracts
    if lots is None:
        lots = ordered if filled else 0
    least, most = (1, ordered) if filled else (0, 0)
    if not whole(lots) or not least <= lots <= most:
        needed = f"a whole number of 1 to {ordered}" if filled else "0 where nothing filled"
        raise _refused("filled_contracts", lots, needed)
    if time_ms is not None and not (finite(time_ms) and time_ms >= 0):
        raise _refused("its time", time_ms, "milliseconds of 0 or more")
    return Attempt(ordered, int(hour), delay, int(lots), time_ms)


def checked_contracts(contracts: object) -> int:
    """Contracts of one order; raises ValueError where they cannot be."""
    if not whole(contracts) or not 1 <= contracts <= MOST_CONTRACTS:
        raise _refused("contracts", contracts, f"a whole number of 1 to {MOST_CONTRACTS}")
    return int(contracts)


def checked_profit(profit: object) -> float:
    """Dollars of a completed cycle; raises ValueError where it is not a finite number."""
    if not finite(profit):
        raise _refused("profit", profit, "dollars")
    return float(profit)


def whole(value: object) -> TypeGuard[int]:
    """Whether a value is a whole number; True and False are not."""
    return not isinstance(value, bool) and isinstance(value, Integral)


def finite(value: object) -> TypeGuard[float]:
    """Whether a value is a number with an amount: not NaN, not infinite, not True or False."""
    return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value)


def _refused(name: str, value: object, needed: str) -> ValueError:
    return ValueError(f"attempt refused: {name} is {value!r}; it must be {needed}")
