"""Events of orders and cycles, short to write."""

from __future__ import annotations

from engine.orders import events as ev

A, B = "AAPL 2026-02-20", "SPY 2026-03-20"
MULTIPLIER = {A: 100, B: 50}


def added(trader: str) -> ev.TraderAdded:
    return ev.TraderAdded(0, trader, "X", "2026-02-20", MULTIPLIER[trader], "american", "p", 1)


def intended(
    order: str,
    quantity: int,
    limit_c: int = 200,
    part: str = "D",
    trader: str = A,
    cycle: int = 1,
) -> ev.OrderIntended:
    return ev.OrderIntended(
        0, trader, order, cycle, part, 1, "C", 100, 105, quantity, limit_c, 1, 2, 0, 0, ""
    )


def executed(
    order: str, quantity: int, price_c: int = 200, late: bool = False, trader: str = A
) -> ev.Executed:
    return ev.Executed(0, trader, order, f"x{order}", quantity, price_c, 136, late)


def ended(order: str, status: str = "canceled", trader: str = A, at_ms: int = 0) -> ev.OrderEnded:
    return ev.OrderEnded(at_ms, trader, order, status, "")


def cycle_ended(
    outcome: str,
    net_c: int = 0,
    floor_c: int = 0,
    fees_c: int = 0,
    cycle: int = 1,
    trader: str = A,
) -> ev.CycleEnded:
    return ev.CycleEnded(
        0, trader, cycle, outcome, 1, net_c, fees_c, floor_c, "RISK", "condor", 1.0
    )
