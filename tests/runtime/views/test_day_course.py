"""The session's course in snapshots: shared from one to the next, and the watched trader's own."""

from __future__ import annotations

from engine.commands import Ask
from tests.support.operator_steps import TRADER, Operated


def test_snapshots_share_the_course_until_a_minute_ends_or_something_is_marked():
    desk = Operated()
    desk.run(90)
    builder = desk.executor.publisher
    first = builder.build().day
    assert builder.build().day is first
    desk.ask(Ask.PAUSE, TRADER)
    marked = builder.build().day
    assert marked.samples == first.samples
    assert [mark.text for mark in marked.marks if mark.kind == "pause"] == [
        f"pause {TRADER} by ada"
    ]
    desk.run(60)
    grown = builder.build().day
    assert grown.samples[: len(first.samples)] == first.samples
    assert len(grown.samples) == len(first.samples) + 1


def test_the_watched_traders_detail_has_its_course():
    desk = Operated()
    desk.ask(Ask.WATCH, TRADER)
    desk.ask(Ask.PAUSE, TRADER)
    desk.run(620)
    detail = desk.executor.publisher.build().detail
    assert detail is not None and detail.day == desk.context.state.day.view_of(TRADER)
    assert [mark.kind for mark in detail.day.marks] == ["pause"] and detail.day.samples
