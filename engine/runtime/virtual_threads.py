"""Threads in virtual time: code that waits runs as it is written, and the same every time.

Each is a thread of the machine, but one alone ever runs, handed the turn by an event of the
scheduler and handing it back where it waits. So what waits for answers, for its turn or for time
takes virtual time, others act meanwhile, and their order follows from the events alone.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from typing import Final, TypeVar

from engine.runtime.lanes import Told, Worker
from engine.runtime.scheduler import Scheduler

T = TypeVar("T")

_NO_NAME: Final = "virtual"


class ThreadEndedError(BaseException):
    """The virtual time of a thread is over; raised where it waits, and caught by nobody."""


class _Thread:
    """One thread: `go` is released when it may run."""

    def __init__(self, name: str, run: Callable[[], None]) -> None:
        self.go = threading.Lock()
        self.go.acquire()
        self.wakes = 0
        self.ended = False
        self.machine = threading.Thread(target=run, name=name or _NO_NAME, daemon=True)

    def wake(self) -> None:
        """Whatever else would have woken it comes too late."""
        self.wakes += 1

    def end(self) -> None:
        """It has run to its end."""
        self.ended = True


class VirtualThreads:
    """The threads of one scheduler's virtual time, and the clock on which they wait.

    A lock that one holds while it waits must not be asked for by another one: it would never get
    it. A condition is waited on without it.

    Args:
        scheduler: in virtual time; its thread runs everything.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler, self._clock = scheduler, scheduler.pace.clock
        self._back = threading.Lock()
        self._back.acquire()
        self._threads: list[_Thread] = []
        self._current: _Thread | None = None
        self._waiting: dict[int, list[tuple[_Thread, int]]] = {}
        self._errors: list[BaseException] = []
        self._over = False

    # ------------------------------------------------------------------ the clock

    def now_s(self) -> float:
        """The present moment; the same number as `epoch_s`."""
        return self._clock.now_s()

    def epoch_s(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        return self._clock.epoch_s()

    def wait(self, condition: threading.Condition, timeout_s: float | None) -> None:
        """Wait on a held condition until `timeout_s` has passed, or our own is notified."""
        me, key = self._running(), id(condition)
        self._waiting.setdefault(key, []).append((me, me.wakes))
        condition.release()
        try:
            self._hand_back(me, timeout_s)
        finally:
            rest = [each for each in self._waiting[key] if each[0] is not me]
            if rest:
                self._waiting[key] = rest
            else:
                del self._waiting[key]
            condition.acquire()

    def sleep(self, seconds: float) -> None:
        """Wait for time to pass."""
        self._hand_back(self._running(), max(0.0, seconds))

    def condition(self) -> threading.Condition:
        """A condition whose notifications wake threads that wait on it here."""
        return _Condition(self)

    def notify(self, condition: threading.Condition) -> None:
        """Wake whoever waits on a condition."""
        for thread, wakes in self._waiting.get(id(condition), ()):
            self._scheduler.timer(self.now_s(), partial(self._resume, thread, wakes))

    # ------------------------------------------------------------------ threads

    @property
    def outside(self) -> bool:
        """Whether the caller is the scheduler's own thread, which never waits."""
        return self._current is None

    def start(self, name: str, run: Callable[[], None]) -> threading.Thread:
        """Run something in a thread, from the next event on."""
        thread = _Thread(name, lambda: self._body(thread, run))
        self._threads = [each for each in self._threads if not each.ended]
        self._threads.append(thread)
        thread.machine.start()
        self._scheduler.timer(self.now_s(), partial(self._resume, thread, thread.wakes))
        return thread.machine

    def worker(self, name: str) -> Worker:
        """A thread that makes one call after the other."""
        return _VirtualWorker(self, name)

    def wait_for(self, answers: SimpleQueue[T], seconds: float) -> T:
        """In the scheduler's own thread: let the others run on until an answer is there.

        What the engine has to do itself waits meanwhile, as it would in real time.

        Raises:
            Empty: none came within so many virtual seconds.
        """
        self._scheduler.run_others(lambda: not answers.empty(), self.now_s() + seconds)
        return answers.get_nowait()

    def answer_of(self, call: Callable[[], T], seconds: float) -> T:
        """In the scheduler's own thread: what a call returns that may wait.

        Raises:
            TimeoutError: it has not returned within so many virtual seconds.
            Exception: what it raised.
        """
        answers: SimpleQueue[tuple[T | None, Exception | None]] = SimpleQueue()

        def run() -> None:
            try:
                answers.put((call(), None))
            except Exception as error:
                answers.put((None, error))

        self.start("asked", run)
        try:
            value, error = self.wait_for(answers, seconds)
        except Empty:
            raise TimeoutError(f"no answer in {seconds:g} s") from None
        if error is not None:
            raise error
        return value  # type: ignore[return-value]

    def end(self) -> None:
        """End every thread where it waits."""
        self._over = True
        for thread in self._threads:
            while not thread.ended:
                self._switch_to(thread)
        self._threads.clear()
        self._errors.clear()

    # ------------------------------------------------------------------ turns

    def _running(self) -> _Thread:
        if self._current is None:
            raise RuntimeError("the scheduler's own thread cannot wait in virtual time")
        return self._current

    def _hand_back(self, me: _Thread, timeout_s: float | None) -> None:
        """Let others run until the time has passed or somebody wakes this thread."""
        if self._over:
            raise ThreadEndedError
        if timeout_s is not None:
            due_s = self.now_s() + timeout_s
            self._scheduler.timer(due_s, partial(self._resume, me, me.wakes))
        self._back.release()
        me.go.acquire()
        if self._over:
            raise ThreadEndedError

    def _resume(self, thread: _Thread, wakes: int) -> None:
        """In the scheduler's thread: give the turn to a thread that still waits for this."""
        if thread.wakes == wakes and not thread.ended and not self._over:
            thread.wake()
            self._switch_to(thread)
            if self._errors:
                raise self._errors.pop(0)

    def _switch_to(self, thread: _Thread) -> None:
        before, self._current = self._current, thread
        thread.go.release()
        self._back.acquire()
        self._current = before

    def _body(self, thread: _Thread, run: Callable[[], None]) -> None:
        thread.go.acquire()
        try:
            if not self._over:
                run()
        except ThreadEndedError:
            pass
        except BaseException as error:
            self._errors.append(error)
        finally:
            thread.end()
            self._back.release()


class _Condition(threading.Condition):
    """A condition whose notifications are events of virtual time."""

    def __init__(self, threads: VirtualThreads) -> None:
        super().__init__()
        self._virtual = threads

    def notify(self, n: int = 1) -> None:
        """Wake everybody; whoever has nothing to do waits again."""
        self._virtual.notify(self)

    def notify_all(self) -> None:
        """Wake everybody."""
        self._virtual.notify(self)


class _VirtualWorker:
    """A thread that makes one call after the other, in virtual time."""

    def __init__(self, threads: VirtualThreads, name: str) -> None:
        self._threads = threads
        self._jobs: deque[tuple[Callable[[], None], Told] | None] = deque()
        self._changed = threads.condition()
        threads.start(name, self._work)

    def make(self, run: Callable[[], None], told: Told) -> None:
        """Make a call, and tell what it raised, None where it returned."""
        self._put((run, told))

    def end(self) -> None:
        """End after the calls made so far."""
        self._put(None)

    def _put(self, job: tuple[Callable[[], None], Told] | None) -> None:
        with self._changed:
            self._jobs.append(job)
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._jobs:
                    self._threads.wait(self._changed, None)
                job = self._jobs.popleft()
            if job is None:
                return
            run, told = job
            error: BaseException | None = None
            try:
                run()
            except ThreadEndedError:
                raise
            except BaseException as raised:  # as in a lane's thread of real time
                error = raised
            told(error)
