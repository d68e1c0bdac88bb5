"""The sockets of a run's folder: for its owner alone, by their modes and by the kernel's word."""

from __future__ import annotations

import os
import select
import socket
import struct
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

from engine.observers.frames import address

_PEER: Final = struct.Struct("3i")
_GONE: Final = select.POLLHUP | select.POLLERR | select.POLLNVAL


class Connected(Protocol):
    """One connection."""

    @property
    def socket(self) -> socket.socket:
        """Its own."""


_Connection = TypeVar("_Connection", bound=Connected)


class Door(ABC, Generic[_Connection]):
    """An owner-only socket in a run's folder, and the connections that came in by it.

    Args:
        run_folder: the run's owner-only folder.
        name: the socket's in it.
        poll: tells which sockets are ready; its owner hands the events to `handles`.
        waiting: connections that may wait to be accepted.
        asks: what a new connection is polled for.

    Raises:
        OSError: there can be no such socket in that folder.
    """

    def __init__(
        self, run_folder: Path, name: str, poll: select.poll, waiting: int, asks: int
    ) -> None:
        self._path = run_folder / name
        self._poll = poll
        self._asks = asks
        self._inside: dict[int, _Connection] = {}
        self._listening = _listening(run_folder, name, waiting)
        poll.register(self._listening, select.POLLIN)

    def __len__(self) -> int:
        return len(self._inside)

    def __iter__(self) -> Iterator[_Connection]:
        return iter(list(self._inside.values()))

    def handles(self, number: int, event: int) -> bool:
        """Do what a ready socket asks for; False where the socket belongs to somebody else.

        Args:
            number: its file's.
            event: from the poll.
        """
        if number == self._listening.fileno():
            self._accept()
            return True
        one = self._inside.get(number)
        if one is None:
            return False
        if event & _GONE:
            self._drop(one)
        else:
            self._ready(one, event)
        return True

    def drop_all(self) -> None:
        """Close every connection."""
        for one in self:
            self._drop(one)

    def close(self) -> None:
        """Close every connection and remove the socket."""
        self.drop_all()
        self._listening.close()
        self._path.unlink(missing_ok=True)

    @abstractmethod
    def _welcome(self, accepted: socket.socket) -> _Connection | None:
        """The connection that an owner's socket becomes; None where it is closed instead.

        Raises:
            OSError: it is closed, too.
        """

    @abstractmethod
    def _ready(self, one: _Connection, event: int) -> None:
        """Do what a connection asks for that is still there."""

    def _accept(self) -> _Connection | None:
        """Let one in; None where nobody came in."""
        try:
            accepted, _ = self._listening.accept()
        except OSError:
            return None  # it has gone, or this process has no file handle left
        try:
            accepted.setblocking(False)
            one = self._welcome(accepted) if _is_owner(accepted) else None
        except OSError:
            one = None
        if one is None:
            accepted.close()
            return None
        self._inside[accepted.fileno()] = one
        self._poll.register(accepted, self._asks)
        return one

    def _drop(self, one: _Connection) -> None:
        with suppress(KeyError):
            del self._inside[one.socket.fileno()]
            self._poll.unregister(one.socket)
        one.socket.close()


def _listening(run_folder: Path, name: str, waiting: int) -> socket.socket:
    """A new socket that listens in a run's folder, in place of one that was left behind.

    Args:
        run_folder: the run's owner-only folder.
        name: the socket's in it.
        waiting: connections that may wait to be accepted.

    Raises:
        OSError: there can be no such socket in that folder.
    """
    path = run_folder / name
    path.unlink(missing_ok=True)
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with address(run_folder, name) as place:
            opened.bind(place)
        path.chmod(0o600)  # its folder is the owner's alone already
        opened.listen(waiting)
    except OSError:
        opened.close()
        raise
    opened.setblocking(False)
    return opened


def _is_owner(accepted: socket.socket) -> bool:
    """Whether the other side runs as this user; the folder's mode says so where a system cannot."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    peer = accepted.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    _, user, _ = _PEER.unpack(peer)
    return bool(user == os.geteuid())
