"""What changes slowly in a chain: level, widths and sizes each minute, and planted mispricings.

All of it is a function of the second asked about: a minute's first second decides the minute. In a
mispricing some neighbouring contracts are quoted off their value for a while. A quote never moves
by half its width or more, so the value stays between bid and ask and nothing can be locked in at
natural prices; what moves is the middle, on which a patient order leans.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import numpy as np

from engine.exchange.quotes.contracts import ContractDraws
from engine.exchange.quotes.paths import SLOW_STEP_S, SessionPath
from engine.exchange.quotes.requote import ValueSheet, flat, number
from engine.exchange.quotes.values import ValueTables
from engine.market.chain import Floats, OptionChain

_FIXED_WIDTH: Final = 0.012
_WIDTH_OF_VALUE: Final = 0.006
_ZERO: Final[Floats] = np.array(0.0)
_LASTS_S: Final = 45.0
_SHORTEST_S: Final = 5
_MOST_NEIGHBOURS: Final = 3
_SMALLEST: Final = 0.3
_LARGEST: Final = 0.9


@dataclass(frozen=True, slots=True)
class Mispricing:
    """One episode.

    Args:
        start_s, end_s: whole seconds after the open, half-open.
        right: row of the chain's arrays.
        first, last: columns, last excluded.
        of_half_width: how far quotes are moved, as a fraction of half their width; signed.
    """

    start_s: int
    end_s: int
    right: int
    first: int
    last: int
    of_half_width: float


def plant(
    chance: np.random.Generator, seconds: int, strikes: int, an_hour: float
) -> tuple[Mispricing, ...]:
    """Draw a session's mispricings of a chain, sorted by their start.

    Args:
        chance: the chain's own generator.
        seconds: length of the session.
        strikes: number of columns.
        an_hour: how many begin in an hour on average.
    """
    episodes = []
    for start in sorted(chance.integers(0, seconds, size=chance.poisson(an_hour * seconds / 3600))):
        first = int(chance.integers(0, strikes))
        size = float(chance.uniform(_SMALLEST, _LARGEST))
        episodes.append(
            Mispricing(
                start_s=int(start),
                end_s=int(start) + _SHORTEST_S + int(chance.exponential(_LASTS_S)),
                right=int(chance.integers(0, 2)),
                first=first,
                last=min(strikes, first + int(chance.integers(1, _MOST_NEIGHBOURS + 1))),
                of_half_width=size if chance.integers(0, 2) else -size,
            )
        )
    return tuple(episodes)


class SlowParts:
    """The slow parts of one chain, brought to the second that is asked about.

    Args:
        strikes: (n,) ascending.
        sheet, tables: values of the expiration.
        contracts: the draws of each contract.
        path: the session of the underlying.
        episodes: the mispricings planted.
        width_factor: on half the quoted widths of this chain.
        seconds: length of the session.

    Attributes:
        half: (2, n) half the quoted width, dollars a share.
        shift: (2, n) how far off their values quotes are, dollars a share.
        sizes: (2, 2, n) of bids and asks.
    """

    def __init__(
        self,
        strikes: Floats,
        sheet: ValueSheet,
        tables: ValueTables,
        contracts: ContractDraws,
        path: SessionPath,
        episodes: Sequence[Mispricing],
        width_factor: float,
        seconds: int,
    ) -> None:
        n = len(strikes)
        self._mispriced = False
        self.half, self.shift = np.zeros((2, n)), np.zeros((2, n))
        self.sizes = np.zeros((2, 2, n))
        self._strikes, self._sheet, self._tables = strikes, sheet, tables
        self._contracts, self._path = contracts, path
        self._width_factor, self._seconds = width_factor, seconds
        self._step = self._shown_step = -1
        self._number, self._number_cell = number()
        self._half_at, self._shift_at = flat(self.half), flat(self.shift)
        self._list_edges(episodes)

    def _list_edges(self, episodes: Sequence[Mispricing]) -> None:
        """List the seconds at which something changes, and what is mispriced from each on.

        A session has some 150 episodes and 700 edges per chain: as arrays of numbers they take a
        twentieth of the memory of objects.
        """
        edges = {edge for e in episodes for edge in (e.start_s, e.end_s)}
        edges.update(range(0, self._seconds + 1, SLOW_STEP_S))
        self._edges = array("i", sorted(edges))
        active: list[list[int]] = [[] for _ in self._edges]
        for which, e in enumerate(episodes):
            first, last = bisect_left(self._edges, e.start_s), bisect_left(self._edges, e.end_s)
            for those in active[first:last]:
                those.append(which)
        self._active = array("i", (which for those in active for which in those))
        self._active_to = array("i", accumulate(map(len, active), initial=0))
        row = len(self._strikes)
        self._first = array("i", (e.right * row + e.first for e in episodes))
        self._last = array("i", (e.right * row + e.last for e in episodes))
        self._of_half = array("d", (e.of_half_width for e in episodes))

    def bring_to(self, second: int) -> tuple[int, int, bool]:
        """Set everything for the interval of a second after the open.

        Return that interval, half-open, and whether a contract is quoted off its value in it.
        """
        edges = self._edges
        at = bisect_right(edges, second)
        start = edges[at - 1]
        # A mispricing may outlast the session.
        end = min(edges[at], self._seconds + 1) if at < len(edges) else self._seconds + 1
        step = start // SLOW_STEP_S
        if step != self._step:
            self._step = step
            self._take_step(step)
        if self._mispriced:
            self.shift.fill(0.0)
        active = self._active[self._active_to[at - 1] : self._active_to[at]]
        self._mispriced = bool(active)
        if active:
            half, shift = self._half_at, self._shift_at
            for which in active:
                of_half = self._of_half[which]
                for cell in range(self._first[which], self._last[which]):
                    shift[cell] = of_half * half[cell]
        return start, end, self._mispriced

    def show(self, chain: OptionChain, shown_sizes: Floats) -> None:
        """Write sizes, volumes and implied volatilities of the minute, where they changed.

        Args:
            chain: takes them.
            shown_sizes: (2, 2, n) the memory of its sizes of bids and asks.
        """
        step = self._step
        if step == self._shown_step:
            return
        self._shown_step = step
        path, volume = self._path, chain.volume
        shown_sizes[:] = self.sizes
        self._number_cell[0] = step * SLOW_STEP_S / self._seconds
        np.multiply(self._contracts.day_volume, self._number, volume)
        np.floor(volume, volume)
        moneyness = self._strikes / path.prices[step * SLOW_STEP_S]
        chain.iv[:] = self._tables.implied_vols(moneyness, path.levels[step])

    def _take_step(self, step: int) -> None:
        """Set the smile, the widths and the sizes of a minute, from its first second alone."""
        path, half = self._path, self.half
        self._sheet.set_level(path.levels[step])
        values = self._sheet.write(path.prices[step * SLOW_STEP_S])
        width = self._width_factor * path.widths[step]
        np.maximum(values, _ZERO, out=half)
        self._number_cell[0] = _WIDTH_OF_VALUE * width
        np.multiply(half, self._number, half)
        self._number_cell[0] = _FIXED_WIDTH * width
        np.add(half, self._number, half)
        self._contracts.write_sizes(step, self.sizes)
