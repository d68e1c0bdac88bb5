"""One alarm: its places, and whether somebody has answered it."""

from __future__ import annotations

from typing import Final

from engine.orders import events as ev

MORE_AT_ONCE: Final = 2
"""An answer covers up to so many times the places that it saw, where places come and go."""


class AlarmRecord:
    """An alarm and its state: unacked, acked, shelved or cleared.

    Attributes:
        raised: as it was raised first.
        places: what is the matter in each place, the oldest first.
        told: how often a place was told, those that are in order again included.
        wanted_ms: since when it wants an answer, or wanted the one that it got.
        since_ms: since when it holds in a place where it holds now: the longest of them.
        acked_ms: when it was acknowledged last.
    """

    __slots__ = (
        "_answer",
        "_covered",
        "_most",
        "_since_ms",
        "acked_ms",
        "places",
        "raised",
        "since_ms",
        "state",
        "told",
        "wanted_ms",
    )

    def __init__(self, raised: ev.AlarmRaised) -> None:
        self.raised = raised
        self.state = "unacked"
        self.places: dict[str, str] = {raised.where: raised.what}
        self.told = 1
        self.wanted_ms = raised.at_ms
        self.since_ms = raised.at_ms
        self._since_ms: dict[str, int] = {raised.where: raised.at_ms}
        self.acked_ms: int | None = None
        self._answer = "unacked"  # the state before it was cleared
        self._covered = 0  # most places at once that an answer has covered
        self._most = 1  # most places at once since it wants an answer

    @property
    def active(self) -> bool:
        """Whether it holds, and no operator has put it aside."""
        return self.state in ("unacked", "acked")

    def wants_answer(self, where: str) -> bool:
        """Whether it will want a new answer once it holds in a place, or holds there otherwise.

        The answer to an alarm whose places come and go also covers those that follow, as long as
        they are not more than twice as many at once as it saw. Every other newcomer wants an
        answer of its own.
        """
        state, places = self.state, len(self.places)
        known = where in self.places
        if state == "cleared":
            state = self._answer if self.raised.recurs else "cleared"
            places, known = 0, False
        few = places + (not known) <= MORE_AT_ONCE * self._covered
        covered = self.raised.recurs and not known and few
        return state != "unacked" and not covered

    def joined(self, event: ev.AlarmJoined) -> bool:
        """It holds in another place, or otherwise in one; returns whether it wants a new answer."""
        wants = self.wants_answer(event.where)
        if self.state == "cleared":
            self.places.clear()
            self._since_ms.clear()
            self.state = self._answer if self.raised.recurs else "cleared"
        self.places[event.where] = event.what
        self._since_ms.setdefault(event.where, event.at_ms)
        self.since_ms = next(iter(self._since_ms.values()))
        self.told += 1
        self._most = max(self._most, len(self.places))
        if wants:
            self._most = len(self.places)
            self.state = "unacked"
            self.wanted_ms = event.at_ms
        return wants

    def restated(self, event: ev.AlarmRestated) -> None:
        """Its places are one, in the words of an earlier version; who saw it has seen that."""
        self.raised = self.raised._replace(where=event.where, what=event.what)
        self.places = {event.where: event.what}
        self._since_ms = {event.where: self.since_ms}

    def left(self, where: str) -> None:
        """One of its places is in order again."""
        self.places.pop(where, None)
        self._since_ms.pop(where, None)
        self.since_ms = next(iter(self._since_ms.values()), self.since_ms)

    def cleared(self) -> None:
        """Its condition is gone."""
        self._answer, self.state = self.state, "cleared"

    def shelved(self) -> None:
        """An operator put it aside for a while."""
        self.state = "shelved"
        self._covered = max(self._covered, self._most)

    def acknowledged(self, at_ms: int) -> int:
        """An operator saw it; returns for how many milliseconds it waited."""
        self.acked_ms = at_ms
        self.state = "acked"
        self._covered = max(self._covered, self._most)
        return at_ms - self.wanted_ms

    def each(self) -> list[ev.AlarmRaised]:
        """The alarm once for each place where it holds."""
        return [self.raised._replace(where=where, what=what) for where, what in self.places.items()]
