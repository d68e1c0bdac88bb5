"""Blocks of time as units: sums, contrasts against brute force, and what is promising."""

import math
from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.learning.estimators import Difference
from engine.learning.evidence.cells import Cells, width_class
from engine.learning.evidence.contrasts import BlockContrast, dropped_hour, within_blocks
from engine.learning.evidence.gathering import Evidence
from engine.learning.evidence.looks import Asked, Looks
from engine.learning.evidence.promising import (
    ERROR,
    Finding,
    arm_look,
    hour_look,
    judge,
    look_error,
    smallest_effect,
)
from engine.learning.harm import Conduct
from engine.learning.student import t_quantile
from tests.support.attempt_rows import AttemptRow, answers_of, gathered
from tests.support.desk_days import PLANTED, day_of, spells
from tests.support.promising_days import look_at_arms, promising_arm, promising_hours
from tests.support.retained import retained_bytes

ROWS = st.lists(
    st.builds(
        AttemptRow,
        session=st.integers(1, 2),
        minute=st.sampled_from((571, 584, 592, 601)),
        trader=st.sampled_from("AAB"),
        phase=st.sampled_from(("MORNING", "MORNING", "MIDDAY")),
        width_c=st.sampled_from((10.0, 10.5, 80.0)),
        arm=st.sampled_from((1, 2, 1, 2, 3)),
        dollars=st.integers(-30, 60).map(float),
        seconds=st.integers(1, 30).map(float),
    ),
    min_size=15,
    max_size=60,
)


def by_hand(rows: list[AttemptRow]) -> tuple[float, list[float]] | None:
    """The effect an attempt, and the same with each block left out, straight from the rows."""
    groups: dict[tuple[int, int], dict[Any, tuple[list[float], list[float]]]] = defaultdict(
        lambda: defaultdict(lambda: ([], []))
    )
    for row in rows:
        if row.arm in (1, 2):
            stratum = row.trader, row.phase, width_class(row.width_c)
            groups[row.session, row.minute // 15][stratum][row.arm - 1].append(row.dollars)

    def effect(left_out: tuple[int, int] | None) -> float | None:
        top = bottom = 0.0
        for block, strata in groups.items():
            for one, two in strata.values():
                if block != left_out and one and two:
                    weight = len(one) * len(two) / (len(one) + len(two))
                    top += weight * (sum(two) / len(two) - sum(one) / len(one))
                    bottom += weight
        return top / bottom if bottom else None

    whole = effect(None)
    met = [b for b, strata in groups.items() if any(one and two for one, two in strata.values())]
    parts = [part for part in map(effect, met) if part is not None]
    return None if whole is None or len(parts) < len(met) else (whole, parts)


@settings(max_examples=30)
@given(ROWS)
def test_the_contrast_within_blocks_is_a_jackknife_over_blocks(rows):
    contrast = within_blocks(answers_of(rows).compared("contracts", 1, 2), 0.2, "attempt")
    expected = by_hand(rows)
    if expected is None or contrast.difference is None:
        assert contrast.freedom <= 0.5
        return
    whole, parts = expected
    assert contrast.difference.effect == pytest.approx(whole)
    variance = (len(parts) - 1) / len(parts) * sum((part - whole) ** 2 for part in parts)
    half = t_quantile(0.9, contrast.freedom) * math.sqrt(variance)
    assert contrast.difference.high - whole == pytest.approx(half, abs=1e-9)
    assert contrast.freedom <= len(parts) - 1 + 1e-9


@settings(max_examples=20)
@given(ROWS, st.integers(-50, 50), st.sampled_from(("attempt", "trader-hour")))
def test_what_moves_a_whole_block_moves_no_contrast_and_arms_that_change_places_its_sign(
    rows, shift, per
):
    before = within_blocks(answers_of(rows).compared("contracts", 1, 2), 0.2, per).difference
    back = within_blocks(answers_of(rows).compared("contracts", 2, 1), 0.2, per).difference
    if before is None or back is None:
        assert before is back
        return
    assert (back.effect, back.low) == pytest.approx((-before.effect, -before.high), abs=1e-6)
    if per == "attempt":
        spell = [row._replace(dollars=row.dollars + shift * (row.minute // 15)) for row in rows]
        moved = within_blocks(answers_of(spell).compared("contracts", 1, 2), 0.2, per).difference
        assert moved is not None
        assert moved.effect == pytest.approx(before.effect, abs=1e-6)
        assert moved.high == pytest.approx(before.high, abs=1e-6)


@settings(max_examples=20)
@given(ROWS)
def test_dollars_a_trader_hour_are_the_difference_of_the_two_rates(rows):
    """In one stratum of each of two equal blocks nothing but the rates is left."""
    rows = [
        row._replace(session=session, minute=600, trader="A", phase="", width_c=10.0)
        for session in (1, 2)
        for row in rows
    ]
    gap = within_blocks(answers_of(rows).compared("contracts", 1, 2), 0.2, "trader-hour").difference
    rates = {
        arm: sum(r.dollars for r in rows if r.arm == arm)
        / sum(r.seconds for r in rows if r.arm == arm)
        * 3600
        for arm in {row.arm for row in rows}
    }
    if {1, 2} <= rates.keys():
        assert gap is not None
        assert gap.effect == pytest.approx(rates[2] - rates[1], abs=1e-6)


@settings(max_examples=20)
@given(ROWS)
def test_cells_do_not_depend_on_the_order_of_attempts(rows):
    one = within_blocks(answers_of(rows).compared("contracts", 1, 2), 0.2)
    two = within_blocks(answers_of(rows[::-1]).compared("contracts", 1, 2), 0.2)
    assert one.attempts == two.attempts and one.blocks == two.blocks
    assert one.overlap == pytest.approx(two.overlap)
    if one.difference is not None:
        assert two.difference is not None
        assert one.difference.low == pytest.approx(two.difference.low)


def test_under_a_budget_a_block_is_a_traders_session():
    row = AttemptRow(1, 600, "A", "MORNING", 10.0, 1, 5.0, 9.0)
    rows = [
        row._replace(minute=m, arm=a, trader=t) for m in (600, 700) for a in (1, 2) for t in "AB"
    ]
    evidence = answers_of(rows)
    assert evidence.compared("contracts", 1, 2).pairs() == 2
    assert evidence.compared("contracts", 1, 2, budgeted=True).pairs() == 2
    assert (
        answers_of([r for r in rows if r.trader == "A"])
        .compared("contracts", 1, 2, budgeted=True)
        .pairs()
        == 1
    )
    arms = evidence.arms("contracts")
    assert {size: arm.attempts for size, arm in arms.items()} == {1: 4, 2: 4}
    assert {size: arm.dollars for size, arm in arms.items()} == {1: 20.0, 2: 20.0}


def test_nonsense_is_refused():
    row = AttemptRow(1, 600, "A", "MORNING", 10.0, 1, 5.0, 9.0)
    with pytest.raises(ValueError):
        gathered([row._replace(width_c=math.inf)])
    with pytest.raises(ValueError, match="two values"):
        answers_of([row]).compared("contracts", 1, 1)
    with pytest.raises(ValueError, match="count from 1"):
        look_error(0)


def test_nothing_tried_is_no_contrast():
    nothing = np.zeros(0, np.int64)
    for cells in (
        Evidence().answers().compared("contracts", 1, 2),
        Cells.summed(nothing, nothing, nothing, np.zeros(0), np.zeros(0)),
    ):
        contrast = within_blocks(cells, 0.2)
        assert contrast.difference is None and contrast.attempts == (0, 0)
    assert dropped_hour(Evidence().answers().hours(), 12, 0.2).difference is None


def hour_rows(dollars: dict[int, list[float]], session: int = 1) -> list[AttemptRow]:
    return [
        AttemptRow(session, hour * 60, "A", "", 10.0, 1, amount, 10.0)
        for hour, amounts in dollars.items()
        for amount in amounts
    ]


def test_a_dropped_hour_is_one_draw_beside_the_others():
    means = {10: 6.0, 11: 8.0, 12: 1.0, 13: 7.0, 14: 9.0}
    rows = hour_rows({hour: [mean - 1, mean + 1] for hour, mean in means.items()})
    contrast = dropped_hour(answers_of(rows).hours(), 12, 0.2, "attempt")
    assert contrast.difference is not None
    assert contrast.difference.effect == pytest.approx(7.5 - 1.0)
    variance = sum((means[h] - 7.5) ** 2 for h in (10, 11, 13, 14)) / 3
    half = t_quantile(0.9, 3) * math.sqrt(variance * (1 + 1 / 4))
    assert contrast.difference.effect - contrast.difference.low == pytest.approx(half)
    assert (contrast.attempts, contrast.overlap, contrast.freedom) == ((2, 8), 1.0, 3)


def test_more_attempts_make_an_hour_no_more_than_one_draw_and_more_sessions_do():
    means = {10: 6.0, 11: 8.0, 12: 1.0, 13: 7.0, 14: 9.0}
    once = hour_rows({hour: [mean] for hour, mean in means.items()})
    often = hour_rows({hour: [mean] * 50 for hour, mean in means.items()})
    again = once + hour_rows({hour: [mean] for hour, mean in means.items()}, session=2)
    one, many, two = (
        dropped_hour(answers_of(rows).hours(), 12, 0.2, "attempt") for rows in (once, often, again)
    )
    assert one.difference and many.difference and two.difference
    assert many.difference.low == pytest.approx(one.difference.low)
    assert two.difference.low > one.difference.low
    assert two.freedom == 2 * one.freedom


def test_an_hour_of_fewer_attempts_is_allowed_a_larger_error():
    means = {10: 6.0, 11: 8.0, 12: 1.0, 13: 7.0, 14: 9.0}
    alike = hour_rows({hour: [mean] * 8 for hour, mean in means.items()})
    fewer = hour_rows({hour: [mean] * (2 if hour == 12 else 8) for hour, mean in means.items()})
    halves = []
    for rows in (alike, fewer):
        gap = dropped_hour(answers_of(rows).hours(), 12, 0.2, "attempt").difference
        assert gap is not None
        halves.append(gap.effect - gap.low)
    assert halves[1] / halves[0] == pytest.approx(math.sqrt(4.25 / 1.25), rel=0.15)


def test_an_hour_in_which_only_poor_chains_were_traded_overlaps_too_little():
    rows = []
    for hour in range(10, 17):
        for trader, mean in zip("ABC", (1.0, 9.0, 12.0), strict=True):
            if hour != 12 or trader == "A":
                rows += [
                    row._replace(trader=trader) for row in hour_rows({hour: [mean + hour % 3] * 4})
                ]
    contrast = dropped_hour(answers_of(rows).hours(), 12, 0.2, "attempt")
    assert contrast.difference is not None and abs(contrast.difference.effect) < 2
    assert contrast.overlap < 0.6
    assert not judge(contrast, 1.0, (Conduct(), Conduct()), 0.0).promising


def test_looks_are_due_at_blocks_and_hours_and_their_errors_add_up():
    assert [arm_look(pairs) for pairs in (0, 7, 8, 15, 16, 32)] == [0, 0, 1, 1, 2, 3]
    assert [hour_look(others) for others in (0, 5, 6, 11, 12)] == [0, 0, 1, 1, 2]
    spent = sum(look_error(look) for look in range(1, 2000))
    assert 0.999 * ERROR < spent <= ERROR
    assert look_error(2, comparisons=7) == pytest.approx(look_error(2) / 7)
    assert (smallest_effect(400.0), smallest_effect(3.0)) == (20.0, 1.0)


def test_each_condition_alone_keeps_a_contrast_from_being_promising():
    good = BlockContrast(Difference(10.0, 0.5, 20.0), "trader-hour", 9, (300, 300), 0.8, 8.0)

    def against(contrast: BlockContrast = good, smallest: float = 1.0, hung: int = 0) -> int:
        conduct = Conduct(100, 10, 10, 0), Conduct(100, 10, 10, hung)
        finding = judge(contrast, smallest, conduct, 0.0)
        assert finding.promising is (not finding.against)
        return len(finding.against)

    assert against() == against(smallest=10.0) == 0
    assert against(smallest=10.1) == 1
    assert against(replace(good, overlap=0.59)) == 1
    assert against(replace(good, difference=Difference(10.0, 0.0, 20.0))) == 1
    assert against(replace(good, difference=None)) == 1
    assert against(hung=3) == 1
    assert against(replace(good, overlap=0.5), 99.0, hung=4) == 3


def test_what_a_look_found_stands_until_the_next_and_is_gone_with_the_gain():
    row = AttemptRow(1, 570, "A", "MORNING", 10.0, 1, 5.0, 9.0)

    def block(quarter: int, gain: float) -> list[AttemptRow]:
        rows = [row._replace(minute=570 + 15 * quarter, arm=arm) for arm in (1, 2)]
        return [rows[0], rows[1]._replace(dollars=5.0 + gain + quarter % 2 / 4)]

    def asked(looks: Looks, gains: list[float]) -> Finding | None:
        rows = [each for quarter, gain in enumerate(gains) for each in block(quarter, gain)]
        cells = answers_of(rows).compared("contracts", 1, 2)
        return look_at_arms(looks, cells, Asked(1.0, 1))

    looks = Looks()
    assert asked(looks, [2.0] * 7) is None
    first = asked(looks, [2.0] * 8)
    assert first is not None and first.promising
    assert asked(looks, [2.0] * 8 + [-3.0] * 4) is first
    gone = asked(looks, [2.0] * 8 + [-9.0] * 4)
    assert gone is not None and not gone.promising and "gone" in gone.against[0]
    second = asked(looks, [2.0] * 8 + [-3.0] * 8)
    assert second is not None and second is not first and not second.promising
    other = Looks()
    assert asked(other, [-2.0] * 8) is asked(other, [-2.0] * 8 + [50.0] * 7)


def test_an_hour_is_looked_at_once_when_six_others_of_its_sessions_are_over():
    means = {9: 6.0, 10: 6.5, 11: 7.0, 12: 1.0, 13: 7.0, 14: 6.0, 15: 6.5}

    def asked(looks: Looks, hours: list[int]) -> Finding | None:
        rows = hour_rows({hour: [means[hour]] * 4 for hour in hours})
        return looks.at_hour(12, answers_of(rows).hours(), Asked(1.0, 7))

    looks = Looks()
    assert asked(looks, [9, 10, 11, 12, 13, 14]) is None
    assert asked(looks, [9, 10, 11, 13, 14, 15]) is None
    found = asked(looks, list(means))
    assert found is not None and found.promising
    assert asked(looks, list(means)) is found


def test_days_of_spells_are_promising_seldom_and_planted_effects_often():
    """A sample; benchmarks/bench_promising.py draws 300 days of every situation."""
    rng = np.random.default_rng(13)
    days = [day_of(rng, spells(60, 0.05, 0.45), chains=1) for _ in range(20)]
    assert sum(map(promising_arm, days)) <= 4
    assert sum(bool(promising_hours(day)) for day in days) <= 4
    planted = [day_of(rng, PLANTED["fill rate + 20 points"], chains=2) for _ in range(8)]
    assert sum(map(promising_arm, planted)) >= 5
    bad = [day_of(rng, PLANTED["hour 15 fills 15 points less"], chains=4) for _ in range(8)]
    assert sum(15 in promising_hours(day) for day in bad) >= 5


def test_a_cell_of_the_evidence_takes_few_bytes():
    def many() -> Evidence:
        return gathered(
            AttemptRow(1, 570 + 15 * (n // 100), f"T{n % 100}", "MORNING", 10.0, 1, 1.5 * n, 2.0)
            for n in range(2_400)
        )

    assert retained_bytes(many) / 2_400 < 60
