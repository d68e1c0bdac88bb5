"""What waits for the disk and what does not: orders do, the engine's answers do not."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.commands import Ask, Command
from engine.journal.reading import read_events
from engine.journal.store import Journal
from engine.orders import events as ev
from engine.run_folder.errors import JournalFailed
from tests.support.executor_world import (
    NEAR,
    WITHIN_S,
    PaperBroker,
    Placed,
    alarms,
    by_hand,
    executor_on,
    fill,
    forward,
    stop_as_time_goes_on,
)


class Disk:
    """The disk under a running desk's journal: it can stand still at a kind of event.

    Attributes:
        written: every event that is on it.
        stuck: set while a commit waits.
    """

    def __init__(self, journal: Journal) -> None:
        self.written: list[ev.Event] = []
        self.stuck, self._goes = threading.Event(), threading.Event()
        self._at: type | None = None
        self._write = journal._database.write
        journal._database.write = self.write  # type: ignore[method-assign]

    def stand_still_at(self, kind: type) -> None:
        self._at = kind

    @property
    def runs(self) -> bool:
        return self._at is None

    def go_on(self) -> None:
        self._at = None
        self._goes.set()

    def write(self, events: Sequence[ev.Event]) -> None:
        if self._at is not None and any(isinstance(event, self._at) for event in events):
            self.stuck.set()
            assert self._goes.wait(WITHIN_S)
        self._write(events)
        self.written += events

    def has(self, kind: type) -> bool:
        return any(isinstance(event, kind) for event in self.written)


class Trading:
    """An executor in real time, its journal on a disk that the test holds."""

    def __init__(self, folder: Path) -> None:
        self.clock, pace = by_hand()
        self.broker = PaperBroker()
        self.path = folder / "journal.db"
        self.executor = executor_on(
            self.broker, pace, journal_path=self.path, cancel_callback=self.broker.cancel
        )
        self.executor.add_symbol("SYM", [NEAR])
        self.disk = Disk(self.executor.context.journal)

    def until(self, happened: Callable[[], Any], most_s: float = 60.0) -> None:
        """Move engine time until something has happened."""
        for _ in range(round(most_s * 2)):
            if happened():
                return
            forward(self.executor, self.clock, 0.5)
            if self.disk.runs and self.executor.context.journal.failed is None:
                self.executor.context.journal.flush()
        pytest.fail(f"it did not happen within {most_s:g} engine seconds")

    def stop(self) -> None:
        self.disk.go_on()
        stop_as_time_goes_on(self.executor, self.clock)


@pytest.fixture
def trading(tmp_path: Path):
    desk = Trading(tmp_path)
    desk.executor.start()
    yield desk
    desk.stop()


def test_a_credit_waits_until_the_execution_it_answers_is_on_the_disk(trading: Trading) -> None:
    trading.until(lambda: trading.broker.orders)
    known_when_sent: list[bool] = []

    def answer(placed: Placed) -> str:
        known_when_sent.append(trading.disk.has(ev.Executed))
        return placed.order_id

    trading.broker.answer = answer
    trading.disk.stand_still_at(ev.Executed)
    trading.executor.on_order_update(fill(trading.broker.orders[0]))
    assert trading.disk.stuck.wait(WITHIN_S)
    forward(trading.executor, trading.clock, 3.0)
    intents = trading.executor.call(
        lambda: list(trading.executor.context.state.orders.live.values())
    )
    assert [record.intent.part for record in intents] == ["C"], "the credit is meant"
    assert len(trading.broker.orders) == 1, "and does not leave before its reason is on the disk"
    trading.disk.go_on()
    trading.until(lambda: len(trading.broker.orders) > 1)
    assert known_when_sent and all(known_when_sent)


def test_a_slow_disk_holds_orders_back_and_no_answer_and_no_kill(trading: Trading) -> None:
    trading.disk.stand_still_at(ev.OrderIntended)
    trading.until(trading.disk.stuck.is_set)
    assert trading.executor.get_status()["active"]
    killed = trading.executor.ask(Command(Ask.KILL, args={"stage": 1}))
    assert "entries stopped" in killed.text
    assert not trading.broker.orders
    trading.disk.go_on()
    trading.until(lambda: trading.disk.has(ev.OrderEnded))
    assert not trading.broker.orders, "what the kill found unsent is never sent"


def test_a_disk_that_fills_up_ends_entries_with_an_alarm_and_loses_nothing_written(
    trading: Trading,
) -> None:
    journal = trading.executor.context.journal
    trading.until(lambda: trading.broker.orders)
    with journal._io:  # type: ignore[attr-defined]
        # SQLite's own limit: from now on the file may not grow, as on a full disk.
        journal._database.connection.execute("PRAGMA max_page_count=1")
    row = ev.BooksCompared(0, 1, "x" * 200)
    with pytest.raises(JournalFailed):
        for _ in range(200):
            trading.executor.call(lambda: trading.executor.context.emit(row))
            journal.flush()
    written = list(trading.disk.written)
    trading.executor.call(lambda: trading.executor.context.emit(row))
    trading.until(lambda: "JOURNAL" in alarms(trading.executor))
    sent = len(trading.broker.orders)
    forward(trading.executor, trading.clock, 60.0)
    assert len(trading.broker.orders) == sent
    assert "full" in alarms(trading.executor)["JOURNAL"]
    assert trading.disk.written == written
    trading.stop()
    assert [event for _, event in read_events(trading.path)] == written


LIMITED = """
import resource, sys
from pathlib import Path
from engine.journal.opening import open_journal
from engine.run_folder.errors import JournalError
from engine.orders import events as ev

path = Path(sys.argv[1])
journal = open_journal(path)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
acknowledged = 0
try:
    for number in range(1, 10_000):
        journal.append(ev.BooksCompared(number, 1, "x" * 500))
        journal.flush()
        acknowledged = number
except JournalError as error:
    print(acknowledged, error.code, error)
"""


def test_where_the_system_refuses_to_let_the_file_grow_nothing_acknowledged_is_lost(
    tmp_path: Path, project_root: Path
) -> None:
    path = tmp_path / "journal.db"
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)],
        cwd=project_root,
        capture_output=True,
        text=True,
        check=True,
    )
    acknowledged, code, sentence = done.stdout.split(" ", 2)
    assert code == "failed" and "free the disk" in sentence
    assert int(acknowledged) > 20
    assert [seq for seq, _ in read_events(path)] == list(range(1, int(acknowledged) + 1))
