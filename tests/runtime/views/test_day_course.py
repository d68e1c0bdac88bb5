"""The session's course in snapshots: shared from one to the next, and the watched trader's own."""

from __future__ import annotations

from engine.commands import Ask
from engine.orders import events as ev
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


def test_what_a_cycle_lost_is_in_the_next_snapshot_not_in_the_next_minutes():
    desk = Operated()
    desk.run(90)
    builder, context = desk.executor.publisher, desk.context
    before = builder.build().day
    at_ms, cycle = context.now().at_ms, 9_999
    desk.context.emit(
        ev.CycleEnded(at_ms, TRADER, cycle, "SCRATCHED", 1, -5_000, 272, -5_272, "", "", 61.0)
    )
    after = builder.build().day
    assert after.samples == before.samples
    assert after.loss_c == before.loss_c + 5_272


def test_the_watched_traders_detail_has_its_course():
    desk = Operated()
    desk.ask(Ask.WATCH, TRADER)
    desk.ask(Ask.PAUSE, TRADER)
    desk.run(620)
    detail = desk.executor.publisher.build().detail
    assert detail is not None and detail.day == desk.context.state.day.view_of(TRADER)
    assert [mark.kind for mark in detail.day.marks] == ["pause"] and detail.day.samples
