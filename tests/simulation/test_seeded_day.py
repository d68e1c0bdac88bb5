"""Seeded days: book and exchange agree, one seed is one run, a lost execution is noticed."""

from __future__ import annotations

import subprocess
import sys
from datetime import time

import pytest

from engine.desk.opening import Desk
from engine.journal.reading import export_lines, read_events
from engine.orders.events import AlarmRaised
from engine.orders.types import ReportKind
from engine.report.records import SessionReport
from engine.report.session import report_of
from engine.snapshot import EngineState, TraderState
from engine.state.desk import DeskState
from engine.state.totals import plain_values
from tests.support.desks import THREE, exported, places_of, settings, simulated


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, SessionReport]:
    """Half an hour of a desk without faults, on disk, and its report."""
    folder = tmp_path_factory.mktemp("morning")
    desk = simulated(settings(7), until=time(10, 0), run_dir=folder)
    return desk, desk.run_to_end()


def ended_in_order(desk: Desk, report: SessionReport) -> None:
    assert report.attempts.n > 300
    assert report.attempts.k > 50
    assert desk.books_agree() == ""
    desk.exchange.ledger.check()
    assert desk.exchange.open_orders() == ()
    assert desk.executor.state is EngineState.ENDED
    assert not any(
        a.priority == 1 and a.code in ("OVERSOLD", "BOOK_DIFFERS") for a in desk.snapshot().alarms
    )
    assert not any(row.state is TraderState.FAULT for row in desk.snapshot().traders)


def test_a_simulated_morning_ends_with_book_equal_to_exchange_and_nothing_working(morning):
    ended_in_order(*morning)


@pytest.mark.whole
@pytest.mark.parametrize("seed", [9, 23])
def test_more_mornings_end_with_book_equal_to_exchange_and_nothing_working(seed):
    desk = simulated(settings(seed), until=time(10, 0))
    ended_in_order(desk, desk.run_to_end())


def test_rubric_10_a_steady_morning_raises_no_more_than_an_alarm_in_ten_minutes(morning):
    desk, _ = morning
    raised = [e for _, e in read_events(places_of(desk).journal) if isinstance(e, AlarmRaised)]
    assert len(raised) <= 3, [each.code for each in raised]


AFTER_LUNCH = time(13, 45)
"""Whole days end in the replays of recorded sessions and in the sessions with faults."""


def test_an_afternoon_ends_settled_at_the_close_under_the_assumed_model():
    desk = simulated(settings(5, symbols=THREE[:1]), until=None, start=AFTER_LUNCH)
    report = desk.run_to_end()
    assert report.attempts.n > 500
    assert desk.books_agree() == ""
    assert desk.exchange.open_orders() == ()
    assert report.header.ended


def test_an_afternoon_under_crossing_fills_next_to_nothing_and_says_so():
    config = settings(5, model="crossing", symbols=THREE[:1])
    desk = simulated(config, until=None, start=AFTER_LUNCH)
    report = desk.run_to_end()
    assert report.attempts.n > 500
    assert report.attempts.k <= report.attempts.n // 100
    assert report.header.fill_model == "crossing"
    assert desk.books_agree() == ""


def test_dropping_one_execution_on_the_way_blocks_the_desk_with_an_alarm(monkeypatch):
    desk = simulated(settings(7))
    core = desk.executor.core
    passed = core.orders.on_report
    seen: list[str] = []

    def lose_the_third_execution(report):
        if report.kind is ReportKind.FILL and report.execution_id not in seen:
            seen.append(report.execution_id)
        if len(seen) > 2 and report.execution_id == seen[2]:
            return
        passed(report)

    monkeypatch.setattr(core.orders, "on_report", lose_the_third_execution)
    desk.run_to_end()
    assert desk.books_agree() != ""
    assert any(a.code == "BOOK_DIFFERS" for a in desk.snapshot().alarms)


def test_the_same_seed_gives_the_same_journal_byte_for_byte(tmp_path):
    assert exported(tmp_path / "a") == exported(tmp_path / "b")


def test_another_seed_gives_another_journal(tmp_path):
    assert exported(tmp_path / "a") != exported(tmp_path / "b", config=settings(8))


def test_watching_a_run_does_not_change_it(tmp_path):
    watched = simulated(run_dir=tmp_path / "w", until=time(9, 40))
    watched.executor.snapshots.watch("SPY 2026-11-27")

    def look(done: float) -> None:
        watched.executor.publisher.build()

    watched.run_to_end(on_progress=look)
    lines = "\n".join(export_lines(read_events(places_of(watched).journal)))
    assert lines == exported(tmp_path / "plain")


SCRIPT = """
import sys
from pathlib import Path
from tests.support.desks import exported
print(exported(Path(sys.argv[1]), pool_threads=int(sys.argv[2])))
"""


def test_two_processes_with_other_hash_seeds_and_pools_write_the_same_journal(
    tmp_path, project_root
):
    printed = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(tmp_path / seed), pool],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(project_root), "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
            cwd=project_root,
        ).stdout
        for seed, pool in (("1", "1"), ("2", "7"))
    ]
    assert printed[0] == printed[1]
    assert printed[0].count("\n") > 1000


def test_the_journals_fold_is_what_the_desk_remembers(morning):
    desk, report = morning
    state = DeskState()
    state.apply_all(read_events(places_of(desk).journal))
    assert plain_values(state) == plain_values(desk.executor.context.state)
    assert report_of(places_of(desk).journal).to_json() == report.to_json()


def test_every_total_on_the_screen_equals_the_report_of_the_journal(morning):
    desk, _ = morning
    totals = desk.snapshot().totals
    report = report_of(places_of(desk).journal)
    money = report.money
    assert (totals.attempts, totals.fills) == (report.attempts.n, report.attempts.k)
    assert (totals.filled_cycles, totals.completions) == (
        report.cycles.filled,
        report.cycles.completion.k,
    )
    assert totals.net_premium_c == money.net_premium_c
    assert totals.fees_c == money.fees_c
    assert totals.floor_c == money.floor_c
    rows = {row.key: row for row in desk.snapshot().traders}
    assert {t.trader for t in report.traders} == set(rows)
    for row in report.traders:
        assert (rows[row.trader].fills, rows[row.trader].attempts) == (row.fill.k, row.fill.n)
        assert rows[row.trader].size == row.size


def test_a_run_goes_on_where_it_stopped_paused_and_with_its_books(tmp_path):
    first = simulated(run_dir=tmp_path, until=time(9, 45))
    before = first.run_to_end()
    second = simulated(run_dir=tmp_path, until=time(9, 55), resume=places_of(first).run)
    assert second.books_agree() == ""
    shown = second.snapshot()
    assert {row.state for row in shown.traders} <= {
        TraderState.PAUSED,
        TraderState.HEDGING,
        TraderState.OFF,
    }
    assert shown.totals.attempts == before.attempts.n
    assert shown.totals.net_premium_c == before.money.net_premium_c
    second.executor.begin()
    second.executor.resume("*")
    after = second.run_to_end()
    assert after.attempts.n > before.attempts.n
    assert second.books_agree() == ""
    assert after.header.starts == 2
