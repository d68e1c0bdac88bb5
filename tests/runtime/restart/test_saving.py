"""What a process that ends while it trades or saves leaves for the next one."""

from __future__ import annotations

from datetime import time

import pytest

from engine.desk.output import RunFiles
from engine.journal.database import Database
from engine.orders import events as ev
from tests.support.command_server import run_code
from tests.support.copied_runs import copied
from tests.support.crashed_runs import SEED, resumed, violations
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated

RUNNING = """
import os, sys, threading
from pathlib import Path
from datetime import time
from tests.support.desks import on_publish, settings, simulated

desk = simulated(settings(7), run_dir=Path(sys.argv[1]), until=time(15, 0), speed=120.0)
enough = threading.Event()

def look(snapshot):
    saved = desk.executor.context.journal._database.seq
    if (desk.places.folder / "exchange.jsonl").exists() and saved > 500:
        enough.set()

on_publish(desk, look)
desk.start()
assert enough.wait(120)
print(desk.places.run, flush=True)
os._exit(9)
"""


@pytest.fixture
def saves_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk saves once in a real second too: on a busy machine, anywhere in its own time."""
    monkeypatch.setattr(RunFiles, "on_paint", lambda files, snapshot: None)


def test_a_desk_that_ran_in_its_own_thread_leaves_what_the_next_one_can_go_on_with(
    tmp_path, project_root
):
    ended = run_code(RUNNING, [str(tmp_path)], project_root, {"HOME": str(tmp_path)}, 300.0)
    assert ended.returncode == 9, ended.stderr
    desk = resumed(tmp_path, ended.stdout.strip())
    assert desk.snapshot().totals.attempts > 0
    assert desk.books_agree() == ""
    assert desk.executor.context.flags.unreconciled == frozenset()
    desk.stop()


@pytest.mark.usefixtures("saves_when_told")
def test_a_process_that_dies_between_two_savings_leaves_books_that_agree(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.journal.inline.BATCH", 500)
    desk = simulated(settings(SEED), run_dir=tmp_path / "first", until=time(15, 0))
    operated = Operated(desk)
    operated.run_until(lambda: len(desk.exchange.ledger.executions) > 40)
    assert desk.executor.context.journal.seq > 500
    copied(tmp_path / "first", tmp_path / "died")
    left = resumed(tmp_path / "died", desk.places.run)
    assert left.exchange.ledger.executions
    assert left.books_agree() == ""
    assert left.executor.context.flags.unreconciled == frozenset()
    left.stop()
    desk.stop()


@pytest.mark.usefixtures("saves_when_told")
@pytest.mark.parametrize(
    ("owner", "step"),
    [(RunFiles, "_add_to_ledger"), (RunFiles, "_add_to_wire"), (Database, "write")],
)
def test_a_process_that_dies_while_it_saves_leaves_books_that_agree(
    tmp_path, monkeypatch, owner, step
):
    class Died(BaseException):
        """The process ends here."""

    def dies(*_: object) -> None:
        raise Died

    desk = simulated(settings(SEED), run_dir=tmp_path / "first", until=time(15, 0))
    operated = Operated(desk)
    operated.run(240)
    desk._files.keep()
    first = len(desk.exchange.ledger.executions)
    operated.run_until(lambda: len(desk.exchange.ledger.executions) > first + 6)
    with monkeypatch.context() as patched, pytest.raises(Died):
        patched.setattr(owner, step, dies)
        desk._files.keep()
    copied(tmp_path / "first", tmp_path / "died")
    for _ in range(2):  # resumed twice, the first time to no purpose
        left = resumed(tmp_path / "died", desk.places.run)
        assert left.books_agree() == ""
        assert left.executor.context.flags.unreconciled == frozenset()
        assert left.stop().startswith("book == broker")
        assert violations(left) == []
    desk.stop()


@pytest.mark.usefixtures("saves_when_told")
def test_a_kill_between_journal_and_wire_leaves_no_order_that_was_never_received(
    tmp_path, monkeypatch
):
    """What had reached the exchange was written after the journal, and could be missing."""

    class Died(BaseException):
        """The process ends here."""

    desk = simulated(settings(SEED), run_dir=tmp_path / "first", until=time(15, 0))
    Operated(desk).run(240)
    written = Database.write

    def dies(database: Database, events: list[ev.Event]) -> None:
        written(database, events)
        raise Died

    with monkeypatch.context() as patched, pytest.raises(Died):
        patched.setattr(Database, "write", dies)
        desk._files.keep()
    copied(tmp_path / "first", tmp_path / "died")
    left = resumed(tmp_path / "died", desk.places.run)
    assert left.stop().startswith("book == broker")
    assert violations(left) == []
    desk.stop()
