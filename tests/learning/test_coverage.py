"""How often each 95 % interval that is shown holds the truth, by exact binomial sums.

Over rates of 5 to 60 % and 20 to 500 attempts the mean must lie between 94.5 and 96 %. An interval
of counts cannot hold 95 % at every single rate; the mean over rates says whether it is too narrow.
"""

import itertools
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.learning.estimators import Difference, wilson
from engine.learning.survival import FillTimes, cancel_effect

RATES = tuple(step / 100 for step in range(5, 61, 5))
MEAN_FROM, MEAN_TO = 0.945, 0.96

Floats = NDArray[np.float64]


def binomial(n: int, p: float) -> Floats:
    counts = np.arange(n + 1)
    ways = np.array([math.log(math.comb(n, k)) for k in range(n + 1)])
    return np.asarray(np.exp(ways + counts * math.log(p) + (n - counts) * math.log1p(-p)))


def held(intervals: list[tuple[float, float]], truth: float) -> Floats:
    low, high = np.array(intervals).T
    return np.asarray((low <= truth) & (truth <= high), dtype=float)


def bounds(gap: Difference | None) -> tuple[float, float]:
    assert gap is not None
    return gap.low, gap.high


@pytest.mark.parametrize("n", [20, 50, 100, 200, 500])
def test_the_interval_of_a_fill_rate_holds_in_the_mean(n):
    intervals = [wilson(k, n) for k in range(n + 1)]
    coverage = [binomial(n, p) @ held(intervals, p) for p in RATES]
    assert MEAN_FROM <= np.mean(coverage) <= MEAN_TO
    assert min(coverage) > 0.92


@pytest.mark.parametrize(("n", "before_ms", "after_ms"), [(20, 2500, 1000), (60, 5000, 600)])
def test_the_interval_of_an_earlier_cancel_holds_in_the_mean_however_rare_late_fills_are(
    n, before_ms, after_ms
):
    early_ms, late_ms, delay_s = 400, after_ms + 600, 9.0
    cells = [(early, late) for early in range(n + 1) for late in range(n + 1 - early)]
    intervals = []
    for early, late in cells:
        times = FillTimes({early_ms: early, late_ms: late}, {before_ms: n - early - late})
        effect = cancel_effect(times, before_ms, after_ms, delay_s, 1.959963984540054)
        assert effect is not None
        intervals.append(bounds(effect.per_hour))
    ways = [math.comb(n, early) * math.comb(n - early, late) for early, late in cells]
    coverage = []
    for p, share in itertools.product(RATES[::2], (0.05, 0.1, 0.2, 0.4)):
        kept, lost = p * (1 - share), p * share
        none = 1 - p
        present_s = delay_s + (kept * early_ms + lost * late_ms + none * before_ms) / 1000
        sooner_s = delay_s + (kept * early_ms + (lost + none) * after_ms) / 1000
        truth = 3600 * (kept / sooner_s - p / present_s)
        chances = np.array(
            [
                math.exp(
                    math.log(way)
                    + early * math.log(kept)
                    + late * math.log(lost)
                    + (n - early - late) * math.log(none)
                )
                for way, (early, late) in zip(ways, cells, strict=True)
            ]
        )
        assert chances.sum() == pytest.approx(1)
        coverage.append(chances @ held(intervals, truth))
    assert MEAN_FROM <= np.mean(coverage) <= MEAN_TO
    assert min(coverage) > 0.89


def test_a_few_attempts_without_a_late_fill_do_not_show_that_there_are_none():
    times = FillTimes({400: 10}, {2500: 40})
    effect = cancel_effect(times, 2500, 1000, 9.0, 1.959963984540054)
    assert effect is not None
    assert effect.per_hour.low < 0 < effect.per_hour.effect
