"""Which expirations and strikes the simulated exchange lists."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Final

import numpy as np

from engine.exchange.quotes.universe import UnderlyingSpec
from engine.market.calendar import OUTSIDE_TABLE, TradingCalendar
from engine.market.chain import Floats

FIRST_DAYS: Final = 7
"""Days to the nearest expiration listed; the desk does not trade nearer ones."""

_FRIDAY: Final = 4
_WEEKLY_DAYS: Final = 63
_MONTHLY_DAYS: Final = 370
_LEAPS_DAYS: Final = 900
_LEAPS_MONTHS: Final = (1, 6)

_STEPS: Final = (0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0)
_FINE_STRIKES: Final = 25
_COARSE_STRIKES: Final = 16
_DEVIATIONS_BELOW: Final = 2.4
_DEVIATIONS_ABOVE: Final = 2.1
_LOWEST_STRIKE: Final = 0.2
_LONG_DATED_DAYS: Final = 150


def listed_expirations(
    spec: UnderlyingSpec, today: date, calendar: TradingCalendar
) -> tuple[date, ...]:
    """Return the expirations of a root, ascending, all at least 7 days away.

    Fridays for nine weeks, third Fridays for a year, those of January and June for two and a half
    years. Where a Friday has no session, the session before it is listed.

    Args:
        spec: the root.
        today: exchange date of the session.
        calendar: the exchange's days.
    """
    listed: set[date] = set()
    friday = today + timedelta(days=(_FRIDAY - today.weekday()) % 7)
    while (friday - today).days <= _LEAPS_DAYS:
        away = (friday - today).days
        third = 15 <= friday.day <= 21
        if third and spec.monthlies:
            wanted = away <= _MONTHLY_DAYS or friday.month in _LEAPS_MONTHS
        else:
            wanted = spec.weeklies and away <= _WEEKLY_DAYS
        if wanted:
            day = _session_at_or_before(friday, calendar)
            if (day - today).days >= FIRST_DAYS:
                listed.add(day)
        friday += timedelta(days=7)
    return tuple(sorted(listed))


def listed_strikes(
    spec: UnderlyingSpec, opening_price: float, total_vol: float, days: int
) -> Floats:
    """Return the strikes of an expiration, ascending: dense about the money, sparse in the wings.

    Args:
        spec: the root.
        opening_price: dollars a share about which they are listed.
        total_vol: volatility to expiration (annual volatility x square root of years).
        days: calendar days to expiration.
    """
    low = max(
        opening_price * math.exp(-_DEVIATIONS_BELOW * total_vol), _LOWEST_STRIKE * opening_price
    )
    high = opening_price * math.exp(_DEVIATIONS_ABOVE * total_vol)
    fine = spec.strike_step
    if days > _LONG_DATED_DAYS:
        fine = next(step for step in _STEPS if step > fine and step >= 0.01 * opening_price)
    reach = fine * _FINE_STRIKES
    centre = round(opening_price / fine) * fine
    near_low, near_high = max(low, centre - reach), min(high, centre + reach)
    strikes = set(_grid(near_low, near_high, fine))
    rest = max(near_low - low, high - near_high)
    if rest > fine:
        coarse = next(s for s in _STEPS if s > fine and rest / s <= _COARSE_STRIKES)
        strikes.update(_grid(low, near_low, coarse))
        strikes.update(_grid(near_high, high, coarse))
    return np.array(sorted(strikes))


def with_held(strikes: Floats, held: frozenset[float]) -> Floats:
    """Return the strikes together with those that somebody holds, ascending, each once."""
    return (
        strikes if held <= set(strikes.tolist()) else np.array(sorted({*strikes.tolist(), *held}))
    )


def _grid(low: float, high: float, step: float) -> list[float]:
    first, last = max(1, math.ceil(low / step)), math.floor(high / step)
    return [k * step for k in range(first, last + 1)]


def _session_at_or_before(day: date, calendar: TradingCalendar) -> date:
    """The day itself where the calendar has ended: its holidays are not known."""
    while not calendar.is_session(day) and calendar.closure_reason(day) != OUTSIDE_TABLE:
        day -= timedelta(days=1)
    return day
