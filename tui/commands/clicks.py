"""A click on a key of the footer is that key; what adds risk is never one click."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui.actions import dispatch
from tui.actions.kill_key import ARMED_S
from tui.actions.registry import BY_ID
from tui.commands.preview import adds_risk, preview
from tui.shown import Shown

WAITS_S: Final = 5.0
"""Seconds within which the second click has to come."""


class Clicks:
    """Does what is clicked; what adds risk says what it would do, and waits for a second click.

    Args:
        desk: what is shown.
        monotonic: seconds that never go back.
    """

    def __init__(self, desk: Shown, monotonic: Callable[[], float]) -> None:
        self._desk, self._monotonic = desk, monotonic
        self._asked = ""
        self._asked_s = 0.0

    def press(self, name: str) -> None:
        """The name of an action was clicked."""
        desk, action = self._desk, BY_ID[name]
        asked, self._asked = self._asked, ""
        if adds_risk(action):
            told = preview(desk.view(), name, desk.place, desk.kill_key.stage)
            if told.refused:
                desk.say(told.text)
                return
            # Another row, or another desk by now, is another question.
            question, now_s = f"{name}: {told.text}", self._monotonic()
            waited_s = now_s - self._asked_s
            if asked != question or not ARMED_S <= waited_s <= WAITS_S:
                same = asked == question and waited_s < ARMED_S
                self._asked, self._asked_s = question, self._asked_s if same else now_s
                desk.say(f"{action.label}: {told.text}; click again to do it")
                return
        desk.state.say("")
        dispatch.perform(desk, name)
        desk.look()
