"""An order's whole history: from its record, or from the journal where that keeps no more of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from engine.journal.order_events import OrderEvents
from engine.run_folder.errors import JournalError
from engine.runtime.views.rows import order_story, story_of
from engine.snapshot import OrderStory
from engine.state.order_record import OrderRecord
from engine.state.orders import taken_up

Work = Callable[[], None]


class _Wanted(NamedTuple):
    """An order and how many events it has had; another number is another history."""

    order: str
    events: int


def in_a_thread(work: Work) -> None:
    """Do it in a thread of its own, which a process that ends does not wait for."""
    threading.Thread(target=work, name="order events", daemon=True).start()


class OrderStories:
    """Makes the history of the orders that are shown; one is read at a time.

    Args:
        journal: where events are read that records no longer keep.
        apart: does the reading, in another thread or at once.
        on_read: called after each, in the thread that has read.
        keeps: histories from the journal that are kept, the last ones.
    """

    def __init__(
        self,
        journal: OrderEvents,
        apart: Callable[[Work], None] = in_a_thread,
        on_read: Work = lambda: None,
        keeps: int = 1,
    ) -> None:
        self._journal = journal
        self._apart = apart
        self._on_read = on_read
        self._reading = False
        self._keeps = keeps
        self._read: dict[str, tuple[_Wanted, OrderStory]] = {}

    def opened(self) -> None:
        """An order is opened: what could not be read is read again."""
        self._read = {name: each for name, each in self._read.items() if not each[1].trouble}

    def has_to_read(self, record: OrderRecord) -> bool:
        """Whether the journal has to be read for an order's history.

        Args:
            record: the order's.
        """
        read = self._read.get(record.intent.order)
        return record.left_out > 0 and (read is None or read[0].events != record.events_known)

    def of(self, record: OrderRecord) -> OrderStory:
        """The order's history; with `left_out` until the journal has been read.

        Args:
            record: the order's, which the caller's thread alone changes.
        """
        if not record.left_out:
            return order_story(record)
        wanted = _Wanted(record.intent.order, record.events_known)
        read = self._read.get(wanted.order)
        if read is None or read[0] != wanted:
            self._begin(wanted, record)
            read = self._read.get(wanted.order)
        if read is not None:
            missing = wanted.events + 1 - len(read[1].lines)
            return replace(read[1], left_out=max(0, missing))
        return order_story(record)

    def _begin(self, wanted: _Wanted, record: OrderRecord) -> None:
        if self._reading:
            return
        self._reading = True
        known = order_story(record)

        def read() -> None:
            try:
                self._keep(wanted, self._from_journal(wanted, record, known))
            finally:
                self._reading = False
            self._on_read()

        self._apart(read)

    def _keep(self, wanted: _Wanted, story: OrderStory) -> None:
        """Keep a history as the last one; another object, as the engine's thread reads on."""
        others = [each for name, each in self._read.items() if name != wanted.order]
        kept = [*others, (wanted, story)][-self._keeps :]
        self._read = {each[0].order: each for each in kept}

    def _from_journal(self, wanted: _Wanted, record: OrderRecord, known: OrderStory) -> OrderStory:
        intent = record.intent
        try:
            events = taken_up(intent, record.totals, self._journal.of(intent))
            story = story_of(intent, islice(events, wanted.events))
        except (JournalError, OSError) as error:
            return replace(known, trouble=str(error))
        lacks = len(story.lines) <= wanted.events
        return replace(story, trouble="the journal does not have them") if lacks else story
