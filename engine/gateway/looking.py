"""Asks the broker about orders: when each is due, and until it says what became of it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from engine.brokers.dialect import Dialect
from engine.brokers.following.order_view import OrderView
from engine.brokers.http.outcome import ABSENT_S, Outcome, of_look_up
from engine.gateway.books import Send, open_orders
from engine.gateway.followed_orders import FollowedOrders
from engine.gateway.journal import NOT_FOUND, REJECTED
from engine.gateway.watched import WatchedOrder
from engine.market.clock import WaitingClock

_CALLS: Final = 2
"""Of one look: by our id an order may be told without its legs; the broker's id brings them."""


class OrderLooks:
    """Looks at orders; used from any thread.

    Args:
        orders: which there are.
        dialect: the broker's.
        send: makes a call.
        clock: real time.

    Attributes:
        streamed: whether the stream tells of orders now.
    """

    def __init__(
        self, orders: FollowedOrders, dialect: Dialect, send: Send, clock: WaitingClock
    ) -> None:
        self._orders, self._dialect, self._send, self._clock = orders, dialect, send, clock
        self.streamed = False

    def tell_streamed(self, *, streamed: bool) -> None:
        """Whether the stream tells of orders from now on."""
        self.streamed = streamed

    def at_all(self) -> None:
        """Something may have been missed: every order that may execute is looked up soon."""
        with self._orders.lock:
            for watched in self._orders.every():
                if not watched.followed.ended:
                    watched.soon()

    def work(self) -> float:
        """Look at every order that is due; return the monotonic second of the next look."""
        while True:
            watched, next_s = self._take()
            if watched is None:
                return next_s
            self.look(watched)
            self._orders.check(watched)

    def _take(self) -> tuple[WatchedOrder | None, float]:
        """An order that is due, taken by this thread; else the second of the next one."""
        now_s, next_s = self._clock.now_s(), math.inf
        with self._orders.lock:
            for watched in self._orders.every():
                if watched.looking or watched.sending:
                    continue
                due_s = watched.due_s(streamed=self.streamed)
                if due_s <= now_s:
                    watched.look(now_s)
                    return watched, now_s
                next_s = min(next_s, due_s)
        return None, next_s

    def look(self, watched: WatchedOrder) -> bool:
        """Ask the broker about an order; whether it said."""
        try:
            for _ in range(_CALLS):
                with self._orders.lock:
                    busts = watched.look(self._clock.now_s())
                broker_id, dialect = watched.followed.broker_id, self._dialect
                call = dialect.order(broker_id) if broker_id else dialect.look_up(watched.name)
                result = of_look_up(self._send(call), dialect)
                if result.outcome is Outcome.ABSENT:
                    self._absent(watched)
                    return True
                if result.outcome is not Outcome.TAKEN or result.found is None:
                    return False
                self._apply(watched, result.found, busts)
                if broker_id or result.found.legs is not None or not watched.followed.broker_id:
                    break
            return True
        finally:
            with self._orders.lock:
                watched.looked()

    def _apply(self, watched: WatchedOrder, view: OrderView, busts: int) -> None:
        with self._orders.lock:
            counts = view.legs is not None and watched.counts(busts)
            self._orders.apply(watched, replace(view, replaces=True) if counts else view)

    def _absent(self, watched: WatchedOrder) -> None:
        """The broker does not know an order: surely so after a while, and when no list has it."""
        if watched.unknown_s is None or watched.followed.broker_id:
            self._orders.note("ORDER_GONE", f"the broker no longer knows order {watched.name}")
            return
        if self._clock.now_s() - watched.sent_s < ABSENT_S:
            return
        listed = open_orders(self._dialect, self._send, self._orders.note)
        if listed is None or any(each.client_order_id == watched.name for each in listed):
            return
        if watched.refused:
            self._orders.never_there(watched, REJECTED, watched.refused)
        else:
            self._orders.never_there(watched, NOT_FOUND, "the broker never got it")
