"""Lists that are longer than what a snapshot has of them, put together from the engine's pages."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from engine.snapshot import SEARCH, EventLine, ListPage


def key_of(row: Any) -> str:
    """What names a row of any list for good."""
    if isinstance(row, EventLine):
        return str(row.number) if row.number else f"{row.at_s}/{row.text}"
    return str(getattr(row, "id", "") or row.key)


AT_ONCE: Final = 10_000
"""Rows up to which a list is put together anew at every look; with twice as many at every second.

Sorting and filtering tens of thousands of rows four times a second would take the time of the
desk, which shares the process.
"""


@dataclass(slots=True)
class Whole:
    """One list; `rows` is another object only where a row came, went or changed.

    A row that two rounds of pages did not bring is gone.

    Args:
        rows: all that had come when they were last put together, in no order.
        total: rows of the whole list, as the last page said; None before the first.
        complete: whether a round of pages has brought all of it.
        brought: rows that the round has brought so far.
    """

    rows: tuple[Any, ...] = ()
    total: int | None = None
    complete: bool = False
    brought: int = 0
    _at_s: dict[int, float] = field(default_factory=dict)
    _known: dict[str, tuple[Any, int]] = field(default_factory=dict)
    _round: int = 0
    _began: bool = False
    _blank: bool = False
    _changed: bool = False
    _waits: int = 0

    def __len__(self) -> int:
        """How many rows have come."""
        return len(self._known)

    def take(self, page: ListPage) -> None:
        """Put a page in that has not been put in yet."""
        if page.start == 0 and not self._blank:
            self._round += 1
            self._began = True
        elif page.start != self.brought:
            self._began = False  # a page was missed: its rows come in the next round
        self.brought = page.start + len(page.rows)
        self._blank = not self.brought and page.total > 0  # a search has found nothing yet
        self.freshen(page.rows)
        self.total = page.total
        self._at_s = {start: at_s for start, at_s in self._at_s.items() if start < page.total}
        self._at_s[page.start] = page.at_s
        if self.brought >= page.total:
            self._round_ended()

    @property
    def oldest_s(self) -> float | None:
        """When the page was so that is the oldest of all; None before the first."""
        return min(self._at_s.values(), default=None)

    @property
    def lacks(self) -> float:
        """Rows that have not come yet; infinite while nobody knows."""
        return math.inf if self.total is None else max(0, self.total - len(self))

    @property
    def left(self) -> float:
        """What a search has not looked at yet, as its total tells; infinite while nobody knows."""
        return math.inf if self.total is None else max(0, self.total - self.brought)

    def rows_of(self, keys: Iterable[str]) -> list[Any]:
        """The rows of these keys, as far as they have come."""
        return [self._known[key][0] for key in keys if key in self._known]

    def look(self, rows: Iterable[Any]) -> tuple[Any, ...]:
        """All rows, those in place that the snapshot itself has."""
        self.freshen(rows)
        self._waits -= 1
        if self._changed and self._waits <= 0:
            self.rows = tuple(row for row, _ in self._known.values())
            self._changed, self._waits = False, 1 + len(self.rows) // AT_ONCE
        return self.rows

    def freshen(self, rows: Iterable[Any]) -> None:
        """Put rows in, in place of older ones."""
        for row in rows:
            key = key_of(row)
            known = self._known.get(key)
            same = known is not None and known[0] == row
            self._changed |= not same
            self._known[key] = (known[0] if known is not None and same else row, self._round)

    def _round_ended(self) -> None:
        """Drop what has not been seen for two rounds; the list is put together at the next look."""
        self.complete |= self._began
        self._waits = 0
        gone = [key for key, (_, seen) in self._known.items() if seen < self._round - 1]
        for key in gone:
            del self._known[key]
        self._changed |= bool(gone)


@dataclass(slots=True)
class WholeLists:
    """The whole lists that are looked at, by name.

    Args:
        wanted: what the engine was asked for, such as "orders@SPY 2026-12-04/7"; "" for none. Of
            two with the same name the rows of the second are fresher ones of the first. Where that
            looks for words, as "pairs,pairs@:AAPL" does, they are a list besides, and what is
            fresher is so in both.
    """

    wanted: str = ""
    _lists: dict[str, Whole] = field(default_factory=dict)
    _within: dict[str, str] = field(default_factory=dict)
    _searches: dict[tuple[str, str], Whole] = field(default_factory=dict)
    _latest: dict[str, tuple[float, frozenset[str]]] = field(default_factory=dict)
    _plain: list[tuple[str, str, str]] = field(default_factory=list)
    _serials: dict[str, int] = field(default_factory=dict)

    def look_at(self, wanted: str) -> bool:
        """Look at these lists from now on; whether others were looked at before.

        What has come of a list stays where only other words are looked for.
        """
        if wanted == self.wanted:
            return False
        self.wanted = wanted
        parts = [part.partition("@") for part in wanted.split(",") if part]
        plain = [part for part in parts if not part[2].startswith(SEARCH)]
        if plain != self._plain:
            self._plain, self._serials, self._latest = plain, {}, {}
            self._lists = {name: Whole() for name, _, _ in plain}
            self._within = {name: within for name, _, within in reversed(plain)}
        self._searches = {
            (name, within): Whole() for name, _, within in parts if within.startswith(SEARCH)
        }
        return True

    def forget(self) -> None:
        """Begin anew: another moment is shown, of which none of these rows may be."""
        self._lists = {name: Whole() for name in self._lists}
        self._searches = {part: Whole() for part in self._searches}
        self._latest = {}

    def take(self, pages: tuple[ListPage, ...]) -> None:
        """Put in what has come since the last time."""
        named = self.wanted.split(",")
        for page in pages:
            asked = _name(page)
            if asked not in named or page.serial <= self._serials.get(asked, 0):
                continue
            self._serials[asked] = page.serial
            whole = self._lists[page.name]
            search = self._searches.get((page.name, page.within))
            if search is not None:
                search.take(page)
            if page.within == self._within[page.name]:
                whole.take(page)
                continue
            whole.freshen(page.rows)
            if search is None:
                if page.start == 0 and len(page.rows) >= page.total:
                    self._latest[page.name] = page.at_s, frozenset(map(key_of, page.rows))
                for (name, _), found in self._searches.items():
                    if name == page.name:
                        found.freshen(page.rows)

    def rows(
        self, name: str, tail: tuple[Any, ...], search: str = "", kept: Collection[str] = ()
    ) -> tuple[Any, ...]:
        """All rows of a list, as far as they have come; `tail` where nobody looks at the whole.

        Where all that have the words of a search have come, those.

        Args:
            tail: what the snapshot itself has, which is the newest.
            search: what the rows in view are looked for with; "" for nothing.
            kept: keys of rows that are needed whatever words they have.
        """
        whole, found = self._lists.get(name), self._searches.get((name, search))
        if whole is None:
            return tail
        if found is None or not found.complete:
            return whole.look(tail)
        others = [key for key in kept if not found.rows_of((key,))]
        return found.look((*whole.rows_of(others), *tail))

    def latest(self, name: str) -> tuple[float, frozenset[str]] | None:
        """When the fresher rows of a list came last, all of them at once, and their keys."""
        return self._latest.get(name)

    def total(self, name: str) -> int | None:
        """Rows of the whole list as the engine has it; None before its first page."""
        whole = self._lists.get(name)
        return None if whole is None else whole.total

    def has_found(self, name: str, search: str) -> bool:
        """Whether all rows have come that have the words of a search."""
        found = self._searches.get((name, search))
        return found is not None and found.complete

    def missing(self, name: str, search: str = "") -> str:
        """How far a list has come where it is not complete, such as "600 of 6783 so far"; or "".

        Args:
            search: what the rows in view are looked for with; "" for nothing.
        """
        whole, found = self._lists.get(name), self._searches.get((name, search))
        if whole is None or whole.complete or self.has_found(name, search):
            return ""
        if found is not None and 0 < found.left < whole.lacks:
            return f"{found.brought:,} found, {found.left:,} to look through"
        come = min(len(whole), whole.total or 0)  # some are gone, and not dropped yet
        return f"{come:,} of {whole.total:,} so far" if whole.total else "more is coming"

    def oldest_s(self, name: str, search: str = "") -> float | None:
        """When the rows of a list were so that are the oldest; None where no page has come."""
        whole, found = self._lists.get(name), self._searches.get((name, search))
        shown = found if found is not None and found.complete else whole
        return None if shown is None else shown.oldest_s

    @property
    def complete(self) -> bool:
        """Whether all of what is looked at has come."""
        found = {name for (name, _), search in self._searches.items() if search.complete}
        return all(whole.complete or name in found for name, whole in self._lists.items())


def _name(page: ListPage) -> str:
    return f"{page.name}@{page.within}" if page.within else page.name
