"""A study counts its arms' trials, deals placebo trials again, and chains sessions."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from engine.commands import Ask
from engine.config import ConfigError, DeskConfig, SimulationSettings
from engine.learning.estimators import wilson
from engine.orders import events as ev
from engine.study.findings import findings_of
from engine.study.page import findings_page
from engine.study.points import Point, task_of
from engine.study.redealt import RedealtTrials
from engine.study.running import DESK, run_task
from engine.study.store import Store
from engine.study.text import findings_text
from engine.study.trial_rows import TrialFigures, trial_figures, trial_sums
from engine.study.work import runs_of, tasks_of
from tests.support.studies import BLANK, rows_of, study
from tests.support.trial_desk import TrialDesk

KEPT = TrialFigures(
    "T1", "buy_location", "*", "0.4", False, "KEPT", 50, 90, 100, 0.025, 5.0, 40.0, 20.0, 60.0,
    44.0, 10.0, 19.6, -1200,
)  # fmt: skip
MISSED = replace(KEPT, trial="T2", end="NO DIFFERENCE", measured=-90.0, error=0.01)
GOES_ON = replace(KEPT, trial="T3", end="", predicted=None, low=None, high=None)

CHAINED: dict[str, Any] = {"seeds": "1..4", "chained": 2}


def test_trials_are_counted_once_though_a_day_goes_on_with_those_of_the_day_before() -> None:
    ended_later = replace(GOES_ON, carried=True, end="TIME UP")
    sums = trial_sums([[KEPT, MISSED, GOES_ON], [ended_later], []])
    own = sums.own
    assert own.started == 3
    assert own.ended == {"KEPT": 1, "NO DIFFERENCE": 1, "TIME UP": 1}
    assert (own.kept, own.days, own.days_kept) == (1, 2, 1)
    assert own.allowed == pytest.approx(0.025 + 0.01 + 0.025)
    assert sums.redealt is None
    assert (sums.calibration.trials, sums.calibration.inside) == (2, 1)
    assert [lever for lever, _ in sums.finished] == ["buy_location", "buy_location"]


def test_what_runs_on_counts_among_those_that_were_not_kept() -> None:
    """What ends first reads high or low: of those that ended many are KEPT without an effect."""
    runs_on = [replace(GOES_ON, trial=f"T{number}") for number in range(3, 22)]
    sums = trial_sums([[KEPT, *runs_on]])
    assert (sums.own.started, sums.own.over, sums.own.kept) == (20, 1, 1)
    assert sums.kept_share == wilson(1, 20)
    assert sums.own.allowed == pytest.approx(20 * 0.025)
    assert sums.to_json()["kept_share_low"] == wilson(1, 20)[0]


def test_trials_that_are_dealt_again_say_nothing_of_how_certain_a_share_is() -> None:
    """They share their attempts: twenty of them are not twenty trials more."""
    own = replace(KEPT, end="TIME UP")
    again = [
        replace(KEPT, trial=f"T1/{coin}", dealt_from="T1", end="KEPT" if coin < 3 else "TIME UP")
        for coin in range(1, 21)
    ]
    sums = trial_sums([[own, *again], [own]])
    assert (sums.own.started, sums.own.over, sums.own.kept) == (2, 2, 0)
    assert sums.kept_share == wilson(0, 2)
    assert (sums.calibration.trials, len(sums.finished)) == (2, 2)
    assert sums.redealt is not None
    assert (sums.redealt.over, sums.redealt.kept, sums.redealt.days_kept) == (20, 2, 1)
    told = sums.to_json()
    assert (told["kept"], told["redealt"]["kept"]) == (0, 2)
    assert not {"kept_share_low", "kept_share_high"} & told["redealt"].keys()


def test_an_effect_is_inside_where_both_errors_together_allow_it() -> None:
    # Deviations: 10.2 of the prediction, 10 of the measurement; 28 both at 95 %.
    for measured, inside in ((67.0, True), (69.0, False), (13.0, True), (11.0, False)):
        found = replace(KEPT, measured=measured).finished
        assert found is not None
        assert found.inside is inside


def test_rows_keep_their_trials(tmp_path: Path) -> None:
    store, rows = Store(tmp_path), [replace(BLANK, trials=(KEPT, GOES_ON)), BLANK]
    task = task_of(DeskConfig(), Point(1), "watch")
    store.write(task, rows)
    assert store.read(task.key) == rows


def test_findings_tell_an_arms_trials_and_draw_predicted_against_measured(tmp_path: Path) -> None:
    plan = study(tmp_path)
    usd = {(arm.name, "assumed"): [1.0, 2.0] for arm in plan.arms}
    rows = rows_of(plan, usd)
    for run in rows["floor", "seed 1", "assumed"]:
        run[0] = replace(run[0], trials=(KEPT, MISSED))
    found = findings_of(plan, rows, "0.1.0")
    told = json.loads(json.dumps(found.to_json()))
    by_arm = {row["arm"]: row["trials"] for row in told["figures"]}
    assert by_arm["credit"] is None
    assert by_arm["floor"]["ended"] == {"KEPT": 1, "NO DIFFERENCE": 1}
    assert by_arm["floor"]["slope"] == pytest.approx((44 - 90) / 80)
    assert "floor, assumed, simulated days, in-sample: 2 started, 2 ended (1 KEPT" in findings_text(
        found
    )
    page = findings_page(found)
    plots = [part.partition("</svg>")[0] for part in page.split("<svg")[1:]]
    drawn = [ElementTree.fromstring(f"<svg{plot}</svg>") for plot in plots]
    (plot,) = [each for each in drawn if "predicted, $ a trader-hour" in "".join(each.itertext())]
    assert [dot.get("class") for dot in plot.iter("circle")] == ["dot up", "dot down open"]
    for mark in plot.iter("line"):
        assert all(0 <= float(mark.get(name, "-1")) <= 520 for name in ("x1", "x2", "y1", "y2"))


def test_trials_dealt_again_are_told_below_the_desks_own(tmp_path: Path) -> None:
    plan = study(tmp_path)
    usd = {(arm.name, "assumed"): [1.0, 2.0] for arm in plan.arms}
    rows = rows_of(plan, usd)
    again = [replace(KEPT, trial=f"T2/{coin}", dealt_from="T2") for coin in (1, 2)]
    runs = replace(again[0], trial="T2/3", end="")
    for run in rows["floor", "seed 1", "assumed"]:
        run[0] = replace(run[0], trials=(MISSED, *again, runs))
    told = findings_text(findings_of(plan, rows, "0.1.0"))
    assert "1 started, 1 ended (1 NO DIFFERENCE)\n    KEPT 0 of 1 [0.0%, 79.3%]" in told
    assert "dealt again by other coins, from the same attempts: 3 started, 2 ended (2 KEPT)" in told
    assert "KEPT 2 of 3 (66.7%; no interval, they share their attempts)" in told


# ---------------------------------------------------------------------- placebo trials dealt again


def test_a_placebo_trial_is_dealt_by_other_coins_as_the_desk_would_have_had_it() -> None:
    """The desk's own coin, dealt again, gives what the desk's own trial gave."""
    desk = TrialDesk(warm=60)
    again = RedealtTrials(coins=3)
    context = desk.executor.context
    again.watch(context.state)
    context.subscribe(ev.TrialStarted, again.observe)
    context.subscribe(ev.CycleEnded, again.observe)
    assert desk.ask(Ask.TRIAL, word="placebo * +100%").target
    own = desk.running[0]
    same = again.records[0]
    same.assignment._seed = own.started.seed
    same.assignment.go_on(0, {})
    numbers = iter(range(10_000))
    for _ in range(40):
        for key in desk.keys:
            dollars = float(next(numbers) % 7)
            # An attempt goes out before anything else is told of it.
            chosen = desk.cycle + 1
            again._debits[f"{key}/{chosen}"] = chosen
            for record in again.running:
                record.chosen(key, chosen, record.arm(key))
            desk.attempt(key, dollars)
    assert own.course.pairs.n > 30
    assert same.course.pairs == own.course.pairs
    others = {record.course.pairs.total for record in again.records[1:]}
    assert len(others | {own.course.pairs.total}) == 3
    assert [record.name for record in again.records] == ["T1/1", "T1/2", "T1/3"]
    assert trial_figures(context.state.trials)[0].lever == "placebo"


def watched(desk: TrialDesk, again: RedealtTrials) -> RedealtTrials:
    context = desk.executor.context
    again.watch(context.state)
    context.subscribe(ev.TrialStarted, again.observe)
    context.subscribe(ev.TrialShut, again.observe)
    return again


def test_a_trial_that_is_dealt_again_goes_on_the_next_day_and_is_counted_once() -> None:
    desk = TrialDesk(warm=60)
    again = watched(desk, RedealtTrials(coins=3))
    assert desk.ask(Ask.TRIAL, word="placebo * +100%").target
    for record in again.records:
        for cycle in range(2_001, 2_021):
            record.chosen(desk.keys[0], cycle, record.arm(desk.keys[0]))
    used = [record.assignment.used[desk.keys[0]] for record in again.records]
    assert used == [20] * 3
    first = again.figures()
    later = again.next_day(0)
    fresh = TrialDesk(warm=0, carried=desk.left(), day=desk.day.replace(day=25))
    context = fresh.executor.context
    for event in fresh.of(ev.TrialStarted):
        later.observe(event)
    assert [record.name for record in later.records] == ["T1/1", "T1/2", "T1/3"]
    assert [record.assignment.used[desk.keys[0]] for record in later.records] == used
    second = later.figures()
    assert {each.dealt_from for each in (*first, *second)} == {"T1"}
    own = [trial_figures(each) for each in (desk.state.trials, context.state.trials)]
    sums = trial_sums([[*own[0], *first, *own[1], *second]])
    assert sums.own.started == 1
    assert sums.redealt is not None
    assert sums.redealt.started == 3


def test_time_without_orders_is_the_arms_that_the_other_coin_dealt() -> None:
    desk = TrialDesk(warm=60)
    again = watched(desk, RedealtTrials(coins=8))
    assert desk.ask(Ask.TRIAL, word="placebo * +100%").target
    key = desk.keys[0]
    places = [record.assignment.place(key) for record in again.records]
    desk.executor.context.emit(ev.TrialShut(0, "T1", key, True, 30.0, "LOSS_ROOM"))
    after = [place is not None and place.after for place in places]
    assert len(set(after)) == 2
    assert [record.course.after.closed_s for record in again.records] == [
        30.0 * each for each in after
    ]
    assert [record.course.before.closed_s for record in again.records] == [
        30.0 * (not each) for each in after
    ]


# ---------------------------------------------------------------------- chained sessions


def test_a_chain_is_one_day_of_comparison_and_one_task_whose_key_covers_it(tmp_path: Path) -> None:
    plan = study(tmp_path, sessions=CHAINED)
    assert [(day.name, day.seeds) for day in plan.days] == [
        ("seeds 1 to 2", (1, 2)),
        ("seeds 3 to 4", (3, 4)),
    ]
    tasks = tasks_of(plan)["credit", "seeds 1 to 2", "assumed"]
    assert [task.point.seeds for task in tasks] == [(1, 2)]
    config, point = plan.arms[0].config, tasks[0].point
    longer = replace(point, following=(2, 3))
    alone = replace(point, following=())
    assert len({task_of(config, each, "watch").key for each in (point, longer, alone)}) == 3


@pytest.mark.parametrize(
    ("sessions", "said"),
    [
        ({"seeds": "1..5", "chained": 2}, "seeds are 5, which chains of 2 do not divide"),
        (
            {"seeds": [1, 2], "held_out_seeds": [3], "chained": 2},
            "held_out_seeds are 1, which chains of 2 do not divide",
        ),
        ({"recorded": ["x"], "chained": 2}, "chained days are simulated ones"),
        ({"seeds": [1], "chained": 0}, "chained"),
    ],
)
def test_a_chain_that_cannot_be_is_told(tmp_path: Path, sessions: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        study(tmp_path, sessions=sessions)


def test_days_of_a_chain_are_sessions_that_follow_one_another() -> None:
    config = DeskConfig(simulation=SimulationSettings(session_date="2026-11-25"))
    days = list(Point(7, following=(8, 9)).days(config))
    assert [(seed, day.simulation.seed, day.simulation.session_date) for seed, day in days] == [
        (7, 7, "2026-11-25"),
        (8, 8, "2026-11-27"),
        (9, 9, "2026-11-30"),
    ]
    last = DeskConfig(simulation=SimulationSettings(session_date="2030-12-31"))
    with pytest.raises(ConfigError, match="the calendar ends at"):
        list(Point(7, following=(8,)).days(last))


def test_a_chain_leaves_rows_of_each_day_and_its_figure_is_their_mean(tmp_path: Path) -> None:
    plan = study(tmp_path, sessions={"seeds": "1..2", "chained": 2}, until="09:31")
    places = tasks_of(plan)
    (task,) = places["credit", "seeds 1 to 2", "assumed"]
    runs = runs_of(run_task(task))
    assert [[run[0].seed, run[0].trader] for run in runs] == [[1, DESK], [2, DESK]]
    assert all(run[0].difference == "" and run[0].attempts for run in runs)
    found = findings_of(plan, dict.fromkeys(places, runs), "v")
    (figures,) = [row for row in found.figures if row.arm == "credit"]
    assert len(figures.by_session) == 2
    assert figures.means["floor_usd"] == pytest.approx(sum(run[0].floor_c for run in runs) / 200)
    assert "FLOOR $ A TRADER-HOUR BY SESSION OF A CHAIN" in findings_text(found)


def test_a_study_that_approves_also_tries_nothing(tmp_path: Path) -> None:
    arms: dict[str, Any] = {"credit": {}, "tries": {"policy": "approve"}}
    plan = study(tmp_path, arms=arms)
    assert [arm.name for arm in plan.arms] == ["credit", "tries", "placebo-trials", "placebo"]
    assert [arm.name for arm in plan.compared] == ["tries"]
    with pytest.raises(ConfigError, match=r"arms\.placebo-trials is added by the study itself"):
        study(tmp_path, arms={"credit": {}, "placebo-trials": {}})


def test_until_is_of_every_day() -> None:
    assert Point(1, time(9, 31), following=(2,)).until == time(9, 31)
