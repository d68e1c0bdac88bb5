"""What a difference between book and broker asks of orders: are reports on their way, or lost?"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from engine.book.contract_keys import ContractKey, contract_key
from engine.runtime.context import DeskContext
from engine.runtime.order_router import OrderRouter
from engine.state.order_record import OrderRecord

RESTS_S: Final = 60.0
"""An order that has worked for so long explains no difference that two looks agree on."""

LOOKED_UP: Final = 32
"""Orders of a differing chain that the broker is asked about at each comparison, the last ones."""


class DoubtfulOrders:
    """Knows which orders may explain a difference, and has them cleared up.

    Args:
        context: the desk's shared parts.
        orders: looks orders up, and ends those that never arrived.
    """

    def __init__(self, context: DeskContext, orders: OrderRouter) -> None:
        self._context = context
        self._orders = orders

    def chains(self, at_ms: int) -> set[str]:
        """Those with an order at work of which an execution may be on its way; none at the end.

        Args:
            at_ms: epoch milliseconds now.
        """
        context = self._context
        return {
            record.intent.trader
            for record in context.state.orders.live.values()
            if context.running and record.status != "unknown" and not _rests(record, at_ms)
        }

    def look_up(self, differing: Collection[str]) -> None:
        """Ask about the last orders of chains that differ: a report of theirs may be lost."""
        context = self._context
        for key in sorted(differing & context.traders.keys()):
            trader = context.traders[key]
            own = [
                r.intent.order
                for r in context.state.orders.known.values()
                if r.intent.trader == key
            ]
            for name in own[-LOOKED_UP:]:
                self._orders.look_up(trader, name, context.moment.now_s)

    def end_never_arrived(
        self, working: Collection[str], differing: Collection[ContractKey]
    ) -> None:
        """End orders that the broker does not know, does not work and has not executed.

        An execution would show in both contracts of the order; where one of them agrees, there
        was none, whatever else happens on the chain.
        """
        orders, state = self._orders, self._context.state
        for name in sorted(orders.not_found):
            record = state.orders.live.get(name)
            if record is None or name in working:
                orders.not_found.discard(name)
                continue
            intent, totals = record.intent, record.totals
            legs = {
                contract_key(totals.symbol, totals.expiration, intent.right, strike)
                for strike in (intent.buy_strike, intent.sell_strike)
            }
            if not legs <= set(differing) and not record.filled:
                orders.never_arrived(name)


def _rests(record: OrderRecord, at_ms: int) -> bool:
    """Whether an order has worked, untouched, for so long that nothing of it is on its way."""
    since_ms = record.working_ms
    return record.status == "working" and since_ms is not None and at_ms - since_ms > RESTS_S * 1000
