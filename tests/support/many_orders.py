"""A desk that remembers many orders, for tests of what looking at them costs and shows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from types import SimpleNamespace
from typing import Any

from engine.orders import events as ev
from engine.orders.ids import OrderIds
from engine.orders.types import Part
from engine.state.order_record import OrderRecord
from engine.state.orders import Orders
from engine.state.trader_totals import TraderTotals

AT_MS = 1_796_126_400_000
DAY = date(2026, 12, 1)


class ManyOrders:
    """The orders of a desk with these chains, moved on event by event.

    Args:
        chains: traders' keys, such as "SPY 2026-12-04".
        kept: orders that are remembered at most; as many as a desk does without it.
    """

    def __init__(self, chains: Iterable[str], kept: int | None = None) -> None:
        traders: dict[str, TraderTotals] = {}
        for number, key in enumerate(chains):
            symbol, expiration = key.rsplit(" ", 1)
            added = ev.TraderAdded(AT_MS, key, symbol, expiration, 100, "american", "physical", 1)
            traders[key] = TraderTotals(added, number)
        self.orders = Orders(traders)
        if kept is not None:
            self.orders.keep(kept)
        self.state: Any = SimpleNamespace(orders=self.orders, traders=traders)
        self._ids = {
            key: OrderIds("SIM", "0", DAY, number) for number, key in enumerate(traders, 1)
        }
        self._sent = 0

    def intend(
        self,
        key: str,
        cycle: int = 1,
        part: Part = Part.DEBIT,
        *,
        right: str = "C",
        buy: float = 600.0,
        sell: float = 605.0,
        quantity: int = 2,
        stage: str = "",
    ) -> OrderRecord:
        """An order about to be sent."""
        self._sent += 1
        order = self._ids[key].make(cycle, part, self._sent)
        intent = ev.OrderIntended(
            AT_MS + self._sent, key, order, cycle, part.value, self._sent, right, buy, sell,
            quantity, 155, 1.5, 1.6, 0.0, 1.0, stage,
        )  # fmt: skip
        record = self.orders.on_intended(intent)
        assert record is not None
        return record

    def work(self, record: OrderRecord, broker_order: str = "") -> None:
        """It is sent, and the broker acknowledges it."""
        key, order = record.intent.trader, record.intent.order
        self.orders.on_sent(ev.OrderSent(AT_MS, key, order))
        self.orders.on_working(ev.OrderWorking(AT_MS, key, order, broker_order or f"SIM.{order}"))

    def leave_open(self, record: OrderRecord, reason: str = "timeout") -> None:
        """The broker gives no definite answer."""
        key, order = record.intent.trader, record.intent.order
        self.orders.on_unknown(ev.OrderUnknown(AT_MS, key, order, reason))

    def cancel(self, record: OrderRecord, reason: str = "timeout") -> None:
        """A cancel is sent."""
        key, order = record.intent.trader, record.intent.order
        self.orders.on_cancel(ev.CancelSent(AT_MS, key, order, reason))

    def fill(self, record: OrderRecord, quantity: int) -> None:
        """Contracts execute, or are taken back; late where the order has ended."""
        key, order = record.intent.trader, record.intent.order
        name = f"E{len(record.executions)}-{order}"
        late = not record.live
        self.orders.take(ev.Executed(AT_MS, key, order, name, quantity, 155, 0, late))

    def end(self, record: OrderRecord, status: str = "canceled", reason: str = "") -> None:
        """A terminal report comes."""
        key, order = record.intent.trader, record.intent.order
        self.orders.on_ended(ev.OrderEnded(AT_MS, key, order, status, reason))


def many_orders(symbols: Iterable[str], each: int) -> ManyOrders:
    """Every symbol has sent so many: one in three has filled, one in four was repriced."""
    desk = ManyOrders(f"{symbol} 2026-12-18" for symbol in symbols)
    for cycle in range(1, each + 1):
        for number, key in enumerate(desk.state.traders):
            strike = 500.0 + 5 * ((cycle * 7 + number) % 40)
            record = desk.intend(key, cycle, buy=strike, sell=strike + 5)
            desk.work(record)
            if (cycle + number) % 3 == 0:
                desk.fill(record, 2)
                desk.end(record, "filled")
            else:
                desk.end(record, "canceled", "reprice" if cycle % 4 == 0 else "timeout")
    return desk
