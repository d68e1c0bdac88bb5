"""The only place that reads a clock: real time, or time that a simulation moves."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Final, Protocol


class Clock(Protocol):
    """Two readings: `now_s` for every timer, `epoch_s` for the session and the journal."""

    def now_s(self) -> float:
        """Monotonic seconds from an arbitrary zero."""
        ...

    def epoch_s(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        ...


class WaitingClock(Clock, Protocol):
    """A clock on whose time threads can wait."""

    def wait(self, condition: threading.Condition, timeout_s: float | None) -> None:
        """Wait on a held condition until notified or `timeout_s` has passed."""
        ...


_MONOTONIC: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)
"""Linux's clock that runs on while the machine sleeps, so timers due meanwhile fire at once."""


class SystemClock:
    """The machine's clock. Timers are monotonic; the wall clock is read for the session only.

    Where the system has such a clock, timers include the time that the machine sleeps.
    """

    def now_s(self) -> float:
        """Monotonic seconds from an arbitrary zero."""
        return time.monotonic() if _MONOTONIC is None else time.clock_gettime(_MONOTONIC)

    def epoch_s(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        return time.time()

    def wait(self, condition: threading.Condition, timeout_s: float | None) -> None:
        """Wait on a held condition until notified or `timeout_s` has passed."""
        condition.wait(timeout_s)


class SessionClock:
    """Real time shifted to another day, perhaps faster: a session that can be held at any hour.

    Both readings are the same number, which never goes back.

    Args:
        at_s: reading of the real monotonic clock at which the session's time is `epoch_s`.
        epoch_s: that time, seconds since 1970-01-01 UTC.
        speed: session seconds a real second.
        real: where real time is read; processes of one machine share it.
    """

    def __init__(
        self, at_s: float, epoch_s: float, speed: float = 1.0, real: Clock | None = None
    ) -> None:
        self.at_s = at_s
        self.starts_s = epoch_s
        self.speed = speed
        self._real = real or SystemClock()

    def now_s(self) -> float:
        """The session's time; the same number as `epoch_s`."""
        return self.starts_s + (self._real.now_s() - self.at_s) * self.speed

    def epoch_s(self) -> float:
        """Seconds since 1970-01-01 UTC, in the session's time."""
        return self.now_s()

    def ahead_of_s(self, other: SessionClock) -> float:
        """Seconds by which this session's time is later than another's of the same speed."""
        return self.starts_s - other.starts_s - (self.at_s - other.at_s) * self.speed


class VirtualClock:
    """Time that moves only when told to: for simulation, replay and tests.

    Args:
        start_epoch_s: seconds since 1970-01-01 UTC at which it begins. Timers read the same
            number, so a run is the same whatever machine it runs on.
    """

    def __init__(self, start_epoch_s: float) -> None:
        self._s = float(start_epoch_s)

    def now_s(self) -> float:
        """The present moment; the same number as `epoch_s`."""
        return self._s

    def epoch_s(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        return self._s

    def move_to(self, epoch_s: float) -> None:
        """Move forward to `epoch_s`; earlier moments are ignored, as time never runs backwards."""
        if epoch_s > self._s:
            self._s = epoch_s


def utc(epoch_s: float) -> datetime:
    """An aware UTC datetime for seconds since 1970."""
    return datetime.fromtimestamp(epoch_s, UTC)
