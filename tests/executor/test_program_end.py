"""A program that ends without stop(): what works at the broker is drained, and that is said."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from engine.orders import events as ev
from engine.runtime.thread import ProgramEnd
from tests.support.executor_world import (
    NEAR,
    PaperBroker,
    by_hand,
    executor_on,
    forward,
)

PROGRAM = """
import sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from engine import create_arbitrage_executor
from engine.runtime.pace import RealPace
from tests.support.executor_world import MORNING_S, NEAR, price, quotes

class Clock:
    def now_s(self): return time.monotonic()
    def epoch_s(self): return MORNING_S + time.monotonic() - began
began = time.monotonic()
sent, pool = threading.Event(), ThreadPoolExecutor(1)

def order(symbol, legs, quantity, limit_price, expiration):
    sent.set()
    return "B1"

def cancel(order_id):
    print("cancelled", pool.submit(str, order_id).result(), flush=True)
    return True

executor = create_arbitrage_executor(order, quotes, price, cancel_callback=cancel,
                                     min_delay=0, max_delay=0.1, cancel_after_seconds=60, pace=RealPace(Clock()))
executor.add_symbol("AAPL", [NEAR])
executor.start()
sent.wait(20)
if sys.argv[1] == "raises":
    raise ZeroDivisionError("the program's own")
if sys.argv[1] == "stops":
    executor.stop()
"""
SAID = "legdesk: ArbitrageExecutor(RUN, 1 traders, mode SIM, broker callbacks"


def program(how: str) -> tuple[int, str, str]:
    root = Path(__file__).resolve().parents[2]
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, how],
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return run.returncode, run.stdout, run.stderr


@pytest.mark.parametrize(("how", "code"), [("returns", 0), ("raises", 1)])
def test_a_program_that_ends_without_stop_cancels_what_works_and_says_so(
    how: str, code: int
) -> None:
    returned, printed, said = program(how)
    assert (returned, printed) == (code, "cancelled B1\n")
    assert SAID in said
    assert "its program ended without stop()\nlegdesk: settled" in said


def test_a_program_that_stops_is_not_stopped_again() -> None:
    returned, printed, said = program("stops")
    assert (returned, printed) == (0, "cancelled B1\n")
    assert "legdesk" not in said


def test_the_end_of_the_program_is_in_the_journal_with_who_asked() -> None:
    broker = PaperBroker()
    clock, pace = by_hand()
    executor = executor_on(broker, pace, cancel_callback=broker.cancel)
    executor.add_symbol("AAPL", [NEAR])
    rows: list[ev.OperatorActed] = []
    executor.context.subscribe(ev.OperatorActed, rows.append)
    ended: list[str] = []
    executor.start()
    forward(executor, clock, 1)
    thread = threading.Thread(target=lambda: ended.append(executor._stop_with_program()))
    thread.start()
    while thread.is_alive():
        clock.forward(0.5)
        thread.join(0.01)
    assert ended == ["settled"]
    assert [(row.action, row.who, row.reason, row.outcome) for row in rows] == [
        ("drain", "program", "the program ended without stop()", "confirmed")
    ]


def test_an_interrupt_of_run_drains_in_the_same_thread_and_goes_on_up() -> None:
    broker = PaperBroker()
    clock, pace = by_hand()
    executor = executor_on(broker, pace, cancel_callback=broker.cancel)
    executor.add_symbol("AAPL", [NEAR])
    interrupted: list[BaseException] = []

    def run() -> None:
        try:
            executor.run()
        except BaseException as error:
            interrupted.append(error)

    def interrupt(_: Any) -> None:
        raise KeyboardInterrupt

    thread = threading.Thread(target=run)
    thread.start()
    assert executor.thread.running() or not executor.active
    while not broker.orders:
        clock.forward(0.5)
        thread.join(0.01)
    executor.scheduler.post(lambda: executor.scheduler.call_at(0.0, interrupt))
    for _ in range(1000):
        clock.forward(0.1)
        thread.join(0.01)
        if not thread.is_alive():
            break
    assert [type(error) for error in interrupted] == [KeyboardInterrupt]
    assert broker.cancelled == ["B1"]
    assert not executor.active


def test_an_exit_in_a_call_is_its_callers_and_the_engine_goes_on() -> None:
    _, pace = by_hand()
    broker = PaperBroker()
    executor = executor_on(broker, pace, cancel_callback=broker.cancel)
    executor.start()

    def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        executor.call(leave)
    assert executor.get_status()["active"] is True
    executor.stop()


def test_each_is_ended_once_and_a_fork_ends_none_of_its_parents(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    registered: list[Any] = []
    monkeypatch.setattr(threading, "_register_atexit", registered.append, raising=False)
    ended: list[str] = []

    def failing() -> str:
        raise RuntimeError("no answer")

    end = ProgramEnd()

    def settled(name: str) -> str:
        ended.append(name)
        return "settled"

    end.watch("one", lambda: settled("one"))
    end.watch("two", lambda: settled("two"))
    end.watch("three", failing)
    end.forget("two")
    assert len(registered) == 1
    child = os.getpid() + 1
    with monkeypatch.context() as forked:
        forked.setattr(os, "getpid", lambda: child)
        end.now()
    assert ended == []
    registered[0]()
    end.now()
    assert ended == ["one"]
    assert "it did not stop: RuntimeError: no answer" in capsys.readouterr().err
