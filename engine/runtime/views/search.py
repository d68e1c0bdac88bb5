"""Walks through what may have the words of a filter, some at a time, round after round."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, NamedTuple

from engine.snapshot import SEARCH

RESTS: Final = 4
"""Snapshots from the end of a search to its next round: a second."""


class Pace(NamedTuple):
    """What a page of a search may cost, in pages of its list.

    Args:
        first: until its first round has ended: nobody has seen what it finds.
        later: in further rounds.
    """

    first: float
    later: float


PACES: Final = {"orders": Pace(2.7, 0.5)}
"""Where the row of an order costs a tenth of a pair's, and those that change come anyway."""

PACE: Final = Pace(0.9, 0.9)
"""Of other lists."""

_OF_STRIKES: Final = re.compile(r"[0-9.+/E-]*[CP]?")


def of_strikes(word: str) -> bool:
    """Whether a word in capitals may be within strikes and their right, or within a number."""
    return _OF_STRIKES.fullmatch(word) is not None


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


Part = tuple[str, str]
"""A list, and what is looked for in it as a screen asks for that: behind SEARCH."""


class Searches:
    """The searches that are watched.

    Args:
        begin: by list, what begins to look for words in it.

    Attributes:
        spent: what the last page cost of that which a page of its list may cost, in rows formed;
            the rest is that list's own.
    """

    def __init__(self, begin: Mapping[str, Callable[[str], Search]]) -> None:
        self._begin = begin
        self._going: dict[Part, Search] = {}
        self._resting: dict[Part, int] = {}
        self._ended: set[Part] = set()
        self.spent = 0.0

    def knows(self, name: str) -> bool:
        """Whether words can be looked for in a list."""
        return name in self._begin

    def hurries(self, part: Part) -> bool:
        """Whether a search is to end its first round soon."""
        return part[0] in PACES and part not in self._ended

    def rests(self, part: Part) -> bool:
        """Whether a search waits for its next round; each time it is asked it waits less."""
        left = self._resting.pop(part, 0)
        if left:
            self._resting[part] = left - 1
        return left > 0

    def next(self, part: Part, room: float) -> tuple[int, tuple[Any, ...], int]:
        """What a search finds next, as `Search.next`; after its end it begins anew.

        Args:
            room: rows that a page of the list may cost.
        """
        name, within = part
        search = self._going.pop(part, None)  # one that fails is begun anew
        if search is None:
            search = self._begin[name](within.removeprefix(SEARCH))
        pace = PACES.get(name, PACE)
        found = search.next(room * (pace.later if part in self._ended else pace.first))
        if search.ended:
            self._ended.add(part)
            self._resting[part] = RESTS - 1
        else:
            self._going[part] = search
        self.spent = min(search.spent, room * pace.later)
        return found

    def keep(self, wanted: Collection[Part]) -> None:
        """Let go of all other searches than these."""
        self._going = {part: each for part, each in self._going.items() if part in wanted}
        self._resting = {part: each for part, each in self._resting.items() if part in wanted}
        self._ended.intersection_update(wanted)
