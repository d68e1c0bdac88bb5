"""The orders that the exchange knows: those that may still execute, and what is kept of others."""

from __future__ import annotations

from collections import deque
from typing import Final

from engine.brokers.execution import Execution
from engine.brokers.protocol import OpenOrder
from engine.exchange.matching.orders import (
    ExchangeOrder,
    ExchangeOrderState,
    broker_order_id,
)

_REMEMBERED: Final = 10_000
_WORKING: Final = ExchangeOrderState.WORKING
_FILLED: Final = ExchangeOrderState.FILLED


class EndedOrder:
    """What is kept of an order that has ended: tens of thousands in a session.

    Args:
        order: ended; a late execution of it may still be reported.
    """

    __slots__ = (
        "_executed", "acts_s", "client_order_id", "draws", "reason", "state",
    )  # fmt: skip

    def __init__(self, order: ExchangeOrder) -> None:
        self.client_order_id = order.client_order_id
        self.state, self.reason, self.acts_s = order.state, order.reason, order.acts_s
        executed = order.executions
        # Nearly every order that traded did so once, and needs no row to hold one execution.
        self._executed: Execution | tuple[Execution, ...]
        self._executed = executed[0] if len(executed) == 1 else tuple(executed)
        self.draws = order.draws
        self.draws.put_away()

    @property
    def broker_order_id(self) -> str:
        """The exchange's own name for the order."""
        return broker_order_id(self.client_order_id)

    @property
    def executions(self) -> tuple[Execution, ...]:
        """What executed of it, oldest first."""
        executed = self._executed
        return executed if isinstance(executed, tuple) else (executed,)


class KnownOrders:
    """Orders by client order id; all that traded, and the last that did not.

    Attributes:
        find: the order of an id; None where it is not known (any more).
    """

    __slots__ = ("_forgettable", "_known", "_live", "find")

    def __init__(self) -> None:
        self._known: dict[str, ExchangeOrder | EndedOrder] = {}
        self.find = self._known.get
        self._live: dict[str, ExchangeOrder] = {}
        self._forgettable: deque[str] = deque()

    def __len__(self) -> int:
        return len(self._known)

    def add(self, order: ExchangeOrder) -> None:
        """Take a new order."""
        client_id = order.client_order_id
        self._known[client_id] = self._live[client_id] = order

    def live(self) -> tuple[tuple[str, ExchangeOrder], ...]:
        """Every order that may still execute: those that work, and those on their way in."""
        return tuple(self._live.items())

    def working(self) -> list[ExchangeOrder]:
        """Every order that works, oldest first."""
        return [order for order in self._live.values() if order.state is _WORKING]

    def open_orders(self) -> tuple[OpenOrder, ...]:
        """Every order that works, oldest first, as brokers list them."""
        return tuple(
            OpenOrder(
                order.client_order_id, order.broker_order_id, order.request.quantity, order.filled
            )
            for order in self.working()
        )

    def end(self, order: ExchangeOrder) -> None:
        """Take an order that has just ended; a filled one is put away once that is reported."""
        client_id = order.client_order_id
        del self._live[client_id]
        if not order.executions:
            # Only orders that never traded are forgotten, so that a long run stays small.
            self._forgettable.append(client_id)
            if len(self._forgettable) > _REMEMBERED:
                del self._known[self._forgettable.popleft()]
        if order.state is not _FILLED:
            self._known[client_id] = EndedOrder(order)

    def put_away(self, order: ExchangeOrder) -> None:
        """Keep of a filled order only what a query asks for."""
        self._known[order.client_order_id] = EndedOrder(order)
