"""A wall clock that is set while the desk trades: timers go by the clock that nobody sets."""

from __future__ import annotations

from datetime import time

import pytest

from engine.orders import events as ev
from engine.risk.gates import Gate
from engine.runtime.steady_clock import SteadyClock
from engine.runtime.watch.clock import FOLLOW_AFTER_S
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated
from tests.support.set_clock import SetClock

HOUR_S = 3600.0
MORNING = time(10, 0)


def on_a_set_clock(
    *, told: bool = True, start: time = time(9, 30), until: time = time(15, 0)
) -> tuple[Operated, SetClock]:
    """A desk on a clock of its own; the exchange knows what time it is, and may tell it."""
    config = settings(7, symbols=("SPY",))
    desk = Operated(simulated(config, start=start, until=until))
    clock = SetClock(desk.context.clock)
    desk.context.clock = SteadyClock(clock)
    desk.context.clock.begin()
    broker = desk.context.broker
    if told:
        setattr(broker, "clock_s", clock.true.epoch_s)  # noqa: B010 - an exchange that tells it
    for name in ("submit", "cancel", "query"):
        call = getattr(broker, name)
        setattr(broker, name, lambda what, _, call=call: call(what, clock.true.epoch_s()))
    return desk, clock


def phase(desk: Operated) -> str:
    """The phase that the screen shows, which is the one that the traders go by."""
    shown = desk.snapshot().phase.name
    assert shown == desk.context.session.phase.phase
    assert shown == desk.executor.get_status()["phase"]
    return shown


@pytest.mark.parametrize("step_s", [30.0, -30.0, 86_400.0, -86_400.0])
def test_a_wall_clock_that_steps_moves_no_timer_and_stops_debits_until_it_is_right(step_s):
    desk, clock = on_a_set_clock()
    name = desk.working_debit()
    worked_s = desk.now_s
    clock.off_s = step_s
    desk.run_until(lambda: any(e.order == name for e in desk.of(ev.OrderEnded)), within_s=4.0)
    assert desk.now_s - worked_s <= 3.0, "its cancel goes by the clock that nobody sets"
    assert desk.raised("CLOCK")
    assert desk.context.gate.desk_gate() is Gate.CLOCK
    before = desk.debits_sent()
    desk.run(120.0)
    assert desk.debits_sent() == before
    assert not desk.context.state.orders.live and not desk.context.state.money.open_units
    assert desk.context.running, "a day is not over because a clock was set"
    assert desk.snapshot().now_s == pytest.approx(clock.true.epoch_s()), "the broker says so"
    clock.off_s = 0.0
    desk.run(2.0)
    assert not desk.raised("CLOCK") and not desk.raised("CLOCK_SET")
    desk.run_until(lambda: desk.debits_sent() > before, within_s=120.0)
    desk.nothing_open()
    assert desk.desk.books_agree() == ""
    submits = [request.client_order_id for _, request in desk.sent]
    assert len(submits) == len(set(submits))


def test_a_phase_timer_that_comes_early_by_a_slower_clock_is_set_again():
    desk, clock = on_a_set_clock()
    ends_s = desk.context.session.phase.ends_s
    clock.off_s = -0.9
    desk.executor.scheduler.run_until(ends_s + 0.5)
    assert desk.context.session.phase.ends_s == ends_s
    desk.executor.scheduler.run_until(ends_s + 1.0)
    assert desk.context.session.phase.ends_s > ends_s


@pytest.mark.parametrize(
    ("hours", "then"), [(0.5, "MORNING"), (2.5, "MIDDAY"), (10.5, "AFTER_HOURS")]
)
def test_a_step_that_nobody_confirms_is_followed_once_it_has_stayed(hours, then):
    desk, clock = on_a_set_clock(told=False, start=MORNING)
    clock.off_s = hours * HOUR_S
    before = desk.debits_sent()
    desk.run(2.0)
    assert phase(desk) == "MORNING"
    assert desk.raised("CLOCK") and not desk.raised("CLOCK_SET")
    assert any("clock was set by +" in note for note in desk.executor.get_status()["notes"])
    desk.run(FOLLOW_AFTER_S - 4.0)
    assert phase(desk) == "MORNING"
    assert desk.context.gate.desk_gate() is Gate.CLOCK
    assert desk.debits_sent() == before
    assert desk.snapshot().now_s == pytest.approx(clock.true.epoch_s())
    desk.run(3.5)
    assert phase(desk) == then
    assert not desk.raised("CLOCK")
    assert desk.raised("CLOCK_SET")
    assert desk.snapshot().now_s == pytest.approx(clock.epoch_s())


def test_a_phase_ends_by_the_clock_that_is_followed():
    desk, clock = on_a_set_clock(told=False, start=time(10, 25))
    clock.off_s = HOUR_S
    desk.run(FOLLOW_AFTER_S + 2.0)
    ends_s = desk.context.session.phase.ends_s
    desk.executor.scheduler.run_until(ends_s - HOUR_S + 1.0)
    assert phase(desk) == "MIDDAY"
    clock.off_s = 0.0
    desk.run(FOLLOW_AFTER_S + 2.0)
    assert phase(desk) == "MORNING"
    clock.off_s = HOUR_S
    desk.run(FOLLOW_AFTER_S + 2.0)
    assert phase(desk) == "MIDDAY"


def test_a_step_and_back_is_no_other_phase_whatever_lay_between():
    desk, clock = on_a_set_clock(told=False, start=MORNING)
    for off_s in (10.0 * HOUR_S, -20.0 * HOUR_S, 30.0 * HOUR_S):
        clock.off_s = off_s
        desk.run(FOLLOW_AFTER_S * 0.6)
        assert desk.raised("CLOCK")
    clock.off_s = 0.0
    desk.run(2.0)
    assert not desk.raised("CLOCK")
    desk.run(FOLLOW_AFTER_S * 2)
    assert not desk.raised("CLOCK_SET")
    assert phase(desk) == "MORNING"
    assert [event.phase for event in desk.of(ev.PhaseChanged)] == ["MORNING"]


def test_a_broker_that_confirms_the_step_ends_the_doubt_at_once():
    desk, clock = on_a_set_clock(told=False, start=MORNING)
    clock.off_s = HOUR_S * 3
    setattr(desk.context.broker, "clock_s", clock.epoch_s)  # noqa: B010
    desk.run(1.5)
    assert phase(desk) == "MIDDAY"
    assert desk.raised("CLOCK_SET") and not desk.raised("CLOCK")


def test_a_filled_debit_gets_its_credit_while_the_time_is_in_doubt():
    desk, clock = on_a_set_clock(told=False)
    trader = desk.legged()
    clock.off_s = 10 * HOUR_S
    completed = len(desk.of(ev.CycleEnded))
    desk.run_until(lambda: len(desk.of(ev.CycleEnded)) > completed, FOLLOW_AFTER_S - 1.0)
    ended = desk.of(ev.CycleEnded)[-1]
    assert ended.trader == trader and ended.outcome == "COMPLETE"
    assert desk.context.gate.desk_gate() is Gate.CLOCK


def test_a_day_ends_by_a_clock_that_stays_ahead_and_not_before():
    desk, clock = on_a_set_clock(told=False, start=MORNING)
    clock.off_s = 10.0 * HOUR_S
    desk.run(FOLLOW_AFTER_S - 1.0)
    assert desk.context.running
    desk.run(5.0)
    assert not desk.context.running


def test_a_clock_that_is_mended_just_after_it_was_followed_past_the_close_ends_no_day():
    desk, clock = on_a_set_clock(told=False, start=MORNING)
    clock.off_s = 10.0 * HOUR_S
    desk.run_until(lambda: desk.raised("CLOCK_SET"), FOLLOW_AFTER_S + 2.0)
    assert phase(desk) == "AFTER_HOURS"
    clock.off_s = 0.0
    desk.run(FOLLOW_AFTER_S + 5.0)
    assert desk.context.running
    assert phase(desk) == "MORNING"
    before = desk.debits_sent()
    desk.run_until(lambda: desk.debits_sent() > before, within_s=120.0)


def test_the_close_comes_by_the_time_that_went_on_where_the_clock_was_set_back_before_it():
    desk, clock = on_a_set_clock(start=time(15, 59), until=time(23, 0))
    closes_s = desk.context.session.phase.closes_s
    assert closes_s is not None
    desk.executor.scheduler.run_until(closes_s - 10.0)
    clock.off_s = -6.0 * HOUR_S
    desk.executor.scheduler.run_until(closes_s + 1.0)
    assert phase(desk) == "AFTER_HOURS"
    desk.run(3.0)
    assert not desk.context.running


def test_a_close_while_the_time_is_in_doubt_waits_for_the_answer():
    desk, clock = on_a_set_clock(told=False, start=time(15, 59), until=time(23, 0))
    closes_s = desk.context.session.phase.closes_s
    assert closes_s is not None
    desk.executor.scheduler.run_until(closes_s - 10.0)
    clock.off_s = -3.0 * HOUR_S
    desk.executor.scheduler.run_until(closes_s + 1.0)
    assert phase(desk) == "AFTER_HOURS"
    desk.run(5.0)
    assert desk.context.running
    desk.run(FOLLOW_AFTER_S)
    assert desk.context.running
    assert phase(desk) == "MIDDAY"


@pytest.mark.parametrize("days", [1, -1, 3])
def test_a_step_to_another_day_that_nobody_confirms_halts_entries(days):
    desk, clock = on_a_set_clock(told=False, start=MORNING)
    clock.off_s = days * 86_400.0
    before = desk.debits_sent()
    desk.run_until(lambda: desk.raised("CLOCK_SET"), FOLLOW_AFTER_S + 2.0)
    assert desk.context.flags.halted
    clock.off_s = 0.0
    desk.run(FOLLOW_AFTER_S * 2)
    assert desk.context.session.phase.session_date.isoformat() == "2026-11-20"
    assert desk.debits_sent() == before
