"""Contracts that wait for their credit, whatever is taken back, in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.risk.exposure import Exposure
from tests.support.exposure_events import A, B, added, cycle_ended, ended, executed, intended

CREDITS = {"d1": "c1", "d2": "c2"}
MOVES = st.tuples(
    st.sampled_from(["d1", "c1", "d2", "c2"]), st.integers(-2, 2), st.integers(190, 230)
)


def sums_of_two_cycles() -> Exposure:
    """Two debits, of two chains, and their credits; all have ended and may execute late."""
    sums = Exposure()
    for event in (added(A), added(B)):
        sums.apply(event)
    for cycle, (trader, debit) in enumerate(((A, "d1"), (B, "d2")), 1):
        sums.apply(intended(debit, 9, trader=trader, cycle=cycle))
        sums.apply(ended(debit, trader=trader))
        sums.apply(intended(CREDITS[debit], 9, 220, "C", trader, cycle))
        sums.apply(ended(CREDITS[debit], trader=trader))
    return sums


def test_contracts_sold_of_a_debit_that_was_taken_back_hedge_no_other_chain() -> None:
    sums = sums_of_two_cycles()
    for order, quantity, trader in (("d1", 1, A), ("c1", 1, A), ("d1", -1, A), ("d2", 1, B)):
        sums.apply(executed(order, quantity, late=True, trader=trader))
    assert (sums.chains[A].legged, sums.chains[B].legged) == (0, 1)
    assert sums.legged == sums.imbalance == 1
    assert sums.legged_c == 200 * 50


@given(st.lists(MOVES, max_size=14))
def test_what_is_legged_is_what_was_bought_and_not_sold_at_its_average_cost(moves) -> None:
    sums = sums_of_two_cycles()
    bought, paid_c = dict.fromkeys(CREDITS, 0), dict.fromkeys(CREDITS, 0)
    sold = dict.fromkeys(CREDITS.values(), 0)
    for order, quantity, price_c in moves:
        trader = A if order.endswith("1") else B
        sums.apply(executed(order, quantity, price_c, late=True, trader=trader))
        if order in CREDITS:
            bought[order] += quantity
            paid_c[order] += quantity * price_c
        else:
            sold[order] += quantity
    for trader, debit, multiplier in ((A, "d1", 100), (B, "d2", 50)):
        left = max(0, bought[debit] - sold[CREDITS[debit]])
        chain = sums.chains[trader]
        assert chain.legged == left
        if not left:
            assert chain.legged_c == 0
        elif bought[debit] > 0:
            average_c = paid_c[debit] / bought[debit] * min(left, bought[debit]) * multiplier
            assert chain.legged_c == pytest.approx(average_c, abs=1)
    assert sums.legged == sums.chains[A].legged + sums.chains[B].legged
    assert sums.legged_c == sums.chains[A].legged_c + sums.chains[B].legged_c


def test_what_a_cycle_leaves_of_its_cost_goes_with_its_last_contract() -> None:
    sums = sums_of_two_cycles()
    for order, quantity, price_c in (
        ("d1", 1, 190), ("d1", 1, 210), ("c1", 1, 220), ("d1", -1, 210), ("c1", -1, 220),
        ("c1", 1, 220),
    ):  # fmt: skip
        sums.apply(executed(order, quantity, price_c, late=True))
    sums.apply(cycle_ended("COMPLETE"))
    assert (sums.legged, sums.legged_c, sums.chains[A].legged_c) == (0, 0, 0)


def test_cycles_that_ended_are_remembered_in_bounded_number_and_open_ones_always() -> None:
    sums = Exposure()
    sums.apply(added(A))
    for number in range(1, 6_000):
        name = f"d{number}"
        sums.apply(intended(name, 1, cycle=number))
        sums.apply(executed(name, 1))
        sums.apply(ended(name, "filled"))
        if number > 1:
            sums.apply(intended(f"c{number}", 1, 220, "C", cycle=number))
            sums.apply(executed(f"c{number}", 1, 220))
            sums.apply(ended(f"c{number}", "filled"))
            sums.apply(cycle_ended("COMPLETE", cycle=number))
    assert len(sums._cycles) <= 4_097
    assert (A, 1) in sums._cycles and sums.legged == 1
