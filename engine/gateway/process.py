"""A gateway as a process of its own: started where none answers, and stopped by its lock's name."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from engine.brokers.remote.connection import look
from engine.brokers.remote.link import ClosedError, LinkError, NobodyThereError
from engine.config import ConfigError
from engine.config.regular_files import require_regular
from engine.gateway.place import SOCKET
from engine.market.clock import Clock
from engine.run_folder.ending import mark_stopped
from engine.run_folder.lock import holder
from engine.run_folder.process_log import LOG, log_or_nowhere

CANCELS_WITHIN_S: Final = 60.0
"""Real seconds in which a gateway that only cancels has ended, as nothing works any more."""

STARTS_WITHIN_S: Final = 60.0
"""Real seconds in which a gateway has read the account, or given up."""

AGAIN: Final = "--again"
"""Option of a gateway that a desk starts in place of one that died."""

CANCEL_ONLY: Final = "--cancel-only"
"""Option of a gateway that takes no desk, and ends once nothing works."""

_LOOK_S: Final = 0.1
_MOST_TOLD: Final = 2_000


def is_there(folder: Path) -> bool:
    """Whether a gateway answers in an account's folder."""
    try:
        look(folder / SOCKET)
    except NobodyThereError:
        return False
    except LinkError:
        return True  # it is busy, or of another version: what it says is said by who connects
    return True


def awaited(folder: Path, clock: Clock, say: Callable[[str], None]) -> bool:
    """Whether a gateway that takes desks answers, once none starts or only cancels any more.

    Args:
        folder: the account's.
        clock: real time.
        say: told once what is waited for.

    Raises:
        ConfigError: one that only cancels does not end in time, or one that starts does not answer.
    """
    began_s, said, waiting = clock.now_s(), False, threading.Event()
    while True:
        try:
            cancels = look(folder / SOCKET).caps.only_cancels
        except (NobodyThereError, ClosedError):
            cancels = False
            if holder(folder) is None:
                return False
        except LinkError:
            return True  # it is busy, or of another version: what it says is said by who connects
        else:
            if not cancels:
                return True
        does = "only cancels what an earlier desk left" if cancels else "starts or ends"
        if not said:
            said = True
            say(f"the account's gateway {does}: waiting for it, at most {CANCELS_WITHIN_S:.0f} s")
        if clock.now_s() - began_s >= CANCELS_WITHIN_S:
            raise ConfigError(
                f"the account's gateway (process {holder(folder)}) still {does} after "
                f"{CANCELS_WITHIN_S:.0f} s; see {folder / LOG} and the broker's page"
            )
        waiting.wait(_LOOK_S)


def start(folder: Path, command: Sequence[str], clock: Clock) -> int:
    """Start a gateway that outlives this process, and wait until it answers; its process.

    Args:
        folder: the account's; what the process says goes to the log there.
        command: of the process.
        clock: real time.

    Raises:
        ConfigError: it has ended, with what it said last; or it does not answer in time.
    """
    path = folder / LOG
    with log_or_nowhere(folder) as log:
        begins = log.tell()
        process = subprocess.Popen(
            list(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    latest_s, waiting = clock.now_s() + STARTS_WITHIN_S, threading.Event()
    while clock.now_s() < latest_s:
        if process.poll() is not None:
            raise ConfigError(f"the gateway did not start: {_said(path, begins)}")
        if is_there(folder):
            return process.pid
        waiting.wait(_LOOK_S)
    raise ConfigError(f"the gateway does not answer in {STARTS_WITHIN_S:.0f} s; see {path}")


def stop(folder: Path) -> int | None:
    """Ask the gateway of an account's folder to end; its process, None where none runs.

    No desk starts it again: a person does.

    Raises:
        OSError: the disk's own; nothing was stopped.
    """
    mark_stopped(folder, "legdesk gateway --stop")
    process = holder(folder)
    if process is not None:
        os.kill(process, signal.SIGTERM)
    return process


def _said(path: Path, begins: int) -> str:
    """The last line that a process wrote."""
    try:
        require_regular(path)
        with path.open("rb") as log:
            log.seek(begins)
            text = log.read(_MOST_TOLD).decode("utf-8", "replace")
    except OSError as error:
        return f"what it said is lost, {path} cannot be read: {error.strerror or error}"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    last = lines[-1].removeprefix("legdesk: ") if lines else f"it said nothing; see {path}"
    return "".join(c if c.isprintable() else "?" for c in last)
