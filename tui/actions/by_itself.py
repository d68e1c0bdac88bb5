"""What the terminal shows and asks by itself of an account: its checklist, what it held before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual.screen import Screen

from tui.actions import questions
from tui.screens.base import DeskScreen
from tui.screens.main import MainScreen
from tui.shown import Shown
from tui.viewmodel import connection
from tui.viewmodel.view import View

UNKNOWN_S: Final = 10.0
"""Seconds of an account after which what is unknown of it is shown as unknown."""


class ByItself:
    """Opens the checklist at an account's first start, and asks about what it held before.

    Args:
        desk: what is shown.
        monotonic: seconds that never go back.
    """

    def __init__(self, desk: Shown, monotonic: Callable[[], float]) -> None:
        self._desk, self._monotonic = desk, monotonic
        self._since_s: float | None = None
        self._checked = self._asked = False

    def look(self, view: View, front: Screen[object]) -> None:
        """Show or ask what nobody has seen yet.

        Args:
            view: as the desk is now.
            front: the screen or dialog in front; a dialog goes first.
        """
        if view.snapshot.connection.told and not self._checked:
            self._check(view, front)
        waits = bool(view.snapshot.connection.baseline)
        if not waits:
            self._asked = False
        elif not self._asked and isinstance(front, DeskScreen):
            self._asked = True
            questions.baseline(self._desk)

    def _check(self, view: View, front: Screen[object]) -> None:
        """Once: a person who is elsewhere on the screen by then is left there."""
        now_s, told = self._monotonic(), view.snapshot.connection
        self._since_s = now_s if self._since_s is None else self._since_s
        if not connection.is_known(told) and now_s - self._since_s < UNKNOWN_S:
            return
        self._checked = True
        if isinstance(front, MainScreen) and (told.first_start or connection.failing(view)):
            self._desk.open_screen("connection", over=True)
