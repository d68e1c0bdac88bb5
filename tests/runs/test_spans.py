"""The runs of a range of days on disk: those with a session in it, and why others are left out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from engine.journal.opening import open_journal
from engine.report.session import report_of
from engine.report.span_text import span_text
from engine.report.text import report_text
from engine.run_folder.errors import JournalError
from engine.run_folder.lock import StateLock
from engine.run_folder.paths import RunPlaces, existing_run, new_run
from engine.runs.spans import read_span
from engine.runs.stored import read_report
from tests.support.hand_written_runs import HeldStory
from tests.support.sessions import told

FRIDAY, MONDAY = date(2024, 11, 22), date(2024, 11, 25)


def kept(root: Path, run: str, *stories: HeldStory) -> RunPlaces:
    places = new_run(root, run)
    with open_journal(places.journal, durable=False) as journal:
        for story in stories:
            for event in story.events:
                journal.append(event)
    return places


def one(root: Path, run: str, day: date, **changes: Any) -> RunPlaces:
    return kept(root, run, told(day.isoformat(), run=run, **changes))


def test_sessions_inside_the_range_are_summed_and_the_others_are_not_looked_at(tmp_path: Path):
    one(tmp_path, "a", FRIDAY)
    one(tmp_path, "b", MONDAY, credits_c=(170,))
    one(tmp_path, "c", date(2024, 11, 26))
    found = read_span([tmp_path], FRIDAY, MONDAY)
    assert [block.runs for block in found.blocks] == [("a", "b")]
    assert found.blocks[0].total.result_c == 728 + 1728
    assert (found.first, found.last, found.left_out) == ("2024-11-22", "2024-11-25", ())
    open_ended = read_span([tmp_path], MONDAY, None)
    assert (open_ended.first, open_ended.last) == ("2024-11-25", "2024-11-26")
    assert read_span([tmp_path], None, FRIDAY).blocks[0].runs == ("a",)


def test_a_run_over_several_days_counts_with_those_inside_the_range(tmp_path: Path):
    days = told("2024-11-22", run="a"), told("2024-11-25", (170,), 2, run="a")
    places = kept(tmp_path, "a", *days)
    assert report_of(places.journal).header.session_date == "2024-11-25"
    (block,) = read_span([tmp_path], None, None).blocks
    assert [day.result_c for day in block.days] == [728, 1728]
    (block,) = read_span([tmp_path], FRIDAY, FRIDAY).blocks
    assert [day.day for day in block.days] == ["2024-11-22"]


def test_two_runs_of_one_day_are_two_though_their_journals_have_one_name(tmp_path: Path):
    for run in ("sim-2024-11-22-seed3", "sim-2024-11-22-seed3-2"):
        kept(tmp_path, run, told("2024-11-22", run="sim-2024-11-22-seed3"))
    found = read_span([tmp_path], None, None)
    (block,) = found.blocks
    assert block.total.runs == 2
    assert block.runs == ("sim-2024-11-22-seed3", "sim-2024-11-22-seed3-2")
    assert "more than one run, all of them summed: 2024-11-22" in span_text(found)
    report = read_report(existing_run(tmp_path, "sim-2024-11-22-seed3-2"))
    assert "run sim-2024-11-22-seed3-2" in report_text(report)


def test_a_run_that_goes_on_on_another_day_is_one_whatever_its_journal_calls_that_day(
    tmp_path: Path,
):
    days = told("2024-11-22", run="friday"), told("2024-11-25", (170,), 2, run="monday")
    kept(tmp_path, "friday", *days)
    (block,) = read_span([tmp_path], None, None).blocks
    assert block.runs == ("friday",) and block.total.runs == 1


def test_a_session_that_was_opened_on_a_weekend_is_found_by_its_date(tmp_path: Path):
    story = told("2024-11-25", run="a")
    saturday_ms = 2 * 86_400_000
    moved = [event._replace(at_ms=event.at_ms - saturday_ms) for event in story.events]
    story.events[:] = moved
    kept(tmp_path, "a", story)
    assert read_span([tmp_path], MONDAY, MONDAY).blocks[0].runs == ("a",)


def test_a_run_that_cannot_be_read_or_runs_is_left_out_as_a_whole_and_named(tmp_path: Path):
    one(tmp_path, "a", FRIDAY)
    torn = one(tmp_path, "b", FRIDAY)
    torn.journal.write_bytes(torn.journal.read_bytes()[:-5_000])
    running = one(tmp_path, "c", FRIDAY)
    open_journal(new_run(tmp_path, "empty").journal).close()
    with StateLock(running.folder):
        found = read_span([tmp_path], FRIDAY, FRIDAY)
    assert found.blocks[0].runs == ("a",)
    assert [run for run, _ in found.left_out] == ["b", "c"]
    assert "a desk runs it now" in found.left_out[1][1]


def test_a_range_without_a_session_is_one_sentence_that_says_what_was_left_out(tmp_path: Path):
    with pytest.raises(JournalError, match="has a session on 2024-11-22; `legdesk runs` lists"):
        read_span([tmp_path], FRIDAY, FRIDAY)
    running = one(tmp_path, "c", FRIDAY)
    with StateLock(running.folder), pytest.raises(JournalError, match="left out: c: a desk runs"):
        read_span([tmp_path], FRIDAY, MONDAY)
