"""What adds risk, or changes what the next attempts use, is never one click nor one stray key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui.actions import dispatch
from tui.actions.kill_key import ARMED_S
from tui.actions.registry import BY_ID
from tui.commands.preview import adds_risk, preview
from tui.shown import Shown

WAITS_S: Final = 5.0
"""Seconds within which the second click or key has to come."""

KEYS: Final = frozenset({"undo", "explore"})
"""Actions whose key is pressed twice; a setting is taken back in a dialog of its own."""

KEYS_OF_SEVERAL: Final = frozenset({"resume-symbol"})
"""Those whose key is pressed twice where it is about several traders; a desk that is not armed asks
for a typed word instead."""


class Twice:
    """Says at the first click or key what would be done, and waits for the second.

    Args:
        desk: what is shown.
        monotonic: seconds that never go back.
    """

    def __init__(self, desk: Shown, monotonic: Callable[[], float]) -> None:
        self._desk, self._monotonic = desk, monotonic
        self._asked = self._told = ""
        self._asked_s = self._pressed_s = 0.0

    def click(self, name: str) -> None:
        """The name of an action was clicked."""
        if adds_risk(BY_ID[name]) and not self._is_second(name, "click again"):
            return
        self._desk.state.say("")
        dispatch.perform(self._desk, name)
        self._desk.look()

    def is_done(self, name: str) -> bool:
        """Whether the key of an action does it now, and has not to be pressed once more."""
        desk = self._desk
        wanted = name in KEYS and desk.place != "config"
        if name in KEYS_OF_SEVERAL and not desk.live_view().snapshot.connection.unarmed:
            wanted = preview(desk.view(), name, desk.place, desk.kill_key.stage).counted > 1
        if not wanted:
            return True
        return self._is_second(name, f"{desk.keymap.first(name)} again")

    def _is_second(self, name: str, again: str) -> bool:
        """Whether the question is on the screen, and was for long enough; else it is asked.

        Another row, or another desk by now, is another question, and so is one that some other
        key has taken from the status line. What is held down repeats, and never is the second.
        """
        desk = self._desk
        told = preview(desk.view(), name, desk.place, desk.kill_key.stage)
        shown, self._asked, asked = desk.state.message == self._told, "", self._asked
        if told.refused:
            desk.say(told.text)
            return False
        question, now_s = f"{name}: {told.text}", self._monotonic()
        quiet_s, self._pressed_s = now_s - self._pressed_s, now_s
        same = shown and asked == question and now_s - self._asked_s <= WAITS_S
        if same and quiet_s >= ARMED_S:
            return True
        self._asked, self._asked_s = question, self._asked_s if same else now_s
        self._told = f"{BY_ID[name].label}? {again}: {told.text}"
        desk.say(self._told)
        return False
