"""A new run finds the run before it on disk, and goes on with what that had learned."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from engine.config import DeskConfig, SimulationSettings, SpreadRules
from engine.desk.opening import Desk, DeskPlan, open_desk
from engine.desk.previous_run import previous_run
from engine.journal.opening import open_journal
from engine.journal.reading import read_events
from engine.orders import events as ev
from engine.run_folder.paths import RunPlaces, free_run_id, new_run, state_root
from engine.runtime.requests.settings import read
from engine.state.desk import DeskState
from engine.state.in_force import CARRIED
from tests.support.trial_desk import TrialDesk

SIMULATION = SimulationSettings(symbols=("SPY",), expirations_per_symbol=1)
FIRST, SECOND = "2026-11-23", "2026-11-24"
UNTIL = time(9, 31)


def config(day: str, folder: Path, seed: int = 1, model: str = "assumed") -> DeskConfig:
    simulation = SIMULATION.changed(session_date=day, seed=seed, fill_model=model)
    return DeskConfig(state_dir=folder, simulation=simulation)


def journal(places: RunPlaces) -> list[ev.Event]:
    return [event for _, event in read_events(places.journal)]


@pytest.fixture(scope="module")
def kept() -> list[ev.Event]:
    """The rows by which a change of all traders came into force, on no day in particular."""
    evidence = {"setting": "buy_location", "unit": "", "bounds": ""}
    return [
        ev.Recommended(0, "R4", "*", "BUY", 0.35, 0.45, "SEPARATED", evidence),
        ev.RecommendationSettled(0, "R4", "kept", "T2 KEPT"),
    ]


def earlier(folder: Path, day: str, kept: list[ev.Event], **more: str) -> RunPlaces:
    """A run on disk that traded nothing, and left a change in force."""
    settings = config(day, folder, **more)  # type: ignore[arg-type]
    root = state_root(folder, "SIM")
    places = new_run(root, free_run_id(root, f"sim-{day}"))
    with open_journal(places.journal, durable=False, run=places.run) as rows:
        rows.append(
            ev.SessionStarted(
                1, "SIM", "SIM-01", f"sim-{day}", "simulated exchange, seed 3",
                settings.simulation.model_text, 3, day, settings.for_the_journal(),
            )
        )  # fmt: skip
        for event in kept:
            rows.append(event)
        rows.flush()
    return places


def opened(folder: Path, day: str = SECOND, *, fresh: bool = False, seed: int = 2) -> Desk:
    plan = DeskPlan(until=UNTIL, fresh=fresh, pool_threads=1)
    return open_desk(config(day, folder, seed), plan)


def at(desk: Desk) -> set[float]:
    return {read(trader, "buy_location") for trader in desk.executor.traders.values()}


def test_a_run_of_the_next_day_has_the_kept_changes_of_the_one_before(
    tmp_path: Path, kept: list[ev.Event]
) -> None:
    earlier(tmp_path, FIRST, [])
    before = earlier(tmp_path, FIRST, kept)
    assert before.run == f"sim-{FIRST}-2"
    desk = opened(tmp_path)
    assert at(desk) == {0.45}
    (told,) = desk.taken_over()
    assert f"from {before.run}; u takes" in told
    assert told.startswith("1 change of earlier sessions in force, 0 trials go on, from sim-2026")
    desk.stop()
    assert desk.places is not None
    rows = journal(desk.places)
    state = DeskState()
    for event in rows:
        state.apply(event)
    assert state.in_force.carried == ["R4"]
    assert [e.outcome for e in rows if isinstance(e, ev.RecommendationSettled)] == [CARRIED]
    resumed = open_desk(config(SECOND, tmp_path, 2), DeskPlan(resume=desk.places.run))
    assert at(resumed) == {0.45}
    resumed.stop()


def test_fresh_begins_without(tmp_path: Path, kept: list[ev.Event]) -> None:
    earlier(tmp_path, FIRST, kept)
    desk = opened(tmp_path, fresh=True)
    assert (at(desk), desk.taken_over()) == ({0.35}, ())
    desk.stop()


def session(folder: Path, day: str = SECOND) -> ev.SessionStarted:
    settings = config(day, folder)
    return ev.SessionStarted(
        2, "SIM", "SIM-01", "new", "simulated exchange, seed 9", settings.simulation.model_text, 9,
        day, settings.for_the_journal(),
    )  # fmt: skip


def test_only_an_earlier_session_of_the_same_kind_is_learned_from(
    tmp_path: Path, kept: list[ev.Event]
) -> None:
    root = state_root(tmp_path, "SIM")
    ours = earlier(tmp_path, FIRST, kept)
    earlier(tmp_path, SECOND, kept)
    earlier(tmp_path, "2026-11-25", kept)
    earlier(tmp_path, "2026-11-20", kept, model="crossing")
    found = previous_run(root, "new", session(tmp_path))
    assert found.carried is not None
    assert found.carried.ledger.run == ours.run
    assert previous_run(root, ours.run, session(tmp_path)).carried is None
    assert previous_run(root, "new", session(tmp_path, FIRST)).carried is None
    other = session(tmp_path)._replace(account="SIM-02")
    assert previous_run(root, "new", other).carried is None


def test_a_run_that_was_resumed_under_another_model_is_not_learned_from(
    tmp_path: Path, kept: list[ev.Event]
) -> None:
    ours = earlier(tmp_path, "2026-11-20", kept)
    mixed = earlier(tmp_path, FIRST, kept)
    other = config(FIRST, tmp_path, model="crossing").simulation.model_text
    resumed = session(tmp_path, FIRST)._replace(run=mixed.run, fill_model=other)
    with open_journal(mixed.journal, durable=False, run=mixed.run) as rows:
        rows.append(resumed)
        rows.flush()
    found = previous_run(state_root(tmp_path, "SIM"), "new", session(tmp_path))
    assert found.carried is not None
    assert found.carried.ledger.run == ours.run


def test_a_run_that_another_desk_holds_is_not_read(tmp_path: Path, kept: list[ev.Event]) -> None:
    from engine.run_folder.lock import StateLock

    places = earlier(tmp_path, FIRST, kept)
    with StateLock(places.folder):
        found = previous_run(state_root(tmp_path, "SIM"), "new", session(tmp_path))
    assert (found.carried, found.unreadable) == (None, "")


def test_a_run_that_cannot_be_read_is_an_alarm_and_stops_nothing(
    tmp_path: Path, kept: list[ev.Event]
) -> None:
    places = earlier(tmp_path, FIRST, kept)
    places.journal.write_bytes(places.journal.read_bytes()[:5000])
    desk = opened(tmp_path)
    assert at(desk) == {0.35}
    alarms = desk.executor.context.alarms
    assert alarms.is_raised("RUN_BEFORE", "desk")
    desk.stop()


def test_what_the_operator_configured_meanwhile_is_told(
    tmp_path: Path, kept: list[ev.Event]
) -> None:
    earlier(tmp_path, FIRST, kept)
    changed = config(SECOND, tmp_path, 2).changed(spreads=SpreadRules(buy_location=0.25))
    desk = open_desk(changed, DeskPlan(until=UNTIL, pool_threads=1))
    assert at(desk) == {0.25}
    (told,) = desk.taken_over()
    assert told.endswith("your settings say spreads.buy_location = 0.25 now, before 0.35")
    desk.stop()


def test_a_trial_that_ends_at_the_start_is_told_by_name() -> None:
    from engine.commands import Ask
    from engine.runtime.restart.take_over import taken_over_text

    desk = TrialDesk()
    desk.ask(Ask.TRIAL, word="buy_location 0.4")
    fresh = TrialDesk(("SPY",), warm=0, day=desk.day.replace(day=25), carried=desk.left())
    assert taken_over_text(fresh.state) == (
        "T1 ends: Not taken over from test: none of its chains is traded today.",
    )
