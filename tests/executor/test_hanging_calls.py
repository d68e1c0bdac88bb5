"""Callbacks that never return take no thread that another kind of call needs."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from engine import ArbitrageExecutor
from engine.commands import Ask, Command
from engine.orders import events as ev
from engine.runtime.broker_calls import SAME_CALLS
from engine.runtime.lanes import MOST_ABANDONED, URGENT_PATIENCE_S, Lanes
from engine.runtime.scheduler import Scheduler
from tests.support.executor_world import (
    FAR,
    NEAR,
    WITHIN_S,
    HandClock,
    PaperBroker,
    alarms,
    by_hand,
    executor_on,
    forward,
    option_chain,
    stop_as_time_goes_on,
)

SYMBOLS = "AAPL", "MSFT", "SPY", "QQQ", "TSLA", "AMD", "NFLX", "META"


class HangingDesk:
    """Sixteen chains in real threads; what a test names hangs once some orders work."""

    def __init__(self, hangs: str, orders: int = 4) -> None:
        self.release = threading.Event()
        self.hanging = threading.Event()
        self.held = 0
        self._counting = threading.Lock()
        self.cancelled: list[str] = []
        self._hangs, self._orders = hangs, orders
        self.clock: HandClock
        self.clock, pace = by_hand()
        self.broker = PaperBroker()
        self.executor: ArbitrageExecutor = executor_on(
            self.broker,
            pace,
            quote_callback=self._quote,
            cancel_callback=self._cancel,
            order_status_callback=self._status,
        )
        for symbol in SYMBOLS:
            self.executor.add_symbol(symbol, [NEAR, FAR])
        self.written: list[ev.CancelSent] = []
        self.executor.context.subscribe(ev.CancelSent, self.written.append)

    def _wait(self, kind: str) -> None:
        if kind == self._hangs and len(self.broker.orders) >= self._orders:
            with self._counting:
                self.held += 1
            self.hanging.set()
            self.release.wait()
            with self._counting:
                self.held -= 1

    def _quote(self, symbol: str, expiration: date) -> Any:
        self._wait("quotes")
        return option_chain(symbol, expiration)

    def _cancel(self, order_id: str) -> bool:
        if order_id == "B1":
            self._wait("first cancel")
        self._wait("cancels")
        self.cancelled.append(order_id)
        return True

    def _status(self, order_id: str) -> Any:
        self._wait("queries")
        return "cancelled" if order_id in self.cancelled else "working"

    def until(self, happened: Callable[[], bool]) -> None:
        """Let time pass until something has happened."""
        for _ in range(2000):
            if happened():
                return
            self.forward(0.5)
        pytest.fail("it never happened")

    def forward(self, seconds: float) -> None:
        """Let time pass, step by step with the callbacks that do not hang."""
        forward(self.executor, self.clock, seconds, lambda: self.held)

    def until_it_hangs(self) -> None:
        """Let time pass until a callback hangs."""
        self.until(self.hanging.is_set)

    def until_cancelled(self, wanted: set[str]) -> None:
        """Let time pass until these orders are cancelled at the broker."""
        self.until(lambda: wanted <= set(self.cancelled))

    def stop(self) -> None:
        """Let what hangs return, and stop while time goes on."""
        self.release.set()
        self.end_within(1.0)

    def end_within(self, seconds: float) -> None:
        """Stop while time goes on."""
        stop_as_time_goes_on(self.executor, self.clock, seconds, lambda: self.held)

    def names(self) -> set[str]:
        """Every order that has reached the broker."""
        return {placed.order_id for placed in self.broker.orders}


@pytest.fixture
def desks() -> Iterator[list[HangingDesk]]:
    made: list[HangingDesk] = []
    yield made
    for desk in made:
        desk.stop()


def started(desks: list[HangingDesk], hangs: str, **more: Any) -> HangingDesk:
    desk = HangingDesk(hangs, **more)
    desks.append(desk)
    desk.executor.start()
    desk.until_it_hangs()
    return desk


def test_cancels_leave_in_time_while_every_quote_hangs(desks: list[HangingDesk]) -> None:
    desk = started(desks, "quotes")
    desk.until_cancelled(desk.names())
    assert len(desk.names()) >= 4


def test_a_kill_cancels_every_order_while_every_quote_hangs(desks: list[HangingDesk]) -> None:
    desk = started(desks, "quotes")
    desk.executor.ask(Command(Ask.KILL, args={"stage": 2}, key="K"))
    desk.until_cancelled(desk.names())
    assert len(desk.broker.orders) == len(desk.names())


def test_chains_whose_quotes_hang_are_stale_with_the_cause_and_the_calls_are_counted(
    desks: list[HangingDesk],
) -> None:
    desk = started(desks, "quotes")
    desk.until(lambda: {"CALLS_HANG", "STALE"} <= set(alarms(desk.executor)))
    told = alarms(desk.executor)
    assert "of quotes" in told["CALLS_HANG"]
    assert "no quotes came within 10 s" in told["STALE"]
    rows = desk.executor.get_status()
    stale = [row for row in rows["traders"].values() if row["gate"] == "QUOTES_STALE"]
    assert stale
    assert all("no quotes came" in row["gate_text"] for row in stale)
    assert rows["abandoned_calls"] >= 1
    desk.release.set()
    before = len(desk.broker.orders)
    desk.until(lambda: "CALLS_HANG" not in alarms(desk.executor))
    desk.until(lambda: len(desk.broker.orders) > before)


def test_a_cancel_that_hangs_holds_up_no_cancel_of_another_order(
    desks: list[HangingDesk],
) -> None:
    desk = started(desks, "first cancel", orders=1)
    desk.until(lambda: len(desk.names()) > 4)
    desk.until_cancelled(desk.names() - {"B1"})


def test_every_cancel_leaves_while_every_query_hangs(desks: list[HangingDesk]) -> None:
    desk = started(desks, "queries", orders=6)
    desk.until_cancelled(desk.names())


def test_the_end_does_not_wait_for_calls_that_hang_and_says_that_they_do(
    desks: list[HangingDesk],
) -> None:
    desk = started(desks, "quotes")
    desk.until(lambda: "CALLS_HANG" in alarms(desk.executor))
    desk.end_within(5.0)
    assert any("never returned were left behind" in said for said in desk.executor.warnings)


def test_a_cancel_is_written_down_when_its_call_starts_not_while_it_waits(
    desks: list[HangingDesk],
) -> None:
    desk = started(desks, "cancels", orders=1)
    desk.forward(10)

    def begun() -> tuple[int, int]:
        lanes = desk.executor.context.lanes
        assert lanes is not None
        return len(desk.written), len(lanes.cancels.calls)

    written, calls = desk.executor.call(begun)
    assert written == calls > 0, "one row for each call that has begun, and no others"
    assert max(Counter(event.order for event in desk.written).values()) <= SAME_CALLS


SCRIPT = """
import threading
from engine.market.clock import SystemClock
from engine.runtime.lanes import Lanes
from engine.runtime.pace import RealPace
from engine.runtime.scheduler import Scheduler
begun = threading.Event()
def hang():
    begun.set()
    threading.Event().wait()
lanes = Lanes(Scheduler(RealPace(SystemClock())), 4)
lanes.cancels.submit(lambda: hang, failed=print)
begun.wait()
lanes.close()
print("over")
"""


def test_a_process_ends_while_a_call_hangs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout == "over\n"


def hang_texts(executor: ArbitrageExecutor) -> list[str]:
    """What the alarm of calls that hang says of each of its places."""

    def look() -> list[str]:
        standing = executor.context.alarms
        return [standing.said("CALLS_HANG", where) for where in standing.places("CALLS_HANG")]

    return executor.call(look)


def test_an_order_about_which_no_more_calls_are_made_is_named_until_one_returns(
    desks: list[HangingDesk],
) -> None:
    desk = started(desks, "queries", orders=1)
    desk.until(lambda: any("2 queries of order" in said for said in hang_texts(desk.executor)))
    desk.release.set()
    desk.until(lambda: not hang_texts(desk.executor))


def test_a_lane_that_makes_no_more_calls_says_so_by_name() -> None:
    clock, pace = by_hand()
    lanes, release = Lanes(Scheduler(pace), 1), threading.Event()

    def hang() -> None:
        release.wait()

    for _ in range(MOST_ABANDONED + 2):
        lanes.queries.submit(lambda: hang, failed=lambda error: None)
    told: list[str] = []
    for _ in range(MOST_ABANDONED + 1):
        clock.forward(URGENT_PATIENCE_S)
        lanes.look()
        told.append(lanes.hanging())
    release.set()
    lanes.close()
    assert told[0] == "1 of queries"
    assert told[-1] == f"{MOST_ABANDONED + 1} of queries, so no more of these are made"
