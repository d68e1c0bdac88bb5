"""The one thread that decides: order, posting, stopping, errors, and the pace of its time."""

from __future__ import annotations

import gc
import math
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.market.clock import VirtualClock
from engine.runtime.pace import RealPace, VirtualPace
from engine.runtime.scheduler import BATCH, Scheduler, collecting_rarely

NINE = 1_000_000.0


def flat_out() -> Scheduler:
    return Scheduler(VirtualPace(VirtualClock(NINE)))


@given(st.lists(st.integers(0, 20), max_size=60))
def test_calls_run_in_order_of_time_and_then_of_scheduling(seconds):
    scheduler = flat_out()
    ran = []
    for number, second in enumerate(seconds):
        scheduler.call_at(NINE + second, ran.append, (second, number))
    scheduler.run_until(NINE + 20)
    assert ran == sorted((second, number) for number, second in enumerate(seconds))


def test_timers_and_calls_share_one_order():
    scheduler = flat_out()
    ran = []
    scheduler.call_at(NINE + 1, ran.append, "first")
    scheduler.timer(NINE + 1, lambda: ran.append("second"))
    scheduler.call_at(NINE + 1, ran.append, "third")
    scheduler.run_until(NINE + 1)
    assert ran == ["first", "second", "third"]


def test_a_suspended_scheduler_runs_timers_only_and_on_waking_what_came_due_in_its_order():
    scheduler = flat_out()
    ran = []
    scheduler.call_at(NINE + 3, ran.append, "third")
    scheduler.call_at(NINE + 2, ran.append, "second")
    scheduler.call_at(NINE + 9, ran.append, "later")
    scheduler.timer(NINE + 1, scheduler.suspend)
    scheduler.timer(NINE + 4, lambda: ran.append("timer"))
    scheduler.timer(NINE + 5, lambda: scheduler.call_at(NINE + 2.5, ran.append, "told asleep"))
    scheduler.run_until(NINE + 6)
    assert ran == ["timer"]
    scheduler.wake()
    scheduler.run_until(NINE + 8)
    assert ran == ["timer", "second", "told asleep", "third"]
    scheduler.run_until(NINE + 9)
    assert ran[-1] == "later"


def test_what_a_call_schedules_for_now_runs_after_what_was_due_already():
    scheduler = flat_out()
    ran = []

    def first(_):
        ran.append("first")
        scheduler.call_at(NINE + 1, ran.append, "child")

    scheduler.call_at(NINE + 1, first)
    scheduler.call_at(NINE + 1, ran.append, "second")
    scheduler.run_until(NINE + 2)
    assert ran == ["first", "second", "child"]


def test_the_clock_shows_each_calls_own_time_and_ends_at_the_end():
    scheduler = flat_out()
    clock = scheduler.pace.clock
    seen = []
    for second in (3, 1, 2):
        scheduler.call_at(NINE + second, lambda _: seen.append(clock.now_s() - NINE))
    scheduler.run_until(NINE + 10)
    assert seen == [1, 2, 3]
    assert clock.now_s() == NINE + 10
    assert scheduler.next_due_s() == math.inf


def test_an_event_after_the_end_waits_for_the_next_run():
    scheduler = flat_out()
    ran = []
    scheduler.call_at(NINE + 5, ran.append, 5)
    scheduler.run_until(NINE + 4.999)
    assert ran == []
    assert scheduler.next_due_s() == NINE + 5
    scheduler.run_until(NINE + 5)
    assert ran == [5]


def test_what_other_threads_post_runs_in_the_schedulers_thread_and_in_their_order():
    scheduler = flat_out()
    ran = []
    posted = threading.Event()

    def poster():
        for number in range(200):
            scheduler.post(lambda number=number: ran.append((number, threading.get_ident())))
        posted.set()

    scheduler.call_at(NINE, lambda _: posted.wait(120))
    thread = threading.Thread(target=poster)
    thread.start()
    scheduler.run_until(NINE + 1)
    thread.join()
    assert ran == [(number, threading.get_ident()) for number in range(200)]


def test_a_posted_call_overtakes_what_is_due_later():
    scheduler = flat_out()
    ran = []
    scheduler.call_at(NINE, lambda _: scheduler.post(lambda: ran.append("posted")))
    scheduler.call_at(NINE, ran.append, "due")
    scheduler.run_until(NINE + 1)
    assert ran == ["posted", "due"]


def test_a_waiting_scheduler_wakes_for_a_post():
    scheduler = Scheduler(RealPace())
    heard = threading.Event()
    thread = threading.Thread(target=scheduler.run)
    thread.start()
    scheduler.post(heard.set)
    assert heard.wait(120)
    scheduler.stop()
    thread.join(120)
    assert not thread.is_alive()


def test_stop_is_final_and_leaves_what_was_due():
    scheduler = flat_out()
    ran = []
    scheduler.call_at(NINE + 1, lambda _: scheduler.stop())
    scheduler.call_at(NINE + 2, ran.append, 2)
    scheduler.run_until(NINE + 3)
    assert scheduler.pace.clock.now_s() == NINE + 1
    scheduler.post(lambda: ran.append("posted"))
    scheduler.run()
    scheduler.run_until(NINE + 9)
    assert ran == []


def test_an_error_goes_to_whoever_listens_and_the_next_call_runs():
    scheduler = flat_out()
    heard, ran = [], []
    scheduler.serve(lambda: None, heard.append)

    def fails():
        raise ValueError("a call's own")

    scheduler.timer(NINE, fails)
    scheduler.post(fails)
    scheduler.call_at(NINE, ran.append, "next")
    scheduler.run_until(NINE + 1)
    assert [str(error) for error in heard] == ["a call's own"] * 2
    assert ran == ["next"]


def test_an_error_that_nobody_listens_for_is_raised():
    scheduler = flat_out()
    scheduler.call_at(NINE, lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        scheduler.run_until(NINE + 1)


def test_more_than_a_batch_runs_and_readers_are_served_between_batches():
    served = []
    scheduler = flat_out()
    scheduler.serve(lambda: served.append(scheduler.steps))
    for number in range(3 * BATCH):
        scheduler.call_at(NINE + number, lambda _: None)
    scheduler.run_until(NINE + 3 * BATCH)
    assert scheduler.steps == 3 * BATCH
    assert len(served) >= 3
    assert served == sorted(served)


class Rested(Exception):  # noqa: N818
    """Nothing is left to do now."""


class Hands:
    """Runs a scheduler whose real seconds are moved by hand, and says what ran when."""

    def __init__(self, speed: float) -> None:
        self.real = VirtualClock(0.0)
        self.pace = VirtualPace(VirtualClock(NINE), speed, self.real)
        self.scheduler = Scheduler(self.pace)
        # Where it would wait for real time, the hands take over.
        self.scheduler._rest = self._rest  # type: ignore[method-assign]
        self.ran: list[float] = []
        for second in range(1, 601):
            self.scheduler.call_at(NINE + second, self._run)
        self.turn(0.0)

    def _run(self, _) -> None:
        self.ran.append(self.pace.clock.now_s() - NINE)

    def _rest(self) -> None:
        raise Rested

    def turn(self, seconds: float) -> list[float]:
        """Let real seconds pass; returns which events ran."""
        self.real.move_to(self.real.now_s() + seconds)
        before = len(self.ran)
        with pytest.raises(Rested):
            self.scheduler.run()
        return self.ran[before:]


def test_events_run_when_virtual_time_has_come_to_them():
    hands = Hands(10.0)
    assert hands.turn(0.05) == []
    assert hands.turn(0.05) == [1.0]
    assert hands.turn(0.5) == [2.0, 3.0, 4.0, 5.0, 6.0]
    assert hands.pace.clock.now_s() == NINE + 6


@pytest.mark.parametrize("order", ["slower", "pause"])
def test_what_is_asked_while_the_machine_is_behind_makes_no_event_late(order):
    hands = Hands(500.0)
    late = []

    def busy(due_s):
        late.append(hands.pace.clock.now_s() - due_s)
        if len(late) <= 100:  # each takes five seconds of market time
            hands.real.move_to(hands.real.now_s() + 0.01)
        hands.scheduler.call_at(due_s + 1.0, busy, due_s + 1.0)
        if len(late) == 100:
            hands.scheduler.post(ask)

    def ask():
        if order == "slower":
            hands.pace.set_speed(1.0)
        else:
            hands.pace.pause()
            hands.pace.resume()

    hands.scheduler.call_at(NINE + 1.0, busy, NINE + 1.0)
    hands.turn(1.0)
    for _ in range(5):
        hands.turn(0.02)
    assert len(late) > 100 and max(late) == 0.0


def test_nothing_runs_while_time_stands_still_but_what_is_posted():
    hands = Hands(10.0)
    hands.turn(0.2)
    hands.pace.pause()
    heard = []
    hands.scheduler.post(lambda: heard.append(True))
    assert hands.turn(30.0) == []
    assert heard == [True]
    hands.pace.resume()
    assert hands.turn(0.0) == []
    assert hands.turn(0.1) == [3.0]


def test_a_step_runs_exactly_the_events_inside_it():
    hands = Hands(10.0)
    hands.pace.pause()
    hands.pace.step_to(NINE + 3)
    assert hands.turn(0.0) == [1.0, 2.0, 3.0]
    assert hands.turn(30.0) == []
    assert hands.pace.clock.now_s() == NINE + 3


@given(st.lists(st.sampled_from([0.01, 0.3, 1.7, 4.0]), min_size=1, max_size=12))
def test_whatever_the_machine_does_events_run_at_their_own_time_in_the_same_order(pauses):
    hands = Hands(25.0)
    for seconds in pauses:
        hands.turn(seconds)
    assert hands.ran == [float(second) for second in range(1, len(hands.ran) + 1)]
    due = int(round(25.0 * sum(pauses), 6))
    assert len(hands.ran) == min(600, due)


def test_what_was_set_while_events_ran_flat_out_stays_set() -> None:
    before = gc.get_threshold()
    try:
        with collecting_rarely():
            assert gc.get_threshold()[0] >= 100_000
        assert gc.get_threshold() == before
        with collecting_rarely():
            gc.set_threshold(1_000, 1, 4_000)  # by the terminal, once it is painted
        assert gc.get_threshold() == (1_000, 1, 4_000)
    finally:
        gc.set_threshold(*before)
