"""The sockets of a run's folder: for its owner alone, by their modes and by the kernel's word."""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path
from typing import Final

from engine.observers.frames import address

_PEER: Final = struct.Struct("3i")


def listening(run_folder: Path, name: str, waiting: int) -> socket.socket:
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


def is_owner(accepted: socket.socket) -> bool:
    """Whether the other side runs as this user; the folder's mode says so where a system cannot."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    peer = accepted.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    _, user, _ = _PEER.unpack(peer)
    return bool(user == os.geteuid())
