"""When a gateway acts by itself: no desk and no guard looks after what works."""

from __future__ import annotations

from typing import Final

ALONE_S: Final = 8.0
"""Seconds without a desk and a guard after which working orders are cancelled."""

AGAIN_S: Final = 2.0
"""Seconds after which they are cancelled once more."""


class Alone:
    """Counts the seconds in which nobody is connected that looks after orders.

    Args:
        now_s: monotonic seconds of the begin; nobody is connected then.
    """

    def __init__(self, now_s: float) -> None:
        self._since_s = now_s
        self._acted_s = -AGAIN_S

    def acts(self, now_s: float, *, watched: bool) -> bool:
        """Whether it is time to cancel what works.

        Args:
            now_s: monotonic seconds.
            watched: whether a desk or a guard is connected.
        """
        if watched:
            self._since_s = now_s
            return False
        if now_s - self._since_s < ALONE_S or now_s - self._acted_s < AGAIN_S:
            return False
        self._acted_s = now_s
        return True
