"""The orders that the exchange knows: those that may still execute, and what is kept of others."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import Any, Final

from engine.brokers.block_store import MEMORY, BlockStore
from engine.brokers.packed_columns import ROWS_A_BLOCK, PackedColumns
from engine.brokers.protocol import OpenOrder
from engine.exchange.matching.orders import (
    ExchangeOrder,
    ExchangeOrderState,
    Fill,
    broker_order_id,
    execution_id,
)
from engine.exchange.seeding import Draws

_REMEMBERED: Final = 10_000
_UNPACKED: Final = 256
"""At least so many of the orders that traded and ended last stay as they are."""

_WORKING: Final = ExchangeOrderState.WORKING
_FILLED: Final = ExchangeOrderState.FILLED

_Row = tuple[str, float, int, int, str, str, tuple[Any, ...]]
"""An order that traded and ended: client order id, `acts_s`, the place of its draws, state,
reason, and its fills in a row."""


class EndedOrder:
    """What is kept of an order that has ended.

    Args:
        client_order_id, state, acts_s, draws, fills, reason: as the order had them; a late
            execution of it may still be reported.
    """

    __slots__ = ("acts_s", "client_order_id", "draws", "fills", "reason", "state")

    def __init__(
        self,
        client_order_id: str,
        state: ExchangeOrderState,
        acts_s: float,
        draws: Draws,
        fills: tuple[Fill, ...],
        reason: str = "",
    ) -> None:
        self.client_order_id = client_order_id
        self.state, self.acts_s = state, acts_s
        self.draws, self.fills, self.reason = draws, fills, reason

    @property
    def broker_order_id(self) -> str:
        """The exchange's own name for the order."""
        return broker_order_id(self.client_order_id)


class KnownOrders:
    """Orders by client order id; all that traded, and the last that did not.

    Tens of thousands trade in a session: of those that have ended only what a query or a cancel
    asks for is kept, and packed once it is old.

    Args:
        seed: of the orders' draws.
        store: keeps orders that traded long ago.
    """

    __slots__ = ("_forgettable", "_known", "_live", "_packed", "_seed", "_traded")

    def __init__(self, seed: int, store: BlockStore = MEMORY) -> None:
        self._seed = seed
        self._known: dict[str, ExchangeOrder | EndedOrder] = {}
        self._live: dict[str, ExchangeOrder] = {}
        self._forgettable: deque[str] = deque()
        self._traded: dict[str, _Row] = {}
        self._packed = PackedColumns(store=store)

    def find(self, client_order_id: str) -> ExchangeOrder | EndedOrder | None:
        """The order of an id; None where it is not known (any more).

        Whoever draws from one that has ended gives it to `keep`.
        """
        order = self._known.get(client_order_id)
        if order is not None:
            return order
        row = self._traded.get(client_order_id) or self._unpacked(client_order_id)
        if row is None:
            return None
        client_id, acts_s, block, left, state, reason, fills = row
        draws = Draws(self._seed, client_id, block, left)
        ended = ExchangeOrderState(state)
        return EndedOrder(client_id, ended, acts_s, draws, _fills_of(client_id, fills), reason)

    def _unpacked(self, client_order_id: str) -> _Row | None:
        # The newest block has it as it was left last.
        for number in reversed(self._packed.blocks_of(client_order_id)):
            names, *others = self._packed.blocks[number].columns()
            if client_order_id in names:
                at = names.index(client_order_id)
                acts_s, block, left, state, reason, fills = (column[at] for column in others)
                return client_order_id, acts_s, block, left, state, reason, fills
        return None

    def keep(self, order: ExchangeOrder | EndedOrder) -> None:
        """Keep an order that was found as it is from now on, for its draws went on."""
        if order.client_order_id not in self._known:
            self._put_away(order)

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
            order.draws.put_away()
            self._known[client_id] = EndedOrder(
                client_id, order.state, order.acts_s, order.draws, (), order.reason
            )
        elif order.state is not _FILLED:
            self.put_away(order)

    def put_away(self, order: ExchangeOrder) -> None:
        """Keep of an order that traded and ended only what a query or a cancel asks for."""
        del self._known[order.client_order_id]
        self._put_away(order)

    def _put_away(self, order: ExchangeOrder | EndedOrder) -> None:
        client_id, traded = order.client_order_id, self._traded
        fills: list[Any] = []
        for each in order.fills if isinstance(order, EndedOrder) else order.executions:
            fills += (each.at_s, each.quantity, each.price_c)
        block, left = order.draws.put_away()
        state, reason = order.state.value, order.reason
        traded[client_id] = client_id, order.acts_s, block, left, state, reason, tuple(fills)
        if len(traded) >= _UNPACKED + ROWS_A_BLOCK:
            self._packed.add(list(zip(*islice(traded.values(), ROWS_A_BLOCK), strict=True)))
            self._traded = dict(islice(traded.items(), ROWS_A_BLOCK, None))


def _fills_of(client_order_id: str, fills: tuple[Any, ...]) -> tuple[Fill, ...]:
    rows = zip(fills[::3], fills[1::3], fills[2::3], strict=True)
    return tuple([Fill(execution_id(client_order_id, at), *row) for at, row in enumerate(rows, 1)])
