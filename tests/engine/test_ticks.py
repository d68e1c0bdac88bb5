"""Prices land on the tick, and rounding never favours us."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.market.fees import NO_FEES, FeeSchedule, LegFee
from engine.market.ticks import (
    ContractTerms,
    canonical_root,
    combination_tick_c,
    contract_terms,
    leg_tick_c,
    round_credit_up,
    round_debit_down,
)

prices = st.floats(0, 10_000, allow_nan=False)
ticks_c = st.sampled_from([1, 5, 10, 25])


@given(prices, ticks_c)
def test_a_debit_never_rounds_up_nor_more_than_a_tick_down(price: float, tick_c: int) -> None:
    exact_c = Fraction(price) * 100
    rounded_c = round_debit_down(price, tick_c)
    assert rounded_c % tick_c == 0
    assert exact_c - tick_c < rounded_c <= exact_c + Fraction(1, 10**6)


@given(prices, ticks_c)
def test_a_credit_never_rounds_down_nor_more_than_a_tick_up(price: float, tick_c: int) -> None:
    exact_c = Fraction(price) * 100
    rounded_c = round_credit_up(price, tick_c)
    assert rounded_c % tick_c == 0
    assert exact_c - Fraction(1, 10**6) <= rounded_c < exact_c + tick_c


@given(st.integers(0, 200_000), ticks_c, st.floats(-0.9e-9, 0.9e-9))
def test_a_price_within_a_billionth_of_a_tick_is_that_tick(
    steps: int, tick_c: int, noise: float
) -> None:
    price = steps * tick_c / 100 + noise
    assert round_debit_down(price, tick_c) == round_credit_up(price, tick_c) == steps * tick_c


def test_noise_of_float_arithmetic_does_not_cost_a_tick() -> None:
    assert round_debit_down(0.1 + 0.2, 1) == 30
    assert round_credit_up(0.1 + 0.2, 1) == 30
    assert round_debit_down(1.4999999999, 1) == 150
    assert round_debit_down(1.499999, 1) == 149
    assert round_credit_up(1.500001, 1) == 151


def test_index_combinations_move_in_nickels() -> None:
    assert round_debit_down(2.33, combination_tick_c("SPX")) == 230
    assert round_credit_up(2.33, combination_tick_c("SPXW")) == 235


@pytest.mark.parametrize("price", [math.nan, math.inf, -math.inf])
def test_a_price_that_is_no_number_is_refused(price: float) -> None:
    with pytest.raises(ValueError, match="cannot put"):
        round_debit_down(price, 1)
    with pytest.raises(ValueError, match="cannot put"):
        round_credit_up(price, 1)


@pytest.mark.parametrize(
    ("root", "tick_c"), [("AAPL", 1), ("SPX", 5), ("spxw", 5), ("ES202003", 5), ("NEWCO", 1)]
)
def test_a_combination_has_its_roots_tick(root: str, tick_c: int) -> None:
    assert combination_tick_c(root) == tick_c


@pytest.mark.parametrize(
    ("root", "price_c", "tick_c"),
    [
        ("SPY", 1250, 1),
        ("AAPL", 299, 1),
        ("AAPL", 300, 5),
        ("SPX", 295, 5),
        ("SPX", 300, 10),
        ("NEWCO", 299, 5),
        ("NEWCO", 300, 10),
        ("ES202006", 495, 5),
        ("ES202006", 500, 25),
    ],
)
def test_a_leg_has_the_tick_of_its_root_and_price(root: str, price_c: int, tick_c: int) -> None:
    assert leg_tick_c(root, price_c) == tick_c


@pytest.mark.parametrize(
    ("root", "terms"),
    [
        ("AAPL", ContractTerms("american", "physical", 100)),
        ("SPX", ContractTerms("european", "cash", 100)),
        ("SPXW", ContractTerms("european", "cash", 100)),
        ("OEX", ContractTerms("american", "cash", 100)),
        ("ES202003", ContractTerms("american", "physical", 50)),
    ],
)
def test_a_root_knows_its_contract(root: str, terms: ContractTerms) -> None:
    assert contract_terms(root) == terms


def test_a_futures_month_is_not_part_of_the_root_but_an_adjusted_digit_is() -> None:
    assert canonical_root(" es202003 ") == "ES"
    assert canonical_root("AAPL7") == "AAPL7"


def test_a_pair_costs_two_dollars_seventy_two_at_the_default_fees() -> None:
    fees = FeeSchedule()
    assert fees.leg_c() == 68
    assert fees.vertical_fee_c(1) == 136
    assert fees.pair_fee_c(1) == 272
    assert fees.pair_fee_c(3) == 816
    assert fees.pair_fee_per_share() == pytest.approx(0.0272)
    assert fees.pair_fee_per_share("ES", 50) == pytest.approx(0.0544)


def test_a_root_may_have_fees_of_its_own() -> None:
    fees = FeeSchedule(by_root={"SPX": LegFee(65, 60)})
    assert fees.pair_fee_c(1, "spx") == 500
    assert fees.pair_fee_c(1, "AAPL") == 272
    assert NO_FEES.pair_fee_c(10, "SPX") == 0
