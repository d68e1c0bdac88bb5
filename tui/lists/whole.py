"""Lists that are longer than what a snapshot has of them, put together from the engine's pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from engine.snapshot import EventLine, ListPage


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
    """

    rows: tuple[Any, ...] = ()
    total: int | None = None
    complete: bool = False
    _at_s: dict[int, float] = field(default_factory=dict)
    _known: dict[str, tuple[Any, int]] = field(default_factory=dict)
    _round: int = 0
    _began: bool = False
    _changed: bool = False
    _waits: int = 0

    def __len__(self) -> int:
        """How many rows have come."""
        return len(self._known)

    def take(self, page: ListPage) -> None:
        """Put a page in that has not been put in yet."""
        if page.start == 0:
            self._round += 1
            self._began = True
        self.freshen(page.rows)
        self.total = page.total
        self._at_s = {start: at_s for start, at_s in self._at_s.items() if start < page.total}
        self._at_s[page.start] = page.at_s
        if page.start + len(page.rows) >= page.total:
            self._round_ended()

    @property
    def oldest_s(self) -> float | None:
        """When the page was so that is the oldest of all; None before the first."""
        return min(self._at_s.values(), default=None)

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
            two with the same name the rows of the second are fresher ones of the first.
    """

    wanted: str = ""
    _lists: dict[str, Whole] = field(default_factory=dict)
    _within: dict[str, str] = field(default_factory=dict)
    _serial: int = 0

    def look_at(self, wanted: str) -> bool:
        """Look at these lists from now on; whether others were looked at before."""
        if wanted == self.wanted:
            return False
        self.wanted = wanted
        self._serial = 0
        parts = [part.partition("@") for part in wanted.split(",") if part]
        self._lists = {name: Whole() for name, _, _ in parts}
        self._within = {name: within for name, _, within in reversed(parts)}
        return True

    def forget(self) -> None:
        """Begin anew: another moment is shown, of which none of these rows may be."""
        self._lists = {name: Whole() for name in self._lists}

    def take(self, pages: tuple[ListPage, ...]) -> None:
        """Put in what has come since the last time."""
        named = self.wanted.split(",")
        fresh = [page for page in pages if page.serial > self._serial and _name(page) in named]
        for page in fresh:
            whole = self._lists[page.name]
            if page.within == self._within[page.name]:
                whole.take(page)
            else:
                whole.freshen(page.rows)
        if fresh:
            self._serial = fresh[-1].serial

    def rows(self, name: str, tail: tuple[Any, ...]) -> tuple[Any, ...]:
        """All rows of a list, as far as they have come; `tail` where nobody looks at the whole.

        Args:
            tail: what the snapshot itself has, which is the newest.
        """
        whole = self._lists.get(name)
        return tail if whole is None else whole.look(tail)

    def missing(self, name: str) -> str:
        """How far a list has come where it is not complete, such as "600 of 6783 so far"; or ""."""
        whole = self._lists.get(name)
        if whole is None or whole.complete:
            return ""
        return f"{len(whole):,} of {whole.total:,} so far" if whole.total else "more is coming"

    def oldest_s(self, name: str) -> float | None:
        """When the rows of a list were so that are the oldest; None where no page has come."""
        whole = self._lists.get(name)
        return None if whole is None else whole.oldest_s

    @property
    def complete(self) -> bool:
        """Whether all of what is looked at has come."""
        return all(whole.complete for whole in self._lists.values())


def _name(page: ListPage) -> str:
    return f"{page.name}@{page.within}" if page.within else page.name
