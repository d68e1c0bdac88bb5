"""Trade with nothing but the specification's three callbacks: orders, quotes, a price.

The quotes are plain rows, as many brokers return them. The orders are immediate-or-cancel, so the
broker answers at once, with an `OrderReport` in place of an order id. Time is virtual: a quarter
of an hour takes a second and is the same every time. Leave `pace` out for the machine's own clock.

    python examples/three_callbacks.py
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine import OrderReport, ReportKind, SpreadLeg, create_arbitrage_executor
from engine.market.clock import VirtualClock
from engine.runtime.pace import VirtualPace

TEN_O_CLOCK = datetime(2026, 3, 10, 10, 0, tzinfo=ZoneInfo("America/New_York")).timestamp()
EXPIRATION = date(2026, 4, 17)
PRICE = 100.0
order_numbers = itertools.count(1)
chance = random.Random(7)


def last_price(symbol: str) -> float:
    """Dollars a share."""
    return PRICE


def option_chain(symbol: str, expiration: date | datetime) -> list[dict[str, Any]]:
    """One row a contract; the middle prices lie on a smooth convex curve."""
    rows: list[dict[str, Any]] = []
    for step in range(17):
        strike = 80.0 + 2.5 * step
        away = strike - PRICE
        time_value = math.sqrt(away**2 + 60.0)
        for option_type, middle in (
            ("call", (time_value - away) / 2),
            ("put", (time_value + away) / 2),
        ):
            bid, ask = round(max(middle - 0.05, 0.01), 2), round(middle + 0.05, 2)
            rows.append({"strike": strike, "option_type": option_type, "bid": bid, "ask": ask})
    return rows


def submit_order(
    symbol: str,
    legs: Sequence[SpreadLeg],
    quantity: int,
    limit_price: float,
    expiration: date | datetime,
    client_order_id: str,
) -> OrderReport:
    """Fill two orders of five in full at their limit; nobody takes the others."""
    number = next(order_numbers)
    filled = chance.random() < 0.4
    return OrderReport(
        ReportKind.FILL if filled else ReportKind.CANCELED,
        client_order_id,
        at_s=TEN_O_CLOCK,
        broker_order_id=f"B{number}",
        execution_id=f"E{number}" if filled else "",
        quantity=quantity if filled else 0,
        price_c=round(limit_price * 100) if filled else 0,
        reason="" if filled else "nobody took it",
    )


def main() -> None:
    """Trade one chain for a quarter of an hour and say what came of it."""
    executor = create_arbitrage_executor(
        submit_order,
        option_chain,
        last_price,
        pace=VirtualPace(VirtualClock(TEN_O_CLOCK)),
    )
    executor.add_symbol("XYZ", [EXPIRATION])
    executor.begin()
    executor.scheduler.run_until(TEN_O_CLOCK + 900.0)
    for key, trader in executor.get_status()["traders"].items():
        print(f"{key}: {trader['state']}, {trader['gate_text']}")
    print(executor.get_llm_summary())
    executor.stop()


if __name__ == "__main__":
    main()
