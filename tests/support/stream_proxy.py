"""A proxy for a broker's stream that breaks the events on their way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.sync.server import ServerConnection, serve

STREAM_FAULTS: Final = ("cut", "reset", "truncate", "silent", "delay", "reorder", "double")
"""Of events: the connection ends or breaks, half of each comes, none comes, they come when
`release` is called, each second one comes before the first, each comes twice."""


class StreamProxy:
    """Passes a stream on.

    Args:
        url: of the broker's stream.

    Attributes:
        fault: of the events from now on; "" for none.
        struck: how many events it struck.
    """

    def __init__(self, url: str) -> None:
        self._target = url
        self.fault = ""
        self.struck = 0
        self._held: list[tuple[ServerConnection, str | bytes]] = []
        self._lock = threading.Lock()
        self._server = serve(self._serve, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/stream"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()

    def release(self) -> None:
        """Deliver what is held, and strike no more."""
        with self._lock:
            self.fault = ""
            held, self._held = self._held, []
            for peer, frame in held:
                self._send(peer, frame)

    def _serve(self, peer: ServerConnection) -> None:
        with connect(self._target) as broker:
            threading.Thread(target=self._say, args=(peer, broker), daemon=True).start()
            for frame in broker:
                with self._lock:
                    if not self._pass(peer, frame):
                        return

    @staticmethod
    def _say(peer: ServerConnection, broker: ClientConnection) -> None:
        try:
            for frame in peer:
                broker.send(frame)
        except ConnectionClosed:
            pass
        broker.close()

    def _pass(self, peer: ServerConnection, frame: str | bytes) -> bool:
        """Pass a frame on; whether the connection goes on."""
        event = b'"event"' in (frame.encode() if isinstance(frame, str) else frame)
        fault = self.fault if event else ""
        self.struck += bool(fault)
        if fault == "reset":
            peer.socket.close()
        if fault in ("cut", "reset"):
            return False
        if fault == "delay" or (fault == "reorder" and not self._held):
            self._held.append((peer, frame))
        elif fault != "silent":
            self._send(peer, frame[: len(frame) // 2] if fault == "truncate" else frame)
            if fault == "double":
                self._send(peer, frame)
            while fault == "reorder" and self._held:
                self._send(*self._held.pop())
        return True

    @staticmethod
    def _send(peer: ServerConnection, frame: str | bytes) -> None:
        try:
            peer.send(frame)
        except ConnectionClosed:
            return


@contextmanager
def stream_proxy(url: str) -> Iterator[StreamProxy]:
    """A proxy that is closed in the end."""
    proxy = StreamProxy(url)
    try:
        yield proxy
    finally:
        proxy.close()
