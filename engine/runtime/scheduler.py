"""One thread, one heap of due times, one queue of calls from other threads."""

from __future__ import annotations

import gc
import heapq
import math
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from engine.runtime.pace import Pace, VirtualPace

BATCH: Final = 512
"""Events run between two looks at what other threads posted."""

_LONGEST_WAIT_S: Final = 0.25


class Scheduler:
    """Runs calls at their due engine seconds, in order of time and then of scheduling.

    Everything the engine decides happens in the thread that calls `run` (or `run_until`); other
    threads hand their calls over with `post`.

    Args:
        pace: how engine time goes.

    Attributes:
        lateness_s: how late the last calls ran, in engine seconds.
        steps: calls run so far.
    """

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self._on_idle: Callable[[], None] = _nothing
        self._on_error: Callable[[Exception], None] = _raise
        self.lateness_s: deque[float] = deque(maxlen=512)
        self.steps = 0
        if isinstance(pace, VirtualPace):
            pace.stop_before(self.next_due_s)
        self._heap: list[tuple[float, int, Callable[[Any], None], Any]] = []
        self._count = 0
        self._held: list[tuple[float, int, Callable[[Any], None], Any]] | None = None
        self._posted: deque[Callable[[], object]] = deque()
        self._wake = threading.Condition()
        self._stopping = False

    def serve(
        self, on_idle: Callable[[], None], on_error: Callable[[Exception], None] | None = None
    ) -> None:
        """Name whom the scheduler calls beside its events.

        Args:
            on_idle: called between batches, at least every quarter of a real second; it must not
                change the engine's state.
            on_error: told an exception of a call; where None it is raised again.
        """
        self._on_idle = on_idle
        self._on_error = on_error or _raise

    def call_at(self, due_s: float, call: Callable[[Any], None], argument: Any = None) -> None:
        """Call `call(argument)` at engine second `due_s`; only from the scheduler's own thread."""
        self._count += 1
        if self._held is not None:
            self._held.append((due_s, self._count, call, argument))
            return
        heapq.heappush(self._heap, (due_s, self._count, call, argument))

    def timer(self, due_s: float, call: Callable[[], None]) -> None:
        """Call `call()` at engine second `due_s`; what a simulated venue hangs its events on."""
        self._count += 1
        heapq.heappush(self._heap, (due_s, self._count, _invoke, call))

    def post(self, call: Callable[[], object]) -> None:
        """Hand a call over from any thread; it runs before the next due event."""
        self._posted.append(call)
        with self._wake:
            self._wake.notify()

    def suspend(self) -> None:
        """The host sleeps: hold what `call_at` was told until `wake`; what `timer` was goes on.

        A simulated fault; what other threads post is not held.
        """
        if self._held is None:
            self._held = [entry for entry in self._heap if entry[2] is not _invoke]
            self._heap[:] = [entry for entry in self._heap if entry[2] is _invoke]
            heapq.heapify(self._heap)

    def wake(self) -> None:
        """Go on after `suspend`: what came due meanwhile is due now, in the order it was due."""
        held, self._held = self._held or [], None
        now_s = self.pace.clock.now_s()
        for due_s, _, call, argument in sorted(held, key=lambda entry: entry[:2]):
            self.call_at(max(due_s, now_s), call, argument)

    def run_others(self, is_done: Callable[[], bool], latest_s: float) -> None:
        """In virtual time: run what `timer` was told, while the call that asks for this waits.

        What `call_at` was told comes afterwards, as after a sleep of the host.

        Args:
            is_done: whether what is waited for has come; asked before each event.
            latest_s: engine second after which nothing more is waited for.
        """
        awake = self._held is None
        self.suspend()
        heap = self._heap
        while not is_done() and heap and heap[0][0] <= latest_s:
            due_s, _, call, argument = heapq.heappop(heap)
            self.pace.move_to(due_s)
            call(argument)
        if not is_done():
            self.pace.move_to(latest_s)
        if awake:
            self.wake()

    def stop(self) -> None:
        """Let `run` and `run_until` return after the call in progress, for good; any thread."""
        self._stopping = True
        with self._wake:
            self._wake.notify()

    def next_due_s(self) -> float:
        """Engine second of the earliest event; infinite where there is none."""
        return self._heap[0][0] if self._heap else math.inf

    def run(self) -> None:
        """Run until `stop`, waiting for real time where the pace says so."""
        while not self._stopping:
            self._drain()
            ran = self._batch(self.pace.limit_s())
            self._on_idle()
            if ran < BATCH and not self._posted and not self._stopping:
                self._rest()

    def run_until(self, end_s: float, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Run every event due up to `end_s` without waiting, then set virtual time to it.

        Args:
            goes_on: whether to; where what was asked for meanwhile says not, it returns at once.
        """
        with collecting_rarely():
            while not self._stopping and goes_on():
                self._drain()
                if self._batch(end_s) < BATCH and not self._posted:
                    break
                self._on_idle()
        if not self._stopping and goes_on():
            self.pace.move_to(end_s)
        self._on_idle()

    def answer(self) -> None:
        """Make the calls that other threads have handed over; only where nothing runs."""
        self._drain()

    def _drain(self) -> None:
        while self._posted:
            try:
                self._posted.popleft()()
            except Exception as error:
                self._on_error(error)

    def _batch(self, limit_s: float) -> int:
        heap, pace, posted = self._heap, self.pace, self._posted
        pop, virtual, move_to = heapq.heappop, pace.virtual, pace.move_to
        ran = 0
        while heap and heap[0][0] <= limit_s and ran < BATCH and not (posted or self._stopping):
            due_s, _, call, argument = pop(heap)
            if virtual:
                move_to(due_s)
            else:
                self.lateness_s.append(limit_s - due_s)
            try:
                call(argument)
            except Exception as error:
                self._on_error(error)
            ran += 1
        self.steps += ran
        done = ran < BATCH and not posted and not self._stopping
        if done and virtual and math.isfinite(limit_s):
            move_to(limit_s)
        return ran

    def _rest(self) -> None:
        due_s = self.next_due_s()
        wait_s = self.pace.wait_s(due_s) if math.isfinite(due_s) else _LONGEST_WAIT_S
        with self._wake:
            if not self._posted and not self._stopping and wait_s > 0:
                self._wake.wait(min(wait_s, _LONGEST_WAIT_S))


def _nothing() -> None:
    """Nobody is served yet."""


def _raise(error: Exception) -> None:
    raise error


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Let Python look for reference cycles seldom, for as long as events run flat out.

    The engine makes no cycles, but what it keeps (orders, executions) grows, and with Python's own
    thresholds a fifth of a simulated day went into walking it again and again. Around many short
    runs it saves the collection that comes each time the thresholds fall again. Thresholds that
    somebody else set meanwhile, such as the terminal when it is painted, stay.
    """
    before = gc.get_threshold()
    rarely = max(before[0], 100_000) if before[0] else 0, 20, 50
    gc.set_threshold(*rarely)
    try:
        yield
    finally:
        if gc.get_threshold() == rarely:
            gc.set_threshold(*before)


def _invoke(call: Callable[[], None]) -> None:
    call()
