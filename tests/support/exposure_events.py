"""Events of orders and cycles, short to write."""

from engine.orders import events as ev

A, B = "AAPL 2026-02-20", "SPY 2026-03-20"
MULTIPLIER = {A: 100, B: 50}


def added(trader):
    return ev.TraderAdded(0, trader, "X", "2026-02-20", MULTIPLIER[trader], "american", "p", 1)


def intended(order, quantity, limit_c=200, part="D", trader=A, cycle=1):
    return ev.OrderIntended(
        0, trader, order, cycle, part, 1, "C", 100, 105, quantity, limit_c, 1, 2, 0, 0, ""
    )


def executed(order, quantity, price_c=200, late=False, trader=A):
    return ev.Executed(0, trader, order, f"x{order}", quantity, price_c, 136, late)


def ended(order, status="canceled", trader=A, at_ms=0):
    return ev.OrderEnded(at_ms, trader, order, status, "")


def cycle_ended(outcome, net_c=0, floor_c=0, fees_c=0, cycle=1, trader=A):
    return ev.CycleEnded(
        0, trader, cycle, outcome, 1, net_c, fees_c, floor_c, "RISK", "condor", 1.0
    )
