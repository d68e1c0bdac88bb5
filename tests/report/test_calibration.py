"""How good advice was over several sessions: each finished trial once, promises beside measures."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from engine.report.calibration import FEW_TRIALS, promises_kept
from engine.report.records import SessionReport, TrialRow
from engine.report.session import session_report
from engine.report.span import SpanReport, span_report
from engine.report.span_page import span_page
from engine.report.span_text import span_text
from engine.report.text import report_text
from engine.report.trials import predicted_of
from tests.support.sessions import began, open_ms, report, state_of, told

MONDAY, TUESDAY = "2024-11-18", "2024-11-19"

TRIAL = TrialRow(
    id="T1", setting="objective", trader="*", after="floor", end="KEPT", pairs=300, effect=9.0,
    low=2.0, high=16.0, shrunk=7.0, promised={"effect": 10.0, "low": 5.0, "high": 15.0},
    cost_usd=0.0, next_usd_hour=None, reasons=(), standard_error=2.0, reach=3.92,
    ended_ms=open_ms(MONDAY) + 1,
)  # fmt: skip


def session(day: str, *trials: TrialRow, **changes: Any) -> SessionReport:
    return replace(report(day, **changes), trials=trials)


def span(*sessions: SessionReport) -> SpanReport:
    return span_report(MONDAY, TUESDAY, sessions)


def test_promises_are_held_against_what_was_measured():
    missed = replace(TRIAL, id="T2", effect=-1.0, low=-9.0, high=None, end="TIME UP")
    found = promises_kept([session(MONDAY, TRIAL, missed)])
    assert found is not None
    assert [row.id for row in found.trials] == ["T1", "T2"]
    assert found.inside == 1
    assert found.slope == pytest.approx(0.4)
    assert found.thin


def test_twenty_trials_are_no_longer_thin():
    rows = [replace(TRIAL, id=f"T{n}") for n in range(FEW_TRIALS)]
    for count, thin in ((FEW_TRIALS - 1, True), (FEW_TRIALS, False)):
        found = promises_kept([session(MONDAY, *rows[:count])])
        assert found is not None and found.thin is thin


@pytest.mark.parametrize(
    "changes",
    [
        {"ended_ms": None, "end": "running"},
        {"promised": {}},
        {"effect": None},
        {"standard_error": None},
        {"reach": None},
        {"here": False},
        {"ended_ms": open_ms(MONDAY) - 1},
    ],
    ids=[
        "running",
        "no promise",
        "no pair",
        "one pair",
        "few pairs",
        "another model",
        "an earlier session",
    ],
)
def test_what_cannot_be_compared_or_ended_elsewhere_counts_nowhere(changes):
    assert promises_kept([session(MONDAY, replace(TRIAL, **changes))]) is None


def test_a_trial_that_ended_before_a_restart_of_its_day_counts_in_that_day():
    story = told(MONDAY)
    again = story.later(60_000)
    story.add(began(MONDAY, at_ms=again))
    day = session_report(state_of(story))
    assert (day.header.starts, day.header.started_ms) == (2, open_ms(MONDAY))
    assert "started 2024-11-18 09:30:00 ET" in report_text(day)
    found = promises_kept([replace(day, trials=(replace(TRIAL, ended_ms=again - 1),))])
    assert found is not None and [row.id for row in found.trials] == ["T1"]


def test_a_plot_of_a_session_has_no_trial_of_another_fill_model():
    other = replace(TRIAL, id="T2", here=False)
    few = replace(TRIAL, id="T3", reach=None)
    held = predicted_of((TRIAL, other, few))
    assert [each.name.split()[0] for each in held] == ["T1"]


def test_a_run_that_remembers_its_trials_tells_each_once():
    later = replace(TRIAL, id="T2", ended_ms=open_ms(TUESDAY) + 1)
    found = promises_kept([session(MONDAY, TRIAL), session(TUESDAY, TRIAL, later)])
    assert found is not None
    assert [row.id for row in found.trials] == ["T1", "T2"]


def test_trials_of_two_fill_models_never_meet_and_each_block_tells_its_own():
    found = span(
        session(MONDAY, TRIAL),
        session(MONDAY, replace(TRIAL, effect=30.0), run="r2", fill_model="assumed-width"),
    )
    shares = [block.promises and block.promises.inside for block in found.blocks]
    assert shares == [1, 0]
    assert json.loads(json.dumps(found.to_json()))["blocks"][0]["promises"]["inside"] == 1


def test_text_and_page_tell_it_with_the_fill_model_and_without_colour():
    missed = replace(TRIAL, id="T2", setting="<b>", effect=40.0, low=None, high=None)
    found = span(session(MONDAY, TRIAL, missed))
    told = " ".join(span_text(found).split())
    assert "advice: 1 of 2 trials measured what was promised" in told
    assert "THIN: 2 trials" in told
    page = span_page(found)
    assert re.search(r"Advice: measured against promised <span[^>]*>fill model assumed", page)
    assert page.count('class="dot up"') == 1, "the promise that held is full"
    assert page.count('class="dot down open"') == 1, "and the other hollow"
    assert "<td>no</td>" in page and "<td>yes</td>" in page
    assert "<b>" not in page


def test_without_a_finished_trial_nothing_is_said_of_advice():
    found = span(session(MONDAY))
    assert "advice:" not in span_text(found)
    assert "Advice" not in span_page(found)
