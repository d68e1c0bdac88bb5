"""Replay of a recorded session as MarketData: the quotes as of `now_s`, and nothing later."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from engine.brokers.recorded.columns import QUOTE_FIELDS, Floats
from engine.brokers.recorded.session import RecordedSeries, RecordedSession
from engine.market.chain import OptionChain
from engine.market.near_the_money import typical_width
from engine.market.parity import implied_forward

SILENT_BARS: Final = 10
"""A contract without a row in this many bars in a row is excluded (docs/recorded-sessions.md)."""

_GONE_WHEN_SILENT: Final = ("bid", "ask", "bid_size", "ask_size", "iv")
_MORNING_BARS: Final = 30
_UNKNOWN: Final = (float("nan"),) * 4
_NO_QUOTE: Final = (float("nan"), float("nan"), 0.0, 0.0)
_NEVER: Final = -(1 << 40)

LegQuote = tuple[float, float, float, float]


class RecordedMarket:
    """The chains of a recorded session as they were at the moment asked for.

    The state at t is each contract's last row at or before t on the same exchange day (for a
    snapshot, the last snapshot's rows alone). Zero stays zero, null is NaN, crossed and locked
    quotes are served as they were: the scanner rejects them. Recorded quotes do not react to
    orders. A chain is brought up to date when it is asked for; going back in time rebuilds the
    day.  One thread at a time.

    Args:
        session: what to replay.
        silent_bars: a contract without a row in so many bars in a row is served as unknown.
        implied: where the session has no price of the underlying, serve the forward that put-call
            parity implies: of a chain its own, of a symbol that of its nearest expiration.
    """

    blocking = False
    name = "recorded"

    def __init__(
        self,
        session: RecordedSession,
        *,
        silent_bars: int = SILENT_BARS,
        implied: bool = False,
    ) -> None:
        if silent_bars < 1:
            raise ValueError(f"silent_bars is {silent_bars}; it must be at least 1")
        self.session = session
        self._bars: list[float] = session.bars_s.tolist()
        self._silent_bars = silent_bars
        self._implied = implied
        self._live = {key: _LiveChain(session, series) for key, series in session.series.items()}
        self._asked: dict[tuple[int, str, date], _LiveChain] = {}
        self._listed = _listed(session)
        self._moments, self._states = _moments(session)
        self._from_s, self._to_s, self._day, self._bar = 1.0, 0.0, -1, -1

    @property
    def bar_s(self) -> int | None:
        """Length of a bar in seconds, the limit of a quote's age in replay; None for end of day."""
        return self.session.facts.bar_s

    def bars(self) -> Floats:
        """Epoch seconds at which each bar ends, ascending."""
        return self.session.bars_s

    def symbols(self) -> tuple[str, ...]:
        """The option roots of the session, in alphabetical order."""
        return self.session.symbols

    def chain(self, symbol: str, expiration: date, now_s: float) -> OptionChain | None:
        """The chain as of `now_s`; None where the session has no row of it that exchange day.

        `confirmed_s` is the end of the last bar of the session, whichever contracts it quoted;
        NaN, with every quote unknown, before the day's first bar. Each day has a chain of its
        own: after a split the strikes differ.
        """
        self._find(now_s)
        key = (self._day, symbol, expiration)
        live = self._live.get(key)
        if live is None:
            return None
        if live.bar != self._bar:
            self._asked[key] = live
            live.bring_to(self._bar, self._silent_bars)
            if self.serves_implied(symbol):
                price = implied_forward(live.chain)
                live.chain.count_write(float("nan") if price is None else price)
        return live.chain

    def underlying(self, symbol: str, now_s: float) -> float | None:
        """The underlying's last recorded price that day, dollars a share; None where unknown."""
        self._find(now_s)
        if self.serves_implied(symbol):
            forwards = (
                self.implied_underlying(symbol, expiration, now_s)
                for expiration in self.expirations(symbol, now_s)
            )
            return next((price for price in forwards if price is not None), None)
        prices = self.session.underlying.get(symbol)
        if prices is None or self._day < 0 or not self._has_bar():
            return None
        price = float(prices[self._bar])
        return None if price != price else price

    def expirations(self, symbol: str, now_s: float) -> tuple[date, ...]:
        """The expirations quoted that exchange day, today's included, expired ones left out."""
        self._find(now_s)
        return self._listed.get((self._day, symbol), ())

    def leg_quote(
        self, symbol: str, expiration: date, right: int, strike: float, now_s: float
    ) -> LegQuote:
        """Bid, ask, bid size and ask size of one contract; NaN where unknown or not listed.

        A listed contract without a quote (silent, not yet quoted that day, or with an ask of 0)
        shows sizes of 0: nothing is displayed, but it exists.

        Args:
            symbol, expiration: the chain.
            right: 0 for a call, 1 for a put.
            strike: dollars a share.
            now_s: epoch seconds.
        """
        chain = self.chain(symbol, expiration, now_s)
        if chain is None:
            return _UNKNOWN
        column = self._live[self._day, symbol, expiration].columns.get(strike)
        if column is None:
            return _UNKNOWN
        at = (right, column)
        bid, ask = chain.quote(right, column)
        if bid != bid and ask != ask:
            return _NO_QUOTE
        return bid, ask, float(chain.bid_size[at]), float(chain.ask_size[at])

    def next_change_s(self, symbol: str, expiration: date, now_s: float) -> float | None:
        """Epoch second of the next bar's end after `now_s`; None after the last.

        The same for every chain: each bar confirms all of them.
        """
        following = bisect_right(self._bars, now_s)
        return self._bars[following] if following < len(self._bars) else None

    def morning_width(self, symbol: str, now_s: float) -> float | None:
        """Median natural width near the money at the first bar of the day that has one.

        Args:
            symbol: the root.
            now_s: epoch seconds, of that day.

        Returns:
            Dollars a share; None where the day's first bars quote no vertical near the money.
        """
        self._find(now_s)
        if self._day < 0:
            return None
        day = self.session.days[self._day]
        chains = [
            _LiveChain(self.session, self.session.series[self._day, symbol, expiration])
            for expiration in self._listed.get((self._day, symbol), ())
        ]
        for bar in range(day.first_bar, min(day.first_bar + _MORNING_BARS, day.end_bar)):
            for live in chains:
                live.bring_to(bar, self._silent_bars)
            width = typical_width(live.chain for live in chains)
            if width is not None:
                return width
        return None

    def silent(self, symbol: str, expiration: date, now_s: float) -> int:
        """How many contracts of the chain were quoted that day and are excluded as silent."""
        chain = self.chain(symbol, expiration, now_s)
        return 0 if chain is None else self._live[self._day, symbol, expiration].silent

    def underlying_is_implied(self, symbol: str) -> bool:
        """Whether the underlying's price is not recorded, and follows only from parity."""
        return symbol in self.session.symbols and symbol not in self.session.underlying

    def serves_implied(self, symbol: str) -> bool:
        """Whether the price that is served is the one that follows from parity."""
        return self._implied and self.underlying_is_implied(symbol)

    def implied_underlying(self, symbol: str, expiration: date, now_s: float) -> float | None:
        """The forward price that put-call parity implies; it is not a recorded price: label it so.

        The median of strike + call mid - put mid over the three strikes where the two mids are
        nearest to each other (there discounting and early exercise matter least). None unless
        some strike has both rights quoted on both sides and uncrossed.
        """
        chain = self.chain(symbol, expiration, now_s)
        return None if chain is None else implied_forward(chain)

    def _has_bar(self) -> bool:
        return self._bar >= self.session.days[self._day].first_bar

    def _find(self, now_s: float) -> None:
        """Set the trading day and the last bar at `now_s`; day -1 where the session has none."""
        if self._from_s <= now_s < self._to_s:
            return
        at = bisect_right(self._moments, now_s) - 1
        if at < 0:
            self._from_s, self._to_s = -np.inf, self._moments[0]
            self._day, self._bar = -1, -1
            return
        self._from_s = self._moments[at]
        self._to_s = self._moments[at + 1] if at + 1 < len(self._moments) else np.inf
        self._day, self._bar = self._states[at]


def _moments(session: RecordedSession) -> tuple[list[float], list[tuple[int, int]]]:
    """Every epoch second at which the state changes, and (day, last bar) from there on."""
    moments: list[float] = []
    states: list[tuple[int, int]] = []
    for position, day in enumerate(session.days):
        moments.append(day.starts_s)
        states.append((position, day.first_bar - 1))
        for bar in range(day.first_bar, day.end_bar):
            moments.append(float(session.bars_s[bar]))
            states.append((position, bar))
        moments.append(float(np.nextafter(day.ends_s, np.inf)))
        states.append((-1, -1))
    return moments, states


def _listed(session: RecordedSession) -> dict[tuple[int, str], tuple[date, ...]]:
    listed: dict[tuple[int, str], list[date]] = {}
    for position, symbol, expiration in sorted(session.series):
        if expiration >= session.days[position].date:
            listed.setdefault((position, symbol), []).append(expiration)
    return {key: tuple(expirations) for key, expirations in listed.items()}


class _LiveChain:
    """One day's chain, and up to which bar its rows have been written into it."""

    __slots__ = (
        "_block",
        "_fields",
        "_gone",
        "_last_bar",
        "_series",
        "_session",
        "_snapshot",
        "_start_bar",
        "bar",
        "chain",
        "columns",
        "silent",
    )

    def __init__(self, session: RecordedSession, series: RecordedSeries) -> None:
        facts = session.facts
        order = (*session.fields, *(name for name in QUOTE_FIELDS if name not in session.fields))
        shape = (2, len(series.strikes))
        self._block: Floats = np.full((len(order) + 1, 2 * len(series.strikes)), np.nan)
        self._fields = len(session.fields)
        self._gone: NDArray[np.intp] = np.array(
            [[order.index(name)] for name in _GONE_WHEN_SILENT if name in session.fields],
            dtype=np.intp,
        ).reshape(-1, 1)
        self._series, self._session = series, session
        self._snapshot = facts.kind == "snapshot"
        self._start_bar = session.days[series.day].first_bar
        self._last_bar: NDArray[np.intp] = np.full(shape[0] * shape[1], _NEVER, dtype=np.intp)
        self.columns = {strike: at for at, strike in enumerate(series.strikes.tolist())}
        self.bar = self._start_bar - 1
        self.silent = 0
        style: Literal["american", "european"] = facts.exercise
        self.chain = OptionChain(
            series.symbol,
            series.expiration,
            series.strikes,
            multiplier=facts.multiplier,
            style=style,
            settlement=facts.settlement,
            quoted_s=self._block[-1].reshape(shape),
            **{name: self._block[at].reshape(shape) for at, name in enumerate(order)},
        )

    def bring_to(self, bar: int, silent_bars: int) -> None:
        """Write the rows after the present bar up to and including `bar`."""
        if bar == self.bar:
            return
        if bar < self.bar:
            self._start_again()
            if bar == self.bar:
                return
        series, chain = self._series, self.chain
        done, end = (series.starts[b + 1 - self._start_bar] for b in (self.bar, bar))
        changed = end > done
        if changed:
            cells, bars = series.cells[done:end], series.bars[done:end]
            self._last_bar[cells] = bars
            self._block[-1, cells] = self._session.bars_s[bars]
        if self._snapshot:
            self._block[:-1] = np.nan
            done, changed = series.starts[bar - self._start_bar], True
        if end > done:
            # Where a contract has several rows, NumPy keeps the last one.
            self._block[: self._fields, series.cells[done:end]] = series.quotes[:, done:end]
        if not self._snapshot and bar - self._start_bar >= silent_bars:
            changed |= self._silence(bar - silent_bars, self.bar - silent_bars)
        self.bar = bar
        chain.confirm(float(self._session.bars_s[bar]))
        prices = self._session.underlying.get(series.symbol)
        price = None if prices is None else float(prices[bar])
        if changed or (price is not None and price != chain.underlying_price):
            chain.count_write(price)

    def _silence(self, last_heard: int, judged_before: int) -> bool:
        """Make contracts unknown that were last heard at or before bar `last_heard`.

        Those last heard at or before `judged_before` have been made unknown already.
        """
        silent = (self._last_bar <= last_heard) & (self._last_bar > _NEVER)
        fallen = np.flatnonzero(silent & (self._last_bar > judged_before))
        self._block[self._gone, fallen] = np.nan
        self.silent = int(np.count_nonzero(silent))
        return len(fallen) > 0

    def _start_again(self) -> None:
        self._block[:] = np.nan
        self._last_bar[:] = _NEVER
        self.bar = self._start_bar - 1
        self.silent = 0
        self.chain.confirm(float("nan"))
        self.chain.count_write(float("nan"))
