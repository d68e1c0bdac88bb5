"""Expirations as exchange dates: days to expiry and the four categories."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from engine.market.calendar import EXCHANGE_ZONE, WEEKEND, TradingCalendar, xnys

_FRIDAY: Final = 4
_SATURDAY: Final = 5


class ExpirationCategory(StrEnum):
    """How far away an expiration is: WEEKLY < 14 <= MONTHLY < 45 <= QUARTERLY < 120 <= LEAPS."""

    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"
    LEAPS = "LEAPS"


def expiration_date(value: date | datetime) -> date:
    """Return the exchange date: naive datetimes and dates as they are, aware ones in New York."""
    if not isinstance(value, datetime):
        return value
    return value.date() if value.tzinfo is None else value.astimezone(EXCHANGE_ZONE).date()


def days_to_expiry(expiration: date, today: date) -> int:
    """Calendar days between two exchange dates; negative once expired."""
    return (expiration_date(expiration) - expiration_date(today)).days


def expiration_category(days: int) -> ExpirationCategory:
    """Return the category of an expiration `days` calendar days away."""
    if days < 14:
        return ExpirationCategory.WEEKLY
    if days < 45:
        return ExpirationCategory.MONTHLY
    if days < 120:
        return ExpirationCategory.QUARTERLY
    return ExpirationCategory.LEAPS


def no_session_to_expire_in(expiration: date, calendar: TradingCalendar) -> str:
    """Why no option expires on a day, and the session before it; "" where one can.

    Of days that the calendar's table does not cover only weekends are known.
    """
    closed = calendar.closure_reason(expiration)
    if expiration.weekday() >= _SATURDAY:
        closed = WEEKEND
    if closed != WEEKEND and not closed.startswith("holiday"):
        return ""
    name = f"{expiration:%A}" if closed == WEEKEND else f"{expiration:%A} and a {closed}"
    before = calendar.previous_session(expiration)
    if expiration > calendar.last:
        before = expiration - timedelta(days=expiration.weekday() - _FRIDAY)
    nearest = f"; the last session before it is {before:%A} {before}" if before else ""
    return f"{expiration} is a {name}{nearest}"


def standard_expiration(about: date | datetime, calendar: TradingCalendar | None = None) -> date:
    """The standard monthly expiration nearest to a day: every optionable stock lists it.

    The third Friday of a month, or the session before where that is a holiday.

    Args:
        about: an exchange date, or a datetime as for `ExpirationTrader`.
        calendar: the market's; NYSE where None.
    """
    day, calendar = expiration_date(about), calendar or xnys()
    first = day.replace(day=1)
    months = (first - timedelta(days=1), first, first + timedelta(days=31))
    return min(
        (_third_friday(month, calendar) for month in months),
        key=lambda expiration: (abs((expiration - day).days), expiration),
    )


def _third_friday(month: date, calendar: TradingCalendar) -> date:
    first = month.replace(day=1)
    friday = first + timedelta(days=(_FRIDAY - first.weekday()) % 7 + 14)
    if calendar.closure_reason(friday).startswith("holiday"):
        return calendar.previous_session(friday) or friday
    return friday
