"""What plain `legdesk` shows after its warm-up, all of it made by the engine."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from engine.config import DeskConfig
from engine.desk.opening import Desk, DeskPlan, open_desk
from engine.journal.reading import read_events
from engine.orders import events as ev
from engine.report.session import report_of
from engine.runtime.pace import VirtualPace
from engine.snapshot import EngineSnapshot
from tests.support.desks import closed_with_its_test, places_of


def warmed_up(folder: Path, config: DeskConfig | None = None) -> tuple[Desk, EngineSnapshot]:
    """The demo's desk at the end of its warm-up, and its snapshot."""
    desk = open_desk(config or DeskConfig(), DeskPlan(run_dir=folder, warm_up=True))
    closed_with_its_test(desk)
    desk.executor.begin()
    pace = desk.executor.pace
    assert isinstance(pace, VirtualPace)
    pace.set_speed(math.inf)
    desk.executor.scheduler.run_until(desk._hours.warm_until_s)
    return desk, desk.executor.publisher.build()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, EngineSnapshot]:
    desk, shown = warmed_up(tmp_path_factory.mktemp("demo"))
    desk.executor.finish()
    return desk, shown


def test_a_recommendation_is_ready_and_forty_five_minutes_do_not_prove_it(demo):
    """What is SEPARATED takes one key: three quarters of an hour are too little for that."""
    _, shown = demo
    ready = {r.verdict for r in shown.recommendations if r.state == "ready"}
    assert ready == {"CENSORED"}


def test_traders_were_on_automatic_hold_and_tried_again(demo):
    desk, _ = demo
    events = [event for _, event in read_events(places_of(desk).journal)]
    held = [e for e in events if isinstance(e, ev.TraderHeld) and e.code == "HELD"]
    released = {e.trader for e in events if isinstance(e, ev.TraderReleased)}
    assert held and all("fills" in e.text for e in held)
    assert released & {e.trader for e in held}


def test_a_leg_hung_and_was_completed(demo):
    desk, _ = demo
    ended = [e for _, e in read_events(places_of(desk).journal) if isinstance(e, ev.CycleEnded)]
    assert any(event.hedge_s > 30 and event.outcome == "COMPLETE" for event in ended)


def test_every_pane_has_something_to_show(demo):
    _, shown = demo
    assert len(shown.traders) == len(shown.balances) == 15
    assert len(shown.orders) > 20
    assert shown.events
    assert shown.sizes
    assert shown.hours
    assert shown.phase.name == "MORNING"
    assert all(row.attempts > 50 and sum(row.spark) > 0 for row in shown.traders)


def test_every_number_on_the_screen_equals_the_report_of_the_runs_journal(demo):
    desk, shown = demo
    report = report_of(places_of(desk).journal)
    totals, money = shown.totals, report.money
    assert (totals.attempts, totals.fills) == (report.attempts.n, report.attempts.k)
    assert totals.net_premium_c == money.net_premium_c
    assert totals.matched_c == money.matched_c
    assert totals.open_c == money.open_c
    assert totals.fees_c == money.fees_c
    assert totals.floor_c == money.floor_c
    assert totals.unhedged == money.unhedged
    assert totals.completions == report.cycles.completion.k
    rows = {row.key: row for row in shown.traders}
    for told in report.traders:
        row = rows[told.trader]
        assert (row.fills, row.attempts) == (told.fill.k, told.fill.n)
        assert (row.low, row.high) == (told.fill.low, told.fill.high)
        assert row.completions == told.completions
        assert row.filled_cycles == told.filled_cycles
        assert row.size == told.size
        assert row.net_contracts == told.net_contracts
        assert row.matched_c == told.matched_c
        assert row.last_result == told.last_result
    assert [(r.label, r.k, r.n) for r in shown.sizes] != []
    assert {(r.k, r.n) for r in shown.sizes} == {(r.k, r.n) for r in report.sizes}
    assert {(r.k, r.n) for r in shown.hours} == {(r.k, r.n) for r in report.hours}
    standing = sum(1 for alarm in shown.alarms if alarm.state != "cleared")
    at_the_end = [each for each in report.alarms.standing if "the desk ended" in each]
    assert standing == len(report.alarms.standing) - len(at_the_end)


def test_another_seed_shows_other_numbers(tmp_path):
    early = DeskConfig().simulation.model_copy(update={"warm_up_until": "09:33"})
    shown = []
    for seed in (early.seed, 23):
        config = DeskConfig(simulation=early.model_copy(update={"seed": seed}))
        desk, pictured = warmed_up(tmp_path / str(seed), config)
        desk.executor.finish()
        shown.append(pictured)
    one, other = shown
    assert one.totals.attempts > 30
    assert one.totals != other.totals
    assert one.traders != other.traders
