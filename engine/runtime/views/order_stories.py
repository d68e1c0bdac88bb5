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
    """Makes the history of the order that is shown; one is read at a time.

    Args:
        journal: where events are read that records no longer keep.
        apart: does the reading, in another thread or at once.
        on_read: called after each, in the thread that has read.
    """

    def __init__(
        self,
        journal: OrderEvents,
        apart: Callable[[Work], None] = in_a_thread,
        on_read: Work = lambda: None,
    ) -> None:
        self._journal = journal
        self._apart = apart
        self._on_read = on_read
        self._reading = False
        self._read: tuple[_Wanted, OrderStory] | None = None

    def opened(self) -> None:
        """An order is opened: what could not be read is read again."""
        if self._read is not None and self._read[1].trouble:
            self._read = None

    def of(self, record: OrderRecord) -> OrderStory:
        """The order's history; with `left_out` until the journal has been read.

        Args:
            record: the order's, which the caller's thread alone changes.
        """
        if not record.left_out:
            return order_story(record)
        wanted = _Wanted(record.intent.order, record.events_known)
        if self._read is None or self._read[0] != wanted:
            self._begin(wanted, record)
        read = self._read
        if read is not None and read[0].order == wanted.order:
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
                self._read = wanted, self._from_journal(wanted, record, known)
            finally:
                self._reading = False
            self._on_read()

        self._apart(read)

    def _from_journal(self, wanted: _Wanted, record: OrderRecord, known: OrderStory) -> OrderStory:
        intent = record.intent
        try:
            events = taken_up(intent, record.totals, self._journal.of(intent))
            story = story_of(intent, islice(events, wanted.events))
        except (JournalError, OSError) as error:
            return replace(known, trouble=str(error))
        lacks = len(story.lines) <= wanted.events
        return replace(story, trouble="the journal does not have them") if lacks else story
