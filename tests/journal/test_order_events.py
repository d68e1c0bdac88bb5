"""Every event of an order is found in a journal, whoever holds it and however long it is."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given

from engine.journal.opening import memory_journal, observed_journal, open_journal
from engine.journal.order_events import OrderEvents
from engine.orders import events as ev
from engine.run_folder.errors import JournalError
from engine.state.desk import DeskState
from engine.state.order_record import STORY_KEPT
from engine.state.orders import taken_up
from tests.support.hand_written_runs import Story, day, stories
from tests.support.past_runs import damaged, written

OF_ORDERS = (
    ev.OrderIntended,
    ev.OrderSent,
    ev.OrderWorking,
    ev.OrderUnknown,
    ev.CancelSent,
    ev.Executed,
    ev.OrderEnded,
)


def intents(events: Iterable[ev.Event]) -> list[ev.OrderIntended]:
    return [each for each in events if isinstance(each, ev.OrderIntended)]


def told(events: Iterable[ev.Event], order: str) -> list[ev.Event]:
    return [each for each in events if isinstance(each, OF_ORDERS) and each.order == order]


def folded(events: Iterable[ev.Event]) -> DeskState:
    state = DeskState()
    for event in events:
        state.apply(event)
    return state


@pytest.mark.parametrize("killed", [False, True])
def test_each_order_of_a_run_has_its_events_and_no_others(tmp_path: Path, killed: bool) -> None:
    story = day(11, 200)
    journal = OrderEvents(written(tmp_path / "run", story.events, killed=killed).journal)
    for intent in intents(story.events):
        assert list(journal.of(intent)) == told(story.events, intent.order)


@pytest.mark.parametrize("durable", [True, False])
def test_they_are_found_while_a_desk_writes_and_after_it_has_closed(
    tmp_path: Path, durable: bool
) -> None:
    story = day(5, 50)
    made = open_journal(tmp_path / "journal.db", durable=durable)
    for number, event in enumerate(story.events):
        made.append(event)
        if number % 100 == 0:
            made.flush()
    for _ in range(2):
        for intent in intents(story.events):
            assert list(OrderEvents(made).of(intent)) == told(story.events, intent.order)
        made.close()


@given(stories())
def test_what_the_record_took_up_is_what_the_journal_gives_back(story: Story) -> None:
    state = folded(story.events)
    with memory_journal() as journal:
        for event in story.events:
            journal.append(event)
        journal.flush()
        for record in state.orders.known.values():
            found = list(
                taken_up(record.intent, record.totals, OrderEvents(journal).of(record.intent))
            )
            assert len(found) == record.events_known
            assert found[:STORY_KEPT] == record.events


def test_an_order_of_before_a_clock_that_went_back_is_found(tmp_path: Path) -> None:
    early, late = Story(), Story(start_ms=Story().at_ms + 3_600_000)
    for story in (early, late):
        for number in range(60):
            story.play(story.keys[number % 3], "complete", 1, 150, 160)
    first = [e._replace(order=f"X{e.order}") for e in late.events if isinstance(e, OF_ORDERS)]
    events = [*first, *early.events]
    journal = OrderEvents(written(tmp_path / "run", events).journal)
    for intent in intents(events):
        assert list(journal.of(intent)) == told(events, intent.order)


def test_an_order_that_the_journal_lacks_and_a_damaged_one_are_told(tmp_path: Path) -> None:
    story = day(11, 200)
    places = written(tmp_path / "run", story.events)
    last = intents(story.events)[-1]
    with pytest.raises(JournalError, match="nothing of this order"):
        list(OrderEvents(places.journal).of(last._replace(order="S1-9-9D9")))
    damaged(places, 0)
    with pytest.raises(JournalError, match="were changed after"):
        list(OrderEvents(places.journal).of(intents(story.events)[0]))
    assert list(OrderEvents(places.journal).of(last)) == told(story.events, last.order)


def test_a_desk_without_a_journal_says_so() -> None:
    intent = intents(day(1, 3).events)[0]
    journal = observed_journal(lambda event: None)
    with pytest.raises(JournalError, match="keeps no journal"):
        list(OrderEvents(journal).of(intent))


def test_reading_gives_the_garbage_collector_nothing_to_look_through() -> None:
    story = day(3, 600)
    rounds: list[str] = []
    before = gc.get_threshold()
    with memory_journal() as journal:
        for event in story.events:
            journal.append(event)
        journal.flush()
        gc.collect()
        gc.set_threshold(1_000)
        gc.callbacks.append(count := lambda phase, info: rounds.append(phase))
        try:
            found = list(OrderEvents(journal).of(intents(story.events)[0]))
        finally:
            gc.callbacks.remove(count)
            gc.set_threshold(*before)
    assert len(found) > 2 and len(story.events) > 4_000 and not rounds
