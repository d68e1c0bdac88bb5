"""What attempts taught: sums that can be taken back, bounded, of one venue."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.learning.evidence.answers import Answers
from engine.learning.evidence.cells import FLOOR_STEPS
from engine.learning.evidence.contrasts import over_blocks, scaled
from engine.learning.evidence.gathering import SESSIONS_KEPT, Evidence
from engine.learning.evidence.table import Table
from engine.learning.metrics import OptimizationMetrics
from engine.learning.proposing.levers import DeskNow, LiveSettings
from engine.learning.proposing.recommender import Recommender
from tests.support.attempt_rows import SETTINGS, AttemptRow, gathered, result

ROW = AttemptRow(1, 600, "A", "MORNING", 40.0, 1, 5.0, 10.0)

ROWS = st.lists(
    st.builds(
        AttemptRow,
        session=st.integers(1, 3),
        minute=st.integers(570, 700),
        trader=st.sampled_from("AB"),
        phase=st.just("MORNING"),
        width_c=st.sampled_from((20.0, 80.0)),
        arm=st.sampled_from((1, 2)),
        dollars=st.integers(-30, 60).map(float),
        seconds=st.integers(1, 30).map(float),
    ),
    max_size=40,
)


def state(evidence: Evidence) -> object:
    """Everything that evidence says of these levers."""
    told = evidence.answers()
    return (
        evidence.attempts,
        told.arms("contracts"),
        told.arms("objective", "A"),
        told.total(),
        [part.tolist() for step in FLOOR_STEPS for part in told.below_floor(step)],
        [part.tolist() for part in told.of_hour(10)],
    )


@given(ROWS, st.data())
@settings(max_examples=60)
def test_a_row_that_is_taken_back_leaves_nothing(rows: list[AttemptRow], data) -> None:
    evidence = gathered(rows)
    expected = state(gathered(rows))
    extra = result(ROW._replace(dollars=float(data.draw(st.integers(-9, 9)))), floor=0.07)
    if not any(row.session == 1 for row in rows):
        return
    evidence.observe(extra, 1)
    evidence.observe(extra, -1)
    assert state(evidence) == expected


@given(ROWS, st.sets(st.integers(0, 39)))
@settings(max_examples=60)
def test_what_is_read_between_rows_changes_nothing(
    rows: list[AttemptRow], taken_back: set[int]
) -> None:
    evidence = Evidence()
    for row in rows:
        evidence.observe(result(row), 1)
        told = evidence.answers()
        assert told.total("A").attempts <= told.total().attempts == evidence.attempts
        assert told.tried("contracts") == len(told.arms("contracts"))
    left = [row for at, row in enumerate(rows) if at not in taken_back]
    for at in sorted(taken_back & set(range(len(rows)))):
        evidence.observe(result(rows[at]), -1)
        assert evidence.answers().total().attempts == evidence.attempts
    assert evidence.attempts == len(left)
    told = evidence.answers()
    by_trader = [told.total(trader).attempts for trader in "AB"]
    assert by_trader == [sum(row.trader == trader for row in left) for trader in "AB"]


@given(ROWS)
@settings(max_examples=60)
def test_what_could_be_left_out_adds_up(rows: list[AttemptRow]) -> None:
    told = gathered(rows).answers()
    total = told.total()
    hours = [told.of_hour(hour) for hour in range(9, 13)]
    assert sum(float(hour.n.sum()) for hour in hours) == total.attempts == len(rows)
    assert sum(float(hour.dollars.sum()) for hour in hours) == pytest.approx(total.dollars)
    for hour in hours:
        assert float(hour.seconds.sum()) == pytest.approx(total.seconds)
    by_trader = [told.of_trader(trader) for trader in "AB"]
    assert sum(float(part.n.sum()) for part in by_trader) == len(rows)
    whole = told.below_floor(0.20, by_session=True)
    assert len(whole.n) == len({row.session for row in rows})
    assert whole.n.sum() == len(rows)
    low, high = told.below_floor(0.10), told.below_floor(0.20)
    assert (low.n.sum(), high.n.sum()) == (0, len(rows))  # every floor is 0.12


def test_an_arm_has_its_dollars_fills_and_conduct() -> None:
    evidence = gathered([ROW, ROW._replace(dollars=0.0), ROW._replace(arm=2, dollars=-8.0)])
    evidence.observe(result(ROW._replace(dollars=3.0), outcome="SCRATCHED", hedge_s=60.0), 1)
    arms = evidence.answers().arms("contracts")
    one, two = arms[1], arms[2]
    assert (one.attempts, one.fills, one.lots, one.dollars, one.seconds) == (3, 2, 2, 8.0, 30.0)
    assert one.per_hour == pytest.approx(8 * 120)
    assert (one.conduct.units, one.conduct.completed, one.conduct.hung) == (2, 1, 1)
    assert (two.conduct.lost, two.lots) == (8.0, 2)


def test_values_are_compared_where_all_other_settings_are_equal() -> None:
    evidence = Evidence()
    for quarter in range(8):
        minute = 570 + 15 * quarter
        row = ROW._replace(minute=minute)
        for size, cancel_ms in ((1, 2500), (2, 1000)):
            settings_ = SETTINGS._replace(contracts=size, cancel_ms=cancel_ms)
            evidence.observe(result(row, settings=settings_), 1)
    told = evidence.answers()
    met = told.compared("contracts", 1, 2).n > 0
    assert not met.all(axis=1).any()
    assert told.compared("delay", (3.0, 15.0), (3.0, 9.0)).attempts == (16, 0)


def test_another_venue_begins_new_evidence_and_old_rows_change_nothing() -> None:
    evidence = gathered([ROW] * 3)
    evidence.observe(result(ROW, venue="PAPER broker"), 1)
    assert (evidence.venue, evidence.attempts) == ("PAPER broker", 1)
    evidence.observe(result(ROW), -1)
    assert evidence.attempts == 1


def test_a_result_that_comes_late_changes_a_quarter_hour_that_is_packed() -> None:
    evidence = gathered(ROW._replace(minute=570 + 15 * quarter) for quarter in range(20))
    first = result(ROW._replace(minute=570))
    before = evidence.answers()
    evidence.observe(first, -1)
    evidence.observe(first._replace(dollars=-7.5, outcome="SCRATCHED"), 1)
    told = evidence.answers().total()
    assert (told.attempts, told.dollars, told.conduct.lost) == (20, 19 * 5.0 - 7.5, 7.5)
    assert before.total().dollars == 20 * 5.0


def test_what_was_told_stays_as_it_was_whatever_is_observed_later() -> None:
    evidence = gathered([ROW])
    told = evidence.answers()
    evidence.observe(result(ROW._replace(trader="B", dollars=1.0, arm=2)), 1)
    assert (told.total("B").attempts, told.of_trader("B").n.tolist()) == (0, [])
    assert (list(told.arms("contracts")), told.tried("contracts", "B")) == ([1], 0)


def test_of_a_round_of_questions_nothing_stays_in_memory() -> None:
    rows = [
        ROW._replace(minute=570 + quarter, trader=each) for quarter in range(90) for each in "AB"
    ]
    evidence = gathered(rows)
    recommender = Recommender(evidence, OptimizationMetrics(), {})
    live = LiveSettings(SETTINGS)
    gc.collect()
    gc.disable()
    try:
        recommender.consider(DeskNow(0.0, 1, 720, {"A": live, "B": live}))
        assert not [each for each in gc.get_objects() if isinstance(each, Answers | Table)]
    finally:
        gc.enable()


def test_twenty_sessions_are_kept() -> None:
    evidence = gathered([ROW._replace(session=number) for number in range(SESSIONS_KEPT + 5)])
    assert evidence.attempts == SESSIONS_KEPT == evidence.answers().total().attempts
    evidence.observe(result(ROW._replace(session=2)), -1)
    assert evidence.attempts == SESSIONS_KEPT
    assert float(evidence.answers().of_hour(10).n.sum()) == SESSIONS_KEPT


def test_the_other_objective_gains_its_floor_on_the_contracts_it_would_have_bought() -> None:
    evidence = Evidence(lambda trader: 10)
    more = {"other_pair": "C 1 2 3 4", "other_floor": 0.32, "other_net_c": 9}
    evidence.observe(result(ROW._replace(arm=3), **more), 1)
    evidence.observe(result(ROW), 1)
    told = evidence.answers()
    asked, gains = told.others_gain("credit")
    assert asked.tolist() == [1.0]
    assert gains.tolist() == [pytest.approx(0.20 * 3 * 10)]
    assert len(told.others_gain("floor")[0]) == 0


def test_the_interval_over_blocks_holds_the_ratio_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(400):
        counts = rng.integers(5, 30, 12).astype(float)
        spell = rng.normal(0, 2, 12)
        amounts = counts * (1.5 + spell) + rng.normal(0, 3, 12) * np.sqrt(counts)
        gap = over_blocks(amounts, counts, 0.2).difference
        assert gap is not None
        hits += gap.low <= 1.5 <= gap.high
    assert 0.74 <= hits / 400 <= 0.86


def test_a_contrast_in_another_unit_keeps_its_order() -> None:
    contrast = over_blocks(np.array([1.0, 3.0]), np.array([1.0, 1.0]), 0.2)
    gap, turned = contrast.difference, scaled(contrast, -2.0).difference
    assert gap is not None and turned is not None
    assert (turned.effect, turned.low, turned.high) == (
        -2 * gap.effect,
        -2 * gap.high,
        -2 * gap.low,
    )
    assert over_blocks(np.ones(1), np.ones(1), 0.2).difference is None
    assert scaled(over_blocks(np.ones(1), np.ones(1), 0.2), 2.0).difference is None
