"""Figures are kept whole or not at all, and a study goes on where it stopped."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from engine.study.executors import Done
from engine.study.points import Task
from engine.study.running import Row
from engine.study.store import Store, StoreError
from engine.study.work import Progress, carry_out, tasks_of
from tests.support.studies import ARMS, BLANK, study

ROWS = [
    replace(
        BLANK,
        gates={"OPEN": 3, "NO_PAIR": 1},
        open_worst_c=None,
        difference="x",
        waits={50: 2, 2_500: 1},
        hour_floor_c={9: -5, 10: 7},
    ),
    replace(BLANK, trader="SPY 2026-12-04", gates={}, floor_c=-(10**12)),
]


def tasks(folder: Path) -> list[Task]:
    return [task for each in tasks_of(study(folder)).values() for task in each]


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    store, task = Store(tmp_path / "out"), tasks(tmp_path)[0]
    assert store.read(task.key) is None
    store.write(task, ROWS)
    assert store.read(task.key) == ROWS
    assert [path.name for path in (tmp_path / "out" / "points").iterdir()] == [
        f"{task.key}.parquet"
    ]


def test_the_same_rows_are_the_same_bytes(tmp_path: Path) -> None:
    task = tasks(tmp_path)[0]
    for name in ("one", "two"):
        Store(tmp_path / name).write(task, ROWS)
    one, two = (Store(tmp_path / name).path_of(task.key).read_bytes() for name in ("one", "two"))
    assert one == two


@pytest.mark.parametrize("kept", [0, 4, 300, -1], ids=["empty", "magic", "half", "a byte less"])
def test_a_file_that_a_crash_cut_short_counts_as_missing(tmp_path: Path, kept: int) -> None:
    store, task = Store(tmp_path), tasks(tmp_path)[0]
    store.write(task, ROWS)
    path = store.path_of(task.key)
    path.write_bytes(path.read_bytes()[:kept])
    assert store.read(task.key) is None
    store.write(task, ROWS)
    assert store.read(task.key) == ROWS


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(StoreError, match="choose another folder with --out"):
        Store(tmp_path / "out").write(tasks(tmp_path)[0], ROWS)


class Stopping:
    """A runner that makes blank rows and is stopped after so many."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.closed = False
        self.ran: list[str] = []

    def __call__(self, asked: Sequence[Task]) -> Generator[Done]:
        try:
            for task in asked:
                if len(self.ran) == self.after:
                    raise KeyboardInterrupt
                self.ran.append(task.key)
                yield task, rows_for(task)
        finally:
            self.closed = True


def rows_for(task: Task) -> list[Row]:
    return [replace(BLANK, seed=task.point.seed, floor_c=int(task.key[:6], 16))]


def test_a_study_that_was_stopped_goes_on_where_it_stopped(tmp_path: Path) -> None:
    plan, store = study(tmp_path), Store(tmp_path)
    first, second = Stopping(after=2), Stopping(after=99)
    with pytest.raises(KeyboardInterrupt):
        carry_out(plan, store, first)
    assert first.closed
    told: list[Progress] = []
    rows = carry_out(plan, store, second, told.append)
    assert second.closed
    keys = [task.key for task in tasks(tmp_path)]
    assert first.ran + second.ran == keys
    assert told == [Progress(done, 6, 2) for done in range(2, 7)]
    expected = {place: [rows_for(task) for task in each] for place, each in tasks_of(plan).items()}
    assert rows == expected
    assert len(os.listdir(tmp_path / "points")) == 6
    assert carry_out(plan, store, Stopping(after=0)) == rows, "nothing is left to run"


def test_two_studies_share_the_points_they_have_in_common(tmp_path: Path) -> None:
    store = Store(tmp_path)
    carry_out(study(tmp_path), store, Stopping(after=99))
    arms = {"other-name": ARMS["credit"], "floor": ARMS["floor"]}
    wider = study(tmp_path, arms=arms, control="other-name", sessions={"seeds": [1, 2, 3]})
    runner = Stopping(after=99)
    carry_out(wider, store, runner)
    assert len(runner.ran) == 3
