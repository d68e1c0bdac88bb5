"""Which verticals a list of strikes allows, by width, on an axis that runs out of the money.

Position 0 of the axis is the deepest in the money: calls run up the strikes, puts down, so
one kernel serves both rights. Row g of every table is one width; in a row each position is the
inner leg of at most one vertical.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

ABSENT: Final = -1
_PLACES: Final = 6

MOST_CELLS: Final = 500_000
"""Widths x strikes; the largest listed chain, 700 strikes of the S&P 500, has 70,000 at a width of
100 points. Half a million take about 100 MB and a fifth of a second."""


class TooManyStrikesError(ValueError):
    """A chain whose verticals are more than a scan can look at in its turn."""


def _refuse_beyond(cells: int, strikes: int) -> None:
    if cells > MOST_CELLS:
        raise TooManyStrikesError(
            f"{strikes:,} strikes have more verticals than the {MOST_CELLS:,} that a scan looks "
            "at; set a smaller max_spread_width, or leave strikes out"
        )


class StrikeGrid:
    """Verticals of n strikes no wider than max_width.

    Args:
        strikes: n strikes, strictly ascending.
        max_width: widest vertical, points.

    Raises:
        TooManyStrikesError: the tables would take more time and memory than a scan may.

    Attributes:
        widths: (G,) distinct widths in points, ascending.
        axis: (2, n) distance of each position from the deepest in-the-money strike, points.
        regular: every gap is the same, so the outer leg of width g is g + 1 positions out.
        outer, inner: (G, 2, n) position of the other leg, seen from the inner and from the
            outer one; ABSENT where the chain lists none. None where regular.
    """

    __slots__ = ("axis", "inner", "max_width", "n", "outer", "regular", "strikes", "widths")

    def __init__(self, strikes: Floats, max_width: float) -> None:
        self.strikes = np.array(strikes, dtype=np.float64)
        self.max_width = max_width
        self.n = len(self.strikes)
        self.outer: Integers | None = None
        self.inner: Integers | None = None
        if self.n < 2:
            self.axis = np.zeros((2, self.n))
            self.widths, self.regular = np.empty(0), True
            return
        self.axis = np.stack(
            (self.strikes - self.strikes[0], self.strikes[-1] - self.strikes[::-1])
        )
        gaps = np.unique(np.round(np.diff(self.strikes), _PLACES))
        self.regular = len(gaps) == 1
        if self.regular:
            step = float(gaps[0])
            rows = min(self.n - 1, math.floor(min(max_width / step, self.n) + 1e-6))
            _refuse_beyond(rows * self.n, self.n)
            self.widths = np.round(step * np.arange(1, rows + 1), _PLACES)
            return
        self._tabulate()

    def _tabulate(self) -> None:
        strikes = self.strikes
        ends = strikes.searchsorted(strikes + (self.max_width + 1e-6), side="right")
        count = ends - np.arange(1, self.n + 1)
        pairs = int(count.sum())
        _refuse_beyond(pairs, self.n)
        near = np.repeat(np.arange(self.n), count)
        far = near + 1 + np.arange(pairs) - np.repeat(np.cumsum(count) - count, count)
        width = np.round(strikes[far] - strikes[near], _PLACES)
        self.widths = np.unique(width)
        _refuse_beyond(len(self.widths) * self.n, self.n)
        row = np.searchsorted(self.widths, width)
        self.outer = np.full((len(self.widths), 2, self.n), ABSENT, dtype=np.intp)
        self.inner = np.full_like(self.outer, ABSENT)
        for right, (a, b) in enumerate(((near, far), (self.n - 1 - far, self.n - 1 - near))):
            self.outer[row, right, a] = b
            self.inner[row, right, b] = a

    def outer_of(self, row: int, right: int, position: int) -> int:
        """Position of the outer leg of the vertical of width `row` that starts at `position`."""
        if self.outer is None:
            return position + row + 1
        return int(self.outer[row, right, position])

    def inner_of(self, row: int, right: int, position: int) -> int:
        """Position of the inner leg of the vertical of width `row` that ends at `position`."""
        if self.inner is None:
            return position - row - 1
        return int(self.inner[row, right, position])

    def column(self, right: int, position: int) -> int:
        """Column of a position in the chain's arrays; also the position of a column."""
        return self.n - 1 - position if right else position

    def strikes_at(self, legs: Integers) -> Floats:
        """Strikes of flat indices in (2, n)."""
        position = legs % self.n
        columns = np.where(legs >= self.n, self.n - 1 - position, position)
        strikes: Floats = self.strikes.take(columns)
        return strikes

    def strike(self, right: int, position: int) -> float:
        """Strike at a position."""
        return float(self.strikes[self.column(right, position)])
