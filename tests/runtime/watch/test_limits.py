"""Session limits close the desk, stay closed, and say so."""

from __future__ import annotations

from engine.orders import events as ev
from engine.risk.gates import Gate
from engine.runtime.core import Core
from engine.snapshot import EngineState
from tests.support.desks import simulated


def running() -> tuple[object, Core]:
    desk = simulated()
    desk.executor.begin()
    return desk, desk.executor.core


def cycle(core: Core, floor_c: int) -> ev.CycleEnded:
    key = next(iter(core.traders))
    return ev.CycleEnded(
        core.moment.at_ms, key, 1, "COMPLETE", 1, 0, 272, floor_c, "RISK", "butterfly", 1.0
    )


def codes(core: Core) -> set[str]:
    return {record.raised.code for record in core.state.notices.alarms.values()}


def test_a_day_loss_beyond_the_first_limit_leaves_the_desk_exit_only_with_an_alarm():
    desk, core = running()
    core.emit(cycle(core, -round(core.config.limits.day_loss_exit_only_usd * 100)))
    assert core.flags.exit_only
    assert not core.flags.halted
    assert codes(core) == {"DAY_LOSS"}
    assert desk.executor.publisher.paint().state is EngineState.EXIT_ONLY


def test_a_day_loss_beyond_the_second_limit_halts_and_stays_so():
    _, core = running()
    core.emit(cycle(core, -round(core.config.limits.day_loss_halt_usd * 100)))
    core.emit(cycle(core, 10_000_000))
    assert core.flags.halted
    assert codes(core) == {"DAY_LOSS", "DAY_LOSS_HALT"}


def test_many_rejects_in_a_short_time_halt_the_desk():
    _, core = running()
    key = next(iter(core.traders))
    limit = core.config.limits.rejects_halt
    for number in range(limit):
        assert not core.flags.halted
        core.emit(ev.OrderEnded(core.moment.at_ms, key, f"S-{number}", "rejected", "no"))
    assert core.flags.halted
    assert "REJECTS_HALT" in codes(core)


def standing_stale(core: Core) -> list[str]:
    alarms = core.state.notices.alarms.values()
    return sorted(a.raised.where for a in alarms if a.raised.code == "STALE")


def test_single_stale_chains_are_named_and_a_stopped_feed_is_one_alarm():
    desk, core = running()
    traders = list(core.traders.values())
    traders[0].context.blocked = Gate.QUOTES_STALE
    desk.executor.limits.look()
    assert standing_stale(core) == [traders[0].key]
    for trader in traders:
        trader.context.blocked = Gate.QUOTES_STALE
    desk.executor.limits.look()
    assert standing_stale(core) == ["desk"]
    for trader in traders:
        trader.context.blocked = None
    desk.executor.limits.look()
    assert standing_stale(core) == []
