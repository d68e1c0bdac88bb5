"""What the attempts speak for by the specification's rules, and why, setting by setting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from engine.learning.estimators import ArmTally
from engine.learning.metrics import HOUR_FLOOR, HOUR_NEEDS, SIZE_NEEDS, OptimizationMetrics
from engine.runtime.context import DeskContext
from engine.runtime.requests.settings import IN_FORCE, OptimizedSettings, read

SESSION_HOURS: Final = range(9, 16)
"""Exchange hours in which a session has minutes."""


class Suggestion(NamedTuple):
    """Settings, and a sentence for each that says what it rests on.

    Args:
        values: by name; the value in force where the attempts say nothing.
        why: a sentence by setting.
    """

    values: OptimizedSettings
    why: dict[str, str]


def suggestion(context: DeskContext, metrics: OptimizationMetrics) -> Suggestion:
    """What the attempts speak for; the values in force where they say nothing.

    An hour that nobody tried stays allowed; where no hour has the fill rate, hours stay as they
    are. A size beyond the bounds is brought inside.
    """
    sizing, timing = context.config.sizing, context.config.timing
    size, cancel_ms, hours = sizing.current_contracts, timing.cancel_after_seconds * 1000, []
    for trader in list(context.traders.values())[:1]:
        size, cancel_ms, hours = (read(trader, setting) for setting in IN_FORCE)
    size, size_why = _size(context, metrics, size)
    hours, hours_why = _hours(metrics, hours)
    timed = metrics.fill_times().filled
    if timed:
        cancel_ms = metrics.get_optimal_cancel_time_ms()
        cancel_why = f"95th percentile of {timed:,} fill times and 500 ms, at most 5,000"
    else:
        cancel_why = "stays: nothing has filled at a known time yet"
    return Suggestion(
        {
            "optimal_contracts": size,
            "optimal_hours": hours,
            "optimal_cancel_ms": round(cancel_ms) if cancel_ms % 1 == 0 else cancel_ms,
        },
        {
            "optimal_contracts": f"size {size}: {size_why}",
            "optimal_hours": f"hours: {hours_why}",
            "optimal_cancel_ms": f"cancel after {cancel_ms:,.0f} ms: {cancel_why}",
        },
    )


def _size(context: DeskContext, metrics: OptimizationMetrics, now: int) -> tuple[int, str]:
    sizing, limits = context.config.sizing, context.config.limits
    judged = [size for size, tally in metrics.by_size().items() if tally.n >= SIZE_NEEDS]
    if not judged:
        return now, f"stays: no size has {SIZE_NEEDS} attempts yet"
    best = metrics.get_optimal_size()
    most = min(sizing.max_contracts, limits.max_contracts)
    size = min(most, max(sizing.min_contracts, best))
    inside = "" if size == best else f"; {best} is brought inside the bounds"
    several = f" of {len(judged)} sizes" if len(judged) > 1 else ""
    return size, f"the highest fill rate x size{several} with {SIZE_NEEDS} attempts{inside}"


def _hours(metrics: OptimizationMetrics, now: list[int]) -> tuple[list[int], str]:
    good, tried = metrics.get_optimal_hours(), metrics.by_hour()
    if not good:
        if any(_judged(tried, hour) for hour in tried):
            return now, f"they stay: no hour reaches a fill rate of {HOUR_FLOOR:.0%}"
        return now, f"they stay: no hour has {HOUR_NEEDS} attempts yet"
    untried = [hour for hour in SESSION_HOURS if hour not in good and not _judged(tried, hour)]
    if len(good) + len(untried) == len(SESSION_HOURS):
        return [], f"all are allowed: none that was tried fills below {HOUR_FLOOR:.0%}"
    dropped = [f"{hour}:00" for hour in SESSION_HOURS if hour not in good and hour not in untried]
    return good + untried, f"{', '.join(dropped)} filled below {HOUR_FLOOR:.0%}"


def _judged(tried: Mapping[int, ArmTally], hour: int) -> bool:
    return hour in tried and tried[hour].n >= HOUR_NEEDS
