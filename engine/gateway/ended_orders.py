"""Asks once about orders that have ended: what they executed may be busted while nobody listens.

The stream tells a bust as it comes, and nothing repeats it. After each gap of the stream, and when
a gateway starts, the orders of the last day of trades are asked about, one at a time, behind all
other calls. An answer that has less than was booked, or other prices, is asked for once more, and
that second answer counts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from engine.brokers.dialect import Dialect
from engine.brokers.following.follow import SETTLED_S, is_otherwise
from engine.brokers.http.call import Priority
from engine.brokers.http.outcome import Outcome, of_look_up
from engine.gateway.books import Send
from engine.gateway.followed_orders import FollowedOrders
from engine.market.clock import WaitingClock

EVERY_S: Final = 5.0
"""Seconds between two questions: twelve calls a minute, less than books have for themselves."""


class EndedOrders:
    """Asks about them; used from one thread at a time, and told of gaps from any.

    Args:
        orders: which there are.
        dialect: the broker's.
        send: makes a call.
        clock: real time.
    """

    def __init__(
        self, orders: FollowedOrders, dialect: Dialect, send: Send, clock: WaitingClock
    ) -> None:
        self._orders, self._dialect, self._send, self._clock = orders, dialect, send, clock
        self._gap = True
        self._waiting: dict[str, float] = {}
        self._next_s = clock.now_s()

    def ask(self) -> None:
        """Something may have been missed: each of them is asked about once more."""
        self._gap = True

    def work(self) -> None:
        """Ask about one of them, where one is due."""
        now_s = self._clock.now_s()
        if now_s < self._next_s:
            return
        if self._gap:
            self._gap = False
            self._waiting |= self._orders.ended_lately()
        settled_s = self._clock.epoch_s() - SETTLED_S
        due = next((name for name, at_s in self._waiting.items() if at_s <= settled_s), None)
        if due is None:
            return
        self._next_s = now_s + EVERY_S
        at_s = self._waiting.pop(due)
        if not self._is_told(due):
            self._waiting[due] = at_s  # the others first

    def _is_told(self, name: str) -> bool:
        """Ask about an order; whether the broker said, with its counts."""
        watched = self._orders.watch(name)
        call = replace(self._dialect.order(watched.followed.broker_id), priority=Priority.BOOKS)
        result = of_look_up(self._send(call), self._dialect)
        if result.outcome is Outcome.TAKEN and result.found is not None:
            with self._orders.lock:
                watched = self._orders.watch(name)
                if is_otherwise(watched.followed, result.found):
                    watched.busted()
                    watched.soon()
                else:
                    self._orders.apply(watched, result.found)
            return result.found.legs is not None
        return result.outcome is Outcome.ABSENT
