"""Intervals against first principles, and verdicts that peeking cannot fool."""

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.learning.estimators import (
    ERROR,
    LOOKS,
    ArmTally,
    Look,
    difference,
    look_number,
    look_z,
    lots_interval,
    stratified,
    wilson,
)
from engine.learning.survival import FillTimes, cancel_effect, kaplan_meier, percentile_ms


def root(f: Callable[[float], float], low: float, high: float) -> float:
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if f(low) * f(middle) > 0 else (low, middle)
    return (low + high) / 2


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_bounds_solve_the_score_equation(case):
    k, n = case
    z = 1.96
    rate = k / n

    def score(p: float) -> float:
        return float((rate - p) ** 2 - z * z * p * (1 - p) / n)

    low, high = wilson(k, n, z)
    assert low == pytest.approx(0.0 if k == 0 else root(score, 0.0, rate - 1e-12), abs=1e-9)
    assert high == pytest.approx(1.0 if k == n else root(score, rate + 1e-12, 1.0), abs=1e-9)


def test_wilson_of_nothing_knows_nothing_and_nonsense_is_refused():
    assert wilson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError):
        wilson(3, 2)


def test_a_known_wilson_interval():
    low, high = wilson(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)


def test_the_lots_interval_of_whole_fills_is_wilson_times_the_size():
    low, high = wilson(30, 100)
    assert lots_interval(ArmTally(100, 30, 90, 3)) == pytest.approx((3 * low, 3 * high))


def test_partly_filled_orders_stay_inside_what_an_attempt_can_fill():
    low, high = lots_interval(ArmTally(10, 10, 25, 3))
    assert 0 <= low < 2.5 < high <= 3


def test_a_difference_turns_round_with_its_arms():
    a, b = ArmTally(80, 30, 60, 2), ArmTally(120, 60, 60, 1)
    there, back = difference(a, b), difference(b, a)
    assert (back.effect, back.low, back.high) == pytest.approx(
        (-there.effect, -there.high, -there.low)
    )


def test_looks_double_and_their_errors_add_up_to_five_percent():
    assert LOOKS[:5] == (50, 100, 200, 400, 800)
    assert [look_number(n) for n in (0, 49, 50, 99, 100, 199, 200, 400)] == [0, 0, 1, 1, 2, 2, 3, 4]
    spent = sum(math.erfc(look_z(look) / math.sqrt(2)) for look in range(1, 60))
    assert 0.98 * ERROR < spent < ERROR
    assert look_z(1, comparisons=10) > look_z(1)


@pytest.mark.parametrize(
    ("one", "other"), [((1, 0.5), (2, 0.25)), ((1, 0.4), (10, 0.04)), ((1, 0.06), (2, 0.03))]
)
def test_arms_that_are_equal_are_separated_in_at_most_five_percent_of_runs(one, other):
    """Every look of 600 runs, either sign: whoever peeks after every attempt sees nothing else."""
    chance = random.Random(20)
    wrong = 0
    runs = 600
    for _ in range(runs):
        filled = [0, 0]
        done = 0
        separated = False
        for number, size in enumerate(LOOKS[:5], start=1):
            for arm, (_, p) in enumerate((one, other)):
                filled[arm] += sum(chance.random() < p for _ in range(size - done))
            done = size
            look = Look(
                number,
                ArmTally(size, filled[0], filled[0] * one[0], one[0]),
                ArmTally(size, filled[1], filled[1] * other[0], other[0]),
            )
            difference = look.separation()
            separated |= difference.low > 0 or difference.high < 0
        wrong += separated
    assert wrong / runs <= ERROR
    assert wrong > 0


def test_a_real_difference_is_found():
    look = Look(4, ArmTally(400, 160, 160, 1), ArmTally(400, 140, 280, 2))
    assert look.separation(comparisons=3).low > 0


def test_strata_undo_a_difference_that_only_the_hours_made():
    morning = (ArmTally(100, 20, 20), ArmTally(900, 180, 180))
    noon = (ArmTally(900, 630, 630), ArmTally(100, 70, 70))
    pooled = difference(morning[0] + noon[0], morning[1] + noon[1])
    within = stratified([morning, noon])
    assert pooled.high < -0.3
    assert within.difference is not None
    assert within.difference.effect == pytest.approx(0)
    assert within.difference.low < 0 < within.difference.high
    assert within.overlap == 1


def test_a_stratified_difference_of_a_worked_example():
    within = stratified(
        [
            (ArmTally(40, 15, 20, 2), ArmTally(60, 40, 90, 3)),
            (ArmTally(10, 5, 10, 2), ArmTally()),
            (ArmTally(90, 45, 45, 1), ArmTally(30, 24, 24, 1)),
        ]
    )
    gap = within.difference
    assert gap is not None
    assert gap.effect == pytest.approx(41 / 62), "of weights 24 and 22.5"
    assert gap.low < gap.effect < gap.high
    assert within.overlap == pytest.approx(220 / 230)


def test_arms_that_never_met_have_no_stratified_difference():
    within = stratified([(ArmTally(10, 5, 5), ArmTally()), (ArmTally(), ArmTally(10, 2, 2))])
    assert within.difference is None
    assert within.overlap == 0


def test_kaplan_meier_of_a_worked_example():
    curve = kaplan_meier(FillTimes({1000: 1, 2000: 2, 4000: 1}, {2000: 1, 3000: 1, 5000: 1}))
    assert curve.times_s == (0.0, 1.0, 2.0, 4.0)
    expected = (0.0, 1 / 7, 1 - 6 / 7 * 4 / 6, 1 - 6 / 7 * 4 / 6 * 1 / 2)
    assert curve.filled == pytest.approx(expected)
    assert (curve.attempts, curve.censored) == (7, 3)


counts = st.dictionaries(st.integers(0, 10_000), st.integers(1, 4), max_size=60)


@given(counts)
def test_without_censoring_the_curve_is_the_fraction_filled(fills):
    curve = kaplan_meier(FillTimes(fills, {}), most_points=1000)
    n = sum(fills.values())
    for time_s, filled in zip(curve.times_s[1:], curve.filled[1:], strict=True):
        by_then = sum(c for ms, c in fills.items() if ms / 1000 <= time_s)
        assert filled == pytest.approx(by_then / n)


@given(counts, counts)
def test_the_curve_never_falls_and_is_bounded(fills, waits):
    curve = kaplan_meier(FillTimes(fills, waits), most_points=20)
    assert len(curve.times_s) == len(curve.filled) <= 20
    assert list(curve.filled) == sorted(curve.filled)
    assert all(0 <= filled <= 1 + 1e-12 for filled in curve.filled)


def test_a_long_curve_keeps_its_first_and_its_last_step():
    fills = dict.fromkeys(range(100, 10_000, 10), 1)
    curve = kaplan_meier(FillTimes(fills, {10_000: 10}), most_points=20)
    assert len(curve.times_s) == 20
    assert (curve.times_s[0], curve.filled[0]) == (0.0, 0.0)
    assert curve.times_s[-1] == 9.99
    assert curve.filled[-1] == pytest.approx(0.99)


def test_percentile_of_nothing_is_nothing():
    assert percentile_ms({}, 0.95) is None


@given(
    counts.filter(bool), counts, st.integers(500, 4900), st.integers(1, 5000), st.integers(3, 20)
)
def test_the_gain_of_an_earlier_cancel_is_the_difference_of_two_fill_rates_an_hour(
    fills, waits, after_ms, more_ms, delay_s
):
    before_ms = after_ms + more_ms
    effect = cancel_effect(FillTimes(fills, waits), before_ms, after_ms, delay_s, 1.96)
    assert effect is not None
    known = [ms for ms, n in fills.items() for _ in range(n)]
    stopped = sum(n for ms, n in waits.items() if ms >= before_ms)

    def per_hour(limit_ms: int) -> float:
        seconds = sum(delay_s + min(ms, limit_ms) / 1000 for ms in known)
        seconds += stopped * (delay_s + limit_ms / 1000)
        return float(3600 * sum(ms <= limit_ms for ms in known) / seconds)

    assert effect.per_hour.effect == pytest.approx(
        per_hour(after_ms) - per_hour(before_ms), abs=1e-6
    )
    assert effect.per_hour.low <= effect.per_hour.effect <= effect.per_hour.high


def test_the_gain_of_an_earlier_cancel_of_a_worked_example():
    times = FillTimes({400: 6, 900: 2, 3000: 2}, {2000: 3, 5000: 10})
    effect = cancel_effect(times, 5000, 900, 9.0, z=2.0)
    assert effect is not None
    assert (effect.attempts, effect.unknown) == (20, 3)
    assert (effect.filled_before, effect.filled_after) == (10, 8), "a fill at 900 ms is in time"
    assert effect.hourly_before == pytest.approx(10 / 20 / 12.01 * 3600)
    assert effect.hourly_after == pytest.approx(8 / 20 / 9.75 * 3600)
    gained = (8 / 20 / 9.75 - 10 / 20 / 12.01) * 3600
    assert effect.per_hour.effect == pytest.approx(gained)


def test_a_longer_cancel_time_was_never_observed():
    assert cancel_effect(FillTimes({100: 5}, {2500: 5}), 2500, 3000, 9.0, 1.96) is None
