"""Expirations are exchange dates, and days between them are calendar days."""

from datetime import UTC, date, datetime

import pytest

from engine.market.expirations import (
    ExpirationCategory,
    days_to_expiry,
    expiration_category,
    expiration_date,
)


def test_a_naive_expiration_is_an_exchange_date() -> None:
    assert expiration_date(datetime(2026, 12, 18, 23, 59)) == date(2026, 12, 18)
    assert expiration_date(date(2026, 12, 18)) == date(2026, 12, 18)


def test_an_aware_expiration_is_converted_to_new_york() -> None:
    assert expiration_date(datetime(2026, 12, 19, 2, 0, tzinfo=UTC)) == date(2026, 12, 18)


def test_days_to_expiry_are_calendar_days() -> None:
    assert days_to_expiry(date(2026, 12, 18), date(2026, 11, 27)) == 21
    assert days_to_expiry(datetime(2026, 12, 18, 16, 0), date(2026, 12, 18)) == 0
    assert days_to_expiry(date(2026, 12, 18), date(2026, 12, 21)) == -3


@pytest.mark.parametrize(
    ("days", "category"),
    [(0, "WEEKLY"), (13, "WEEKLY"), (14, "MONTHLY"), (44, "MONTHLY"), (45, "QUARTERLY"),
     (119, "QUARTERLY"), (120, "LEAPS"), (900, "LEAPS")],
)  # fmt: skip
def test_a_category_begins_on_its_first_day(days: int, category: str) -> None:
    assert expiration_category(days) is ExpirationCategory[category]
