"""Starts the gateway of a desk's account again where it has died under the desk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from engine.config import ConfigError
from engine.gateway.process import AGAIN, CANCEL_ONLY, start
from engine.market.clock import Clock
from engine.run_folder.ending import end_hung, is_stopped
from engine.run_folder.lock import holder

LONGEST_WAIT_S: Final = 30.0
STEADY_S: Final = 60.0
"""Real seconds of a connection after which the waits begin anew."""

URGENT_WAIT_S: Final = 2.0
"""Real seconds between two starts at most while a kill is latched: its cancels need a gateway."""

HUNG_S: Final = 8.0
"""Real seconds without a word, which comes each second, from which a gateway may hang."""

SILENT_FOR_S: Final = 2.0
"""Seconds in which this thread itself ran and looked, and found it silent, until it is ended."""

LOOK_EVERY_S: Final = 0.25
_OVERSLEPT_S: Final = 1.0
"""Seconds between two looks from which this process was stopped meanwhile, or its host slept."""

CANCELS_ALL: Final = 2
"""The stage of a kill that cancels every order."""

Start = Callable[[Path, Sequence[str], Clock], int]
End = Callable[[Path, Callable[[float], object]], int | None]


class Served(Protocol):
    """The desk's side of the gateway."""

    why_gone: str

    @property
    def connected(self) -> bool:
        """Whether the gateway is connected now."""
        ...

    @property
    def silent_s(self) -> float:
        """Real seconds since it said anything by itself; 0 where it never did."""
        ...


class GatewayKeeper:
    """Looks at the connection in a thread of its own; starts a gateway where none runs.

    A second one is never started: the account's lock says whether one runs, and a gateway that does
    not get it ends. The guard's gateway, which only cancels, has the lock, too; it takes no desk,
    ends by itself, and is followed by a whole one. One that is connected and hangs is ended first:
    what it said while the desk itself was stopped, or its host slept, is read before.
    Where a person stopped the gateway, a kill that cancels every order has one that only cancels
    started, once.

    Args:
        broker: told in `why_gone` why nobody answers.
        folder: the account's.
        command: that starts its gateway.
        clock: real time.
        kill_stage: of the kill that is latched, 0 for none.
        start: starts a gateway and waits until it answers.
        end: ends the process that holds a folder and hangs.
    """

    def __init__(
        self,
        broker: Served,
        folder: Path,
        command: Sequence[str],
        clock: Clock,
        kill_stage: Callable[[], int],
        start: Start = start,
        end: End = end_hung,
    ) -> None:
        self._broker, self._folder, self._clock = broker, folder, clock
        self._command = tuple(command)
        self._kill_stage, self._start, self._end = kill_stage, start, end
        self._cancelled = False
        self._cancels_from_s = self._ends_from_s = -URGENT_WAIT_S
        self._tries = 0
        self._looked_s, self._silent_for_s = clock.now_s(), 0.0
        self._since_s: float | None = None
        self._waits_from_s: float | None = None
        self._refusal = ""
        self._over = threading.Event()

    def begin(self) -> None:
        """Keep the gateway from now on."""
        threading.Thread(target=self._keep, name="gateway-keeper", daemon=True).start()

    def end(self) -> None:
        """Start no gateway any more; again does nothing."""
        self._over.set()

    def _keep(self) -> None:
        while not self._over.wait(LOOK_EVERY_S):
            self.look()

    def look(self) -> None:
        """Start a gateway where none runs, no person stopped it, and the wait is over."""
        now_s = self._clock.now_s()
        ran_s, self._looked_s = now_s - self._looked_s, now_s
        if self._broker.connected and self._broker.silent_s >= HUNG_S:
            self._look_at_silent(now_s, ran_s)
            return
        self._silent_for_s = 0.0
        if self._broker.connected:
            self._since_s = now_s if self._since_s is None else self._since_s
            if now_s - self._since_s >= STEADY_S:
                self._tries = 0
            self._waits_from_s, self._refusal, self._broker.why_gone = None, "", ""
            return
        self._since_s = None
        if self._waits_from_s is None:
            self._waits_from_s = now_s
        if is_stopped(self._folder):
            self._waits_from_s = None
            self._broker.why_gone = "a person stopped it; `legdesk gateway` starts it"
            self._cancel_for_kill(now_s)
        elif (process := holder(self._folder)) is not None:
            self._broker.why_gone = f"process {process} has the account and takes no desk"
        elif now_s - self._waits_from_s < self._wait_s():
            self._broker.why_gone = self._refusal or "it has died; it is started again"
        else:
            self._start_again()

    def _look_at_silent(self, now_s: float, ran_s: float) -> None:
        """End a gateway that stays silent while this process runs."""
        self._silent_for_s = 0.0 if ran_s > _OVERSLEPT_S else self._silent_for_s + ran_s
        if self._silent_for_s >= SILENT_FOR_S and now_s >= self._ends_from_s:
            self._end(self._folder, self._over.wait)
            self._silent_for_s, self._ends_from_s = 0.0, self._clock.now_s() + HUNG_S

    def _cancel_for_kill(self, now_s: float) -> None:
        """Have the orders of a kill cancelled for which a person left no gateway."""
        if self._kill_stage() < CANCELS_ALL:
            self._cancelled = False
        elif not self._cancelled and now_s >= self._cancels_from_s:
            try:
                self._start(self._folder, (*self._command, CANCEL_ONLY), self._clock)
                self._cancelled = True
            except (ConfigError, OSError):  # the kill's own alarm names what works
                self._cancels_from_s = self._clock.now_s() + URGENT_WAIT_S

    def _wait_s(self) -> float:
        """Real seconds before the next start: 1, 2, 4 ... 30."""
        wait_s = min(2.0 ** min(self._tries, 10), LONGEST_WAIT_S)
        return min(wait_s, URGENT_WAIT_S) if self._kill_stage() else wait_s

    def _start_again(self) -> None:
        self._tries += 1
        try:
            self._start(self._folder, (*self._command, AGAIN), self._clock)
            self._refusal = ""
        except ConfigError as error:
            self._refusal = str(error)
        except OSError as error:
            self._refusal = f"the gateway did not start: {error.strerror or error}"
        self._waits_from_s = self._clock.now_s()
        self._broker.why_gone = self._refusal
