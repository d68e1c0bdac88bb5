"""A cycle ends anew, by what is told late: its former end counts no more, however old it is."""

from __future__ import annotations

from engine.risk.day_loss import DayLoss
from engine.state.desk import DeskState
from tests.support.exposure_events import A, added, cycle_ended, executed, intended

OTHERS = 200


def test_a_cycle_that_ends_anew_after_many_others_counts_once() -> None:
    state = DeskState()
    state.apply(added(A))
    state.apply(intended("d", 1))
    state.apply(executed("d", 1))
    state.apply(cycle_ended("COMPLETE", floor_c=1_700, net_c=2_000))
    for cycle in range(2, 2 + OTHERS):
        state.apply(cycle_ended("COMPLETE", floor_c=100, cycle=cycle))
    state.apply(cycle_ended("COMPLETE", floor_c=1_600, net_c=1_900))
    money, totals = state.money, state.traders[A]
    assert money.floor_c == totals.floor_c == 1_600 + 100 * OTHERS
    assert money.result_c == totals.result_c == 1_600 + 100 * OTHERS
    assert money.completions == totals.completions == sum(money.labels.values()) == 1 + OTHERS


def test_a_loss_that_is_told_anew_after_many_others_counts_once() -> None:
    losses = DayLoss()
    losses.cycle_ended(cycle_ended("SCRATCHED", net_c=-5_000), 1)
    for cycle in range(2, 2 + OTHERS):
        losses.cycle_ended(cycle_ended("COMPLETE", cycle=cycle), 1)
    losses.cycle_ended(cycle_ended("SCRATCHED", net_c=-4_000), 1)
    assert (losses.realised_c, losses.unwinds, losses.cycles) == (-4_000, 1, 1 + OTHERS)


def test_ends_are_forgotten_in_time() -> None:
    state = DeskState()
    state.apply(added(A))
    for cycle in range(1, 10_000):
        state.apply(cycle_ended("COMPLETE", floor_c=100, cycle=cycle))
    assert len(state.traders[A].ended) <= 256
