"""Intervals of paired differences over days, and days without a figure left out."""

from __future__ import annotations

import random

import pytest

from engine.study.statistics import Interval, joint, paired


def test_a_difference_is_taken_day_by_day() -> None:
    found = paired([11.0, 22.0, 33.0], [10.0, 20.0, 30.0], 0.95)
    assert found.mean == pytest.approx(2.0)
    half = 4.303 * 1.0 / 3**0.5
    assert found.low == pytest.approx(2 - half, abs=1e-3)
    assert found.high == pytest.approx(2 + half, abs=1e-3)
    assert (found.days, found.sign) == (3, 0)


def test_a_day_without_a_figure_is_left_out_and_one_day_has_no_interval() -> None:
    assert paired([1.0, None, 5.0], [0.0, 3.0, None], 0.95) == Interval(1.0, None, None, 1)
    assert paired([None], [1.0], 0.95) == Interval(None, None, None, 0)
    assert paired([1.0], [0.0], 0.95).sign == 0


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    draws = random.Random(3)
    held = 0
    for _ in range(1_000):
        found = paired([draws.gauss(1, 2) for _ in range(6)], [0.0] * 6, 0.95)
        held += found.low is not None and found.high is not None and found.low <= 1 <= found.high
    assert 0.93 < held / 1_000 < 0.97


def test_intervals_that_hold_together_are_wider() -> None:
    assert joint(0.95, 1) == pytest.approx(0.95)
    assert joint(0.95, 0) == pytest.approx(0.95)
    assert joint(0.95, 5) == pytest.approx(0.99)
