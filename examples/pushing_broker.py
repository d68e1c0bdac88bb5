"""Trade with a broker that pushes: its reports arrive on its own feed, later than the order id.

`submit_order` returns the broker's id and nothing more. What becomes of the order is pushed with
`executor.on_order_update(report)`, which any thread may call, here once a second. A report names
the order by the broker's id or by ours, and one that is pushed twice is booked once.

    python examples/pushing_broker.py
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from engine import OptionChain, OrderReport, ReportKind, SpreadLeg, create_arbitrage_executor
from engine.market.clock import VirtualClock
from engine.runtime.pace import VirtualPace

TEN_O_CLOCK = datetime(2026, 3, 10, 10, 0, tzinfo=ZoneInfo("America/New_York")).timestamp()
EXPIRATION = date(2026, 4, 17)
PRICE = 100.0
SECONDS = 1800


class Broker:
    """Takes orders and fills three of ten working ones each second."""

    def __init__(self) -> None:
        self._working: dict[str, tuple[int, float]] = {}
        self._chance = random.Random(7)
        self.orders = 0

    def submit_order(
        self,
        symbol: str,
        legs: Sequence[SpreadLeg],
        quantity: int,
        limit_price: float,
        expiration: date | datetime,
    ) -> str:
        """Take an order and return its id."""
        self.orders += 1
        order_id = f"B{self.orders}"
        self._working[order_id] = quantity, limit_price
        return order_id

    def cancel_order(self, order_id: str) -> bool:
        """True: the order had not executed, and never will."""
        return self._working.pop(order_id, None) is not None

    def feed(self, push: Callable[[OrderReport], None], now_s: float) -> None:
        """Push what happened since the last second, each report twice, as a feed may."""
        filled = [order_id for order_id in self._working if self._chance.random() < 0.3]
        for order_id in filled:
            quantity, limit_price = self._working.pop(order_id)
            report = OrderReport(
                ReportKind.FILL,
                client_order_id="",
                at_s=now_s,
                broker_order_id=order_id,
                execution_id=f"E-{order_id}",
                quantity=quantity,
                price_c=round(limit_price * 100),
            )
            push(report)
            push(report)


def option_chain(symbol: str, expiration: date) -> OptionChain:
    """Calls and puts whose middle prices lie on a smooth convex curve, ten cents wide."""
    strikes = np.arange(80.0, 121.0, 2.5)
    away = strikes - PRICE
    time_value = np.sqrt(away**2 + 60.0)
    middle = np.round(np.stack([(time_value - away) / 2, (time_value + away) / 2]), 2)
    chain = OptionChain(symbol, expiration, strikes, underlying_price=PRICE)
    chain.bid[:] = np.maximum(middle - 0.05, 0.01)
    chain.ask[:] = middle + 0.05
    return chain


def main() -> None:
    """Trade one chain for half an hour, the feed beside it, and compare what both sides counted."""
    broker = Broker()
    executor = create_arbitrage_executor(
        broker.submit_order,
        option_chain,
        lambda symbol: PRICE,
        cancel_callback=broker.cancel_order,
        pace=VirtualPace(VirtualClock(TEN_O_CLOCK)),
    )
    executor.add_symbol("XYZ", [EXPIRATION])
    executor.begin()
    for second in range(1, SECONDS + 1):
        executor.scheduler.run_until(TEN_O_CLOCK + second)
        broker.feed(executor.on_order_update, TEN_O_CLOCK + second)
    summary = executor.get_status()["position_summary"]
    print(f"{broker.orders} orders")
    for name, value in summary.items():
        print(f"{name}: {value}")
    executor.stop()


if __name__ == "__main__":
    main()
