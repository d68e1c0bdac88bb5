"""The connection to the exchange: up, lost, half-open, or with its session refused."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

from engine.brokers.protocol import Timer
from engine.exchange.faults.chance import Faults
from engine.exchange.faults.kinds import Fault
from engine.market.clock import Clock

REPLAYED: Final = 200
"""Reports that a replay after a reconnection tells again."""

LASTS_S: Final = {
    Fault.DISCONNECT: (2.0, 45.0),
    Fault.HALF_OPEN: (3.0, 30.0),
    Fault.UNAUTHORIZED: (2.0, 20.0),
}
"""Seconds that each kind of outage may last."""


class ConnectionState(StrEnum):
    """How the connection stands."""

    UP = "up"
    DOWN = "down"
    HALF_OPEN = "half-open"
    UNAUTHORIZED = "unauthorized"


_STATES: Final = {
    Fault.DISCONNECT: ConnectionState.DOWN,
    Fault.HALF_OPEN: ConnectionState.HALF_OPEN,
    Fault.UNAUTHORIZED: ConnectionState.UNAUTHORIZED,
}


class Line:
    """Carries calls one way and reports the other, as long as it stands.

    Args:
        faults: chance.
        clock: the present.
        timer: calls back at an epoch second.

    Attributes:
        sink: where reports go that get through.
    """

    def __init__(self, faults: Faults, clock: Clock, timer: Timer) -> None:
        self.sink: Callable[[Any], None] = lambda report: None
        self.state = ConnectionState.UP
        self._faults, self._clock, self._timer = faults, clock, timer
        self._kept: list[Any] = []
        self._keeps = False
        self._recent: deque[Any] = deque(maxlen=REPLAYED)
        self._outages = 0

    def fail(self, fault: Fault) -> None:
        """Begin an outage; it ends by itself. One at a time."""
        if self.state is not ConnectionState.UP:
            return
        self.state = _STATES[fault]
        self._outages += 1
        number = self._outages
        # Reports of an outage are lost, or wait for its end at the exchange's side.
        self._keeps = self._faults.index("line/keeps", 2) == 1
        ends_s = self._clock.epoch_s() + self._faults.between("line/lasts", *LASTS_S[fault])
        self._timer(ends_s, lambda: self._mend(number))

    def mend(self) -> None:
        """End an outage now."""
        self._mend(self._outages)

    def _mend(self, number: int) -> None:
        if self.state is ConnectionState.UP or number != self._outages:
            return
        self.state = ConnectionState.UP
        kept, self._kept = self._kept, []
        if self._faults.strikes(Fault.REPLAY):
            kept = list(self._recent)
        for report in kept:
            self.sink(report)

    def carries(self) -> bool:
        """Whether a call reaches the exchange; False where it vanishes without a word.

        Raises:
            ConnectionError: the connection is lost.
            PermissionError: the session is refused.
        """
        if self.state is ConnectionState.DOWN:
            raise ConnectionError("the connection to the exchange is lost")
        if self.state is ConnectionState.UNAUTHORIZED:
            raise PermissionError("401: the session has expired")
        return self.state is ConnectionState.UP

    def report(self, report: Any) -> None:
        """Bring a report to the engine, later, or never."""
        self._recent.append(report)
        if self.state in (ConnectionState.UP, ConnectionState.UNAUTHORIZED):
            self.sink(report)
        elif self._keeps:
            self._kept.append(report)
