"""Whole lists, page after page: a snapshot carries the next one while somebody looks.

A desk holds thousands of pairs and has sent more orders. All of them in each of four snapshots a
second would cost more than the trading; a page costs milliseconds, and only while its list is on
a screen.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice, takewhile
from typing import Any, Final

from engine.runtime.views.order_search import OrderSearch
from engine.runtime.views.rows import alarm_view, order_view
from engine.runtime.views.search import Search, Searches
from engine.snapshot import SEARCH, AlarmView, EventLine, ListPage, OrderView
from engine.state.desk import DeskState
from engine.state.order_record import OrderRecord

ROWS: Final = 300
"""Rows of a page: a list of 10,000 has gone by in nine seconds."""

PAGES_KEPT: Final = 12
"""Last pages in a snapshot, so that a reader who misses some snapshots misses no page."""

WATCH: Final = "list:"
"""How a request to watch lists begins.

"list:orders", "list:alarms,events", "list:orders@KEY"; "list:pairs,pairs@:AAPL" for all pairs, and
those that may have these words before the others, "list:orders,orders@:AAPL" so of orders.
"""

OPEN: Final = "open"
"""In place of a cycle's key: the orders that may still execute."""

CHANGED: Final = "changed"
"""In place of a cycle's key: those, and the LATELY that ended last.

Where more have ended since the page before, all of these: a desk runs at any speed.

A walk through thousands of orders takes many seconds: meanwhile an order that has ended would go on
as one that works.
"""

LATELY: Final = 150

MOST_CHANGED: Final = 600
"""Rows of a page of these: in a second page they would be as of another moment."""

BY_ITSELF: Final = ("alarms", "events", "orders")
"""Lists that go by for observers who ask for none: what has happened, and does not grow old."""

OBSERVED_EVERY: Final = 4
"""Snapshots from one page for observers to the next: one a second, of one list after the other."""

Page = tuple[tuple[Any, ...], int]
"""Rows, and how many the whole list has."""

_AS_PAGES: Final[Mapping[str, int]] = {}


class PageWalks:
    """Makes the pages of the lists that are watched, one of each a snapshot, round after round.

    Args:
        state: whose lists they are, asked at each page.
        epoch_s: the moment, epoch seconds.
        words: the broker's own words for its orders, by id.
        pairs, contracts: make the rows of what is held, so many from a place in their list on.
        searches: by list, what begins to look for words in it.
        searched: rows that a page of a search may cost, by list; as many as a page has where it is
            not told.
        kept: last pages that a snapshot has.
    """

    def __init__(
        self,
        state: Callable[[], DeskState],
        epoch_s: Callable[[], float],
        words: Mapping[str, str],
        pairs: Callable[[int, int], Page],
        contracts: Callable[[int, int], Page],
        searches: Mapping[str, Callable[[str], Search]],
        searched: Mapping[str, int] = _AS_PAGES,
        kept: int = PAGES_KEPT,
    ) -> None:
        self._state = state
        self._epoch_s = epoch_s
        self._words = words
        self._pairs = pairs
        self._contracts = contracts
        self._watched = ""
        self._starts: dict[tuple[str, str], int] = {}
        self._kept: deque[ListPage] = deque(maxlen=kept)
        self._serial = self._built = 0
        self._turns = dict.fromkeys(BY_ITSELF, 0)
        self._brought: dict[str, int] = {}
        self._searches = Searches({"orders": self._order_search, **searches})
        self._searched = searched
        self._seen_ended: tuple[OrderRecord | None, ...] = ()
        self._lately = LATELY
        self._makers: Mapping[str, Callable[[int, str, int], Page]] = {
            "orders": self._order_page,
            "pairs": self._pair_page,
            "contracts": self._contract_page,
            "alarms": self._alarm_page,
            "events": self._event_page,
        }

    def watch(self, wanted: str) -> None:
        """Walk through these lists from now on; the same ones go on where they are.

        So do lists in which other words are looked for.

        Args:
            wanted: names with commas between, each with "@" and what its rows belong to where not
                all are wanted, or with "@:" and the words that are looked for; "" for none.
        """
        if wanted == self._watched:
            return
        self._watched = wanted
        parts = [part for part in map(_parts, wanted.split(",")) if self._can_make(part)]
        plain = {part: self._starts.get(part, 0) for part in parts if not _is_search(part)}
        if plain.keys() != {part for part in self._starts if not _is_search(part)}:
            self._kept.clear()
            plain = dict.fromkeys(plain, 0)
        searches = {part: 0 for part in parts if _is_search(part)}
        self._starts = searches | plain
        self._searches.keep(searches)

    def restart(self) -> None:
        """Begin every list anew: what went by was of another moment."""
        self._kept.clear()
        self._starts = dict.fromkeys(self._starts, 0)
        self._searches.keep(())

    def bring(self, wanted: str) -> None:
        """Make the next page of one list: the first one where it was not brought before.

        Args:
            wanted: a name, with "@" and what its rows belong to where not all are wanted.
        """
        part = _parts(wanted)
        if _is_search(part):
            self._search(part)
        else:
            self._brought[wanted] = self._make(*part, self._brought.get(wanted, 0), ROWS)

    def bring_only(self, wanted: Collection[str]) -> None:
        """Forget where the pages of other lists have come to.

        Args:
            wanted: lists as `bring` has them.
        """
        self._brought = {name: at for name, at in self._brought.items() if name in wanted}
        self._searches.keep({_parts(name) for name in wanted})

    def hurries(self, wanted: str) -> bool:
        """Whether a list that is brought has words that nobody has seen all rows with yet."""
        part = _parts(wanted)
        return _is_search(part) and self._searches.hurries(part)

    def next(self, observed: bool = False) -> tuple[ListPage, ...]:
        """The last pages, with a new one of each list; () where nobody looks.

        Args:
            observed: whether screens in other processes look. Lists that nobody watches then go by
                slowly, at the same price for one observer and for twenty.
        """
        spent: dict[tuple[str, str], int] = {}
        for part, start in self._starts.items():
            if not _is_search(part):
                room = max(1, ROWS - spent.get(part, 0))
                self._starts[part] = self._make(*part, start, room)
            elif not self._searches.rests(part):
                spent[part[0], ""] = self._search(part)
        if observed:
            self._built += 1
            if self._built % OBSERVED_EVERY == 0:
                self._by_itself()
        elif not self._starts:
            self._kept.clear()
        return tuple(self._kept)

    def _by_itself(self) -> None:
        """The next page of the list whose turn it is, of those that do not go by anyway."""
        waiting = [name for name in self._turns if (name, "") not in self._starts]
        if waiting:
            name = waiting[0]
            start = self._turns.pop(name)  # and the list goes to the end of the row
            self._turns[name] = self._make(name, "", start, ROWS)

    def _make(self, name: str, within: str, start: int, most: int) -> int:
        """Keep a page of a list; where its next one starts."""
        make = self._makers[name]
        rows, total = make(start, within, most)
        if not rows and start:  # the list has become shorter meanwhile
            start = 0
            rows, total = make(start, within, most)
        self._keep(name, within, start, total, rows)
        end = start + len(rows)
        return 0 if end >= total else end

    def _can_make(self, part: tuple[str, str]) -> bool:
        return self._searches.knows(part[0]) if _is_search(part) else part[0] in self._makers

    def _search(self, part: tuple[str, str]) -> int:
        """Keep what a search finds next; rows that it cost."""
        name, within = part
        start, rows, total = self._searches.next(part, self._searched.get(name, ROWS))
        self._keep(name, within, start, total, rows)
        return math.ceil(self._searches.spent)

    def _keep(self, name: str, within: str, start: int, total: int, rows: tuple[Any, ...]) -> None:
        self._serial += 1
        page = ListPage(self._serial, name, within, start, total, self._epoch_s(), rows)
        self._kept.append(page)

    def _order_page(self, start: int, within: str, most: int) -> tuple[tuple[OrderView, ...], int]:
        """Orders, the newest first."""
        known = self._state().orders.known
        if within in (OPEN, CHANGED):
            orders = self._state().orders
            ended = self._ended_lately(start) if within == CHANGED else ()
            every = [*reversed(orders.live.values()), *ended]
            most = max(most, MOST_CHANGED) if within == CHANGED else most
            found, total = every[start : start + most], len(every)
        elif within:
            trader, _, cycle = within.rpartition("/")
            every = [
                record
                for record in known.values()
                if record.intent.trader == trader and str(record.intent.cycle) == cycle
            ]
            found, total = every[::-1][start : start + most], len(every)
        else:
            newest = islice(reversed(known.values()), start, start + most)
            found, total = list(newest), len(known)
        return tuple(map(self._order, found)), total

    def _ended_lately(self, start: int) -> Iterator[OrderRecord]:
        """The orders that ended last, the newest first; on further pages as many as on the first.

        Args:
            start: rows before the page.
        """
        ended = self._state().orders.ended
        if not start:
            seen, self._seen_ended = self._seen_ended, (ended[-1] if ended else None,)
            new = takewhile(lambda record: record not in seen, reversed(ended))
            self._lately = max(LATELY, sum(1 for _ in new)) if seen else LATELY
        return islice(reversed(ended), self._lately)

    def _order_search(self, words: str) -> Search:
        known = self._state().orders.known
        return OrderSearch(known, tuple(words.split()), self._order).begin()

    def _order(self, record: OrderRecord) -> OrderView:
        return order_view(record, self._words.get(record.intent.order, ""))

    def _pair_page(self, start: int, within: str, most: int) -> Page:
        """Pairs as they came to be."""
        return self._pairs(start, most)

    def _contract_page(self, start: int, within: str, most: int) -> Page:
        """Contracts by symbol, expiration, right and strike."""
        return self._contracts(start, most)

    def _alarm_page(self, start: int, within: str, most: int) -> tuple[tuple[AlarmView, ...], int]:
        """Active alarms, then those that were cleared, the newest first."""
        notices = self._state().notices
        every = [*notices.alarms.values(), *reversed(notices.cleared)]
        return tuple(alarm_view(each) for each in every[start : start + most]), len(every)

    def _event_page(self, start: int, within: str, most: int) -> tuple[tuple[EventLine, ...], int]:
        """Events, the newest first."""
        lines = self._state().notices.lines
        end = max(0, len(lines) - start)
        return lines[max(0, end - most) : end][::-1], len(lines)


def _parts(wanted: str) -> tuple[str, str]:
    """A list's name, and what its rows belong to or which words they are to have."""
    name, _, within = wanted.partition("@")
    return name, within


def _is_search(part: tuple[str, str]) -> bool:
    return part[1].startswith(SEARCH)
