"""Answers: only what every fill model, the placebo and the held-out days agree on."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from engine.study.findings import Findings, findings_of
from engine.study.page import findings_page
from engine.study.text import findings_text
from tests.support.command_line import record_small_session
from tests.support.studies import ARMS, rows_of, study

MODELS = ["assumed", "assumed-width"]
DAYS = {"seeds": "1..6"}
CONTROL = [10.0, 14.0, 9.0, 12.0, 11.0, 13.0]
NOISE = [0.3, -0.2, 0.1, -0.3, 0.2, 0.0]


def more(usd: float) -> list[float]:
    """The control's days with so much more, and some noise."""
    return [day + usd + noise for day, noise in zip(CONTROL, NOISE, strict=True)]


def found(
    folder: Path,
    assumed: list[float],
    width: list[float],
    placebo: list[float] | None = None,
    sessions: dict[str, Any] | None = None,
) -> Findings:
    """The findings of one arm beside control and placebo, by its figures under two models."""
    plan = study(folder, fill_models=MODELS, sessions=sessions or DAYS)
    placebo = placebo or [*reversed(CONTROL)]
    usd = {
        ("credit", "assumed"): CONTROL,
        ("credit", "assumed-width"): CONTROL,
        ("floor", "assumed"): assumed,
        ("floor", "assumed-width"): width,
        ("placebo", "assumed"): placebo,
        ("placebo", "assumed-width"): placebo,
    }
    return findings_of(plan, rows_of(plan, usd), "0.1.0")


@pytest.mark.parametrize(
    ("assumed", "width", "answer", "reason"),
    [
        (more(20), more(15), "better", "under assumed and assumed-width; none held out"),
        (more(-20), more(-15), "worse", "under assumed and assumed-width; none held out"),
        (
            more(20),
            more(-15),
            "no answer",
            "the fill models contradict: better by assumed, worse by assumed-width",
        ),
        (more(20), more(0), "no answer", "the interval spans zero under assumed-width"),
        (more(0), more(0), "no answer", "the interval spans zero under assumed and assumed-width"),
    ],
    ids=["better", "worse", "contradicting", "one spans zero", "both span zero"],
)
def test_an_answer_needs_every_fill_model(
    tmp_path: Path, assumed: list[float], width: list[float], answer: str, reason: str
) -> None:
    (told,) = found(tmp_path, assumed, width).answers
    assert (told.arm, told.answer, told.reason) == ("floor", answer, reason)


def test_what_does_not_differ_from_the_placebo_is_no_answer(tmp_path: Path) -> None:
    (told,) = found(tmp_path, more(2), more(2), placebo=more(2)).answers
    assert told.answer == "no answer"
    assert told.reason == "under assumed it does not differ from the placebo"


@pytest.mark.parametrize(
    ("last", "answer"), [(40.0, "better"), (2.0, "no answer")], ids=["same way", "other way"]
)
def test_held_out_days_confirm_or_there_is_no_answer(
    tmp_path: Path, last: float, answer: str
) -> None:
    sessions: dict[str, Any] = {"seeds": "1..5", "held_out_seeds": [6]}
    arm = [*more(20)[:5], last]
    findings = found(tmp_path, arm, arm, sessions=sessions)
    (told,) = findings.answers
    assert told.answer == answer
    assert ("held-out days too" in told.reason) is (answer == "better")
    held_out = findings.of("floor", "assumed", "simulated", "held-out")
    assert held_out is not None
    assert held_out.days == ("seed 6",)
    assert held_out.differences["floor_usd"].mean == pytest.approx(last - CONTROL[5])


def test_simulated_and_recorded_days_never_meet_and_an_answer_says_which_it_is_about(
    tmp_path: Path,
) -> None:
    for name, minutes in (("one", 2), ("two", 3)):
        record_small_session(tmp_path / name, minutes=minutes)
    plan = study(tmp_path, sessions={"seeds": "1..3", "recorded": ["one", "two"]})
    usd = {
        ("credit", "assumed"): [10.0, 11.0, 12.0, 40.0, 41.0],
        ("placebo", "assumed"): [10.1, 10.9, 12.0, 40.0, 41.1],
        ("floor", "assumed"): [20.0, 21.1, 21.9, 30.0, 31.1],
    }
    findings = findings_of(plan, rows_of(plan, usd), "0.1.0")
    assert [(each.days, each.answer) for each in findings.answers] == [
        ("simulated", "better"),
        ("recorded", "worse"),
    ]
    means = {row.kind: row.means["floor_usd"] for row in findings.figures if row.arm == "floor"}
    assert means == {"simulated": pytest.approx(21.0), "recorded": pytest.approx(30.55)}
    assert {row.kind: row.days for row in findings.figures} == {
        "simulated": ("seed 1", "seed 2", "seed 3"),
        "recorded": ("one", "two"),
    }
    text, page = findings_text(findings), findings_page(findings)
    assert "FILL MODEL assumed, in-sample: 2 recorded days" in text
    assert "floor, recorded days: worse: under assumed alone; none held out" in text
    assert "Fill model assumed, recorded days, in-sample" in page


def test_recorded_days_that_are_all_held_out_answer_nothing(tmp_path: Path) -> None:
    record_small_session(tmp_path / "one", minutes=2)
    plan = study(tmp_path, sessions={"seeds": [1, 2], "held_out_recorded": ["one"]})
    usd = {(arm.name, "assumed"): [1.0, 2.0, 3.0] for arm in plan.arms}
    answers = findings_of(plan, rows_of(plan, usd), "0.1.0").answers
    assert [(each.days, each.reason) for each in answers][1] == (
        "recorded",
        "held-out days alone only confirm",
    )


def test_what_a_result_owes_to_suspect_pairs_is_told_and_no_known_pair_is_no_share(
    tmp_path: Path,
) -> None:
    plan = study(tmp_path)
    rows = rows_of(plan, {(arm.name, "assumed"): [100.0, 100.0] for arm in plan.arms})
    for place, runs in rows.items():
        rows[place] = [
            [
                replace(
                    row,
                    attempts=8,
                    suspect=2 if place[0] == "floor" else 0,
                    mid_unknown=3 if place[0] == "floor" else 8,
                    suspect_floor_c=7_000,
                    plain_floor_c=3_000,
                    mid_floor_c=-450,
                )
                for row in run
            ]
            for run in runs
        ]
    findings = findings_of(plan, rows, "0.1.0")
    floor, credit = (
        findings.of(name, "assumed", "simulated", "in-sample") for name in ("floor", "credit")
    )
    assert floor is not None and credit is not None
    assert (floor.means["suspect_share"], credit.means["suspect_share"]) == (40.0, None)
    assert (floor.means["suspect_usd"], floor.means["plain_usd"]) == (70.0, 30.0)
    assert floor.means["mid_floor_usd"] == -4.5
    text = findings_text(findings)
    assert re.search(r"floor +0 +0 +-4 +40\.0 +70 +30 +0", text)
    assert re.search(r"credit +0 +0 +-4 +n/a +70 +30 +0", text)


def test_one_day_answers_nothing(tmp_path: Path) -> None:
    findings = found(tmp_path, more(20), more(20), sessions={"seeds": [1]})
    assert findings.answers[0].reason == "two days or more are needed"


def test_more_arms_make_every_interval_wider(tmp_path: Path) -> None:
    few = found(tmp_path, more(20), more(20))
    arms = ARMS | {
        f"floor-{cents}": {"spreads": {"min_payoff_floor": cents / 100}} for cents in (1, 2)
    }
    plan = study(tmp_path, sessions=DAYS, arms=arms)
    usd = {(arm.name, "assumed"): more(20) for arm in plan.arms} | {("credit", "assumed"): CONTROL}
    many = findings_of(plan, rows_of(plan, usd), "0.1.0")
    assert many.study.tried == 3
    assert "jointly over the 3 arms tried" in many.method
    narrow, wide = (each.of("floor", "assumed", "simulated", "in-sample") for each in (few, many))
    assert narrow is not None and wide is not None
    spans = []
    for row in (narrow, wide):
        interval = row.differences["floor_usd"]
        assert interval.low is not None and interval.high is not None
        spans.append(interval.high - interval.low)
    assert spans[1] > 1.2 * spans[0]


def test_a_recorded_day_is_one_day_however_often_its_fills_are_drawn(tmp_path: Path) -> None:
    plan = study(tmp_path, sessions={"seeds": [1, 2]})
    usd = {("credit", "assumed"): [1.0, 2.0], ("floor", "assumed"): [5.0, 6.0]}
    rows = rows_of(plan, {**usd, ("placebo", "assumed"): [1.0, 2.0]})
    for place, (run,) in list(rows.items()):
        rows[place].append([replace(row, floor_c=row.floor_c + 200) for row in run])
    row = findings_of(plan, rows, "0.1.0").of("floor", "assumed", "simulated", "in-sample")
    assert row is not None
    assert row.values["floor_usd"] == [6.0, 7.0]
    assert row.differences["floor_usd"].days == 2
    assert row.traders == {"SPY 2026-12-04": 6.5}


def test_an_unknown_figure_stays_unknown(tmp_path: Path) -> None:
    plan = study(tmp_path)
    usd = {(arm.name, "assumed"): [1.0, 2.0] for arm in plan.arms}
    rows = rows_of(plan, usd)
    for place in rows:
        rows[place] = [
            [replace(row, open_worst_c=None, orders=0) for row in run] for run in rows[place]
        ]
    findings = findings_of(plan, rows, "0.1.0")
    row = findings.of("floor", "assumed", "simulated", "in-sample")
    assert row is not None
    assert row.means["open_worst_usd"] is None
    assert row.means["usd_per_order"] is None
    assert "n/a" in findings_text(findings)
    assert "n/a" in findings_page(findings)


def test_text_and_page_name_the_fill_model_beside_every_table_and_differing_books(
    tmp_path: Path,
) -> None:
    plan = study(tmp_path, fill_models=MODELS, question="is 1 < 2 & so on?")
    usd = {(arm.name, model): [1.0, 2.0] for arm in plan.arms for model in MODELS}
    rows = rows_of(plan, usd)
    rows["floor", "seed 2", "assumed"][0][0] = replace(
        rows["floor", "seed 2", "assumed"][0][0], difference="book != broker: <1>"
    )
    findings = findings_of(plan, rows, "0.1.0")
    text, page = findings_text(findings), findings_page(findings)
    for model in MODELS:
        assert f"FILL MODEL {model}, in-sample: 2 simulated days" in text
        assert f"Fill model {model}, simulated days, in-sample" in page
    assert "floor, seed 2, assumed, seed 1: book != broker: <1>" in text
    assert "1 arms tried beside control and placebo" in text
    assert "1, beside control and placebo" in page
    assert "is 1 &lt; 2 &amp; so on?" in page
    assert "book != broker: &lt;1&gt;" in page
    assert "<1>" not in page


def test_the_page_stands_alone_and_every_plot_is_sound(tmp_path: Path) -> None:
    page = findings_page(found(tmp_path, more(20), more(-15)))
    for outside in ("http", "<script", "src=", "@import", "url("):
        assert outside not in page, outside
    plots = [part.partition("</svg>")[0] for part in page.split("<svg")[1:]]
    assert len(plots) == 6, "intervals, days and gates under each model"
    for plot in plots:
        root = ElementTree.fromstring(f"<svg{plot}</svg>")
        xs = [float(mark.get("cx", "0")) for mark in root.iter("circle")]
        assert all(0 <= x <= 760 for x in xs)
    shown = [
        [mark.text for mark in ElementTree.fromstring(f"<svg{plot}</svg>").iter("text")]
        for plot in plots
    ]
    assert all(tick in shown[4] for tick in ("0", "0.2", "0.4", "0.6", "0.8", "1.0"))
    assert "OPEN 100%" in shown[4], "a part says what it is without its colour"
    dots = list(ElementTree.fromstring(f"<svg{plots[0]}</svg>").iter("circle"))
    assert [dot.get("class") for dot in dots] == ["dot up", "dot open"]
    assert "+20.02 [+19.77, +20.26]" in shown[0]


def test_the_findings_are_json_with_the_model_beside_every_figure(tmp_path: Path) -> None:
    plain = json.loads(json.dumps(found(tmp_path, more(20), more(15)).to_json()))
    assert plain["answers"] == [
        {
            "arm": "floor",
            "days": "simulated",
            "answer": "better",
            "reason": "under assumed and assumed-width; none held out",
        }
    ]
    assert plain["arms"] == {
        "credit": {},
        "floor": {"spreads.objective": "floor"},
        "placebo": {"draws": "of its own"},
    }
    assert {row["fill_model"] for row in plain["figures"]} == set(MODELS)
    assert plain["tried"] == 1
