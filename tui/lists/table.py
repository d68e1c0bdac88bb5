"""A list as a table in a pane: its head, the rows in view, and what its frame says of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any, Generic, TypeVar

from tui.lists.declared import (
    Arranged,
    DeskList,
    arranged,
    follow_group,
    found,
    listed,
    marked,
)
from tui.lists.drawn_rows import DrawnRows
from tui.lists.groups import Group, Listed
from tui.text import formats
from tui.text.columns import Cell, Column, choose, column_at, head, row
from tui.text.lines import Line, fit, under_cursor
from tui.viewmodel.frame import Box
from tui.viewmodel.view import View

Row = TypeVar("Row")
Item = TypeVar("Item")
Placed = list[tuple[Column[Row, Any], int]]
"""Columns with their widths."""

SORTING_PANES = 8
"""Panes up to this one, those of the main screen, show their top while nobody moves in them."""


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """What a pane draws of a list.

    Args:
        head: heads of the columns.
        body: the rows in view.
        shown: the rows as they are arranged.
        lines: what the pane has lines for.
        height: rows there is room for.
        where: which of the rows are in view, "" where all are.
    """

    head: Line
    body: list[Line]
    shown: Arranged[Row]
    lines: Listed[Row]
    height: int
    where: str


def listing(
    view: View,
    pane: int,
    items: Sequence[Item],
    keys: list[str],
    render: Callable[[Item, bool], Line],
    box: Box,
    height: int,
) -> list[Line]:
    """The rows in view of a table with a cursor that follows its row's key.

    A pane whose rows sort themselves shows its top while nobody moves in it.
    """
    selection = view.state.selection(pane)
    free = view.state.is_wheeled(pane, box.focused)
    lead = not free and pane <= SORTING_PANES and view.state.leads(pane, box.focused)
    at = view.state.follow(pane, keys, max(1, height), lead, free)
    lines = []
    for index in range(selection.top, min(len(items), selection.top + height)):
        line = fit(render(items[index], index == at), box.inner_width, view.glyphs.more)
        lines.append(under_cursor(line) if index == at and box.focused else line)
    return lines


def stacked(
    view: View, pane: int, keys: list[str], blocks: Sequence[list[Line]], box: Box, height: int
) -> list[Line]:
    """Rows of different heights one under the other, with the chosen one in view."""
    selection = view.state.selection(pane)
    top = selection.top
    at = view.state.follow(pane, keys, max(1, len(keys)))
    free = view.state.is_wheeled(pane, box.focused)
    top = max(0, min(top, len(keys) - 1 if free else at))
    while not free and top < at and sum(map(len, blocks[top : at + 1])) > height:
        top += 1
    while top and sum(map(len, blocks[top - 1 :])) <= height:
        top -= 1
    selection.scroll_to(top)
    lines: list[Line] = []
    for index in range(top, len(blocks)):
        for line in blocks[index]:
            shown = fit(line, box.inner_width, view.glyphs.more)
            lines.append(under_cursor(shown) if index == at and box.focused else shown)
    return lines[:height]


def position(view: View, pane: int, total: int, height: int) -> str:
    """Which rows are in view, "" where all are; and where the cursor is, if it is not there."""
    if total <= height:
        return ""
    selection = view.state.selection(pane)
    top, at = selection.top, selection.index
    where = f"{top + 1:,}-{min(total, top + height):,} of {total:,}"
    return where if top <= at < top + height else f"{where}, cursor on {at + 1:,}"


OUT_OF_SIGHT, UNSEEN = "urgent out of sight", "urgent unseen"
"""What is said of urgent rows that are not in view, and the same where there is little room."""


def out_of_sight(
    view: View, pane: int, urgent: Sequence[bool], height: int, folded: int = 0
) -> str:
    """How many rows that are urgent are not in view, "" where there is none.

    Args:
        urgent: which of the pane's lines are.
        folded: how many are in closed groups.
    """
    top = view.state.selection(pane).top
    hidden = sum(urgent) - sum(urgent[top : top + height]) + folded
    return f"{hidden:,} {OUT_OF_SIGHT}" if hidden else ""


def gutter(declared: DeskList[Any], view: View) -> int:
    """Cells before the columns: the cursor's, and one for marks where there are any."""
    return max(declared.gutter, 2 if declared.choices(view).marks else 1)


def columns_in(
    declared: DeskList[Row], view: View, width: int
) -> list[tuple[Column[Row, Any], int]]:
    """The columns that a table of that inner width shows, with their widths."""
    room, choices = width - gutter(declared, view), declared.choices(view)
    columns, grouping = declared.columns, declared.grouping
    in_groups = grouping is not None and choices.grouped and not choices.columns
    made = arranged(declared, view).groups if in_groups else None
    large = made is not None and any(len(group.rows) >= LARGE for group in made.groups)

    def look() -> list[tuple[Column[Row, Any], int]]:
        if grouping is None or not in_groups:
            return choose(columns, room, choices.columns)
        spared = [each for each in columns if each.called not in grouping.spared]
        first = (
            replace(each, priority=0) if each.called in grouping.needed else each for each in spared
        )
        return _with_room_for_labels(choose(list(first), room - LONGER * large), room)

    chosen = room, choices.columns, in_groups, large
    return view.state.once(f"columns {declared.name}", columns, chosen, look)


LARGE = 100
"""Rows of a group from which its label needs more room: its numbers are longer."""

LONGER = 11
"""Cells that it takes from the columns that are needed least."""


def _with_room_for_labels(columns: Placed[Row], room: int) -> Placed[Row]:
    """Columns of which the last one under a group's label takes what room is left."""
    spare = room + 1 - sum(cells + 1 for _, cells in columns)
    under = sum(1 for _ in takewhile(lambda each: each[0].total is None, columns))
    return [
        (column, cells + spare if number == under - 1 else cells)
        for number, (column, cells) in enumerate(columns)
    ]


def head_at(declared: DeskList[Any], view: View, width: int, x: int) -> str:
    """The sort order of the column whose head is at cell `x` of the table, "" for none."""
    name = column_at(columns_in(declared, view, width), x - gutter(declared, view))
    return name if name in declared.sorts else ""


def table(
    declared: DeskList[Row],
    view: View,
    box: Box,
    height: int,
    *,
    style: Callable[[Row], str] = lambda row: "value",
    warned: Callable[[Row], bool] = lambda row: False,
    lead: Callable[[Row, bool], Line] | None = None,
) -> Table[Row]:
    """The head and the rows in view of a list.

    Args:
        height: rows there is room for under the head.
        style: of a row's cells that have none of their own.
        warned: whether a row begins with `!`.
        lead: the cells before a row's columns, where they are others than cursor and mark.
    """
    shown, choices = arranged(declared, view), declared.choices(view)
    columns, context = columns_in(declared, view, box.inner_width), declared.context(view)
    glyphs, marks = view.glyphs, choices.marks

    def cursor_and_mark(item: Row, at: bool) -> Line:
        sign = (glyphs.cursor, "mark") if at and box.focused else (" ", "mark")
        if warned(item) and sign[0] == " ":
            sign = ("!", "p2")
        if not marks:
            return (sign,)
        return (sign, (glyphs.mark if declared.key(item) in marks else " ", "mark"))

    begin = lead or cursor_and_mark

    drawn = view.state.memo.once(
        f"drawn {declared.name}", declared.columns, columns, lambda: DrawnRows(columns)
    )
    drawn.begin()

    def line(item: Row, at: bool) -> Line:
        return (*begin(item, at), *drawn.line(declared.key(item), item, context, style(item)))

    lines = listed(declared, view)
    follow_group(declared, view, lines)
    summed: Placed[Any] = _summed(columns) if shown.groups is not None else []

    def either(item: Row | Group[Row], at: bool) -> Line:
        if isinstance(item, Group):
            return _group_line(declared, view, item, summed, at)
        return line(item, at)

    body = listing(view, declared.pane, lines.lines, lines.keys, either, box, height)
    heads: Line = ((" " * gutter(declared, view), "header"), *head(columns, choices.sort))
    where = position(view, declared.pane, len(lines.keys), height)
    return Table(heads, body, shown, lines, height, where)


LEAST_LABEL = 14
"""Cells that a group's name and number of rows need at least."""

CLOSED, OPEN = "+", "-"
"""Signs of a group: its rows are not listed, or are."""


def _summed(columns: Placed[Any]) -> Placed[Any]:
    """The columns of a group's row: its label over the first ones, then totals and blanks."""
    label, rest = -1, list(columns)
    while rest and (rest[0][0].total is None or label < LEAST_LABEL):
        label += rest.pop(0)[1] + 1
    blank: Column[Any, Any] = Column("", max(0, label), lambda group, view: "")
    return [(blank, max(0, label)), *((replace(c, cell=_total_of(c)), w) for c, w in rest)]


def _total_of(column: Column[Any, Any]) -> Callable[[Any, Any], Cell]:
    total = column.total
    if total is None:
        return lambda group, context: ""
    return lambda group, context: total(group.sums, context)


def _group_line(
    declared: DeskList[Row], view: View, group: Group[Row], columns: Placed[Any], at: bool
) -> Line:
    assert declared.grouping is not None
    sign = CLOSED if group.name in declared.choices(view).closed else OPEN
    lead = f"{view.glyphs.cursor if at else ' '}{sign}"[-gutter(declared, view) :]
    (_, room), *rest = columns
    label = fit(declared.grouping.label(group, view, room), room, view.glyphs.more)
    figures: Line = row(rest, group, declared.context(view)) if rest else ()
    return ((lead, "mark"), *label, (" ", "text"), *figures)


def said(declared: DeskList[Any], view: View, missing: str = "") -> list[str]:
    """What is chosen for a list, for its title, the most needed first: nothing hides in silence.

    Args:
        missing: how far the list has come where not all of it has; beside a filter it stands where
            the number of rows that pass will be, which nobody knows yet.
    """
    choices, shown = declared.choices(view), arranged(declared, view)
    arrow = view.glyphs.asc if choices.inverted else view.glyphs.desc
    passing = f"{len(shown.rows):,} of {shown.total:,}" if len(shown.rows) != shown.total else ""
    parts = [
        f"of {formats.displayed(choices.of or choices.within, 40)}" if choices.within else "",
        f"filter:{formats.clean(choices.filter, 24)}" if choices.filter else "",
        (missing or passing) if choices.filter else passing,
        finding(declared, view),
        f"{len(marked(declared, view)):,} marked" if choices.marks else "",
        f"sort:{choices.sort or declared.native} {arrow}"
        if choices.sort or choices.inverted
        else "",
        "" if choices.filter else missing,
    ]
    return [part for part in parts if part]


def finding(declared: DeskList[Any], view: View) -> str:
    """What is searched for, and which of the rows that have it the cursor is on; "" for nothing."""
    words = declared.choices(view).find
    if not words:
        return ""
    places, keys = found(declared, view), arranged(declared, view).keys
    chosen = view.state.selection(declared.pane).key
    at = next((n for n, place in enumerate(places, 1) if keys[place] == chosen), None)
    number = "-" if at is None else f"{at:,}"
    return f"find:{formats.clean(words, 24)} {number}/{len(places):,}"
