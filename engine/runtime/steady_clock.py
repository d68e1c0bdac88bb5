"""A wall clock that somebody sets: its steps are held back until the desk believes them."""

from __future__ import annotations

from typing import Final

from engine.market.clock import Clock

STEP_S: Final = 1.0
"""Seconds by which the wall clock may be off at once and is followed: corrections of the system's
time service are smaller."""

_TOGETHER_S: Final = 0.1
_TRIES: Final = 3


class SteadyClock:
    """A clock whose wall time goes on evenly while the one below it was set.

    The two readings of the clock below drift apart only where somebody sets the wall clock, or
    where the machine's timers stood still: nobody can say which from here. Until `follow` the time
    goes on as before, so that no phase, close or date comes of a clock that may be wrong.

    Args:
        real: the clock to read; any of its steps before `begin` and after `end` is followed.

    Attributes:
        step_s: how far the wall clock was set from the time that holds, seconds; 0.0 where it is
            that time. Brought up to date by `epoch_s`.
    """

    def __init__(self, real: Clock) -> None:
        self._real = real
        self._ahead_s = real.epoch_s() - real.now_s()
        self._holding = False
        self.step_s = 0.0

    def now_s(self) -> float:
        """Monotonic seconds from an arbitrary zero."""
        return self._real.now_s()

    def epoch_s(self) -> float:
        """The time that holds, seconds since 1970-01-01 UTC."""
        now_s, wall_s, together = self._read()
        off_s = wall_s - now_s - self._ahead_s
        if not together and self._holding:
            return now_s + self._ahead_s
        if abs(off_s) <= STEP_S or not self._holding:
            self._ahead_s += off_s
            self.step_s = 0.0
            return wall_s
        self.step_s = off_s
        return now_s + self._ahead_s

    def begin(self) -> None:
        """Hold steps back from here on."""
        self.epoch_s()
        self._holding = True

    def end(self) -> None:
        """Follow the wall clock wherever it goes again."""
        self._holding = False

    def follow(self) -> None:
        """Believe the wall clock as it is now."""
        self._holding = False
        self.begin()

    def _read(self) -> tuple[float, float, bool]:
        """Both readings, and whether they are of one moment.

        A process that is stopped between them would take the pause for a step.
        """
        for _ in range(_TRIES):
            before_s, wall_s, now_s = (
                self._real.now_s(),
                self._real.epoch_s(),
                self._real.now_s(),
            )
            if now_s - before_s < _TOGETHER_S:
                return now_s, wall_s, True
        return now_s, wall_s, False
