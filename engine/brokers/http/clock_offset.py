"""How far the broker's clock is from our own, from the `Date` of its answers."""

from __future__ import annotations

import math
from collections import deque
from email.utils import parsedate_to_datetime
from typing import Final

from engine.market.clock import Clock

_KEPT: Final = 32
_DATE_S: Final = 1.0
"""`Date` has whole seconds: what it names lasts so long."""


class ClockOffset:
    """Narrows down the broker's time minus the host's monotonic time by every answer.

    When a date was written the broker's clock showed it or up to a second more, and our clock was
    between sending and receiving. What all of the latest answers allow is the offset. Nobody sets
    the monotonic clock, so that the host's wall clock may be set without changing what is known of
    the broker's.

    Args:
        real: the host's clock.
    """

    def __init__(self, real: Clock) -> None:
        self._real = real
        self._bounds: deque[tuple[float, float]] = deque(maxlen=_KEPT)

    def hear(self, date: str, sent_s: float, received_s: float) -> None:
        """Take the `Date` of an answer; one that cannot be read is passed over.

        Args:
            date: as HTTP writes it.
            sent_s, received_s: monotonic seconds of our clock around the call.
        """
        try:
            told_s = parsedate_to_datetime(date).timestamp()
        except (ValueError, TypeError, OverflowError):
            return
        least, most = told_s - received_s, told_s + _DATE_S - sent_s
        while self._bounds and not self._overlap(least, most):
            self._bounds.popleft()  # one of the clocks was set: the older answers count no more
        self._bounds.append((least, most))

    def _overlap(self, least: float, most: float) -> bool:
        return max(least, self._least()) <= min(most, self._most())

    def _least(self) -> float:
        return max((least for least, _ in self._bounds), default=-math.inf)

    def _most(self) -> float:
        return min((most for _, most in self._bounds), default=math.inf)

    def ahead_of_s(self, clock: Clock) -> float | None:
        """The broker's time minus that of our clock, seconds; None before its first answer.

        Args:
            clock: the one that is gone by, such as a session's.
        """
        if not self._bounds:
            return None
        broker_s = self._real.now_s() + (self._least() + self._most()) / 2
        return broker_s - clock.epoch_s()

    @property
    def error_s(self) -> float:
        """Seconds by which that may be wrong."""
        return (self._most() - self._least()) / 2
