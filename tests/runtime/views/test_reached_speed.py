"""The picture says how fast time really goes where the machine cannot keep the speed asked for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from engine.market.clock import VirtualClock
from engine.runtime.pace import VirtualPace
from engine.runtime.views.publisher import MEASURED_OVER_S, PUBLISH_EVERY_S, Publisher
from engine.snapshot import EngineState


class Painted:
    """A publisher whose picture is only the speed reached, and both its clocks in the hand."""

    def __init__(self, speed: float) -> None:
        self.real = VirtualClock(50.0)
        self.pace = VirtualPace(VirtualClock(1_000_000.0), speed, self.real)
        context = SimpleNamespace(now=lambda: SimpleNamespace(epoch_s=0.0))
        lifecycle: Any = SimpleNamespace(
            context=context,
            operator=SimpleNamespace(tickets=()),
            state=EngineState.RUN,
            shown=lambda: None,
            ending=lambda: None,
            at_end=lambda call: None,
        )
        builder: Any = SimpleNamespace(build=lambda state, **words: words["reached"])
        self.publisher = Publisher(builder, self.pace, lifecycle)

    def go(self, real_s: float, managed: float) -> float | None:
        """Let real time pass while virtual time goes `managed` times as fast; what is shown."""
        for _ in range(round(real_s / PUBLISH_EVERY_S)):
            self.real.move_to(self.real.now_s() + PUBLISH_EVERY_S)
            self.pace.clock.move_to(self.pace.clock.now_s() + managed * PUBLISH_EVERY_S)
            self.publisher.publish()
        return self.publisher.latest  # type: ignore[return-value]


def test_a_machine_that_keeps_up_is_not_spoken_of():
    assert Painted(20.0).go(5.0, 20.0) is None


def test_a_machine_that_does_not_is_after_a_moment_and_no_longer_once_it_does():
    desk = Painted(500.0)
    assert desk.go(MEASURED_OVER_S - PUBLISH_EVERY_S, 180.0) is None
    assert desk.go(1.0, 180.0) == 180.0
    assert desk.go(2 * MEASURED_OVER_S, 500.0) is None


def test_what_another_speed_measured_is_forgotten():
    desk = Painted(500.0)
    desk.go(3.0, 180.0)
    desk.pace.set_speed(100.0)
    assert desk.go(PUBLISH_EVERY_S, 100.0) is None
    assert desk.go(3.0, 100.0) is None


def test_time_that_stands_still_is_not_behind():
    desk = Painted(20.0)
    desk.go(3.0, 20.0)
    desk.pace.pause()
    assert desk.go(5.0, 0.0) is None
    desk.pace.resume()
    assert desk.go(5.0, 20.0) is None
