"""The desk's wall clock where somebody sets the machine's: steps are held back until believed."""

from __future__ import annotations

import pytest

from engine.runtime.pace import RealPace
from engine.runtime.steady_clock import SteadyClock


class TwoReadings:
    """A machine's two clocks, moved by hand; a pause strikes between two readings."""

    def __init__(self) -> None:
        self.timers_s, self.wall_s = 500.0, 1_800_000_000.0
        self.pauses_s: list[float] = []

    def now_s(self) -> float:
        return self.timers_s

    def epoch_s(self) -> float:
        if self.pauses_s:
            self.forward(self.pauses_s.pop())
        return self.wall_s

    def forward(self, seconds: float) -> None:
        self.timers_s += seconds
        self.wall_s += seconds


@pytest.fixture
def machine() -> TwoReadings:
    return TwoReadings()


def held(machine: TwoReadings) -> SteadyClock:
    clock = SteadyClock(machine)
    clock.begin()
    return clock


@pytest.mark.parametrize("step_s", [1.5, -1.5, 36_000.0, -36_000.0, 172_800.0])
def test_a_step_is_held_back_until_it_is_followed(machine: TwoReadings, step_s: float) -> None:
    clock = held(machine)
    before_s = clock.epoch_s()
    machine.wall_s += step_s
    machine.forward(10.0)
    assert clock.epoch_s() == pytest.approx(before_s + 10.0)
    assert clock.step_s == pytest.approx(step_s)
    clock.follow()
    machine.forward(1.0)
    assert clock.epoch_s() == machine.wall_s
    assert clock.step_s == 0.0


def test_a_clock_that_is_set_back_right_has_never_been_elsewhere(machine: TwoReadings) -> None:
    clock = held(machine)
    machine.wall_s += 3600.0
    assert clock.step_s == 0.0, "nobody has read it"
    clock.epoch_s()
    assert clock.step_s == pytest.approx(3600.0)
    machine.wall_s -= 3600.0
    assert clock.epoch_s() == machine.wall_s
    assert clock.step_s == 0.0


def test_what_the_time_service_corrects_is_followed_at_once(machine: TwoReadings) -> None:
    clock = held(machine)
    for _ in range(100):
        machine.wall_s += 0.4
        machine.forward(60.0)
        assert clock.epoch_s() == machine.wall_s
    assert clock.step_s == 0.0


def test_before_and_after_the_session_the_wall_clock_is_followed(machine: TwoReadings) -> None:
    clock = SteadyClock(machine)
    machine.wall_s += 3600.0
    assert clock.epoch_s() == machine.wall_s
    clock.begin()
    clock.end()
    machine.wall_s -= 7200.0
    assert clock.epoch_s() == machine.wall_s


@pytest.mark.parametrize("pauses", [1, 3])
def test_a_process_stopped_between_two_readings_saw_no_step(
    machine: TwoReadings, pauses: int
) -> None:
    clock = held(machine)
    before_s = clock.epoch_s()
    machine.pauses_s = [600.0] * pauses
    read_s = clock.epoch_s()
    assert before_s + 600.0 <= read_s <= before_s + 600.0 * pauses
    assert clock.step_s == 0.0
    assert clock.epoch_s() == machine.wall_s


def test_a_pace_in_real_time_has_such_a_clock(machine: TwoReadings) -> None:
    clock = RealPace(machine).clock
    assert isinstance(clock, SteadyClock)
    assert clock.now_s() == machine.timers_s
    assert clock.epoch_s() == machine.wall_s
