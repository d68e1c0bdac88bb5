"""How long the traders were there while the exchange traded: what dollars are divided by."""

from __future__ import annotations

from typing import Final

from engine.market.phases import OPEN_PHASES

MS_AN_HOUR: Final = 3_600_000


class OpenTime:
    """Trader-hours of the session, from the first look at its phase on.

    A trader counts from its addition to its removal, whatever keeps it from entering. The time
    between a process that died and the next does not count.
    """

    def __init__(self) -> None:
        self._missed_ms: dict[str, int] = {}
        """By trader, the open time of the session for which it was not there."""
        self._left_ms: dict[str, int] = {}
        """By trader that was removed, the open time of the session up to then."""
        self._open = False
        self._open_ms = self._since_ms = self._told_ms = 0

    def hours(self, now_ms: int) -> float:
        """Trader-hours of all traders up to epoch `now_ms`."""
        there = len(self._missed_ms) - len(self._left_ms)
        open_ms = self._until(now_ms) * there + sum(self._left_ms.values())
        return (open_ms - sum(self._missed_ms.values())) / MS_AN_HOUR

    def hours_of(self, trader: str, now_ms: int) -> float:
        """Hours of one trader up to epoch `now_ms`; none where it was never added."""
        until_ms = self._left_ms.get(trader, self._until(now_ms))
        return (until_ms - self._missed_ms.get(trader, until_ms)) / MS_AN_HOUR

    def session_started(self, at_ms: int, heard_ms: int | None) -> None:
        """A process takes over; until it says that the exchange trades, no time counts.

        What was told of the phase in the same millisecond is its own: an executor that runs over
        days begins a session where the phase tells of another date.

        Args:
            at_ms: epoch milliseconds.
            heard_ms: when an earlier process of the session was last heard of; None for none.
        """
        if heard_ms is None:
            self._open_ms = 0
            self._missed_ms = dict.fromkeys(self._missed_ms, 0)
            self._left_ms = dict.fromkeys(self._left_ms, 0)
        else:
            self._open_ms = self._until(heard_ms)
        self._open, self._since_ms = self._open and at_ms == self._told_ms, at_ms

    def session_ended(self, at_ms: int) -> None:
        """No time counts from here on."""
        self._count(at_ms)
        self._open = False

    def trader_added(self, at_ms: int, trader: str) -> None:
        """One trader more, or one that was removed is back; one that is there goes on."""
        self._count(at_ms)
        before_ms = self._missed_ms.get(trader)
        if before_ms is None:
            self._missed_ms[trader] = self._open_ms
        elif trader in self._left_ms:
            self._missed_ms[trader] = before_ms + self._open_ms - self._left_ms.pop(trader)

    def trader_removed(self, at_ms: int, trader: str) -> None:
        """One trader less, from here on; one that is not there stays away."""
        self._count(at_ms)
        if trader in self._missed_ms:
            self._left_ms.setdefault(trader, self._open_ms)

    def phase_changed(self, at_ms: int, phase: str) -> None:
        """The exchange trades in this phase, or does not."""
        self._count(at_ms)
        self._open = phase in OPEN_PHASES
        self._told_ms = at_ms

    def _count(self, at_ms: int) -> None:
        self._open_ms = self._until(at_ms)
        self._since_ms = at_ms

    def _until(self, at_ms: int) -> int:
        """Milliseconds for which the exchange traded in this session, up to epoch `at_ms`."""
        return self._open_ms + (max(0, at_ms - self._since_ms) if self._open else 0)
