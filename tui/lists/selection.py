"""The cursor of a list or a text: which row is selected, and which rows are in view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FAR = 1_000_000
"""More rows than any list has."""


@dataclass(slots=True)
class Selection:
    """A cursor that follows its row's key wherever sorting moves it.

    Args:
        key: the selected row's key, "" where nothing is selected yet.
        index: where that row was last; what is selected if the key disappears.
        top: the first row in view.
        height: how many rows were in view last.
        moved_s: when a person moved it last, in the state's seconds; None where nobody has.
        to_end: whether it is on its way to the last row, of which more are coming.
        filter: what the rows were filtered by when they were last followed.
    """

    key: str = ""
    index: int = 0
    top: int = 0
    height: int = 0
    moved_s: float | None = None
    to_end: bool = False
    filter: str = ""

    def follow(
        self,
        keys: Sequence[str],
        height: int,
        lead: bool = False,
        free: bool = False,
        filter: str = "",
    ) -> int:
        """Find the key among `keys` and bring it into a view of `height` rows; return its place.

        A key that is gone gives way to the row that took its place; one that a new filter hides to
        the first row that the filter leaves. Without rows the answer is -1.

        Args:
            lead: whether the view shows the top of the list, wherever the key is.
            free: whether it stays where the wheel has put it, wherever the key is.
            filter: what the rows are filtered by.
        """
        self.height = height
        if filter != self.filter:
            self.filter, self.index, self.to_end = filter, 0, False
        if not keys:
            self.index, self.top = -1, 0
            return -1
        if self.to_end:
            self.key = keys[-1]
        if not self.key or self.key not in keys:
            self.index = min(max(self.index, 0), len(keys) - 1)
            self.key = keys[self.index]
        else:
            self.index = keys.index(self.key)
        self.top = 0 if lead else min(self.top, max(0, len(keys) - height))
        if lead or free:
            return self.index
        if self.index < self.top:
            self.top = self.index
        elif self.index >= self.top + height:
            self.top = self.index - height + 1
        return self.index

    def move(self, keys: Sequence[str], step: int) -> None:
        """Select the row `step` rows away, as far as there are rows.

        A row out of sight is nobody's choice any more: from there the first row in view is chosen.
        """
        self.to_end = False
        if keys:
            start = keys.index(self.key) if self.key in keys else max(0, self.index)
            if self.height and not self.top <= start < self.top + self.height:
                start = self.top - step if abs(step) == 1 else self.top
            self.index = min(max(start + step, 0), len(keys) - 1)
            self.key = keys[self.index]

    def select(self, key: str) -> None:
        """Select the row with that key."""
        self.key, self.to_end = key, False

    def go_on(self, to_end: bool) -> None:
        """Go to the last row whenever more have come, or stay with the row from now on."""
        self.to_end = to_end

    def moved(self, now_s: float) -> None:
        """A person moved or scrolled it at that moment."""
        self.moved_s = now_s

    def scroll_to(self, top: int) -> None:
        """Show the rows from `top` on."""
        self.top = top
