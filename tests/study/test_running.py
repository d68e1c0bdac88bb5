"""A point gives the desk's own figures, the same every time, and leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest

from engine.commands import Command
from engine.config import DeskConfig, SimulationSettings
from engine.desk import assembly
from engine.desk.opening import DeskPlan, open_desk
from engine.exchange.matching.engine import MatchingEngine
from engine.orders import events as ev
from engine.runtime.watch.gate_looks import OPEN
from engine.state.unit import Unit
from engine.study import policies, running
from engine.study.chosen_pairs import SUMS
from engine.study.points import Point, digest_of, task_of
from engine.study.running import DESK, PointError, Row, run_point, run_task
from tests.support.command_line import record_small_session

UNTIL = time(9, 33)
FEW_ORDERS = 8
"""That a desk remembers whose events are told: it trades as one that remembers all."""

CONFIG = DeskConfig(
    simulation=SimulationSettings(
        fill_model="assumed", symbols=("SPY", "QQQ"), expirations_per_symbol=2
    )
)
POINT = Point(5, UNTIL)


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """The point, run."""
    return run_point(CONFIG, POINT)


@pytest.fixture(scope="module")
def alone() -> tuple[list[ev.Event], list[ev.Event]]:
    """The events of the same desk without a study, and those of a desk that tells them."""
    kept: list[ev.Event] = []
    desk = open_desk(POINT.settings(CONFIG), DeskPlan(in_memory=True, until=UNTIL))
    journal = desk.executor.context.journal
    desk.executor.lifecycle.at_end(lambda: kept.extend(event for _, event in journal.read()))
    desk.run_to_end()
    told: list[ev.Event] = []
    plan = DeskPlan(in_memory=True, until=UNTIL, observe=told.append)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assembly, "OBSERVED_ORDERS_KEPT", FEW_ORDERS)
        desk = open_desk(POINT.settings(CONFIG), plan)
    exchange = desk.exchange
    desk.run_to_end()
    sent = sum(isinstance(event, ev.OrderSent) for event in told)
    assert len(desk.executor.context.state.orders.known) <= FEW_ORDERS + 4 < sent / 2
    assert isinstance(exchange, MatchingEngine) and not list(exchange.wire.rows())
    return kept, told


def test_a_desk_that_tells_its_events_trades_as_one_that_keeps_them(
    alone: tuple[list[ev.Event], list[ev.Event]],
) -> None:
    kept, told = alone
    assert len(kept) > 200
    assert [type(event) for event in told] == [type(event) for event in kept]
    assert told == kept


def test_looking_at_the_gates_changes_no_trade_and_figures_are_those_of_the_events(
    rows: list[Row], alone: tuple[list[ev.Event], list[ev.Event]]
) -> None:
    events = alone[0]
    desk = rows[0]
    ends = [event for event in events if isinstance(event, ev.CycleEnded)]
    attempts = [event for event in events if isinstance(event, ev.AttemptEnded)]
    floors = {event.order: event.floor for event in events if isinstance(event, ev.OrderIntended)}
    assert desk.fills > 3
    assert desk.floor_c == sum(end.floor_c for end in ends if end.outcome != "PARKED")
    assert desk.attempts == len(attempts)
    assert desk.fills == sum(attempt.filled > 0 for attempt in attempts)
    assert desk.orders == sum(isinstance(event, ev.OrderSent) for event in events)
    assert desk.limit_floor_c == sum(
        round(floors[attempt.order] * 10_000) * attempt.filled for attempt in attempts
    )
    assert desk.suspect_floor_c + desk.plain_floor_c + desk.mid_unknown_floor_c == desk.floor_c
    assert sum(desk.hour_floor_c.values()) == desk.floor_c
    assert desk.hour_looks == {9: desk.looks}
    pairs = {event.order: event for event in events if isinstance(event, ev.PairChosen)}
    mids = [(pairs[attempt.order].mid_floor, attempt.filled) for attempt in attempts]
    assert desk.mid_unknown == sum(mid is None for mid, _ in mids)
    assert desk.suspect == sum(mid is not None and mid > 0 for mid, _ in mids)
    assert desk.mid_floor_c == sum(round((mid or 0.0) * 10_000 * filled) for mid, filled in mids)
    assert desk.mid_limit_c == desk.limit_floor_c, "every floor at mid is known here"
    assert sum(desk.fill_times.values()) == desk.fills
    assert sum(desk.waits.values()) == desk.attempts - desk.fills
    assert sum(desk.hedges.values()) == desk.completions
    assert sum(desk.hedges.values()) + sum(desk.unhedged.values()) == desk.cycles
    assert desk.below_zero == sum(end.floor_c < 0 and end.outcome != "PARKED" for end in ends)
    finished = sum(round(end.hedge_s * 1000) for end in ends if end.outcome != "PARKED")
    assert desk.legged_ms >= finished > 0
    assert desk.difference == ""


def test_the_desks_row_is_the_sum_of_the_traders_rows(rows: list[Row]) -> None:
    desk, *traders = rows
    assert desk.trader == DESK
    assert len(traders) == 4
    for name in ("floor_c", "orders", "fills", "legged_ms", "looks", "below_zero_c", "hung", *SUMS):
        assert getattr(desk, name) == sum(getattr(row, name) for row in traders), name
    assert sum(desk.gates.values()) == desk.looks == 4 * 18
    assert desk.gates[OPEN] > 0


def test_the_same_point_has_the_same_rows_and_a_placebo_other_orders_on_the_same_quotes(
    rows: list[Row],
) -> None:
    assert run_point(CONFIG, POINT) == rows
    placebo = run_point(CONFIG, replace(POINT, own_draws=True))
    assert [row.trader for row in placebo] == [row.trader for row in rows]
    assert placebo[0].orders != rows[0].orders or placebo[0].floor_c != rows[0].floor_c


def test_a_unit_still_open_at_the_end_counts_as_legged_until_then() -> None:
    seen = running._Seen()
    unit = Unit("SPY", 3)
    unit.first_fill_ms = 1_000
    seen.still_open(unit, "SPY", 3, 61_000)
    end = seen.ends["SPY", 3]
    assert (end.outcome, end.legged_ms, end.hung) == ("PARKED", 60_000, True)


def test_a_point_leaves_nothing_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "LEGDESK_STATE_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    run_point(CONFIG.changed(state_dir=tmp_path), replace(POINT, until=time(9, 31)))
    assert list(tmp_path.iterdir()) == []


def test_a_recorded_session_is_a_day_and_another_content_is_refused(tmp_path: Path) -> None:
    session = record_small_session(tmp_path / "one", minutes=5)
    point = Point(1, None, session, digest_of(session))
    rows = run_point(CONFIG, point)
    assert {row.session for row in rows} == {"one"}
    assert rows[0].attempts > 0
    task = task_of(CONFIG, replace(point, digest="other"), "watch")
    with pytest.raises(PointError, match="is not the session that the study began with"):
        run_task(task)


def test_dollars_of_pairs_that_settle_within_the_run_are_kept(rows: list[Row]) -> None:
    seen = running._Seen()
    plan = DeskPlan(
        in_memory=True,
        until=UNTIL,
        pool_threads=1,
        desk_seed=POINT.desk_seed(POINT.seed),
        observe=seen.observe,
    )
    desk = open_desk(POINT.settings(CONFIG), plan)
    context = desk.executor.context

    def settle() -> None:
        for pair in context.state.positions.pairs.held():
            settled = ev.PairSettled(0, pair.trader, pair.cycle, 1, 0, 60_000, 0, 0, 0, 0, 0)
            context.emit(settled)

    desk.executor.lifecycle.at_end(settle)
    found = running._run(desk, running._Where(POINT.seed, "", "assumed"), "watch", seen)
    assert context.state.positions.settled > 3
    assert [row.floor_c for row in found] == [row.floor_c for row in rows]


def test_a_worker_of_another_version_runs_nothing() -> None:
    task = replace(task_of(CONFIG, POINT, "watch"), code="0.0.1")
    with pytest.raises(PointError, match=r"the study 0\.0\.1; install the same there"):
        run_task(task)


def test_an_operator_who_approves_asks_for_every_promising_change_and_no_other() -> None:
    plan = DeskPlan(in_memory=True, until=time(9, 31))
    desk = open_desk(POINT.settings(CONFIG), plan)
    context = desk.executor.context
    trader = next(iter(context.traders))
    for name, verdict in (("R-1", "PROMISING"), ("R-2", "THIN"), ("R-3", "PROMISING")):
        context.emit(ev.Recommended(0, name, trader, "SIZE", 1, 2, verdict, {}))
    context.emit(ev.RecommendationSettled(0, "R-3", "rejected", ""))
    asked: list[Command] = []
    desk.executor.submit = asked.append  # type: ignore[assignment, method-assign]
    policies._approve(desk)
    assert [(command.ask.value, command.target) for command in asked] == [("approve", "R-1")]
