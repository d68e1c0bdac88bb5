"""Lists that are longer than what a snapshot has of them, put together from the engine's pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from engine.snapshot import EventLine, ListPage


def key_of(row: Any) -> str:
    """What names a row of any list for good."""
    if isinstance(row, EventLine):
        return str(row.number) if row.number else f"{row.at_s}/{row.text}"
    return str(getattr(row, "id", "") or row.key)


@dataclass(slots=True)
class Whole:
    """One list; `rows` is another object only where a row came, went or changed.

    A row that two rounds of pages did not bring is gone.

    Args:
        rows: all that have come, in no order.
        total: rows of the whole list, as the last page said; None before the first.
        complete: whether a round of pages has brought all of it.
    """

    rows: tuple[Any, ...] = ()
    total: int | None = None
    complete: bool = False
    _known: dict[str, tuple[Any, int]] = field(default_factory=dict)
    _round: int = 0
    _began: bool = False

    def take(self, pages: Iterable[ListPage]) -> None:
        """Put pages in that have not been put in yet."""
        changed = False
        for page in pages:
            if page.start == 0:
                self._round += 1
                self._began = True
            changed |= self._put(page.rows)
            self.total = page.total
            if page.start + len(page.rows) >= page.total:
                changed |= self._round_ended()
        if changed:
            self.rows = tuple(row for row, _ in self._known.values())

    def freshen(self, rows: Iterable[Any]) -> None:
        """Put rows in that the snapshot itself has."""
        if self._put(rows):
            self.rows = tuple(row for row, _ in self._known.values())

    def _put(self, rows: Iterable[Any]) -> bool:
        changed = False
        for row in rows:
            key = key_of(row)
            known = self._known.get(key)
            same = known is not None and known[0] == row
            changed |= not same
            self._known[key] = (known[0] if known is not None and same else row, self._round)
        return changed

    def _round_ended(self) -> bool:
        """Drop what has not been seen for two rounds; whether something was."""
        self.complete |= self._began
        gone = [key for key, (_, seen) in self._known.items() if seen < self._round - 1]
        for key in gone:
            del self._known[key]
        return bool(gone)


@dataclass(slots=True)
class WholeLists:
    """The whole lists that are looked at, by name.

    Args:
        wanted: what the engine was asked for, such as "orders@SPY 2026-12-04/7"; "" for none.
    """

    wanted: str = ""
    _lists: dict[str, Whole] = field(default_factory=dict)
    _serial: int = 0

    def look_at(self, wanted: str) -> bool:
        """Look at these lists from now on; whether others were looked at before."""
        if wanted == self.wanted:
            return False
        self.wanted = wanted
        self._serial = 0
        parts = [part.partition("@") for part in wanted.split(",") if part]
        self._lists = {name: Whole() for name, _, _ in parts}
        return True

    def forget(self) -> None:
        """Begin anew: another moment is shown, of which none of these rows may be."""
        self._lists = {name: Whole() for name in self._lists}

    def take(self, pages: tuple[ListPage, ...]) -> None:
        """Put in what has come since the last time."""
        named = self.wanted.split(",")
        fresh = [page for page in pages if page.serial > self._serial and _name(page) in named]
        for name, whole in self._lists.items():
            whole.take(page for page in fresh if page.name == name)
        if fresh:
            self._serial = fresh[-1].serial

    def rows(self, name: str, tail: tuple[Any, ...]) -> tuple[Any, ...]:
        """All rows of a list, as far as they have come; `tail` where nobody looks at the whole.

        Args:
            tail: what the snapshot itself has, which is the newest.
        """
        whole = self._lists.get(name)
        if whole is None:
            return tail
        whole.freshen(tail)
        return whole.rows

    def missing(self, name: str) -> str:
        """How far a list has come where it is not complete, such as "600 of 6783 so far"; or ""."""
        whole = self._lists.get(name)
        if whole is None or whole.complete:
            return ""
        return f"{len(whole.rows):,} of {whole.total:,} so far" if whole.total else "more is coming"

    @property
    def complete(self) -> bool:
        """Whether all of what is looked at has come."""
        return all(whole.complete for whole in self._lists.values())


def _name(page: ListPage) -> str:
    return f"{page.name}@{page.within}" if page.within else page.name
