"""A walk through what may have the words of a filter, some at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

SHARE: Final = 0.9
"""Part of a list's page that a search may take: what it finds is looked at."""


class Step(NamedTuple):
    """A look at something.

    Args:
        cost: of the look, in rows formed; forming one is not in it.
        looked: how many have been looked at.
        row: what was found; None where nothing was.
    """

    cost: float
    looked: int
    row: Any = None


class Search:
    """Looks on where it was.

    Args:
        steps: what is looked at.
        number: how many that is in all.
        begin: called before each page.

    Attributes:
        ended: whether everything was looked at.
        spent: what the last page cost, in rows formed.
    """

    def __init__(
        self, steps: Iterator[Step], number: int, begin: Callable[[], None] = lambda: None
    ) -> None:
        self._steps = steps
        self._number = number
        self._begin = begin
        self._found = self._looked = 0
        self.ended = False
        self.spent = 0.0

    def next(self, room: float) -> tuple[int, tuple[Any, ...], int]:
        """How many rows came before, those found now, and how many there are at most.

        Args:
            room: what looks and rows may cost, in rows formed.
        """
        self._begin()
        rows: list[Any] = []
        self.spent = 0.0
        while self.spent < room:
            step = next(self._steps, None)
            if step is None:
                self.ended = True
                break
            self._looked = step.looked
            self.spent += step.cost
            if step.row is not None:
                self.spent += 1.0
                rows.append(step.row)
        start = self._found
        self._found += len(rows)
        left = 0 if self.ended else max(1, self._number - self._looked)
        return start, tuple(rows), self._found + left
