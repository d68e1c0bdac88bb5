"""A broker that takes its time over its books keeps nobody waiting, and is never taken at old words."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from engine.brokers.protocol import ContractPosition
from engine.commands import Ask, Command, Ticket, TicketState
from engine.runtime.lanes import Lanes, RealWorkers
from tests.support.operator_steps import TRADER, Operated

STRANGER = ContractPosition("SPY", date(2026, 12, 4), "call", 700.0, 1)


class SlowBooks:
    """A desk whose broker tells its books in another thread, when a test lets it."""

    def __init__(self) -> None:
        self.desk = Operated()
        self.context = self.desk.context
        self.books = self.desk.core.books
        self.asked = 0
        self.go_on = threading.Event()
        self.foreign: tuple[ContractPosition, ...] = ()
        self.fails: Exception | None = None
        venue: Any = self.desk.venue
        told = venue.positions

        def positions() -> tuple[ContractPosition, ...]:
            self.asked += 1
            assert threading.current_thread() is not threading.main_thread()
            assert self.go_on.wait(60.0)
            if self.fails is not None:
                raise self.fails
            return (*told(), *self.foreign)

        venue.positions = positions
        venue.books_block = True
        self.context.lanes = Lanes(self.desk.executor.scheduler, 1)

    def until_answered(self, asked: int) -> None:
        """Let the broker answer, and the desk take it, with no time passing at the exchange."""
        self.go_on.set()
        waiting = threading.Event()
        for _ in range(6000):
            self.desk.run(0.0)
            if self.asked >= asked and not self.desk.core.broker_books.asking:
                return
            waiting.wait(0.005)
        raise AssertionError("it never answered")


@pytest.fixture
def slow() -> Iterator[SlowBooks]:
    slow = SlowBooks()
    yield slow
    slow.go_on.set()
    assert slow.context.lanes is not None
    slow.context.lanes.close()


def test_the_desk_trades_on_while_its_broker_takes_its_time(slow: SlowBooks) -> None:
    slow.desk.run_until(lambda: slow.asked and len(slow.desk.sent) > 3)
    slow.desk.run(120.0)
    assert slow.asked == 1, "one question at a time"
    compared_s = slow.books.compared_s
    slow.until_answered(1)
    assert slow.books.compared_s != compared_s


def test_an_answer_from_before_an_execution_is_not_compared_with_what_came_after(
    slow: SlowBooks,
) -> None:
    slow.books.look()
    slow.desk.run_until(lambda: slow.context.state.money.completions)
    slow.until_answered(2)
    assert slow.asked >= 2
    assert (slow.books.rows, slow.books.suspects) == ({}, set())


def test_a_difference_blocks_its_chain_when_two_answers_agree(slow: SlowBooks) -> None:
    slow.desk.run_until(lambda: not slow.context.state.orders.live)
    slow.foreign = (STRANGER,)
    slow.go_on.set()
    for turn in (1, 2):
        assert TRADER not in slow.context.flags.unreconciled
        slow.books.look()
        slow.until_answered(turn)
        slow.desk.run_until(lambda: not slow.context.state.orders.live)
    slow.books.look()
    slow.until_answered(slow.asked)
    assert TRADER in slow.context.flags.unreconciled


def test_a_broker_that_fails_to_answer_is_an_alarm_and_is_asked_again(slow: SlowBooks) -> None:
    slow.fails = ConnectionError("no route")
    slow.books.look()
    slow.until_answered(1)
    assert "no route" in slow.context.alarms.said("NOT_COMPARED", "desk")
    slow.fails = None
    slow.books.look()
    slow.until_answered(2)
    assert not slow.context.alarms.is_raised("NOT_COMPARED", "desk")


def test_the_morning_blocks_every_chain_until_the_broker_has_answered(slow: SlowBooks) -> None:
    slow.books.morning()
    assert slow.context.flags.unreconciled == frozenset(slow.context.traders)
    slow.foreign = (STRANGER,)
    slow.until_answered(1)
    assert slow.context.flags.unreconciled == {TRADER}


def test_a_morning_without_an_answer_leaves_every_chain_blocked(slow: SlowBooks) -> None:
    slow.fails = ConnectionError("no route")
    slow.books.morning()
    slow.until_answered(1)
    assert slow.context.flags.unreconciled == frozenset(slow.context.traders)
    assert slow.context.alarms.is_raised("NOT_COMPARED", "desk")


def answered(slow: SlowBooks, command: Command) -> Ticket:
    """Hand a command over as the screen does, let the broker answer, and return what was said."""
    tickets: list[Ticket] = []
    slow.desk.executor.submit(command, tickets.append)
    slow.desk.run(0.0)
    assert not tickets, "the engine's thread did not wait for it"
    slow.go_on.set()
    waiting = threading.Event()
    for _ in range(6000):
        slow.desk.run(0.0)
        if tickets:
            return tickets[0]
        waiting.wait(0.005)
    raise AssertionError("it was never answered")


def test_positions_are_taken_over_while_the_engine_goes_on(slow: SlowBooks) -> None:
    for trader in slow.context.traders.values():
        trader.pause()
    slow.desk.run_until(lambda: not slow.context.state.orders.live)
    slow.foreign = (STRANGER,)
    slow.context.flags.differ(frozenset({TRADER}))
    word = {"word": "ACCEPT"}
    ticket = answered(slow, Command(Ask.ACCEPT_POSITIONS, TRADER, args=word))
    assert ticket.state is TicketState.CONFIRMED, ticket.text
    assert list(slow.context.state.contracts.contracts().values()) == [1]


def test_a_kill_is_lifted_after_a_comparison_that_nobody_waited_for(slow: SlowBooks) -> None:
    slow.context.flags.kill(1)
    slow.fails = ConnectionError("no route")
    word = {"word": "RESUME"}
    ticket = answered(slow, Command(Ask.RESUME_AFTER_KILL, args=word))
    assert ticket.state is TicketState.REFUSED and "cannot be read" in ticket.text
    slow.fails = None
    slow.go_on.clear()
    slow.desk.run_until(lambda: not slow.context.state.orders.live)
    assert answered(slow, Command(Ask.RESUME_AFTER_KILL, args=word)).state is TicketState.CONFIRMED


def test_whether_a_kill_left_orders_is_asked_beside_the_engines_thread(slow: SlowBooks) -> None:
    slow.desk.working_debit()
    venue: Any = slow.desk.venue
    told, threads = venue.open_orders, []

    def open_orders() -> Any:
        threads.append(threading.current_thread())
        return told()

    venue.open_orders = open_orders
    slow.go_on.set()
    slow.desk.ask(Ask.KILL, stage=2)
    waiting = threading.Event()
    for _ in range(6000):
        slow.desk.run(0.1)
        if not slow.desk.executor.operator.kill._confirming:
            break
        waiting.wait(0.005)
    assert threads and threading.main_thread() not in threads


def ended(slow: SlowBooks) -> str:
    """End the desk with nothing open, and say how it ended."""
    slow.desk.ask(Ask.HALT)
    slow.desk.nothing_open()
    slow.desk.executor.end(1.0)
    waiting = threading.Event()
    for _ in range(200):
        slow.desk.run(0.5)
        over = slow.context.state.ended
        if over is not None:
            return over.reason
        waiting.wait(0.005)
    raise AssertionError("it never ended")


def test_the_end_asks_beside_the_engines_thread_and_compares_what_it_was_told(
    slow: SlowBooks,
) -> None:
    slow.go_on.set()
    assert ended(slow) == "settled"
    assert slow.asked >= 2, "while it waited, and at the last"


def test_the_end_tells_a_difference_that_it_was_told_beside_the_engines_thread(
    slow: SlowBooks,
) -> None:
    slow.go_on.set()
    slow.foreign = (STRANGER,)
    assert "book != broker: SPY 2026-12-04 700C" in ended(slow)


def test_an_end_waits_so_long_for_its_broker_and_no_longer(
    slow: SlowBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.runtime.watch.broker_books.LAST_ANSWER_S", 0.01)
    assert "could not be compared" in ended(slow)
    assert "did not answer in 0.01 s" in slow.context.alarms.said("NOT_COMPARED", "desk")


def test_the_last_comparison_is_of_the_moment_in_which_its_answer_came(
    slow: SlowBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it finds is written down after what the wait brought, not before."""
    wait_for, pace = RealWorkers.wait_for, slow.desk.executor.scheduler.pace

    def waits(workers: RealWorkers, answers: Any, seconds: float) -> Any:
        told = wait_for(workers, answers, seconds)
        pace.move_to(pace.clock.now_s() + 3.0)
        came_s.append(pace.clock.now_s())
        return told

    came_s: list[float] = []
    slow.go_on.set()
    monkeypatch.setattr(RealWorkers, "wait_for", waits)
    assert ended(slow) == "settled"
    assert slow.books.compared_s == came_s[-1]


def test_the_end_reads_the_brokers_ledger_beside_the_engines_thread(slow: SlowBooks) -> None:
    def compared(book: object) -> str:
        assert threading.current_thread() is not threading.main_thread()
        return "cash -9, broker -10"

    slow.go_on.set()
    slow.desk.executor.lifecycle._compared = compared
    assert "book != broker: cash -9, broker -10" in ended(slow)


def test_a_ledger_that_is_not_told_in_time_is_a_difference(
    slow: SlowBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs = threading.Event()

    def compared(book: object) -> str:
        hangs.wait(60.0)
        return ""

    slow.go_on.set()
    slow.desk.executor.lifecycle._compared = compared
    limits_s = iter([60.0, 0.01])
    wait_for = RealWorkers.wait_for
    monkeypatch.setattr(
        RealWorkers, "wait_for", lambda self, answers, _: wait_for(self, answers, next(limits_s))
    )
    assert "its ledger is not told: it did not answer in 5 s" in ended(slow)
    hangs.set()
