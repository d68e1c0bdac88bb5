"""Keeps a broker's stream connected, and says when something may have been missed."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Final, Protocol

from engine.brokers.stream.spec import Frame, Hint, StreamSpec, TurnedAway, Welcome
from engine.market.clock import WaitingClock
from engine.orders.soundness import cleaned

FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 30.0
"""Seconds between two attempts to connect: doubled from the first to the longest, with jitter."""

STEADY_S: Final = 30.0
"""Seconds after which a connection counts as good, and the next attempt may be quick again."""

GOOD_S: Final = 10.0
"""Seconds after which a connection is up for good: two programs that take a stream from each other
have it again and again, for less."""

WELCOME_S: Final = 10.0
"""Seconds in which the broker takes us."""

LONGEST_FRAME: Final = 2**20
_PING_S: Final = 10.0
_OPEN_S: Final = 5.0
_CLOSE_S: Final = 1.0


class Connection(Protocol):
    """One open websocket."""

    def send(self, frame: Frame) -> None:
        """Send a frame."""
        ...

    def recv(self, timeout: float | None) -> Frame:
        """The next frame; raises TimeoutError where none comes in time."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


@dataclass(frozen=True, slots=True)
class StreamHealth:
    """How a stream is.

    Args:
        up: whether the broker has taken us and frames come.
        heard_s: monotonic second of the last frame; None before the first.
        reason: why it is down; "" where it is up or has not begun.
        attempts: to connect since it was up.
    """

    up: bool = False
    heard_s: float | None = None
    reason: str = ""
    attempts: int = 0


class StreamSupervisor:
    """Runs a stream in a thread of its caller's, and connects again for as long as it runs.

    Args:
        spec: the dialect's.
        connect: opens a connection to an address; `open_websocket` but in tests.
        hear: takes what a frame tells.
        gap: called whenever something may have been missed: after each connect, and after a frame
            that cannot be read. The account is asked then; a stream is a hint.
        clock: real time.
        chance: for the jitter.

    Attributes:
        health: how the stream is.
        why: for what reason the last connection ended; "" before.
    """

    def __init__(
        self,
        spec: StreamSpec,
        connect: Callable[[str], Connection],
        hear: Callable[[Hint], None],
        gap: Callable[[], None],
        clock: WaitingClock,
        chance: random.Random,
    ) -> None:
        self._spec, self._connect = spec, connect
        self._hear, self._gap = hear, gap
        self._clock, self._chance = clock, chance
        self._stopping = threading.Condition()
        self._stopped = False
        self._connection: Connection | None = None
        self._wait_s = FIRST_WAIT_S
        self.health = StreamHealth()
        self.why = ""
        self._lost_s = clock.now_s()
        self._up_s: float | None = None

    @property
    def down_s(self) -> float:
        """Seconds for which it has not been up for good; 0 where it has."""
        return 0.0 if self._is_good() else self._clock.now_s() - self._lost_s

    def _is_good(self) -> bool:
        up_s = self._up_s
        return up_s is not None and self._clock.now_s() - up_s >= GOOD_S

    def stop(self) -> None:
        """Close the connection for good; `run` returns soon."""
        with self._stopping:
            self._stopped = True
            self._stopping.notify_all()
        self._close()

    def run(self) -> None:
        """Connect and listen until `stop`."""
        while not self._stopped:
            began_s = self._clock.now_s()
            try:
                reason = self._listen()
            except Exception as error:  # whatever a socket raises, the next attempt is due
                reason = type(error).__name__ if self._stopped else cleaned(error, 80)
                reason = reason or type(error).__name__
            self._close()
            if self._clock.now_s() - began_s >= STEADY_S:
                self._wait_s = FIRST_WAIT_S
            if self._is_good():
                self._lost_s = self._clock.now_s()
            self._up_s, self.why = None, reason
            attempts = 1 if self.health.up else self.health.attempts + 1
            self.health = StreamHealth(False, self.health.heard_s, reason, attempts)
            self._pause()

    def _listen(self) -> str:
        """One connection from its begin to its end; the reason for its end."""
        spec = self._spec
        self._connection = connection = self._connect(spec.url)
        for frame in spec.hello():
            connection.send(frame)
        begun_s = self._clock.now_s()
        while not self._stopped:
            up = self.health.up
            timeout_s = spec.silent_s if up else WELCOME_S - (self._clock.now_s() - begun_s)
            if timeout_s is not None and timeout_s <= 0:
                return "the broker did not take us in time"
            try:
                frame = connection.recv(timeout_s)
            except TimeoutError:
                return f"nothing came for {timeout_s:.0f} s"
            self.health = StreamHealth(up, self._clock.now_s(), "", self.health.attempts)
            reason = self._take(frame)
            if reason:
                return reason
        return "it was stopped"

    def _take(self, frame: Frame) -> str:
        """Take a frame; the reason for which the connection has to end, "" for none."""
        try:
            hints = self._spec.parse(frame)
        except ValueError:
            self._gap()
            return ""
        for hint in hints:
            if isinstance(hint, TurnedAway):
                self._wait_s = LONGEST_WAIT_S
                return f"the broker does not take us: {hint.reason}"
            if isinstance(hint, Welcome):
                if not self.health.up:
                    self.health = StreamHealth(True, self.health.heard_s)
                    self._up_s = self._clock.now_s()
                    self._gap()
            else:
                self._hear(hint)
        return ""

    def _pause(self) -> None:
        """Wait for the next attempt, half as long again or half as long at random."""
        wait_s = min(
            LONGEST_WAIT_S, max(FIRST_WAIT_S, self._wait_s * (0.5 + self._chance.random()))
        )
        self._wait_s = min(LONGEST_WAIT_S, self._wait_s * 2)
        latest_s = self._clock.now_s() + wait_s
        with self._stopping:
            while not self._stopped and (left_s := latest_s - self._clock.now_s()) > 0:
                self._clock.wait(self._stopping, left_s)

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):  # it is broken already
                connection.close()


def open_websocket(url: str, proxy: str = "") -> Connection:
    """Open a websocket: frames of a bounded size, pings that must be answered.

    Args:
        url: its address.
        proxy: `http://host:port` through which it is reached; "" for none.

    Raises:
        ValueError: the address is not encrypted, and not of this machine.
        OSError: it cannot be opened.
    """
    from urllib.parse import urlsplit

    from websockets.sync.client import connect

    parts = urlsplit(url)
    if parts.scheme != "wss" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise ValueError(f"{parts.hostname} is called over wss only")
    stack = ExitStack()
    opened = stack.enter_context(
        connect(
            url,
            open_timeout=_OPEN_S,
            close_timeout=_CLOSE_S,
            ping_interval=_PING_S,
            ping_timeout=_PING_S,
            max_size=LONGEST_FRAME,
            max_queue=256,
            compression=None,
            proxy=proxy or None,
        )
    )
    return _Websocket(opened, stack)


class _Websocket:
    """A connection of the library, closed by its context."""

    def __init__(self, opened: Connection, stack: ExitStack) -> None:
        self.send, self.recv, self.close = opened.send, opened.recv, stack.close
