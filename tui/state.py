"""What the operator has chosen on the screen: selection, marks, filter, sort; no trading state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

Made = TypeVar("Made")


@dataclass(slots=True)
class Selection:
    """A cursor that follows its row's key wherever sorting moves it.

    Args:
        key: the selected row's key, "" where nothing is selected yet.
        index: where that row stood last; what is selected if the key disappears.
        top: the first row in view.
    """

    key: str = ""
    index: int = 0
    top: int = 0

    def follow(self, keys: Sequence[str], height: int) -> int:
        """Find the key among `keys` and bring it into a view of `height` rows; return its place.

        A key that is gone gives way to the row that took its place. Without rows the answer is -1.
        """
        if not keys:
            self.index, self.top = -1, 0
            return -1
        if not self.key or self.key not in keys:
            self.index = min(max(self.index, 0), len(keys) - 1)
            self.key = keys[self.index]
        else:
            self.index = keys.index(self.key)
        self.top = min(self.top, max(0, len(keys) - height))
        if self.index < self.top:
            self.top = self.index
        elif self.index >= self.top + height:
            self.top = self.index - height + 1
        return self.index

    def move(self, keys: Sequence[str], step: int) -> None:
        """Select the row `step` rows away, as far as there are rows."""
        if keys:
            start = keys.index(self.key) if self.key in keys else max(0, self.index)
            self.index = min(max(start + step, 0), len(keys) - 1)
            self.key = keys[self.index]


TEXT = 22
"""Number of the pane that holds the text of a list's chosen row."""


@dataclass(slots=True)
class ScreenState:
    """The screen's own state; losing it changes no trade.

    Args:
        pane: number of the pane that keys move in.
        zoomed: whether that pane has the whole body.
        sort: name of the sort order of TRADERS.
        inverted: whether the sort runs the other way.
        filter: words every shown trader must contain; a leading `!` keeps those that do not.
        unit_choice: an open unit's key and which way is chosen for it, before it is confirmed.
        reading: whether keys move in the chosen row's text; None where no text belongs to a list.
        detail: key of the trader whose detail is in front, "" elsewhere.
        marks: keys of marked traders.
        frozen: whether the display stands still (trading does not).
        bell: whether new P1 alarms ring.
    """

    pane: int = 1
    zoomed: bool = False
    sort: str = "attention"
    inverted: bool = False
    filter: str = ""
    unit_choice: tuple[str, int] | None = None
    open_only: bool = False
    reading: bool | None = None
    detail: str = ""
    frozen: bool = False
    bell: bool = True
    silent_s: float = 0.0
    message: str = ""
    marks: set[str] = field(default_factory=set)
    keys: dict[int, list[str]] = field(default_factory=dict)
    selections: dict[int, Selection] = field(default_factory=dict)
    _kept: dict[str, tuple[object, object, object]] = field(default_factory=dict)

    def once(self, name: str, source: object, choice: object, make: Callable[[], Made]) -> Made:
        """What `make` gives, made anew only for another `source` object or another `choice`.

        Keys are pressed more often than snapshots come: sorting thousands of rows again for a
        cursor that moved would be felt.
        """
        kept = self._kept.get(name)
        if kept is None or kept[0] is not source or kept[1] != choice:
            kept = self._kept[name] = (source, choice, make())
        return cast("Made", kept[2])

    def selection(self, pane: int) -> Selection:
        """The cursor of a pane."""
        return self.selections.setdefault(pane, Selection())

    def selected(self, pane: int) -> str:
        """The selected key of a pane, "" where it has no rows."""
        return self.selection(pane).key if self.keys.get(pane) else ""
