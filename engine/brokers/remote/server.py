"""The server's side of the wire: an owner-only socket and its connections, within bounds."""

from __future__ import annotations

import os
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from engine.brokers.remote.frames import LONGEST_REQUEST, Frames, WireError, packed

MOST_CONNECTIONS: Final = 32
KEPT_FOR_GUARDS: Final = 8
"""Connections beyond that, for whoever says in time that it is a guard."""

UNNAMED_S: Final = 2.0
"""Real seconds in which a connection says who it is; desks and guards do so at once."""

FRAME_S: Final = 5.0
"""Real seconds in which a frame that has begun must end."""

IDLE_S: Final = 60.0
"""Real seconds of silence after which a connection that only looks is closed."""

UNNAMED, LOOKS, TRADES, GUARDS = range(4)
"""What a connection is, the least important first; the first two make room for others."""

UNSENT_BYTES: Final = 16 * 2**20
"""A connection with more than that unread is closed; its client reconnects and asks."""

AT_ONCE: Final = 8
"""Messages of one connection taken in a turn: a flood of requests waits for itself alone."""

_PIECE: Final = 1 << 18


@dataclass(eq=False, slots=True)
class Peer:
    """One connection: its socket, what it has received and what is still to be sent.

    Args:
        socket, frames, unsent: those.
        heard_s: real second of its last whole message, or of its begin.
        rank: what it is.
        begun_s: real second at which a frame began that has not ended; None where none has.
        waiting: messages that have come and are not taken yet; while there are any, nothing more
            is read.
    """

    socket: socket.socket
    frames: Frames
    unsent: bytearray
    heard_s: float
    rank: int = UNNAMED
    begun_s: float | None = None
    waiting: deque[dict[str, Any]] = field(default_factory=deque)


class SocketServer:
    """Accepts connections on a Unix socket, reads messages and sends answers; on one thread.

    Other threads hand over with `post` what they want done in it.

    Args:
        path: the socket; one that exists already is replaced.
        take: takes each message with its connection.
        closed: called when a connection has been closed.
        real_s: real seconds, for how long a connection is silent.
    """

    def __init__(
        self,
        path: Path,
        take: Callable[[Peer, dict[str, Any]], None],
        closed: Callable[[Peer], None],
        real_s: Callable[[], float],
    ) -> None:
        self.path = path
        self._take, self._closed, self._real_s = take, closed, real_s
        self._peers: list[Peer] = []
        self._selector = selectors.DefaultSelector()
        self._posted: deque[Callable[[], None]] = deque()
        self._woken, self._waker = socket.socketpair()
        for each in (self._woken, self._waker):
            each.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._wakes = self._woken.fileno()
        self._closing = threading.Lock()
        self._listening = self._listen()

    def __contains__(self, peer: Peer) -> bool:
        return peer in self._peers

    def _listen(self) -> socket.socket:
        self.path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            listening.bind(str(self.path))
        finally:
            os.umask(before)
        listening.listen(MOST_CONNECTIONS)
        listening.setblocking(False)
        self._selector.register(listening, selectors.EVENT_READ)
        return listening

    def turn(self, wait_s: float) -> None:
        """Read and send what is ready; wait at most `wait_s` real seconds for something to be."""
        behind = any(peer.waiting for peer in self._peers)
        for key, events in self._selector.select(0.0 if behind else wait_s):
            peer = key.data
            if key.fd == self._wakes:
                with suppress(BlockingIOError):
                    self._woken.recv(_PIECE)
                continue
            if peer is None:
                self._accept()
                continue
            if events & selectors.EVENT_WRITE:
                self._flush(peer)
            if events & selectors.EVENT_READ and not peer.waiting and peer in self._peers:
                self._receive(peer)
        for _ in range(len(self._posted)):
            self._posted.popleft()()
        for peer in list(self._peers):
            if peer.waiting:
                self._serve(peer)
        self._drop_silent()

    def post(self, call: Callable[[], None]) -> None:
        """Have `call` run in the server's thread, soon; from any thread."""
        self._posted.append(call)
        with self._closing, suppress(OSError):  # full: it is awake; closed: it serves no more
            self._waker.send(b"\0")

    def read(self, peer: Peer) -> bool:
        """Take what a connection sent, once; False where there was nothing or it is closed."""
        if not peer.waiting and not self._receive(peer):
            return False
        self._serve(peer)
        return peer in self._peers

    def _receive(self, peer: Peer) -> bool:
        try:
            piece = peer.socket.recv(_PIECE)
        except BlockingIOError:
            return False
        except OSError:
            piece = b""
        if not piece:
            self.drop(peer)
            return False
        try:
            messages = peer.frames.feed(piece)
        except WireError:
            self.drop(peer)
            return False
        now_s = self._real_s()
        if messages:
            peer.heard_s, peer.begun_s = now_s, None
            peer.waiting.extend(messages)
        if not peer.frames.partial:
            peer.begun_s = None
        elif peer.begun_s is None:
            peer.begun_s = now_s
        return True

    def _serve(self, peer: Peer) -> None:
        for _ in range(min(AT_ONCE, len(peer.waiting))):
            if peer not in self._peers:
                return
            try:
                self._take(peer, peer.waiting.popleft())
            except WireError:
                self.drop(peer)
        if not peer.waiting and peer.begun_s is not None:
            peer.begun_s = self._real_s()  # its end could not be read until now

    def send(self, peer: Peer, message: dict[str, Any]) -> None:
        """Send a message, now or as soon as the connection takes it."""
        if peer not in self._peers:
            return
        peer.unsent += packed(message)
        self._flush(peer)

    def named(self, peer: Peer, rank: int) -> None:
        """A connection has said what it is: LOOKS, TRADES or GUARDS."""
        peer.rank = rank

    def drop(self, peer: Peer) -> None:
        """Close a connection, unless it is closed already."""
        if peer in self._peers:
            self._peers.remove(peer)
            self._selector.unregister(peer.socket)
            peer.socket.close()
            self._closed(peer)

    def close(self) -> None:
        """Close every connection, and remove the socket."""
        for peer in list(self._peers):
            self.drop(peer)
        self._selector.unregister(self._listening)
        self._listening.close()
        with self._closing:
            self._woken.close()
            self._waker.close()
        self._selector.close()
        self.path.unlink(missing_ok=True)

    def _accept(self) -> None:
        try:
            accepted, _ = self._listening.accept()
        except OSError:
            return  # it has gone, or this process has no file handle left: the others go on
        if len(self._peers) >= MOST_CONNECTIONS:
            self._make_room()
        if len(self._peers) >= MOST_CONNECTIONS + KEPT_FOR_GUARDS:
            accepted.close()
            return
        accepted.setblocking(False)
        peer = Peer(accepted, Frames(LONGEST_REQUEST), bytearray(), self._real_s())
        self._peers.append(peer)
        self._selector.register(accepted, selectors.EVENT_READ, peer)

    @property
    def crowded(self) -> bool:
        """Whether only guards find a place."""
        return len(self._peers) > MOST_CONNECTIONS

    def _make_room(self) -> None:
        """Close the least important connection, of those the longest silent; no desk, no guard."""
        least = min(self._peers, key=lambda peer: (peer.rank, peer.heard_s))
        if least.rank <= LOOKS:
            self.drop(least)

    def _drop_silent(self) -> None:
        now_s = self._real_s()
        for peer in list(self._peers):
            silent_s = now_s - peer.heard_s
            if (
                (peer.rank == UNNAMED and silent_s > UNNAMED_S)
                or (peer.rank == LOOKS and silent_s > IDLE_S)
                or (
                    peer.begun_s is not None and not peer.waiting and now_s - peer.begun_s > FRAME_S
                )
            ):
                self.drop(peer)

    def _flush(self, peer: Peer) -> None:
        try:
            while peer.unsent:
                del peer.unsent[: peer.socket.send(peer.unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self.drop(peer)
            return
        if len(peer.unsent) > UNSENT_BYTES:
            self.drop(peer)
            return
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if peer.unsent else 0)
        self._selector.modify(peer.socket, events, peer)
