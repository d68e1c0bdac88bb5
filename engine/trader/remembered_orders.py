"""The orders that a trader remembers: both sides of its cycles, few bytes each once they ended.

A desk of 100 traders remembers 18,000 orders for what is told of them late, if ever. As objects an
order takes 2 kB, packed 200 bytes.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any, Final

from engine.orders.order import Order
from engine.trader.attempt import Attempt
from engine.trader.context import TraderContext
from engine.trader.kept_orders import KeptOrders
from engine.trader.legged_unit import LeggedUnit
from engine.trader.packed_cycle import Completing, Cycle, packed, settled, unpacked

UNPACKED: Final = 8
"""So many of a trader's last cycles stay objects: most of what is told late is about those."""

_TRIES: Final = 2
"""Cycles looked at with each order that is added."""


class RememberedOrders:
    """Debits and completing orders of one trader by client order id.

    Whoever asks for an order of a packed cycle has all of the cycle unpacked, so that its orders
    share one unit as ever; it is packed again after the cycles that follow.

    Args:
        context: of the trader.
        open_cycles: cycles whose unit is open.
        unpacked: how many cycles are not packed, besides those that are open or can execute.

    Attributes:
        debits: attempts; completing: completing orders with their units.
    """

    def __init__(
        self, context: TraderContext, open_cycles: Container[int], unpacked: int = UNPACKED
    ) -> None:
        self._context = context
        self._open = open_cycles
        self._unpacked = unpacked
        self._names: dict[int, list[str]] = {}
        self.debits: KeptOrders[Attempt] = KeptOrders(
            lambda attempt: attempt.order,
            lambda attempt: attempt.cycle in open_cycles,
            context.executed_orders,
            unpack=self._unpack,
        )
        self.completing: KeptOrders[Completing] = KeptOrders(
            lambda known: known[0],
            lambda known: known[1].cycle in open_cycles,
            context.executed_orders,
            unpack=self._unpack,
        )

    def add_debit(self, attempt: Attempt) -> None:
        """Remember a debit."""
        name = attempt.order.request.client_order_id
        self.debits.add(name, attempt)
        self._added(attempt.cycle, name)

    def add_completing(self, order: Order, unit: LeggedUnit) -> None:
        """Remember a completing order of a unit."""
        name = order.request.client_order_id
        self.completing.add(name, (order, unit))
        self._added(unit.cycle, name)

    def unit_of(self, names: Iterable[str]) -> LeggedUnit | None:
        """The unit that one of these orders is remembered with; None where none is."""
        for name in names:
            unit = _unit(self.debits.get(name), self.completing.get(name))
            if unit is not None:
                return unit
        return None

    def _unit_at_hand(self, cycle: int) -> LeggedUnit | None:
        """The unit of orders of a cycle that are not packed; None where all are."""
        for name in self._names.get(cycle, ()):
            unit = _unit(self.debits.at_hand(name), self.completing.at_hand(name))
            if unit is not None:
                return unit
        return None

    def _added(self, cycle: int, name: str) -> None:
        _add(self._names.setdefault(cycle, []), name)
        for _ in range(min(_TRIES, len(self._names) - self._unpacked)):
            oldest = next(iter(self._names))
            names = self._names.pop(oldest)
            if oldest == cycle or oldest in self._open or not self._put_away(names):
                self._names[oldest] = names

    def _put_away(self, names: list[str]) -> bool:
        """Pack a cycle whose unit is not open; False where it is to be tried again."""
        debits, completing = self.debits, self.completing
        cycle = Cycle(
            [debits[name] for name in names if name in debits],
            [completing[name] for name in names if name in completing],
        )
        if not cycle.attempts and not cycle.completing:
            return True
        data = packed(cycle) if settled(cycle) else None
        if data is None:
            return False
        for attempt in cycle.attempts:
            _put_away(debits, attempt.order, data)
        for order, _ in cycle.completing:
            _put_away(completing, order, data)
        return True

    def _unpack(self, data: bytes) -> None:
        cycle = unpacked(data, self._context, self._unit_at_hand)
        number = cycle.attempts[0].cycle if cycle.attempts else cycle.completing[0][1].cycle
        names = self._names.setdefault(number, [])
        for attempt in cycle.attempts:
            name = attempt.order.request.client_order_id
            if name in self.debits:
                self.debits.put_back(name, attempt)
                _add(names, name)
        for order, unit in cycle.completing:
            name = order.request.client_order_id
            if name in self.completing:
                self.completing.put_back(name, (order, unit))
                _add(names, name)


def _unit(attempt: Attempt | None, completing: Completing | None) -> LeggedUnit | None:
    if completing is not None:
        return completing[1]
    return None if attempt is None else attempt.unit


def _add(names: list[str], name: str) -> None:
    if name not in names:
        names.append(name)


def _put_away(kept: KeptOrders[Any], order: Order, data: bytes) -> None:
    executed = bool(order.executions or order.lots)
    kept.put_away(order.request.client_order_id, data, executed)
