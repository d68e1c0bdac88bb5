"""One simulated chain: quotes of all its contracts in arrays, or of single contracts as numbers.

Everything is a function of the second, the seed and what the desk itself traded: readers see the
same quotes whenever and however often they ask. Prices change each second; widths, sizes, volumes
and the smile's level change each minute and where a mispricing begins or ends. The scalar code does
the arithmetic of the array code on single numbers, in the same order: both give the same bits.
"""

from __future__ import annotations

import math
from datetime import date
from math import ceil, floor
from typing import Final

import numpy as np

from engine.exchange.quotes.contracts import draw_contracts
from engine.exchange.quotes.paths import SessionPath
from engine.exchange.quotes.requote import (
    Scratch,
    TickGrid,
    ValueSheet,
    empty_chain,
    flat,
)
from engine.exchange.quotes.slow_parts import SlowParts, plant
from engine.exchange.quotes.universe import UnderlyingSpec
from engine.exchange.quotes.values import ValueTables
from engine.exchange.seeding import named_seed
from engine.market.chain import PUT, Floats, OptionChain

LegQuote = tuple[float, float, float, float]
UNKNOWN: Final[LegQuote] = (math.nan, math.nan, math.nan, math.nan)

DRIFT_DECAYS_S: Final = 90.0
_DRIFT_LIMIT: Final = 0.005

_DAYS_A_YEAR: Final = 365.0
_LAST_DAY: Final = 0.25
"""Days of time value that contracts have in the session of their expiration."""

_LONG_DATED_WIDER: Final = 0.5


class ChainQuotes:
    """The quotes of one expiration through a session.

    Args:
        spec: the root.
        path: the session of its underlying.
        expiration: exchange date.
        today: exchange date of the session.
        strikes: ascending.
        opens_s: epoch seconds of the open.
        seconds: length of the session.
        seed: the run's seed.
        mispricings_an_hour: how many begin in an hour on average.
        scratch: memory shared with other chains of as many strikes.
    """

    __slots__ = (
        "_changes_at", "_column", "_drift", "_drift_from_s", "_drift_limit", "_from_s", "_half_at",
        "_mispriced", "_n", "_nodes_at", "_offset", "_opens_s", "_per_dollar", "_per_dollar_above",
        "_per_step", "_prices", "_quoted_s_at", "_quotes", "_quotes_at", "_second", "_seconds",
        "_sheet", "_shift_at", "_shown_sizes", "_sizes_at", "_slow", "_ticks", "_until_s", "chain",
    )  # fmt: skip

    def __init__(
        self,
        spec: UnderlyingSpec,
        path: SessionPath,
        expiration: date,
        today: date,
        strikes: Floats,
        opens_s: float,
        seconds: int,
        seed: int,
        mispricings_an_hour: float,
        scratch: Scratch | None = None,
    ) -> None:
        self._opens_s, self._seconds, self._prices = opens_s, seconds, path.prices
        self._n = n = len(strikes)
        years = max(_LAST_DAY, (expiration - today).days) / _DAYS_A_YEAR
        scratch = scratch or Scratch(n)
        self._quotes, self._shown_sizes = np.zeros((2, 2, n)), np.empty((2, 2, n))
        quoted_s = np.zeros(1)
        self.chain = empty_chain(
            spec, expiration, strikes, self._quotes, self._shown_sizes, quoted_s
        )
        self._column = {strike: at for at, strike in enumerate(strikes.tolist())}
        self._drift_limit = _DRIFT_LIMIT * path.lowest
        tables = ValueTables(
            spec.annual_vol,
            years,
            float(strikes[0]) / (path.highest + self._drift_limit),
            float(strikes[-1]) / (path.lowest - self._drift_limit),
            path.levels,
        )
        chance = np.random.default_rng(named_seed(seed, "chain", spec.symbol, expiration, today))
        episodes = plant(chance, seconds, n, mispricings_an_hour)
        deviation = spec.annual_vol * math.sqrt(years)
        contracts = draw_contracts(spec, strikes, path.prices[0], deviation, chance)
        self.chain.open_interest[:] = contracts.open_interest
        self._sheet = ValueSheet(self.chain.strikes, tables, scratch)
        self._ticks = ticks = TickGrid(spec.symbol, scratch)
        width_factor = spec.width_factor * (1.0 + _LONG_DATED_WIDER * math.sqrt(years)) * 0.5
        self._slow = SlowParts(
            self.chain.strikes,
            self._sheet,
            tables,
            contracts,
            path,
            episodes,
            width_factor,
            seconds,
        )
        self._per_step, self._offset = self._sheet.per_step, self._sheet.offset
        self._changes_at = ticks.changes_at
        self._per_dollar, self._per_dollar_above = ticks.per_dollar, ticks.per_dollar_above
        self._drift = 0.0
        self._drift_from_s = 0
        self._second = -1
        self._from_s, self._until_s, self._mispriced = 0, -1, False
        # What the scalar code reads; puts follow the calls, asks the bids.
        self._quotes_at, self._sizes_at = flat(self._quotes), flat(self._slow.sizes)
        self._half_at, self._shift_at = flat(self._slow.half), flat(self._slow.shift)
        self._nodes_at, self._quoted_s_at = flat(self._sheet.nodes), flat(quoted_s)

    def at(self, now_s: float) -> OptionChain:
        """The chain as of `now_s` (epoch seconds), its arrays written in place."""
        second = self._ready(now_s)
        chain = self.chain
        if second != self._second:
            self._requote(second)
            self._second = second
        chain.confirm(min(now_s, self._opens_s + self._seconds))
        return chain

    def leg(self, right: int, strike: float, now_s: float) -> LegQuote:
        """Bid, ask and their sizes of one contract, the same numbers that `at` would write.

        NaN where the strike is not listed. The chain's arrays are not written: a reader may still
        use them.
        """
        column = self._column.get(strike)
        if column is None:
            return UNKNOWN
        cell = self._n + column if right == PUT else column
        second = self._ready(now_s)
        return self._leg(cell, strike, second, self._forward(second))

    def vertical(self, right: int, x: float, y: float) -> QuotedVertical | None:
        """Two strikes of one right, to be read often; None where one is not listed."""
        columns = self._column
        x_column, y_column = columns.get(x), columns.get(y)
        if x_column is None or y_column is None:
            return None
        row = self._n if right == PUT else 0
        return QuotedVertical(self, x, row + x_column, y, row + y_column)

    def legs(
        self, x: float, x_cell: int, y: float, y_cell: int, now_s: float
    ) -> tuple[LegQuote, LegQuote]:
        """`leg` of two strikes at their cells: columns, puts after the calls."""
        second = self._ready(now_s)
        forward = self._forward(second)
        return self._leg(x_cell, x, second, forward), self._leg(y_cell, y, second, forward)

    def spread(
        self, bought: float, bought_cell: int, sold: float, sold_cell: int, now_s: float
    ) -> float:
        """The ask of one strike less the bid of another, dollars a share."""
        second = self._ready(now_s)
        if second == self._second:
            quotes = self._quotes_at
            return quotes[2 * self._n + bought_cell] - quotes[sold_cell]
        forward = self._forward(second)
        high = self._centre(bought_cell, bought, forward) + self._half_at[bought_cell]
        low = self._centre(sold_cell, sold, forward) - self._half_at[sold_cell]
        changes_at = self._changes_at
        per = self._per_dollar if high < changes_at else self._per_dollar_above
        ask = ceil(high * per) / per
        if low <= 0.0:
            return ask
        per = self._per_dollar if low < changes_at else self._per_dollar_above
        return ask - floor(low * per) / per

    def _leg(self, cell: int, strike: float, second: int, forward: float) -> LegQuote:
        n, sizes = self._n, self._sizes_at
        if second == self._second:
            quotes = self._quotes_at
            return quotes[cell], quotes[2 * n + cell], sizes[cell], sizes[2 * n + cell]
        centre, half = self._centre(cell, strike, forward), self._half_at[cell]
        low, high = centre - half, centre + half
        changes_at = self._changes_at
        per = self._per_dollar if low < changes_at else self._per_dollar_above
        bid = floor(low * per) / per
        if high >= changes_at:
            per = self._per_dollar_above
        ask = ceil(high * per) / per
        return (bid if bid > 0.0 else 0.0), ask, sizes[cell], sizes[2 * n + cell]

    def _centre(self, cell: int, strike: float, forward: float) -> float:
        """The middle of the quote at a cell; `ValueSheet.write` on one number."""
        nodes = self._nodes_at
        u = strike * (self._per_step / forward) - self._offset
        node = int(u)
        value = nodes[node]
        centre = ((nodes[node + 1] - value) * (u - node) + value) * forward
        if cell >= self._n:
            centre = (strike - forward) + centre
        return centre + self._shift_at[cell] if self._mispriced else centre

    def values(self, second: int) -> Floats:
        """The value of each contract (2, n) at a second after the open, without mispricings."""
        self._bring_to(second)
        return self._sheet.write(self._forward(second)).copy()

    def drift(self, dollars: float, now_s: float) -> None:
        """Move the underlying as this chain sees it; the move fades (time constant 90 s).

        Args:
            dollars: a share; the remainders of all moves together stay within 0.5 % of the price.
            now_s: epoch seconds.
        """
        second = self._ready(now_s)
        left = self._drift_left(second) + dollars
        self._drift = max(-self._drift_limit, min(self._drift_limit, left))
        self._drift_from_s = second
        self._second = -1

    def _ready(self, now_s: float) -> int:
        """The second after the open at `now_s`, with the slow parts brought to it."""
        second = floor(now_s - self._opens_s)
        if not self._from_s <= second < self._until_s:
            second = max(0, min(second, self._seconds))
            self._bring_to(second)
        return second

    def _bring_to(self, second: int) -> None:
        if not self._from_s <= second < self._until_s:
            self._from_s, self._until_s, self._mispriced = self._slow.bring_to(second)

    def _drift_left(self, second: int) -> float:
        age_s = second - self._drift_from_s
        if not self._drift or age_s < 0:
            return 0.0
        return self._drift * math.exp(-age_s / DRIFT_DECAYS_S)

    def _forward(self, second: int) -> float:
        forward = self._prices[second]
        return forward + self._drift_left(second) if self._drift else forward

    def _requote(self, second: int) -> None:
        chain, slow = self.chain, self._slow
        forward = self._forward(second)
        centre, half = self._sheet.write(forward), slow.half
        if self._mispriced:
            np.add(centre, slow.shift, centre)
        bid, ask = chain.bid, chain.ask
        np.subtract(centre, half, bid)
        np.add(centre, half, ask)
        self._ticks.round_outward(self._quotes, bid, ask)
        self._quoted_s_at[0] = self._opens_s + second
        slow.show(chain, self._shown_sizes)
        chain.count_write(forward)


class QuotedVertical:
    """Two contracts of one right of a chain.

    Args:
        quotes: of the chain.
        x, x_cell: a strike, and its index in the chain's flattened arrays.
        y, y_cell: the other strike, and its index.
    """

    __slots__ = ("_quotes", "_x", "_x_cell", "_y", "_y_cell")

    def __init__(self, quotes: ChainQuotes, x: float, x_cell: int, y: float, y_cell: int) -> None:
        self._quotes = quotes
        self._x, self._x_cell, self._y, self._y_cell = x, x_cell, y, y_cell

    def legs(self, now_s: float) -> tuple[LegQuote, LegQuote]:
        """Bid, ask, bid size and ask size of both at `now_s` (epoch seconds)."""
        return self._quotes.legs(self._x, self._x_cell, self._y, self._y_cell, now_s)

    def debit(self, now_s: float) -> float:
        """The ask of X less the bid of Y, dollars a share."""
        return self._quotes.spread(self._x, self._x_cell, self._y, self._y_cell, now_s)

    def credit(self, now_s: float) -> float:
        """The bid of X less the ask of Y, dollars a share."""
        return -self._quotes.spread(self._y, self._y_cell, self._x, self._x_cell, now_s)
