"""A wall clock that is set while the desk trades: timers go by the clock that nobody sets."""

from __future__ import annotations

from datetime import time

import pytest

from engine.market.clock import Clock
from engine.orders import events as ev
from engine.risk.gates import Gate
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated


class SetClock:
    """The desk's own clock, which somebody sets; the exchange's is another one."""

    def __init__(self, true: Clock) -> None:
        self.true = true
        self.off_s = 0.0

    def now_s(self) -> float:
        return self.true.now_s()

    def epoch_s(self) -> float:
        return self.true.epoch_s() + self.off_s


def on_a_set_clock() -> tuple[Operated, SetClock]:
    """A desk on a clock of its own; the exchange knows what time it is, and tells it."""
    config = settings(7, symbols=("SPY",))
    desk = Operated(simulated(config, until=time(15, 0)))
    clock = SetClock(desk.context._clock)
    desk.context._clock = clock
    broker = desk.context.broker
    setattr(broker, "clock_s", clock.true.epoch_s)  # noqa: B010 - an exchange that tells its time
    for name in ("submit", "cancel", "query"):
        call = getattr(broker, name)
        setattr(broker, name, lambda what, _, call=call: call(what, clock.true.epoch_s()))
    return desk, clock


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
    clock.off_s = 0.0
    desk.run(2.0)
    assert not desk.raised("CLOCK")
    desk.run_until(lambda: desk.debits_sent() > before, within_s=120.0)
    desk.nothing_open()
    assert desk.desk.books_agree() == ""
    submits = [request.client_order_id for _, request in desk.sent]
    assert len(submits) == len(set(submits))


def test_a_phase_timer_that_comes_early_by_a_clock_set_back_is_set_again():
    desk, clock = on_a_set_clock()
    ends_s = desk.context.session.phase.ends_s
    clock.off_s = -5.0
    desk.executor.scheduler.run_until(ends_s + 2.0)
    assert desk.context.session.phase.ends_s == ends_s
    desk.executor.scheduler.run_until(ends_s + 6.0)
    assert desk.context.session.phase.ends_s > ends_s
