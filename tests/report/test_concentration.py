"""How concentrated gains are: shares of what was gained, whatever others lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.snapshot.dollars import Concentration

RESULTS = st.dictionaries(st.text(max_size=3), st.integers(-10_000, 10_000), max_size=12)


def test_four_equal_gains_are_four_and_one_alone_is_one():
    equal = Concentration.of(dict.fromkeys("ABCD", 500))
    assert (equal.best, equal.share) == ("A", 0.25)
    assert equal.effective == pytest.approx(4.0)
    alone = Concentration.of({"A": 0, "B": 7})
    assert (alone.best, alone.share, alone.effective, alone.gaining) == ("B", 1.0, 1.0, 1)


def test_losses_take_no_share_and_are_told_beside():
    found = Concentration.of({"A": 300, "B": 100, "C": -390, "D": -1})
    assert (found.best, found.share) == ("A", 0.75)
    assert found.effective == pytest.approx(1 / (0.75**2 + 0.25**2))
    assert (found.gains_c, found.losses_c, found.gaining, found.losing) == (400, -391, 2, 2)


@pytest.mark.parametrize("results", [{}, {"A": 0}, {"A": -5, "B": 0}])
def test_where_nobody_gained_there_is_no_share(results: dict[str, int]):
    found = Concentration.of(results)
    assert (found.best, found.share, found.effective) == ("", None, None)


@given(RESULTS)
def test_the_effective_number_lies_between_one_and_those_that_gained(results: dict[str, int]):
    found = Concentration.of(results)
    assert found.gains_c + found.losses_c == sum(results.values())
    if found.effective is not None and found.share is not None:
        assert 1 - 1e-9 <= found.effective <= found.gaining + 1e-9
        assert 1 / found.gaining - 1e-9 <= found.share <= 1
