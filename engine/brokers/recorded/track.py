"""A recorder's memory of one chain: its state as last sampled, and as last written."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.brokers.recorded.columns import QUOTE_FIELDS, Floats
from engine.market.chain import OptionChain

_SIDES: Final = slice(0, 2)  # bid and ask, the first of QUOTE_FIELDS


class ChainTrack:
    """One chain's state on one exchange day; cells are right * n + column.

    Args:
        strikes: (n,) the strikes listed so far, ascending.
        day_starts_s: epoch seconds; quotes from this moment or before are unknown that day.
    """

    __slots__ = (
        "_confirmed_s",
        "_day_starts_s",
        "_price",
        "_quoted_s",
        "_seen",
        "_written",
        "now",
        "sampled",
        "strikes",
    )

    def __init__(self, strikes: Floats, day_starts_s: float) -> None:
        cells = 2 * len(strikes)
        self.strikes = strikes.copy()
        self.now: Floats = np.full((len(QUOTE_FIELDS), cells), np.nan)
        self.sampled = False
        self._day_starts_s = day_starts_s
        self._written: Floats = self.now.copy()
        self._quoted_s: Floats = np.full((2, cells), -np.inf)  # as sampled, as written
        self._seen: NDArray[np.bool_] = np.zeros(cells, dtype=np.bool_)
        self._confirmed_s = [math.nan, math.nan]  # as sampled, as written
        self._price = math.nan

    def take(self, chain: OptionChain, at_s: float) -> int:
        """Copy the chain's state at `at_s`; return how many of its values are not possible."""
        if not np.array_equal(chain.strikes, self.strikes):
            self._widen(np.union1d(self.strikes, chain.strikes))
        sampled = np.full((len(QUOTE_FIELDS) + 1, 2, len(self.strikes)), np.nan)
        column = np.searchsorted(self.strikes, chain.strikes)
        for at, name in enumerate((*QUOTE_FIELDS, "quoted_s")):
            sampled[at][:, column] = getattr(chain, name)
        flat = sampled.reshape(len(sampled), -1)
        values, quoted_s = flat[:-1], flat[-1]
        confirmed_s = chain.confirmed_s
        quoted_s[np.isnan(quoted_s)] = confirmed_s if math.isfinite(confirmed_s) else at_s
        unusable = (values < 0) | np.isinf(values)
        values[unusable] = np.nan
        values[:, quoted_s <= self._day_starts_s] = np.nan
        known = ~np.isnan(values[_SIDES]).all(axis=0)
        self.now = values
        self._quoted_s[0] = np.where(known, quoted_s, self._quoted_s[1])
        self._confirmed_s[0] = confirmed_s
        self.sampled = True
        return int(np.count_nonzero(unusable))

    def quoted_cells(self) -> NDArray[np.intp]:
        """The contracts that were quoted, or became unknown, since their last row."""
        same = (self.now == self._written) | (np.isnan(self.now) & np.isnan(self._written))
        return np.flatnonzero(~same.all(axis=0) | (self._quoted_s[0] > self._quoted_s[1]))

    def has_news_beside_quotes(self, price: float) -> bool:
        """Whether the feed confirmed the chain, or the underlying moved, since the last bar."""
        confirmed_s, before_s = self._confirmed_s
        confirmed = confirmed_s == confirmed_s and confirmed_s != before_s
        return confirmed or (price == price and price != self._price)

    def one_cell(self) -> NDArray[np.intp]:
        """A contract without any known value, or else the one quoted last."""
        unknown = np.isnan(self.now).all(axis=0)
        cell = np.argmax(unknown) if unknown.any() else np.argmax(self._quoted_s[0])
        return np.array([cell], dtype=np.intp)

    def first_seen(self, cells: NDArray[np.intp]) -> NDArray[np.intp]:
        """Those of the cells that are written for the first time this day."""
        new = cells[~self._seen[cells]]
        self._seen[new] = True
        return new

    def written(self, price: float) -> None:
        """Note that the bar has been written: the state sampled is the state of the file."""
        self._written = self.now
        self._quoted_s[1] = self._quoted_s[0]
        self._confirmed_s[1] = self._confirmed_s[0]
        self._price = price
        self.sampled = False

    def _widen(self, strikes: Floats) -> None:
        """Add newly listed strikes; those no longer listed become unknown."""
        column = np.searchsorted(strikes, self.strikes)
        cells = np.concatenate((column, column + len(strikes)))
        wider = ChainTrack(strikes, self._day_starts_s)
        wider._written[:, cells] = self._written
        wider._quoted_s[:, cells] = self._quoted_s
        wider._seen[cells] = self._seen
        self.strikes, self._written = wider.strikes, wider._written
        self._quoted_s, self._seen = wider._quoted_s, wider._seen
