"""The garbage collector beside a screen: short rounds, which free what closed screens leave."""

from __future__ import annotations

import gc
from typing import Final

from textual._styles_cache import StylesCache

COLLECTOR_THRESHOLDS: Final = (1_000, 1, 4_000)
"""Allocations before the youngest generation is collected, and rounds before the older two."""

SHORT_ROUND_EVERY_S: Final = 30.0
WHOLE_ROUND_EVERY: Final = 240
"""Of so many rounds one looks at every object: it takes 0.1 s and more, all others some 2 ms."""

LONGEST_OPEN: Final = 10
"""Rounds that wait for a screen to be closed."""


def keep_what_stays() -> None:
    """Take what exists now out of the garbage collector's rounds, and keep these short.

    A key pressed during a round waits for it. A round walks the live objects made since the last
    one. A busy desk keeps some fifty an attempt: with a threshold of 50,000 a round took 70 ms and
    more, with 5,000 some 4 ms, and every sixth, which walks what the others left, 14 to 20. With
    1,000, and every second one, they take 1 and 2 ms, and no more CPU together. Full rounds take
    0.1 s and more: those of CollectorRounds come before. Snapshots hold no cycles: they are freed
    without the collector.
    """
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


class CollectorRounds:
    """Full rounds of the garbage collector that walk little, but for one in two hours.

    Python keeps freed tuples and lists for reuse, up to 2,000 of a size, among the objects that
    live, and frees them in full rounds alone. Left alone these come by number of allocations, take
    0.1 s and more, and a screen stands still that long. So all objects are taken out of the rounds
    first, and let in again when a whole round is due: what cycles have left behind goes then.

    A screen that was closed is such a cycle, of 0.4 to 0.9 MB. So while one is open nothing is
    taken out, up to LONGEST_OPEN rounds, and the round after one was closed walks what came since.
    """

    def __init__(self) -> None:
        self._rounds = self._open = 0
        self._closed = False

    def closed(self) -> None:
        """A screen over the main one was closed."""
        self._closed = True

    def take(self, is_open: bool) -> None:
        """One more round; to be called every SHORT_ROUND_EVERY_S.

        Args:
            is_open: whether a screen is over the main one.
        """
        self._rounds += 1
        if self._rounds % WHOLE_ROUND_EVERY == 0:
            gc.unfreeze()
            self._closed = True
        walked, self._closed = self._closed, False
        if walked:
            self._walk()
        if is_open and self._open < LONGEST_OPEN:
            self._open += 1
            return
        self._open = 0
        gc.freeze()
        if not walked:
            gc.collect()

    def _walk(self) -> None:
        forget_styles = getattr(StylesCache.get_inner_outer, "cache_clear", None)
        if forget_styles is not None:  # which keeps a thousand of the lines of closed screens
            forget_styles()
        gc.collect()
