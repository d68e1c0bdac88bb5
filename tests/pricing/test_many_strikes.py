"""Chains of thousands of strikes: looked at in bounded time and memory, or refused in words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.pricing.grid import MOST_CELLS, StrikeGrid, TooManyStrikesError

REFUSAL = "strikes have more verticals than the 500,000 that a scan looks at; set a smaller"


def test_six_thousand_irregular_strikes_take_no_table_of_all_pairs() -> None:
    gaps = np.tile([0.5, 1.0, 2.5], 2_000)
    grid = StrikeGrid(np.cumsum(gaps), 10.0)
    assert grid.outer is not None
    assert len(grid.widths) * grid.n < 120_000


@pytest.mark.parametrize(
    "strikes",
    [np.arange(1.0, 6_001.0), np.cumsum(np.tile([0.5, 1.0], 3_000))],
    ids=["regular", "irregular"],
)
def test_more_verticals_than_a_scan_looks_at_are_refused(strikes: np.ndarray) -> None:
    with pytest.raises(TooManyStrikesError, match=REFUSAL):
        StrikeGrid(strikes, 1_000.0)


def test_strikes_without_a_common_step_are_refused_before_their_tables_are_made() -> None:
    strikes = np.cumsum(np.random.default_rng(1).uniform(0.01, 1.0, 3_000))
    with pytest.raises(TooManyStrikesError, match=REFUSAL):
        StrikeGrid(strikes, 50.0)


@given(
    st.lists(st.sampled_from([0.5, 1.0, 2.5, 5.0]), min_size=1, max_size=25),
    st.sampled_from([0.25, 1.0, 3.0, 10.0, 100.0]),
)
def test_the_grid_has_every_vertical_up_to_the_width_and_no_other(
    gaps: list[float], width: float
) -> None:
    strikes = np.cumsum([100.0, *gaps])
    grid = StrikeGrid(strikes, width)
    expected = {
        (low, high)
        for low in range(grid.n)
        for high in range(low + 1, grid.n)
        if strikes[high] - strikes[low] <= width
    }
    found = set()
    for row in range(len(grid.widths)):
        for position in range(grid.n):
            outer = grid.outer_of(row, 0, position)
            if position < outer < grid.n:
                found.add((position, outer))
                assert grid.inner_of(row, 0, outer) == position
                assert strikes[outer] - strikes[position] == pytest.approx(grid.widths[row])
    assert found == expected
    assert len(grid.widths) * grid.n <= MOST_CELLS
