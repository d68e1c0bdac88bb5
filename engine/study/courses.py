"""How an arm's days went: dollars by exchange hour, and how long debits and units waited.

The unit is the day, as everywhere in a study: each day has a figure or an estimate of its own, and
what is told is their mean, with Student's interval over days.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Final

from engine.learning.student import t_quantile
from engine.learning.survival import Counts, ended_by
from engine.runtime.watch.gate_looks import LOOK_S
from engine.study.running import Row
from engine.study.waiting_times import STEPS_MS

CONFIDENCE: Final = 0.95
"""Of the bands, at each waiting time by itself."""

LEAST_WATCHED: Final = 20
"""A curve goes on while one wait of so many still lasts: few of them make it leap."""

Runs = Sequence[Row]
"""The desk's rows of one day, one for each seed of it."""


@dataclass(frozen=True, slots=True)
class WaitCurve:
    """The share of waits that ended with what was waited for by each time, were none given up.

    Args:
        times_s: ascending seconds, the first 0.
        share: mean over days of their Kaplan-Meier estimates.
        low, high: Student's 95 % band over days, at each time by itself; None below two days.
        waits, ended: how many there were, and how many of them ended so.
        days: with a wait.
    """

    times_s: tuple[float, ...]
    share: tuple[float, ...]
    low: tuple[float, ...] | None
    high: tuple[float, ...] | None
    waits: int
    ended: int
    days: int


def usd_by_hour(days: Sequence[Runs]) -> dict[int, float]:
    """Floor dollars a trader-hour by exchange hour, means over the days that were open then.

    Args:
        days: the runs of each day.
    """
    rates: dict[int, list[float]] = {}
    for runs in days:
        looks, floor_c = _summed(runs, "hour_looks"), _summed(runs, "hour_floor_c")
        for hour, count in looks.items():
            if count:
                usd_per_hour = floor_c[hour] / 100 / (count * LOOK_S / 3600)
                rates.setdefault(hour, []).append(usd_per_hour)
    return {hour: fmean(rates[hour]) for hour in sorted(rates)}


def time_to_fill(days: Sequence[Runs]) -> WaitCurve | None:
    """Of debits from WORKING; a cancelled one counts as not filled until then. None without one."""
    return _curve([(_summed(runs, "fill_times"), _summed(runs, "waits")) for runs in days])


def time_to_hedge(days: Sequence[Runs]) -> WaitCurve | None:
    """Of units from their first execution; what was given up counts as not hedged until then."""
    return _curve([(_summed(runs, "hedges"), _summed(runs, "unhedged")) for runs in days])


def _summed(runs: Runs, name: str) -> Counter[int]:
    total: Counter[int] = Counter()
    for row in runs:
        total.update(getattr(row, name))
    return total


def _curve(days: Sequence[tuple[Counter[int], Counter[int]]]) -> WaitCurve | None:
    """The mean of the days' estimates at every time at which something ended."""
    watched = [(ended, given_up) for ended, given_up in days if ended or given_up]
    if not watched:
        return None
    all_ended = sum((ended for ended, _ in watched), Counter[int]())
    all_given_up = sum((given_up for _, given_up in watched), Counter[int]())
    until_ms = _watched_until(all_ended + all_given_up)
    times_ms = [0, *sorted(ms for ms in {*all_ended, until_ms} if 0 < ms <= until_ms)]
    estimates = [_estimate(ended, given_up) for ended, given_up in watched]
    low: list[float] = []
    high: list[float] = []
    share: list[float] = []
    for ms in times_ms:
        values = [estimate(ms) for estimate in estimates]
        mean = fmean(values)
        half = 0.0
        if len(values) > 1:
            quantile = t_quantile((1 + CONFIDENCE) / 2, len(values) - 1)
            half = quantile * stdev(values) / math.sqrt(len(values))
        share.append(mean)
        low.append(max(0.0, mean - half))
        high.append(min(1.0, mean + half))
    banded = len(estimates) > 1
    return WaitCurve(
        tuple(_told_s(ms) for ms in times_ms),
        tuple(share),
        tuple(low) if banded else None,
        tuple(high) if banded else None,
        all_ended.total() + all_given_up.total(),
        all_ended.total(),
        len(estimates),
    )


def _told_s(ms: int) -> float:
    """Seconds by which all of a step had ended: a coarse step is told at its end, never early."""
    step = next((step for below_ms, step in STEPS_MS if ms < below_ms), STEPS_MS[-1][1])
    return (ms if step == STEPS_MS[0][1] else ms + step) / 1000


def _watched_until(waits: Counts) -> int:
    """The millisecond until which enough still wait."""
    left = sum(waits.values())
    least = left / LEAST_WATCHED
    until_ms = 0
    for ms in sorted(waits):
        if left < least:
            break
        until_ms, left = ms, left - waits[ms]
    return until_ms


def _estimate(ended: Counts, given_up: Counts) -> Callable[[int], float]:
    """The Kaplan-Meier estimate of one day."""
    steps = ended_by(ended, given_up)

    def by(ms: int) -> float:
        return max((share for at, share in steps if at <= ms), default=0.0)

    return by
