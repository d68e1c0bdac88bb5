"""Start and end: the environment before Textual, signals, and an end that settles everything."""

from __future__ import annotations

import gc
import os
import signal
import threading
import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.app import DeskApp

FRAMES_PER_S = "240"
"""TEXTUAL_FPS: keys are painted within 4 ms instead of 16, at no cost when nothing changes."""

COLLECTOR_THRESHOLDS = (5_000, 5, 400)
"""Allocations before the youngest generation is collected, and rounds before the older two."""

SCREEN_ENDS_WITHIN_S = 2.0
"""Seconds the screen has for its own end after the desk has settled."""

TERMINAL_THREAD = "textual-output"
"""Textual's name for the thread that writes to the terminal."""

_OURS = frozenset({"TEXTUAL_FPS"})


class EnvironmentRefusedError(RuntimeError):
    """A live desk may not start while the environment can press its keys."""

    code = "ENVIRONMENT_REFUSED"


def prepare(mode: str, environment: MutableMapping[str, str]) -> None:
    """Set what Textual reads when it is imported; call this before `tui.app` is imported.

    Args:
        mode: SIM, PAPER or LIVE.
        environment: `os.environ`.

    Raises:
        EnvironmentRefusedError: LIVE, and a TEXTUAL_ variable is set (TEXTUAL_PRESS presses keys).
    """
    found = sorted(k for k in environment if k.startswith("TEXTUAL") and k not in _OURS)
    if mode.upper() == "LIVE" and found:
        raise EnvironmentRefusedError(
            f"LIVE refuses to start while {', '.join(found)} is set: it can press keys; unset it"
        )
    environment["TEXTUAL_FPS"] = FRAMES_PER_S


def keep_what_stays() -> None:
    """Take what exists now out of the garbage collector's rounds, and keep these short.

    A key pressed during a round waits for it. A round walks all that was made since the last and
    still stands: a busy desk keeps some fifty objects an attempt, so 50,000 of them took 70 ms and
    more, 5,000 take 4 ms. Full rounds take 0.1 s and more and come seldom. Snapshots hold no
    cycles: they are freed without the collector.
    """
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


def describe(error: BaseException) -> str:
    """An error by kind, place and message, without any local value."""
    frames = traceback.extract_tb(error.__traceback__)
    place = ""
    if frames:
        place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})"
    message = "".join(c if c.isprintable() else "?" for c in str(error))[:300]
    return f"legdesk lost its screen: {type(error).__name__}: {message}{place}"


def listen(app: DeskApp) -> None:
    """Turn SIGTERM and SIGHUP into an orderly end; for the main thread, before the screen is taken.

    Plain handlers, not the loop's: a terminal that takes no more output blocks the loop inside
    Textual's writer queue, and a handler of the loop would then never run. The app's next beat
    sees that the desk has settled.
    """

    received: list[int] = []

    def settle(number: int, frame: FrameType | None) -> None:
        received.append(number)
        if len(received) == 1:  # a second signal may interrupt this very function
            _settle(app)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, settle)


@contextmanager
def _watching_the_terminal(app: DeskApp) -> Iterator[None]:
    """Settle when the thread that writes to the terminal finds that it is gone.

    Nobody could then stop the desk, whether or not a hang-up signal comes too.
    """
    before = threading.excepthook

    def thread_died(facts: threading.ExceptHookArgs) -> None:
        name = facts.thread.name if facts.thread is not None else ""
        if name == TERMINAL_THREAD and isinstance(facts.exc_value, OSError):
            _settle(app)
        else:
            before(facts)

    threading.excepthook = thread_died
    try:
        yield
    finally:
        threading.excepthook = before


def _settle(app: DeskApp) -> None:
    app.bridge.stop(True)
    threading.Thread(target=_end_anyway, args=(app,), name="end-anyway", daemon=True).start()


def _end_anyway(app: DeskApp) -> None:
    """End the process once the desk has settled, even if the terminal keeps the screen from it."""
    app.bridge.wait()
    if not app.ended.wait(SCREEN_ENDS_WITHIN_S):
        os._exit(app.leave_behind())


def run(app: DeskApp, headless: bool = False) -> str:
    """Show the desk until the operator leaves; afterwards nothing trades, whatever happened.

    Returns:
        The desk's last sentence.
    """
    if not headless and threading.current_thread() is threading.main_thread():
        listen(app)
    try:
        with _watching_the_terminal(app):
            app.run(headless=headless)
    finally:
        app.ended.set()
        if not app.bridge.stopping:
            app.bridge.stop(True)
        app.bridge.wait()
    return app.bridge.last_words
