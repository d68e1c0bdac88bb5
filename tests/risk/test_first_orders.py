"""The first orders of an account: small until enough attempts have ended well, and no longer."""

from __future__ import annotations

from itertools import count

from engine.orders import events as ev
from engine.risk.first_orders import PROVEN_AFTER, PROVEN_PAIRS, FirstOrders

CYCLES = count(1)


def completed(
    outcome: str = "COMPLETE", cycle: int | None = None, contracts: int = 1
) -> ev.CycleEnded:
    cycle = next(CYCLES) if cycle is None else cycle
    return ev.CycleEnded(1, "SPY 2026-12-04", cycle, outcome, contracts, 0, 0, 0, "", "", 1.0)


def unfilled(filled: int = 0) -> ev.AttemptEnded:
    fields = dict.fromkeys(ev.AttemptEnded._fields, 0) | {"filled": filled}
    return ev.AttemptEnded(**fields)  # type: ignore[arg-type]  # the other fields say nothing here


def test_attempts_without_an_execution_prove_nothing_of_what_executes() -> None:
    """However many of them there are: no fill, fee, credit or position has been read back."""
    first = FirstOrders()
    first.limit(1)
    for _ in range(100 * PROVEN_AFTER):
        first.apply(unfilled())
    assert (first.proving, first.most(10)) == (True, 1)
    for _ in range(PROVEN_PAIRS - 1):
        first.apply(unfilled(filled=1))
        first.apply(completed())
    assert (first.proving, first.most(10)) == (True, 1)
    first.apply(completed())
    assert (first.proving, first.most(10)) == (False, 10)


def test_so_few_pairs_are_not_enough_before_the_attempts_are() -> None:
    first = FirstOrders()
    first.limit(1)
    for _ in range(PROVEN_PAIRS):
        first.apply(completed())
    for _ in range(PROVEN_AFTER - PROVEN_PAIRS - 1):
        first.apply(unfilled())
    assert first.proving
    first.apply(unfilled())
    assert not first.proving


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
    assert (first.well, first.pairs) == (0, 0)


def test_orders_are_never_larger_than_the_limits_allow() -> None:
    first = FirstOrders()
    first.limit(5)
    assert first.most(2) == 2


def test_a_pair_that_ends_anew_is_no_other_pair() -> None:
    """Each fee that the broker told later counted its pair once more: two pairs were enough."""
    first = FirstOrders()
    first.limit(1)
    for _ in range(3 * PROVEN_AFTER):
        first.apply(completed(cycle=0))
    assert (first.well, first.pairs, first.most(10)) == (1, 1, 1)


def test_a_pair_that_was_taken_back_or_sold_back_after_all_counts_no_more() -> None:
    first = FirstOrders()
    for outcome, contracts in (("SCRATCHED", 1), ("COMPLETE", 0)):
        first.apply(completed(cycle=0))
        assert (first.well, first.pairs) == (1, 1)
        first.apply(completed(outcome, 0, contracts))
        assert (first.well, first.pairs) == (0, 0)
