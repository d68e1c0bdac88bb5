"""The simulated market: every root, expiration and quote of one session, from one seed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from engine.exchange.quotes.listing import (
    FIRST_DAYS,
    listed_expirations,
    listed_strikes,
    with_held,
)
from engine.exchange.quotes.paths import SessionPath, session_path
from engine.exchange.quotes.quotes import UNKNOWN, ChainQuotes, LegQuote, QuotedVertical
from engine.exchange.quotes.requote import Memory, Scratch
from engine.exchange.quotes.universe import UnderlyingSpec, underlying_spec
from engine.market.calendar import TradingCalendar, xnys
from engine.market.chain import OptionChain
from engine.market.near_the_money import typical_width

_MORNING_AFTER_S: Final = 60.0
_USUAL_STRIKES: Final = 256
"""Chains with more strikes than these use memory of their own."""


class SimulatedMarket:
    """A source of chains (`MarketData`) that also quotes single contracts for a matching engine.

    A session is a function of seed, date and names; readers cannot change it, whenever and however
    often they ask. Interest and dividends are zero, so the forward of each expiration is the
    underlying's price. See docs/simulated-exchange.md.

    Args:
        seed: decides everything.
        session_date: exchange date of the session.
        opens_s, closes_s: epoch seconds of the session.
        symbols: the roots that exist; any name by default.
        expirations_per_symbol: how many expirations of each root are listed, nearest first; all
            by default.
        specs: of roots that are not simulated by default.
        mispricings_an_hour: how often, on each chain, some quotes are off their value for a while.
        held: strikes by chain that somebody holds; they stay listed until they expire.
        calendar: the days on which expirations may fall; XNYS by default.

    Raises:
        ValueError: the session does not last a minute.
    """

    blocking = False

    def __init__(
        self,
        seed: int,
        session_date: date,
        opens_s: float,
        closes_s: float,
        *,
        symbols: Sequence[str] | None = None,
        expirations_per_symbol: int | None = None,
        specs: Iterable[UnderlyingSpec] = (),
        calendar: TradingCalendar | None = None,
        mispricings_an_hour: float = 90.0,
        held: Mapping[tuple[str, date], frozenset[float]] | None = None,
    ) -> None:
        if closes_s - opens_s < 60:
            raise ValueError("a simulated session lasts at least a minute")
        self.seed = seed
        self.session_date = session_date
        self.opens_s, self.closes_s = opens_s, closes_s
        self._seconds = int(closes_s - opens_s)
        self._symbols = None if symbols is None else frozenset(symbols)
        self._depth = expirations_per_symbol
        self._mispricings_an_hour = mispricings_an_hour
        self._held = dict(held or {})
        self._calendar = calendar or xnys()
        self._specs = {spec.symbol: spec for spec in specs}
        self._paths: dict[str, SessionPath] = {}
        self._expirations: dict[str, tuple[date, ...]] = {}
        self._chains: dict[tuple[str, date], ChainQuotes | None] = {}
        self._memory = Memory(_USUAL_STRIKES)
        self._scratch: dict[int, Scratch] = {}

    def chain(self, symbol: str, expiration: date, now_s: float) -> OptionChain | None:
        """The chain as of `now_s` (epoch seconds), written in place; None where not listed."""
        quotes = self._quotes(symbol, expiration)
        return None if quotes is None else quotes.at(now_s)

    def leg_quote(
        self, symbol: str, expiration: date, right: int, strike: float, now_s: float
    ) -> LegQuote:
        """Bid, ask, bid size and ask size of a contract; NaN where it is not listed.

        The same numbers, to the bit, as `chain` shows at the same `now_s`.

        Args:
            symbol, expiration: the chain.
            right: 0 for a call, 1 for a put.
            strike: dollars a share.
            now_s: epoch seconds.
        """
        quotes = self._chains.get((symbol, expiration)) or self._quotes(symbol, expiration)
        return UNKNOWN if quotes is None else quotes.leg(right, strike, now_s)

    def vertical(
        self, symbol: str, expiration: date, right: int, x: float, y: float
    ) -> QuotedVertical | None:
        """Two strikes of one right, to be read often; None where one is not listed."""
        quotes = self._chains.get((symbol, expiration)) or self._quotes(symbol, expiration)
        return None if quotes is None else quotes.vertical(right, x, y)

    def next_change_s(self, symbol: str, expiration: date, now_s: float) -> float | None:
        """When quotes change next, epoch seconds; None after the close."""
        if now_s >= self.closes_s:
            return None
        if now_s < self.opens_s:
            return self.opens_s + 1.0
        return self.opens_s + math.floor(now_s - self.opens_s) + 1.0

    def morning_width(self, symbol: str, now_s: float) -> float | None:
        """Median natural width near the money a minute after the open, dollars a share.

        Args:
            symbol: the root; None is returned for an unknown one.
            now_s: epoch seconds; the session has one morning.
        """
        untraded = SimulatedMarket(
            self.seed,
            self.session_date,
            self.opens_s,
            self.closes_s,
            expirations_per_symbol=self._depth,
            specs=self._specs.values(),
            calendar=self._calendar,
            mispricings_an_hour=0.0,
        )
        early_s = self.opens_s + _MORNING_AFTER_S
        listed = untraded.expirations(symbol, early_s) if self._exists(symbol) else ()
        chains = (untraded.chain(symbol, expiration, early_s) for expiration in listed)
        return typical_width(chain for chain in chains if chain is not None)

    def nudge(self, symbol: str, expiration: date, dollars: float, now_s: float) -> None:
        """Move the underlying, as one chain sees it, by dollars a share; the move fades."""
        quotes = self._quotes(symbol, expiration)
        if quotes is not None:
            quotes.drift(dollars, now_s)

    def underlying(self, symbol: str, now_s: float) -> float | None:
        """The underlying's last price, dollars a share; None for a root that does not exist."""
        if not self._exists(symbol):
            return None
        second = math.floor(now_s - self.opens_s)
        return self._path(symbol).prices[max(0, min(second, self._seconds))]

    def expirations(self, symbol: str, now_s: float) -> tuple[date, ...]:
        """The listed expirations, ascending; none for an unknown root.

        All are at least FIRST_DAYS away, except those that somebody holds.
        """
        if not self._exists(symbol):
            return ()
        listed = self._expirations.get(symbol)
        if listed is None:
            listed = listed_expirations(self._spec(symbol), self.session_date, self._calendar)
            kept = {day for root, day in self._held if root == symbol and day >= self.session_date}
            self._expirations[symbol] = listed = tuple(sorted(kept.union(listed[: self._depth])))
        return listed

    def newly_listed(self, symbol: str) -> tuple[date, ...]:
        """The listed expirations without those that are there only because somebody holds them."""
        first = self.session_date + timedelta(days=FIRST_DAYS)
        return tuple(day for day in self.expirations(symbol, self.opens_s) if day >= first)[
            : self._depth
        ]

    def _exists(self, symbol: str) -> bool:
        return bool(symbol) and (self._symbols is None or symbol in self._symbols)

    def _spec(self, symbol: str) -> UnderlyingSpec:
        spec = self._specs.get(symbol)
        if spec is None:
            self._specs[symbol] = spec = underlying_spec(symbol, self.seed)
        return spec

    def _path(self, symbol: str) -> SessionPath:
        spec = self._spec(symbol)
        path = self._paths.get(spec.path_name)
        if path is None:
            path = session_path(self.seed, spec, self.session_date, self._seconds)
            self._paths[spec.path_name] = path
        return path

    def _quotes(self, symbol: str, expiration: date) -> ChainQuotes | None:
        key = (symbol, expiration)
        try:
            return self._chains[key]
        except KeyError:
            quotes = self._chains[key] = self._open(symbol, expiration)
            return quotes

    def _open(self, symbol: str, expiration: date) -> ChainQuotes | None:
        if expiration not in self.expirations(symbol, self.opens_s):
            return None
        spec, path = self._spec(symbol), self._path(symbol)
        days = max(FIRST_DAYS, (expiration - self.session_date).days)
        total_vol = spec.annual_vol * math.sqrt(days / 365.0)
        strikes = with_held(
            listed_strikes(spec, spec.price, total_vol, days),
            self._held.get((symbol, expiration), frozenset()),
        )
        n = len(strikes)
        scratch = self._scratch.get(n)
        if scratch is None:
            shared = self._memory if n <= self._memory.strikes else None
            scratch = self._scratch[n] = Scratch(n, shared)
        return ChainQuotes(
            spec,
            path,
            expiration,
            self.session_date,
            strikes,
            self.opens_s,
            self._seconds,
            self.seed,
            self._mispricings_an_hour,
            scratch,
        )
