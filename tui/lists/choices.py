"""What the operator has chosen for one list: filter, search, sort, columns, marks, groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class ListChoices:
    """The choices of one list.

    Args:
        filter: words that every shown row must contain; a leading `!` keeps those that do not.
        find: words that the search goes to, "" for none.
        sort: name of the column it is sorted by; "" for the list's own order.
        inverted: whether the sort runs the other way.
        columns: names of the columns wanted, in their order; () as they are declared.
        marks: keys of marked rows.
        within: what the shown rows belong to, such as a pair "TRADER/CYCLE"; "" for all rows.
        of: how that is told.
        aside: the filter of all rows, put aside while only what belongs to something is shown.
        grouped: whether rows are grouped, where the list has groups.
        closed: names of groups of which only the totals are listed.
    """

    filter: str = ""
    find: str = ""
    sort: str = ""
    inverted: bool = False
    columns: tuple[str, ...] = ()
    marks: set[str] = field(default_factory=set)
    within: str = ""
    of: str = ""
    aside: str = ""
    grouped: bool = False
    closed: set[str] = field(default_factory=set)

    @property
    def arrangement(self) -> tuple[object, ...]:
        """What rows and their order depend on."""
        return self.filter, self.sort, self.inverted, self.within, self.grouped

    @property
    def narrowed(self) -> bool:
        """Whether rows may be left out: by a filter, or by what they belong to."""
        return bool(self.filter or self.within)

    def filter_by(self, text: str) -> None:
        """Show only the rows that contain these words; "" shows all."""
        self.filter = text.strip()

    def find_words(self, text: str) -> None:
        """Let the search go to rows that contain these words; "" ends it."""
        self.find = text.strip()

    def sort_by(self, name: str, inverted: bool = False) -> None:
        """Sort by a column's name, "" for the list's own order."""
        self.sort, self.inverted = name, inverted

    def click(self, name: str) -> None:
        """The head of a column is clicked: sort by it, or the other way; "" does nothing."""
        if name:
            self.sort_by(name, name == self.sort and not self.inverted)

    def invert_sort(self) -> None:
        """Sort the other way."""
        self.inverted = not self.inverted

    def show_columns(self, names: tuple[str, ...]) -> None:
        """Show these columns in this order; () as they are declared."""
        self.columns = names

    def show_within(self, key: str, words: str = "") -> None:
        """Show all that belongs to that and nothing else; "" shows all as they were filtered."""
        if key and not self.within:
            self.aside, self.filter = self.filter, ""
        elif not key and self.within:
            self.aside, self.filter = "", self.aside
        self.within, self.of = key, words

    def mark(self, key: str) -> None:
        """Mark a row, or unmark it."""
        self.marks ^= {key}

    def mark_all(self, keys: Iterable[str]) -> None:
        """Mark these rows; unmark them where all of them are."""
        together = set(keys)
        if together <= self.marks:
            self.marks -= together
        else:
            self.marks |= together

    def group(self, grouped: bool) -> None:
        """List the rows in groups, or without."""
        self.grouped = grouped

    def close(self, names: Iterable[str]) -> None:
        """List only the totals of these groups."""
        self.closed |= set(names)

    def open(self, names: Iterable[str]) -> None:
        """List the rows of these groups."""
        self.closed -= set(names)

    def unmark_all(self) -> None:
        """Remove all marks."""
        self.marks.clear()
