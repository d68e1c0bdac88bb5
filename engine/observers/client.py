"""The observer's side: a running desk as a screen sees it, whatever becomes of that desk.

Nothing is sent but looks, see engine.observers.looking. What was received last stays, with its age,
until the desk comes back.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from engine.commands import Command, Ticket
from engine.market.clock import Clock, SystemClock
from engine.observers.codec import CodecError, SnapshotDecoder
from engine.observers.frames import NAME, VERSION, FrameError, Pieces
from engine.observers.link import DeskLink, NobodyListensError
from engine.observers.looking import Looker
from engine.observers.parts import shape
from engine.snapshot import EngineSnapshot, EngineState, EventLine, ObserverView

LOOKING: Final = "looking for a desk"
"""Why nothing has come before the first attempt has ended."""

_PIECE: Final = 1 << 18


class NotObservedError(ConnectionError):
    """A desk that cannot be looked at; the sentence says why and what to do."""


class OtherVersionError(NotObservedError):
    """A desk of another version, which this program cannot show."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where to look for a desk next.

    Args:
        folder: of the run that a desk holds; None where none does.
        why: without one, a sentence about that.
    """

    folder: Path | None
    why: str = ""


class ObservedDesk:
    """What a screen asks of a desk, answered from another process; see tui.bridge.DeskPort.

    Args:
        find: the desk to look at now, given the folder of the one that was looked at last.
        version: the program's, for the sentence about another one.
        clock: real time.

    Attributes:
        settings: what the desk trades by; {} before it was found.
        other_version: whether it cannot be shown because its program is another one.
    """

    def __init__(
        self, find: Callable[[Path | None], Found], version: str, clock: Clock | None = None
    ) -> None:
        self._find = find
        self._version = version
        self._clock = clock or SystemClock()
        self._latest: EngineSnapshot | None = None
        self._shown: tuple[EngineSnapshot, str, EngineSnapshot] | None = None
        self._made_s = 0.0
        self._lost = LOOKING
        self._folder: Path | None = None
        self._first = threading.Event()
        self._link = DeskLink(self._look, "observer")
        self._own = self.looker()
        self.settings: dict[str, Any] = {}
        self.other_version = False

    # ------------------------------------------------------------------ what is seen

    def start(self) -> None:
        """Begin to look, in a thread of its own."""
        self._link.start()

    def wait(self, within_s: float) -> bool:
        """Wait for the first snapshot; False where none has come.

        Args:
            within_s: real seconds.
        """
        return self._first.wait(within_s)

    @property
    def lost(self) -> str:
        """Why nothing comes now; "" while snapshots do."""
        return self._lost

    def age_s(self) -> float:
        """Real seconds since the desk made what is shown."""
        return max(0.0, self._clock.now_s() - self._made_s)

    def snapshot(self) -> EngineSnapshot:
        """The latest snapshot, and whether more come; never blocks.

        Raises:
            RuntimeError: none has come yet.
        """
        latest, lost = self._latest, self._lost
        if latest is None:
            raise RuntimeError("no snapshot has come yet")
        shown = self._shown
        if shown is None or shown[:2] != (latest, lost):
            seen = replace(latest, run_dir="", observer=ObserverView(lost))
            shown = self._shown = (latest, lost, seen)
        return self._own.seen(shown[2])

    def looker(self) -> Looker:
        """One more who looks at this desk, at things of its own."""
        return Looker(lambda: self._folder, self._clock)

    # ------------------------------------------------------------------ the rest of the port

    def submit(self, command: Command) -> Ticket:
        """Refuse all but looks: there is no way from here to the desk for anything else."""
        return self._own.submit(command)

    def drain_events(self) -> tuple[EventLine, ...]:
        """Nothing that the snapshots do not show."""
        return ()

    def stop(self, drain: bool = True) -> str:
        """Look no more; the desk is as it was."""
        self._own.stop()
        self._link.stop()
        return "observed no more; the desk is as it was"

    # ------------------------------------------------------------------ its thread

    def _look(self) -> None:
        """Look at the desk until it or the connection ends, and keep why."""
        self.other_version = False
        try:
            self._receive()
        except NotObservedError as error:
            self.other_version = isinstance(error, OtherVersionError)
            self._lost = str(error)
        except OSError as error:
            self._lost = f"the desk cannot be reached: {error.strerror or error}"
        except (FrameError, CodecError) as error:
            self._lost = f"what came from the desk cannot be read: {error}"

    def _receive(self) -> None:
        """Find the desk and receive what it hands out, until one of the two ends."""
        found = self._find(self._folder)
        if found.folder is None:
            raise NotObservedError(self._ended() or found.why)
        pieces, decoder = Pieces(), SnapshotDecoder()
        try:
            opened = self._link.connect(found.folder, NAME)
        except NobodyListensError:
            raise NotObservedError(
                f"the desk of {found.folder.name} lets nobody look: it is of an earlier version, "
                "or about to start or end"
            ) from None
        self._folder = found.folder
        greeted = False
        while piece := opened.recv(_PIECE):
            for payload in pieces.feed(piece):
                if not greeted:
                    self.settings = _greeting(payload, self._version)
                    greeted = True
                    opened.settimeout(None)  # a desk that hangs shows by the age of its snapshots
                    continue
                snapshot = decoder.take(payload)
                self._made_s, self._latest, self._lost = decoder.made_s, snapshot, ""
                self._first.set()
        raise NotObservedError(self._ended() or "the desk's process has ended")

    def _ended(self) -> str:
        """What to say of a desk that is gone, where its last snapshot says how it ended."""
        latest = self._latest
        if latest is None or latest.state is not EngineState.ENDED:
            return ""
        return f"the desk of {latest.run} has ended; this is its last snapshot"


def _greeting(payload: bytes, own: str) -> dict[str, Any]:
    """The settings that a desk trades by.

    Raises:
        NotObservedError: the desk refuses, or is of another version.
    """
    try:
        told = json.loads(payload)
        version, settings = told["version"], told.get("settings", {})
        refused, program = str(told.get("refused", "")), str(told.get("program", ""))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise NotObservedError("what answers there is not a desk") from None
    if version == VERSION and refused:
        raise NotObservedError(f"the desk shows nothing: {refused[:300]}")
    if version != VERSION or told.get("shape") != shape():
        other = "another build of" if program == own else f"version {program[:20]} of"
        raise OtherVersionError(
            f"the desk runs {other} Legdesk and this is {own}; its figures could be shown wrong: "
            "observe it with the program that it was started with"
        )
    return settings if isinstance(settings, dict) else {}
