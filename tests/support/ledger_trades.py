"""Trades of one vertical, to be booked in the exchange's ledger."""

from __future__ import annotations

from datetime import date

from engine.brokers.execution import Execution, LegFill

DAY = date(2026, 4, 17)


def trade(
    number: int,
    quantity: int,
    price_c: int,
    pays: bool,
    x: float = 100.0,
    y: float = 105.0,
    y_c: int = 50,
    fees_c: int = 136,
) -> Execution:
    signed = quantity if pays else -quantity
    return Execution(
        f"E{number}",
        f"O{number}",
        float(number),
        "AAPL",
        DAY,
        quantity,
        price_c,
        pays,
        100,
        (LegFill("call", x, signed, y_c + price_c), LegFill("call", y, -signed, y_c)),
        fees_c,
    )
