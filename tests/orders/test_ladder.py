"""The hung-leg ladder's prices, stages and steps, number by number."""

import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import LadderParameters
from engine.orders.ladder import (
    Stage,
    conceded_c,
    lowest_credit_c,
    next_change_s,
    prices,
    stage_at,
    unwind_price_c,
)

LADDER = LadderParameters()


@pytest.mark.parametrize(
    ("paid_c", "fee_c", "tick_c", "f1", "f2", "loss"),
    [
        (120, 2.72, 1, 124, 120, 30),
        (30, 2.72, 1, 34, 30, 7),
        (4, 2.72, 1, 8, 4, 2),
        (2, 0.0, 1, 3, 2, 1),
        (500, 2.72, 1, 504, 500, 125),
        (100, 0.0, 1, 101, 100, 25),
        (120, 2.72, 5, 125, 120, 30),
        (30, 0.0, 5, 35, 30, 10),
        (10, 0.0, 5, 15, 10, 5),
    ],
)
def test_prices_follow_the_table(paid_c, fee_c, tick_c, f1, f2, loss):
    got = prices(paid_c, fee_c, tick_c, LADDER)
    assert (got.f1_c, got.f2_c, got.unwind_loss_c) == (f1, f2, loss)


@pytest.mark.parametrize(
    ("paid_c", "tick_c", "f3"),
    [
        (120, 1, 115),
        (50, 1, 45),
        (40, 1, 36),
        (41, 1, 37),
        (7, 1, 7),
        (10, 1, 9),
        (1, 1, 1),
        (120, 5, 115),
        (118, 5, 115),
        (40, 5, 40),
        (5, 5, 5),
        (33.5, 1, 31),
    ],
)
def test_a_concession_gives_five_cents_or_a_tenth_whichever_is_less(paid_c, tick_c, f3):
    assert prices(paid_c, 2.72, tick_c, LADDER).f3_c == f3


@given(
    ticks=st.integers(1, 4000),
    parts=st.integers(1, 10),
    fee_tenths=st.integers(0, 200),
    tick_c=st.sampled_from([1, 5, 10]),
    concede_c=st.integers(0, 20),
    percent=st.integers(0, 100),
)
def test_the_lowest_credits_are_exact_multiples_of_the_tick(
    ticks, parts, fee_tenths, tick_c, concede_c, percent
):
    """Against fractions: the smallest tick at or above D + f + 1, D, D - min(0.05, 10 % D)."""
    paid, fee = Fraction(ticks, parts), Fraction(fee_tenths, 10)
    parameters = LadderParameters(concede_max=concede_c / 100, concede_fraction=percent / 100)
    got = prices(ticks / parts, fee_tenths / 10, tick_c, parameters)
    given_up = min(Fraction(concede_c), Fraction(percent, 100) * paid)
    for price, wanted in (
        (got.f1_c, paid + fee + 1),
        (got.f2_c, paid),
        (got.f3_c, paid - given_up),
    ):
        assert price == max(tick_c, math.ceil(wanted / tick_c) * tick_c)
    assert got.f3_c <= got.f2_c <= got.f1_c
    for stage in Stage:
        for conceding in (False, True):
            lowest = lowest_credit_c(stage, got, conceding)
            if stage is Stage.OPERATOR:
                assert lowest == (got.f3_c if conceding else got.f2_c)
            else:
                assert lowest == (got.f2_c if stage is Stage.SCRATCH else got.f1_c)


@given(paid_c=st.integers(2, 2000), tick_c=st.sampled_from([1, 5]))
def test_a_concession_falls_a_tick_at_a_time_and_stops_at_its_lowest(paid_c, tick_c):
    p = prices(paid_c, 2.72, tick_c, LADDER)
    asked = [conceded_c(step, p, tick_c) for step in range(8)]
    assert all(a - b in (0, tick_c) for a, b in pairwise([p.f2_c, *asked]))
    assert asked[-1] == p.f3_c and min(asked) >= p.f3_c


@given(
    paid_c=st.floats(2, 2000),
    fee_c=st.floats(0, 20),
    tick_c=st.sampled_from([1, 5]),
)
def test_prices_are_on_the_tick_and_in_order(paid_c, fee_c, tick_c):
    got = prices(paid_c, fee_c, tick_c, LADDER)
    for price in (got.f1_c, got.f2_c):
        assert price % tick_c == 0 and price >= tick_c
    assert got.f2_c <= got.f1_c
    assert got.f1_c >= paid_c + fee_c + 1 - 1e-6
    assert got.f1_c < paid_c + fee_c + 1 + tick_c + 1e-6
    assert got.f2_c >= paid_c - 1e-6
    assert got.unwind_loss_c <= paid_c / 2 + 1e-6
    assert got.unwind_loss_c <= max(2 * tick_c, paid_c / 4) + 1e-6


@pytest.mark.parametrize(
    ("age_s", "stage"),
    [
        (0.0, Stage.LEAN),
        (0.25, Stage.LEAN),
        (0.26, Stage.REST),
        (5.0, Stage.REST),
        (5.01, Stage.WALK),
        (20.0, Stage.WALK),
        (20.01, Stage.RESCAN),
        (60.0, Stage.RESCAN),
        (60.01, Stage.SCRATCH),
        (300.0, Stage.SCRATCH),
        (300.01, Stage.OPERATOR),
        (900.0, Stage.OPERATOR),
        (900.01, Stage.UNWIND),
        (1e6, Stage.UNWIND),
    ],
)
def test_each_stage_ends_where_the_table_says(age_s, stage):
    assert stage_at(age_s, LADDER) is stage


@given(st.floats(0, 2000), st.floats(0, 2000))
def test_a_unit_never_comes_down_the_ladder_with_age(one, other):
    early, late = sorted((one, other))
    assert stage_at(early, LADDER).value <= stage_at(late, LADDER).value


def test_only_scratch_and_the_operators_stage_give_up_the_profit():
    p = prices(120, 2.72, 1, LADDER)
    giving = {stage for stage in Stage if lowest_credit_c(stage, p) < p.f1_c}
    assert giving == {Stage.SCRATCH, Stage.OPERATOR}
    assert lowest_credit_c(Stage.SCRATCH, p) == p.f2_c


@given(st.floats(0, 1000))
def test_the_next_look_is_later_and_never_beyond_the_stage(age_s):
    stage = stage_at(age_s, LADDER)
    again_s = next_change_s(age_s, stage, LADDER)
    assert again_s >= age_s
    assert again_s - age_s <= 30.0 + 1e-9
    assert stage_at(math.nextafter(age_s, again_s), LADDER) in (stage, stage_at(again_s, LADDER))


def test_walking_looks_every_two_and_a_half_seconds_and_rescanning_every_five():
    assert next_change_s(5.05, Stage.WALK, LADDER) == 7.5
    assert next_change_s(7.5, Stage.WALK, LADDER) == 10.0
    assert next_change_s(19.0, Stage.WALK, LADDER) == 20.0
    assert next_change_s(21.0, Stage.RESCAN, LADDER) == 26.0
    assert next_change_s(58.0, Stage.RESCAN, LADDER) == 60.0
    assert next_change_s(1000.0, Stage.UNWIND, LADDER) == 1003.0


def test_an_unwind_goes_from_the_middle_to_the_natural_bid_in_ten_steps():
    steps = [unwind_price_c(step, 100, 118, 1, 10) for step in range(10)]
    assert steps == [109, 108, 107, 106, 105, 104, 103, 102, 101, 100]


@given(
    bid_c=st.integers(0, 1000),
    width_c=st.integers(0, 200),
    tick_c=st.sampled_from([1, 5]),
    steps=st.integers(1, 20),
)
def test_unwind_steps_only_fall_and_stay_on_the_tick(bid_c, width_c, tick_c, steps):
    asked = [unwind_price_c(i, bid_c, bid_c + width_c, tick_c, steps) for i in range(steps)]
    assert asked == sorted(asked, reverse=True)
    assert all(price % tick_c == 0 and price >= tick_c for price in asked)
    if steps > 1:
        assert asked[-1] == max(tick_c, bid_c // tick_c * tick_c)
