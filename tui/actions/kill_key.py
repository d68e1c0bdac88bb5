"""The kill key: halt at the first press, cancel all at a second one that is meant."""

from __future__ import annotations

import threading
from collections.abc import Callable

QUIET_S = 0.5
"""Seconds without the key after which a press is a new one; less is a key that repeats."""

REPEATS_S = 0.2
"""Seconds without the key after which its last press was one; a key that is held repeats sooner.

Many keyboards wait for half a second before the first repeat, and it looks like a second press.
"""

ARMED_S = 0.4
"""Seconds a risk-adding choice must be on the screen before its key counts."""


class KillKey:
    """Which stage a press of the kill key asks for; any thread may press it.

    The first press counts at once. The second cancels what completes open units: it counts once no
    other has followed it for REPEATS_S, for a key that is held goes on.

    Args:
        monotonic: seconds that never go back.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._pressed = self._done = -1e9
        self._read: float | None = None
        self._second: float | None = None
        self._lock = threading.Lock()
        self.stage = 0

    def read(self, at_s: float) -> None:
        """The key that is done next was read from the terminal at this second.

        A screen that is busy does it later: keys that repeat would then seem to lie apart.
        """
        self._read = at_s

    def press(self, at_s: float | None = None) -> int | None:
        """The stage to ask for now; None where the key only repeats, or may yet turn out to.

        Args:
            at_s: when the key was read; None: as `read` told, else now.
        """
        with self._lock:
            self._done = self._monotonic()
            if at_s is None:
                at_s, self._read = self._read, None
            now = self._done if at_s is None else at_s
            due = self._due(now)  # of the press before, where nobody has asked since
            quiet, self._pressed = now - self._pressed, max(now, self._pressed)
            self._second = None
            if not self.stage:
                self.stage = 1
                return self.stage
            if quiet >= QUIET_S:
                self._second = now
            return due

    def waited(self) -> int | None:
        """The second stage, once its press has turned out to be one; else None.

        To be asked where every key that was typed has been read: a repeat may not be overlooked.
        """
        if self._second is None:
            return None
        with self._lock:
            due = self._due(self._monotonic())
            if due:
                self._second = None
            return due

    def _due(self, now: float) -> int | None:
        if self._second is None or now - self._second < REPEATS_S:
            return None
        self.stage = 2
        return self.stage

    def see(self, latched: bool) -> None:
        """Learn from the engine whether its latch is set: 0 after it was lifted, 1 if found set."""
        with self._lock:
            if latched:
                self.stage = max(1, self.stage)
            elif self._monotonic() - self._done > 5.0:
                self.stage, self._second = 0, None


class Arming:
    """A risk-adding choice that counts only once it has been on the screen for `ARMED_S`.

    Args:
        monotonic: seconds that never go back.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._shown: dict[str, float] = {}

    def now_s(self) -> float:
        """Seconds that never go back."""
        return self._monotonic()

    def show(self, name: str) -> None:
        """A choice is on the screen now; others are not."""
        if name not in self._shown:
            self._shown = {name: self._monotonic()}

    def clear(self) -> None:
        """No choice is on the screen."""
        self._shown = {}

    def armed(self, name: str) -> bool:
        """Whether the choice has been on the screen long enough."""
        shown = self._shown.get(name)
        return shown is not None and self._monotonic() - shown >= ARMED_S
