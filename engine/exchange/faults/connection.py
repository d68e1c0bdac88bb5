"""The connection to the exchange: up, lost, half-open, or refused for an expired session."""

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
"""Reports that a replay after a reconnection sends again."""

LASTS_S: Final = {
    Fault.DISCONNECT: (2.0, 45.0),
    Fault.HALF_OPEN: (3.0, 30.0),
    Fault.UNAUTHORIZED: (2.0, 20.0),
}
"""Seconds that each kind of outage may last."""


class ConnectionState(StrEnum):
    """Whether the connection carries calls and reports."""

    UP = "up"
    DOWN = "down"
    HALF_OPEN = "half-open"
    UNAUTHORIZED = "unauthorized"


_STATES: Final = {
    Fault.DISCONNECT: ConnectionState.DOWN,
    Fault.HALF_OPEN: ConnectionState.HALF_OPEN,
    Fault.UNAUTHORIZED: ConnectionState.UNAUTHORIZED,
}


class Connection:
    """Carries calls to the exchange and reports back, as long as it is up.

    Args:
        faults: decides how long an outage lasts, and what becomes of its reports.
        clock, timer: the present, and calls at a later epoch second.
    """

    def __init__(self, faults: Faults, clock: Clock, timer: Timer) -> None:
        self.state = ConnectionState.UP
        self._sink: Callable[[Any], None] = lambda report: None
        self._faults, self._clock, self._timer = faults, clock, timer
        self._waiting: list[Any] = []
        self._keeps_reports = False
        self._recent: deque[Any] = deque(maxlen=REPLAYED)
        self._outages = 0

    def connect(self, sink: Callable[[Any], None]) -> None:
        """Take the sink of the reports that get through."""
        self._sink = sink

    def fail(self, fault: Fault) -> None:
        """Begin an outage, which ends by itself; one at a time."""
        if self.state is not ConnectionState.UP:
            return
        self.state = _STATES[fault]
        self._outages += 1
        number = self._outages
        # The exchange drops the reports of an outage, or sends them at its end.
        self._keeps_reports = self._faults.index("line/keeps", 2) == 1
        ends_s = self._clock.epoch_s() + self._faults.between("line/lasts", *LASTS_S[fault])
        self._timer(ends_s, lambda: self._mend(number))

    def mend(self) -> None:
        """End an outage now."""
        self._mend(self._outages)

    def _mend(self, number: int) -> None:
        if self.state is ConnectionState.UP or number != self._outages:
            return
        self.state = ConnectionState.UP
        waiting, self._waiting = self._waiting, []
        if self._faults.strikes(Fault.REPLAY):
            waiting = list(self._recent)
        for report in waiting:
            self._sink(report)

    def carries(self) -> bool:
        """Whether a call reaches the exchange; False where it is lost without an error.

        Raises:
            ConnectionError: the connection is lost.
            PermissionError: the session has expired.
        """
        if self.state is ConnectionState.DOWN:
            raise ConnectionError("the connection to the exchange is lost")
        if self.state is ConnectionState.UNAUTHORIZED:
            raise PermissionError("401: the session has expired")
        return self.state is ConnectionState.UP

    def report(self, report: Any) -> None:
        """Send a report to the engine: now, at the end of the outage, or never."""
        self._recent.append(report)
        if self.state in (ConnectionState.UP, ConnectionState.UNAUTHORIZED):
            self._sink(report)
        elif self._keeps_reports:
            self._waiting.append(report)
