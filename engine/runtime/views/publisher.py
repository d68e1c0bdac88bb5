"""Publishes the engine's snapshot a few times a second, for readers in any thread."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Final

from engine.runtime.lifecycle import Lifecycle
from engine.runtime.pace import Pace, VirtualPace
from engine.runtime.views.snapshot_builder import SnapshotBuilder
from engine.snapshot import EngineSnapshot, EngineState

PUBLISH_EVERY_S: Final = 0.25

MEASURED_OVER_S: Final = 1.5
"""Real seconds over which the speed that is reached is measured."""

KEEPS_UP: Final = 0.9
"""Share of the speed asked for above which the one reached is not shown."""


class Publisher:
    """Builds a snapshot when the scheduler is idle, at most every PUBLISH_EVERY_S real seconds.

    Args:
        snapshots: builds them.
        pace: how engine time goes.
        lifecycle: knows the state of the session, and has the last snapshot published.
        progress_of: state and epoch seconds to the fraction done of a replay or warm-up, or None.
        on_paint: called with each snapshot of a running engine.

    Attributes:
        latest: the latest snapshot; replaced as a whole.
    """

    def __init__(
        self,
        snapshots: SnapshotBuilder,
        pace: Pace,
        lifecycle: Lifecycle,
        *,
        progress_of: Callable[[EngineState, float], float | None] = lambda state, epoch_s: None,
        on_paint: Callable[[EngineSnapshot], None] = lambda snapshot: None,
    ) -> None:
        self._snapshots = snapshots
        self._pace = pace
        self._lifecycle = lifecycle
        self._published_s = -math.inf
        self._marks: deque[tuple[float, float]] = deque(maxlen=16)
        self._marked: tuple[float, bool] = (0.0, False)
        self._progress_of = progress_of
        self._on_paint = on_paint
        lifecycle.at_end(self.publish)
        self.latest = self.build()

    def idle(self) -> None:
        """Publish a new snapshot where the last one is old enough."""
        now_s = self._real_s()
        if now_s - self._published_s >= PUBLISH_EVERY_S:
            self._published_s = now_s
            self.publish()
            self._on_paint(self.latest)

    def hurry(self) -> None:
        """Something was asked for: let the next idle moment publish a new snapshot."""
        self._published_s = -math.inf
        self._snapshots.redraw()

    def publish(self) -> None:
        """Build a snapshot and let readers see it."""
        self.latest = self.build()

    def build(self) -> EngineSnapshot:
        """A snapshot of this moment, in the scheduler's thread."""
        lifecycle = self._lifecycle
        virtual = self._pace if isinstance(self._pace, VirtualPace) else None
        return self._snapshots.build(
            lifecycle.shown(),
            ending=lifecycle.ending(),
            progress=self._progress_of(lifecycle.state, lifecycle.context.now().epoch_s),
            speed=1.0 if virtual is None else virtual.speed,
            reached=None if virtual is None else self._reached(virtual),
            time_paused=virtual is not None and virtual.paused,
            tickets=tuple(reversed(lifecycle.operator.tickets)),
        )

    def _reached(self, pace: VirtualPace) -> float | None:
        """The speed that time goes at where it is less than was asked for; None where it keeps up.

        Flat out has no speed to keep, and what was measured before another speed says nothing.
        """
        asked = pace.speed, pace.paused
        if asked != self._marked:
            self._marks.clear()
            self._marked = asked
        if pace.paused or math.isinf(pace.speed):
            return None
        real_s, now_s = pace.real_s(), pace.clock.now_s()
        while len(self._marks) > 1 and real_s - self._marks[1][0] >= MEASURED_OVER_S:
            self._marks.popleft()
        self._marks.append((real_s, now_s))
        took_s = real_s - self._marks[0][0]
        if took_s < MEASURED_OVER_S:
            return None
        reached = (now_s - self._marks[0][1]) / took_s
        return reached if reached < KEEPS_UP * pace.speed else None

    def _real_s(self) -> float:
        return self._pace.real_s()
