"""A range of days: summed where one thing made the figures, told apart where not, and why."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.orders import events as ev
from engine.report.records import SessionReport
from engine.report.session import session_report, session_reports
from engine.report.span import SpanReport, day_mean, span_report
from engine.report.span_page import span_page
from engine.report.span_text import span_text
from engine.report.text import report_text, trading_figures
from tests.support.sessions import began, report, state_of, told

MONDAY, TUESDAY = "2024-11-18", "2024-11-19"


def span(*sessions: Any) -> SpanReport:
    return span_report(MONDAY, TUESDAY, sessions)


def test_days_of_one_provenance_are_summed_whatever_their_seeds():
    found = span(
        report(MONDAY, credits_c=(160, 170)),
        report(TUESDAY, run="r2", source="simulated exchange, seed 4"),
    )
    (block,) = found.blocks
    assert [(day.day, day.result_c, day.runs) for day in block.days] == [
        (MONDAY, 728 + 1728, 1),
        (TUESDAY, 728, 1),
    ]
    total = block.total
    assert (total.result_c, total.orders, total.runs) == (3184, 9, 2)
    assert (total.fill.k, total.fill.n, total.completions) == (3, 6, 3)
    assert block.reason == "" and block.runs == ("r1", "r2")
    assert sum(rate.n for rate in block.hours) == 6
    assert sum(count for _, count in block.course.fill_times) == 3
    assert sum(count for _, count in block.course.waits) == 3
    assert block.course.gates == {"OPEN": 6, "NO_PAIR": 2}


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"fill_model": "assumed-width"}, "fill model"),
        ({"fill_model": "assumed (dead_s=9)"}, "fill model"),
        ({"source": "recorded session goog"}, "venue"),
        ({"mode": "PAPER"}, "mode"),
        ({"account": "SIM-02"}, "account"),
    ],
)
def test_sessions_that_something_else_filled_never_meet_in_a_figure(changes, word):
    found = span(report(MONDAY), report(MONDAY, run="r2", **changes))
    first, second = found.blocks
    assert first.total.result_c == second.total.result_c == 728
    for block in (first, second):
        assert block.reason == f"apart from the others by {word}: such figures never meet"
    text = span_text(found)
    assert text.count(first.reason) == 2
    assert f"{728 * 2 / 100:.2f}" not in text


def test_a_session_that_went_on_under_another_model_is_mixed_and_alone():
    story = told(MONDAY)
    story.add(began(MONDAY, at_ms=story.later(1000), fill_model="crossing"))
    story.play(story.keys[0], "complete", 1, 150, 160)
    mixed = session_report(state_of(story))
    assert [each.fill_model for each in mixed.made_by] == ["assumed", "crossing"]
    found = span(mixed, report(MONDAY, run="r2"), report(TUESDAY, run="r3", fill_model="crossing"))
    assert [len(block.runs) for block in found.blocks] == [1, 1, 1]
    assert "its figures are mixed" in found.blocks[0].reason
    assert "MIXED: processes of this session had other fills" in report_text(mixed)
    assert "MIXED" not in report_text(report(MONDAY))


def test_a_run_that_was_started_again_is_one_run_and_two_of_a_day_are_told():
    story = told(MONDAY)
    story.add(began(MONDAY, at_ms=story.later(1000)))
    again = session_report(state_of(story))
    assert len(again.made_by) == 1 and again.header.starts == 2
    assert "more than one run" not in span_text(span(again))
    assert f"more than one run, all of them summed: {MONDAY}" in span_text(
        span(again, report(MONDAY, run="r2"))
    )


def test_each_session_of_a_journal_has_its_report_and_its_own_figures():
    first, second = told(MONDAY, (160, 170)), told(TUESDAY, after=4)
    rows = list(enumerate([*first.events, *second.events], 1))
    found = [each for each, _ in session_reports(rows)]
    assert [each.header.session_date for each in found] == [MONDAY, TUESDAY]
    assert [each.money.result_c for each in found] == [2456, 728]
    assert [each.attempts.n for each in found] == [4, 2]
    assert [sum(c for _, c in each.course.results) for each in found] == [2456, 728]
    assert found[1].money.floor_c == 2456 + 728, "what is held is carried over"
    assert [each.money.session_fees_c for each in found] == [4 * 136, 2 * 136]
    (block,) = span(*found).blocks
    assert [day.fees_c for day in block.days] == [4 * 136, 2 * 136]
    assert block.total.fees_c == found[1].money.fees_c == 6 * 136, "no fee counts twice"
    assert [sum(each.course.gates.values()) for each in found] == [4, 4]


def left_overnight() -> tuple[SessionReport, SessionReport]:
    """Two days of a run: a unit is parked at the first one's close and completed on the second."""
    first = told(MONDAY)
    trader = first.keys[0]
    first.play(trader, "parked", 1, 150, 160)
    cycle, parked = first.cycles[trader], first.events[-1]
    assert isinstance(parked, ev.CycleEnded)
    second = told(TUESDAY, after=cycle)
    of_monday = second.cycles[trader]
    second.cycles[trader] = cycle
    credit = second.order(trader, "C", 1, 160, 9)
    second.works(trader, credit)
    second.fill(trader, credit, 1, 160)
    second.end(trader, credit, "filled")
    second.add(parked._replace(at_ms=second.later(1), outcome="COMPLETE", floor_c=728))
    second.cycles[trader] = of_monday
    rows = list(enumerate([*first.events, *second.events], 1))
    monday, tuesday = (each for each, _ in session_reports(rows))
    return monday, tuesday


def test_a_unit_that_is_left_overnight_is_a_cycle_of_both_days_and_counts_once_in_all():
    monday, tuesday = left_overnight()
    assert (monday.cycles.filled, monday.cycles.completion.k, monday.cycles.hung) == (2, 1, 1)
    assert (tuesday.cycles.filled, tuesday.cycles.completion.k, tuesday.cycles.hung) == (2, 2, 1)
    assert (tuesday.cycles.left_over, tuesday.cycles.hung_before) == (1, 1)
    assert [row.filled_cycles for row in tuesday.traders] == [2]
    (block,) = span(monday, tuesday).blocks
    assert [(day.completions, day.filled_cycles, day.hung) for day in block.days] == [
        (1, 2, 1),
        (2, 2, 1),
    ]
    assert (block.total.completions, block.total.filled_cycles, block.total.hung) == (3, 3, 1)
    (alone,) = span(tuesday).blocks
    assert (alone.total.completions, alone.total.filled_cycles, alone.total.hung) == (2, 2, 1)
    figures = dict(trading_figures(tuesday))
    assert figures["cycles with a fill"] == "2, 1 from before"
    assert figures["hung over 5 s"] == "1, 1 from before"


def test_what_a_day_brings_has_an_interval_from_two_days_on_and_is_thin_below_eight():
    assert day_mean([]).mean_c is None
    one = day_mean([700])
    assert (one.mean_c, one.low_c, one.thin) == (700, None, True)
    two = day_mean([100, 300])
    assert two.mean_c == 200 and two.thin
    assert two.low_c == pytest.approx(200 - 12.706 * 100, abs=1)
    assert not day_mean([1, 2, 3, 4, 5, 6, 7, 8]).thin


def test_books_that_differed_and_runs_left_out_are_told():
    story = told(MONDAY)
    story.add(ev.BooksCompared(story.later(1), 1, "SPY 500C: book +1, broker 0"))
    found = span_report(
        MONDAY, TUESDAY, [session_report(state_of(story))], [("r9", "a desk runs it now <&>")]
    )
    assert found.blocks[0].total.differing == 1
    for text in (span_text(found), span_page(found)):
        assert f"books that did not match: {MONDAY}" in text
        assert "r9" in text
    assert "<&>" not in span_page(found)


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_the_text_is_never_too_wide(width: int):
    found = span(report(MONDAY), report(TUESDAY, fill_model="assumed-width"))
    assert max(map(len, span_text(found, width).splitlines())) <= width


def test_the_range_is_json_with_what_made_it_beside_every_block():
    plain = json.loads(json.dumps(span(report(MONDAY)).to_json(), allow_nan=False))
    assert plain["blocks"][0]["made_by"][0]["fill_model"] == "assumed"
    assert plain["blocks"][0]["days"][0]["result_c"] == 728
