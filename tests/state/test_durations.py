"""Durations in steps: their median is kept up, and what is taken back was never counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.state.statistics import Durations
from tests.support.retained import retained_bytes


@given(st.lists(st.one_of(st.integers(0, 200), st.integers(9_900, 4_000_000)), max_size=80))
def test_the_median_of_durations_is_kept_up_with_each_of_them(took_ms: list[int]) -> None:
    durations = Durations()
    assert durations.median_s() is None
    steps: list[float] = []
    for each in took_ms:
        durations.add(each)
        coarse = min(each // 1000, 3600)
        steps.append(each // 10 * 10 / 1000 if each < 10_000 else float(coarse))
        assert durations.median_s() == sorted(steps)[(len(steps) - 1) // 2]


@given(st.lists(st.integers(0, 40_000), min_size=1, max_size=30), st.data())
def test_a_duration_that_is_taken_back_was_never_counted(
    took_ms: list[int], data: st.DataObject
) -> None:
    durations = Durations()
    for each in took_ms:
        durations.add(each)
    kept = list(took_ms)
    for each in data.draw(st.lists(st.sampled_from(took_ms), max_size=9)):
        if each in kept:
            kept.remove(each)
            durations.take_back(each)
    kept.append(7_000)
    durations.add(7_000)
    plain = Durations()
    for each in kept:
        plain.add(each)
    assert (durations.count, [*durations.steps()]) == (plain.count, [*plain.steps()])
    assert durations.median_s() == plain.median_s()
    assert 0 <= plain.worst_ms - durations.worst_ms < 1_000


def test_a_duration_takes_few_bytes_as_each_trader_has_hundreds_of_different_ones() -> None:
    def many() -> Durations:
        durations = Durations()
        for ms in range(0, 10_000, 10):
            durations.add(ms)
        return durations

    assert retained_bytes(many) / 1_000 < 12
