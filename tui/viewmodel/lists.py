"""Every list of the terminal, by the pane that keys move in."""

from __future__ import annotations

from typing import Any

from tui.lists.declared import DeskList
from tui.viewmodel import (
    activity,
    alarms,
    balances,
    orders,
    pairs,
    positions,
    recommendations,
    settings,
    traders,
    units,
)
from tui.viewmodel.view import View

LISTS: tuple[DeskList[Any], ...] = (
    traders.LIST,
    balances.LIST,
    recommendations.LIST,
    orders.LIST,
    alarms.LIST,
    activity.LIST,
    pairs.LIST,
    positions.LIST,
    units.LIST,
    settings.LIST,
)

BY_PANE: dict[int, DeskList[Any]] = {each.pane: each for each in LISTS}

TABLES: tuple[DeskList[Any], ...] = (
    traders.LIST,
    balances.LIST,
    orders.LIST,
    pairs.LIST,
    positions.LIST,
    units.LIST,
    activity.LIST,
    settings.LIST,
)
"""Lists drawn in columns, which can be chosen; the rows of the others are sentences."""


KNOWN = {
    each.name: (frozenset(column.called for column in each.columns), frozenset(each.sorts))
    for each in LISTS
}
"""Names of each list's columns, and of those it can be sorted by."""


def list_of(view: View) -> DeskList[Any]:
    """The list that keys are about: that of the pane they move in, else TRADERS."""
    return BY_PANE.get(view.state.pane, traders.LIST)
