"""The seven phases of a trading day, after the specification, from the exchange calendar.

A phase is the half-open interval [start, end) in New York. PRE_MARKET begins at midnight of a
session's date, AFTER_HOURS at its close; weekends, holidays and days the calendar does not know are
AFTER_HOURS. An early close at 13:00 leaves MIDDAY until 12:45, CLOSE_AUCTION 12:45 to 13:00 and
no AFTERNOON.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from engine.market.calendar import (
    EXCHANGE_ZONE,
    OUTSIDE_TABLE,
    SessionHours,
    TradingCalendar,
    exchange_date,
)


class TradingPhase(StrEnum):
    """A part of the trading day."""

    PRE_MARKET = "PRE_MARKET"
    OPEN_AUCTION = "OPEN_AUCTION"
    MORNING = "MORNING"
    MIDDAY = "MIDDAY"
    AFTERNOON = "AFTERNOON"
    CLOSE_AUCTION = "CLOSE_AUCTION"
    AFTER_HOURS = "AFTER_HOURS"


OPEN_PHASES: Final = frozenset(TradingPhase) - {TradingPhase.PRE_MARKET, TradingPhase.AFTER_HOURS}

_AFTER_THE_OPEN: Final = (
    (time(9, 45), TradingPhase.MORNING),
    (time(11, 30), TradingPhase.MIDDAY),
    (time(14, 0), TradingPhase.AFTERNOON),
)
_CLOSE_AUCTION_LASTS: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class PhaseNow:
    """The phase at an instant; every `_s` is seconds since 1970-01-01 UTC.

    Args:
        phase: the phase.
        starts_s, ends_s: its interval; minus or plus infinity where the calendar ends.
        next_phase: what follows at `ends_s`; None where the calendar ends.
        next_open_s: when trading next opens (strictly later); None where the calendar ends.
        opens_s, closes_s: the session of the exchange date asked about; None without one.
        session_date: the exchange date asked about.
        is_open: whether the desk may trade.
        early: whether that date's session closes early.
        reason: why it is not open ("weekend", "holiday: NAME", ...); empty when it is. It
            holds for the instant asked about, so it can change within a phase.
    """

    phase: TradingPhase
    starts_s: float
    ends_s: float
    next_phase: TradingPhase | None
    next_open_s: float | None
    opens_s: float | None
    closes_s: float | None
    session_date: date
    is_open: bool
    early: bool
    reason: str


def phase_at(instant: datetime | float, calendar: TradingCalendar) -> PhaseNow:
    """Return the phase of the calendar's market at an instant.

    Args:
        instant: an aware datetime, or seconds since 1970-01-01 UTC.
        calendar: the market's calendar; phases divide its regular hours.

    Raises:
        ValueError: the datetime has no zone.
    """
    if isinstance(instant, datetime):
        if instant.tzinfo is None:
            raise ValueError("a phase needs an aware datetime: this one has no zone")
        now_s = instant.timestamp()
    else:
        now_s = float(instant)
    today = exchange_date(now_s)
    hours = calendar.regular_hours(today)
    following = calendar.next_session(today)
    following_hours = calendar.regular_hours(following) if following else None
    if hours is None:
        return _closed(calendar, today, None, following_hours, now_s)
    if now_s >= hours.closes.timestamp():
        return _closed(calendar, today, hours, following_hours, now_s)
    bounds = _boundaries(hours)
    index = max(i for i, (starts_s, _) in enumerate(bounds) if starts_s <= now_s)
    starts_s, phase = bounds[index]
    ends_s, next_phase = bounds[index + 1]
    opens_s = hours.opens.timestamp()
    is_open = phase in OPEN_PHASES
    following_open_s = following_hours.opens.timestamp() if following_hours else None
    return PhaseNow(
        phase=phase,
        starts_s=starts_s,
        ends_s=ends_s,
        next_phase=next_phase,
        next_open_s=following_open_s if is_open else opens_s,
        opens_s=opens_s,
        closes_s=hours.closes.timestamp(),
        session_date=today,
        is_open=is_open,
        early=hours.early,
        reason="" if is_open else _outside_reason(calendar, hours, now_s, "before the open"),
    )


def delay_multiplier(
    phase: TradingPhase, open_auction: float = 2.0, close_auction: float = 1.5
) -> float | None:
    """Return the factor on the delay between attempts, or None where nothing trades.

    Args:
        phase: the phase.
        open_auction, close_auction: the factors of the two auctions; the specification's defaults.
    """
    if phase is TradingPhase.OPEN_AUCTION:
        return open_auction
    if phase is TradingPhase.CLOSE_AUCTION:
        return close_auction
    return 1.0 if phase in OPEN_PHASES else None


def midnight_s(day: date) -> float:
    """Epoch second at which an exchange date begins."""
    return datetime.combine(day, time(), EXCHANGE_ZONE).timestamp()


def _boundaries(hours: SessionHours) -> list[tuple[float, TradingPhase]]:
    """Where each phase of a session's date begins, in order, AFTER_HOURS last."""
    auction = hours.closes - _CLOSE_AUCTION_LASTS
    inner = (
        (datetime.combine(hours.date, starts, EXCHANGE_ZONE), phase)
        for starts, phase in _AFTER_THE_OPEN
    )
    return [
        (midnight_s(hours.date), TradingPhase.PRE_MARKET),
        (hours.opens.timestamp(), TradingPhase.OPEN_AUCTION),
        *((starts.timestamp(), phase) for starts, phase in inner if starts < auction),
        (auction.timestamp(), TradingPhase.CLOSE_AUCTION),
        (hours.closes.timestamp(), TradingPhase.AFTER_HOURS),
    ]


def _closed(
    calendar: TradingCalendar,
    today: date,
    hours: SessionHours | None,
    following: SessionHours | None,
    now_s: float,
) -> PhaseNow:
    """AFTER_HOURS: from the close of the last session to midnight of the next session's date."""
    last = hours
    if last is None:
        previous = calendar.previous_session(today)
        last = calendar.regular_hours(previous) if previous else None
    reason = calendar.closure_reason(today) if hours is None else "after the close"
    if reason != OUTSIDE_TABLE:
        reason = _outside_reason(calendar, following, now_s, reason)
    return PhaseNow(
        phase=TradingPhase.AFTER_HOURS,
        starts_s=last.closes.timestamp() if last else -math.inf,
        ends_s=midnight_s(following.date) if following else math.inf,
        next_phase=TradingPhase.PRE_MARKET if following else None,
        next_open_s=following.opens.timestamp() if following else None,
        opens_s=hours.opens.timestamp() if hours else None,
        closes_s=hours.closes.timestamp() if hours else None,
        session_date=today,
        is_open=False,
        early=hours.early if hours else False,
        reason=reason,
    )


def _outside_reason(
    calendar: TradingCalendar, upcoming: SessionHours | None, now_s: float, otherwise: str
) -> str:
    """Say that a market with longer hours still quotes, or else why it is closed."""
    today = exchange_date(now_s)
    days = [today] if upcoming is None else [today, upcoming.date]
    for day in days:
        session = calendar.session(day)
        if session and session.opens.timestamp() <= now_s < session.closes.timestamp():
            return f"{otherwise}: quotes only"
    return otherwise
