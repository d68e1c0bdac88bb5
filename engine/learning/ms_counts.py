"""How often each whole millisecond was seen: three bytes for most, where a dict takes fifty."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import ItemsView, Iterator, Mapping, ValuesView

from engine.orders.narrow_arrays import increased, inserted, narrow


class MsCounts(Mapping[int, int]):
    """Counts by milliseconds, ascending; compares equal to any mapping of the same counts."""

    __slots__ = ("_many", "_ms")

    def __init__(self) -> None:
        self._ms: array[int] = narrow()
        self._many: array[int] = narrow()

    def add(self, ms: int, times: int = 1) -> None:
        """Count one more.

        Args:
            ms: whole milliseconds from 0.
            times: how often it is counted.
        """
        at = bisect_left(self._ms, ms)
        if at < len(self._ms) and self._ms[at] == ms:
            self._many = increased(self._many, at, times)
        else:
            self._ms = inserted(self._ms, at, ms)
            self._many = inserted(self._many, at, times)

    def copy(self) -> MsCounts:
        """The counts as they are, whatever is added to these."""
        made = MsCounts()
        made._ms, made._many = self._ms[:], self._many[:]
        return made

    def __getitem__(self, ms: int) -> int:
        at = bisect_left(self._ms, ms)
        if at == len(self._ms) or self._ms[at] != ms:
            raise KeyError(ms)
        return self._many[at]

    def __iter__(self) -> Iterator[int]:
        return iter(self._ms)

    def __len__(self) -> int:
        return len(self._ms)

    def values(self) -> ValuesView[int]:
        """The counts, by ascending milliseconds."""
        return _Values(self)

    def items(self) -> ItemsView[int, int]:
        """Milliseconds and counts, ascending."""
        return _Items(self)

    def __repr__(self) -> str:
        return repr(dict(self))


class _Values(ValuesView[int]):
    _mapping: MsCounts

    def __iter__(self) -> Iterator[int]:
        return iter(self._mapping._many)


class _Items(ItemsView[int, int]):
    _mapping: MsCounts

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._mapping._ms, self._mapping._many, strict=True)
