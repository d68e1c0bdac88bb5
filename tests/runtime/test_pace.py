"""How fast engine time goes: real, a multiple of it, standing still, a step, flat out."""

from __future__ import annotations

import math
import time

import pytest

from engine.market.clock import SystemClock, VirtualClock
from engine.runtime.pace import MOST_BEHIND_S, RealPace, VirtualPace

NINE = 1_000_000.0


@pytest.fixture
def real() -> VirtualClock:
    """The machine's clock, moved by hand."""
    return VirtualClock(50.0)


def pace_at(real: VirtualClock, speed: float) -> VirtualPace:
    return VirtualPace(VirtualClock(NINE), speed, real)


def pass_s(real: VirtualClock, seconds: float) -> None:
    real.move_to(real.now_s() + seconds)


def test_virtual_time_begins_to_go_when_it_is_first_asked_for(real):
    pace = pace_at(real, 10.0)
    pass_s(real, 100.0)
    assert pace.limit_s() == NINE
    pass_s(real, 1.0)
    assert pace.limit_s() == NINE + 10


def test_ten_virtual_seconds_a_real_one_are_waited_for_a_tenth_as_long(real):
    pace = pace_at(real, 10.0)
    assert pace.limit_s() == NINE
    assert pace.wait_s(NINE + 20) == pytest.approx(2.0)
    pass_s(real, 1.5)
    assert pace.wait_s(NINE + 20) == pytest.approx(0.5)
    pass_s(real, 9.0)
    assert pace.wait_s(NINE + 20) == 0.0


def test_another_speed_goes_on_from_where_time_stands(real):
    pace = pace_at(real, 10.0)
    pace.limit_s()
    pass_s(real, 2.0)
    pace.set_speed(100.0)
    assert pace.clock.now_s() == NINE + 20
    assert pace.limit_s() == NINE + 20
    pass_s(real, 1.0)
    assert pace.limit_s() == NINE + 120


def test_a_machine_that_slept_goes_on_from_where_it_is(real):
    pace = pace_at(real, 10.0)
    pace.limit_s()
    pass_s(real, 3600.0)
    assert pace.limit_s() == NINE + 10 * MOST_BEHIND_S
    pace.move_to(pace.limit_s())
    pass_s(real, 1.0)
    assert pace.limit_s() == NINE + 10 * (MOST_BEHIND_S + 1)


def test_a_pause_stops_time_at_once_and_a_second_one_changes_nothing(real):
    pace = pace_at(real, 10.0)
    pace.limit_s()
    pass_s(real, 1.0)
    pace.pause()
    pass_s(real, 60.0)
    pace.pause()
    assert pace.limit_s() == pace.clock.now_s() == NINE + 10
    assert pace.wait_s(NINE + 11) == math.inf


def test_a_resumed_time_does_not_catch_up_what_it_stood_still(real):
    pace = pace_at(real, 10.0)
    pace.limit_s()
    pass_s(real, 1.0)
    pace.pause()
    pass_s(real, 60.0)
    pace.resume()
    assert pace.limit_s() == NINE + 10
    pass_s(real, 1.0)
    assert pace.limit_s() == NINE + 20


def test_a_step_lets_time_go_on_that_far_and_no_farther(real):
    pace = pace_at(real, 10.0)
    pace.pause()
    pace.step_to(NINE + 60)
    assert pace.limit_s() == NINE + 60
    pace.move_to(NINE + 60)
    pass_s(real, 5.0)
    assert pace.limit_s() == NINE + 60


def test_a_step_that_was_not_used_up_does_not_outlive_the_next_pause(real):
    pace = pace_at(real, 1.0)
    pace.pause()
    pace.step_to(NINE + 3600)
    pace.resume()
    assert pace.limit_s() == NINE
    pass_s(real, 1.0)
    pace.pause()
    assert pace.limit_s() == NINE + 1


@pytest.mark.parametrize("seconds", [-10.0, math.nan])
def test_a_step_into_the_past_or_nowhere_moves_nothing(real, seconds):
    pace = pace_at(real, 1.0)
    pace.pause()
    pace.step_to(NINE + seconds)
    assert pace.limit_s() == NINE


def test_a_speed_chosen_while_time_stands_still_holds_from_the_resume_on(real):
    pace = pace_at(real, 10.0)
    pace.pause()
    pace.set_speed(2.0)
    pass_s(real, 30.0)
    assert pace.limit_s() == NINE
    pace.resume()
    pace.limit_s()
    pass_s(real, 3.0)
    assert pace.limit_s() == NINE + 6


def test_flat_out_nothing_is_waited_for(real):
    pace = pace_at(real, math.inf)
    assert pace.limit_s() == math.inf
    assert pace.wait_s(NINE + 1e6) == 0.0
    pace.pause()
    assert pace.limit_s() == NINE


def test_from_flat_out_to_a_speed_time_goes_on_from_the_last_event(real):
    pace = pace_at(real, math.inf)
    pace.move_to(NINE + 900)
    pace.set_speed(1.0)
    assert pace.limit_s() == NINE + 900
    pass_s(real, 2.0)
    assert pace.limit_s() == NINE + 902


def test_real_time_is_the_clocks_own(real):
    pace = RealPace(real)
    assert pace.limit_s() == 50.0
    assert pace.wait_s(53.0) == 3.0
    pass_s(real, 10.0)
    assert pace.wait_s(53.0) == 0.0
    pace.move_to(99.0)
    assert pace.limit_s() == 60.0


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="the system has no such clock")
def test_the_machines_clock_goes_on_while_the_machine_sleeps():
    before_s = time.clock_gettime(time.CLOCK_BOOTTIME)
    now_s = SystemClock().now_s()
    assert before_s <= now_s <= time.clock_gettime(time.CLOCK_BOOTTIME)
