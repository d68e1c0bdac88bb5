"""Threads in virtual time: code that waits takes no real time, and runs the same every time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

import pytest

from engine.market.clock import VirtualClock
from engine.runtime.lanes import Lanes
from engine.runtime.pace import VirtualPace
from engine.runtime.scheduler import Scheduler
from engine.runtime.virtual_threads import VirtualThreads


class World:
    """A scheduler at second 0, its threads, and what was noted when."""

    def __init__(self) -> None:
        self.scheduler = Scheduler(VirtualPace(VirtualClock(0.0)))
        self.threads = VirtualThreads(self.scheduler)
        self.notes: list[tuple[str, float]] = []

    def note(self, name: str) -> None:
        self.notes.append((name, self.threads.now_s()))

    def sleeper(self, name: str, *seconds: float) -> Callable[[], None]:
        def run() -> None:
            for each in seconds:
                self.threads.sleep(each)
                self.note(name)

        return run


@pytest.fixture
def world():
    world = World()
    yield world
    world.threads.end()


def test_sleeps_pass_side_by_side_in_virtual_time(world: World):
    world.threads.start("a", world.sleeper("a", 3.0, 3.0))
    world.threads.start("b", world.sleeper("b", 2.0, 2.0))
    world.scheduler.run_until(100.0)
    assert world.notes == [("b", 2.0), ("a", 3.0), ("b", 4.0), ("a", 6.0)]


def test_a_notification_wakes_a_thread_and_a_timeout_the_other(world: World):
    changed, threads = world.threads.condition(), world.threads
    plain = threading.Condition()

    def waits(condition: threading.Condition, name: str) -> Callable[[], None]:
        def run() -> None:
            with condition:
                threads.wait(condition, 10.0)
            world.note(name)

        return run

    def notifies() -> None:
        threads.sleep(4.0)
        with changed:
            changed.notify_all()

    threads.start("ours", waits(changed, "ours"))
    threads.start("plain", waits(plain, "plain"))
    threads.start("notifies", notifies)
    world.scheduler.run_until(100.0)
    assert world.notes == [("ours", 4.0), ("plain", 10.0)]


def test_what_a_thread_raises_is_raised_in_the_schedulers_own(world: World):
    def fails() -> None:
        world.threads.sleep(1.0)
        raise KeyError("odd")

    world.threads.start("fails", fails)
    with pytest.raises(KeyError):
        world.scheduler.run_until(2.0)


def test_a_call_that_waits_is_made_while_the_engines_own_events_are_held(world: World):
    scheduler, threads = world.scheduler, world.threads

    def asks(_: Any) -> None:
        def call() -> str:
            threads.sleep(2.0)
            return "told"

        world.note(threads.answer_of(call, 5.0))

    scheduler.call_at(1.0, asks)
    scheduler.call_at(2.0, lambda _: world.note("engine"))
    scheduler.timer(2.5, lambda: world.note("exchange"))
    scheduler.run_until(10.0)
    assert world.notes == [("exchange", 2.5), ("told", 3.0), ("engine", 3.0)]


def test_an_answer_that_does_not_come_in_time_is_none(world: World):
    with pytest.raises(TimeoutError):
        world.threads.answer_of(lambda: world.threads.sleep(6.0), 5.0)
    assert world.threads.now_s() == 5.0
    with pytest.raises(Empty):
        world.threads.wait_for(SimpleQueue(), 1.0)
    with pytest.raises(ZeroDivisionError):
        world.threads.answer_of(lambda: 1 // 0, 5.0)


def test_the_schedulers_own_thread_cannot_wait(world: World):
    assert world.threads.outside
    with pytest.raises(RuntimeError, match="cannot wait"):
        world.threads.sleep(1.0)


def test_an_end_unwinds_every_thread_where_it_waits(world: World):
    condition = threading.Condition()

    def waits() -> None:
        try:
            with condition:
                world.threads.wait(condition, None)
        finally:
            world.note("unwound")
            world.threads.sleep(1.0)  # ends here at once, too

    machine = world.threads.start("waits", waits)
    never = world.threads.start("never begun", lambda: world.note("begun"))
    world.threads.end()
    machine.join(10.0)
    never.join(10.0)
    assert not machine.is_alive() and not never.is_alive()
    assert world.notes == []  # it had not run before the end

    again = World()
    machine = again.threads.start("waits", again.sleeper("woke", 5.0))
    again.scheduler.run_until(1.0)
    again.threads.end()
    machine.join(10.0)
    assert not machine.is_alive() and again.notes == []


def test_a_lane_in_virtual_time_gives_up_what_hangs_after_virtual_seconds(world: World):
    lanes = Lanes(world.scheduler, 1, world.threads)
    told: list[tuple[str, float]] = []

    def call(seconds: float, name: str) -> None:
        lanes.cancels.submit(
            lambda: lambda: world.threads.sleep(seconds),
            failed=lambda error: told.append((repr(error), world.threads.now_s())),
            late=lambda: told.append((f"{name} late", world.threads.now_s())),
            ended=lambda: told.append((f"{name} ended", world.threads.now_s())),
        )

    call(10.0, "first")
    call(1.0, "second")
    for second in range(1, 5):
        world.scheduler.call_at(float(second), lambda _: lanes.look())
    world.scheduler.run_until(20.0)
    assert told == [
        ("first late", 2.0),
        ("second ended", 3.0),
        ("first ended", 10.0),
    ]
    assert lanes.abandoned == 1
    lanes.close()
