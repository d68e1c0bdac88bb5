"""Intervals against first principles, and verdicts that peeking cannot fool."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.learning.estimators import (
    ERROR,
    LOOKS,
    look_number,
    look_z,
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


def test_looks_double_and_their_errors_add_up_to_five_percent():
    assert LOOKS[:5] == (50, 100, 200, 400, 800)
    assert [look_number(n) for n in (0, 49, 50, 99, 100, 199, 200, 400)] == [0, 0, 1, 1, 2, 2, 3, 4]
    spent = sum(math.erfc(look_z(look) / math.sqrt(2)) for look in range(1, 60))
    assert 0.98 * ERROR < spent < ERROR
    assert look_z(1, comparisons=10) > look_z(1)


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
