"""A declared list: its rows, what names them, its columns; and its rows as they are arranged.

Every list of the terminal is one of these. What is chosen for it (`ListChoices`) is applied here
and nowhere else, once for each snapshot or choice: a key that moves the cursor arranges nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tui.lists.choices import ListChoices
from tui.lists.groups import PREFIX, Group, Grouping, InGroups, Listed, in_groups, listed_of
from tui.text.columns import Column
from tui.viewmodel.view import View

Row = TypeVar("Row")


def _nowhere(row: Any, key: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class DeskList(Generic[Row]):
    """A list as it is declared.

    Args:
        name: in the file of remembered choices and in exports.
        title: what its rows are, in plural.
        pane: number of the pane that keys move in.
        source: its rows; the same object for as long as nothing changed.
        key: names a row for good.
        text: what filter and search look at.
        columns: with their sort keys and exported values.
        native: what its own order is called.
        order: the sort keys of rows in that order; None where the source has it already.
        within: whether a row belongs to what a key names.
        cells: what a column's cell is given beside the row; the view where it is not told.
        always: whether a row passes every filter: one that must not be hidden.
        gutter: cells before the columns, of cursor and mark.
        grouping: how it can be grouped; None where it cannot.
        every: how many rows there are where its source leaves some out; None where it does not.
    """

    name: str
    title: str
    pane: int
    source: Callable[[View], Sequence[Row]]
    key: Callable[[Row], str]
    text: Callable[[Row], str]
    columns: Sequence[Column[Row, Any]]
    native: str
    order: Callable[[View, Sequence[Row]], Sequence[Any]] | None = None
    within: Callable[[Row, str], bool] = _nowhere
    cells: Callable[[View], Any] | None = None
    always: Callable[[Row], bool] = lambda row: False
    gutter: int = 1
    grouping: Grouping[Row] | None = None
    every: Callable[[View], int | None] = lambda view: None

    def choices(self, view: View) -> ListChoices:
        """What is chosen for it."""
        return view.state.choices(self.name)

    def context(self, view: View) -> Any:
        """What a column's cell is given beside the row."""
        return view if self.cells is None else self.cells(view)

    @property
    def sorts(self) -> tuple[str, ...]:
        """Names of the columns it can be sorted by."""
        return tuple(column.called for column in self.columns if column.sort is not None)

    def sorted_by(self, name: str) -> Callable[[Row], Any] | None:
        """The sort key of the column of that name, None where it has none."""
        return next((c.sort for c in self.columns if c.called == name), None)

    def totals(self, name: str) -> bool:
        """Whether the column of that name has totals of groups."""
        return any(c.total is not None for c in self.columns if c.called == name)

    def grouped(self, view: View) -> bool:
        """Whether its rows are listed in groups."""
        return self.grouping is not None and self.choices(view).grouped


@dataclass(frozen=True, slots=True)
class Arranged(Generic[Row]):
    """The rows that pass, in the chosen order.

    Args:
        total: rows before the filter.
        groups: the same rows in their groups; None where they are in none.
    """

    rows: Sequence[Row]
    keys: list[str]
    total: int
    groups: InGroups[Row] | None = None

    def row_of(self, key: str) -> Row | None:
        """The row of that key, None where it is not shown."""
        return self.rows[self.keys.index(key)] if key in self.keys else None


def arranged(declared: DeskList[Row], view: View) -> Arranged[Row]:
    """The rows of a list as they are filtered and sorted."""
    rows = declared.source(view)
    choices, memo = declared.choices(view), view.state.memo
    total = declared.every(view)

    def arrange() -> Arranged[Row]:
        every = _within(declared, rows, choices)
        shown = _passing(declared, view, every, choices)
        keys = memo.each(f"keys {declared.name}", shown, None, declared.key)
        by = declared.sorted_by(choices.sort)
        places = _order(declared, view, shown, keys, by)
        if places is not None:
            shown, keys = [shown[at] for at in places], [keys[at] for at in places]
        made = None
        if declared.grouping is not None and choices.grouped:
            made = in_groups(
                declared.grouping,
                view,
                shown,
                declared.key,
                by=by if declared.totals(choices.sort) else None,
                native=by is None,
                inverted=choices.inverted,
            )
            shown = made.rows
            keys = [declared.key(row) for row in shown]
        return Arranged(shown, keys, len(every) if total is None else total, made)

    return view.state.once(f"list {declared.name}", rows, (*choices.arrangement, total), arrange)


def _order(
    declared: DeskList[Row],
    view: View,
    rows: Sequence[Row],
    keys: list[str],
    by: Callable[[Row], Any] | None,
) -> Sequence[int] | None:
    """The places of rows in their order; None where they are in it."""
    memo, choices = view.state.memo, declared.choices(view)
    if by is not None:
        values = memo.each(f"sorted {declared.name}", rows, choices.sort, by)
        ties = list(zip(values, keys, strict=True))
        return memo.order(f"order {declared.name}", ties, choices.inverted)
    if declared.order is not None:
        ranks = declared.order(view, rows)
        return memo.order(f"order {declared.name}", ranks, choices.inverted)
    return range(len(rows))[::-1] if choices.inverted else None


def listed(declared: DeskList[Row], view: View) -> Listed[Row]:
    """What the list's pane has a line for: its rows, or its groups with the rows of open ones."""
    shown = arranged(declared, view)
    made, closed = shown.groups, frozenset(declared.choices(view).closed)
    if made is None:
        return Listed(shown.rows, shown.keys)
    return view.state.once(
        f"lines {declared.name}", shown, closed, lambda: listed_of(made, declared.key, closed)
    )


def chosen_group(declared: DeskList[Row], view: View) -> Group[Row] | None:
    """The group under the cursor, None where a row is there."""
    key, made = view.state.selected(declared.pane), arranged(declared, view).groups
    if made is None or not key.startswith(PREFIX):
        return None
    return next((group for group in made.groups if group.key == key), None)


def group_of(declared: DeskList[Row], view: View, key: str) -> Group[Row] | None:
    """The group that a key names, or that its row belongs to."""
    made = arranged(declared, view).groups
    if made is None:
        return None
    for group in made.groups:
        if key == group.key or any(declared.key(row) == key for row in group.rows):
            return group
    return None


def follow_group(declared: DeskList[Row], view: View, rows: Listed[Row]) -> None:
    """Put the cursor on a group that has closed over its row, and on no other row."""
    selection = view.state.selection(declared.pane)
    if rows.folded and selection.key not in rows.keys:
        group = group_of(declared, view, selection.key)
        if group is not None:
            selection.select(group.key)


def _within(declared: DeskList[Row], rows: Sequence[Row], choices: ListChoices) -> Sequence[Row]:
    """The rows that belong to what is shown."""
    if not choices.within:
        return rows
    return [row for row in rows if declared.within(row, choices.within)]


def _passing(
    declared: DeskList[Row], view: View, rows: Sequence[Row], choices: ListChoices
) -> Sequence[Row]:
    """The rows that pass the filter."""
    if not choices.filter.strip("! "):
        return rows
    passes = passing(choices.filter)
    texts = _texts(declared, view, rows)
    return [
        row for row, text in zip(rows, texts, strict=True) if passes(text) or declared.always(row)
    ]


def passing(wanted: str) -> Callable[[str], bool]:
    """Whether a text in capitals has all of these words, or with a leading ! not all of them."""
    inverse = wanted.startswith("!")
    words = wanted.lstrip("!").upper().split()
    return lambda text: all(word in text for word in words) != (inverse and bool(words))


def _texts(declared: DeskList[Row], view: View, rows: Sequence[Row]) -> list[str]:
    """What filter and search look at, in capitals; made anew only for rows that changed."""
    known = view.state.texts.setdefault(declared.name, {})
    fresh: dict[str, tuple[object, str]] = {}
    for row in rows:
        key = declared.key(row)
        had = known.get(key)
        if had is None or had[0] is not row:
            had = (row, declared.text(row).upper())
        fresh[key] = had
    known.update(fresh)
    if len(known) > 2 * len(fresh) + 1_000:
        view.state.texts[declared.name] = fresh
    return [fresh[declared.key(row)][1] for row in rows]


def read_ahead(declared: DeskList[Row], view: View, most: int) -> bool:
    """Make texts that a filter or a search will look at; whether there are more to make.

    Args:
        most: how many rows at most.
    """
    known = view.state.texts.setdefault(declared.name, {})
    for row in declared.source(view):
        had = known.get(declared.key(row))
        if had is None or had[0] is not row:
            if not most:
                return True
            most -= 1
            known[declared.key(row)] = (row, declared.text(row).upper())
    return False


def usd(cents: float | None) -> float | None:
    """Dollars for an export, None where unknown."""
    return None if cents is None else round(cents / 100, 2)


def rated(k: int, n: int) -> float | None:
    """k of n as a fraction for an export, None where nothing was tried."""
    return round(k / n, 6) if n > 0 else None


def unknown_last(value: float | None) -> tuple[bool, float]:
    """A sort key, the least first and what is unknown behind all others."""
    return value is None, value or 0.0


def greatest(value: float | None) -> tuple[bool, float]:
    """A sort key, the greatest first and what is unknown behind all others."""
    return value is None, -(value or 0.0)


def found(declared: DeskList[Row], view: View) -> list[int]:
    """Places of the shown rows that the search goes to, ascending."""
    shown = arranged(declared, view)
    words = declared.choices(view).find.upper().split()

    def look() -> list[int]:
        if not words:
            return []
        texts = _texts(declared, view, shown.rows)
        return [n for n, text in enumerate(texts) if all(word in text for word in words)]

    return view.state.once(f"found {declared.name}", shown, tuple(words), look)


def marked(declared: DeskList[Row], view: View) -> list[str]:
    """Keys of the marked rows that there still are, in the order of the list.

    Rows that the filter hides stay marked, and count.
    """
    marks = declared.choices(view).marks
    if not marks:
        return []
    rows = declared.source(view)
    choice = tuple(sorted(marks))

    def look() -> list[str]:
        return [key for row in rows if (key := declared.key(row)) in marks]

    return view.state.once(f"marked {declared.name}", rows, choice, look)
