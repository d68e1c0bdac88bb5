"""Rings and notifies once for each P1 that begins to want an answer."""

from __future__ import annotations

from collections.abc import Callable

from engine.snapshot import EngineSnapshot
from tui.notify.notice import notice_of
from tui.notify.notifier import Notifier
from tui.viewmodel.alarms import ringing


class Ringing:
    """No other alarm makes a sound, and none of a run's past does.

    Args:
        ring: sounds the terminal's bell.
        notifier: tells a person who does not look.
    """

    def __init__(self, ring: Callable[[], None], notifier: Notifier) -> None:
        self._ring, self._notifier = ring, notifier
        self._heard: frozenset[tuple[str, float]] = frozenset()

    def look(self, snapshot: EngineSnapshot, bell: bool) -> None:
        """Ring for what is new.

        Args:
            bell: whether the person wants to hear it.
        """
        if snapshot.past:
            return
        now = ringing(snapshot)
        new = now - self._heard
        self._heard |= now
        if new and bell:
            self._ring()
        for alarm in snapshot.alarms:
            if (alarm.id, alarm.raised_s) in new:
                self._notifier.alarm(notice_of(alarm, snapshot))
