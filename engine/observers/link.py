"""How one who looks at a desk keeps in touch with it: a thread, and one socket at a time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from engine.observers.frames import address

AGAIN_AFTER_S: Final = 0.5
"""Real seconds between two attempts to find the desk."""

GREETS_WITHIN_S: Final = 5.0
"""Real seconds that a desk may take to greet: it may only be busy."""

_ENDS_WITHIN_S: Final = 2.0


class NobodyListensError(ConnectionError):
    """A run that lets nobody connect: of an earlier version, or about to start or end."""


class DeskLink:
    """Keeps looking for a desk in a thread of its own, over one socket at a time.

    Args:
        look: finds the desk and receives until either ends; called again after that.
        thread: the thread's name.
    """

    def __init__(self, look: Callable[[], None], thread: str) -> None:
        self._look = look
        self._socket: socket.socket | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name=thread, daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        opened = self._socket
        if opened is not None:
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
        if self._thread.is_alive():
            self._thread.join(_ENDS_WITHIN_S)

    def connect(self, run_folder: Path, name: str) -> socket.socket:
        """A socket of a run, closed when the look ends; what it greets with must come in time.

        Args:
            run_folder: of the run.
            name: the socket's, in that folder.

        Raises:
            NobodyListensError: nobody is there.
            OSError: it cannot be reached for another reason.
        """
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        opened.settimeout(GREETS_WITHIN_S)
        try:
            with address(run_folder, name) as place:
                opened.connect(place)
        except (FileNotFoundError, ConnectionRefusedError) as error:
            opened.close()
            raise NobodyListensError(str(error)) from None
        except OSError:
            opened.close()
            raise
        self._socket = opened
        return opened

    def _look_on(self) -> None:
        while not self._over.is_set():
            try:
                self._look()
            finally:
                if self._socket is not None:
                    self._socket.close()
                    self._socket = None
            self._over.wait(AGAIN_AFTER_S)
