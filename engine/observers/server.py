"""The desk's side: hands out its snapshots and events to whoever looks, and takes looks alone.

A thread of its own reads the latest snapshot, as the desk's screen does. The engine's thread does
the same work whether one looks or twenty do, and hardly more than while nobody does. A snapshot and
an event become bytes once for all of them. An observer that takes its bytes too slowly misses
snapshots, and one that takes none is dropped.
"""

from __future__ import annotations

import json
import os
import select
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final

from engine.market.clock import Clock, SystemClock
from engine.observers.audience import MOST, Audience
from engine.observers.codec import SnapshotEncoder
from engine.observers.event_feed import NO_EVENTS, EventFeed
from engine.observers.event_lines import EventLines
from engine.observers.frames import EVENTS, NAME, VERSION, framed
from engine.observers.lookers import Lookers
from engine.observers.parts import shape
from engine.snapshot import EngineSnapshot, Look

LOOK_EVERY_S: Final = 0.1
"""Real seconds between two looks at the desk while somebody observes."""

FULL: Final = f"{MOST} observers look already; close one of them"


class ObserverServer:
    """Serves what one desk is and does on two sockets in its run's folder, owner-only.

    On a third one observers say what they look at; see Lookers.

    Args:
        run_folder: the run's owner-only folder.
        snapshot: the latest one; never blocks.
        settings: what the desk trades by, for whoever begins to look.
        version: the program's.
        clock: real time.
        feed: the desk's events.

    Attributes:
        snapshots: who gets snapshots.
        events: who gets events.
        lookers: who says what it looks at.
        trouble: why nobody could be shown anything last; "" where nothing went wrong.

    Raises:
        OSError: there can be no such socket in that folder.
    """

    def __init__(
        self,
        run_folder: Path,
        snapshot: Callable[[], EngineSnapshot],
        settings: Callable[[], dict[str, Any]],
        version: str,
        clock: Clock | None = None,
        feed: EventFeed = NO_EVENTS,
    ) -> None:
        self._snapshot = snapshot
        self._settings = settings
        self._program = version
        self._clock = clock or SystemClock()
        self._encoder: SnapshotEncoder | None = None
        self._lines = EventLines(feed, snapshot, version, os.getpid())
        self._poll = select.poll()
        self._over = False
        self.trouble = ""
        self._thread: threading.Thread | None = None
        with ExitStack() as undo:
            self.snapshots = Audience(
                run_folder, NAME, self._poll, self._clock, self._greeting, self._refusal
            )
            undo.callback(self.snapshots.close)
            self.events = Audience(
                run_folder, EVENTS, self._poll, self._clock, self._lines.greeting, self._no_room
            )
            undo.callback(self.events.close)
            self.lookers = Lookers(run_folder, self._poll, self._clock)
            undo.pop_all()
        self._woken, self._waker = socket.socketpair()
        self._poll.register(self._woken, select.POLLIN)

    @property
    def observers(self) -> int:
        """How many look now."""
        return len(self.snapshots) + len(self.events)

    def looked_at(self) -> tuple[bool, tuple[Look, ...]]:
        """Whether screens look now, and at what in detail, the oldest looks first."""
        shown = len(self.snapshots) > 0
        return shown, self.lookers.wanted if shown else ()

    def start(self) -> None:
        """Begin to serve; again does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="observers", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Hand out what is left to whoever takes it at once, and close the sockets."""
        self._over = True
        with suppress(OSError):
            self._waker.send(b"\0")
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(2.0)
        self.snapshots.close()
        self.events.close()
        self.lookers.close()
        self._woken.close()
        self._waker.close()

    def _serve(self) -> None:
        while not self._over:
            try:
                busy = self.observers or self.lookers.resting
                self.turn(LOOK_EVERY_S if busy else None)
            except Exception as error:  # a desk goes on whatever becomes of those who look at it
                self._refuse_all(error)
        with suppress(Exception):
            self.turn(0.0)

    def _refuse_all(self, error: Exception) -> None:
        """Drop everybody; whoever comes again is told why, until a snapshot can be sent."""
        self.trouble = f"its snapshots cannot be sent: {type(error).__name__}: {error}"[:300]
        self._encoder = None
        self.snapshots.drop_all()
        self.events.drop_all()
        self.lookers.drop_all()

    # ------------------------------------------------------------------ a turn

    def turn(self, wait_s: float | None) -> None:
        """Accept, look at the desk, and hand out what is new.

        Args:
            wait_s: real seconds to wait for something to do; None for as long as it takes.
        """
        for number, event in self._poll.poll(None if wait_s is None else wait_s * 1000):
            for each in (self.snapshots, self.events, self.lookers):
                if each.handles(number, event):
                    break
        self.lookers.go_on()
        if len(self.snapshots):
            self._show()
            self.snapshots.drop_stuck()
        else:
            self._encoder = None
        if len(self.events):
            self._tell()
            self.events.drop_stuck()

    def _show(self) -> None:
        """Form the frames of a new snapshot, and give each observer the one that it needs."""
        snapshot = self._snapshot()
        encoder = self._encoder = self._encoder or SnapshotEncoder()
        before = encoder.version
        if snapshot.version != before:
            encoder.take(snapshot, self._clock.now_s())
        change: memoryview | None = None
        whole: memoryview | None = None
        for observer in self.snapshots:
            if observer.unsent or observer.has == snapshot.version:
                continue
            if observer.has is not None and observer.has == before:
                change = change or memoryview(framed(encoder.change()))
                self.snapshots.hand(observer, change, snapshot.version)
            else:
                whole = whole or memoryview(framed(encoder.whole()))
                self.snapshots.hand(observer, whole, snapshot.version)

    def _tell(self) -> None:
        """Form the lines of new events and of the status, and give each listener its own."""
        self._lines.look(self._clock.now_s(), self._over)
        for listener in self.events:
            if not listener.unsent:
                lines, has = self._lines.after(listener.has)
                if lines:
                    self.events.hand(listener, memoryview(lines), has)

    def _refusal(self, observers: int) -> bytes:
        """Why nobody more can look now; b"" where one can."""
        why = FULL if observers >= MOST else ""
        if not why and self.trouble:
            try:
                SnapshotEncoder().take(self._snapshot(), 0.0)
            except Exception:
                why = self.trouble
            else:
                self.trouble = ""
        return framed(json.dumps({"version": VERSION, "refused": why}).encode()) if why else b""

    def _no_room(self, listeners: int) -> bytes:
        return self._lines.refusal(FULL) if listeners >= MOST else b""

    def _greeting(self) -> bytes:
        return framed(
            json.dumps(
                {
                    "version": VERSION,
                    "program": self._program,
                    "shape": shape(),
                    "settings": self._settings(),
                }
            ).encode()
        )


def observers_of(
    run_folder: Path,
    snapshot: Callable[[], EngineSnapshot],
    settings: Callable[[], dict[str, Any]],
    version: str,
    feed: EventFeed = NO_EVENTS,
) -> tuple[ObserverServer | None, str]:
    """The server of a run's desk, not started; or None and why nobody can observe it.

    Args: as of ObserverServer.
    """
    try:
        return ObserverServer(run_folder, snapshot, settings, version, None, feed), ""
    except OSError as error:
        return None, f"`legdesk observe` cannot look at this run: {error.strerror or error}"
