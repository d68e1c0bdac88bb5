"""Laws of the payoff at expiration."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.pricing.payoff import (
    PayoffLeg,
    breakevens,
    pair_kind,
    pair_legs,
    payoff,
    payoff_maximum,
    payoff_minimum,
)

rights = st.sampled_from(["call", "put"])
strikes = st.integers(1, 400).map(lambda k: k / 2)
legs = st.lists(
    st.builds(PayoffLeg, st.integers(-3, 3).filter(bool), rights, strikes), min_size=1, max_size=6
)


def dense(position: list[PayoffLeg]) -> list[float]:
    """Return the payoff at every quarter point from 0 to far beyond the last strike."""
    return [payoff(position, quarter / 4) for quarter in range(4000)]


@given(legs)
def test_minimum_and_maximum_are_those_of_a_dense_evaluation_or_without_end(
    position: list[PayoffLeg],
) -> None:
    values, slope = dense(position), sum(q for q, right, _ in position if right == "call")
    least, most = payoff_minimum(position), payoff_maximum(position)
    assert least == -math.inf if slope < 0 else abs(least - min(values)) < 1e-9
    assert most == math.inf if slope > 0 else abs(most - max(values)) < 1e-9


@given(legs, st.integers(-2000, 2000).map(lambda c: c / 100))
def test_the_result_is_zero_at_every_breakeven_and_changes_sign_nowhere_else(
    position: list[PayoffLeg], cash: float
) -> None:
    points = breakevens(position, cash)
    assert list(points) == sorted(points)
    for price in points:
        assert price >= 0
        assert abs(payoff(position, price) + cash) < 1e-6
    signs = [(q / 4, payoff(position, q / 4) + cash) for q in range(4000)]
    for (left, low), (right, high) in itertools.pairwise(signs):
        if (low < -1e-9 and high > 1e-9) or (low > 1e-9 and high < -1e-9):
            assert any(left <= price <= right for price in points)


@given(st.permutations(list(range(20, 40))))
def test_a_pair_of_puts_mirrors_the_pair_of_calls(order: list[int]) -> None:
    a, b = sorted(order[:2])
    c, d = sorted(order[2:4])
    calls = pair_legs("call", a, b, c, d)
    puts = pair_legs("put", *(100 - k for k in (a, b, c, d)))
    for price in range(101):
        assert payoff(calls, price) == payoff(puts, 100 - price)
    assert payoff_minimum(calls) == payoff_minimum(puts)
    mirrored = (100 - k for k in (a, b, c, d))
    assert pair_kind("call", a, b, c, d) == pair_kind("put", *mirrored)


@given(st.lists(strikes, min_size=4, max_size=4))
def test_the_worst_case_of_a_pair_is_its_excess_width_and_what_it_sells_inside(
    four: list[float],
) -> None:
    (a, b), (c, d) = sorted(four[:2]), sorted(four[2:])
    if a == b or c == d:
        return
    expected = -max(0.0, (d - c) - (b - a), min(max(a - c, 0.0), d - c))
    assert payoff_minimum(pair_legs("call", a, b, c, d)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("pair", "name"),
    [
        ((100, 105, 105, 110), "long butterfly"),
        ((100, 105, 105, 115), "long broken-wing butterfly"),
        ((100, 105, 110, 115), "long condor"),
        ((100, 110, 105, 115), "long condor"),
        ((100, 105, 110, 112), "long broken-wing condor"),
        ((110, 115, 105, 110), "short butterfly"),
        ((110, 115, 100, 110), "short broken-wing butterfly"),
        ((115, 120, 100, 105), "short condor"),
        ((115, 120, 100, 110), "short broken-wing condor"),
        ((105, 110, 100, 115), "stacked verticals"),
        ((100, 115, 105, 110), "stacked verticals"),
        ((100, 105, 100, 110), "short vertical"),
        ((100, 110, 100, 105), "long vertical"),
        ((105, 110, 100, 110), "short vertical"),
        ((100, 105, 100, 105), "flat"),
    ],
)
def test_a_pair_of_calls_is_named_by_the_signs_of_its_strikes(
    pair: tuple[float, float, float, float], name: str
) -> None:
    assert pair_kind("call", *pair) == name
