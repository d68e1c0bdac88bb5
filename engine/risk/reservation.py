"""The reservation value: what an order must promise while the day's orders are scarce.

A desk that sends whenever it can spends the orders of a day in its first quarter of an hour. The
reservation value is the least promise at which the opportunities that the rest of the session is
expected to bring use up the orders that are left: the threshold of a knapsack filled over time.
What traders see counts by the time for which it was to be had, not by how often they looked.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final, NamedTuple

LEARN_S: Final = 300.0
"""Seconds of looking after which the value is reckoned, first and again."""

WINDOWS: Final = 3
"""How many such stretches it is reckoned from: what the market offered a while ago is gone."""

SEEN_FOR_S: Final = 30.0
"""What a trader saw counts for the time to its next look, at most so long."""

FIRST_ORDERS: Final = 3.0
"""Orders released as the session begins: one attempt and what completes it."""

AHEAD: Final = 2.0
"""How far better opportunities may run ahead of an even release, in stretches of LEARN_S."""

_STEP: Final = math.log(1.1)
_LEAST_C: Final = 0.1
_PREFERRED: Final = 1_000_000
"""Added to the rank of what comes before everything else."""


class Promise(NamedTuple):
    """What an attempt promises and takes.

    Args:
        value_c: expected guaranteed cents of account money for each order it takes.
        orders: that it is expected to take of the budget.
        every_s: seconds from one attempt of its trader to the next, where each goes out.
        preferred: whether it comes before every one that is not.
    """

    value_c: float
    orders: float
    every_s: float
    preferred: bool = True

    @property
    def rank(self) -> int:
        """Its place: values within ten percent of each other share one."""
        above = max(self.value_c, 0.0) / _LEAST_C
        steps = 0 if above < 1 else 1 + int(math.log(above) / _STEP)
        return steps + _PREFERRED * self.preferred


class Left(NamedTuple):
    """What is left of the day: orders for debits and what completes them, seconds for debits."""

    orders: float
    seconds: float


class ReservationValue:
    """Releases the orders of a day to the attempts that promise most for one.

    Until a first value is known, and among attempts that promise just the value, orders go out
    evenly over what is left of the session, first come first served. Memory is bounded: ranks are
    few, and each trader has one look.
    """

    def __init__(self) -> None:
        self.new_session()

    def new_session(self) -> None:
        """Another day: its market is learned anew."""
        self._looks: dict[str, tuple[float, Promise]] = {}
        self._offered: dict[int, float] = {}
        self._before: deque[tuple[float, dict[int, float]]] = deque(maxlen=WINDOWS)
        self._since_s: float | None = None
        self._threshold: int | None = None
        self._released = FIRST_ORDERS
        self._asked_s = 0.0
        self._orders_left = 0.0

    @property
    def learned(self) -> bool:
        """Whether a value is known."""
        return self._threshold is not None

    @property
    def value_c(self) -> float | None:
        """The least cents an order must promise; None until learned, 0 where anything may go."""
        if self._threshold is None:
            return None
        steps = max(self._threshold, 0) % _PREFERRED
        return _LEAST_C * math.exp((steps - 1) * _STEP) if steps else 0.0

    @property
    def preferred_only(self) -> bool:
        """Whether what is preferred takes every order by itself."""
        return self._threshold is not None and self._threshold >= _PREFERRED

    def promised_c(self, trader: str) -> float | None:
        """What a trader's attempt promised for an order at its last look; None before the first."""
        look = self._looks.get(trader)
        return None if look is None else look[1].value_c

    def admits(self, trader: str, promise: Promise, left: Left, now_s: float) -> bool:
        """Whether an attempt may use orders now; what it promises is remembered either way.

        Args:
            trader: whose attempt it is.
            promise: what it promises and takes.
            left: of the day.
            now_s: engine seconds.
        """
        self._see(trader, promise, now_s)
        self._release(left, now_s)
        if self._since_s is None:
            self._since_s = now_s
        elif now_s - self._since_s >= LEARN_S:
            self._reckon(left, now_s)
        if self._threshold is None or promise.rank == self._threshold:
            return self._released >= promise.orders
        best = promise.rank > self._threshold
        return best and self._released + _ahead(left) >= promise.orders

    def _see(self, trader: str, promise: Promise, now_s: float) -> None:
        """What the trader saw at its last look was to be had until now."""
        before = self._looks.get(trader)
        self._looks[trader] = now_s, promise
        if before is None:
            return
        at_s, seen = before
        wanted = min(now_s - at_s, SEEN_FOR_S) * seen.orders / max(seen.every_s, 1e-3)
        self._offered[seen.rank] = self._offered.get(seen.rank, 0.0) + wanted

    def _release(self, left: Left, now_s: float) -> None:
        """Orders are released with the time and taken back by those that went out."""
        pace = _pace(left)
        if self._since_s is not None:
            self._released += (now_s - self._asked_s) * pace
            self._released -= max(0.0, self._orders_left - left.orders)
        most = max(FIRST_ORDERS, LEARN_S * pace)
        self._released = min(max(self._released, -_ahead(left)), most)
        self._asked_s, self._orders_left = now_s, left.orders

    def _reckon(self, left: Left, now_s: float) -> None:
        """The lowest rank down to which what is offered does not use up what is left."""
        assert self._since_s is not None
        self._before.append((now_s - self._since_s, self._offered))
        self._since_s, self._offered = now_s, {}
        seconds = sum(length for length, _ in self._before)
        rates: dict[int, float] = {}
        for _, offered in self._before:
            for rank, orders in offered.items():
                rates[rank] = rates.get(rank, 0.0) + orders / seconds
        affordable, taken = _pace(left), 0.0
        self._threshold = -1
        for rank in sorted(rates, reverse=True):
            taken += rates[rank]
            if taken > affordable:
                self._threshold = rank
                break


def _pace(left: Left) -> float:
    """Orders a second that use up what is left just at the end."""
    return max(left.orders, 0.0) / max(left.seconds, 1.0)


def _ahead(left: Left) -> float:
    """Orders that better opportunities may take before they are released."""
    return AHEAD * LEARN_S * _pace(left) + FIRST_ORDERS
