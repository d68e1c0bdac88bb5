"""A run's state at any moment, forward and back: the journal folded, with copies to go back to."""

from __future__ import annotations

import gc
import pickle
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from engine.journal.database import sealed_events
from engine.journal.reading import first_and_last_ms, first_session, looked_into, read_events
from engine.orders import events as ev
from engine.run_folder.errors import JournalError
from engine.runs.past.stops import Stops
from engine.state.desk import DeskState, StateError

COPY_EVERY: Final = 50_000
"""Events from one copy of the state to the next: at most so many are folded again to go back."""

MOST_COPIES: Final = 24
"""Copies kept; beyond, every other one goes and the next are twice as far apart."""

AT_ONCE: Final = 20_000
"""Events that are folded before somebody may ask for something else."""

ALARM: Final = "alarm"
FILL: Final = "fill"

_HAPPENED: Final[dict[type, str]] = {
    ev.AlarmRaised: ALARM,
    ev.AlarmJoined: ALARM,
    ev.Executed: FILL,
}


class _Copy(NamedTuple):
    """A state as bytes: after `applied` events, the last of which came at `at_ms`."""

    applied: int
    at_ms: int
    body: bytes


class Moments:
    """The state of a run as of one moment, which can be moved.

    Nothing of the run is changed. All methods are of one thread, the first to move.

    Args:
        journal: of a run that no desk holds.
        copy_every: events from one copy to the next.

    Attributes:
        start: how the first session began.
        state, stops: as of `at_ms`.
        at_ms: the moment, epoch milliseconds.
        first_ms, last_ms: of the journal; last_ms is None until it is known of a damaged one.
        damage: why nothing behind this moment can be shown; "" while nothing is known to be.

    Raises:
        JournalError: the journal is missing, empty, held by a desk, or damaged before its first
            session.
    """

    def __init__(self, journal: Path, copy_every: int = COPY_EVERY) -> None:
        self._journal = journal
        for _ in read_events(journal):  # its pages, and its first commit's seal
            break
        start = first_session(journal)
        if start is None:
            raise JournalError("missing", f"{journal} has no session; name another run")
        self.start = start
        self.first_ms = self.at_ms = start.at_ms
        self.last_ms: int | None = None
        self.damage = ""
        try:
            span = first_and_last_ms(journal)
            self.last_ms = None if span is None else span[1]
        except JournalError as error:
            self.damage = str(error)
        self.state, self.stops = DeskState(), Stops()
        self._rows: Iterator[tuple[int, ev.Event]] | None = None
        self._ahead: tuple[int, ev.Event] | None = None
        self._copy_every = copy_every
        self._copies = [self._copy()]
        self._seen = 0
        self._times: dict[str, array[int]] = {ALARM: array("q"), FILL: array("q")}

    @property
    def ended(self) -> bool:
        """Whether nothing comes after this moment."""
        return self._rows is not None and self._ahead is None

    # ------------------------------------------------------------------ moving

    def go(self, at_ms: int) -> bool:
        """Move to a moment, or AT_ONCE events toward it; whether it is reached.

        Args:
            at_ms: epoch milliseconds; before the first event the journal's begin.
        """
        at_ms = max(at_ms, self.first_ms)
        copy = next(each for each in reversed(self._copies) if each.at_ms <= at_ms)
        passed = max(self.at_ms, self.state.at_ms) > at_ms
        if passed or copy.applied > self.state.applied:
            self._take_up(copy)
        self._fold(lambda event: event[0] > at_ms)
        reached = self._ahead is None or self._ahead[1][0] > at_ms
        if reached:
            self.at_ms = at_ms if self._ahead is not None else min(at_ms, self._end_ms())
        else:
            self.at_ms = max(self.first_ms, self.state.at_ms)
        return reached

    def _end_ms(self) -> int:
        """The journal's last moment; known once nothing comes any more."""
        self.last_ms = max(self.state.at_ms, self.first_ms)
        return self.last_ms

    def go_to_next(self, kind: str, after_ms: int) -> bool:
        """Move on to the next alarm or fill, or AT_ONCE events toward it; whether it is reached.

        Args:
            kind: ALARM or FILL.
            after_ms: the moment after which it is looked for, epoch milliseconds.

        Raises:
            LookupError: none comes any more; the moment is the journal's last.
        """
        found: list[int] = []

        def beyond(event: ev.Event) -> bool:
            if not found and event[0] > after_ms and self._kind_of(event) == kind:
                found.append(event[0])
            return bool(found) and event[0] > found[0]

        self._fold(beyond)
        if found:
            while not self.go(found[0]):
                pass  # others of the same millisecond
            return True
        if self._ahead is None:
            self.at_ms = self._end_ms()
            raise LookupError(f"no {kind} after this moment")
        self.at_ms = max(self.at_ms, self.state.at_ms)
        return False

    def time_before(self, kind: str) -> int | None:
        """When the last alarm or fill before this moment was; None where there was none."""
        times = self._times[kind]
        at = bisect_left(times, self.at_ms)
        return times[at - 1] if at else None

    # ------------------------------------------------------------------ folding

    def _fold(self, beyond: Callable[[ev.Event], bool]) -> None:
        """Apply events until one lies beyond, AT_ONCE at most; that one stays ahead."""
        if self._rows is None:
            self._rows = self._read(0, 0)
            self._ahead = self._next()
        with _uncollected():
            self._apply(beyond)

    def _apply(self, beyond: Callable[[ev.Event], bool]) -> None:
        for _ in range(AT_ONCE):
            if self._ahead is None or beyond(self._ahead[1]):
                return
            seq, event = self._ahead
            kind = self._kind_of(event) if seq > self._seen else ""
            try:
                if seq != self.state.applied + 1:
                    raise StateError(
                        f"event {seq} came where event {self.state.applied + 1} was due"
                    )
                self.state.apply(event)
            except StateError as error:
                self.damage, self._ahead = str(error), None
                return
            self.stops.apply(event, self.state.traders)
            if seq > self._seen:
                self._seen = seq
                if kind:
                    self._times[kind].append(event[0])
            if seq >= self._copies[-1].applied + self._copy_every:
                self._keep()
            self._ahead = self._next()

    def _kind_of(self, event: ev.Event) -> str:
        """What happens by an event that is about to be applied: an alarm that wants an answer."""
        kind = _HAPPENED.get(type(event), "")
        return "" if kind == ALARM and not self.state.notices.wants_answer(event) else kind

    def _next(self) -> tuple[int, ev.Event] | None:
        assert self._rows is not None
        try:
            return next(self._rows, None)
        except JournalError as error:
            self.damage = str(error)
            return None

    def _read(self, applied: int, since_ms: int) -> Iterator[tuple[int, ev.Event]]:
        """The journal's events after the first `applied`; its pages were checked before."""
        with looked_into(self._journal) as connection:
            for seq, event in sealed_events(connection, self._journal, since_ms):
                if seq > applied:
                    yield seq, event

    # ------------------------------------------------------------------ copies

    def _copy(self) -> _Copy:
        body = pickle.dumps((self.state, self.stops), pickle.HIGHEST_PROTOCOL)
        return _Copy(self.state.applied, self.state.at_ms, body)

    def _keep(self) -> None:
        """Keep a copy of this state, and so that there are not too many every other one less."""
        self._copies.append(self._copy())
        if len(self._copies) > MOST_COPIES:
            del self._copies[1:-1:2]
            self._copy_every *= 2

    def _take_up(self, copy: _Copy) -> None:
        """Go on from a copy."""
        with _uncollected():
            self.state, self.stops = pickle.loads(copy.body)  # made by this process itself
        if self._rows is not None and hasattr(self._rows, "close"):
            self._rows.close()
        self._rows = self._read(copy.applied, copy.at_ms)
        self._ahead = self._next()
        self.at_ms = max(copy.at_ms, self.first_ms)

    def close(self) -> None:
        """Let go of the journal."""
        if self._rows is not None and hasattr(self._rows, "close"):
            self._rows.close()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Collect no garbage inside: nearly all that is made is kept, and it takes half of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
