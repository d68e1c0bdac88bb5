"""A trader's samples over a day: packed, they are what they were; too many leave every other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.state import trader_days
from engine.state.trader_days import MOST_TRADER_SAMPLES
from tests.support.hand_written_runs import OPEN_MS
from tests.support.retained import retained_bytes

figures = st.integers(-40, 40) | st.integers(-(10**6), 10**6) | st.integers(-(2**61), 2**61)
samples = st.lists(st.tuples(*[figures] * 9), max_size=60)


@given(samples)
@settings(max_examples=150, deadline=None)
def test_samples_are_read_as_they_were_kept(given: list[tuple[int, ...]]) -> None:
    kept = trader_days._Samples()
    assert kept.last() == ()
    for number, sample in enumerate(given, start=1):
        kept.add(sample)
        assert (kept.last(), len(kept)) == (sample, number)
    assert kept.all() == given


@pytest.mark.parametrize("most", [5, 24, 25, 26])
def test_too_many_leave_every_other_one_and_the_most_alarms(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trader_days, "MOST_TRADER_SAMPLES", most)
    kept = trader_days._Samples()
    for number in range(500):
        alarms = 3 if number == 250 else 0
        kept.add((number * 300_000, number, *[0] * 6, alarms))
        read = kept.all()
        assert len(read) <= most and len(kept) == len(read)
        assert (read[0][1], read[-1][1]) == (0, number)
        assert [row[0] for row in read] == sorted({row[0] for row in read})
        assert max(row[-1] for row in read) == (3 if number >= 250 else 0)


def _a_days() -> trader_days._Samples:
    kept = trader_days._Samples()
    for number in range(78):
        kept.add((OPEN_MS + number * 300_000, 1_700 * number, 28 * number, 5 * number, *[1] * 5))
    return kept


def test_a_days_samples_take_few_bytes() -> None:
    assert MOST_TRADER_SAMPLES > 78, "a day is kept whole"
    assert retained_bytes(_a_days) < 78 * 36, "as arrays of four bytes a figure they took more"
