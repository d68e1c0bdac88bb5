"""The journal keeps every event it acknowledged, in order, and says so when it cannot."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.journal.database import SCHEMA
from engine.journal.encoding import decode, encode
from engine.journal.opening import memory_journal, open_journal
from engine.journal.reading import export_lines, read_events
from engine.market.clock import SystemClock
from engine.orders import events as ev
from engine.run_folder.errors import JournalError, JournalFailed
from engine.state.desk import DeskState
from engine.state.totals import plain_values
from tests.support.hand_written_runs import OPEN_MS, Story, day, stories

SENT = ev.OrderSent(OPEN_MS, "SYM0 2024-12-20", "S1-0-1D1")


@given(stories())
def test_every_event_comes_back_as_it_went_in(story: Story) -> None:
    body = encode(story.events)
    back = [event for _, event in decode(1, len(story.events), body)]
    assert back == story.events
    assert [type(event) for event in back] == [type(event) for event in story.events]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
        lambda each: (
            st.lists(each, max_size=4) | st.dictionaries(st.text(max_size=4), each, max_size=4)
        ),
        max_leaves=8,
    )
)
def test_values_of_any_json_type_come_back(value: object) -> None:
    event = ev.SettingChanged(OPEN_MS, "SYM0", "hours", value, None, "why")
    assert [each for _, each in decode(1, 1, encode([event]))] == [event]


@pytest.mark.parametrize("durable", [True, False])
def test_a_journal_read_back_folds_to_the_same_desk(tmp_path: Path, durable: bool) -> None:
    story = day(11, 400)
    live = DeskState()
    with open_journal(tmp_path / "j.db", durable=durable) as journal:
        for number, event in enumerate(story.events, 1):
            assert journal.append(event) == number
            live.apply(event)
        assert [event for _, event in journal.read()] == story.events
    recovered = DeskState()
    assert recovered.apply_all(read_events(tmp_path / "j.db")) == len(story.events)
    assert plain_values(recovered) == plain_values(live)


def test_a_journal_in_memory_reads_back_what_it_took() -> None:
    story = day(5, 50)
    with memory_journal() as journal:
        for event in story.events:
            journal.append(event)
        assert list(journal.read()) == list(enumerate(story.events, 1))
        assert journal.path is None


def test_opening_again_goes_on_counting(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with open_journal(path, durable=False) as journal:
        journal.append(SENT)
    with open_journal(path) as journal:
        assert journal.seq == 1
        assert journal.append(SENT) == 2
        journal.flush()
    assert [seq for seq, _ in read_events(path)] == [1, 2]


def test_an_inline_journal_calls_back_before_it_returns() -> None:
    said: list[int] = []
    with memory_journal() as journal:
        journal.append(SENT, lambda: said.append(journal.seq))
        assert said == [1]


def test_a_threaded_journal_calls_back_once_the_event_is_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    seen: list[tuple[int, int]] = []
    journal = open_journal(path)
    done = threading.Event()

    def look(number: int) -> None:
        committed = journal._database.connection.execute(  # the writer's own thread
            "SELECT max(last) FROM batches"
        ).fetchone()[0]
        seen.append((number, committed))
        if number == 50:
            done.set()

    for number in range(1, 51):
        journal.append(SENT, lambda number=number: look(number))  # type: ignore[misc]
    assert done.wait(120)
    journal.close()
    assert [number for number, _ in seen] == list(range(1, 51))
    assert all(committed >= number for number, committed in seen)


def test_many_threads_share_one_journal_without_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with open_journal(path) as journal:
        taken: list[int] = []

        def write(each: int) -> None:
            for number in range(200):
                taken.append(journal.append(SENT._replace(at_ms=each * 1000 + number)))

        threads = [threading.Thread(target=write, args=(each,)) for each in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(taken) == list(range(1, 801))
    for each in range(4):
        mine = [event[0] for _, event in read_events(path) if event[0] // 1000 == each]
        assert mine == sorted(mine)
        assert len(mine) == 200


def test_a_full_disk_is_latched_told_once_and_nothing_more_is_taken(tmp_path: Path) -> None:
    told: list[str] = []
    called: list[int] = []
    path = tmp_path / "j.db"
    journal = open_journal(path, on_failure=told.append, max_bytes=64 * 1024)
    big = ev.TraderFaulted(OPEN_MS, "SYM0", "x" * 4000)
    with pytest.raises(JournalFailed):
        for _ in range(1000):
            journal.append(big, lambda: called.append(1))
            journal.flush()
    assert journal.failed is not None
    assert len(told) == 1
    assert "free the disk" in told[0]
    with pytest.raises(JournalFailed):
        journal.append(big, lambda: called.append(2))
    journal.close()
    assert len(list(read_events(path))) == len(called)
    assert 2 not in called


def test_a_full_disk_fails_an_inline_journal_too(tmp_path: Path) -> None:
    told: list[str] = []
    journal = open_journal(
        tmp_path / "j.db", durable=False, on_failure=told.append, max_bytes=64 * 1024
    )
    for _ in range(100):
        journal.append(ev.TraderFaulted(OPEN_MS, "SYM0", "x" * 4000))
    with pytest.raises(JournalFailed):
        journal.flush()
    with pytest.raises(JournalFailed):
        journal.append(SENT)
    assert len(told) == 1
    journal.close()
    assert list(read_events(tmp_path / "j.db")) == []


def test_an_error_in_what_waited_for_a_commit_is_latched(tmp_path: Path) -> None:
    told = threading.Event()
    journal = open_journal(tmp_path / "j.db", on_failure=lambda _: told.set())

    def broken() -> None:
        raise RuntimeError("no broker")

    journal.append(SENT, broken)
    assert told.wait(120)
    assert "no broker" in (journal.failed or "")
    journal.close()
    assert len(list(read_events(tmp_path / "j.db"))) == 1


def test_a_value_that_is_not_json_is_refused_at_once_and_nothing_is_lost() -> None:
    with memory_journal() as journal:
        journal.append(SENT)
        with pytest.raises(JournalError, match="SettingChanged cannot be journaled") as caught:
            journal.append(ev.SettingChanged(OPEN_MS, "SYM0", "x", object(), 1, ""))
        assert caught.value.code == "unwritable"
        assert journal.append(SENT) == 2
        assert len(list(journal.read())) == 2


def test_a_closed_journal_takes_nothing_and_closes_again_quietly(tmp_path: Path) -> None:
    for durable in (True, False):
        journal = open_journal(tmp_path / f"{durable}.db", durable=durable)
        journal.append(SENT)
        journal.close()
        journal.close()
        with pytest.raises(JournalError) as caught:
            journal.append(SENT)
        assert caught.value.code == "closed"


def test_files_and_folders_are_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "j.db"
    with open_journal(path) as journal:
        journal.append(SENT)
        journal.flush()
        modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
        assert set(modes.values()) == {0o600}
        assert path.parent.stat().st_mode & 0o777 == 0o700
        times = journal.flush_ms()
        assert times is not None
        assert 0 <= times[0] <= times[1]
    assert [each.name for each in path.parent.iterdir()] == ["j.db"]


def test_a_second_opening_is_refused_while_the_first_holds_the_file(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with open_journal(path) as journal:
        journal.append(SENT)
        with pytest.raises(JournalError) as caught:
            open_journal(path)
        assert caught.value.code == "locked"
        with pytest.raises(JournalError, match="running desk") as caught:
            list(read_events(path))
        assert caught.value.code == "locked"
    assert len(list(read_events(path))) == 1


def test_the_file_can_be_looked_at_with_sql(tmp_path: Path) -> None:
    with open_journal(tmp_path / "j.db", durable=False, run="r7") as journal:
        journal.append(SENT)
        journal.append(ev.TraderReleased(OPEN_MS + 1, "SYM0", "FILL"))
    connection = sqlite3.connect(tmp_path / "j.db")
    rows = connection.execute("SELECT seq, at_ms, kind FROM events ORDER BY seq").fetchall()
    assert rows == [(1, OPEN_MS, "OrderSent"), (2, OPEN_MS + 1, "TraderReleased")]
    assert dict(connection.execute("SELECT * FROM meta")) == {"schema": str(SCHEMA), "run": "r7"}
    connection.close()


WRITER = """
import sys
from pathlib import Path
from engine.journal.opening import open_journal
from tests.journal.test_store import SENT

journal = open_journal(Path(sys.argv[1]))
number = journal.seq
while True:
    number += 1
    journal.append(SENT._replace(at_ms=number),
        lambda number=number: (sys.stdout.write(f"{number}\\n"), sys.stdout.flush()))
    if number % 7 == 0:
        journal.flush()
"""


def test_no_acknowledged_event_is_lost_when_the_process_is_killed(
    tmp_path: Path, project_root: Path
) -> None:
    path = tmp_path / "j.db"
    chance = random.Random(1)
    acknowledged = 0
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)],
            cwd=project_root,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(project_root)},
        )
        assert process.stdout is not None
        for _ in range(chance.randint(1, 400)):
            line = process.stdout.readline()
            assert line
            acknowledged = int(line)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().splitlines(keepends=True)
        if rest and rest[-1].endswith("\n"):
            acknowledged = int(rest[-1])
        elif len(rest) > 1:
            acknowledged = int(rest[-2])
        process.wait()
        process.stdout.close()
        found = list(read_events(path))
        assert [seq for seq, _ in found] == list(range(1, len(found) + 1))
        assert [event[0] for _, event in found] == [seq for seq, _ in found]
        assert len(found) >= acknowledged
    assert acknowledged > 0


def test_the_export_is_the_same_byte_for_byte_however_it_was_written(tmp_path: Path) -> None:
    story = day(2, 100)
    texts = []
    for name, durable in (("a.db", True), ("b.db", False)):
        with open_journal(tmp_path / name, durable=durable) as journal:
            for event in story.events:
                journal.append(event)
        texts.append("\n".join(export_lines(read_events(tmp_path / name))))
    assert texts[0] == texts[1] == "\n".join(export_lines(enumerate(story.events, 1)))


def test_an_exported_line_names_every_field_in_order() -> None:
    event = ev.AttemptEnded(5, "SYM0", 1, "S1", 2, 0, "TIMEOUT", 10, float("nan"), None)
    assert list(export_lines([(9, event)])) == [
        '{"seq":9,"kind":"AttemptEnded","at":5,"trader":"SYM0","cycle":1,"order":"S1",'
        '"contracts":2,"filled":0,"result":"TIMEOUT","hour":10,"delay_s":null,"fill_time_ms":null,"worked_ms":null}'
    ]


def test_what_waits_for_the_disk_is_told_with_the_age_of_the_oldest(tmp_path: Path) -> None:
    now_s = 100.0

    class HandClock(SystemClock):
        def now_s(self) -> float:
            return now_s

    with open_journal(tmp_path / "j.db", clock=HandClock()) as journal:
        assert journal.waits() == (0, 0.0)
        stuck, goes_on = threading.Event(), threading.Event()

        def stand_still() -> None:
            stuck.set()
            assert goes_on.wait(30.0)

        journal.append(SENT, stand_still)  # its commit is done, what follows it is not
        assert stuck.wait(30.0)
        now_s = 102.0
        journal.append(SENT)
        now_s = 103.5
        assert journal.waits() == (2, 3.5)
        goes_on.set()
        journal.flush()
        assert journal.waits() == (0, 0.0)
    with open_journal(tmp_path / "inline.db", durable=False) as journal:
        journal.append(SENT)
        assert journal.waits() is None
