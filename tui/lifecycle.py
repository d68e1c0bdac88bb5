"""Start and end: the environment before Textual, signals, and an end after which nothing trades."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Protocol, TextIO

if TYPE_CHECKING:
    from tui.bridge import Bridge

FRAMES_PER_S = "240"
"""TEXTUAL_FPS: keys are painted within 4 ms instead of 16, at no cost when nothing changes."""

SWITCH_S = 0.0005
"""Seconds after which a thread that computes gives way to one that waits, 5 ms unless told.

A key goes through three threads, and the engine's computes meanwhile: with 1,000 traders the 99th
of a hundred keys is painted in 29 ms instead of 33, for 2 % of a core."""

BLOCKED_ENDS_WITHIN_S = 2.0
"""Seconds the screen has for its own end after the desk has ended, where the terminal is gone or
takes no output."""

SLOW_ENDS_WITHIN_S = 60.0
"""The same where the terminal takes output: then the machine is slow, and the screen gives the
terminal back by itself."""

LARGE_BYTES = 32 * 1024
"""From this size on an array has pages of its own, which go back to the system with it."""

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8  # names of malloc.h, glibc

_LOOK_S = 0.1

TERMINAL_THREAD = "textual-output"
"""Textual's name for the thread that writes to the terminal."""

_OURS = frozenset({"TEXTUAL_FPS"})


class TerminalApp(Protocol):
    """What starting and ending need of the app.

    Args:
        bridge: the way to the engine.
        ended: set once the screen has ended.
    """

    bridge: Bridge
    ended: threading.Event

    def run(self, *, headless: bool = False) -> Any:
        """Show the screen until it ends."""
        ...

    def leave_behind(self) -> int:
        """Write what was asked for, where the terminal keeps the process from its ordinary end.

        Returns:
            The process's exit code.
        """
        ...


class EnvironmentRefusedError(RuntimeError):
    """A live desk may not start while the environment can press its keys."""

    code = "ENVIRONMENT_REFUSED"


def prepare(mode: str, environment: MutableMapping[str, str]) -> None:
    """Set what Textual reads when it is imported, how soon threads give way, and one heap.

    To be called before `tui.app` is imported.

    Args:
        mode: SIM, PAPER or LIVE.
        environment: `os.environ`.

    Raises:
        EnvironmentRefusedError: LIVE, and a TEXTUAL_ variable is set (TEXTUAL_PRESS presses keys).
    """
    if refusal := environment_refusal(mode, environment):
        raise EnvironmentRefusedError(refusal)
    environment["TEXTUAL_FPS"] = FRAMES_PER_S
    sys.setswitchinterval(SWITCH_S)
    keep_one_heap()


def keep_one_heap() -> bool:
    """Have all threads share one heap, and large arrays have pages of their own, where glibc can.

    Left alone, glibc gives every thread a heap and moves the size from which an array has its own
    pages up to 32 MB as soon as one is freed. Arrays that grow then leave holes that nothing fills,
    5 MB in a day of 100 traders; now less than 1 (docs/decisions/memory-of-a-session.md).

    Returns:
        Whether both are set; False with another allocator, which is left as it is.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):
        return False
    return all([mallopt(_ARENA_MAX, 1), mallopt(_MMAP_THRESHOLD, LARGE_BYTES)])


def environment_refusal(mode: str, environment: Mapping[str, str]) -> str:
    """Why real money is not traded in this environment; "" where it may be, and in other modes.

    Args:
        mode: SIM, PAPER or LIVE.
        environment: of the process.
    """
    foreign = sorted(k for k in environment if k.startswith("TEXTUAL") and k not in _OURS)
    if mode.upper() != "LIVE" or not foreign:
        return ""
    return f"LIVE refuses to start while {', '.join(foreign)} is set: it can press keys; unset it"


def describe(error: BaseException) -> str:
    """An error by kind, place and message, without any local value."""
    frames = traceback.extract_tb(error.__traceback__)
    place = ""
    if frames:
        place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})"
    message = "".join(c if c.isprintable() else "?" for c in str(error))[:300]
    return f"legdesk lost its screen: {type(error).__name__}: {message}{place}"


class _Ending:
    """The end of a desk on its screen, for whatever asks for it.

    A closed window asks twice: by the hang-up signal, and by the thread that writes to it.

    Args:
        app: the desk's.
    """

    def __init__(self, app: TerminalApp) -> None:
        self._app = app
        self._waits_for_it = threading.Lock()

    def ask(self, who: str, key: str, reason: str) -> None:
        """Stop the desk and, once it has ended, the process, even if the terminal blocks it."""
        self._app.bridge.stop(True, who, key, reason)
        if self._waits_for_it.acquire(blocking=False):  # never released: one thread waits
            threading.Thread(
                target=_end_anyway, args=(self._app,), name="end-anyway", daemon=True
            ).start()


def _listen(ending: _Ending) -> None:
    """Turn signals into an orderly end; for the main thread, before the screen is taken.

    Plain handlers, not the event loop's: a terminal that takes no more output blocks the loop
    inside Textual's writer queue, and a handler of the loop would then never run. The app's next
    beat sees that the desk has ended.
    """

    received: list[int] = []

    def end(number: int, frame: FrameType | None) -> None:
        received.append(number)
        if len(received) == 1:  # a second signal may interrupt this very function
            name = signal.Signals(number).name
            ending.ask("signal", name, f"{name} came to process {os.getpid()}")

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)


@contextmanager
def thread_errors_go_to(handle: Callable[[threading.ExceptHookArgs], None]) -> Iterator[None]:
    """Hand errors that end a thread to `handle`; afterwards to what had them before.

    `threading.excepthook` is the interpreter's one place for this: it is set here and nowhere else.
    """
    before, threading.excepthook = threading.excepthook, handle
    try:
        yield
    finally:
        threading.excepthook = before


@contextmanager
def _watching_the_terminal(ending: _Ending) -> Iterator[None]:
    """End the desk when the thread that writes to the terminal finds that it is gone.

    Nobody could then stop the desk, whether or not a hang-up signal comes too.
    """
    before = threading.excepthook

    def thread_died(error: threading.ExceptHookArgs) -> None:
        name = error.thread.name if error.thread is not None else ""
        if name == TERMINAL_THREAD and isinstance(error.exc_value, OSError):
            ending.ask("terminal", "", "the terminal takes no more output")
        else:
            before(error)

    with thread_errors_go_to(thread_died):
        yield


def _end_anyway(app: TerminalApp) -> None:
    """End the process once the desk has ended, even if the terminal blocks the screen."""
    app.bridge.wait()
    began_s = time.monotonic()
    while not app.ended.wait(_LOOK_S):
        waited_s = time.monotonic() - began_s
        if waited_s >= SLOW_ENDS_WITHIN_S or (
            waited_s >= BLOCKED_ENDS_WITHIN_S and not takes_output(sys.__stderr__)
        ):
            _exit_with(app)
            return


def _exit_with(app: TerminalApp) -> None:
    """Leave behind what was asked for and end the process, unless the screen has ended since."""
    code = os.EX_SOFTWARE
    try:
        code = app.leave_behind()
    except Exception:
        threading.excepthook(
            threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread()))
        )
    if not app.ended.is_set():
        os._exit(code)


def takes_output(terminal: TextIO | None) -> bool:
    """Whether a terminal is there and can be written to without waiting.

    Args:
        terminal: where Textual writes: standard error as the process began with it.
    """
    if terminal is None:
        return False
    poll = select.poll()
    try:
        poll.register(terminal.fileno(), select.POLLOUT)
    except (OSError, ValueError):
        return False  # it is closed
    return [state for _, state in poll.poll(0)] == [select.POLLOUT]


def run(app: TerminalApp, headless: bool = False) -> str:
    """Show the desk until the operator leaves; afterwards nothing trades, whatever happened.

    Returns:
        The desk's last sentence.
    """
    ending = _Ending(app)
    if not headless and threading.current_thread() is threading.main_thread():
        _listen(ending)
    try:
        with _watching_the_terminal(ending):
            app.run(headless=headless)
    finally:
        app.ended.set()
        if not app.bridge.stopping:
            app.bridge.stop(True, "screen", "", "the screen ended")
        app.bridge.wait()
    return app.bridge.last_words
