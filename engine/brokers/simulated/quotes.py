"""One simulated chain: values, widths, sizes, and quotes of the whole chain or of one contract.

Everything is a function of the second asked about, the seed and what the desk itself traded: two
readers see the same quotes whenever and however often either asks. Prices change each second;
widths, sizes, volumes and the smile's level change each minute and where a mispricing begins or
ends. The scalar road does the arithmetic of the array road on single numbers, in the same order:
both give the same bits.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from datetime import date
from math import ceil, floor
from typing import Final

import numpy as np

from engine.brokers.seeding import named_seed
from engine.brokers.simulated.contracts import draw_contracts
from engine.brokers.simulated.mispricings import Mispricing, plant
from engine.brokers.simulated.paths import SLOW_STEP_S, SessionPath
from engine.brokers.simulated.universe import UnderlyingSpec
from engine.brokers.simulated.values import NODES, ValueTables
from engine.market.chain import CALL, PUT, Floats, OptionChain
from engine.market.ticks import contract_terms, leg_tick_c

LegQuote = tuple[float, float, float, float]
UNKNOWN: Final[LegQuote] = (math.nan, math.nan, math.nan, math.nan)

DRIFT_DECAYS_S: Final = 90.0
_DRIFT_LIMIT: Final = 0.005

_DAYS_A_YEAR: Final = 365.0
_LAST_DAY: Final = 0.25
"""Days of time value that contracts keep through the session of their expiration."""

_FIXED_WIDTH: Final = 0.012
_WIDTH_OF_VALUE: Final = 0.006
_LONG_DATED_WIDER: Final = 0.5


class Scratch:
    """Memory for what a requote works out on the way; chains of one thread take turns with it.

    Args:
        n: strikes of the chains that share it.
    """

    __slots__ = ("centre", "coarse", "index", "magnitude", "node", "per", "u")

    def __init__(self, n: int) -> None:
        self.centre = np.empty((2, n))
        self.u, self.node = np.empty(n), np.empty(n)
        self.index = np.empty(n, dtype=np.intp)
        self.per, self.magnitude = np.empty((2, 2, n)), np.empty((2, 2, n))
        self.coarse = np.empty((2, 2, n), dtype=np.bool_)


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
        mispricings_an_hour: episodes planted.
        scratch: memory shared with other chains of as many strikes.
    """

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
        self._opens_s, self._seconds, self._path = opens_s, seconds, path
        n = len(strikes)
        years = max(_LAST_DAY, (expiration - today).days) / _DAYS_A_YEAR
        self._width_factor = spec.width_factor * (1.0 + _LONG_DATED_WIDER * math.sqrt(years)) * 0.5
        terms = contract_terms(spec.symbol)
        self._quotes = np.zeros((2, 2, n))
        self._sizes = np.empty((2, 2, n))
        self.chain = OptionChain(
            spec.symbol,
            expiration,
            strikes,
            multiplier=terms.multiplier,
            style=terms.style,
            settlement=terms.settlement,
            bid=self._quotes[0],
            ask=self._quotes[1],
            bid_size=np.empty((2, n)),
            ask_size=np.empty((2, n)),
            volume=np.empty((2, n)),
            open_interest=np.empty((2, n)),
            iv=np.empty((2, n)),
            quoted_s=np.empty((2, n)),
        )
        self._strikes = self.chain.strikes
        self._column = {strike: at for at, strike in enumerate(strikes.tolist())}
        self._set_ticks(spec.symbol)
        self._drift_limit = _DRIFT_LIMIT * path.lowest
        self._values = ValueTables(
            spec.annual_vol,
            years,
            float(strikes[0]) / (path.highest + self._drift_limit),
            float(strikes[-1]) / (path.lowest - self._drift_limit),
            path.levels,
        )
        self._per_step, self._offset = self._values.per_step, self._values.offset
        chance = np.random.default_rng(named_seed(seed, "chain", spec.symbol, expiration, today))
        self._episodes = plant(chance, seconds, n, mispricings_an_hour)
        self._list_edges()
        deviation = spec.annual_vol * math.sqrt(years)
        self._contracts = draw_contracts(spec, strikes, path.prices[0], deviation, chance)
        self.chain.open_interest[:] = self._contracts.open_interest
        self._allocate(n, scratch or Scratch(n))
        self._drift = 0.0
        self._drift_from_s = 0
        self._second = -1
        self._slow_from_s, self._slow_until_s = 0, -1
        self._step = self._shown_step = -1

    def _set_ticks(self, root: str) -> None:
        fine_c, coarse_c = leg_tick_c(root, 0), leg_tick_c(root, 1_000_000)
        self._per_dollar = 100.0 / fine_c
        self._per_dollar_above = 100.0 / coarse_c
        self._one_tick = fine_c == coarse_c
        changes = (c for c in range(1, 1_000_000) if leg_tick_c(root, c) != fine_c)
        self._tick_changes_at = math.inf if self._one_tick else next(changes) / 100

    def _list_edges(self) -> None:
        """The seconds at which something slow changes, and what is mispriced from each on."""
        edges = {edge for e in self._episodes for edge in (e.start_s, e.end_s)}
        edges.update(range(0, self._seconds + 1, SLOW_STEP_S))
        self._edges = sorted(edges)
        self._active: list[list[Mispricing]] = [[] for _ in self._edges]
        for e in self._episodes:
            first, last = bisect_left(self._edges, e.start_s), bisect_left(self._edges, e.end_s)
            for active in self._active[first:last]:
                active.append(e)

    def _allocate(self, n: int, scratch: Scratch) -> None:
        self._table, self._slope = np.empty(NODES), np.empty(NODES)
        self._half, self._shift = np.empty((2, n)), np.empty((2, n))
        self._centre = scratch.centre
        self._u, self._node, self._index = scratch.u, scratch.node, scratch.index
        self._per, self._magnitude, self._coarse = scratch.per, scratch.magnitude, scratch.coarse
        # Views that give Python floats to the scalar road.
        self._table_at, self._slope_at = self._table.data, self._slope.data
        self._half_at, self._shift_at = self._half.data, self._shift.data
        self._quotes_at, self._sizes_at = self._quotes.data, self._sizes.data

    def at(self, now_s: float) -> OptionChain:
        """The chain as of `now_s` (epoch seconds), its arrays written in place."""
        second = self._second_of(now_s)
        chain = self.chain
        if second != self._second:
            self._requote(second)
            self._second = second
            chain.version += 1
        chain.confirmed_s = min(now_s, self._opens_s + self._seconds)
        return chain

    def leg(self, right: int, strike: float, now_s: float) -> LegQuote:
        """Bid, ask and their sizes of one contract, the same numbers as `at` would write.

        NaN where the strike is not listed. The chain's arrays stay as they are: a reader may
        still hold them.
        """
        second = self._ready(now_s)
        return self._leg(right, strike, second, self._forward(second))

    def legs(self, right: int, x: float, y: float, now_s: float) -> tuple[LegQuote, LegQuote]:
        """The same for two strikes of one right."""
        second = self._ready(now_s)
        forward = self._forward(second)
        return self._leg(right, x, second, forward), self._leg(right, y, second, forward)

    def _ready(self, now_s: float) -> int:
        """The second that `now_s` lies in, with everything slow brought to it."""
        second = floor(now_s - self._opens_s)
        if not 0 <= second <= self._seconds:
            second = self._second_of(now_s)
        if not self._slow_from_s <= second < self._slow_until_s:
            self._slow_down(second)
        return second

    def _leg(self, right: int, strike: float, second: int, forward: float) -> LegQuote:
        column = self._column.get(strike)
        if column is None:
            return UNKNOWN
        sizes = self._sizes_at
        bid_size, ask_size = sizes[0, right, column], sizes[1, right, column]
        if second == self._second:
            quotes = self._quotes_at
            return quotes[0, right, column], quotes[1, right, column], bid_size, ask_size
        u = strike * (self._per_step / forward) - self._offset
        node = int(u)
        centre = (self._table_at[node] + (u - node) * self._slope_at[node]) * forward
        if right == PUT:
            centre = (strike - forward) + centre
        if self._mispriced:
            centre += self._shift_at[right, column]
        half = self._half_at[right, column]
        low, high = centre - half, centre + half
        below = self._tick_changes_at
        per = self._per_dollar if abs(low) < below else self._per_dollar_above
        bid = floor(low * per) / per
        per = self._per_dollar if abs(high) < below else self._per_dollar_above
        ask = ceil(high * per) / per
        return (bid if bid > 0.0 else 0.0), ask, bid_size, ask_size

    def values(self, second: int) -> Floats:
        """What each contract (2, n) is worth at a second after the open, mispricings apart."""
        if not self._slow_from_s <= second < self._slow_until_s:
            self._slow_down(second)
        self._value(self._forward(second))
        return self._centre.copy()

    def drift(self, dollars: float, now_s: float) -> None:
        """Move the underlying as this chain sees it; the move fades (time constant 90 s).

        Args:
            dollars: a share; what is left of all moves is held within 0.5 % of the price.
            now_s: epoch seconds.
        """
        second = self._second_of(now_s)
        left = self._drift_left(second) + dollars
        self._drift = max(-self._drift_limit, min(self._drift_limit, left))
        self._drift_from_s = second
        self._second = -1

    def _second_of(self, now_s: float) -> int:
        second = floor(now_s - self._opens_s)
        return 0 if second < 0 else min(second, self._seconds)

    def _drift_left(self, second: int) -> float:
        age_s = second - self._drift_from_s
        if not self._drift or age_s < 0:
            return 0.0
        return self._drift * math.exp(-age_s / DRIFT_DECAYS_S)

    def _forward(self, second: int) -> float:
        forward = self._path.prices[second]
        return forward + self._drift_left(second) if self._drift else forward

    def _value(self, forward: float) -> None:
        """Write values into `_centre`; the scalar road repeats this arithmetic."""
        u, node, index, centre = self._u, self._node, self._index, self._centre
        call, put = centre[CALL], centre[PUT]
        np.multiply(self._strikes, self._per_step / forward, out=u)
        u -= self._offset
        np.floor(u, out=node)
        index[:] = node
        u -= node
        self._slope.take(index, out=put, mode="clip")
        put *= u
        self._table.take(index, out=call, mode="clip")
        call += put
        call *= forward
        np.subtract(self._strikes, forward, out=put)
        put += call

    def _requote(self, second: int) -> None:
        if not self._slow_from_s <= second < self._slow_until_s:
            self._slow_down(second)
        chain, quotes, centre = self.chain, self._quotes, self._centre
        per: Floats | float = self._per_dollar
        forward = self._forward(second)
        self._value(forward)
        if self._mispriced:
            centre += self._shift
        bid, ask = quotes
        # Asks are rounded up by rounding their negatives down with the bids.
        np.subtract(centre, self._half, out=bid)
        np.add(centre, self._half, out=ask)
        np.negative(ask, out=ask)
        if not self._one_tick:
            np.abs(quotes, out=self._magnitude)
            np.greater_equal(self._magnitude, self._tick_changes_at, out=self._coarse)
            per = self._per
            per.fill(self._per_dollar)
            np.copyto(per, self._per_dollar_above, where=self._coarse)
        np.multiply(quotes, per, out=quotes)
        np.floor(quotes, out=quotes)
        np.divide(quotes, per, out=quotes)
        np.negative(ask, out=ask)
        np.maximum(bid, 0.0, out=bid)
        chain.underlying_price = forward
        chain.quoted_s.fill(self._opens_s + second)
        if self._shown_step != self._step:
            self._show_step(self._step)

    def _slow_down(self, second: int) -> None:
        """Bring what changes slowly to the interval that a second lies in."""
        edges = self._edges
        at = bisect_right(edges, second)
        start = edges[at - 1]
        self._slow_from_s = start
        self._slow_until_s = edges[at] if at < len(edges) else self._seconds + 1
        if start // SLOW_STEP_S != self._step:
            self._step = start // SLOW_STEP_S
            self._take_step(self._step)
        self._shift.fill(0.0)
        self._mispriced = bool(self._active[at - 1])
        for e in self._active[at - 1]:
            span = (e.right, slice(e.first, e.last))
            self._shift[span] = e.of_half_width * self._half[span]

    def _take_step(self, step: int) -> None:
        """Set the smile, the widths and the sizes of a minute, from its first second alone."""
        self._values.write(self._path.levels[step], self._table)
        np.subtract(self._table[1:], self._table[:-1], out=self._slope[:-1])
        self._slope[-1] = 0.0
        self._value(self._path.prices[step * SLOW_STEP_S])
        width = self._width_factor * self._path.widths[step]
        np.maximum(self._centre, 0.0, out=self._half)
        self._half *= _WIDTH_OF_VALUE * width
        self._half += _FIXED_WIDTH * width
        self._contracts.write_sizes(step, self._sizes)

    def _show_step(self, step: int) -> None:
        chain, path = self.chain, self._path
        chain.bid_size[:], chain.ask_size[:] = self._sizes
        day_gone = step * SLOW_STEP_S / self._seconds
        np.floor(self._contracts.day_volume * day_gone, out=chain.volume)
        moneyness = self._strikes / path.prices[step * SLOW_STEP_S]
        chain.iv[:] = self._values.implied_vols(moneyness, path.levels[step])
        self._shown_step = step
