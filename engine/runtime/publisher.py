"""Publishes the engine's picture a few times a second, for readers in any thread."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from engine.runtime.lifecycle import Lifecycle
from engine.runtime.pace import Pace, VirtualPace
from engine.runtime.picture import Painter
from engine.snapshot import EngineSnapshot

PAINT_EVERY_S: Final = 0.25


class Publisher:
    """Paints when the scheduler is idle, at most every PAINT_EVERY_S real seconds.

    Args:
        painter: paints.
        pace: how engine time goes.
        lifecycle: says how the engine stands, and has the last picture painted.

    Attributes:
        latest: the latest picture; replaced as a whole.
        progress_of: epoch seconds to the fraction done of a replay or warm-up, or None.
        on_paint: told each picture of a running engine.
    """

    def __init__(self, painter: Painter, pace: Pace, lifecycle: Lifecycle) -> None:
        self._painter = painter
        self._pace = pace
        self._lifecycle = lifecycle
        self._painted_s = -math.inf
        self.progress_of: Callable[[float], float | None] = lambda now_s: None
        self.on_paint: Callable[[EngineSnapshot], None] = lambda snapshot: None
        lifecycle.on_end = self.publish
        self.latest = self.paint()

    def idle(self) -> None:
        """Publish a new picture where the last one is old enough."""
        now_s = self._real_s()
        if now_s - self._painted_s >= PAINT_EVERY_S:
            self._painted_s = now_s
            self.publish()
            self.on_paint(self.latest)

    def hurry(self) -> None:
        """Something was asked for: let the next idle moment publish a picture made anew."""
        self._painted_s = -math.inf
        self._painter.asked += 1

    def publish(self) -> None:
        """Paint, and let readers see it."""
        self.latest = self.paint()

    def paint(self) -> EngineSnapshot:
        """A picture of this moment, in the scheduler's thread."""
        pace, lifecycle = self._pace, self._lifecycle
        paced = isinstance(pace, VirtualPace)
        return self._painter.paint(
            lifecycle.shown(),
            progress=self.progress_of(lifecycle.core.now().epoch_s),
            speed=pace.speed if isinstance(pace, VirtualPace) else 1.0,
            time_paused=paced and getattr(pace, "paused", False),
            tickets=tuple(reversed(lifecycle.operator.tickets)),
        )

    def _real_s(self) -> float:
        return self._pace.real_s()
