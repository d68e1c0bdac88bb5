"""Start and end: the environment before Textual, signals, and an end that settles everything."""

from __future__ import annotations

import asyncio
import signal
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.app import DeskApp

FRAMES_PER_S = "240"
"""TEXTUAL_FPS: keys are painted within 4 ms instead of 16, at no cost when nothing changes."""

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


def describe(error: BaseException) -> str:
    """An error by kind, place and message, without any local value."""
    frames = traceback.extract_tb(error.__traceback__)
    place = ""
    if frames:
        place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})"
    message = "".join(c if c.isprintable() else "?" for c in str(error))[:300]
    return f"legdesk lost its screen: {type(error).__name__}: {message}{place}"


def listen(app: DeskApp) -> None:
    """Turn SIGTERM and SIGHUP into an orderly end; for the running loop's main thread."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, app.leave, True)


def run(app: DeskApp, headless: bool = False) -> str:
    """Show the desk until the operator leaves; afterwards nothing trades, whatever happened.

    Returns:
        The desk's last sentence.
    """
    try:
        app.run(headless=headless)
    finally:
        if not app.bridge.stopping:
            app.bridge.stop(True)
        app.bridge.wait()
    return app.bridge.last_words
