"""What an attempt promises for an order, and that a trader waits where others promise more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.risk.gates import Gate
from engine.risk.order_budget import Spending, chance_to_fill, promise, spending, spending_by_ratio
from engine.risk.reservation import Promise
from engine.trader.fill_chances import OwnChances
from tests.support.order_budget import learn
from tests.support.trader_world import World

cents = st.integers(-10_000, 50_000)
counts = st.integers(0, 500)


def value_c(floor_c: float, fills: int, attempts: int, cost_c: float = 0.0) -> float:
    chance = chance_to_fill(fills, attempts)
    return promise(floor_c, cost_c, chance, 10.0, True).value_c


def test_a_chance_of_one_half_at_ten_dollars_costs_one_order_and_nine_tenths():
    promised = promise(1_000, 0.0, chance_to_fill(499, 997), 11.5, False)
    assert promised.value_c == pytest.approx(0.5 * 1_000 / 1.9)
    assert (promised.orders, promised.every_s, promised.preferred) == (1.9, 11.5, False)


@given(cents, counts, counts, st.integers(1, 1_000))
def test_more_money_promises_more_and_so_does_a_better_chance_of_it(floor_c, fills, more, dearer):
    attempts = fills + more
    assert value_c(floor_c + dearer, fills, attempts) > value_c(floor_c, fills, attempts)
    assert value_c(floor_c, fills, attempts, dearer) < value_c(floor_c, fills, attempts)
    if floor_c > 0 and more:
        assert value_c(floor_c, fills + 1, attempts) > value_c(floor_c, fills, attempts)


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
        assert spending_by_ratio(orders, ratio) is wanted, (orders, ratio)


def test_a_trader_outside_the_optimal_range_waits_for_one_inside_while_orders_are_scarce():
    for low, high, sent in ((0, 1000, True), (900, 1000, False)):
        world = World(
            start=False,
            spreads={"optimal_expiry_range": (low, high)},
            limits={"order_budget_enforced": True},
        )
        learn(world.gate.reservation, Promise(1.0, 2.0, 10.0), world.now_s)
        world.trader.plan_next(world.moment)
        world.step()
        world.run(60.0)
        assert bool(world.submits()) is sent


class Lent(OwnChances):
    """A desk that knows more of a chain than its own attempts."""

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def chance(self, trader: str, fills: int, attempts: int) -> float:
        return self.rate


def test_a_promise_is_made_with_the_chance_that_the_desk_lends():
    promised: list[float] = []
    for rate in (0.3, 0.9):
        world = World(start=False, limits={"order_budget_enforced": True})
        world.trader.use_chances(Lent(rate))
        world.trader.plan_next(world.moment)
        world.step()
        world.run(60.0)
        value_c = world.gate.reservation.promised_c(world.trader.key)
        assert value_c is not None
        promised.append(value_c)
    low, high = promised
    assert high / low == pytest.approx((0.9 / 2.62) / (0.3 / 1.54))


@pytest.mark.parametrize("enforced", [True, False])
def test_a_trader_that_promises_less_than_others_waits_while_orders_are_scarce(enforced):
    world = World(start=False, limits={"order_budget_enforced": enforced})
    learn(world.gate.reservation, Promise(1e9, 2.0, 10.0), world.now_s)
    world.trader.plan_next(world.moment)
    world.step()
    world.run(60.0)
    if enforced:
        assert world.trader.blocked is Gate.WORTH
        assert not world.orders
    else:
        assert world.orders
