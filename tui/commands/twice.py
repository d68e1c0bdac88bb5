"""What adds risk, or changes what the next attempts use, is never one click nor one stray key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui.actions import dispatch
from tui.actions.kill_key import ARMED_S, REPEATS_S
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
        self._second = ""

    def click(self, name: str) -> None:
        """The name of an action was clicked."""
        if adds_risk(BY_ID[name]) and not self._is_second(name, "click again"):
            return
        self._desk.state.say("")
        dispatch.perform(self._desk, name)
        self._desk.look()

    def is_done(self, name: str) -> bool:
        """Whether the key of an action does it now, and has not to be pressed once more.

        A second key is done by `waited`: the first repeat of one that is held looks like it.
        """
        desk, waiting = self._desk, self._second
        wanted = name in KEYS and desk.place != "config"
        self._second = ""
        if name in KEYS_OF_SEVERAL and not desk.live_view().snapshot.connection.unarmed:
            told = preview(desk.view(), name, desk.place, desk.kill_key.stage)
            wanted = told.counted > 1
            if not told.counted:  # what is held meanwhile may not be resumed by this one key
                desk.say(told.text)
                return False
        if not wanted:
            return True
        if waiting == name and self._is_asked(name) and self._quiet_s() >= REPEATS_S:
            return True  # nobody has looked since
        if self._is_second(name, self._again(name)):
            self._second = name
            desk.say(self._told)
        return False

    def waited(self) -> str:
        """The action whose second key was pressed and is not held, once; "" for none."""
        name = self._second
        if not name or self._quiet_s() < REPEATS_S:
            return ""
        self._second = ""
        if self._is_asked(name):
            return name
        if self._desk.state.message == self._told:  # it would do something else by now
            self._is_second(name, self._again(name))
        return ""

    def _again(self, name: str) -> str:
        return f"{self._desk.keymap.first(name)} again"

    def _quiet_s(self) -> float:
        return self._monotonic() - self._pressed_s

    def _is_asked(self, name: str) -> bool:
        """Whether the question on the screen is still the one that the second key has answered."""
        desk = self._desk
        told = preview(desk.view(), name, desk.place, desk.kill_key.stage)
        return desk.state.message == self._told and self._asked == f"{name}: {told.text}"

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
        self._asked = question
        if same and quiet_s >= ARMED_S:
            return True
        self._asked_s = self._asked_s if same else now_s
        self._told = f"{BY_ID[name].label}? {again}: {told.text}"
        desk.say(self._told)
        return False
