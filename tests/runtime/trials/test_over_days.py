"""A trial goes on in the next session of its run, and in another process of the same one."""

from __future__ import annotations

from datetime import time
from pathlib import Path

from engine.commands import Ask, TicketState
from engine.orders import events as ev
from engine.state.trial_record import TrialRecord
from tests.support.desks import places_of, settings, simulated
from tests.support.operator_steps import Operated

FIRST, NEXT = "2026-11-20", "2026-11-23"


def session(folder: Path, day: str, run: str | None, model: str = "assumed") -> Operated:
    config = settings(7, model, symbols=("SPY", "QQQ"))
    config.simulation.session_date = day
    return Operated(simulated(config, run_dir=folder, resume=run, until=time(15, 0)))


def trial(desk: Operated) -> TrialRecord:
    return desk.context.state.trials.records["T1"]


def test_a_trial_goes_on_after_a_restart_over_a_weekend_and_stops_under_another_fill_model(
    tmp_path: Path,
) -> None:
    desk = session(tmp_path, FIRST, None)
    desk.run(1200)
    key = max(desk.context.traders, key=lambda key: key.split()[1])  # the first to expire rests
    assert desk.ask(Ask.TRIAL, word=f"cancel_ms 3500 {key}").state is TicketState.CONFIRMED
    desk.run(300)
    # In the middle of a pair, and nothing is open that the end would park.
    open_units = desk.context.state.money.open_units
    desk.run_until(lambda: bool(trial(desk).assignment.inside) and not open_units)
    desk.desk.stop()
    run = places_of(desk.desk).run
    (dropped,) = desk.of(ev.TrialBlockEnded)
    assert (dropped.whole, dropped.why) == (False, "the session ended")

    again = session(tmp_path, FIRST, run)
    pairs = trial(again).course.pairs.n
    assert pairs > 3 and trial(again).given_up == 1
    again.ask(Ask.RESUME)
    again.run_until(lambda: trial(again).course.pairs.n > pairs + 3)
    assert {e.arm for e in again.of(ev.PairChosen) if e.trader == key} == {"T1 before", "T1 after"}
    again.nothing_open()
    again.desk.stop()

    later = session(tmp_path, NEXT, run)
    pairs = trial(later).course.pairs.n
    later.ask(Ask.RESUME)
    later.run_until(lambda: trial(later).course.pairs.n > pairs + 3)
    assert {e.cancel_ms for e in later.of(ev.PairChosen) if e.arm == "T1 after"} == {3500}
    (row,) = later.snapshot().trials
    assert (row.id, row.end, row.pairs) == ("T1", "", trial(later).course.pairs.n)
    later.nothing_open()
    later.desk.stop()

    other = session(tmp_path, NEXT, run, "crossing")
    ended = trial(other).ended
    assert ended is not None and ended.end == "STOPPED" and "crossing" in ended.reasons[0]
    assert not any(trader.context.values.arm for trader in other.context.traders.values())
    other.desk.stop()
