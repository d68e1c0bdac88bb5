"""The dialog that arms live trading: the account's end, typed by hand."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.widgets import Input

from engine.config import UNCONFIRMED
from tui.actions.kill_key import ARMED_S
from tui.screens.prompt import Prompt

HELD_S = 0.05
"""Seconds between two characters below which nobody typed them: a paste, or a key held down."""

BY_HAND = "not by hand: what is pasted, held down or typed ahead arms nothing; type it again"


class ByHand(Input):
    """A line that takes characters one by one.

    Args:
        now: seconds that never go back.
        rejected: told that the text was not typed by hand and was cleared.
    """

    def __init__(self, now: Callable[[], float], rejected: Callable[[], None]) -> None:
        super().__init__(max_length=8)
        self.cursor_blink = False
        self._now = now
        self._rejected = rejected
        self._from_s = now() + ARMED_S

    def on_key(self, event: events.Key) -> None:
        """Take a character only where the one before is some time ago."""
        if not event.is_printable:
            return
        now_s = self._now()
        too_soon = now_s < self._from_s
        self._from_s = now_s + HELD_S
        if too_soon:
            self._refuse(event)

    def on_paste(self, event: events.Paste) -> None:
        """Take nothing that was pasted."""
        self._refuse(event)

    def _refuse(self, event: events.Event) -> None:
        event.prevent_default()
        event.stop()
        self.value = ""
        self._rejected()


class ArmDialog(Prompt):
    """Asks for the end of the account's number.

    Args:
        now: seconds that never go back.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(
            "Trade real money",
            UNCONFIRMED,
            "type the last characters of the account's number by hand, then Enter; from then on "
            "debits go out",
            "Esc  leave it unarmed",
        )
        self._now = now

    def answers(self) -> ComposeResult:
        """A line that takes characters one by one."""
        yield ByHand(self._now, self._rejected)

    def _rejected(self) -> None:
        self.explain(BY_HAND)
