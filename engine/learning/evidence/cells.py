"""Attempts summed in cells, by block of time and by what must be equal to be compared.

Fills come in spells, so the unit of evidence is a block of time and not an attempt.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Bools = NDArray[np.bool_]

BLOCK_MINUTES: Final = 15
"""Length of a block where orders are free."""

BLOCKS_AN_HOUR: Final = 60 // BLOCK_MINUTES

FLOOR_STEPS: Final = (0.05, 0.10, 0.20, 0.40)
"""Payoff floors, dollars a share, below which attempts are told apart."""

WIDTH_CLASSES_A_DOUBLING: Final = 4
"""How finely quoted widths are told apart: each class ends 1.19 times as wide as it begins."""


def width_class(width_c: float) -> int:
    """The class of a quoted width in cents; widths below one cent are one class.

    Raises:
        ValueError: the width is no number.
    """
    if not math.isfinite(width_c):
        raise ValueError(f"a quoted width is {width_c}; it must be cents")
    return math.floor(WIDTH_CLASSES_A_DOUBLING * math.log2(max(width_c, 1.0)))


def floor_step(floor: float) -> int:
    """How many of FLOOR_STEPS a payoff floor reaches, dollars a share."""
    return bisect_right(FLOOR_STEPS, floor)


def numbered(codes: NDArray[np.integer]) -> tuple[Whole, Whole]:
    """Numbers of codes from 0, in the order in which each code first comes.

    Args:
        codes: any whole numbers.

    Returns:
        The number of each entry; and of each number the place of the entry that has it first.
    """
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    fresh = np.ones(len(codes), dtype=np.bool_)
    fresh[1:] = ordered[1:] != ordered[:-1]
    first = order[fresh]
    by_place = np.argsort(first)
    number = np.empty_like(by_place)
    number[by_place] = np.arange(len(first))
    found = np.empty_like(order)
    found[order] = number[np.cumsum(fresh) - 1]
    return found, first[by_place]


def summed(amounts: NDArray[np.generic], group: Whole, groups: int) -> Floats:
    """Sums by group, added in the order of the entries.

    Args:
        amounts: one an entry.
        group: of each entry, from 0.
        groups: how many there are.
    """
    return np.asarray(np.bincount(group, amounts, groups), np.float64)


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
