"""Dollars by hour and waiting times: means over days, and what was given up is no fill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.learning.survival import FillTimes, kaplan_meier
from engine.study.courses import Runs, time_to_fill, time_to_hedge, usd_by_hour
from engine.study.findings import findings_of
from engine.study.page import findings_page
from tests.support.studies import BLANK, rows_of, study

COUNTS = st.dictionaries(st.integers(0, 60).map(lambda n: 50 * n), st.integers(1, 40), max_size=12)


def day(fills: Mapping[int, int], waits: Mapping[int, int]) -> Runs:
    return [replace(BLANK, fill_times=dict(fills), waits=dict(waits))]


@given(COUNTS, COUNTS)
def test_the_curve_of_one_day_is_its_kaplan_meier_estimate(
    fills: dict[int, int], waits: dict[int, int]
) -> None:
    curve = time_to_fill([day(fills, waits)])
    if not fills and not waits:
        assert curve is None
        return
    assert curve is not None
    expected = kaplan_meier(FillTimes(fills, waits))
    shares = dict(zip(expected.times_s, expected.filled, strict=True))
    for took_s, share in zip(curve.times_s, curve.share, strict=True):
        reached = max(at for at in shares if at <= took_s)
        assert share == pytest.approx(shares[reached])
    assert (curve.waits, curve.ended) == (expected.attempts, expected.attempts - expected.censored)
    assert (curve.low, curve.high, curve.days) == (None, None, 1)


@given(st.lists(st.tuples(COUNTS, COUNTS), min_size=2, max_size=4))
def test_a_band_holds_the_curve_and_shares_rise_from_none_to_at_most_all(
    days: list[tuple[dict[int, int], dict[int, int]]],
) -> None:
    curve = time_to_fill([day(*each) for each in days])
    if curve is None or curve.low is None or curve.high is None:
        return
    assert list(curve.times_s) == sorted(set(curve.times_s))
    assert list(curve.share) == sorted(curve.share)
    for low, share, high in zip(curve.low, curve.share, curve.high, strict=True):
        assert 0.0 <= low <= share <= high <= 1.0 + 1e-9


def test_the_curve_is_the_mean_of_days_and_not_that_of_the_day_with_most_attempts() -> None:
    curve = time_to_fill([day({500: 900}, {2_500: 100}), day({500: 1}, {2_500: 9})])
    assert curve is not None and curve.low is not None
    assert curve.times_s == (0.0, 0.5, 2.5)
    assert curve.share == pytest.approx((0.0, 0.5, 0.5))
    assert (curve.waits, curve.ended, curve.days) == (1_010, 901, 2)


def test_a_curve_ends_where_few_still_wait() -> None:
    curve = time_to_fill([day({100: 10, 9_000: 1}, {2_500: 189})])
    assert curve is not None
    assert curve.times_s[-1] == 2.5, "the one fill at 9 s would lift it to all"


def test_a_coarse_step_is_told_at_its_end() -> None:
    curve = time_to_hedge([[replace(BLANK, hedges={9_950: 1, 12_000: 1})]])
    assert curve is not None
    assert curve.times_s == (0.0, 9.95, 13.0)


def test_runs_of_one_day_are_pooled_and_a_unit_given_up_is_not_hedged() -> None:
    runs = [
        replace(BLANK, hedges={1_000: 3}, unhedged={500: 4}),
        replace(BLANK, hedges={1_000: 1}),
    ]
    curve = time_to_hedge([runs])
    assert curve is not None
    assert curve.share == pytest.approx((0.0, 1.0))
    assert (curve.waits, curve.ended, curve.days) == (8, 4, 1)


def test_dollars_by_hour_are_means_of_the_days_that_were_open_then() -> None:
    days = [
        [replace(BLANK, hour_looks={9: 180, 10: 360}, hour_floor_c={9: 1_000, 10: -500})],
        [replace(BLANK, hour_looks={10: 720, 11: 360}, hour_floor_c={10: 3_000})],
    ]
    assert usd_by_hour(days) == {9: 20.0, 10: 5.0, 11: 0.0}


def test_the_page_shows_curves_hours_and_days_of_every_model(tmp_path: Path) -> None:
    plan = study(tmp_path, sessions={"seeds": [1, 2], "held_out_seeds": [3]})
    rows = rows_of(plan, {(arm.name, "assumed"): [1.0, 2.0, 3.0] for arm in plan.arms})
    for place in rows:
        rows[place] = [
            [
                replace(
                    row,
                    fill_times={500: 20},
                    waits={2_500: 80},
                    hedges={3_000: 20},
                    hour_looks={9: 360},
                    hour_floor_c={9: 4_200},
                )
                for row in run
            ]
            for run in rows[place]
        ]
    page = findings_page(findings_of(plan, rows, "0.1.0"))
    assert page.count('class="band"') == 6, "fills and hedges of three arms"
    for title in (
        "Differences from the control, simulated days",
        "Difference by day, simulated days",
        "Floor $ a trader-hour by hour, simulated days, in-sample",
        "Time to fill, simulated days, in-sample",
        "Time to the hedge, simulated days, in-sample",
        "First closed gates, simulated days, in-sample",
    ):
        assert f"<h3>{title}</h3>" in page, title
    assert page.count("<th>9:00</th>") == 1
    assert "3 days, held-out behind the line" in page
    assert '<th class="apart">3</th>' in page
