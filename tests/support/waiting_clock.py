"""A clock on which a thread waits without waiting: the time passes at once."""

from __future__ import annotations

import threading
from collections.abc import Callable


class WaitingClock:
    """Time that moves when somebody waits, or is told to move.

    Args:
        epoch_s: at the begin; monotonic seconds begin at 0.

    Attributes:
        waits: how long each wait was.
        meanwhile: called within the next wait, once.
    """

    def __init__(self, epoch_s: float = 1_800_000_000.0) -> None:
        self._epoch_s = epoch_s
        self._s = 0.0
        self.waits: list[float] = []
        self.meanwhile: Callable[[], object] | None = None

    def now_s(self) -> float:
        return self._s

    def epoch_s(self) -> float:
        return self._epoch_s + self._s

    def move(self, seconds: float) -> None:
        self._s += seconds

    def wait(self, condition: threading.Condition, timeout_s: float | None) -> None:
        assert timeout_s is not None
        self.waits.append(timeout_s)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        self._s += timeout_s
