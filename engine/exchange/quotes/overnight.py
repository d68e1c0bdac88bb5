"""Prices of simulated underlyings on any session's date, for what happens between sessions."""

from __future__ import annotations

import math
from datetime import date
from typing import Final

from engine.exchange.quotes.paths import session_path
from engine.exchange.quotes.universe import underlying_spec
from engine.market.calendar import TradingCalendar
from engine.market.legs import OptionType
from engine.market.ticks import SettlesAt

DEEP_DEVIATIONS: Final = 2.0
"""A contract this many standard deviations in the money has no time value that anybody pays."""


class SessionPrices:
    """Opening and closing prices, the same that `SimulatedMarket` shows on that date.

    Args:
        seed: the run's seed.
        calendar: the exchange's days.
    """

    def __init__(self, seed: int, calendar: TradingCalendar) -> None:
        self._seed = seed
        self._calendar = calendar
        self._ends: dict[tuple[str, date], tuple[float, float]] = {}

    def price(self, symbol: str, day: date, at: SettlesAt) -> float:
        """Dollars a share at the open or the close of a session.

        Raises:
            ValueError: the day is no session.
        """
        spec = underlying_spec(symbol, self._seed)
        ends = self._ends.get((spec.path_name, day))
        if ends is None:
            hours = self._calendar.session(day)
            if hours is None:
                raise ValueError(f"{day} is no session; nothing settles on it")
            seconds = int(hours.closes.timestamp() - hours.opens.timestamp())
            prices = session_path(self._seed, spec, day, seconds).prices
            ends = self._ends[spec.path_name, day] = prices[0], prices[-1]
        return ends[0] if at == "open" else ends[1]

    def without_time_value(
        self, symbol: str, expiration: date, right: OptionType, strike: float, day: date
    ) -> bool:
        """Whether the contract lies DEEP_DEVIATIONS in the money at the close of `day`."""
        price = self.price(symbol, day, "close")
        inside = math.log(price / strike) if right == "call" else math.log(strike / price)
        years = max(1, (expiration - day).days) / 365.0
        deviation = underlying_spec(symbol, self._seed).annual_vol * math.sqrt(years)
        return inside > DEEP_DEVIATIONS * deviation
