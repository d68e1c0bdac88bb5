"""Threads that repeat their work until the end, whatever it raises."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from engine.gateway.books import Notice
from engine.market.clock import WaitingClock

AFTER_FAULT_S: Final = 1.0
"""Seconds after which a turn that failed is taken again."""

FAULTS_IN_A_ROW: Final = 3
"""Turns that fail one after the other from which on a thread gets nothing done."""

Turn = Callable[[], float]
"""Does what is due; returns the seconds until the next turn."""

Start = Callable[[str, Callable[[], None]], threading.Thread]
"""Runs something in a thread of that name."""


def start_thread(name: str, run: Callable[[], None]) -> threading.Thread:
    """Run something in a thread that keeps no process alive."""
    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread


class Turns:
    """Runs each of some turns in a thread; used from any thread.

    Args:
        clock: real time.
        notice: told of what no turn should raise.
        begin: runs a thread.
    """

    def __init__(self, clock: WaitingClock, notice: Notice, begin: Start = start_thread) -> None:
        self._clock, self._notice, self._begin = clock, notice, begin
        self._over = threading.Condition()
        self._ended = False
        self._faults: dict[str, int] = {}
        self._threads: list[threading.Thread] = []

    def start(self, name: str, turn: Turn) -> None:
        """Take turns in a thread of that name until `end`."""
        self._threads.append(self._begin(f"gateway-{name}", partial(self._run, name, turn)))

    def end(self) -> None:
        """Take no turn any more."""
        with self._over:
            self._ended = True
            self._over.notify_all()

    @property
    def well(self) -> bool:
        """Whether every thread lives and gets its work done."""
        return all(thread.is_alive() for thread in self._threads) and all(
            faults < FAULTS_IN_A_ROW for faults in list(self._faults.values())
        )

    def _run(self, name: str, turn: Turn) -> None:
        while not self._ended:
            try:
                wait_s = turn()
                self._faults[name] = 0
            except Exception as error:  # whatever one turn raises, orders are looked at on
                self._faults[name] = self._faults.get(name, 0) + 1
                wait_s = AFTER_FAULT_S
                self._notice("GATEWAY_FAULT", f"its {name}: {_words(error)}")
            with self._over:
                if not self._ended and wait_s > 0:
                    self._clock.wait(self._over, wait_s)


def _words(error: Exception) -> str:
    """An error nobody foresaw, with the place it comes from."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"
