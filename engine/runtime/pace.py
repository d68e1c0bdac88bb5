"""How fast the engine's time goes: the machine's own, a multiple of it, or as fast as it can."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, Protocol

from engine.market.clock import Clock, SystemClock, VirtualClock
from engine.runtime.steady_clock import SteadyClock

MOST_BEHIND_S: Final = 5.0
"""Real seconds of work that are caught up; a machine that is slower than the speed asked for, or
slept, goes on from where it is instead."""


class Pace(Protocol):
    """Says up to which engine second events may run now, and how long to wait for a later one."""

    virtual: bool

    @property
    def clock(self) -> Clock:
        """Where engine time is read."""
        ...

    def real_s(self) -> float:
        """Real monotonic seconds."""
        ...

    def limit_s(self) -> float:
        """Events due at or before this engine second may run now."""
        ...

    def wait_s(self, due_s: float) -> float:
        """Real seconds until an event due at `due_s` may run."""
        ...

    def move_to(self, due_s: float) -> None:
        """An event due at `due_s` is about to run."""
        ...


class RealPace:
    """The machine's clock.

    Args:
        clock: read for everything; a step of its wall time is held back while the desk runs.
        speed: its seconds a real second.
    """

    virtual = False

    def __init__(self, clock: Clock | None = None, speed: float = 1.0) -> None:
        self._clock = SteadyClock(clock or SystemClock())
        self.speed = speed

    @property
    def clock(self) -> Clock:
        """Where engine time is read."""
        return self._clock

    def limit_s(self) -> float:
        """Now."""
        return self.clock.now_s()

    def wait_s(self, due_s: float) -> float:
        """Real seconds until then."""
        return max(0.0, due_s - self.clock.now_s()) / self.speed

    def real_s(self) -> float:
        """Real seconds that never go back, from an arbitrary zero."""
        return self._clock.now_s() / self.speed

    def move_to(self, due_s: float) -> None:
        """Nothing to do: real time moves by itself."""


class VirtualPace:
    """Virtual time at a chosen speed; infinite speed runs events one after the other.

    Args:
        clock: the virtual clock it moves.
        speed: virtual seconds a real second; math.inf for as fast as possible.
        real: where real time is read.

    Attributes:
        paused: whether virtual time stands still.
        until_s: while paused, epoch second up to which events may run; infinite for none.
    """

    virtual = True

    def __init__(
        self, clock: VirtualClock, speed: float = math.inf, real: Clock | None = None
    ) -> None:
        self._clock = clock
        self._real = real or SystemClock()
        self.speed = speed
        self.paused = False
        self.until_s = math.inf
        self._next_due_s: Callable[[], float] = lambda: math.inf
        self._anchor_virtual = clock.now_s()
        self._anchor_real: float | None = None

    @property
    def clock(self) -> VirtualClock:
        """Where engine time is read."""
        return self._clock

    def real_s(self) -> float:
        """Real monotonic seconds."""
        return self._real.now_s()

    def stop_before(self, next_due_s: Callable[[], float]) -> None:
        """Never let time pass an event by itself: `next_due_s` says when the earliest is due."""
        self._next_due_s = next_due_s

    def _anchor(self) -> None:
        self._anchor_virtual = self.clock.now_s()
        self._anchor_real = self._real.now_s()

    def set_speed(self, speed: float) -> None:
        """Go on at `speed` from here."""
        self._catch_up()
        self.speed = speed
        self._anchor_virtual, self._anchor_real = self.clock.now_s(), None

    def pause(self) -> None:
        """Let virtual time stand still."""
        if not self.paused:
            self._catch_up()
            self.paused = True
            self.until_s = math.inf

    def resume(self) -> None:
        """Let it go on from here."""
        self.paused = False
        self._anchor_virtual, self._anchor_real = self.clock.now_s(), None

    def step_to(self, epoch_s: float) -> None:
        """While paused, let events up to `epoch_s` run."""
        self.until_s = max(epoch_s, self.clock.now_s())

    def _catch_up(self) -> None:
        """Move the clock to where time has come, but past no event: what is behind stays behind."""
        if not self.paused and math.isfinite(self.speed) and self._anchor_real is not None:
            self.clock.move_to(min(self._due(), self._next_due_s()))

    def _due(self) -> float:
        """Where virtual time has come; it begins to go when the scheduler first asks."""
        if self._anchor_real is None:
            self._anchor()
            return self._anchor_virtual
        elapsed = self._real.now_s() - self._anchor_real
        due_s = self._anchor_virtual + elapsed * self.speed
        lost_s = due_s - self.clock.now_s() - MOST_BEHIND_S * self.speed
        if lost_s > 0:
            self._anchor_virtual -= lost_s
            due_s -= lost_s
        return due_s

    def limit_s(self) -> float:
        """Up to where virtual time has come."""
        if self.paused:
            return self.until_s if math.isfinite(self.until_s) else self.clock.now_s()
        return math.inf if math.isinf(self.speed) else self._due()

    def wait_s(self, due_s: float) -> float:
        """Real seconds until virtual time reaches `due_s`."""
        if self.paused:
            return math.inf
        if math.isinf(self.speed):
            return 0.0
        return max(0.0, (due_s - self._due()) / self.speed)

    def move_to(self, due_s: float) -> None:
        """Set the clock to the event that is about to run."""
        self._clock.move_to(due_s)
