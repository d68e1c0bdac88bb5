"""The desk's side: hands its snapshots to whoever looks, and takes nothing from anybody.

A thread of its own reads the latest snapshot, as the desk's screen does. The engine's thread does
the same work whether nobody looks or twenty do. A snapshot becomes bytes once for all of them. An
observer that takes its bytes too slowly misses snapshots, and one that takes none is dropped.
"""

from __future__ import annotations

import json
import os
import select
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from engine.market.clock import Clock, SystemClock
from engine.observers.codec import SnapshotEncoder
from engine.observers.frames import NAME, VERSION, address, framed
from engine.observers.parts import shape
from engine.snapshot import EngineSnapshot

MOST: Final = 64
"""Observers at a time; one more is told so and goes."""

LOOK_EVERY_S: Final = 0.1
"""Real seconds between two looks at the desk while somebody observes."""

STUCK_S: Final = 5.0
"""Real seconds without a byte taken after which an observer is dropped."""


@dataclass(eq=False, slots=True)
class _Observer:
    """One connection: what it has, and what of a frame it has not taken yet.

    Args:
        socket: only written to; its other direction is shut.
        version: the last snapshot that it was sent; None before the first.
        unsent: the rest of one frame, shared with all who get the same.
        took_s: real second at which it last took a byte.
    """

    socket: socket.socket
    took_s: float
    version: int | None = None
    unsent: memoryview = field(default_factory=lambda: memoryview(b""))


class ObserverServer:
    """Serves the snapshots of one desk on a socket in its run's folder, owner-only.

    Args:
        run_folder: the run's owner-only folder.
        snapshot: the latest one; never blocks.
        settings: what the desk trades by, for whoever begins to look.
        version: the program's.
        clock: real time.

    Attributes:
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
    ) -> None:
        self._snapshot = snapshot
        self._settings = settings
        self._program = version
        self._clock = clock or SystemClock()
        self._path = run_folder / NAME
        self._encoder: SnapshotEncoder | None = None
        self._observers: dict[int, _Observer] = {}
        self._poll = select.poll()
        self._over = False
        self.trouble = ""
        self._thread: threading.Thread | None = None
        self._listening = self._listen(run_folder)
        self._woken, self._waker = socket.socketpair()
        self._poll.register(self._listening, select.POLLIN)
        self._poll.register(self._woken, select.POLLIN)

    def _listen(self, run_folder: Path) -> socket.socket:
        self._path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with address(run_folder) as place:
                listening.bind(place)
            self._path.chmod(0o600)  # its folder is the owner's alone already
            listening.listen(MOST)
        except OSError:
            listening.close()
            raise
        listening.setblocking(False)
        return listening

    @property
    def observers(self) -> int:
        """How many look now."""
        return len(self._observers)

    def start(self) -> None:
        """Begin to serve; again does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="observers", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Hand out the last snapshot to whoever takes it at once, and close the socket."""
        self._over = True
        with suppress(OSError):
            self._waker.send(b"\0")
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(2.0)
        self._close()

    def _serve(self) -> None:
        while not self._over:
            try:
                self.turn(LOOK_EVERY_S if self._observers else None)
            except Exception as error:  # a desk goes on whatever becomes of those who look at it
                self._refuse_all(error)
        with suppress(Exception):
            self.turn(0.0)

    def _refuse_all(self, error: Exception) -> None:
        """Drop everybody; whoever comes again is told why, until a snapshot can be sent."""
        self.trouble = f"its snapshots cannot be sent: {type(error).__name__}: {error}"[:300]
        self._encoder = None
        for observer in list(self._observers.values()):
            self._drop(observer)

    def _close(self) -> None:
        for observer in list(self._observers.values()):
            self._drop(observer)
        for each in (self._listening, self._woken, self._waker):
            each.close()
        self._path.unlink(missing_ok=True)

    # ------------------------------------------------------------------ a turn

    def turn(self, wait_s: float | None) -> None:
        """Accept, look at the desk, and hand out what is new.

        Args:
            wait_s: real seconds to wait for something to do; None for as long as it takes.
        """
        for number, event in self._poll.poll(None if wait_s is None else wait_s * 1000):
            if number == self._listening.fileno():
                self._accept()
            elif number in self._observers:
                observer = self._observers[number]
                if event & (select.POLLHUP | select.POLLERR | select.POLLNVAL):
                    self._drop(observer)
                elif event & select.POLLOUT:
                    self._flush(observer)
        if not self._observers:
            self._encoder = None
            return
        self._look()
        now_s = self._clock.now_s()
        for observer in list(self._observers.values()):
            if observer.unsent and now_s - observer.took_s > STUCK_S:
                self._drop(observer)

    def _look(self) -> None:
        """Form the frames of a new snapshot, and give each observer the one that it needs."""
        snapshot = self._snapshot()
        encoder = self._encoder = self._encoder or SnapshotEncoder()
        before = encoder.version
        if snapshot.version != before:
            encoder.take(snapshot, self._clock.now_s())
        change: memoryview | None = None
        whole: memoryview | None = None
        for observer in list(self._observers.values()):
            if observer.unsent or observer.version == snapshot.version:
                continue
            if observer.version is not None and observer.version == before:
                change = change or memoryview(framed(encoder.change()))
                observer.unsent = change
            else:
                whole = whole or memoryview(framed(encoder.whole()))
                observer.unsent = whole
            observer.version = snapshot.version
            observer.took_s = self._clock.now_s()
            self._flush(observer)

    def _accept(self) -> None:
        try:
            accepted, _ = self._listening.accept()
        except OSError:
            return  # it has gone, or this process has no file handle left
        try:
            accepted.shutdown(socket.SHUT_RD)
            accepted.setblocking(False)
            if not _is_owner(accepted):
                accepted.close()
                return
            if refused := self._refusal():
                accepted.send(framed(json.dumps({"version": VERSION, "refused": refused}).encode()))
                accepted.close()
                return
        except OSError:
            accepted.close()
            return
        observer = _Observer(accepted, self._clock.now_s())
        observer.unsent = memoryview(framed(self._greeting()))
        self._observers[accepted.fileno()] = observer
        self._poll.register(accepted, 0)
        self._flush(observer)

    def _refusal(self) -> str:
        """Why nobody more can look now; "" where one can."""
        if len(self._observers) >= MOST:
            return f"{MOST} observers look already; close one of them"
        if self.trouble:
            try:
                SnapshotEncoder().take(self._snapshot(), 0.0)
            except Exception:
                return self.trouble
            self.trouble = ""
        return ""

    def _greeting(self) -> bytes:
        return json.dumps(
            {
                "version": VERSION,
                "program": self._program,
                "shape": shape(),
                "settings": self._settings(),
            }
        ).encode()

    def _flush(self, observer: _Observer) -> None:
        """Hand over as much as it takes at once; what it does not is waited for."""
        try:
            while observer.unsent:
                taken = observer.socket.send(observer.unsent)
                observer.unsent = observer.unsent[taken:]
                observer.took_s = self._clock.now_s()
        except BlockingIOError:
            pass
        except OSError:
            self._drop(observer)
            return
        self._poll.modify(observer.socket, select.POLLOUT if observer.unsent else 0)

    def _drop(self, observer: _Observer) -> None:
        del self._observers[observer.socket.fileno()]
        self._poll.unregister(observer.socket)
        observer.socket.close()


def observers_of(
    run_folder: Path,
    snapshot: Callable[[], EngineSnapshot],
    settings: Callable[[], dict[str, Any]],
    version: str,
) -> tuple[ObserverServer | None, str]:
    """The server of a run's desk, not started; or None and why nobody can observe it.

    Args: as of ObserverServer.
    """
    try:
        return ObserverServer(run_folder, snapshot, settings, version), ""
    except OSError as error:
        return None, f"`legdesk observe` cannot look at this run: {error.strerror or error}"


_PEER: Final = struct.Struct("3i")


def _is_owner(accepted: socket.socket) -> bool:
    """Whether the other side runs as this user; the folder's mode says so where a system cannot."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    peer = accepted.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    _, user, _ = _PEER.unpack(peer)
    return bool(user == os.geteuid())
