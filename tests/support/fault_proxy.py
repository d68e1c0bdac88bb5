"""A proxy for TCP in front of a broker that breaks calls: before they arrive, or after."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

BEFORE: Final = ("cut before", "silent before", "busy before")
"""Faults of calls that never arrive: cut, never answered, turned away."""

LATE: Final = "late"
"""The caller gives up; the call arrives all the same, after the next question about an order."""

AFTER: Final = ("cut", "reset", "truncate", "silent", "delay", "html", "bad gateway", "busy", LATE)
"""Faults of calls that arrive: their answers are lost, broken, too late, or another's."""

_HTML = b"<html>try again</html>"


def _canned(status: str) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(_HTML)}\r\n\r\n"
    return head.encode() + _HTML


_CANNED: Final = {
    "html": _canned("200 OK"),
    "bad gateway": _canned("502 Bad Gateway"),
    "busy": _canned("429 Too Many Requests"),
    "busy before": _canned("429 Too Many Requests"),
}


class FaultProxy:
    """Passes calls on to a broker on this machine.

    Args:
        port: of the broker.

    Attributes:
        faults: of the next calls of a method, in order.
        came: every call that came, as "POST /v2/orders".
        struck: how many faults have struck.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self.faults: dict[str, list[str]] = {}
        self.came: list[str] = []
        self.struck = self._asked = 0
        self._changed = threading.Condition()
        self._callers: set[socket.socket] = set()
        self._listen(0)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._own_port}"

    def _listen(self, port: int) -> None:
        self._listening = socket.create_server(("127.0.0.1", port))
        self._own_port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def close(self) -> None:
        """Refuse every connection, and end those there are."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        with self._changed:
            for caller in self._callers:
                with suppress(OSError):
                    caller.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def down(self) -> Iterator[None]:
        """Nobody listens while the block runs."""
        self.close()
        try:
            yield
        finally:
            self._listen(self._own_port)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                caller, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        with self._changed:
            self._callers.add(caller)
        with caller, socket.create_connection(("127.0.0.1", self._port)) as broker:
            with suppress(OSError):
                while (request := _message(caller)) and self._pass(request, caller, broker):
                    continue
            with self._changed:
                self._callers.discard(caller)

    def _pass(self, request: bytes, caller: socket.socket, broker: socket.socket) -> bool:
        """Pass one call on; whether the connection goes on."""
        method, path = request.split(b" ", 2)[:2]
        with self._changed:
            self.came.append(f"{method.decode()} {path.decode()}")
            waiting = self.faults.get(method.decode())
            fault = waiting.pop(0) if waiting else ""
            self.struck += bool(fault)
            asked = self._asked
        if fault == "busy before":
            caller.sendall(_CANNED[fault])
            return True
        if fault in BEFORE or fault == LATE:
            self._given_up(caller, fault)
        if fault in BEFORE:
            return False
        if fault == LATE:
            with self._changed:
                self._changed.wait_for(lambda: self._asked > asked)
        broker.sendall(request)
        answer = _message(broker)
        if fault in ("silent", "delay"):
            self._given_up(caller, fault)
        if fault == "reset":
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if fault not in ("cut", "reset", "silent", LATE):
            answer = _CANNED.get(fault, answer)
            caller.sendall(answer[: len(answer) // 2] if fault == "truncate" else answer)
        if method == b"GET" and path.startswith(b"/v2/orders"):
            with self._changed:
                self._asked += 1
                self._changed.notify_all()
        return fault in ("", "html", "bad gateway", "busy")

    @staticmethod
    def _given_up(caller: socket.socket, fault: str) -> None:
        """Wait until the caller has closed the connection, but where the fault is to cut it."""
        while not fault.startswith("cut") and caller.recv(65536):
            continue


def _message(peer: socket.socket) -> bytes:
    """One whole message of HTTP; empty where the peer is gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = peer.recv(65536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    rows = [row.lower().partition(b":") for row in head.split(b"\r\n")]
    length = next((int(value) for name, _, value in rows if name == b"content-length"), 0)
    while len(body) < length:
        piece = peer.recv(65536)
        if not piece:
            return b""
        body += piece
    return head + b"\r\n\r\n" + body


@contextmanager
def fault_proxy(port: int) -> Iterator[FaultProxy]:
    """A proxy that is closed in the end."""
    proxy = FaultProxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
