"""What OptimizationMetrics promises: the specification's parameters, exact and bounded."""

import math
import random
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.learning.estimators import ArmTally
from engine.learning.metrics import OptimizationMetrics, delay_category
from engine.learning.recordings import DELAYS


def record(
    metrics: OptimizationMetrics, contracts: int, fills: int, misses: int, hour: int = 10
) -> None:
    for i in range(fills + misses):
        metrics.record_attempt(contracts, hour, "medium", i < fills, 1500 if i < fills else None)


def test_without_data_the_answers_are_size_one_no_hours_and_2500_ms():
    metrics = OptimizationMetrics()
    assert metrics.get_optimal_size() == 1
    assert metrics.get_optimal_hours() == []
    assert metrics.get_optimal_cancel_time_ms() == 2500
    assert metrics.total() == ArmTally()


def test_the_specifications_call_is_accepted_as_it_is_written():
    metrics = OptimizationMetrics()
    metrics.record_attempt(
        contracts=2, hour=10, delay_category="medium", filled=True, fill_time_ms=1500, profit=0.10
    )
    assert metrics.total() == ArmTally(1, 1, 2, 2)
    assert metrics.profit_by_size()[2].mean == 0.10


def test_the_optimal_size_maximises_fill_rate_times_size_from_ten_attempts_on():
    metrics = OptimizationMetrics()
    record(metrics, 1, 9, 11)
    record(metrics, 2, 8, 12)
    record(metrics, 5, 9, 0)
    assert metrics.get_optimal_size() == 2
    record(metrics, 5, 1, 0)
    assert metrics.get_optimal_size() == 5


def test_equal_sizes_take_the_smaller():
    metrics = OptimizationMetrics()
    record(metrics, 4, 5, 15)
    record(metrics, 2, 10, 10)
    assert metrics.get_optimal_size() == 2


def test_five_attempts_are_enough_to_judge_an_hour():
    metrics = OptimizationMetrics()
    record(metrics, 1, 2, 3, hour=9)
    record(metrics, 1, 4, 0, hour=10)
    assert metrics.get_optimal_hours() == [9]


def test_hours_below_a_quarter_are_dropped_and_the_rest_ranked_best_first():
    metrics = OptimizationMetrics()
    record(metrics, 1, 3, 7, hour=9)
    record(metrics, 1, 9, 1, hour=10)
    record(metrics, 1, 2, 8, hour=11)
    record(metrics, 1, 4, 0, hour=12)
    record(metrics, 1, 5, 15, hour=13)
    assert metrics.get_optimal_hours() == [10, 9, 13]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([1000], 1500),
        ([4400], 4900),
        ([4501], 5000),
        ([9999], 5000),
        ([99999], 5000),
        (list(range(100, 2100, 100)), 2500),
    ],
)
def test_the_cancel_time_is_the_95th_percentile_plus_500_capped_at_5000(times, expected):
    metrics = OptimizationMetrics()
    for ms in times:
        metrics.record_attempt(1, 10, "short", True, ms)
    assert metrics.get_optimal_cancel_time_ms() == expected


@given(st.lists(st.integers(0, 12000), min_size=1, max_size=300))
def test_the_percentile_equals_that_of_the_sorted_list(times):
    metrics = OptimizationMetrics()
    for ms in times:
        metrics.record_attempt(1, 10, "short", True, ms)
    n = len(times)
    expected = min(sorted(times)[min(int(0.95 * n), n - 1)] + 500, 5000)
    assert metrics.get_optimal_cancel_time_ms() == expected


def test_late_fills_count_as_fills_and_not_as_fill_times():
    metrics = OptimizationMetrics()
    metrics.record_attempt(1, 10, "short", True, 4400, late=True)
    assert metrics.get_optimal_cancel_time_ms() == 2500
    assert metrics.total().k == 1
    metrics.record_attempt(3, 11, "long", False, waited_ms=2500)
    metrics.record_late_fill(3, 11, "long", 2)
    assert metrics.by_hour()[11] == ArmTally(1, 1, 2, 3)
    assert metrics.fill_times().waits == {2500: 1}
    with pytest.raises(ValueError, match="without a fill"):
        metrics.record_late_fill(3, 11, "long", 1)


@pytest.mark.parametrize(("delay_s", "name"), [(0, "short"), (4.99, "short"), (5, "medium")])
def test_delays_below_five_seconds_are_short(delay_s, name):
    assert delay_category(delay_s) == name


@pytest.mark.parametrize(("delay_s", "name"), [(9.99, "medium"), (10, "long"), (60, "long")])
def test_delays_from_ten_seconds_on_are_long(delay_s, name):
    assert delay_category(delay_s) == name


@pytest.mark.parametrize(
    "change",
    [
        {"contracts": 0},
        {"contracts": 1001},
        {"contracts": -1},
        {"contracts": "2"},
        {"contracts": 1.5},
        {"contracts": True},
        {"hour": 10.5},
        {"hour": None},
        {"filled": "no"},
        {"filled": 2},
        {"filled": None},
        {"delay_category": ["short"]},
        {"fill_time_ms": "900"},
        {"fill_time_ms": True},
        {"profit": "1.20"},
        {"filled_contracts": 1.5},
        {"filled_contracts": -1},
        {"hour": 24},
        {"hour": -1},
        {"delay_category": "brief"},
        {"fill_time_ms": float("nan")},
        {"fill_time_ms": -1},
        {"fill_time_ms": float("inf")},
        {"profit": float("nan")},
        {"filled_contracts": 0},
        {"filled_contracts": 3},
        {"filled": False, "filled_contracts": 1},
        {"filled": False, "waited_ms": -5},
    ],
)
def test_poisoned_attempts_are_refused_and_leave_no_trace(change):
    metrics = OptimizationMetrics()
    given_ = {"contracts": 2, "hour": 10, "delay_category": "short", "filled": True, **change}
    with pytest.raises(ValueError, match=r"attempt refused: [\w ]+ is .*; it must be "):
        metrics.record_attempt(**given_)
    assert metrics.total() == ArmTally()
    assert metrics.fill_times().watched == 0
    assert metrics.profit_by_size() == {}


@pytest.mark.parametrize(
    ("contracts", "profit"), [(-1, 2.0), (1.5, 2.0), ("1", 2.0), (1, math.nan), (1, "2")]
)
def test_a_profit_of_no_order_or_of_no_amount_is_refused(contracts, profit):
    metrics = OptimizationMetrics()
    with pytest.raises(ValueError, match="it must be"):
        metrics.record_profit(contracts, profit)
    assert metrics.profit_by_size() == {}


@pytest.mark.parametrize("filled", [0, -1, 4, 1.5, "1", True])
def test_a_late_fill_of_more_than_was_ordered_or_of_no_whole_number_is_refused(filled):
    metrics = OptimizationMetrics()
    metrics.record_attempt(3, 11, "long", False)
    with pytest.raises(ValueError, match="do not fit"):
        metrics.record_late_fill(3, 11, "long", filled)
    assert metrics.total().k == 0


def test_whole_numbers_of_other_libraries_are_whole_numbers():
    metrics = OptimizationMetrics()
    row: dict[str, Any] = {"contracts": np.int64(2), "hour": np.int32(10), "filled": np.True_}
    metrics.record_attempt(**row, delay_category="short", fill_time_ms=np.float64(900.0))
    assert metrics.by_size() == {2: ArmTally(1, 1, 2, 2)}


attempts = st.lists(
    st.tuples(st.integers(1, 5), st.integers(9, 15), st.sampled_from(DELAYS), st.booleans()),
    max_size=200,
)


@given(attempts)
def test_every_breakdown_adds_up_to_the_same_total(history):
    metrics = OptimizationMetrics()
    for contracts, hour, delay, filled in history:
        metrics.record_attempt(contracts, hour, delay, filled)
    total = metrics.total()
    assert total.n == len(history)
    assert total.k == sum(filled for *_, filled in history)
    assert total.lots == sum(contracts for contracts, *_, filled in history if filled)
    for parts in (metrics.by_hour(), metrics.by_delay(), metrics.by_size()):
        added = sum(parts.values(), ArmTally())
        assert (added.n, added.k, added.lots) == (total.n, total.k, total.lots)


def test_memory_does_not_grow_with_attempts():
    metrics = OptimizationMetrics()
    chance = random.Random(3)
    for i in range(30_000):
        metrics.record_attempt(
            1 + i % 3, 9 + i % 7, DELAYS[i % 3], i % 2 == 0, chance.randrange(0, 20_000)
        )
    times = metrics.fill_times()
    assert len(times.fills) + len(times.waits) <= 10_001
    assert (len(metrics.by_size()), len(metrics.by_hour()), len(metrics.by_delay())) == (3, 7, 3)


def test_the_times_of_a_look_stay_as_they_were_when_it_was_taken():
    metrics = OptimizationMetrics()
    for _ in range(50):
        metrics.record_attempt(1, 10, "short", True, 200)
    look = metrics.time_look()
    assert look is not None
    metrics.record_attempt(1, 10, "short", True, 300)
    metrics.record_attempt(1, 10, "short", False, waited_ms=2500)
    assert (look[0], look[1].fills, look[1].waits) == (1, {200: 50}, {})
    assert metrics.time_look() == look


def test_profits_are_rounded_to_the_nearest_cent():
    metrics = OptimizationMetrics()
    for profit in (0.29, 1.15, -0.57):
        metrics.record_profit(1, profit)
    assert metrics.profit_by_size()[1].total_c == 29 + 115 - 57


def test_an_hour_of_several_sizes_can_fill_as_much_as_the_largest():
    metrics = OptimizationMetrics()
    record(metrics, 1, 1, 4)
    record(metrics, 3, 5, 0)
    assert metrics.by_hour()[10] == ArmTally(10, 6, 16, 3)


def test_attempts_from_many_threads_are_all_counted():
    metrics = OptimizationMetrics()

    def work() -> None:
        record(metrics, 1, 300, 300)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert metrics.total() == ArmTally(2400, 1200, 1200)
