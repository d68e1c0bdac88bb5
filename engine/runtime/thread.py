"""The thread that runs the scheduler, how others have something done in it, its program's end."""

from __future__ import annotations

import atexit
import concurrent.futures.thread
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import partial
from typing import Final, TypeVar

from engine.runtime.scheduler import Scheduler

ANSWER_WITHIN_S: Final = 10.0
_LOOK_EVERY_S: Final = 0.1

T = TypeVar("T")


class EngineThread:
    """Knows which thread runs the scheduler now, if any does.

    Args:
        scheduler: what runs.

    Attributes:
        thread: the last thread that ran it; None before the first.
        lock: held by whoever starts or ends it, and by calls made while nothing runs.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self.thread: threading.Thread | None = None
        self.lock = threading.RLock()
        self._scheduler = scheduler
        self._over = threading.Event()

    def running(self) -> threading.Thread | None:
        """The thread that runs the scheduler; None where none does."""
        return None if self._over.is_set() else self.thread

    def start(self, run: Callable[[], None]) -> None:
        """Call `run`, which runs the scheduler, in a thread of the engine's own."""
        with self.lock:
            self._over.clear()
            self.thread = threading.Thread(
                target=self._run_and_tell, args=(run,), name="engine", daemon=True
            )
            self.thread.start()

    def run_here(self, run: Callable[[], None]) -> None:
        """Call `run`, which runs the scheduler, in this thread."""
        with self.lock:
            self._over.clear()
            self.thread = threading.current_thread()
        self._run_and_tell(run)

    def _run_and_tell(self, run: Callable[[], None]) -> None:
        try:
            run()
        finally:
            self._over.set()

    def wait(self, within_s: float) -> None:
        """Wait until it is over, at most `within_s` real seconds."""
        self._over.wait(within_s)

    def call(self, call: Callable[[], T]) -> T:
        """Run `call` in the scheduler's thread, here where none runs, and return its answer.

        Raises:
            TimeoutError: the engine did not answer.
        """
        with self.lock:
            thread = self.running()
            if thread is None or thread is threading.current_thread():
                return call()
            answer: Future[T] = Future()
            self._scheduler.post(partial(_answer, answer, call))
        for _ in range(round(ANSWER_WITHIN_S / _LOOK_EVERY_S)):
            if wait((answer,), _LOOK_EVERY_S).done:
                return answer.result()
            if self._over.is_set() and answer.cancel():
                return self.call(call)
        raise TimeoutError("the engine did not answer; it may be stopping")


def _answer(answer: Future[T], call: Callable[[], T]) -> None:
    """Fill a future in the scheduler's thread, unless its caller gave up."""
    if answer.set_running_or_notify_cancel():
        try:
            answer.set_result(call())
        except BaseException as error:  # a SystemExit is its caller's, and never the engine's
            answer.set_exception(error)


class ProgramEnd:
    """Ends what still runs when its program does: the main thread returned, raised or exited.

    Python tells `threading` before it waits for threads that are not daemons and before thread
    pools close, so that a broker's pool can still cancel; `atexit` would be told after both. The
    name is private, and where a Python has it no more `atexit` is what is left.
    """

    def __init__(self) -> None:
        self._running: dict[object, Callable[[], str]] = {}
        self._process = 0

    def watch(self, owner: object, end: Callable[[], str]) -> None:
        """Call `end` when the program ends, unless `forget` comes first.

        Args:
            owner: whose end it is.
            end: ends it in bounded time, and says in a few words what it left.
        """
        if self._process != os.getpid():  # a fork has no threads: what runs there is not its own
            self._running.clear()
            self._process = os.getpid()
            # Imported before, so that its pools close after: the last one told is asked first.
            assert concurrent.futures.thread
            getattr(threading, "_register_atexit", atexit.register)(self.now)
        self._running[owner] = end

    def forget(self, owner: object) -> None:
        """It has ended by itself."""
        self._running.pop(owner, None)

    def now(self) -> None:
        """The program ends: end what runs, and say so on standard error."""
        if self._process != os.getpid():
            return
        while self._running:
            owner, end = self._running.popitem()
            _say(f"{owner} is stopped: its program ended without stop()")
            try:
                _say(end())
            except Exception as error:
                _say(f"it did not stop: {type(error).__name__}: {error}")


def _say(text: str) -> None:
    if sys.stderr is not None:
        print(f"legdesk: {text}", file=sys.stderr, flush=True)


program_end: Final = ProgramEnd()
