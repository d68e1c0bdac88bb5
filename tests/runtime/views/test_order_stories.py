"""An order's history is whole however old the order is: the journal has what its record dropped."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.journal.opening import memory_journal, observed_journal
from engine.journal.order_events import OrderEvents
from engine.journal.store import Journal
from engine.orders import events as ev
from engine.runtime.views.order_stories import OrderStories
from engine.runtime.views.rows import order_story
from engine.state.desk import DeskState
from engine.state.order_record import STORY_KEPT
from engine.state.orders import SHOWN
from tests.support.hand_written_runs import Story

A = "SYM0 2024-12-20"


@pytest.fixture
def desk() -> tuple[DeskState, Journal, Story]:
    """A desk, all of it in its journal, that has ended more orders than the screen's."""
    story = Story(traders=1)
    for _ in range(SHOWN // 2 + 4):
        story.play(A, "complete", 1, 150, 160)
    state, journal = DeskState(), memory_journal()
    for event in story.events:
        journal.append(event)
        state.apply(event)
    return state, journal, story


def first(state: DeskState):
    return next(iter(state.orders.known.values()))


def test_an_old_order_has_the_history_that_it_had_while_it_was_new(desk) -> None:
    state, journal, story = desk
    fresh = DeskState()
    for event in story.events[:30]:
        fresh.apply(event)
    stories = OrderStories(OrderEvents(journal), apart=lambda read: read())
    assert first(state).left_out and not first(state).events
    assert stories.of(first(state)) == order_story(first(fresh))


def test_until_the_journal_was_read_the_order_says_how_much_is_to_come(desk) -> None:
    state, journal, _ = desk
    waiting: list[Callable[[], None]] = []
    read: list[bool] = []
    stories = OrderStories(OrderEvents(journal), waiting.append, lambda: read.append(True))
    record = first(state)
    before = stories.of(record)
    assert (len(before.lines), before.left_out, before.trouble) == (1, record.events_known, "")
    assert stories.of(record) == before and len(waiting) == 1 and not read
    waiting.pop()()
    assert read == [True]
    whole = stories.of(record)
    assert (len(whole.lines), whole.left_out) == (1 + record.events_known, 0)
    assert not waiting


def test_an_order_of_more_events_than_a_record_keeps_is_whole_and_grows(desk) -> None:
    state, journal, story = desk
    stories = OrderStories(OrderEvents(journal), apart=lambda read: read())
    story.cycles[A] += 1
    name = story.order(A, "D", 1, 150)
    events = story.events[-3:]
    events += [ev.OrderUnknown(story.later(5), A, name, "no answer") for _ in range(STORY_KEPT)]
    for count, event in enumerate(events):
        journal.append(event)
        state.apply(event)
        if count > STORY_KEPT:
            shown = stories.of(state.orders.known[name])
            assert (len(shown.lines), shown.left_out) == (count, 0)  # PairChosen has no line


def test_what_cannot_be_read_is_told_and_read_again_when_the_order_is_opened_again(desk) -> None:
    state, journal, _ = desk
    record = first(state)
    nothing = OrderStories(OrderEvents(observed_journal(lambda event: None)), lambda read: read())
    shown = nothing.of(record)
    assert shown.left_out == record.events_known and "keeps no journal" in shown.trouble
    reads: list[int] = []

    def once(read: Callable[[], None]) -> None:
        reads.append(1)
        read()

    journal.close()
    stories = OrderStories(OrderEvents(journal), once)
    assert stories.of(record).trouble
    assert stories.of(record).trouble and len(reads) == 1
    stories.opened()
    assert stories.of(record).trouble and len(reads) == 2
