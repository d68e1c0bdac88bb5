"""Times that the screen measures itself: how late its timer is, how long a warm-up still takes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

BEATS_KEPT = 240
"""Beats of the screen's timer over which its lag is told: a minute."""

WATCHED_S = 3.0
"""Real seconds for which a warm-up is watched before it is said how long it will still take."""

WATCHED_OVER_S = 15.0
"""Real seconds over which its pace is measured: it begins slowly, and slows as orders come."""


@dataclass(slots=True)
class TimerLag:
    """How late the screen's own timer was in the last minute.

    Args:
        lag: its 99th percentile and its worst, seconds; None before it has come twice.
    """

    lag: tuple[float, float] | None = None
    _late: deque[float] = field(default_factory=lambda: deque(maxlen=BEATS_KEPT))
    _beats: float = 0.0

    def came(self, now_s: float, every_s: float) -> None:
        """The screen's timer has come at `now_s`, where it should come every `every_s` seconds."""
        if self._beats:
            self._late.append(max(0.0, now_s - self._beats - every_s))
            late = sorted(self._late)
            self.lag = late[int(0.99 * (len(late) - 1))], late[-1]
        self._beats = now_s


@dataclass(slots=True)
class WarmUpPace:
    """How fast a warm-up went lately."""

    _watched: deque[tuple[float, float]] = field(default_factory=deque)

    def left_s(self, now_s: float, progress: float) -> float | None:
        """Real seconds until the warm-up is done, as fast as it went lately.

        None before it has been watched for long enough to say.
        """
        seen = self._watched
        if seen and progress < seen[-1][1]:
            seen.clear()
        seen.append((now_s, progress))
        while now_s - seen[0][0] > WATCHED_OVER_S and len(seen) > 2:
            seen.popleft()
        took_s, done = now_s - seen[0][0], progress - seen[0][1]
        return (1.0 - progress) * took_s / done if took_s >= WATCHED_S and done > 0.0 else None
