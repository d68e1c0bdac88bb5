"""A desk as its owner handles it: started, stopped from anywhere, asked after the end."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from engine.commands import Ask, Command, TicketState
from engine.config import ConfigError, DeskConfig, SimulationSettings
from engine.desk.opening import Desk, DeskPlan, open_desk
from engine.journal.reading import read_events
from engine.market.clock import SystemClock
from engine.orders import events as ev
from engine.report.records import SessionReport
from engine.run_folder.errors import JournalError
from engine.runs.status import read_status
from engine.snapshot import EngineSnapshot, EngineState
from engine.state.orders import SHOWN
from tests.support.desks import on_publish, places_of, settings, simulated
from tests.support.operator_steps import Operated


class Ended(NamedTuple):
    """A desk after its end."""

    desk: Desk
    report: SessionReport
    folder: Path


def warming(**plan: Any) -> Desk:
    """A desk whose warm-up takes far longer than a test."""
    config = DeskConfig(
        simulation=SimulationSettings(seed=7, fill_model="assumed", warm_up_until="15:55")
    )
    plan.setdefault("in_memory", "run_dir" not in plan)
    return open_desk(config, DeskPlan(warm_up=True, **plan))


def until_painted(desk: Desk, true: Callable[[EngineSnapshot], bool]) -> None:
    """Wait until a picture of the running desk satisfies `true`."""
    seen = threading.Event()
    on_publish(desk, lambda snapshot: seen.set() if true(snapshot) else None)
    assert seen.wait(120), "it was never painted"


# ---------------------------------------------------------------- stopping


def test_a_stop_during_the_warm_up_does_not_wait_for_its_end():
    desk = warming()
    desk.start()
    until_painted(desk, lambda p: p.state is EngineState.WARMING and p.totals.attempts > 0)
    assert desk.stop() == "book == broker"
    assert desk.snapshot().now_s < desk._hours.warm_until_s - 60.0
    assert desk.executor.state is EngineState.ENDED
    assert desk.snapshot().phase.name != "AFTER_HOURS"
    assert desk.exchange.open_orders() == ()


@pytest.mark.parametrize(
    ("ask", "args", "speed", "paused"),
    [
        (Ask.SET_SPEED, {"speed": 20}, 20.0, False),
        (Ask.PAUSE_TIME, {}, 5.0, True),
        (Ask.STEP, {}, 5.0, True),
    ],
)
def test_a_warm_up_ends_where_time_is_slowed_held_or_stepped(ask, args, speed, paused):
    desk = warming(speed=5.0)
    desk.start()
    until_painted(desk, lambda p: p.state is EngineState.WARMING and p.totals.attempts > 0)
    desk.submit(Command(ask, args=args))
    until_painted(desk, lambda p: p.state is EngineState.RUN and p.speed == speed)
    shown = desk.snapshot()
    assert shown.progress is None and shown.time_paused == paused
    assert shown.now_s < desk._hours.warm_until_s - 60.0
    assert shown.tickets[0].text.endswith("; the warm-up has ended")
    desk.stop(drain=False)


@pytest.mark.parametrize("drain", [True, False])
def test_a_stop_at_the_speed_of_life_does_not_wait_for_it(drain):
    desk = simulated(speed=100.0)
    desk.start()
    until_painted(desk, lambda p: p.totals.attempts > 2)
    desk.submit(Command(Ask.SET_SPEED, args={"speed": 1}))
    until_painted(desk, lambda p: p.speed == 1.0)
    assert desk.stop(drain) == "book == broker"
    assert desk._pace.speed == math.inf, "time ran as fast as it could"  # type: ignore[attr-defined]
    assert desk.exchange.open_orders() == ()


def test_a_stop_while_time_stands_still_ends_the_desk():
    desk = simulated(speed=50.0)
    desk.start()
    until_painted(desk, lambda p: p.totals.attempts > 2)
    desk.submit(Command(Ask.PAUSE_TIME))
    until_painted(desk, lambda p: p.time_paused)
    assert desk.stop() == "book == broker"
    assert desk.executor.state is EngineState.ENDED


def test_stopping_twice_is_stopping_once(tmp_path):
    desk = simulated(run_dir=tmp_path, speed=200.0)
    desk.start()
    until_painted(desk, lambda p: p.totals.attempts > 5)
    first = desk.stop()
    report = desk.report().to_json()
    assert desk.stop() == first
    assert desk.stop(drain=False) == first
    assert desk.report().to_json() == report
    ends = [e for _, e in read_events(places_of(desk).journal) if isinstance(e, ev.SessionEnded)]
    assert len(ends) == 1


def test_many_threads_may_stop_a_desk_at_once(tmp_path):
    desk = simulated(run_dir=tmp_path, speed=200.0)
    desk.start()
    until_painted(desk, lambda p: p.totals.attempts > 5)
    said: list[str] = []
    threads = [threading.Thread(target=lambda: said.append(desk.stop())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert said == ["book == broker"] * 8
    assert desk.wait(1)
    ends = [e for _, e in read_events(places_of(desk).journal) if isinstance(e, ev.SessionEnded)]
    assert len(ends) == 1


def test_a_desk_that_never_started_can_be_stopped_and_reported():
    desk = simulated()
    assert desk.stop() == "book == broker"
    assert desk.report().attempts.n == 0


def test_starting_twice_is_starting_once():
    desk = simulated(speed=100.0)
    desk.start()
    thread = desk.executor.thread.thread
    desk.start()
    assert desk.executor.thread.thread is thread
    desk.stop()


def test_an_ended_desk_cannot_be_started_again():
    desk = simulated()
    desk.stop()
    with pytest.raises(RuntimeError, match="has ended"):
        desk.start()


def test_a_drain_by_command_ends_the_desk_and_tells_whoever_waits():
    desk = simulated(speed=200.0)
    desk.start()
    until_painted(desk, lambda p: p.totals.attempts > 2)
    desk.submit(Command(Ask.DRAIN))
    assert desk.wait(120)
    assert desk.executor.state is EngineState.ENDED
    assert desk.stop() == "book == broker"


# ---------------------------------------------------------------- after the end


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """A desk that ran ten minutes to its end, the report that it gave then, and its state folder."""
    folder = tmp_path_factory.mktemp("ended")
    desk = simulated(run_dir=folder, until=time(9, 40))
    return Ended(desk, desk.run_to_end(), folder)


def test_the_report_after_the_end_is_the_report_of_the_run(ended):
    assert ended.desk.report().to_json() == ended.report.to_json()
    assert ended.report.header.ended


def test_a_command_after_the_end_is_refused_at_once(ended):
    desk = ended.desk
    ticket = desk.submit(Command(Ask.RESUME))
    assert ticket.state is TicketState.REFUSED
    assert "ended" in ticket.text
    assert desk.executor.ask(Command(Ask.RESUME)).state is TicketState.REFUSED


def test_what_is_held_can_be_looked_at_after_the_end(ended):
    desk = ended.desk
    first = desk.submit(Command(Ask.WATCH, "positions:"))
    assert first.state is not TicketState.REFUSED
    held = desk.snapshot().positions
    assert held is not None and len(held.pairs) > 1
    other = next(pair for pair in held.pairs if pair.key != held.chosen)
    desk.submit(Command(Ask.WATCH, f"positions:{other.key}"))
    held = desk.snapshot().positions
    assert held is not None and held.chosen == other.key
    desk.submit(Command(Ask.WATCH, other.trader))
    assert desk.snapshot().detail is not None
    order = desk.snapshot().orders[0].id
    desk.submit(Command(Ask.WATCH, f"order:{order}"))
    assert desk.snapshot().story is not None
    assert desk.snapshot().state is EngineState.ENDED


def test_an_old_order_opens_with_every_event_after_the_end_too(ended):
    desk = ended.desk
    orders = desk.executor.context.state.orders
    oldest = next(iter(orders.known.values()))
    for _ in range(SHOWN):
        orders.ended[0].drop_events()  # as many more have ended by now
        orders.ended.rotate()
    read = threading.Event()

    def look(snapshot: EngineSnapshot) -> None:
        if snapshot.story is not None and not snapshot.story.left_out:
            read.set()

    on_publish(desk, look)
    desk.submit(Command(Ask.WATCH, f"order:{oldest.intent.order}"))
    assert read.wait(60)
    story = desk.snapshot().story
    assert story is not None and story.id == oldest.intent.order
    assert len(story.lines) == 1 + oldest.events_known and not story.trouble


def test_a_warm_up_goes_no_further_than_the_run():
    desk = warming(until=time(9, 35))
    desk.start()
    assert desk.wait(120)
    ends_s = desk.snapshot().now_s
    opens_s = desk.snapshot().phase.opens_s
    assert opens_s is not None
    assert ends_s <= opens_s + 5 * 60 + 40


# ---------------------------------------------------------------- on the disk


def test_status_json_says_what_the_last_picture_shows_and_is_the_owners_alone(ended):
    desk = ended.desk
    path = ended.folder / "sim" / "status.json"
    assert path.stat().st_mode & 0o777 == 0o600
    status, shown = read_status(ended.folder / "sim"), desk.snapshot()
    assert status is not None
    assert json.loads(path.read_text()) == status
    assert status["state"] == "ENDED"
    assert status["run"] == places_of(desk).run
    assert (status["mode"], status["fill_model"]) == ("SIM", "assumed")
    totals = shown.totals
    assert (status["attempts"], status["fills"]) == (totals.attempts, totals.fills)
    assert status["net_premium_usd"] == totals.net_premium_c / 100
    assert status["matched_usd"] - status["net_premium_usd"] == pytest.approx(status["open_usd"])
    assert set(status["traders"]) == {row.key for row in shown.traders}
    for row in shown.traders:
        written = status["traders"][row.key]
        assert (written["state"], written["fills"], written["size"]) == (
            row.state.value,
            row.fills,
            row.size,
        )
    p1 = sum(a.priority == 1 and a.state != "cleared" for a in shown.alarms)
    assert status["alarms"]["p1"] == p1
    assert abs(status["written_s"] - SystemClock().epoch_s()) < 60


def test_a_status_that_cannot_be_written_is_said_once_and_stops_nothing(tmp_path):
    desk = simulated(run_dir=tmp_path, until=time(9, 35), speed=math.inf)
    path = tmp_path / "sim" / "status.json"
    path.mkdir(parents=True)
    for _ in range(3):
        desk._files.write_status(desk.snapshot())
    report = desk.run_to_end()
    assert report.attempts.n > 0
    assert sum("status.json" in text for text in desk.executor.warnings) == 1


def test_two_desks_never_share_a_run(tmp_path):
    first = simulated(run_dir=tmp_path)
    run = places_of(first).run
    with pytest.raises(JournalError) as refused:
        simulated(run_dir=tmp_path, resume=run)
    assert refused.value.code in ("missing", "locked")
    Operated(first).run(60)
    first._files.keep()
    with pytest.raises(JournalError, match="another desk") as refused:
        simulated(run_dir=tmp_path, resume=run)
    assert refused.value.code == "locked"
    first.stop()
    again = simulated(run_dir=tmp_path, resume=run)
    again.stop()


def test_a_new_desk_beside_a_running_one_gets_a_run_of_its_own(tmp_path):
    first, second = simulated(run_dir=tmp_path), simulated(run_dir=tmp_path)
    assert places_of(first).run != places_of(second).run
    first.stop()
    second.stop()


def test_an_unknown_run_is_refused_by_name(tmp_path):
    with pytest.raises(JournalError, match="no run nowhere"):
        simulated(run_dir=tmp_path, resume="nowhere")


def test_a_desk_that_could_not_be_opened_leaves_its_run_free(tmp_path):
    first = simulated(run_dir=tmp_path, until=time(9, 35))
    first.run_to_end()
    with pytest.raises(ConfigError):
        simulated(settings(symbols=("AAPL",)), run_dir=tmp_path, resume=places_of(first).run)
    simulated(run_dir=tmp_path, resume=places_of(first).run).stop()


def test_an_error_in_the_engines_thread_still_frees_the_run(tmp_path, monkeypatch):
    desk = simulated(run_dir=tmp_path, speed=100.0)

    def broken() -> None:
        raise RuntimeError("begin failed")

    with monkeypatch.context() as patched:
        patched.setattr(desk.executor, "begin", broken)
        patched.setattr(threading, "excepthook", lambda args: None)
        desk.start()
        assert desk.wait(120)
        desk.executor.thread.wait(120)
    desk.stop()
    simulated(run_dir=tmp_path, resume=places_of(desk).run).stop()
