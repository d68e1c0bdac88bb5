"""Advice in dollars: what was tried, what the same attempts tell, and what is said of thin evidence."""

from __future__ import annotations

import random
from typing import Any

import pytest

from engine.learning.evidence.gathering import Evidence
from engine.learning.ghosts import Ghosts
from engine.learning.metrics import OptimizationMetrics
from engine.learning.proposals import DOLLARS, Proposal
from engine.learning.proposing.earlier_cancel import propose_cancel
from engine.learning.proposing.levers import DESK, TRIED, DeskNow, LiveSettings
from engine.learning.proposing.recommender import Recommender
from engine.learning.verdicts import Verdict
from engine.orders.events import GhostWatched
from tests.support.attempt_rows import SETTINGS, AttemptRow, result

LIVE = LiveSettings(SETTINGS)


def day(
    *,
    rows: int = 20,
    quarters: int = 9,
    traders: str = "A",
    seed: int = 1,
    dollars: Any = lambda chance, trader, after, minute: 0.0,
    more: Any = lambda chance, after: {},
) -> Evidence:
    """Attempts by turns with the settings in force and with others, in each quarter hour."""
    chance, evidence = random.Random(seed), Evidence()
    for quarter in range(quarters):
        for number in range(rows):
            for trader in traders:
                after = number % 2 == 1
                minute = 570 + 15 * quarter
                row = AttemptRow(
                    1,
                    minute,
                    trader,
                    "MORNING",
                    40.0,
                    1,
                    dollars(chance, trader, after, minute),
                    10,
                )
                evidence.observe(result(row, **more(chance, after)), 1)
    return evidence


def advice(evidence: Evidence, traders: str = "A", **now: Any) -> list[Proposal]:
    desk = DeskNow(0.0, 1, 900, dict.fromkeys(traders, LIVE), **now)
    return Recommender(evidence, OptimizationMetrics(), {}).consider(desk)


CHANGED: dict[str, Any] = {
    "contracts": 2,
    "cancel_ms": 3000,
    "buy_at": 0.4,
    "sell_at": 0.6,
    "minimum_floor": 0.1,
    "objective": "floor",
}


@pytest.mark.parametrize("lever", TRIED, ids=lambda lever: lever.field)
def test_each_setting_that_earns_more_is_promising(lever) -> None:
    other = (
        SETTINGS._replace(delay_high_s=9.0)
        if lever.field == "delay"
        else SETTINGS._replace(**{lever.field: CHANGED[lever.field]})
    )
    evidence = day(
        dollars=lambda chance, trader, after, minute: chance.choice((0, 0, 6 + 6 * after)),
        more=lambda chance, after: {"settings": other if after else SETTINGS},
    )
    [found] = [p for p in advice(evidence) if p.kind == lever.kind]
    assert (found.trader, found.setting, found.verdict) == (DESK, lever.setting, Verdict.PROMISING)
    assert found.effect is not None and found.effect_low is not None and found.effect_low > 0
    assert found.unit == DOLLARS
    assert [arm.n for arm in found.arms] == [90, 90]
    assert all(len(arm.label) <= 10 for arm in found.arms)
    assert "a trial proves it" in found.evidence[-1]


def test_a_value_that_earns_less_or_does_harm_is_not_advised() -> None:
    other = SETTINGS._replace(contracts=2)
    worse = day(
        dollars=lambda chance, trader, after, minute: chance.choice((0, 0, 9 - 6 * after)),
        more=lambda chance, after: {"settings": other if after else SETTINGS},
    )
    assert [p for p in advice(worse) if p.kind == "SIZE"] == []
    hanging = day(
        dollars=lambda chance, trader, after, minute: chance.choice((0, 0, 6 + 6 * after)),
        more=lambda chance, after: {
            "settings": other if after else SETTINGS,
            "hedge_s": 60.0 if after else 1.0,
        },
    )
    [found] = [p for p in advice(hanging) if p.kind == "SIZE"]
    assert found.verdict is Verdict.NOT_SEPARATED
    assert any("hung" in sentence for sentence in found.evidence)


def test_few_blocks_are_thin_and_say_how_few() -> None:
    other = SETTINGS._replace(contracts=2)
    evidence = day(
        quarters=3,
        dollars=lambda chance, trader, after, minute: chance.choice((0, 0, 6 + 6 * after)),
        more=lambda chance, after: {"settings": other if after else SETTINGS},
    )
    [found] = [p for p in advice(evidence) if p.kind == "SIZE"]
    assert found.verdict is Verdict.THIN and found.effect is None
    assert "3 of 8 quarter hours" in found.evidence[-1]


def test_a_size_outside_its_bounds_and_a_busy_trader_get_no_advice() -> None:
    evidence = day(
        dollars=lambda chance, trader, after, minute: chance.choice((0, 0, 6 + 6 * after)),
        more=lambda chance, after: {"settings": SETTINGS._replace(contracts=1 + 10 * after)},
    )
    assert [p for p in advice(evidence) if p.kind == "SIZE"] == []
    other = SETTINGS._replace(cancel_ms=3000)
    evidence = day(
        traders="AB",
        dollars=lambda chance, trader, after, minute: chance.choice((0, 0, 6 + 6 * after)),
        more=lambda chance, after: {"settings": other if after else SETTINGS},
    )
    busy = LiveSettings(SETTINGS, busy=True)
    found = Recommender(evidence, OptimizationMetrics(), {}).consider(
        DeskNow(0.0, 1, 900, {"A": busy, "B": LIVE})
    )
    assert {p.trader for p in found if p.kind == "CANCEL"} == {"B"}


def test_the_other_objective_is_judged_on_the_same_quotes() -> None:
    asked = {"other_pair": "C 1 2 3 4", "other_net_c": 5}
    evidence = day(
        dollars=lambda chance, trader, after, minute: 9.0 * after,
        more=lambda chance, after: {**asked, "other_floor": 0.12 + chance.choice((0.05, 0.15))},
    )
    [found] = [p for p in advice(evidence) if p.kind == "CHOICE"]
    assert (found.before, found.after, found.verdict) == ("credit", "floor", Verdict.PROMISING)
    # +0.10 a share x 100 x half of the attempts fill x 360 attempts an hour
    assert found.effect == pytest.approx(0.10 * 100 * 0.5 * 360, rel=0.1)
    assert "On the quotes of 180 attempts" in found.evidence[0]
    same = day(
        dollars=lambda chance, trader, after, minute: 9.0 * after,
        more=lambda chance, after: {**asked, "other_floor": 0.10},
    )
    assert [p for p in advice(same) if p.kind == "CHOICE"] == []


def test_orders_free_an_hour_is_left_out_only_where_it_loses() -> None:
    def poor(chance: random.Random, trader: str, after: bool, minute: int) -> float:
        return chance.choice((1.0, 3.0)) if minute // 60 == 10 else chance.choice((8.0, 12.0))

    assert [p for p in advice(day(dollars=poor, quarters=24)) if p.kind == "HOURS"] == []


def test_scarce_orders_go_where_they_make_more() -> None:
    def poor(chance: random.Random, trader: str, after: bool, minute: int) -> float:
        return chance.choice((1.0, 3.0)) if minute // 60 == 10 else chance.choice((8.0, 12.0))

    found = advice(day(dollars=poor, quarters=26), budgeted=True, reservation=5.0)
    [hours] = [p for p in found if p.kind == "HOURS"]
    assert hours.after == (9, 11, 12, 13, 14, 15)
    assert hours.verdict is Verdict.PROMISING
    assert "less each than those of other hours" in hours.evidence[0]


def test_a_chain_that_loses_is_advised_to_rest_and_one_that_earns_is_not() -> None:
    evidence = day(
        traders="AB",
        dollars=lambda chance, trader, after, minute: (
            chance.choice((-3.0, -1.0)) if trader == "B" else 5.0
        ),
    )
    [found] = [p for p in advice(evidence, "AB") if p.kind == "PAUSE"]
    assert (found.trader, found.after, found.verdict) == ("B", True, Verdict.PROMISING)
    assert found.effect == pytest.approx(2 * 360, rel=0.1)


def test_attempts_below_a_floor_that_lose_argue_for_a_higher_minimum() -> None:
    evidence = day(
        dollars=lambda chance, trader, after, minute: chance.choice((-4.0, -2.0)) if after else 6.0,
        more=lambda chance, after: {"floor": 0.07 if after else 0.30},
    )
    [found] = [p for p in advice(evidence) if p.kind == "FLOOR"]
    assert (found.before, found.after, found.verdict) == (0.0, 0.10, Verdict.PROMISING)
    assert "whose floor was below 0.10" in found.evidence[0]


def test_the_smallest_gain_worth_having_is_frozen_for_a_session() -> None:
    evidence = day(dollars=lambda chance, trader, after, minute: 5.0)
    recommender = Recommender(evidence, OptimizationMetrics(), {})
    now = DeskNow(0.0, 1, 900, {"A": LIVE})
    assert recommender.smallest(now) == pytest.approx(0.05 * 5 * 360)
    for _ in range(500):
        evidence.observe(result(AttemptRow(1, 720, "A", "MIDDAY", 40.0, 1, 500.0, 10)), 1)
    assert recommender.smallest(now) == pytest.approx(0.05 * 5 * 360)
    anew = recommender.smallest(DeskNow(0.0, 2, 900, {"A": LIVE}))
    assert anew is not None and anew > 1000


def test_ten_attempts_do_not_set_the_smallest_gain_for_the_day() -> None:
    """The first ten make fifty times what the day does; a look waits until the gain is set."""
    other = SETTINGS._replace(contracts=2)
    evidence, recommender = Evidence(), None
    now = DeskNow(0.0, 1, 900, {"A": LIVE}, budgeted=True)
    recommender = Recommender(evidence, OptimizationMetrics(), {})
    chance = random.Random(1)
    for _ in range(10):
        evidence.observe(result(AttemptRow(1, 570, "A", "OPEN", 40.0, 1, 250.0, 10)), 1)
    for trader in "ABCDEFGHI":  # under a budget each trader's session is a block: nine at once
        for number in range(20):
            dollars = chance.choice((0.0, 0.0, 6.0 + 6 * (number % 2)))
            row = AttemptRow(1, 570, trader, "MORNING", 40.0, 1, dollars, 10)
            evidence.observe(result(row, settings=other if number % 2 else SETTINGS), 1)
    early = recommender.consider(now)
    assert recommender.smallest(now) is None
    assert {p.verdict for p in early if p.kind == "SIZE"} == {Verdict.THIN}
    for quarter in range(1, 8):
        for _ in range(400):
            row = AttemptRow(1, 570 + 15 * quarter, "A", "MORNING", 40.0, 1, 5.0, 10)
            evidence.observe(result(row), 1)
    assert recommender.smallest(now) == pytest.approx(0.05 * 5 * 360, rel=0.25)
    assert {p.verdict for p in recommender.consider(now) if p.kind == "SIZE"} != {Verdict.THIN}


def test_an_earlier_cancel_counts_what_late_fills_made() -> None:
    evidence, metrics = Evidence(), OptimizationMetrics()
    for number in range(800):
        filled = number % 4 == 0
        dollars = 6.0 if filled else 0.0
        row = AttemptRow(1, 570 + number // 4, "A", "MORNING", 40.0, 1, dollars, 8.0)
        evidence.observe(result(row), 1)
        metrics.record_attempt(
            contracts=1,
            hour=10,
            delay_category="medium",
            filled=filled,
            fill_time_ms=300 + number % 100 if filled else None,
            waited_ms=None if filled else 2500,
        )
    now = DeskNow(0.0, 1, 900, {"A": LIVE})
    [found] = [p for p in Recommender(evidence, metrics, {}).consider(now) if p.kind == "CANCEL"]
    assert found.after == 900 and found.verdict is Verdict.PROMISING
    assert "a fill made +6.00 $" in found.evidence[0] + found.evidence[1]
    small = propose_cancel(DESK, metrics, LIVE, evidence.answers().total(), 1e6, 0.0)
    assert small is not None and small.verdict is Verdict.NOT_SEPARATED


@pytest.mark.parametrize("waited_s", [9.0, 38.0], ids=["as set", "for hedges, too"])
def test_an_earlier_cancel_is_advised_only_where_it_saves_time_that_attempts_really_took(
    waited_s: float,
) -> None:
    """A fill in twenty-five comes late; the time that an earlier cancel saves has to make up."""
    evidence, metrics = Evidence(), OptimizationMetrics()
    worked_ms, earlier_ms, late = [], [], 0
    for number in range(4_000):
        filled = number % 4 == 0
        ms = 2_000 if number % 100 == 0 else 300 + number % 100 if filled else 2_500
        late += ms == 2_000
        worked_ms.append(ms)
        earlier_ms.append(min(ms, 900))
        row = AttemptRow(
            1, 570 + number // 20, "A", "MORNING", 40.0, 1, 6.0 if filled else 0.0,
            waited_s + ms / 1000,
        )  # fmt: skip
        evidence.observe(result(row), 1)
        metrics.record_attempt(
            contracts=1,
            hour=10,
            delay_category="medium",
            filled=filled,
            fill_time_ms=ms if filled else None,
            waited_ms=None if filled else ms,
        )
    found = propose_cancel(DESK, metrics, LIVE, evidence.answers().total(), 0.5, 0.0)

    def hourly(fills: int, worked: list[int]) -> float:
        return 6.0 * fills * 3600 / (waited_s * len(worked) + sum(worked) / 1000)

    gain = hourly(1_000 - late, earlier_ms) - hourly(1_000, worked_ms)
    if gain <= 0:
        assert found is None
    else:
        assert found is not None and found.effect == pytest.approx(gain, rel=0.01)
    assert (gain > 0) == (waited_s == 9.0)


def test_the_arm_of_a_cancel_time_counts_the_attempts_that_its_sentences_count() -> None:
    evidence, metrics = cut_off()
    for _ in range(3):  # filled, and their credits are worked still: no dollars are known
        metrics.record_attempt(1, 10, "medium", True, 600, filled_contracts=1)
    found = propose_cancel(DESK, metrics, LIVE, evidence.answers().total(), 1.0, 0.0)
    assert found is not None
    (arm,) = found.arms
    assert (arm.k, arm.n) == (103, 403)
    assert found.evidence[0].startswith("103 fills of 403 timed attempts")
    assert arm.dollars_per_hour == pytest.approx(evidence.answers().total().per_hour)
    metrics.record_late_fill(1, 10, "medium", 1)
    late = propose_cancel(DESK, metrics, LIVE, evidence.answers().total(), 1.0, 0.0)
    assert late is not None and (late.arms[0].k, late.arms[0].n) == (104, 403)
    assert "1 more filled at a time that is not known" in late.evidence[0]


def cut_off() -> tuple[Evidence, OptimizationMetrics]:
    """A quarter of the attempts fills, just before the cancel; a fill makes six dollars."""
    evidence, metrics = Evidence(), OptimizationMetrics()
    for number in range(400):
        filled = number % 4 == 0
        row = AttemptRow(1, 570, "A", "MORNING", 40.0, 1, 6.0 if filled else 0.0, 8.0)
        evidence.observe(result(row), 1)
        metrics.record_attempt(
            contracts=1,
            hour=10,
            delay_category="medium",
            filled=filled,
            fill_time_ms=2400 if filled else None,
            waited_ms=None if filled else 2500,
        )
    return evidence, metrics


@pytest.mark.parametrize(
    ("crossed_ms", "told", "gains"),
    [
        (2800, "would have filled at least 37.5% of all attempts more", True),
        (9000, "would have filled at least 0.0% of all attempts more", False),
    ],
)
def test_a_later_cancel_stays_censored_and_says_what_it_would_bring_at_least(
    crossed_ms: int, told: str, gains: bool
) -> None:
    evidence, metrics = cut_off()
    ghosts = Ghosts()
    for number in range(300):
        crossed = crossed_ms if number % 2 else None
        ghosts.add(GhostWatched(0, "A", 1, "S", 2500, 0.35, 2500, 1, 2700, crossed, 0.5))
    now = DeskNow(0.0, 1, 900, {"A": LIVE}, ghosts=ghosts)
    [found] = [p for p in Recommender(evidence, metrics, {}).consider(now) if p.kind == "CANCEL"]
    assert (found.before, found.after, found.verdict) == (2500, 5000, Verdict.CENSORED)
    assert any(told in sentence for sentence in found.evidence)
    assert "No order was watched beyond 2,500 ms" in found.evidence[-1]
    assert found.effect is not None and found.effect_low is not None
    assert (found.effect > 0) is gains
    assert found.effect_low < found.effect


@pytest.mark.parametrize(
    ("before_ms", "fill_ms", "after_ms"),
    [
        (1000, 950, 2000),
        (1000, 850, 2000),
        (1000, 600, 2000),
        (2500, 2450, 5000),
        (4000, 3950, 5000),
    ],
)
def test_a_later_cancel_time_that_takes_a_try_is_twice_the_present_one(
    before_ms: int, fill_ms: int, after_ms: int
) -> None:
    evidence, metrics = Evidence(), OptimizationMetrics()
    for number in range(400):
        filled = number % 4 == 0
        row = AttemptRow(1, 570, "A", "MORNING", 40.0, 1, 6.0 if filled else 0.0, 8.0)
        evidence.observe(result(row), 1)
        metrics.record_attempt(
            contracts=1,
            hour=10,
            delay_category="medium",
            filled=filled,
            fill_time_ms=fill_ms if filled else None,
            waited_ms=None if filled else before_ms,
        )
    live = LiveSettings(SETTINGS._replace(cancel_ms=before_ms))
    now = DeskNow(0.0, 1, 900, {"A": live})
    [found] = [p for p in Recommender(evidence, metrics, {}).consider(now) if p.kind == "CANCEL"]
    assert (found.before, found.after) == (before_ms, after_ms)
    assert (found.verdict, found.effect) == (Verdict.CENSORED, None)
    assert any("for a trial to tell" in sentence for sentence in found.evidence)
    assert metrics.get_optimal_cancel_time_ms() == min(fill_ms + 500, 5000)


def test_a_later_cancel_at_which_nobody_looked_has_no_effect_to_tell() -> None:
    evidence, metrics = cut_off()
    ghosts = Ghosts()
    for _ in range(300):
        ghosts.add(GhostWatched(0, "A", 1, "S", 2500, 0.35, 2500, 1, 9000, None, 0.9))
    for known in (ghosts, None):
        now = DeskNow(0.0, 1, 900, {"A": LIVE}, ghosts=known)
        [found] = [
            p for p in Recommender(evidence, metrics, {}).consider(now) if p.kind == "CANCEL"
        ]
        assert (found.effect, found.effect_low) == (None, None)
        assert found.verdict is Verdict.CENSORED
