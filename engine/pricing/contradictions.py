"""Contracts whose quotes contradict those of other strikes, so that one of them must be wrong.

A vertical is worth between nothing and its width, whatever the underlying does. Where the natural
market of a vertical lies wholly outside, somebody would pay for nothing: one of its two quotes is
stale, of another deliverable or invented. STRATEGY: of the contracts involved the one in most
contradictions is left out, or all of them where no single one stands out.

Arrays run along the kernel's axis, deepest in the money first (`engine.pricing.grid`). A contract
without a sound quote has a bid of minus infinity and an ask of infinity, and contradicts nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.pricing.grid import Floats, Integers, StrikeGrid

Bools = NDArray[np.bool_]

_SLACK: Final = 1e-6
"""Dollars a share within which two prices are equal."""

ABSURD: Final = 1e12
"""Units that no option costs."""

_APART: Final = 1e8
"""Beyond all prices: keeps the running maximum of one right and bound out of the next one's."""

_WEIGHED: Final = 200
"""Where more contracts of a right are involved, none of them is believed."""


class Contradictions:
    """Finds them in the quotes of one kernel, once for each state of the quotes.

    Both bounds of both rights are one row of numbers, so that a look at sound quotes costs a
    handful of array operations.

    Args:
        grid: the strikes.
        take: gives work arrays, as `Workspace.array` does.

    Attributes:
        found: (2, n) contracts to leave out; None where there are none.
    """

    __slots__ = (
        "_above",
        "_axis",
        "_faultless",
        "_grid",
        "_halves",
        "_judged",
        "_least",
        "_left",
        "_scale",
        "_shift",
        "found",
    )

    def __init__(self, grid: StrikeGrid, take: Callable[[str, tuple[int, ...]], Floats]) -> None:
        n = grid.n
        self._grid = grid
        self._shift = np.repeat([0.0, _APART], n), np.empty(0)
        self._least, room = take("bounds_least", (4 * n,)), take("bounds_room", (4 * n,))
        self._halves = self._least[: 2 * n], self._least[2 * n :], room[: 2 * n], room[2 * n :]
        self._left = self._least[:-1], room[1:]
        self._above = take("bounds_above", (max(4 * n - 1, 0),))
        self.found: Bools | None = None
        self._judged, self._faultless = b"", False
        self.set_scale(1.0)

    def set_scale(self, scale: float) -> None:
        """Take prices in units of which a dollar has `scale`."""
        right, self._scale = self._shift[0], scale
        self._shift = right, right + 2 * _APART + np.ravel(self._grid.axis) * scale
        self._judged = b""

    def judge(self, quotes: Floats, gap: Floats, sound: bool) -> bool:
        """Look at the quotes; True where every contract is soundly quoted and believed.

        Args:
            quotes: (2, 2, n) bids and asks in units.
            gap: (2, n) to work in.
            sound: every quote is a price, of zero or more.
        """
        present = quotes.tobytes()
        if present != self._judged:
            self._judged = present
            self._faultless = self._look(quotes[0], quotes[1], gap, sound)
        return self._faultless

    def _look(self, bid: Floats, ask: Floats, gap: Floats, sound: bool) -> bool:
        self.found = None
        if sound and ask.item(ask.argmin()) > 0.0:
            np.subtract(ask, bid, gap)
            if gap.item(gap.argmin()) >= 0.0:
                if not self._violated(bid, ask):
                    return True
                self.found = contradicted(bid, ask, self._grid.axis, self._scale)
                return False
        with np.errstate(invalid="ignore"):
            quoted = (bid >= 0.0) & (bid <= ask) & (ask > 0.0) & (ask < ABSURD)
        bid, ask = np.where(quoted, bid, -np.inf), np.where(quoted, ask, np.inf)
        if self._violated(bid, ask):
            self.found = contradicted(bid, ask, self._grid.axis, self._scale)
        return False

    def _violated(self, bid: Floats, ask: Floats) -> bool:
        """Whether a vertical lies outside its bounds; True as well for prices beyond all sense."""
        if self._grid.n < 2:
            return False
        bid, ask = bid.reshape(-1), ask.reshape(-1)
        lower, upper = self._shift
        # A bid above the ask of a dearer contract; then a bid further above the ask of a cheaper
        # contract than the strikes are apart.
        asked, bid_up, room_below, room_above = self._halves
        np.subtract(lower, ask, asked)
        np.subtract(lower, bid, room_below)
        np.add(bid, upper, bid_up)
        np.add(ask, upper, room_above)
        np.maximum.accumulate(self._least, 0, None, self._least)
        before, after = self._left
        above = self._above
        np.subtract(after, before, above)
        return bool(above.item(above.argmin()) < -_SLACK * self._scale)


def contradicted(bid: Floats, ask: Floats, axis: Floats, scale: float) -> Bools:
    """(2, n) True where a contract is left out because others contradict it.

    Args:
        bid, ask: (2, n) in units.
        axis: (2, n) distance from the first strike of the axis, points.
        scale: units in a dollar.
    """
    slack = _SLACK * scale
    left_out = np.zeros(bid.shape, dtype=bool)
    for right in range(len(bid)):
        moved = axis[right] * scale
        low, high, marks = bid[right], ask[right], left_out[right]
        _mark_outside(low, high, slack, marks)
        # In the other direction prices rise, by no more than the strikes are apart.
        _mark_outside((low + moved)[::-1], (high + moved)[::-1], slack, marks[::-1])
        involved = left_out[right].nonzero()[0]
        if 0 < len(involved) <= _WEIGHED:
            pairs = _pairs(bid[right][involved], ask[right][involved], moved[involved], slack)
            left_out[right, involved] = _least_believed(pairs)
    return left_out


def _mark_outside(low: Floats, high: Floats, slack: float, marks: Bools) -> None:
    """Mark the contracts of one right that break one bound: a low above an earlier high.

    Args:
        low, high: bids and asks, which no sound chain lets rise along the row.
        marks: set in place.
    """
    lowest_before = np.minimum.accumulate(high)[:-1]
    highest_after = np.maximum.accumulate(low[::-1])[::-1][1:]
    marks[1:] |= low[1:] > lowest_before + slack
    marks[:-1] |= high[:-1] < highest_after - slack


def _pairs(bid: Floats, ask: Floats, moved: Floats, slack: float) -> Bools:
    """(k, k) True where two contracts contradict each other."""
    worthless = bid[None, :] > ask[:, None] + slack
    too_dear = bid[:, None] - ask[None, :] > moved[None, :] - moved[:, None] + slack
    dearer_first = np.triu(worthless | too_dear, 1)
    both: Bools = dearer_first | dearer_first.T
    return both


def _least_believed(pairs: Bools) -> Bools:
    """Which contracts to leave out so that no contradiction is left.

    Contracts that contradict each other, directly or through others, are judged together.
    """
    left_out = np.zeros(len(pairs), dtype=bool)
    while True:
        count = pairs.sum(axis=1)
        if not count.any():
            return left_out
        group = _group(pairs, int(count.argmax()))
        worst = group[count[group] == count[group].max()]
        gone = worst if len(worst) == 1 else group
        left_out[gone] = True
        pairs[gone, :] = False
        pairs[:, gone] = False


def _group(pairs: Bools, first: int) -> Integers:
    reached = np.zeros(len(pairs), dtype=bool)
    reached[first] = True
    while True:
        wider = reached | pairs[reached].any(axis=0)
        if bool((wider == reached).all()):
            return reached.nonzero()[0]
        reached = wider
