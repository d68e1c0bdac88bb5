"""While orders are scarce they go to the attempts that promise most for one."""

from __future__ import annotations

from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.risk.gates import Gate
from engine.risk.order_budget import KEPT_S, MonthSoFar, Spending, Worth, expected_net_c, spending
from tests.support.trader_world import World

cents = st.integers(-10_000, 50_000)
counts = st.integers(0, 500)


def test_a_chance_of_one_half_at_ten_dollars_costs_one_order_and_nine_tenths():
    assert expected_net_c(1_000, 499, 997) == pytest.approx(0.5 * 1_000 / (1 + 0.5 * 1.8))


@given(cents, counts, counts, st.integers(1, 1_000))
def test_more_money_promises_more_and_so_does_a_better_chance_of_it(net_c, fills, more, dearer):
    attempts = fills + more
    assert expected_net_c(net_c + dearer, fills, attempts) > expected_net_c(net_c, fills, attempts)
    if net_c > 0 and more:
        assert expected_net_c(net_c, fills + 1, attempts) > expected_net_c(net_c, fills, attempts)


def test_the_efficiency_ratio_is_judged_from_a_hundred_submissions_on():
    for orders, ratio, wanted in (
        (99, 30.0, Spending.FREE),
        (100, 9.9, Spending.FREE),
        (100, 10.0, Spending.WARN),
        (100, 15.0, Spending.THROTTLE),
        (100, 20.0, Spending.STOP),
        (100, None, Spending.FREE),
    ):
        assert spending(orders, ratio, 100_000) is wanted, (orders, ratio)


def test_everything_goes_out_while_orders_are_plenty():
    worth = Worth()
    assert all(
        worth.admits(f"{value}", float(value), 0.0, scarce=False) for value in range(9, 0, -1)
    )


def test_a_trader_alone_is_never_passed_over():
    worth = Worth()
    assert all(worth.admits("A", float(value), 0.0, scarce=True) for value in range(9, 0, -1))


@given(st.lists(cents, min_size=2, max_size=60), st.integers(1, 5))
def test_however_often_chains_look_the_better_half_of_them_goes_out(values, rounds):
    worth = Worth()
    for n, value in enumerate(values):
        worth.admits(f"{n}", value, 0.0, scarce=False)
    for time in range(rounds):
        passed = [
            value
            for n, value in enumerate(values)
            if worth.admits(f"{n}", value, float(time), scarce=True)
        ]
        assert len(passed) >= len(values) / 2
        assert min(passed) >= median(values)
        assert len(passed) < len(values) or len(set(values)) == 1 or min(values) >= median(values)


def test_a_chain_that_is_looked_at_no_more_counts_no_more():
    worth = Worth()
    worth.admits("rich", 1_000.0, 0.0, scarce=True)
    assert not worth.admits("poor", 10.0, KEPT_S, scarce=True)
    assert worth.admits("poor", 10.0, KEPT_S + 1.0, scarce=True)


def test_chains_inside_the_optimal_range_come_first_whatever_others_promise():
    worth = Worth()
    promised = {"near": 900.0, "far": 800.0, "optimal": 10.0, "best": 20.0}
    inside = {"optimal", "best"}
    for name, value in promised.items():
        worth.admits(name, value, 0.0, scarce=False, optimal=name in inside)
    passed = {
        name
        for name, value in promised.items()
        if worth.admits(name, value, 1.0, scarce=True, optimal=name in inside)
    }
    assert passed == inside


def test_a_trader_outside_the_optimal_range_waits_for_one_inside_while_orders_are_scarce():
    for low, high, sent in ((0, 1000, True), (900, 1000, False)):
        world = World(
            start=False,
            spreads={"optimal_expiry_range": (low, high)},
            limits={"order_budget_enforced": True},
        )
        world.gate.month = MonthSoFar(today=305)  # of 351
        world.gate.worth.admits("inside, and poor", 1.0, world.now_s, scarce=True, optimal=True)
        world.trader.plan_next(world.moment)
        world.step()
        world.run(60.0)
        assert bool(world.submits()) is sent


@pytest.mark.parametrize("enforced", [True, False])
def test_a_trader_that_promises_less_than_usual_waits_while_orders_are_scarce(enforced):
    world = World(start=False, limits={"order_budget_enforced": enforced})
    world.gate.month = MonthSoFar(today=305)  # of 351
    assert world.gate.spending() is Spending.THROTTLE
    world.gate.worth.admits("a better chain", 1e9, world.now_s, scarce=True)
    world.trader.plan_next(world.moment)
    world.step()
    world.run(60.0)
    if enforced:
        assert world.trader.blocked is Gate.WORTH
        assert not world.orders
    else:
        assert world.orders
