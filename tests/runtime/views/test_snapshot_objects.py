"""A snapshot as an object: rows that are kept, nothing that changes, read from any thread."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, fields, is_dataclass
from datetime import date, time
from typing import Any

import pytest

from engine.commands import Ask
from engine.journal.reading import read_events
from engine.orders import events as ev
from engine.risk.gates import Gate
from engine.snapshot import EngineSnapshot, TraderState
from tests.support.desks import simulated
from tests.support.operator_steps import Operated


@pytest.mark.parametrize("left_s", [600.0, math.inf])
def test_a_held_trader_acts_next_when_its_hold_ends_and_not_at_its_next_look(left_s: float):
    desk = Operated()
    desk.run(60)
    trader = desk.context.traders["SPY 2026-11-27"]
    desk.run_until(lambda: not trader.credits.units and trader.debits.live is None)
    trader.restore_hold(Gate.HELD, "3/20 fills", desk.now_s + left_s)
    until_s = desk.context.now().epoch_s + left_s
    desk.run(40)
    desk.executor.publisher.hurry()
    (row,) = (each for each in desk.snapshot().traders if each.key == trader.key)
    assert row.state is TraderState.HELD
    expected = None if math.isinf(left_s) else pytest.approx(until_s, abs=0.01)
    assert row.next_s == expected


def test_fills_of_five_minutes_move_on_as_their_clock_does_however_close_before_one_looked():
    desk = Operated()
    desk.run(200)
    desk.ask(Ask.PAUSE)
    at_s = desk.context.now().epoch_s
    stretch_s = 300 - at_s % 300
    desk.run(stretch_s - 0.3)
    desk.snapshot()
    desk.run(1.3)
    shown, now_ms = desk.snapshot(), desk.context.now().at_ms
    totals = desk.context.state.traders
    assert any(any(row.spark) for row in shown.traders)
    for row in shown.traders:
        assert row.spark == totals[row.key].sparkline(now_ms)


def test_rows_of_traders_to_whom_nothing_happened_are_the_same_objects():
    desk = Operated()
    desk.run(120)
    quiet = "SPY 2026-11-27"
    desk.context.traders[quiet].pause()
    desk.run_until(
        lambda: (
            not desk.context.traders[quiet].credits.units
            and desk.context.traders[quiet].debits.live is None
        )
    )
    desk.run(1)  # the pause is in the snapshot too
    before = {row.key: row for row in desk.snapshot().traders}
    balances = {row.key: row for row in desk.snapshot().balances}
    desk.run(5)
    after = {row.key: row for row in desk.snapshot().traders}
    assert after[quiet] is before[quiet]
    assert {row.key: row for row in desk.snapshot().balances}[quiet] is balances[quiet]
    assert any(after[key] is not before[key] for key in after)


def test_two_pictures_of_one_moment_share_every_row_and_differ_in_their_version():
    desk = Operated()
    desk.run(60)
    desk.nothing_open()
    one, two = desk.snapshot(), desk.snapshot()
    assert two.version == one.version + 1
    assert all(a is b for a, b in zip(one.traders, two.traders, strict=True))
    assert all(a is b for a, b in zip(one.balances, two.balances, strict=True))


@pytest.mark.parametrize("change", ["stale", "held"])
def test_a_row_is_drawn_anew_when_only_what_it_says_of_a_closed_gate_changes(change):
    desk = Operated()
    desk.run(60)
    desk.ask(Ask.PAUSE)
    desk.nothing_open()
    desk.context.flags.halted = False
    trader = next(iter(desk.context.traders.values()))

    def row():
        desk.context.touch(trader.key)  # as any step of the trader does
        return next(r for r in desk.snapshot().traders if r.key == trader.key)

    trader.resume()
    trader.restore_hold(Gate.HELD, "3/20 fills", math.inf)
    first = row()
    assert "3/20" in first.gate_text
    if change == "stale":
        assert not first.stale
        trader.context.blocked = Gate.QUOTES_STALE
        assert row().stale
    else:
        trader.restore_hold(Gate.HELD, "2/20 fills", math.inf)
        assert "2/20" in row().gate_text


def test_a_resumed_trader_no_longer_says_that_it_is_paused():
    desk = Operated()
    desk.run(60)
    desk.ask(Ask.PAUSE)
    desk.run(60)
    desk.ask(Ask.RESUME)
    rows = desk.snapshot().traders
    assert [row.key for row in rows if row.gate == "PAUSED"] == []
    assert TraderState.BLOCKED not in {row.state for row in rows}


@pytest.mark.parametrize("gate", [Gate.PAUSED, Gate.UNHEDGED, Gate.HUNG_DESK, Gate.RECONCILE])
def test_a_gate_that_has_opened_since_the_last_look_is_not_called_closed(gate):
    desk = Operated()
    desk.run(60)
    desk.nothing_open()
    trader = next(iter(desk.context.traders.values()))
    trader.context.blocked = gate
    desk.context.touch(trader.key)
    row = next(r for r in desk.snapshot().traders if r.key == trader.key)
    assert (row.gate, row.gate_text) == ("", "")
    assert row.state is TraderState.RUN
    assert desk.executor.get_status()["traders"][trader.key]["gate"] == ""


def test_a_parked_units_trader_is_blocked_and_not_said_to_be_completing():
    desk = Operated()
    trader = desk.legged()
    desk.ask(Ask.KILL, stage=1)
    desk.ask(Ask.KILL, stage=2)
    desk.run(5)

    def row():
        return next(r for r in desk.snapshot().traders if r.key == trader)

    assert (row().stage, row().state) == ("H7", TraderState.KILLED)
    desk.ask(Ask.RESUME_AFTER_KILL, word="RESUME")
    assert (row().stage, row().state) == ("H7", TraderState.PAUSED)
    desk.ask(Ask.RESUME, trader)
    assert (row().stage, row().state, row().gate) == ("H7", TraderState.BLOCKED, "UNHEDGED")


def walk(value: Any, seen: set[int]) -> None:
    """Fail where anything in a picture could be changed."""
    if id(value) in seen or value is None:
        return
    seen.add(id(value))
    if is_dataclass(value):
        parameters: Any = getattr(value, "__dataclass_params__")  # noqa: B009
        assert parameters.frozen, type(value)
        for field in fields(value):
            walk(getattr(value, field.name), seen)
    elif isinstance(value, tuple):
        for each in value:
            walk(each, seen)
    elif isinstance(value, Mapping):
        assert not value, "what a mapping says could be changed"
    else:
        assert isinstance(value, (str, int, float, date)), f"{value!r} can be changed"


def test_nothing_in_a_picture_can_be_changed(desk):
    desk.executor.snapshots.watch(next(iter(desk.context.traders)))
    picture = desk.snapshot()
    walk(picture, set())
    with pytest.raises(FrozenInstanceError):
        picture.version = 0
    with pytest.raises(FrozenInstanceError):
        picture.traders[0].fills = 99


def test_an_old_picture_says_what_it_said_while_the_desk_goes_on():
    desk = Operated()
    desk.run(200)
    picture = desk.snapshot()
    said = repr(picture)
    desk.run(300)
    assert repr(picture) == said
    assert desk.snapshot().totals.attempts > picture.totals.attempts


def test_versions_grow_and_time_never_runs_back_for_a_reader_in_another_thread():
    desk = simulated(until=time(9, 50))
    seen: list[EngineSnapshot] = []
    over = threading.Event()

    def reader() -> None:
        while not over.wait(0.0005):
            picture = desk.snapshot()
            if not seen or picture is not seen[-1]:
                seen.append(picture)

    desk.executor.context.every(20.0, desk.executor.publisher.publish)
    thread = threading.Thread(target=reader)
    thread.start()
    desk.run_to_end()
    over.set()
    thread.join()
    versions = [picture.version for picture in seen]
    assert len(versions) > 3
    assert versions == sorted(set(versions))
    assert [p.now_s for p in seen] == sorted(p.now_s for p in seen)
    assert all(p.totals.fills <= p.totals.attempts for p in seen)
    assert all(p.totals.attempts == sum(row.attempts for row in p.traders) for p in seen)


def test_looking_never_waits_for_the_engine():
    desk = simulated()
    desk.executor.begin()
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with desk.executor.thread.lock:
            for trader in desk.executor.traders.values():
                trader.lock.acquire()
            held.set()
            done.wait(120)
            for trader in desk.executor.traders.values():
                trader.lock.release()

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(120)
    looked = threading.Event()
    looker = threading.Thread(
        target=lambda: (desk.snapshot(), desk.drain_events(), looked.set()), daemon=True
    )
    looker.start()
    assert looked.wait(120), "looking waited for a lock of the engine"
    done.set()
    thread.join()


def test_event_lines_are_handed_over_once_and_in_order(tmp_path):
    desk = simulated(run_dir=tmp_path, until=time(9, 40))
    handed: list[Any] = []

    def watch(done: float) -> None:
        desk.executor.publisher.publish()
        handed.extend(desk.drain_events())

    desk.run_to_end(on_progress=watch)
    handed.extend(desk.drain_events())
    assert len({id(line) for line in handed}) == len(handed)
    assert [line.at_s for line in handed] == sorted(line.at_s for line in handed)
    assert desk.drain_events() == ()
    cycles = sum(isinstance(e, ev.CycleEnded) for _, e in read_events(desk.places.journal))
    assert len(handed) > 1
    assert cycles > 0
