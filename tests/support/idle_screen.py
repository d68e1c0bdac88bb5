"""Wait until a screen in a test has nothing left to do, by its queues and not by the processor's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import pytest
from textual.app import App
from textual.message_pump import MessagePump
from textual.pilot import Pilot

_pilot: ContextVar[Pilot[Any]] = ContextVar("pilot")
"""Who presses the keys of this test."""

QUIET_ROUNDS = 2
"""Rounds that must find nothing: what is done last may be what sends the next message."""


RESIZED_S = 1 / 120
"""How long Textual waits for a further size, in seconds."""


def _pumps(app: App[Any]) -> Iterator[MessagePump]:
    yield app
    for screen in app.screen_stack:
        yield from screen.walk_children(with_self=True)


async def all_done(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Return when no message and no callback waits in the app, its screens or their widgets.

    Textual's own wait sleeps until the process uses little of the processor: forty milliseconds a
    key at the least, and on a busy machine not always long enough.

    Args:
        min_sleep: not heeded; the arguments are those of `textual._wait.wait_for_idle`.
        max_sleep: not heeded.
    """
    pilot = _pilot.get()
    app, quiet = pilot.app, 0
    while app._running and quiet < QUIET_ROUNDS:
        await pilot._wait_for_screen()
        await asyncio.sleep(0)
        if not (app._running and app.screen_stack):
            return
        app.screen._on_timer_update()
        if app._resize_timer is not None:  # a new size is heeded a moment later
            await asyncio.sleep(RESIZED_S)
        waits = any(p._next_callbacks or p.message_queue_size for p in _pumps(app) if p._running)
        quiet = 0 if waits or app._resize_timer is not None else quiet + 1


def see_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every pilot of a test wait by `all_done`."""
    begin = Pilot.__init__

    def begun(pilot: Pilot[Any], app: App[Any]) -> None:
        begin(pilot, app)
        _pilot.set(pilot)

    monkeypatch.setattr(Pilot, "__init__", begun)
    monkeypatch.setattr("textual.app.wait_for_idle", all_done)
    monkeypatch.setattr("textual.pilot.wait_for_idle", all_done)
