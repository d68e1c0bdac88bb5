"""A beat in pieces: panes are drawn one by one before all are shown at once.

Of 1,000 traders a new snapshot took the screen's thread some 20 ms, for which a key waited. What
the screen shows changes in one step still: nobody sees two snapshots beside each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from tui.screens.base import DeskScreen
from tui.viewmodel.view import View

BETWEEN_S: Final = 0.001
"""Seconds between two panes: a key that was pressed is done there."""

AFTER_A_KEY_S: Final = 0.006
"""Seconds after a key before the next pane: what it changed is painted within 4 ms."""


class DrawnAhead:
    """Draws what a screen will show of a snapshot, and gives way to keys.

    Args:
        wait: for so many seconds.
    """

    def __init__(self, wait: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._wait = wait
        self._keys = 0

    def key(self) -> None:
        """A key was done: what it changed is painted before anything else is drawn."""
        self._keys += 1

    async def draw(self, screen: DeskScreen, view: View, wanted: Callable[[], bool]) -> None:
        """Have the screen draw ahead all that it can.

        Args:
            view: the snapshot that will be shown.
            wanted: whether it still will, and by this screen.
        """
        for _ in screen.ahead(view):
            keys = self._keys
            await self._wait(BETWEEN_S)
            if keys != self._keys:
                await self._wait(AFTER_A_KEY_S)
            if not wanted():
                return
