"""Texts of vendors' files as values: dates, instants, rights, sizes. Pure; None for no value."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from engine.market.chain import CALL, PUT

EPOCH: Final = date(1970, 1, 1)
MOST_DAYS: Final = 84_006
"""2200-01-01 in days since 1970: no quote and no expiration is later."""

_DAY_S: Final = 86_400
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SLASHED: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_SIZES: Final = re.compile(r"(\d{1,9})\s*[xX]\s*(\d{1,9})")
_RIGHTS: Final = {
    "C": CALL, "CALL": CALL, "CALLS": CALL, "P": PUT, "PUT": PUT, "PUTS": PUT,
}  # fmt: skip


@lru_cache(maxsize=1 << 14)
def days_of(text: str) -> int | None:
    """Days since 1970 of a date: `2026-12-18`, `20261218`, `2026/12/18` or `12/18/2026`.

    A time of day after the date is left out, as expirations are written by some.
    """
    given = text.strip()
    slashed = _SLASHED.fullmatch(given)
    compact = _COMPACT.fullmatch(given)
    try:
        if slashed:
            day = date(int(slashed[3]), int(slashed[1]), int(slashed[2]))
        elif compact:
            day = date(int(compact[1]), int(compact[2]), int(compact[3]))
        else:
            day = date.fromisoformat(given[:10].replace("/", "-"))
            if len(given) > 10:
                datetime.fromisoformat(given.replace("/", "-"))
    except ValueError:
        return None
    days = (day - EPOCH).days
    return days if 0 < days < MOST_DAYS else None


@lru_cache(maxsize=1 << 14)
def instant_ms(text: str, zone: ZoneInfo) -> int | None:
    """Milliseconds since 1970 UTC of an ISO date and time.

    Args:
        text: such as `2026-11-20 09:31`, `2026-11-20T14:31:00.000000000Z`, with an offset or not.
        zone: where a time without an offset is meant. In an hour that repeats, the first counts.

    Returns:
        None for a date alone and for anything else.
    """
    given = text.strip().replace("/", "-")
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        return None
    if len(given) <= 10 or ":" not in given:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=zone)
    ms = round(at.timestamp() * 1000)
    return ms if 0 < ms < MOST_DAYS * _DAY_S * 1000 else None


def wall_ms(days: int, ms_of_day: int, zone: ZoneInfo) -> int:
    """Milliseconds since 1970 UTC at which a clock on the wall shows a time of a date.

    Args:
        days: the date, days since 1970.
        ms_of_day: what the clock shows, milliseconds after 00:00: no midnight is counted from
            on a day that has 23 or 25 hours.
        zone: where the clock hangs.
    """
    extra, shown = divmod(ms_of_day, _DAY_S * 1000)
    return _offset_ms(days + extra, shown // 60_000, zone) + shown % 60_000


@lru_cache(maxsize=1 << 15)
def _offset_ms(days: int, minute: int, zone: ZoneInfo) -> int:
    day = date.fromordinal(EPOCH.toordinal() + days)
    at = datetime.combine(day, time(minute // 60, minute % 60), zone)
    return round(at.timestamp() * 1000)


def right_of(text: str) -> int | None:
    """0 for a call, 1 for a put: C, P, call, PUT and the like."""
    return _RIGHTS.get(text.strip().upper())


@lru_cache(maxsize=1 << 15)
def sizes_of(text: str) -> tuple[float, float]:
    """Contracts bid and offered of a text such as `21 x 10`; NaN for both where it is none."""
    found = _SIZES.fullmatch(text.strip())
    return (float(found[1]), float(found[2])) if found else (math.nan, math.nan)


def clean_name(name: str) -> str:
    """A column's name as it is compared: no blanks, brackets or quotes around it, small letters."""
    return name.strip().strip("\ufeff\"'").strip().strip("[]").strip().lower()
