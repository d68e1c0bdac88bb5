"""Orders that trade shares away: which of them work, and their cancels.

The account's gateway sends and follows them (`engine/gateway/share_orders.py`); the desk knows
them from the broker's list of open orders, where their ids tell whose they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from engine.brokers.protocol import OpenOrder
from engine.orders.ids import share_prefix_of
from engine.orders.soundness import error_text
from engine.runtime.context import DeskContext
from engine.runtime.watch.books import BookComparison

AGAIN_S: Final = 2.0
"""Seconds after which an order that is still listed is cancelled once more."""

LOOKS: Final = 5
LOOK_EVERY_S: Final = 2.0
"""The broker is asked what works so many times and so often after something was asked of it."""


class ShareCloses:
    """The desk's orders of shares; runs in the scheduler's thread.

    Args:
        context: the desk's shared parts.
        books: asks the broker what works.
    """

    def __init__(self, context: DeskContext, books: BookComparison) -> None:
        self._context, self._books = context, books
        self._cancelled_s: dict[str, float] = {}
        self._looks = 0
        self._on_way: set[str] = set()

    def on_its_way(self, root: str) -> None:
        """An order of a root's shares is about to be sent."""
        self._on_way.add(root)

    def arrived(self, root: str) -> None:
        """It was sent, or it was not: the broker's list tells."""
        self._on_way.discard(root)

    def being_sent(self) -> frozenset[str]:
        """The roots of whose shares an order is on its way."""
        return frozenset(self._on_way)

    def is_ours(self, name: str) -> bool:
        """Whether an id is one of an order of shares of this installation."""
        traders = self._context.traders.values()
        return name.startswith(tuple({share_prefix_of(each.ids.prefix) for each in traders}))

    def working(self) -> tuple[OpenOrder, ...]:
        """Those that worked when the broker was last asked."""
        return tuple(each for each in self._books.external if self.is_ours(each.client_order_id))

    def is_cancelling(self, name: str) -> bool:
        """Whether an order's cancel was asked for from here."""
        return name in self._cancelled_s

    def cancel(self, names: Iterable[str]) -> int:
        """Ask for the cancels of orders, of each at most every AGAIN_S; how many are cancelled now.

        Args:
            names: our ids of orders of shares.
        """
        context, count = self._context, 0
        now_s = context.now().now_s
        for name in names:
            count += 1
            if now_s - self._cancelled_s.get(name, -math.inf) < AGAIN_S:
                continue
            self._cancelled_s[name] = now_s
            call = partial(context.broker.cancel, name, context.moment.epoch_s)
            if context.lanes is not None and context.broker.blocking:
                context.lanes.cancels.submit(partial(_same, call), failed=self._failed)
                continue
            try:
                call()
            except Exception as error:
                self._failed(error)
        if count:
            self.look_soon()
        return count

    def look_soon(self) -> None:
        """Have the broker asked what works, a few times from now on."""
        if not self._looks:
            self._context.scheduler.call_at(
                self._context.now().now_s + LOOK_EVERY_S / 2, self._look
            )
        self._looks = LOOKS

    def _look(self, _: Any) -> None:
        context = self._context
        self._looks -= 1
        if not context.running:
            self._looks = 0
            return
        moment = context.now()
        self._books.look()
        if self._looks:
            context.scheduler.call_at(moment.now_s + LOOK_EVERY_S, self._look)

    def _failed(self, error: BaseException) -> None:
        at_ms = self._context.now().at_ms
        self._context.alarms.raise_(at_ms, "BROKER_ERROR", "desk", error_text(error))


def _same(call: partial[None]) -> partial[None]:
    return call
