"""A small proxy for TCP that breaks what goes through it: cut, cut short, reset, and silence."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Literal

Fault = Literal["", "cut", "truncate", "half-open", "refuse"]


class BrokenWire:
    """Serves one canned answer a connection, broken as asked.

    Args:
        answer: the bytes of a whole HTTP answer.

    Attributes:
        fault: of the connections from now on: cut before the answer, truncate it, or never answer
            (half-open; the client gives up).
        requests: what arrived, one a connection.
        drips: called before each byte of an answer, which comes byte by byte where it is set.
    """

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.fault: Fault = ""
        self.drips: Callable[[], object] | None = None
        self.requests: list[bytes] = []
        self._held: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for held in self._held:
            held.close()

    def _serve(self) -> None:
        while True:
            try:
                opened, _ = self._listening.accept()
            except OSError:
                return
            request = b""
            while b"\r\n\r\n" not in request:
                piece = opened.recv(65536)
                if not piece:
                    break
                request += piece
            self.requests.append(request)
            if self.fault == "half-open":
                self._held.append(opened)
                continue
            if self.drips is not None:
                with suppress(OSError):  # whoever called has given up
                    for at in range(len(self.answer)):
                        self.drips()
                        opened.sendall(self.answer[at : at + 1])
            elif self.fault != "cut":
                opened.sendall(self.answer[: len(self.answer) // (2 if self.fault else 1)])
            opened.close()


@contextmanager
def broken_wire(answer: bytes) -> Iterator[BrokenWire]:
    """A wire that is closed in the end."""
    wire = BrokenWire(answer)
    try:
        yield wire
    finally:
        wire.close()
