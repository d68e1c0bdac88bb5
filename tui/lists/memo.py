"""What was made from a snapshot before: made again only from what has changed since.

A snapshot takes over the rows that did not change. Of 1,000 rows some sixty are others four times
a second, and keys are pressed more often than snapshots come.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import compress, count
from operator import is_not
from typing import Any, TypeVar, cast

Made = TypeVar("Made")
Row = TypeVar("Row")


@dataclass(slots=True)
class Memo:
    """Results by name, with what they were made from."""

    _kept: dict[str, tuple[object, object, object]] = field(default_factory=dict)

    def once(self, name: str, source: object, choice: object, make: Callable[[], Made]) -> Made:
        """The result of `make`, made again only for another `source` object or another `choice`."""
        kept = self._kept.get(name)
        if kept is None or kept[0] is not source or kept[1] != choice:
            kept = self._kept[name] = (source, choice, make())
        return cast("Made", kept[2])

    def each(
        self, name: str, rows: Sequence[Row], choice: object, make: Callable[[Row], Made]
    ) -> list[Made]:
        """A result for each row, made again only for rows that are other objects than before.

        The list is the same object for as long as its values are equal; it is not to be changed.

        Args:
            choice: what else results depend on; another one makes all of them again.
            make: from a row alone, and what `choice` says.
        """
        kept = self._kept.get(name)
        before = cast("Sequence[Row]", kept[0]) if kept is not None else ()
        made = cast("list[Made]", kept[2]) if kept is not None else []
        if kept is None or len(before) != len(rows) or kept[1] != choice:
            made = [make(row) for row in rows]
        elif before is not rows:
            fresh = list(made)
            for place in compress(count(), map(is_not, rows, before)):
                fresh[place] = make(rows[place])
            made = made if fresh == made else fresh
        self._kept[name] = (rows, choice, made)
        return made

    def order(self, name: str, by: Sequence[Any], inverted: bool) -> list[int]:
        """Places of rows in the order of their sort keys; the same list while these are equal."""
        kept = self._kept.get(name)
        if kept is not None and kept[1] == inverted and kept[0] == by:
            return cast("list[int]", kept[2])
        places = sorted(range(len(by)), key=by.__getitem__, reverse=inverted)
        self._kept[name] = (by, inverted, places)
        return places
