"""The server's side of the wire: an owner-only socket and its connections, within bounds."""

from __future__ import annotations

import os
import selectors
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.brokers.remote.frames import Frames, WireError, packed

MOST_CONNECTIONS: Final = 32
UNSENT_BYTES: Final = 16 * 2**20
"""A connection with more than that unread is closed; its client reconnects and asks."""

_PIECE: Final = 1 << 18


@dataclass(eq=False, slots=True)
class Peer:
    """One connection: its socket, what it has received and what is still to be sent."""

    socket: socket.socket
    frames: Frames
    unsent: bytearray


class SocketServer:
    """Accepts connections on a Unix socket, reads messages and sends answers; on one thread.

    Args:
        path: the socket; one that exists already is replaced.
        take: takes each message with its connection.
        closed: called when a connection has been closed.
    """

    def __init__(
        self,
        path: Path,
        take: Callable[[Peer, dict[str, Any]], None],
        closed: Callable[[Peer], None],
    ) -> None:
        self.path = path
        self._take, self._closed = take, closed
        self._peers: list[Peer] = []
        self._selector = selectors.DefaultSelector()
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
        for key, events in self._selector.select(wait_s):
            peer = key.data
            if peer is None:
                self._accept()
                continue
            if events & selectors.EVENT_WRITE:
                self._flush(peer)
            if events & selectors.EVENT_READ and peer in self._peers:
                self.read(peer)

    def read(self, peer: Peer) -> bool:
        """Read once from a connection; False where there was nothing or it is closed."""
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
            for message in peer.frames.feed(piece):
                self._take(peer, message)
        except WireError:
            self.drop(peer)
            return False
        return peer in self._peers

    def send(self, peer: Peer, message: dict[str, Any]) -> None:
        """Send a message, now or as soon as the connection takes it."""
        if peer not in self._peers:
            return
        peer.unsent += packed(message)
        self._flush(peer)

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
        self.path.unlink(missing_ok=True)

    def _accept(self) -> None:
        accepted, _ = self._listening.accept()
        if len(self._peers) >= MOST_CONNECTIONS:
            accepted.close()
            return
        accepted.setblocking(False)
        peer = Peer(accepted, Frames(), bytearray())
        self._peers.append(peer)
        self._selector.register(accepted, selectors.EVENT_READ, peer)

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
