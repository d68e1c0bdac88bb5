"""Orders a trader remembers after their end, so that a late report finds them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from engine.orders.states import Order

Kept = TypeVar("Kept")


class KeptOrders(Generic[Kept]):
    """Remembers live orders, the last that ended without execution, and many that executed.

    Args:
        unfilled: how many orders without an execution are remembered.
        order_of: the order of what is kept.
        executed: how many orders with an execution are remembered, asked for whenever one is added.
    """

    def __init__(
        self, unfilled: int, order_of: Callable[[Kept], Order], executed: Callable[[], int]
    ) -> None:
        self._unfilled = unfilled
        self._order_of = order_of
        self._executed = executed
        self._kept: dict[str, Kept] = {}
        self._latest: deque[str] = deque()
        self._filled: deque[str] = deque()

    def __getitem__(self, name: str) -> Kept:
        return self._kept[name]

    def get(self, name: str) -> Kept | None:
        """What is kept under a client order id; None where nothing is any more."""
        return self._kept.get(name)

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, name: str, kept: Kept) -> None:
        """Remember a new order, and forget the oldest where there are too many."""
        self._kept[name] = kept
        self._latest.append(name)
        if len(self._latest) <= self._unfilled:
            return
        oldest = self._latest.popleft()
        order = self._order_of(self._kept[oldest])
        if order.live:
            self._latest.append(oldest)
        elif not order.executions and not order.lots:
            del self._kept[oldest]
        else:
            self._filled.append(oldest)
            most = self._executed()
            while len(self._filled) > most:
                del self._kept[self._filled.popleft()]
