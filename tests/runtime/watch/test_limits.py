"""Session limits close the desk, stay closed, and say so."""

from __future__ import annotations

from engine.orders import events as ev
from engine.runtime.context import DeskContext
from engine.snapshot import EngineState
from tests.support.desks import simulated


def running() -> tuple[object, DeskContext]:
    desk = simulated()
    desk.executor.begin()
    return desk, desk.executor.context


def cycle(context: DeskContext, floor_c: int) -> ev.CycleEnded:
    key = next(iter(context.traders))
    return ev.CycleEnded(
        context.moment.at_ms, key, 1, "COMPLETE", 1, 0, 272, floor_c, "RISK", "butterfly", 1.0
    )


def codes(context: DeskContext) -> set[str]:
    return {record.raised.code for record in context.state.notices.alarms.values()}


def test_a_day_loss_beyond_the_first_limit_leaves_the_desk_exit_only_with_an_alarm():
    desk, context = running()
    context.emit(cycle(context, -round(context.config.limits.day_loss_exit_only_usd * 100)))
    assert context.flags.exit_only
    assert not context.flags.halted
    assert codes(context) == {"DAY_LOSS"}
    assert desk.executor.publisher.build().state is EngineState.EXIT_ONLY


def test_a_day_loss_beyond_the_second_limit_halts_and_stays_so():
    _, context = running()
    context.emit(cycle(context, -round(context.config.limits.day_loss_halt_usd * 100)))
    context.emit(cycle(context, 10_000_000))
    assert context.flags.halted
    assert codes(context) == {"DAY_LOSS", "DAY_LOSS_HALT"}


def test_many_rejects_in_a_short_time_halt_the_desk():
    _, context = running()
    key = next(iter(context.traders))
    limit = context.config.limits.rejects_halt
    for number in range(limit):
        assert not context.flags.halted
        context.emit(ev.OrderEnded(context.moment.at_ms, key, f"S-{number}", "rejected", "no"))
    assert context.flags.halted
    assert "REJECTS_HALT" in codes(context)
