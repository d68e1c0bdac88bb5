"""Threads in which requests wait for a broker, so that the thread of the socket never does."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

CALLS, CANCELS, QUOTES = "calls", "cancels", "quotes"
THREADS: Final = {CALLS: 8, CANCELS: 2, QUOTES: 6}
"""Cancels and quotes have threads of their own: a cancel never waits for orders that hang, and no
order for quotes."""

MOST_WAITING: Final = 256
"""Requests of a kind that wait for a thread; a guard's always find a place."""

Job = Callable[[], None]


class Workers:
    """A pool of threads for each kind of request.

    A job answers by itself; one that raises all the same costs nobody the thread. Guards' jobs
    overtake those of desks.
    """

    def __init__(self) -> None:
        self._count = itertools.count()
        self._jobs: dict[str, queue.PriorityQueue[tuple[int, int, Job | None]]] = {}
        self._threads: list[threading.Thread] = []
        for kind, threads in THREADS.items():
            jobs: queue.PriorityQueue[tuple[int, int, Job | None]] = queue.PriorityQueue()
            self._jobs[kind] = jobs
            for number in range(threads):
                thread = threading.Thread(
                    target=self._work, args=(jobs,), name=f"broker-{kind}-{number}", daemon=True
                )
                self._threads.append(thread)
                thread.start()

    def submit(self, kind: str, job: Job, *, guards: bool = False) -> bool:
        """Run a job as soon as a thread of its kind is free.

        Args:
            kind: CALLS, CANCELS or QUOTES.
            job: what to run.
            guards: whether a guard asks: it overtakes what waits.

        Returns:
            Whether it will run; False where too many wait already.
        """
        jobs = self._jobs[kind]
        if not guards and jobs.qsize() >= MOST_WAITING:
            return False
        jobs.put((0 if guards else 1, next(self._count), job))
        return True

    def close(self) -> None:
        """End the threads: cancels that wait are made before, anything else that waits never is.

        A call that hangs is left behind.
        """
        for kind, threads in THREADS.items():
            for _ in range(threads):
                self._jobs[kind].put((2 if kind == CANCELS else -1, next(self._count), None))

    @staticmethod
    def _work(jobs: queue.PriorityQueue[tuple[int, int, Job | None]]) -> None:
        while (job := jobs.get()[2]) is not None:
            with suppress(Exception):  # two threads cancel: neither may be lost to one odd answer
                job()
