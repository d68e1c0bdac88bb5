"""The interval shown is the one that decided, and equal figures carry no verdict in favour."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.learning.metrics import OptimizationMetrics
from engine.learning.proposals import Arm, DeskSettings, LiveSettings, Proposal
from engine.learning.recommendations import Recommender
from engine.learning.verdicts import Verdict


def proposals(metrics: OptimizationMetrics, live: LiveSettings) -> list[Proposal]:
    return Recommender(metrics).consider(1_700_000_000.0, DeskSettings(live))


def figure(arm: Arm) -> float:
    shown = arm.lots_per_attempt if arm.fills_per_hour is None else arm.fills_per_hour
    assert shown is not None
    return shown


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    rates=st.tuples(*[st.sampled_from([0.1, 0.3, 0.5, 0.9])] * 3),
    cancel_ms=st.sampled_from([2500, 5000]),
    attempts=st.sampled_from([60, 130, 420]),
)
def test_an_interval_excludes_zero_where_the_verdict_is_separated_and_nowhere_else(
    seed, rates, cancel_ms, attempts
):
    chance = random.Random(seed)
    metrics = OptimizationMetrics()
    for number in range(attempts):
        size, hour = 1 + number % 2, 10 + number % 3
        filled = chance.random() < rates[number % 3] / (1 if chance.random() < 0.5 else size)
        metrics.record_attempt(
            size,
            hour,
            "short",
            filled,
            chance.choice((100, 300, 1900)) if filled else None,
            waited_ms=None if filled else cancel_ms,
        )
        if number % 50 == 49 or number == attempts - 1:
            for each in proposals(metrics, LiveSettings(cancel_ms=cancel_ms)):
                above = each.effect_low is not None and each.effect_low > 0
                assert above is (each.verdict is Verdict.SEPARATED), each


@pytest.mark.parametrize("fast_ms", [100, 300])
def test_two_cancel_times_with_equal_fill_rates_show_the_figure_in_which_they_differ(fast_ms):
    metrics = OptimizationMetrics()
    for number in range(1600):
        filled = number % 2 == 0
        time_ms = fast_ms + number % 100
        metrics.record_attempt(1, 10, "short", filled, time_ms if filled else None, waited_ms=5000)
    (proposal,) = (
        p for p in proposals(metrics, LiveSettings(cancel_ms=5000)) if p.kind == "CANCEL"
    )
    assert proposal.verdict is Verdict.SEPARATED
    before, after = proposal.arms
    assert (before.k, before.n) == (after.k, after.n)
    assert figure(after) - figure(before) == pytest.approx(proposal.effect)
    assert proposal.effect_low is not None
    assert proposal.effect_low > 0


def test_figures_that_have_become_equal_since_the_look_carry_no_verdict_in_favour():
    metrics = OptimizationMetrics()

    def record(attempts: int, fills_of_two: int, fills_of_one: int) -> Proposal:
        for number in range(attempts):
            metrics.record_attempt(2, 10, "short", number < fills_of_two)
            metrics.record_attempt(1, 10, "short", number < fills_of_one)
        found = proposals(metrics, LiveSettings(contracts=2))
        return next(p for p in found if p.kind == "SIZE")

    assert record(100, 25, 90).verdict is Verdict.SEPARATED
    since = record(99, 25, 10)
    look = metrics.size_look(2, 1)
    assert look is not None
    assert look.separation().low > 0, "the look still says so"
    assert [figure(arm) for arm in since.arms] == [100 / 199] * 2
    assert since.verdict is Verdict.NOT_SEPARATED
    assert "the gain is gone" in since.evidence[-1]
    assert since.effect == 0
