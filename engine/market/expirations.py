"""Expirations as exchange dates: days to expiry and the four categories."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from engine.market.calendar import EXCHANGE_ZONE


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
