"""Locations that never fill are found when they are sure, and told with what the quotes reached."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.learning.locations import (
    LOCATIONS_KEPT,
    STEPS,
    Locations,
    LocationTally,
    bought_at,
    most_rate,
    silent_notice,
)


def tried(locations: Locations, trader: str, buy_at: float, attempts: int, fills: int = 0) -> None:
    locations.use(trader, buy_at)
    for number in range(attempts):
        locations.at(trader, buy_at).count(number < fills)


def test_no_fill_is_told_once_a_rate_of_a_hundredth_is_excluded() -> None:
    assert most_rate(298) > 0.01 > most_rate(299)
    assert 1 - (1 - most_rate(299)) ** 299 == pytest.approx(0.95)
    locations = Locations()
    tried(locations, "A", 0.35, 298)
    assert locations.silent() == []
    tried(locations, "A", 0.35, 1)
    (silent,) = locations.silent()
    assert (silent.traders, silent.buy_at, silent.tally.attempts) == (("A",), 0.35, 299)
    locations.at("A", 0.35).filled_late()
    assert locations.silent() == []


def test_traders_at_one_location_are_judged_together_and_one_that_fills_speaks_for_itself() -> None:
    locations = Locations()
    for trader in "ABC":
        tried(locations, trader, 0.35, 100)
    (silent,) = locations.silent()
    assert (silent.traders, silent.tally.attempts) == (("A", "B", "C"), 300)
    tried(locations, "A", 0.35, 300)
    tried(locations, "B", 0.35, 5, fills=1)
    (silent,) = locations.silent()
    assert (silent.traders, silent.tally.attempts) == (("A",), 400)


def test_a_location_that_is_no_setting_any_more_is_not_told() -> None:
    locations = Locations()
    tried(locations, "A", 0.35, 500)
    locations.use("A", 0.6)
    assert locations.silent() == []
    assert locations.used("A") is None
    locations.at("A", 0.6).count(True)
    used = locations.used("A")
    assert used is not None
    assert (used[0], used[1].attempts) == (0.6, 1)


@given(st.lists(st.floats(-0.99, 5) | st.none(), min_size=1, max_size=80))
def test_half_of_the_markets_really_came_to_the_location_that_is_told(
    reached: list[float | None],
) -> None:
    tally = LocationTally()
    for each in reached:
        tally.watch(each)
    told = tally.reached_by(0.5)
    if told is None:
        assert sum(each is not None and each < 2.9 for each in reached) * 2 < len(reached)
    else:
        there = sum(each is not None and each <= told + 1e-6 for each in reached)
        assert there * 2 >= len(reached)
        lower = told - 1 / STEPS
        assert sum(each is not None and each <= lower - 1e-6 for each in reached) * 2 < len(reached)


def test_the_sentence_names_attempts_fills_and_the_location_reached() -> None:
    locations = Locations()
    tried(locations, "A", 0.35, 28_773)
    for reached in (0.5, 0.72, 0.9, None):
        locations.at("A", 0.35).watch(reached)
    used = locations.used("A")
    assert used is not None
    assert bought_at(*used) == (
        "buying at 0.35 of the market: 0 of 28,773 attempts filled; the quotes reached 0.72 in at "
        "least half, 0.50 in a tenth, of 4 unfilled"
    )
    (silent,) = locations.silent()
    assert silent_notice(silent).startswith("A: buying at 0.35 of the market: 0 of 28,773")
    for _ in range(4):
        locations.at("A", 0.35).watch(None)
    assert "was looked at for 3, too few to say more" in bought_at(*used)


def test_memory_is_bounded() -> None:
    locations = Locations()
    for number in range(50):
        locations.at("A", number / 50).count(False)
    assert sum(locations.known("A", n / 50) is not None for n in range(50)) == LOCATIONS_KEPT
