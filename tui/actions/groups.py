"""Groups of a list: with and without, one or all of them closed to their totals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tui.lists.declared import DeskList, arranged, chosen_group, group_of
from tui.lists.groups import Group
from tui.shown import Shown
from tui.viewmodel.lists import list_of
from tui.viewmodel.view import View


def _group(desk: Shown) -> None:
    """List the rows in groups, or without; the cursor stays on its row, or goes to the group's."""
    view = desk.view()
    declared = list_of(view)
    choices = declared.choices(view)
    group = chosen_group(declared, view)
    if group is not None:
        desk.state.go_to(declared.pane, declared.key(group.rows[0]))
    choices.group(not choices.grouped)


def _here(desk: Shown) -> tuple[DeskList[Any], Group[Any] | None, View]:
    """The list, and the group under the cursor or around it."""
    view = desk.view()
    declared = list_of(view)
    return declared, group_of(declared, view, desk.state.selected(declared.pane)), view


def _names(declared: DeskList[Any], view: View) -> list[str]:
    """Names of all groups of which a row passes the filter."""
    made = arranged(declared, view).groups
    return [group.name for group in made.groups] if made is not None else []


def _collapse(desk: Shown) -> None:
    """Close the group of the row, the cursor on its totals; where it is closed, close all."""
    declared, group, view = _here(desk)
    choices = declared.choices(view)
    if group is None or group.name in choices.closed:
        choices.close(_names(declared, view))
    else:
        choices.close([group.name])
    if group is not None:
        desk.state.go_to(declared.pane, group.key)


def _expand(desk: Shown) -> None:
    """Open the group of the row; where it is open, open all."""
    declared, group, view = _here(desk)
    choices = declared.choices(view)
    if group is not None and group.name in choices.closed:
        choices.open([group.name])
    else:
        choices.open(set(choices.closed))


def fold(desk: Shown, key: str) -> None:
    """Close or open a group; the key of another row does nothing.

    Args:
        key: of its row.
    """
    declared = list_of(desk.view())
    group = group_of(declared, desk.view(), key)
    if group is not None and group.key == key:
        choices = declared.choices(desk.view())
        (choices.open if group.name in choices.closed else choices.close)([group.name])
        desk.state.go_to(declared.pane, group.key)


ACTIONS: Final[dict[str, Callable[[Shown], None]]] = {
    "group": _group,
    "collapse": _collapse,
    "expand": _expand,
}
"""What the keys of groups do."""
