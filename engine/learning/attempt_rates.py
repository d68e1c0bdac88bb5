"""Attempts counted by size, exchange hour and delay category: sixteen bytes for each met."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import Final

from engine.learning.estimators import ArmTally
from engine.learning.recordings import DELAYS

_FIGURES: Final = 3


class Rates:
    """Whole attempts, fills and contracts filled by size, exchange hour and delay category.

    Arguments of its methods: contracts ordered; hour of the exchange; delay, an index into DELAYS;
    filled, contracts that did.
    """

    __slots__ = ("_counts", "_keys")

    def __init__(self) -> None:
        self._keys = array("I")
        self._counts = array("I")

    def add(self, contracts: int, hour: int, delay: int, filled: int) -> None:
        """Count one attempt that filled so many contracts."""
        key = (contracts << 8) | (hour << 2) | delay
        keys, counts = self._keys, self._counts
        at = bisect_left(keys, key)
        begins = at * _FIGURES
        if at == len(keys) or keys[at] != key:
            keys.insert(at, key)
            counts[begins:begins] = array("I", (0, 0, 0))
        counts[begins] += 1
        if filled:
            counts[begins + 1] += 1
            counts[begins + 2] += filled

    def unfilled(self, contracts: int, hour: int, delay: int) -> int:
        """How many such attempts were counted without a fill."""
        begins = self._begins(contracts, hour, delay)
        return 0 if begins is None else self._counts[begins] - self._counts[begins + 1]

    def add_late(self, contracts: int, hour: int, delay: int, filled: int) -> None:
        """Turn an attempt that was counted without a fill into one with a fill.

        Raises:
            KeyError: none such was counted.
        """
        begins = self._begins(contracts, hour, delay)
        if begins is None:
            raise KeyError((contracts, hour, delay))
        self._counts[begins + 1] += 1
        self._counts[begins + 2] += filled

    def _begins(self, contracts: int, hour: int, delay: int) -> int | None:
        key = (contracts << 8) | (hour << 2) | delay
        at = bisect_left(self._keys, key)
        return at * _FIGURES if at < len(self._keys) and self._keys[at] == key else None

    def by_size(self) -> dict[int, ArmTally]:
        """Attempts by contracts ordered, ascending."""
        return self._margin(8, -1)

    def by_hour(self) -> dict[int, ArmTally]:
        """Attempts by exchange hour, ascending."""
        return self._margin(2, 63)

    def by_delay(self) -> dict[str, ArmTally]:
        """Attempts by delay category, those tried, short first."""
        return {DELAYS[key]: tally for key, tally in self._margin(0, 3).items()}

    def _margin(self, shift: int, mask: int) -> dict[int, ArmTally]:
        sums: dict[int, list[int]] = {}
        counts = iter(self._counts)
        for key, n, k, lots in zip(self._keys, counts, counts, counts, strict=True):
            group, size = (key >> shift) & mask, key >> 8
            total = sums.get(group)
            if total is None:
                sums[group] = [n, k, lots, size]
                continue
            total[0] += n
            total[1] += k
            total[2] += lots
            total[3] = max(total[3], size)
        return {group: ArmTally(*total) for group, total in sorted(sums.items())}
