"""The session so far: the desk's and a trader's figures over its time, and what was done when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from engine.learning.estimators import wilson


class DaySample(NamedTuple):
    """The desk's figures at one moment, as its journal has them; money in whole cents.

    at_ms is epoch milliseconds. attempts, fills and orders count the session's; unhedged is debit
    contracts that nothing closed, open_c what they cost; loss_c what the session's finished cycles
    lost (the header also marks open units at quotes, which no journal has); p1, p2 and p3 the
    alarms of each priority, the most that were active at once since the sample before.
    """

    at_ms: int
    floor_c: int
    attempts: int
    fills: int
    unhedged: int
    open_c: int
    loss_c: int
    orders: int
    p1: int
    p2: int
    p3: int


class TraderSample(NamedTuple):
    """One trader's figures at one moment; as in DaySample.

    net is its unhedged contracts; alarms the most, of every priority, that were active at once in
    one of its places since the sample before.
    """

    at_ms: int
    floor_c: int
    attempts: int
    fills: int
    net: int
    open_c: int
    orders: int
    loss_c: int = 0
    alarms: int = 0


class DayMark(NamedTuple):
    """Something that was done or happened: kind is one of MARKS; more counts others of its minute.

    priority is that of an alarm, 0 for anything else.
    """

    at_ms: int
    kind: str
    text: str
    priority: int = 0
    more: int = 0


MARKS = ("start", "end", "phase", "pause", "kill", "trial", "approval", "hold", "alarm")
"""Kinds of marks: a process began or ended, a phase, what an operator stopped or let go on, kill
and its end, trials, what came into force or was taken back, automatic holds, alarms."""


@dataclass(frozen=True, slots=True)
class DayView:
    """The desk's session so far, the oldest first; the same object until it grows.

    loss_c is what its finished cycles have lost by now.
    """

    samples: tuple[DaySample, ...] = ()
    marks: tuple[DayMark, ...] = ()
    loss_c: int = 0


@dataclass(frozen=True, slots=True)
class TraderDayView:
    """One trader's session so far, the oldest first; what it has lost and its alarms by now."""

    samples: tuple[TraderSample, ...] = ()
    marks: tuple[DayMark, ...] = ()
    loss_c: int = 0
    alarms: int = 0


def rate_of(fills: int, attempts: int) -> tuple[float, float, float] | None:
    """The fill rate between two samples and its 95 % interval, fractions; None without attempts.

    Args:
        fills: counted; one that came late belongs to an attempt of before, so that there may be
            more of them than attempts.
        attempts: counted.
    """
    if attempts <= 0:
        return None
    filled = min(fills, attempts)
    return filled / attempts, *wilson(filled, attempts)
