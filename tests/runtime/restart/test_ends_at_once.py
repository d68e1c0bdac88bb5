"""A run that is taken over and ended before anything of it has run leaves nobody unaware."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from engine.commands import Ask, Command
from engine.orders import events as ev
from engine.orders.ladder import Stage
from engine.run_folder.kill_latch import KillLatch
from engine.runs.finding import existing_run, run_state
from tests.support.crashed_runs import events_of, open_units, resumed, violations
from tests.support.desks import places_of, simulated
from tests.support.operator_steps import Operated

Copy = tuple[Path, str]


def parked(folder: Path, run: str) -> set[tuple[str, int]]:
    """Units whose last stage is PARKED and of which an alarm says so, in the last session."""
    events = events_of(folder, run)
    stages = {(e.trader, e.cycle): e.stage for e in events if isinstance(e, ev.LadderMoved)}
    told = {
        e.where
        for e in events
        if isinstance(e, ev.AlarmRaised | ev.AlarmJoined) and e.what.startswith("unit parked")
    }
    return {
        (trader, cycle)
        for (trader, cycle), stage in stages.items()
        if stage == Stage.PARKED.value and f"{trader}/{cycle}" in told
    }


@pytest.mark.parametrize("latched", [None, 1, 2])
def test_a_unit_is_parked_and_alarmed_where_the_desk_is_stopped_before_it_starts(
    copy: Copy, latched: int | None
) -> None:
    folder, run = copy
    legged = open_units(events_of(folder, run))
    assert legged
    if latched is not None:
        KillLatch(folder / "sim" / "runs" / run).close(latched, 0.0)
    desk = resumed(folder, run)
    assert desk.stop().startswith("book == broker")
    assert legged.keys() <= parked(folder, run)
    assert run_state(existing_run(folder / "sim", run)) == "ended"
    assert violations(desk) == []


def test_a_quit_asked_for_before_the_start_ends_the_desk_as_it_starts(copy: Copy) -> None:
    folder, run = copy
    legged = open_units(events_of(folder, run))
    desk = resumed(folder, run)
    desk.submit(Command(Ask.DRAIN, who="signal", key="SIGTERM", args={"within_s": 0.0}))
    desk.run_to_end()
    assert legged.keys() <= parked(folder, run)
    assert run_state(existing_run(folder / "sim", run)) == "ended"


def test_a_unit_between_two_credits_is_parked_and_alarmed_when_the_desk_stops(
    tmp_path: Path,
) -> None:
    """Nothing of it works at the end: there is no order to cancel that would have parked it."""
    operated = Operated(simulated(run_dir=tmp_path, until=time(15, 0)))
    trader = operated.context.traders[operated.legged()]
    operated.venue.submit = lambda request, now_s: None  # type: ignore[method-assign]
    (unit,) = trader.credits.units.values()
    order = unit.order
    assert order is not None
    operated.venue.cancel(order.request.client_order_id, operated.now_s)
    operated.run_until(lambda: not order.live)
    operated.desk.stop()
    assert (trader.key, unit.cycle) in parked(tmp_path, places_of(operated.desk).run)
    cycles = operated.desk.report().cycles
    assert cycles.parked == cycles.open >= 1, "the summary counts what the alarm names"


def test_a_desk_that_never_started_says_that_it_ended(tmp_path: Path) -> None:
    desk = simulated(run_dir=tmp_path)
    assert "book == broker" in desk.stop()
    assert desk.places is not None
    assert run_state(desk.places) == "ended"


def test_who_asked_for_an_earlier_end_is_not_said_of_a_later_one(tmp_path: Path) -> None:
    desk = simulated(run_dir=tmp_path)
    desk.submit(Command(Ask.DRAIN, who="signal", key="SIGTERM", reason="by hand"))
    desk.stop()
    assert desk.report().header.ended_by == "signal SIGTERM (by hand)"
    again = simulated(run_dir=tmp_path, resume=places_of(desk).run)
    again.stop()
    assert again.report().header.ended_by == ""
