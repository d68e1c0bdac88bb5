"""Asks the broker about orders: when each is due, and until it says what became of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from engine.brokers.dialect import Dialect
from engine.brokers.following.order_view import OrderView
from engine.brokers.following.symbols import Contract
from engine.brokers.http.outcome import ABSENT_S, Outcome, of_look_up
from engine.brokers.protocol import ContractPosition, UnreadPosition
from engine.gateway.books import Send, holdings, open_orders, orders_since
from engine.gateway.followed_orders import FollowedOrders
from engine.gateway.journal import NOT_FOUND, REJECTED
from engine.gateway.watched import WatchedOrder
from engine.market.clock import WaitingClock
from engine.market.quotes.symbols import bare_root

_EARLIER_S: Final = 60.0
"""Seconds before it was sent from which an order is looked for: clocks differ."""

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
            for watched in self._orders.awake():
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
            for watched in self._orders.awake():
                if watched.looking or watched.sending:
                    continue
                due_s = watched.due_s(streamed=self.streamed)
                if due_s <= now_s:
                    watched.look(now_s)
                    return watched, now_s
                if due_s == math.inf:
                    self._orders.rest(watched)
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
                self._orders.wake(watched)

    def _apply(self, watched: WatchedOrder, view: OrderView, busts: int) -> None:
        with self._orders.lock:
            counts = view.legs is not None and watched.counts(busts)
            self._orders.apply(watched, replace(view, replaces=True) if counts else view)

    def _absent(self, watched: WatchedOrder) -> None:
        """The broker does not know an order: surely so after a while, and when nothing has it."""
        now_s = self._clock.now_s()
        if watched.unknown_s is None or watched.followed.broker_id:
            with self._orders.lock:
                gone_for_s = watched.gone(now_s)
            if gone_for_s >= ABSENT_S and not watched.followed.ended:
                self._gone(watched)
        elif now_s - watched.sent_s >= ABSENT_S and self.is_nowhere(watched, tells=True):
            if watched.refused:
                self._orders.never_there(watched, REJECTED, watched.refused)
            else:
                self._orders.never_there(watched, NOT_FOUND, "the broker never got it")

    def _gone(self, watched: WatchedOrder) -> None:
        """The broker took an order and has not known it for a while: end it if it is nowhere."""
        by_ours = of_look_up(self._send(self._dialect.look_up(watched.name)), self._dialect)
        if by_ours.outcome is Outcome.TAKEN and by_ours.found is not None:
            self._orders.apply(watched, by_ours.found)
        elif by_ours.outcome is Outcome.ABSENT and self.is_nowhere(watched, tells=True):
            self._orders.forgotten(watched)

    def is_nowhere(self, watched: WatchedOrder, *, tells: bool = False) -> bool:
        """Whether an order is in no list and cannot have executed unseen; False where untold.

        Args:
            watched: the order.
            tells: whether the operator hears that it may have.
        """
        listed = open_orders(self._dialect, self._send, self._orders.note)
        if listed is None or any(each.client_order_id == watched.name for each in listed):
            return False
        if not self._is_unlisted(watched):
            return False
        booked = _counted(self._orders.booked)  # before what is held: what executes next counts
        told = holdings(self._dialect, self._send, self._orders.note)
        if told is None:
            return False
        held = _counted(told.contracts)
        unread = {_named(row) for row in told.unread}
        for contract, side in watched.followed.contracts():
            if contract in unread:
                continue  # it may be held, as far as anybody knows
            beyond = held[contract] - booked[contract]
            if (beyond if side == "buy" else -beyond) <= 0:
                return True
        if tells:
            text = f"the broker does not know order {watched.name}; it may have executed: {_WAYS}"
            self._orders.note("ORDER_GONE", text)
        return False

    def _is_unlisted(self, watched: WatchedOrder) -> bool:
        """Whether an order is not among those since it was sent, ended ones too.

        One that is there is followed from there: its look-up by our id lags behind.
        """
        since_s = self._clock.epoch_s() - (self._clock.now_s() - watched.sent_s) - _EARLIER_S
        rows = orders_since(self._dialect, self._send, self._orders.note, since_s)
        found = [each for each in rows or () if each.client_order_id == watched.name]
        for each in found:
            told = of_look_up(self._send(self._dialect.order(each.broker_order_id)), self._dialect)
            if told.outcome is Outcome.TAKEN and told.found is not None:
                self._orders.apply(watched, told.found)
        return rows is not None and not found


_WAYS: Final = (
    "the account holds its contracts beyond our books; look on the broker's page, and close there "
    "what is not wanted"
)


def _counted(rows: Iterable[ContractPosition]) -> Counter[Contract]:
    """Signed contracts of each row."""
    counted: Counter[Contract] = Counter()
    for row in rows:
        counted[_named(row)] += row.quantity
    return counted


def _named(row: ContractPosition | UnreadPosition) -> Contract:
    strike = round(row.strike * 1000) / 1000
    return Contract(bare_root(row.symbol), row.expiration, row.right, strike)
