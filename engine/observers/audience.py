"""Who is connected to one of a run's sockets: they are written to, and never read."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from engine.market.clock import Clock
from engine.observers.door import is_owner, listening

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


class Audience:
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
        self._path = run_folder / name
        self._poll = poll
        self._clock = clock
        self._greeting = greeting
        self._refusal = refusal
        self._listeners: dict[int, Listener] = {}
        self._listening = listening(run_folder, name, MOST)
        poll.register(self._listening, select.POLLIN)

    def __len__(self) -> int:
        return len(self._listeners)

    def __iter__(self) -> Iterator[Listener]:
        return iter(list(self._listeners.values()))

    def handles(self, number: int, event: int) -> bool:
        """Do what a ready socket asks for; False where the socket belongs to somebody else.

        Args:
            number: its file's.
            event: from the poll.
        """
        if number == self._listening.fileno():
            self._accept()
            return True
        listener = self._listeners.get(number)
        if listener is None:
            return False
        if event & (select.POLLHUP | select.POLLERR | select.POLLNVAL):
            self._drop(listener)
        elif event & select.POLLOUT:
            self._flush(listener)
        return True

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

    def drop_all(self) -> None:
        """Drop everybody."""
        for listener in self:
            self._drop(listener)

    def close(self) -> None:
        """Drop everybody and remove the socket."""
        self.drop_all()
        self._listening.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        try:
            accepted, _ = self._listening.accept()
        except OSError:
            return  # it has gone, or this process has no file handle left
        try:
            accepted.shutdown(socket.SHUT_RD)
            accepted.setblocking(False)
            if not is_owner(accepted):
                accepted.close()
                return
            if refused := self._refusal(len(self._listeners)):
                accepted.send(refused)
                accepted.close()
                return
        except OSError:
            accepted.close()
            return
        listener = Listener(accepted, self._clock.now_s())
        self._listeners[accepted.fileno()] = listener
        self._poll.register(accepted, 0)
        self.hand(listener, memoryview(self._greeting()), None)

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

    def _drop(self, listener: Listener) -> None:
        with suppress(KeyError):
            del self._listeners[listener.socket.fileno()]
            self._poll.unregister(listener.socket)
        listener.socket.close()
