"""Prices, volatility levels and quote widths of each underlying through any session.

A whole session is drawn at once, on grids of fixed times, so no reader can change it.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from engine.exchange.quotes.universe import MARKET_ANNUAL_VOL, UnderlyingSpec, underlying_spec
from engine.exchange.seeding import named_seed
from engine.market.calendar import TradingCalendar
from engine.market.chain import Floats
from engine.market.legs import OptionType
from engine.market.ticks import SettlesAt

SLOW_STEP_S: Final = 60
"""Seconds between changes of volatility level, quoted width, sizes and volume."""

DEEP_DEVIATIONS: Final = 2.0
"""A contract this many standard deviations in the money has no time value that anybody pays."""

_SESSIONS_A_YEAR: Final = 252.0
_OPENING_GAP: Final = 0.02
_OWN_VOL_SHARE: Final = 0.15
_JUMPS_A_DAY: Final = 0.7
_JUMP_OF_DAILY_VOL: Final = 0.35
_LEVEL_REVERTS_S: Final = 3600.0
_LEVEL_DEVIATION: Final = 0.05
_LEVEL_PER_DAILY_MOVE: Final = -0.04
_LEVEL_BOUNDS: Final = (0.7, 1.5)
_WIDTH_REVERTS_S: Final = 900.0
_WIDTH_DEVIATION: Final = 0.15
_WIDTH_BOUNDS: Final = (0.6, 2.5)
_WIDE_AT_OPEN: Final = 1.8
_WIDE_AT_OPEN_S: Final = 420.0
_WIDE_AT_CLOSE: Final = 0.25
_WIDE_AT_CLOSE_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class SessionPath:
    """What one underlying does in one session.

    Args:
        prices: dollars a share at each whole second from the open to the close, both included.
        levels: volatility relative to the root's own, at each slow step.
        widths: quoted width relative to the root's own, at each slow step.
        lowest, highest: bounds of `prices`.
    """

    prices: array[float]
    levels: array[float]
    widths: array[float]
    lowest: float
    highest: float


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
            ValueError: the exchange is closed on that day.
        """
        spec = underlying_spec(symbol, self._seed)
        ends = self._ends.get((spec.path_name, day))
        if ends is None:
            hours = self._calendar.session(day)
            if hours is None:
                raise ValueError(f"{day} is not a session; nothing settles on it")
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


def session_path(seed: int, spec: UnderlyingSpec, day: date, seconds: int) -> SessionPath:
    """Draw a session of an underlying.

    Volatility is high at the open, low at midday and higher again at the close; the market factor
    is common to all; jumps are rare; the volatility level reverts, and rises when prices fall.

    Args:
        seed: the run's seed.
        spec: the underlying.
        day: the session's date.
        seconds: length of the session.
    """
    chance = np.random.default_rng(named_seed(seed, "path", spec.path_name, day))
    seasons = _u_shape(seconds)
    daily = spec.annual_vol / math.sqrt(_SESSIONS_A_YEAR)
    market_daily = MARKET_ANNUAL_VOL / math.sqrt(_SESSIONS_A_YEAR)
    own = math.sqrt(max(daily**2 - (spec.beta * market_daily) ** 2, (_OWN_VOL_SHARE * daily) ** 2))
    slow_steps = seconds // SLOW_STEP_S + 1
    level = _reverting(chance, slow_steps, _LEVEL_REVERTS_S, _LEVEL_DEVIATION)
    steps = chance.standard_normal(seconds) * (own / math.sqrt(seconds)) * seasons
    steps *= np.exp(np.repeat(level, SLOW_STEP_S)[:seconds])
    steps += spec.beta * _market_steps(seed, day, seconds, seasons, market_daily)
    jumps = chance.integers(0, seconds, size=chance.poisson(_JUMPS_A_DAY))
    np.add.at(steps, jumps, chance.normal(0.0, _JUMP_OF_DAILY_VOL * daily, size=len(jumps)))
    moves = np.concatenate(([0.0], np.cumsum(steps)))
    opening = spec.price * math.exp(_OPENING_GAP * chance.standard_normal())
    prices = np.round(opening * np.exp(moves), 2)
    level += _LEVEL_PER_DAILY_MOVE * moves[::SLOW_STEP_S][:slow_steps] / daily
    width = _reverting(chance, slow_steps, _WIDTH_REVERTS_S, _WIDTH_DEVIATION)
    times = np.arange(slow_steps) * float(SLOW_STEP_S)
    for jump in jumps:
        after = np.maximum(times - jump, 0.0)
        width += np.where(times >= jump, 0.4 * np.exp(-after / 300.0), 0.0)
    of_day = (
        1.0
        + _WIDE_AT_OPEN * np.exp(-times / _WIDE_AT_OPEN_S)
        + _WIDE_AT_CLOSE * np.exp(-(seconds - times) / _WIDE_AT_CLOSE_S)
    )
    return SessionPath(
        array("d", prices.tolist()),
        array("d", np.clip(np.exp(level), *_LEVEL_BOUNDS).tolist()),
        array("d", (np.clip(np.exp(width), *_WIDTH_BOUNDS) * of_day).tolist()),
        float(prices.min()),
        float(prices.max()),
    )


def _market_steps(
    seed: int, day: date, seconds: int, seasons: Floats, market_daily: float
) -> Floats:
    chance = np.random.default_rng(named_seed(seed, "market", day))
    steps: Floats = chance.standard_normal(seconds) * (market_daily / math.sqrt(seconds)) * seasons
    return steps


def _u_shape(seconds: int) -> Floats:
    """Volatility of each second relative to the day's, of mean square one."""
    times = np.arange(seconds, dtype=np.float64)
    shape = 0.8 + 1.4 * np.exp(-times / 1500.0) + 0.7 * np.exp(-(seconds - times) / 1800.0)
    shape /= math.sqrt(float(np.mean(shape**2)))
    return shape


def _reverting(
    chance: np.random.Generator, steps: int, reverts_s: float, deviation: float
) -> Floats:
    """A mean-reverting walk about zero with the given standard deviation, at each slow step."""
    keep = math.exp(-SLOW_STEP_S / reverts_s)
    shocks = chance.standard_normal(steps) * deviation * math.sqrt(1.0 - keep**2)
    at = float(chance.standard_normal()) * deviation
    walk = np.empty(steps)
    for step, shock in enumerate(shocks.tolist()):
        walk[step] = at
        at = keep * at + shock
    return walk
