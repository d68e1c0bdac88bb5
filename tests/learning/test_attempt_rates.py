"""Attempts by size, hour and delay: they equal a dictionary of counts, in few bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.learning.attempt_rates import Rates
from engine.learning.estimators import ArmTally
from engine.learning.recordings import DELAYS
from tests.support.retained import retained_bytes

ATTEMPTS = st.lists(
    st.tuples(st.sampled_from([1, 2, 7, 1_000]), st.integers(0, 23), st.integers(0, 2)).flatmap(
        lambda key: st.tuples(*map(st.just, key), st.integers(0, key[0]))
    )
)


@given(ATTEMPTS, st.data())
def test_margins_are_those_of_a_dictionary(
    attempts: list[tuple[int, int, int, int]], data: st.DataObject
) -> None:
    rates = Rates()
    plain: dict[tuple[int, int, int], list[int]] = {}
    for contracts, hour, delay, filled in attempts:
        rates.add(contracts, hour, delay, filled)
        cell = plain.setdefault((contracts, hour, delay), [0, 0, 0])
        for at, more in enumerate((1, int(filled > 0), filled)):
            cell[at] += more
    for (contracts, hour, delay), cell in plain.items():
        assert rates.unfilled(contracts, hour, delay) == cell[0] - cell[1]
        if cell[0] > cell[1] and data.draw(st.booleans()):
            rates.add_late(contracts, hour, delay, 1)
            cell[1:] = cell[1] + 1, cell[2] + 1
    tallies = {key: ArmTally(cell[0], cell[1], cell[2], key[0]) for key, cell in plain.items()}

    def margin(part: int) -> dict[int, ArmTally]:
        groups = sorted({key[part] for key in tallies})
        return {
            group: sum((each for key, each in tallies.items() if key[part] == group), ArmTally())
            for group in groups
        }

    assert list(rates.by_size().items()) == list(margin(0).items())
    assert list(rates.by_hour().items()) == list(margin(1).items())
    assert list(rates.by_delay().items()) == [(DELAYS[at], t) for at, t in margin(2).items()]


def test_a_late_fill_of_an_attempt_that_was_not_counted_is_refused() -> None:
    rates = Rates()
    rates.add(1, 10, 0, 0)
    with pytest.raises(KeyError):
        rates.add_late(1, 10, 1, 1)
    assert rates.unfilled(1, 11, 0) == 0


def test_counts_take_few_bytes() -> None:
    def many() -> Rates:
        rates = Rates()
        for contracts in range(1, 101):
            for hour in range(10, 16):
                rates.add(contracts, hour, contracts % 3, 1)
        return rates

    assert retained_bytes(many) / 600 < 22
