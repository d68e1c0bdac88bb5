"""Threads for calls that may block: a lane for each kind, so that none takes another's threads.

A lane's books are kept in the scheduler's thread alone; its threads only make calls and post what
came of them. They are daemons: a call that never returns keeps no process alive.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Final, Protocol, TypeVar

from engine.runtime.scheduler import Scheduler

MOST_ABANDONED: Final = 64
"""Calls of one lane that may hang before it starts no thread in place of theirs any more."""

QUOTES_PATIENCE_S: Final = 10.0
DEBITS_PATIENCE_S: Final = 10.0
URGENT_PATIENCE_S: Final = 2.0
"""Real seconds after which a call counts as hung and another thread takes its place."""

T = TypeVar("T")
Begin = Callable[[], "Callable[[], None] | None"]
Told = Callable[["BaseException | None"], None]


class Worker(Protocol):
    """A thread that makes one call after the other."""

    def make(self, run: Callable[[], None], told: Told) -> None:
        """Make a call, and tell what it raised, None where it returned."""
        ...

    def end(self) -> None:
        """End after the calls made so far."""
        ...


class Workers(Protocol):
    """Where the threads of lanes come from."""

    def worker(self, name: str) -> Worker:
        """A thread of that name."""
        ...

    def wait_for(self, answers: SimpleQueue[T], seconds: float) -> T:
        """In the scheduler's thread: wait for an answer of a thread, at most so many seconds.

        Raises:
            Empty: none came.
        """
        ...


class RealWorkers:
    """Threads of the machine, in real time."""

    def worker(self, name: str) -> Worker:
        """A thread of that name."""
        return _Worker(name)

    def wait_for(self, answers: SimpleQueue[T], seconds: float) -> T:
        """Wait for an answer of a thread, at most so many real seconds.

        Raises:
            Empty: none came.
        """
        return answers.get(timeout=seconds)


@dataclass(slots=True, eq=False)
class Call:
    """One call on its way.

    Args:
        begin: asked in the scheduler's thread once a thread is free; returns what to call there,
            None where nothing is to be called any more.
        asked_s: real seconds at which it was asked for.
        failed: told in the scheduler's thread what it raised.
        late: told once in the scheduler's thread that it hangs, or found no thread in time.
        give_up: told in place of `late` where it found no thread in time; then it is never made.
        ended: told in the scheduler's thread that it has returned, failed, or is never made.
        started_s: real seconds at which its thread took it; infinite while it waits.
        abandoned: whether another thread has taken the place of its own.
    """

    begin: Begin
    asked_s: float
    failed: Callable[[BaseException], None]
    late: Callable[[], None]
    give_up: Callable[[], None] | None
    ended: Callable[[], None]
    started_s: float = math.inf
    abandoned: bool = False
    told: bool = False


class Lane:
    """Calls of one kind, at most so many at a time, not counting those that hang.

    Args:
        name: what its calls do, as an alarm says it.
        threads: most calls at a time.
        patience_s: real seconds after which a call counts as hung.
        scheduler: in whose thread every method is called.
        workers: where its threads come from.

    Attributes:
        abandoned: calls that were ever given up as hung.
    """

    def __init__(
        self,
        name: str,
        threads: int,
        patience_s: float,
        scheduler: Scheduler,
        workers: Workers | None = None,
    ) -> None:
        self.name = name
        self.workers = workers or RealWorkers()
        self.abandoned = 0
        self._most = threads
        self._patience_s = patience_s
        self._scheduler = scheduler
        pace = scheduler.pace
        self._now_s = pace.clock.now_s if pace.virtual else pace.real_s
        self._waiting: deque[Call] = deque()
        self._calls: dict[Worker, Call] = {}
        self._idle: list[Worker] = []
        self._closed = False

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that have begun and have not returned."""
        return tuple(self._calls.values())

    @property
    def hung(self) -> int:
        """Calls that were given up as hung and have not returned."""
        return sum(call.abandoned for call in self._calls.values())

    @property
    def is_full(self) -> bool:
        """Whether so many hang that no call is made any more before one returns."""
        return self.hung >= MOST_ABANDONED and not self._has_room()

    def submit(
        self,
        begin: Begin,
        *,
        failed: Callable[[BaseException], None],
        late: Callable[[], None] | None = None,
        give_up: Callable[[], None] | None = None,
        ended: Callable[[], None] | None = None,
    ) -> None:
        """Make a call as soon as a thread is free; the arguments are those of `Call`."""
        call = Call(
            begin,
            self._now_s(),
            failed,
            late or _nothing,
            give_up,
            ended or _nothing,
        )
        self._waiting.append(call)
        self._start_waiting()

    def look(self) -> None:
        """Give up the calls that hang, and start others in their place."""
        now_s = self._now_s()
        for call in list(self._calls.values()):
            if not call.abandoned and now_s - call.started_s >= self._patience_s:
                call.abandoned = True
                self.abandoned += 1
                self._tell_late(call)
        self._start_waiting()
        for call in list(self._waiting):
            if now_s - call.asked_s >= self._patience_s:
                if call.give_up is not None:
                    self._waiting.remove(call)
                    call.ended()
                    call.give_up()
                else:
                    self._tell_late(call)

    def _tell_late(self, call: Call) -> None:
        if not call.told:
            call.told = True
            call.late()

    def _start_waiting(self) -> None:
        while self._waiting and self._has_room() and not self._closed:
            call = self._waiting.popleft()
            run = call.begin()
            if run is None:
                call.ended()
                continue
            worker = self._idle.pop() if self._idle else self._new_worker()
            call.started_s = self._now_s()
            self._calls[worker] = call
            worker.make(run, partial(self._tell, worker))

    def _new_worker(self) -> Worker:
        return self.workers.worker(f"engine-{self.name}")

    def _has_room(self) -> bool:
        hung = self.hung
        return len(self._calls) - min(hung, MOST_ABANDONED) < self._most

    def _tell(self, worker: Worker, error: BaseException | None) -> None:
        """In the worker's own thread: its call is over."""
        self._scheduler.post(partial(self._returned, worker, error))

    def _returned(self, worker: Worker, error: BaseException | None) -> None:
        call = self._calls.pop(worker)
        if call.abandoned or self._closed:
            worker.end()
        else:
            self._idle.append(worker)
        call.ended()
        if error is not None:
            call.failed(error)
        self._start_waiting()

    def close(self) -> None:
        """Start nothing more, and let every thread end once its call has returned."""
        self._closed = True
        self._waiting.clear()
        for worker in (*self._idle, *self._calls):
            worker.end()


class _Worker:
    """A thread that makes one call after the other."""

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[tuple[Callable[[], None], Told] | None] = SimpleQueue()
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def make(self, run: Callable[[], None], told: Told) -> None:
        """Make a call, and tell what it raised, None where it returned."""
        self._jobs.put((run, told))

    def end(self) -> None:
        """End after the calls made so far."""
        self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            run, told = job
            error: BaseException | None = None
            try:
                run()
            except BaseException as raised:  # a callback's SystemExit is a failed call, no more
                error = raised
            told(error)


class Lanes:
    """The lanes of one desk: what closes a risk never waits for what opens one.

    Args:
        scheduler: keeps their books.
        threads: calls at a time in each lane.
        workers: where their threads come from.
    """

    def __init__(self, scheduler: Scheduler, threads: int, workers: Workers | None = None) -> None:
        self.quotes = Lane("quotes", threads, QUOTES_PATIENCE_S, scheduler, workers)
        self.debits = Lane("debits", threads, DEBITS_PATIENCE_S, scheduler, workers)
        self.completing = Lane("completing orders", threads, URGENT_PATIENCE_S, scheduler, workers)
        self.cancels = Lane("cancels", threads, URGENT_PATIENCE_S, scheduler, workers)
        self.queries = Lane("queries", threads, URGENT_PATIENCE_S, scheduler, workers)
        self.all = (self.quotes, self.debits, self.completing, self.cancels, self.queries)

    @property
    def abandoned(self) -> int:
        """Calls that were ever given up as hung."""
        return sum(lane.abandoned for lane in self.all)

    def look(self) -> None:
        """Give up the calls that hang, and start others in their place."""
        for lane in self.all:
            lane.look()

    def hanging(self) -> str:
        """How many calls hang now, by lane; "" where none does."""
        return ", ".join(
            f"{lane.hung} of {lane.name}" + (", so no more of these are made" * lane.is_full)
            for lane in self.all
            if lane.hung
        )

    def close(self) -> None:
        """Start nothing more; calls that hang are left behind."""
        for lane in self.all:
            lane.close()


def _nothing() -> None:
    pass
