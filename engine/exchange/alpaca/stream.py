"""Alpaca's stream of trade updates in virtual time: frames late, lost, twice, cut, or silent."""

from __future__ import annotations

import json
import threading
from collections import deque
from functools import partial
from typing import Any, Final, Protocol

from engine.brokers.protocol import Timer
from engine.exchange.alpaca.faults import WireFault, WireFaults
from engine.exchange.alpaca.wire import MEDIAN_S, WireClock
from engine.market.clock import Clock

LATE_S: Final = (0.2, 4.0)
"""Seconds that a late event is behind; later ones overtake it."""

SILENT_S: Final = (3.0, 60.0)
"""Seconds for which a stream that is connected tells nothing."""

Frame = str | bytes


class StreamClock(WireClock, Protocol):
    """Time that passes while somebody waits, and conditions to wait on."""

    def wait(self, condition: threading.Condition, timeout_s: float | None) -> None:
        """Wait on a held condition until notified or `timeout_s` has passed."""
        ...

    def condition(self) -> threading.Condition:
        """A condition."""
        ...


class AlpacaStream:
    """Everybody who listens to one account's trade updates.

    Args:
        keys: key and secret of the account.
        faults: decides what goes wrong.
        clock: the exchange's.
        timer: calls back at an epoch second, in order.
    """

    def __init__(
        self, keys: tuple[str, str], faults: WireFaults, clock: Clock, timer: Timer
    ) -> None:
        self._keys, self._faults, self._clock, self._timer = keys, faults, clock, timer
        self._open: list[StreamConnection] = []
        self._silent_until_s = 0.0

    def connect(self, url: str, clock: StreamClock) -> StreamConnection:
        """Open a connection, for a listener who waits on a clock.

        Raises:
            OSError: it cannot be opened.
        """
        clock.sleep(2 * MEDIAN_S)
        if self._faults.strikes(WireFault.STREAM_REFUSED):
            raise ConnectionRefusedError("the stream cannot be opened")
        opened = StreamConnection(self._keys, clock)
        self._open = [each for each in self._open if not each.closed]
        self._open.append(opened)
        return opened

    def push(self, event: dict[str, Any]) -> None:
        """Tell a trade update, as well as the wire lets it through."""
        now_s, strikes = self._clock.now_s(), self._faults.strikes
        if strikes(WireFault.STREAM_CLOSED):
            self._close()
        if strikes(WireFault.STREAM_SILENT):
            self._silent_until_s = now_s + self._faults.between("stream/silent", *SILENT_S)
        if now_s < self._silent_until_s or strikes(WireFault.EVENT_LOST):
            return
        frame = json.dumps({"stream": "trade_updates", "data": event}).encode()
        if strikes(WireFault.EVENT_GARBLED):
            frame = frame[: len(frame) // 2]
        after_s = MEDIAN_S
        if strikes(WireFault.EVENT_LATE):
            after_s += self._faults.between("stream/late", *LATE_S)
        self._timer(now_s + after_s, partial(self._tell, frame))
        if strikes(WireFault.EVENT_TWICE):
            self._timer(now_s + 2 * after_s, partial(self._tell, frame))

    def calm(self) -> None:
        """End a silence."""
        self._silent_until_s = 0.0

    def _tell(self, frame: bytes) -> None:
        for connection in self._open:
            connection.tell(frame)

    def _close(self) -> None:
        closing, self._open = self._open, []
        for connection in closing:
            connection.drop()


class StreamConnection:
    """One stream, as its listener sees it.

    Attributes:
        closed: whether nothing more comes.
    """

    def __init__(self, keys: tuple[str, str], clock: StreamClock) -> None:
        self._keys, self._clock = keys, clock
        self._frames: deque[bytes] = deque()
        self._changed = clock.condition()
        self._listens = self.closed = False

    def send(self, frame: Frame) -> None:
        """Take a frame of the listener's: a login, or what it listens to."""
        message = json.loads(frame)
        data = message["data"]
        if message["action"] == "authenticate":
            good = (data["key_id"], data["secret_key"]) == self._keys
            status = "authorized" if good else "unauthorized"
            self._put("authorization", {"action": "authenticate", "status": status})
        else:
            self._listens = True
            self._put("listening", {"streams": data["streams"]})

    def recv(self, timeout: float | None) -> Frame:
        """The next frame.

        Raises:
            TimeoutError: none came in time.
            ConnectionResetError: the stream was closed.
        """
        latest_s = None if timeout is None else self._clock.now_s() + timeout
        with self._changed:
            while not self._frames:
                if self.closed:
                    raise ConnectionResetError("the stream was closed")
                left_s = None if latest_s is None else latest_s - self._clock.now_s()
                if left_s is not None and left_s <= 0:
                    raise TimeoutError
                self._clock.wait(self._changed, left_s)
            return self._frames.popleft()

    def close(self) -> None:
        """Close it from the listener's side."""
        self.drop()

    def drop(self) -> None:
        """Close it; what came before is read first."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def tell(self, frame: bytes) -> None:
        """Let a frame arrive."""
        if self._listens and not self.closed:
            with self._changed:
                self._frames.append(frame)
                self._changed.notify_all()

    def _put(self, stream: str, data: dict[str, Any]) -> None:
        with self._changed:
            self._frames.append(json.dumps({"stream": stream, "data": data}).encode())
            self._changed.notify_all()
