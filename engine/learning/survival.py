"""How long fills take when orders are cancelled before some of them would have filled."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from engine.learning.estimators import Difference, wilson

LONGEST_MS = 10_000
"""Longer times are counted as this one: our orders do not work longer."""

Counts = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class FillTimes:
    """Counts per whole millisecond from WORKING: of fills, and of waits that ended without one."""

    fills: Counts
    waits: Counts

    @property
    def filled(self) -> int:
        """Attempts that filled at a known time."""
        return sum(self.fills.values())

    @property
    def watched(self) -> int:
        """All attempts whose time is known, filled or not."""
        return self.filled + sum(self.waits.values())


@dataclass(frozen=True, slots=True)
class FillCurve:
    """The fraction of attempts filled by each time, as steps.

    Args:
        times_s: ascending seconds from WORKING, the first 0.
        filled: fraction of attempts filled by then, were none cancelled earlier.
        attempts, censored: attempts behind it, and those of them that never filled.
    """

    times_s: tuple[float, ...]
    filled: tuple[float, ...]
    attempts: int
    censored: int


def kaplan_meier(times: FillTimes, most_points: int = 100) -> FillCurve:
    """The Kaplan-Meier estimate of time to fill; a cancelled order counts as "not until then".

    Args:
        times: counts per millisecond; a fill and a wait of the same length count the fill first.
        most_points: steps kept, evenly spaced over the steps there are.
    """
    watched = times.watched
    steps = ended_by(times.fills, times.waits)
    points = [(0.0, 0.0), *((ms / 1000, share) for ms, share in steps)]
    if len(points) > most_points:
        last = len(points) - 1
        points = [points[round(i * last / (most_points - 1))] for i in range(most_points)]
    return FillCurve(
        tuple(p[0] for p in points),
        tuple(p[1] for p in points),
        watched,
        watched - times.filled,
    )


def ended_by(ended: Counts, given_up: Counts) -> list[tuple[int, float]]:
    """The share of waits that ended by each time at which one did, were none given up.

    What ends and is given up at the same time ended first.

    Source: the product-limit estimate, Kaplan and Meier, 1958.

    Args:
        ended, given_up: counts by millisecond.
    """
    at_risk = sum(ended.values()) + sum(given_up.values())
    remaining = 1.0
    steps: list[tuple[int, float]] = []
    for ms in sorted({*ended, *given_up}):
        ending = ended.get(ms, 0)
        if ending:
            remaining *= 1 - ending / at_risk
            steps.append((ms, 1 - remaining))
        at_risk -= ending + given_up.get(ms, 0)
    return steps


def percentile_ms(fills: Counts, fraction: float) -> int | None:
    """sorted[min(int(fraction x n), n - 1)] of all fill times; None without fills."""
    n = sum(fills.values())
    if not n:
        return None
    rank = min(int(fraction * n), n - 1)
    for ms, many in sorted(fills.items()):
        rank -= many
        if rank < 0:
            return ms
    raise AssertionError("the ranks of all fill times add up to n")


@dataclass(frozen=True, slots=True)
class CancelEffect:
    """The effect that another cancel time would have had on the timed attempts.

    Args:
        per_hour: fills an hour of one trader, after minus before.
        attempts: those whose outcome under both times is known.
        unknown: those cancelled before the present limit, which are left out.
        filled_before, filled_after: fills among `attempts` by either limit.
        hourly_before, hourly_after: fills an hour of one trader under either.
    """

    per_hour: Difference
    attempts: int
    unknown: int
    filled_before: int
    filled_after: int
    hourly_before: float
    hourly_after: float


def mean_wait_s(times: FillTimes, attempts: int, seconds: float, otherwise_s: float) -> float:
    """Seconds from one attempt to the next, as they passed: a trader waits for its hedge, too.

    Args:
        times: how long attempts worked.
        attempts, seconds: how many there were, and the traders' time that they took, wait and work.
        otherwise_s: where none tells.
    """
    if not attempts or not times.watched or seconds <= 0:
        return otherwise_s
    worked_ms = sum(ms * n for counts in (times.fills, times.waits) for ms, n in counts.items())
    return max(0.0, seconds / attempts - worked_ms / times.watched / 1000)


def cancel_effect(
    times: FillTimes, before_ms: int, after_ms: int, mean_delay_s: float, z: float
) -> CancelEffect | None:
    """Compare an earlier cancel with the present one on the same attempts.

    An earlier cancel loses the fills that came later, a share `lost` of the attempts, and takes
    less time for the `kept` ones: the gain in fills a second is kept x (1 / seconds after - 1 /
    seconds before) - lost / seconds before. Its interval is built from the Wilson intervals of
    both shares. That of a mean of scores, which needs no shares, is far too narrow where few late
    fills were seen: it takes a share of none for a certainty.

    Source: the method of variance estimates recovery, Zou and Donner 2008, on Wilson's intervals.

    Args:
        times: as observed.
        before_ms, after_ms: the present and the earlier cancel time.
        mean_delay_s: mean seconds between attempts.
        z: normal quantile of the interval.

    Returns:
        None where after is not earlier (what a cancelled order would have done is unknown), or
        where no attempt was timed.
    """
    if after_ms >= before_ms:
        return None
    rows = [(ms, n) for ms, n in times.fills.items()]
    known_waits = sum(n for ms, n in times.waits.items() if ms >= before_ms)
    unknown = sum(n for ms, n in times.waits.items() if ms < before_ms)
    attempts = sum(n for _, n in rows) + known_waits
    if not attempts:
        return None

    def hourly(limit_ms: int) -> float:
        """Attempts an hour of one trader under a cancel time."""
        waited = sum(min(ms, limit_ms) * n for ms, n in rows) + limit_ms * known_waits
        return 3600 / (mean_delay_s + waited / attempts / 1000)

    before, after = hourly(before_ms), hourly(after_ms)
    filled_before = sum(n for ms, n in rows if ms <= before_ms)
    filled_after = sum(n for ms, n in rows if ms <= after_ms)
    kept, lost = filled_after / attempts, (filled_before - filled_after) / attempts
    kept_low, kept_high = wilson(filled_after, attempts, z)
    lost_low, lost_high = wilson(filled_before - filled_after, attempts, z)
    more = after - before
    effect = kept * more - lost * before
    return CancelEffect(
        Difference(
            effect,
            effect - math.hypot((kept - kept_low) * more, (lost_high - lost) * before),
            effect + math.hypot((kept_high - kept) * more, (lost - lost_low) * before),
        ),
        attempts,
        unknown,
        filled_before,
        filled_after,
        filled_before / attempts * before,
        filled_after / attempts * after,
    )
