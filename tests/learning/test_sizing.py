"""Sizes: what a fill rate does to them, and when too few fills pause a trader."""

import pytest

from engine.config import FillRatePause, SizingParameters
from engine.learning.sizing import FillWindow, next_size


@pytest.mark.parametrize(
    ("rate", "current", "expected"),
    [(0.70, 3, 4), (0.69, 3, 3), (0.31, 3, 3), (0.30, 3, 2), (0.0, 1, 1), (1.0, 10, 10)],
)
def test_size_moves_one_contract_at_the_thresholds_and_stays_in_bounds(rate, current, expected):
    assert next_size(SizingParameters(), rate, current) == expected


@pytest.mark.parametrize(
    ("rate", "moving", "expected"),
    [
        (0.45, 0, 3),
        (0.45, -1, 2),
        (0.50, -1, 3),
        (0.60, 0, 3),
        (0.60, 1, 4),
        (0.50, 1, 3),
        (0.45, 1, 3),
        (0.60, -1, 3),
    ],
)
def test_a_change_of_size_goes_on_until_the_rate_is_back_at_the_target(
    rate: float, moving: int, expected: int
) -> None:
    assert next_size(SizingParameters(), rate, 3, moving=moving) == expected


def test_after_an_approved_size_only_downward_and_strays_come_back_inside():
    sizing = SizingParameters(max_contracts=5)
    assert next_size(sizing, 1.0, 3, downward_only=True) == 3
    assert next_size(sizing, 0.1, 3, downward_only=True) == 2
    assert [next_size(sizing, rate, 9) for rate in (0.1, 0.5, 1.0)] == [5, 5, 5]
    assert next_size(SizingParameters(min_contracts=2, current_contracts=2), 1.0, 1) == 2


def test_a_trader_pauses_from_twenty_attempts_on_and_starts_afresh_after():
    window = FillWindow.of(FillRatePause())
    for _ in range(19):
        window.record(False)
    assert not window.should_pause(0.25)
    window.record(False)
    assert window.should_pause(0.25)
    for _ in range(10):
        window.record(True)
    assert window.rate == pytest.approx(1 / 3)
    assert not window.should_pause(1 / 3), "the least rate itself is enough"
    window.clear()
    assert (window.attempts, window.rate) == (0, 0.0)
    assert not window.should_pause(0.25)


def test_the_window_forgets_attempts_older_than_fifty():
    window = FillWindow()
    for i in range(90):
        window.record(i >= 50)
    assert (window.attempts, window.fills, window.rate) == (50, 40, 0.8)
    window.record(False)
    assert window.fills == 40
    for _ in range(20):
        window.record(False)
    assert (window.attempts, window.fills) == (50, 29), "eleven fills were the oldest"
