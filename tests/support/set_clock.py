"""A wall clock that a test sets, over one whose time nobody sets."""

from __future__ import annotations

from engine.market.clock import Clock


class SetClock:
    """The desk's own clock, which somebody sets; the exchange's is the one below it."""

    def __init__(self, true: Clock) -> None:
        self.true = true
        self.off_s = 0.0

    def now_s(self) -> float:
        return self.true.now_s()

    def epoch_s(self) -> float:
        return self.true.epoch_s() + self.off_s
