"""One order at a broker behind callbacks, and what reaches the engine of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine import OrderReport
from engine.brokers.callbacks.broker import CallbackBroker
from engine.orders.types import OrderRequest, Part
from tests.support.executor_world import MORNING_S, NEAR, leg


def request(
    name: str = "S-1", quantity: int = 3, limit_c: int = 150, part: Part = Part.DEBIT
) -> OrderRequest:
    """An order for verticals 2.50 wide."""
    legs = (leg(95.0, "buy", 7.0, 7.1), leg(97.5, "sell", 5.3, 5.4))
    return OrderRequest(name, "AAPL 2026-04-17", "AAPL", NEAR, part, legs, quantity, limit_c)


def connected(
    order: Callable[..., Any] = lambda *given: "B1", **more: Any
) -> tuple[CallbackBroker, list[OrderReport]]:
    """A broker behind callbacks and the reports that reach the engine."""
    broker, heard = CallbackBroker(order, **more), list[OrderReport]()
    broker.connect(heard.append)
    return broker, heard


def reported(heard: list[OrderReport]) -> list[tuple[str, int, int]]:
    """Kind, contracts and cents of each report."""
    return [(report.kind.value, report.quantity, report.price_c) for report in heard]


def polled(broker: CallbackBroker, now_s: float = MORNING_S) -> None:
    """Ask after every order that is to be asked about."""
    for one in broker.to_ask(now_s):
        broker.query(one.client_order_id, now_s)
