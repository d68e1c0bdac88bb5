"""Attempts summed in cells: by quarter hour, trader, phase, quoted width and arm.

Fills come in spells, so the unit of evidence is a block of time and not an attempt. A cell keeps
three sums; memory grows with the quarter hours traded, not with the attempts.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Bools = NDArray[np.bool_]

BLOCK_MINUTES: Final = 15
"""Length of a block where orders are free."""

BLOCKS_AN_HOUR: Final = 60 // BLOCK_MINUTES

WIDTH_CLASSES_A_DOUBLING: Final = 4
"""How finely quoted widths are told apart: each class ends 1.19 times as wide as it begins."""


class AttemptRow(NamedTuple):
    """What an attempt that ended brought.

    Args:
        session: ordinal of the exchange date.
        minute: exchange minute after midnight, when it was sent.
        trader: whose it was.
        phase: the trading phase.
        width_c: cents between bid and ask of both verticals when the pair was chosen.
        arm: the value of the setting under study, such as a size or a location.
        dollars: result of its cycle, 0 where nothing filled.
        seconds: from the end of the attempt before to its own.
    """

    session: int
    minute: int
    trader: str
    phase: str
    width_c: float
    arm: Hashable
    dollars: float
    seconds: float


class Stratum(NamedTuple):
    """What two attempts must share, their block aside, to be compared."""

    trader: str
    phase: str
    width: int


def width_class(width_c: float) -> int:
    """The class of a quoted width in cents; widths below one cent are one class.

    Raises:
        ValueError: the width is no number.
    """
    if not math.isfinite(width_c):
        raise ValueError(f"a quoted width is {width_c}; it must be cents")
    return math.floor(WIDTH_CLASSES_A_DOUBLING * math.log2(max(width_c, 1.0)))


@dataclass(frozen=True, slots=True)
class Cells:
    """Two arms side by side: row i holds what both did in one stratum of one block.

    Args:
        block, stratum: codes of row i; no pair of codes comes twice.
        n, dollars, seconds: attempts and sums, column 0 the arm before, 1 the arm after.
    """

    block: Whole
    stratum: Whole
    n: Floats
    dollars: Floats
    seconds: Floats

    @classmethod
    def summed(
        cls, block: Whole, stratum: Whole, arm: Whole, dollars: Floats, seconds: Floats
    ) -> Cells:
        """Sum attempts, one an entry; `arm` is 0 or 1."""
        if not len(block):
            none = np.zeros((0, 2))
            return cls(np.zeros(0, np.int64), np.zeros(0, np.int64), none, none, none)
        span = int(stratum.max()) + 1
        keys, place = np.unique(block * span + stratum, return_inverse=True)
        spot = place * 2 + arm

        def sums(weights: Floats | None) -> Floats:
            added = np.bincount(spot, weights, len(keys) * 2)
            return added.reshape(len(keys), 2).astype(float)

        return cls(keys // span, keys % span, sums(None), sums(dollars), sums(seconds))

    def where(self, chosen: Bools) -> Cells:
        """The rows chosen."""
        return Cells(
            self.block[chosen],
            self.stratum[chosen],
            self.n[chosen],
            self.dollars[chosen],
            self.seconds[chosen],
        )

    @property
    def attempts(self) -> tuple[int, int]:
        """Attempts of either arm."""
        before, after = self.n.sum(axis=0).tolist()
        return int(before), int(after)

    def pairs(self) -> int:
        """Blocks in which both arms were tried."""
        if not len(self.block):
            return 0
        blocks, place = np.unique(self.block, return_inverse=True)
        either = [np.bincount(place, self.n[:, arm], len(blocks)) > 0 for arm in (0, 1)]
        return int(np.count_nonzero(either[0] & either[1]))


@dataclass(frozen=True, slots=True)
class HourCells:
    """Attempts by exchange hour: row i holds one stratum of one hour of one session.

    Args:
        session, hour, stratum: codes of row i; no three come twice.
        n, dollars, seconds: attempts and sums.
    """

    session: Whole
    hour: Whole
    stratum: Whole
    n: Floats
    dollars: Floats
    seconds: Floats

    @classmethod
    def summed(
        cls, session: Whole, hour: Whole, stratum: Whole, dollars: Floats, seconds: Floats
    ) -> HourCells:
        """Sum attempts, one an entry."""
        span = int(stratum.max(initial=0)) + 1
        keys, place = np.unique((session * 24 + hour) * span + stratum, return_inverse=True)
        figures = (np.bincount(place, part, len(keys)) for part in (None, dollars, seconds))
        moments = keys // span
        return cls(moments // 24, moments % 24, keys % span, *(f.astype(float) for f in figures))

    def where(self, chosen: Bools) -> HourCells:
        """The rows chosen."""
        return HourCells(
            self.session[chosen],
            self.hour[chosen],
            self.stratum[chosen],
            self.n[chosen],
            self.dollars[chosen],
            self.seconds[chosen],
        )


class Evidence:
    """Collects attempts of one setting; single-threaded."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int, Stratum], dict[Hashable, list[float]]] = {}

    def record(self, row: AttemptRow) -> None:
        """Add an attempt.

        Raises:
            ValueError: its figures are no amounts; nothing is then recorded.
        """
        if not (math.isfinite(row.dollars) and 0 <= row.seconds < math.inf):
            raise ValueError(
                f"an attempt of {row.trader} has {row.dollars} $ in {row.seconds} s; it needs "
                "dollars, and seconds of 0 or more"
            )
        stratum = Stratum(row.trader, row.phase, width_class(row.width_c))
        key = (row.session, row.minute // BLOCK_MINUTES, stratum)
        sums = self._cells.setdefault(key, {}).setdefault(row.arm, [0.0, 0.0, 0.0])
        sums[0] += 1
        sums[1] += row.dollars
        sums[2] += row.seconds

    def arms(self) -> dict[Hashable, int]:
        """Attempts of each arm, in the order in which they were first tried."""
        found: dict[Hashable, int] = {}
        for arms in self._cells.values():
            for arm, sums in arms.items():
                found[arm] = found.get(arm, 0) + int(sums[0])
        return found

    def compared(self, before: Hashable, after: Hashable, *, budgeted: bool = False) -> Cells:
        """Two arms within blocks; strata are trader, phase and quoted width.

        Args:
            before, after: values of the setting.
            budgeted: orders are scarce, so that a block is a trader's session; else it is a
                quarter hour of the desk, because a spell may strike all chains alike.

        Raises:
            ValueError: both are the same.
        """
        if before == after:
            raise ValueError(f"both arms are {before!r}; compare two values")
        sides = {before: 0, after: 1}
        return self._summed(
            ((session, stratum.trader if budgeted else quarter), stratum, sides[arm], sums)
            for (session, quarter, stratum), arms in self._cells.items()
            for arm, sums in arms.items()
            if arm in sides
        )

    def hours(self) -> HourCells:
        """Every arm's attempts together by exchange hour; strata are trader and quoted width.

        The phase is left out: hours hardly share one, and it is told by the hour as well.
        """
        strata: dict[tuple[str, int], int] = {}
        rows: dict[tuple[int, int, int], Floats] = {}
        for (session, quarter, stratum), arms in self._cells.items():
            code = strata.setdefault((stratum.trader, stratum.width), len(strata))
            key = (session, quarter // BLOCKS_AN_HOUR, code)
            row = rows.setdefault(key, np.zeros(3))
            for sums in arms.values():
                row += sums
        codes = np.array(list(rows), dtype=np.int64).reshape(-1, 3)
        figures = np.array(list(rows.values())).reshape(-1, 3)
        return HourCells(*codes.T, *figures.T)

    @staticmethod
    def _summed(parts: Iterable[tuple[Hashable, Stratum, int, list[float]]]) -> Cells:
        blocks: dict[Hashable, int] = {}
        strata: dict[Stratum, int] = {}
        rows: dict[tuple[int, int], Floats] = {}
        for block, stratum, side, sums in parts:
            key = (
                blocks.setdefault(block, len(blocks)),
                strata.setdefault(stratum, len(strata)),
            )
            row = rows.get(key)
            if row is None:
                row = rows[key] = np.zeros((3, 2))
            row[:, side] += sums
        codes = np.array(list(rows), dtype=np.int64).reshape(-1, 2)
        figures = np.array(list(rows.values())).reshape(-1, 3, 2)
        return Cells(codes[:, 0], codes[:, 1], *(figures[:, part] for part in range(3)))
