"""Who may call a broker now: the account's calls a minute, shared out by importance.

What binds in practice is the desk's own budget of orders. The governor sees to it that a cancel, or
the order that completes a pair, never waits behind chains.
"""

from __future__ import annotations

import heapq
import math
import threading
from collections import deque
from typing import Final, NamedTuple

from engine.brokers.http.call import Priority
from engine.market.clock import WaitingClock

LONGEST_WAIT_S: Final = 1.0
"""Nothing waits longer for its turn; an order that waits is an old order."""

LEAST_SHARE: Final = 0.125
"""Share of the minute's calls that books, and chains, have before debits: while orders take all
calls there are, the account must be compared and asked about all the same."""

WINDOW_S: Final = 60.0
LOW_SHARE: Final = 0.15
"""Share of the minute's calls from which on the less important ones leave twice as far apart."""

_URGENT: Final = Priority.COMPLETION
_BLOCKED_S: Final = 1.0


class NoTurnError(Exception):
    """A call would have had to wait too long; nothing was sent."""


class Rate(NamedTuple):
    """How many calls are left.

    Attributes:
        left: calls that may leave now.
        limit: calls a minute.
        reset_s: seconds until the broker counts anew; 0 where it has not said.
    """

    left: int
    limit: int
    reset_s: float


class Governor:
    """Shares out one account's calls to one host; used from any thread.

    At most `ceiling` calls leave in any minute, and at most `limit` unless the call is urgent (a
    cancel or a completing order). What the broker says of its own count goes before ours where it
    is less.

    Args:
        limit: calls a minute for everything.
        ceiling: calls a minute with what is kept for urgent ones; the broker's own limit.
        clock: on which calls wait.
        changed: on which they wait there.

    Raises:
        ValueError: limit is not positive or beyond the ceiling.
    """

    def __init__(
        self,
        limit: int,
        ceiling: int,
        clock: WaitingClock,
        changed: threading.Condition | None = None,
    ) -> None:
        if not 0 < limit <= ceiling:
            raise ValueError(f"{limit} calls a minute of {ceiling} cannot be kept; set 1 or more")
        self._limit, self._ceiling, self._clock = limit, ceiling, clock
        self._changed = changed or threading.Condition()
        self._waiting: list[tuple[float, int]] = []
        self._least = max(1, int(LEAST_SHARE * limit))
        self._had: dict[Priority, deque[float]] = {
            each: deque(maxlen=self._least) for each in Priority
        }
        self._count = 0
        self._sent: deque[float] = deque()
        self._told_left: int | None = None
        self._told_until_s = -math.inf
        self._blocked_until_s = self._urgent_until_s = -math.inf

    def take_turn(self, priority: Priority) -> None:
        """Wait until a call may leave; then it counts as sent.

        Raises:
            NoTurnError: that would take longer than LONGEST_WAIT_S.
        """
        with self._changed:
            self._count += 1
            place = (self._rank(priority), self._count)
            heapq.heappush(self._waiting, place)
            latest_s = self._clock.now_s() + LONGEST_WAIT_S
            try:
                while True:
                    now_s = self._clock.now_s()
                    due_s = self._due_s(priority, now_s)
                    if due_s <= now_s and self._waiting[0] == place:
                        self._leave(priority, now_s)
                        return
                    if now_s >= latest_s:
                        raise NoTurnError(f"no call is free for {LONGEST_WAIT_S:g} s")
                    # The one in front wakes the others; otherwise time does.
                    until_s = latest_s if due_s <= now_s else min(due_s, latest_s)
                    self._clock.wait(self._changed, max(0.001, until_s - now_s))
            finally:
                self._waiting.remove(place)
                heapq.heapify(self._waiting)
                self._changed.notify_all()

    def hear(self, left: int | None, reset_after_s: float | None) -> None:
        """Take what an answer's headers say of the broker's own count.

        Args:
            left: calls that it still takes; None where not said.
            reset_after_s: seconds until it counts anew; None where not said.
        """
        if left is None:
            return
        with self._changed:
            after_s = WINDOW_S if reset_after_s is None else min(WINDOW_S, max(0.0, reset_after_s))
            self._told_left = max(0, left)
            self._told_until_s = self._clock.now_s() + after_s
            self._changed.notify_all()

    def refused(self, retry_after_s: float | None) -> None:
        """The broker took a call for one too many (429): none leaves for a while.

        Args:
            retry_after_s: seconds that the broker asks for; urgent calls wait for one alone.
        """
        with self._changed:
            wait_s = _BLOCKED_S if retry_after_s is None else retry_after_s
            now_s = self._clock.now_s()
            until_s = now_s + min(WINDOW_S, max(_BLOCKED_S, wait_s))
            self._blocked_until_s = max(self._blocked_until_s, until_s)
            self._urgent_until_s = now_s + _BLOCKED_S

    def rate(self) -> Rate:
        """How many calls are left now."""
        with self._changed:
            now_s = self._clock.now_s()
            left = 0 if now_s < self._blocked_until_s else max(0, self._left(now_s))
            return Rate(left, self._ceiling, max(0.0, self._told_until_s - now_s))

    def _rank(self, priority: Priority) -> float:
        """Who goes first; what has had less than its share goes before debits, not before more."""
        had = self._had[priority]
        whole = len(had) == self._least and had[0] > self._clock.now_s() - WINDOW_S
        return priority if priority <= Priority.DEBIT or whole else Priority.DEBIT - 0.5

    def _leave(self, priority: Priority, now_s: float) -> None:
        self._sent.append(now_s)
        self._had[priority].append(now_s)
        if self._told_left is not None:
            self._told_left -= 1

    def _left(self, now_s: float) -> int:
        """Calls that may leave in this minute, by our count and by the broker's."""
        while self._sent and self._sent[0] + WINDOW_S <= now_s:  # as a turn is promised
            self._sent.popleft()
        if now_s >= self._told_until_s:
            self._told_left = None
        left = self._ceiling - len(self._sent)
        return left if self._told_left is None else min(left, self._told_left)

    def _due_s(self, priority: Priority, now_s: float) -> float:
        """The second at which such a call may leave, as far as is known now."""
        urgent = priority <= _URGENT
        blocked_s = self._urgent_until_s if urgent else self._blocked_until_s
        if now_s < blocked_s:
            return blocked_s
        left = self._left(now_s)
        kept = 0 if urgent else self._ceiling - self._limit
        if self._told_left is not None and self._told_left <= kept:
            return self._told_until_s
        if left <= kept:
            return self._sent[0] + WINDOW_S
        if urgent or not self._sent:
            return now_s
        low = left - kept <= LOW_SHARE * self._limit
        gap_s = WINDOW_S / self._limit * (2 if low else 1) if left - kept < self._limit / 2 else 0.0
        return max(now_s, self._sent[-1] + gap_s)
