"""Distributions of durations and counts of the last hour, which a screen and a report read."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from engine.orders.narrow_arrays import increased, inserted, narrow

_FINE_MS: Final = 10_000
_COARSE: Final = 3_600


def _step(took_ms: int) -> int:
    """The step of the histogram that a duration lies in, by its lower end; the first from 0."""
    took_ms = max(0, took_ms)
    return took_ms // 10 * 10 if took_ms < _FINE_MS else min(took_ms // 1000, _COARSE) * 1000


class Durations:
    """How long something took, as a bounded histogram: 10 ms steps to 10 s, then 1 s to an hour.

    The median is kept up with each duration: a screen asks for those of many traders at once.
    """

    __slots__ = ("_at", "_below", "_many", "_steps", "count", "worst_ms")

    def __init__(self) -> None:
        self.count = 0
        self.worst_ms = 0
        self._steps: array[int] = narrow()
        self._many: array[int] = narrow()
        self._at = 0
        self._below = 0

    def add(self, took_ms: int) -> None:
        """Count one duration."""
        step = _step(took_ms)
        steps, many = self._steps, self._many
        before = steps[self._at] if steps else step
        at = bisect_left(steps, step)
        if at < len(steps) and steps[at] == step:
            many = self._many = increased(many, at, 1)
        else:
            steps = self._steps = inserted(steps, at, step)
            many = self._many = inserted(many, at, 1)
            if step < before:
                self._at += 1
        self.count += 1
        if took_ms > self.worst_ms:
            self.worst_ms = took_ms
        # `_below` durations lie before the median's step; at most one step is passed each time.
        if step < before:
            self._below += 1
        half = (self.count + 1) // 2
        if half > self._below + many[self._at]:
            self._below += many[self._at]
            self._at += 1
        elif half <= self._below:
            self._at -= 1
            self._below -= many[self._at]

    def take_back(self, took_ms: int) -> None:
        """Uncount a duration that was added; the longest that is left is known to its step."""
        steps, many = self._steps, self._many
        step = _step(took_ms)
        at = bisect_left(steps, step)
        self.count -= 1
        many[at] -= 1
        if not many[at]:
            del steps[at], many[at]
        half = (self.count + 1) // 2
        self._at = self._below = 0
        while self.count and half > self._below + many[self._at]:
            self._below += many[self._at]
            self._at += 1
        longest = steps[-1] if steps else 0
        if took_ms == self.worst_ms or step > longest:
            self.worst_ms = longest

    def median_s(self) -> float | None:
        """The median in seconds, rounded down to its step; None where nothing was counted."""
        return self._steps[self._at] / 1000 if self.count else None

    def steps(self) -> Iterator[tuple[float, int]]:
        """(seconds, how many took that long), shortest first."""
        for step, many in zip(self._steps, self._many, strict=True):
            yield step / 1000, many


class RecentCounts:
    """Counts by stretch of time, of the last stretches alone.

    Args:
        stretches: so many are kept.
    """

    __slots__ = ("_counts", "_newest")

    def __init__(self, stretches: int) -> None:
        self._counts = array("I", [0] * stretches)
        self._newest = 0

    def add(self, stretch: int) -> None:
        """Count one more in a stretch; in one that is too old, nothing.

        Args:
            stretch: its number, 0 or more.
        """
        counts = self._counts
        most = len(counts)
        if stretch > self._newest:
            for each in range(max(self._newest, stretch - most) + 1, stretch + 1):
                counts[each % most] = 0
            self._newest = stretch
        if stretch > self._newest - most:
            counts[stretch % most] += 1

    def up_to(self, stretch: int) -> tuple[int, ...]:
        """The counts of the last stretches up to one, the newest last."""
        counts, newest = self._counts, self._newest
        most = len(counts)
        return tuple(
            counts[each % most] if newest - most < each <= newest else 0
            for each in range(stretch - most + 1, stretch + 1)
        )
