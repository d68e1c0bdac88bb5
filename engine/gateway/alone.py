"""When a gateway acts by itself: no desk looks after what works, and no guard cancels it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

ALONE_S: Final = 8.0
"""Seconds without a desk after which working orders are cancelled that no guard had cancelled in as
many seconds: a guard that waits for a list cancels nothing meanwhile."""

AGAIN_S: Final = 2.0
"""Seconds after which they are cancelled once more."""


class Alone:
    """Counts the seconds in which nobody looks after orders; guards may cancel from any thread.

    Args:
        now_s: monotonic seconds of the begin; nobody is connected then.
    """

    def __init__(self, now_s: float) -> None:
        self._since_s = now_s
        self._acted_s = -AGAIN_S
        self._guards_s: dict[str, float] = {}

    def acts(self, now_s: float, *, watched: bool) -> bool:
        """Whether it is time to cancel what works.

        Args:
            now_s: monotonic seconds.
            watched: whether a desk is connected.
        """
        if watched:
            self._since_s = now_s
            return False
        if now_s - self._since_s < ALONE_S or now_s - self._acted_s < AGAIN_S:
            return False
        self._acted_s = now_s
        return True

    def guard_cancels(self, name: str, now_s: float) -> None:
        """A guard asks for an order's cancel.

        Args:
            name: our id of it.
            now_s: monotonic seconds.
        """
        self._guards_s[name] = now_s

    def left(self, working: Iterable[str], now_s: float) -> tuple[str, ...]:
        """Those of some orders that no guard had cancelled lately.

        Args:
            working: our ids of them.
            now_s: monotonic seconds.
        """
        asked_s = self._guards_s
        return tuple(name for name in working if now_s - asked_s.get(name, -math.inf) >= ALONE_S)
