"""The first orders of an account: small until enough attempts have ended well, and no longer."""

from __future__ import annotations

from engine.orders import events as ev
from engine.risk.first_orders import PROVEN_AFTER, FirstOrders


def completed(outcome: str = "COMPLETE") -> ev.CycleEnded:
    return ev.CycleEnded(1, "SPY 2026-12-04", 1, outcome, 1, 0, 0, 0, "", "", 1.0)


def test_orders_grow_with_the_attempt_that_is_enough_and_not_before() -> None:
    first = FirstOrders()
    first.limit(1)
    for _ in range(PROVEN_AFTER - 1):
        first.apply(completed())
    assert (first.proving, first.most(3)) == (True, 1)
    first.apply(completed())
    assert (first.proving, first.most(3)) == (False, 3)


def test_a_unit_that_was_sold_back_or_parked_proves_nothing() -> None:
    first = FirstOrders()
    for outcome in ("SCRATCHED", "PARKED"):
        first.apply(completed(outcome))
    assert first.well == 0


def test_orders_are_never_larger_than_the_limits_allow() -> None:
    first = FirstOrders()
    first.limit(5)
    assert first.most(2) == 2
