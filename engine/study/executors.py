"""Run tasks: in this process, in several, or on a Dask cluster; figures come as they are ready."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait as wait_for
from typing import Any, Final

from engine.study.points import Task
from engine.study.running import PointError, Row, run_task

Done = tuple[Task, list[Row]]
Runner = Callable[[Sequence[Task]], Generator[Done]]
"""Runs tasks in any order; closing what it returns ends those that still run."""

AHEAD: Final = 2
"""Tasks handed to the pool for each process: one runs, one waits."""

CONNECT_S: Final = 30.0
"""Real seconds in which a Dask scheduler must answer."""


class ExecutorError(Exception):
    """Tasks cannot be run this way any more; the message says what to do."""


def in_this_process(tasks: Sequence[Task]) -> Generator[Done]:
    """Run one task after another.

    Raises:
        ConfigError, SessionFileError, PointError: of the task that cannot be run.
    """
    for task in tasks:
        yield task, run_task(task)


def in_processes(count: int) -> Runner:
    """A runner in so many processes; results come in the order in which they are ready.

    What is asked for ends with whoever asks: a task in progress is dropped, and the processes end
    with this one, however it ends.
    """

    def run(tasks: Sequence[Task]) -> Generator[Done]:
        pool = ProcessPoolExecutor(
            min(count, len(tasks)) or 1,
            mp_context=get_context("spawn"),
            initializer=_begin_worker,
        )
        left = iter(tasks)
        running: dict[Future[list[Row]], Task] = {}
        try:
            while True:
                while len(running) < AHEAD * count and (task := next(left, None)) is not None:
                    running[pool.submit(run_task, task)] = task
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(future), future.result()
        except BrokenProcessPool:
            raise ExecutorError(
                "a process was killed, perhaps for want of memory; use fewer with --processes, and "
                "the same command goes on"
            ) from None
        finally:
            _end(pool)

    return run


def _begin_worker() -> None:
    """A worker leaves Ctrl+C to its parent, and does not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        sentinel = parent.sentinel

        def end() -> None:
            wait_for([sentinel])
            os._exit(1)

        threading.Thread(target=end, name="parent", daemon=True).start()


def _end(pool: ProcessPoolExecutor) -> None:
    """End a pool now: whatever it still runs is not wanted any more."""
    processes = list((pool._processes or {}).values())  # no public name before Python 3.14
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join()


def on_cluster(address: str) -> Runner:
    """A runner on the workers of a Dask scheduler.

    A worker that is lost costs its task's time: another runs it anew.

    Args:
        address: of the scheduler, such as tcp://host:8786.

    Raises:
        ExecutorError: Dask is not installed here.
    """
    dask = _dask()

    def run(tasks: Sequence[Task]) -> Generator[Done]:
        try:
            client = dask.Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise ExecutorError(
                f"no Dask scheduler answers at {address}: {error}; start one with `dask scheduler`"
            ) from None
        try:
            yield from _through(dask, client, tasks)
        finally:
            client.close()

    return run


def _dask() -> Any:
    """The library, of which little is typed."""
    try:
        import distributed
    except ImportError:
        raise ExecutorError(
            "--scheduler needs Dask: install legdesk with its extra, pip install 'legdesk[dask]'"
        ) from None
    return distributed


def _through(dask: Any, client: Any, tasks: Sequence[Task]) -> Generator[Done]:
    by_key = {task.key: task for task in tasks}
    futures = [client.submit(run_task, task, key=task.key, pure=True) for task in tasks]
    try:
        for future in dask.as_completed(futures, loop=client.loop):
            if future.status == "cancelled":
                raise ExecutorError("the Dask scheduler is gone; the same command goes on")
            try:
                rows: list[Row] = future.result()
            except dask.KilledWorker:
                raise ExecutorError(
                    f"workers died again and again over point {future.key}; see their log"
                ) from None
            except ImportError as error:
                raise PointError(f"a worker has no legdesk: {error}; install it there") from None
            yield by_key[future.key], rows
            future.release()
    finally:
        client.cancel(futures)
