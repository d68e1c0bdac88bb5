"""How long the traders were there while the exchange traded: what dollars are divided by."""

from __future__ import annotations

from typing import Final

from engine.market.phases import OPEN_PHASES

MS_AN_HOUR: Final = 3_600_000


class OpenTime:
    """Trader-hours of the session, from the first look at its phase on.

    A trader counts from its addition, whatever keeps it from entering. The time between a
    process that died and the next does not count.
    """

    def __init__(self) -> None:
        self._traders = 0
        self._open = False
        self._trader_ms = 0
        self._since_ms = 0

    def hours(self, now_ms: int) -> float:
        """Trader-hours up to epoch `now_ms`."""
        return (self._trader_ms + self._running_ms(now_ms)) / MS_AN_HOUR

    def session_started(self, at_ms: int, heard_ms: int | None) -> None:
        """A process takes over; until it says that the exchange trades, no time counts.

        Args:
            at_ms: epoch milliseconds.
            heard_ms: when an earlier process of the session was last heard of; None for none.
        """
        before_ms = 0 if heard_ms is None else self._trader_ms + self._running_ms(heard_ms)
        self._trader_ms = before_ms
        self._open, self._since_ms = False, at_ms

    def session_ended(self, at_ms: int) -> None:
        """No time counts from here on."""
        self._count(at_ms)
        self._open = False

    def trader_added(self, at_ms: int) -> None:
        """One trader more."""
        self._count(at_ms)
        self._traders += 1

    def phase_changed(self, at_ms: int, phase: str) -> None:
        """The exchange trades in this phase, or does not."""
        self._count(at_ms)
        self._open = phase in OPEN_PHASES

    def _count(self, at_ms: int) -> None:
        self._trader_ms += self._running_ms(at_ms)
        self._since_ms = at_ms

    def _running_ms(self, at_ms: int) -> int:
        return max(0, at_ms - self._since_ms) * self._traders if self._open else 0
