"""The automatic order size: one contract a step, by the fill rate of the last attempts."""

from __future__ import annotations

from collections import deque
from typing import Final

from engine.config import FillRatePause, SizingParameters

SIZE_EVERY_ATTEMPTS: Final = 20


def next_size(
    sizing: SizingParameters,
    fill_rate: float,
    current: int,
    *,
    downward_only: bool = False,
    moving: int = 0,
) -> int:
    """The order size after another 20 attempts.

    Args:
        sizing: bounds and thresholds.
        fill_rate: fills an attempt of those 20.
        current: contracts an order has now; brought inside the bounds where it lies outside.
        downward_only: an operator approved the present size: it may shrink, and grow only after
            undo or in the next session.
        moving: -1 or 1 where the last judgement made it smaller or larger: it goes on until the
            rate is back at the target; 0 where it did not change.
    """
    size = min(max(current, sizing.min_contracts), sizing.max_contracts)
    if size != current:
        return size
    target = sizing.target_fill_rate
    if fill_rate <= sizing.size_decrease_threshold or (moving < 0 and fill_rate < target):
        return max(size - 1, sizing.min_contracts)
    grows = fill_rate >= sizing.size_increase_threshold or (moving > 0 and fill_rate > target)
    if grows and not downward_only:
        return min(size + 1, sizing.max_contracts)
    return size


class FillWindow:
    """The last attempts of one trader, and whether too few fill to go on.

    Args:
        window: attempts remembered.
        judged_from: attempts needed before the rate is judged.
    """

    __slots__ = ("_attempts", "_fills", "judged_from")

    def __init__(self, window: int = 50, judged_from: int = 20) -> None:
        self._attempts: deque[bool] = deque(maxlen=window)
        self._fills = 0
        self.judged_from = judged_from

    @classmethod
    def of(cls, settings: FillRatePause) -> FillWindow:
        """The window that the settings describe."""
        return cls(settings.window_attempts, settings.judged_from_attempts)

    @property
    def attempts(self) -> int:
        """Attempts in the window."""
        return len(self._attempts)

    @property
    def fills(self) -> int:
        """Fills in the window."""
        return self._fills

    @property
    def rate(self) -> float:
        """Fills an attempt; 0.0 without attempts."""
        return self._fills / len(self._attempts) if self._attempts else 0.0

    def record(self, filled: bool) -> None:
        """Add an attempt, forgetting the oldest where the window is full."""
        if len(self._attempts) == self._attempts.maxlen:
            self._fills -= self._attempts[0]
        self._attempts.append(filled)
        self._fills += filled

    def should_pause(self, min_fill_rate: float) -> bool:
        """Whether enough attempts are in the window and too few of them filled."""
        return len(self._attempts) >= self.judged_from and self.rate < min_fill_rate

    def clear(self) -> None:
        """Forget everything, so that a trader tries again after its pause."""
        self._attempts.clear()
        self._fills = 0
