"""Who is connected to one of a run's sockets: they are written to, and never read."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from engine.market.clock import Clock
from engine.observers.door import Door

MOST: Final = 64
"""Listeners of one socket at a time; one more is told so and goes."""

STUCK_S: Final = 5.0
"""Real seconds without a byte taken after which a listener is dropped."""


@dataclass(eq=False, slots=True)
class Listener:
    """One connection: what it has, and what of its last message it has not taken yet.

    Args:
        socket: only written to; its other direction is shut.
        took_s: real second at which it last took a byte.
        has: the version of the last snapshot, or the number of the last event, that it was sent;
            None before the first.
        unsent: the rest of one message, shared with all who get the same.
    """

    socket: socket.socket
    took_s: float
    has: int | None = None
    unsent: memoryview = field(default_factory=lambda: memoryview(b""))


class Audience(Door[Listener]):
    """The listeners of one owner-only socket in a run's folder.

    Args:
        run_folder: the run's owner-only folder.
        name: the socket's in it.
        poll: tells which sockets are ready; its owner hands the events to `handles`.
        clock: real time.
        greeting: the first message of each listener.
        refusal: the only message of one that cannot be served now; b"" where one can.

    Raises:
        OSError: there can be no such socket in that folder.
    """

    def __init__(
        self,
        run_folder: Path,
        name: str,
        poll: select.poll,
        clock: Clock,
        greeting: Callable[[], bytes],
        refusal: Callable[[int], bytes],
    ) -> None:
        super().__init__(run_folder, name, poll, MOST, asks=0)
        self._clock = clock
        self._greeting = greeting
        self._refusal = refusal

    def hand(self, listener: Listener, message: memoryview, has: int | None) -> None:
        """Send a message to a listener that has taken the one before.

        Args:
            listener: with nothing unsent.
            message: as many bytes as it takes go at once, the others when it takes more.
            has: what it has with it.
        """
        listener.unsent, listener.has = message, has
        listener.took_s = self._clock.now_s()
        self._flush(listener)

    def drop_stuck(self) -> None:
        """Drop whoever takes nothing of what it was sent."""
        now_s = self._clock.now_s()
        for listener in self:
            if listener.unsent and now_s - listener.took_s > STUCK_S:
                self._drop(listener)

    def _welcome(self, accepted: socket.socket) -> Listener | None:
        accepted.shutdown(socket.SHUT_RD)
        if refused := self._refusal(len(self)):
            accepted.send(refused)
            return None
        return Listener(accepted, self._clock.now_s())

    def _accept(self) -> Listener | None:
        listener = super()._accept()
        if listener is not None:
            self.hand(listener, memoryview(self._greeting()), None)
        return listener

    def _ready(self, one: Listener, event: int) -> None:
        if event & select.POLLOUT:
            self._flush(one)

    def _flush(self, listener: Listener) -> None:
        """Hand over as much as it takes at once; what it does not is waited for."""
        try:
            while listener.unsent:
                taken = listener.socket.send(listener.unsent)
                listener.unsent = listener.unsent[taken:]
                listener.took_s = self._clock.now_s()
        except BlockingIOError:
            pass
        except OSError:
            self._drop(listener)
            return
        self._poll.modify(listener.socket, select.POLLOUT if listener.unsent else 0)
