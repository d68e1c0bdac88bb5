"""Counts and averages as brokers write them become whole contracts and whole cents."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.brokers.following.order_view import LegTotal, exact, leg_total


@settings(max_examples=30)
@given(st.lists(st.integers(1, 20_000), min_size=1, max_size=40), st.booleans())
def test_an_average_of_four_digits_gives_the_sum_of_whole_cents_back(prices, as_text):
    average = round(Decimal(sum(prices)) / len(prices) / 100, 4)
    told = str(average) if as_text else float(average)
    total = leg_total(str(len(prices)) if as_text else len(prices), told)
    assert (total.filled, total.paid_c) == (len(prices), sum(prices))
    assert total.rounded == (average * len(prices) * 100 != sum(prices))


@pytest.mark.parametrize("average", [None, "", 0, "0", 0.0, "0.0000"])
def test_a_price_of_zero_is_none(average):
    assert leg_total("3", average) == LegTotal(3, None)


@pytest.mark.parametrize("filled", [None, "", 0, "0"])
def test_nothing_executed_has_cost_nothing(filled):
    assert leg_total(filled, None) == LegTotal(0, 0)


@pytest.mark.parametrize(
    ("filled", "average"),
    [
        ("1.5", "1"), (-1, 1), (True, 1), ("NaN", 1), (1, "NaN"), (1, "Infinity"), (1, -0.5),
        (10**9, 1), (1, 10**9), (1, "1_0"), (1, " 1 "), (1, "١"), ([1], 1), (1, {"a": 1}),
        ("1" * 40, 1), (1, "1e-300"), (1, float("inf")), (1, float("nan")),
    ],
)  # fmt: skip
def test_what_is_no_count_or_price_is_refused(filled, average):
    with pytest.raises(ValueError, match="is not"):
        leg_total(filled, average)


def test_a_number_stays_as_it_is_written():
    assert exact(1.1) == Decimal("1.1")
    assert exact("-1.10") == Decimal("-1.1")
    assert exact(7) == 7
