"""Rows in groups: the totals of each in a row of its own, over its rows or in place of them.

Grouping hides and loses no row: those above and those of the groups are all that pass the filter,
each once. What is closed is listed by its totals alone, and still marked, searched and exported.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from tui.text.lines import Line
from tui.viewmodel.view import View

Row = TypeVar("Row")

PREFIX: Final = "group:"
"""What the key of a group's row begins with, as no row's does."""

MOST_ABOVE: Final = 5
"""Most rows that stand above all groups: enough to act on, and the groups stay in sight."""


@dataclass(frozen=True, slots=True)
class Group(Generic[Row]):
    """A group as it is listed.

    Args:
        name: of the group.
        rows: all its rows that pass the filter, in the order of the list.
        below: those of them that are listed under it; the others stand above all groups.
        sums: its totals, with the names that a row's figures have.
        urgent: how many of its rows should be in sight.
    """

    name: str
    rows: tuple[Row, ...]
    below: tuple[Row, ...]
    sums: Any
    urgent: int

    @property
    def key(self) -> str:
        """What names its row for good."""
        return PREFIX + self.name


@dataclass(frozen=True, slots=True)
class Grouping(Generic[Row]):
    """How a list can be grouped.

    Args:
        by: what its groups are, such as "symbol".
        name: the group of a row.
        urgent: keys of rows that should be in sight; the list's own order begins with them.
        sums: the totals of some rows.
        label: the beginning of a group's row, before its totals, in at most so many cells.
        needed: names of columns that are always shown in groups.
        spared: names of columns that give way to them.
    """

    by: str
    name: Callable[[Row], str]
    urgent: Callable[[View], Container[str]]
    sums: Callable[[Sequence[Row], View], Any]
    label: Callable[[Group[Row], View, int], Line]
    needed: frozenset[str] = frozenset()
    spared: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class InGroups(Generic[Row]):
    """Rows that stand above all groups, and the groups in their order."""

    above: tuple[Row, ...]
    groups: tuple[Group[Row], ...]

    @property
    def rows(self) -> list[Row]:
        """Every row, in the order in which it is listed where no group is closed."""
        return [*self.above, *(row for group in self.groups for row in group.below)]


def in_groups(
    grouping: Grouping[Row],
    view: View,
    rows: Sequence[Row],
    key: Callable[[Row], str],
    *,
    by: Callable[[Any], Any] | None,
    native: bool,
    inverted: bool,
) -> InGroups[Row]:
    """Rows that are in their order already, in groups.

    Args:
        key: names a row.
        by: what groups are sorted by, of their totals; None puts each where its first row is.
        native: whether the rows are in the list's own order, the urgent ones first.
        inverted: whether the order runs the other way.
    """
    urgent = grouping.urgent(view)
    above: tuple[Row, ...] = ()
    if native and not inverted:
        above = tuple(row for row in rows[:MOST_ABOVE] if key(row) in urgent)
    lifted = {key(row) for row in above}
    members: dict[str, list[Row]] = {}
    for row in rows:
        members.setdefault(grouping.name(row), []).append(row)
    groups = [
        Group(
            name,
            tuple(mine),
            tuple(row for row in mine if key(row) not in lifted) if lifted else tuple(mine),
            grouping.sums(mine, view),
            sum(key(row) in urgent for row in mine),
        )
        for name, mine in members.items()
    ]
    if by is not None:
        groups.sort(key=lambda group: (by(group.sums), group.name), reverse=inverted)
    return InGroups(above, tuple(groups))


@dataclass(frozen=True, slots=True)
class Listed(Generic[Row]):
    """What the rows of a pane are: rows of the list, and groups.

    Args:
        lines: rows and groups from top to bottom.
        keys: their keys.
        folded: rows of closed groups, in no line of their own.
    """

    lines: Sequence[Row | Group[Row]]
    keys: list[str]
    folded: tuple[Row, ...] = ()


def listed_of(
    made: InGroups[Row], key: Callable[[Row], str], closed: Container[str]
) -> Listed[Row]:
    """The lines of a list in groups.

    Args:
        key: names a row.
        closed: names of groups of which only the totals are listed.
    """
    lines: list[Row | Group[Row]] = [*made.above]
    keys = [key(row) for row in made.above]
    folded: list[Row] = []
    for group in made.groups:
        lines.append(group)
        keys.append(group.key)
        if group.name in closed:
            folded += group.below
        else:
            lines += group.below
            keys += [key(row) for row in group.below]
    return Listed(lines, keys, tuple(folded))
