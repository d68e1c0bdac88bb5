"""Wherever points are run, their figures are the same bytes; what breaks is told in a sentence."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Generator, Sequence
from contextlib import closing
from multiprocessing import active_children
from pathlib import Path

import pytest

from engine.study import executors
from engine.study.executors import (
    Done,
    ExecutorError,
    in_processes,
    in_this_process,
    on_cluster,
)
from engine.study.plan import Study
from engine.study.points import Task
from engine.study.store import Store
from engine.study.work import carry_out, tasks_of
from tests.support.studies import study


def small(folder: Path) -> Study:
    """Three points of two days of a minute each, which follow one another."""
    return study(folder, until="09:31", sessions={"seeds": [1, 2], "chained": 2})


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The points of the small study, run in this process."""
    folder = tmp_path_factory.mktemp("here")
    carry_out(small(folder), Store(folder), in_this_process)
    return folder


def same_bytes(folder: Path, kept: Path) -> bool:
    """Whether two folders hold the same points, byte for byte."""
    files = sorted((kept / "points").iterdir())
    assert len(files) == 3
    assert sorted(path.name for path in (folder / "points").iterdir()) == [f.name for f in files]
    return all((folder / "points" / f.name).read_bytes() == f.read_bytes() for f in files)


def test_two_processes_keep_the_same_bytes(tmp_path: Path, kept: Path) -> None:
    carry_out(small(tmp_path), Store(tmp_path), in_processes(2))
    assert same_bytes(tmp_path, kept)


def test_a_worker_that_is_killed_ends_the_study_with_a_sentence_and_leaves_no_process(
    tmp_path: Path,
) -> None:
    tasks = [task for each in tasks_of(small(tmp_path)).values() for task in each]
    with closing(in_processes(1)(tasks)) as results:
        next(results)
        (worker,) = active_children()
        worker.kill()
        with pytest.raises(ExecutorError, match="a process was killed"):
            list(results)
    worker.join(60)  # a busy machine may take its time to end a process
    assert active_children() == []


def test_no_scheduler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(executors, "CONNECT_S", 0.2)
    with pytest.raises(ExecutorError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9: "):
        next(on_cluster("tcp://127.0.0.1:9")([]))


def test_no_dask_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ExecutorError, match=r"pip install 'legdesk\[dask\]'"):
        on_cluster("tcp://127.0.0.1:9")


def test_a_cluster_keeps_the_same_bytes_though_a_worker_is_killed(
    tmp_path: Path, kept: Path
) -> None:
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
    )
    killed: list[int] = []

    def runner(tasks: Sequence[Task]) -> Generator[Done]:
        results = on_cluster(cluster.scheduler_address)(tasks)
        with closing(results):
            for done in results:
                if not killed:
                    killed.append(next(iter(cluster.workers.values())).pid)
                    os.kill(killed[0], signal.SIGKILL)
                yield done

    try:
        carry_out(small(tmp_path), Store(tmp_path), runner)
    finally:
        cluster.close()
    assert killed
    assert same_bytes(tmp_path, kept)
