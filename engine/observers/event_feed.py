"""The desk's last events, each with what it is about, kept for whoever asks from another thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from engine.orders import events as ev
from engine.state.desk import DeskState

KEPT: Final = 4_096
"""Events kept: in a second a desk of thousands tells some hundreds."""


class Told(NamedTuple):
    """An event as it is handed out.

    Args:
        number: its place among the events that this process told, from 1.
        row: its row in the journal.
        event: the event.
        about: what it is about where its own fields do not say: the order that was filled, the
            alarm, the recommendation or the trial; None where nobody knows it any more.
    """

    number: int
    row: int
    event: Any
    about: Any


class Filled(NamedTuple):
    """What an execution was of.

    Args:
        intent: the order.
        filled: its contracts executed with this execution.
        booked: whether the execution counts; one that was reported before does not.
    """

    intent: ev.OrderIntended
    filled: int
    booked: bool


class Alarmed(NamedTuple):
    """The alarm that an event is of.

    Args:
        raised: as it was raised.
        wants: whether it wants an answer from this event on, new or again.
    """

    raised: ev.AlarmRaised
    wants: bool


def _order(state: DeskState, event: ev.Executed) -> Filled | None:
    record = state.orders.known.get(event.order)
    if record is None:
        return None
    return Filled(record.intent, record.filled, state.orders.last_booked is event)


def _alarm(state: DeskState, event: Any) -> Alarmed | None:
    notices = state.notices
    record = notices.alarms.get(event.alarm)
    if record is None:
        last = notices.cleared[-1] if notices.cleared else None
        record = last if last is not None and last.raised.alarm == event.alarm else None
    if record is None:
        return None
    return Alarmed(record.raised, record.state == "unacked" and record.wanted_ms == event.at_ms)


def _recommendation(state: DeskState, event: Any) -> ev.Recommended | None:
    record = state.notices.recommendations.get(event.recommendation)
    return None if record is None else record.made


def _trial(state: DeskState, event: Any) -> ev.TrialStarted | None:
    record = state.trials.records.get(event.trial)
    return None if record is None else record.started


def _nothing(state: DeskState, event: Any) -> None:
    return None


TOLD: Final[dict[type, Callable[[DeskState, Any], Any]]] = {
    ev.SessionStarted: _nothing,
    ev.SessionEnded: _nothing,
    ev.PhaseChanged: _nothing,
    ev.Executed: _order,
    ev.CycleEnded: _nothing,
    ev.LadderMoved: _nothing,
    ev.TraderHeld: _nothing,
    ev.TraderReleased: _nothing,
    ev.TraderFaulted: _nothing,
    ev.AlarmRaised: _alarm,
    ev.AlarmJoined: _alarm,
    ev.AlarmLeft: _alarm,
    ev.AlarmCleared: _alarm,
    ev.AlarmAcknowledged: _alarm,
    ev.Recommended: _nothing,
    ev.RecommendationSettled: _recommendation,
    ev.TrialStarted: _nothing,
    ev.TrialEnded: _trial,
    ev.SettingChanged: _nothing,
    ev.LimitChanged: _nothing,
    ev.SizeChanged: _nothing,
    ev.OperatorActed: _nothing,
    ev.LiveArmed: _nothing,
    ev.BooksCompared: _nothing,
    ev.BookAdjusted: _nothing,
    ev.LackAccepted: _nothing,
    ev.BaselineTaken: _nothing,
    ev.Settled: _nothing,
    ev.SharesTraded: _nothing,
    ev.ChainSettled: _nothing,
}
"""The events that are told, and what each is about, looked up once it is applied to the state."""


class EventFeed:
    """Keeps the last events of a desk: one writer, the engine's thread; any number of readers.

    Args:
        state: the desk's, with each event applied; None for a desk that tells none.
        row: the journal's last row.
    """

    def __init__(self, state: DeskState | None, row: Callable[[], int]) -> None:
        self._state = state
        self._row = row
        self._told: deque[Told] = deque(maxlen=KEPT)
        self._compared: str | None = None
        self.number = 0

    def take(self, event: Any) -> None:
        """Keep an event, just applied; whatever goes wrong here is nothing to the desk."""
        if self._state is None:
            return
        if isinstance(event, ev.BooksCompared):
            before, self._compared = self._compared, event.difference
            if event.difference == (before or ""):
                return  # nothing new, or the first look found nothing
        try:
            about = TOLD[type(event)](self._state, event)
        except Exception:  # the event is told all the same
            about = None
        number = self.number + 1
        self._told.append(Told(number, self._row(), event, about))
        self.number = number

    def after(self, number: int) -> list[Told]:
        """The events after one of them, the oldest first; fewer where they are not kept any more.

        Args:
            number: 0 for the first one.
        """
        if number >= self.number:
            return []
        told = list(self._told.copy())
        return told[-(told[-1].number - number) :]


NO_EVENTS: Final = EventFeed(None, lambda: 0)
"""Of a desk that tells none."""
