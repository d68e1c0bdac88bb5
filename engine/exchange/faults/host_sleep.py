"""A host that sleeps: the exchange goes on, the desk takes no step and hears of it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, Protocol

from engine.brokers.protocol import ReportSink, SettlementSink, Timer
from engine.exchange.faults.chance import Faults
from engine.market.clock import Clock

SLEEPS_S: Final = (5.0, 120.0)
"""Seconds that a host may sleep."""


class Host(Protocol):
    """What runs the desk's steps; the exchange's timers are none of them."""

    def suspend(self) -> None:
        """Run no step of the desk."""
        ...

    def wake(self) -> None:
        """Run what came due meanwhile, in the order in which it did, and go on."""
        ...


class Sleep:
    """Stands between the desk and everything that is told to it.

    Args:
        faults: chance, which draws how long the host sleeps and what comes first when it wakes.
        clock: the present.
        timer: calls back at an epoch second whether or not the host sleeps.

    Attributes:
        host: put to sleep; None where the desk's steps cannot be held.
        asleep: whether it sleeps now.
    """

    def __init__(self, faults: Faults, clock: Clock, timer: Timer) -> None:
        self.host: Host | None = None
        self.asleep = False
        self._faults, self._clock, self._timer = faults, clock, timer
        self._told: list[tuple[Callable[[Any], None], Any]] = []
        self._times = 0

    def begin(self) -> None:
        """Put the host to sleep for a while; nothing happens where it sleeps already."""
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
        told, self._told = self._told, []
        # Whether timers or the network's buffers come first, no system promises.
        if self._faults.index("sleep/timers first", 2):
            self.host.wake()
            self._timer(self._clock.epoch_s(), partial(_tell_all, told))
        else:
            _tell_all(told)
            self.host.wake()

    def hears(self, sink: ReportSink | SettlementSink) -> Callable[[Any], None]:
        """What to tell in place of `sink`: at once, or when the host wakes."""

        def hear(report: Any) -> None:
            if self.asleep:
                self._told.append((sink, report))
            else:
                sink(report)

        return hear


def _tell_all(told: list[tuple[Callable[[Any], None], Any]]) -> None:
    for sink, report in told:
        sink(report)
