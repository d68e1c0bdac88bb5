"""A host that sleeps: the exchange goes on; the desk takes no step and hears reports afterwards."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, Protocol

from engine.brokers.protocol import ReportSink, SettlementSink, Timer
from engine.exchange.faults.chance import Faults
from engine.market.clock import Clock

SLEEPS_S: Final = (5.0, 120.0)
"""Bounds of the seconds that a host sleeps."""


class Host(Protocol):
    """Runs the desk's steps, but not the exchange's timers."""

    def suspend(self) -> None:
        """Run no step of the desk."""
        ...

    def wake(self) -> None:
        """Run the steps that came due meanwhile, in order, and go on."""
        ...


class HostSleep:
    """Holds the desk's steps and the reports to it while its host sleeps.

    Args:
        faults: decides how long the host sleeps and what comes first when it wakes.
        clock: the present.
        timer: calls back at an epoch second whether or not the host sleeps.

    Attributes:
        host: put to sleep; None where the desk's steps cannot be held.
        asleep: whether it sleeps now.
    """

    def __init__(self, faults: Faults, clock: Clock, timer: Timer, host: Host | None) -> None:
        self.host = host
        self.asleep = False
        self._faults, self._clock, self._timer = faults, clock, timer
        self._held: list[tuple[Callable[[Any], None], Any]] = []
        self._times = 0

    def begin(self) -> None:
        """Put the host to sleep for a while, unless it sleeps already."""
        if self.asleep or self.host is None:
            return
        self.asleep = True
        self._times += 1
        self.host.suspend()
        wakes_s = self._clock.epoch_s() + self._faults.between("sleep/lasts", *SLEEPS_S)
        self._timer(wakes_s, partial(self._end, self._times))

    def wake(self) -> None:
        """End the sleep now."""
        self._end(self._times)

    def _end(self, number: int) -> None:
        if not self.asleep or number != self._times or self.host is None:
            return
        self.asleep = False
        held, self._held = self._held, []
        # No system promises whether timers or the network's buffers come first.
        if self._faults.index("sleep/timers first", 2):
            self.host.wake()
            self._timer(self._clock.epoch_s(), partial(_deliver, held))
        else:
            _deliver(held)
            self.host.wake()

    def hears(self, sink: ReportSink | SettlementSink) -> Callable[[Any], None]:
        """A sink that passes reports to `sink`: at once, or when the host wakes."""

        def hear(report: Any) -> None:
            if self.asleep:
                self._held.append((sink, report))
            else:
                sink(report)

        return hear


def _deliver(held: list[tuple[Callable[[Any], None], Any]]) -> None:
    for sink, report in held:
        sink(report)
