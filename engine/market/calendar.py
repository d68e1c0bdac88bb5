"""When the exchange trades: a table made from exchange_calendars, read without pandas.

A day the table does not cover is closed: unknown means closed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Final, Protocol
from zoneinfo import ZoneInfo

EXCHANGE_ZONE: Final = ZoneInfo("America/New_York")

OUTSIDE_TABLE: Final = "outside the calendar table"
WEEKEND: Final = "weekend"

_OPEN: Final = time(9, 30)
_CLOSE: Final = time(16, 0)
_GLOBEX_OPEN: Final = time(18, 0)
_GLOBEX_CLOSE: Final = time(17, 0)
_SATURDAY: Final = 5
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SessionHours:
    """One session of an exchange.

    Args:
        date: exchange date.
        opens, closes: aware datetimes in exchange time, half-open [opens, closes).
        early: whether it closes before its usual hour.
    """

    date: date
    opens: datetime
    closes: datetime
    early: bool


class TradingCalendar(Protocol):
    """The days and hours of one market; dates are exchange dates."""

    @property
    def name(self) -> str:
        """The name that operators read, such as "XNYS"."""
        ...

    @property
    def first(self) -> date:
        """The first date known."""
        ...

    @property
    def last(self) -> date:
        """The last date known."""
        ...

    def is_session(self, day: date) -> bool:
        """Whether the market has a session of this date."""
        ...

    def session(self, day: date) -> SessionHours | None:
        """All hours in which orders of this date can trade, or None."""
        ...

    def regular_hours(self, day: date) -> SessionHours | None:
        """The hours that the trading phases divide, or None; the desk trades only in these."""
        ...

    def closure_reason(self, day: date) -> str:
        """Why there is no session, such as "weekend"; empty where there is one."""
        ...

    def next_session(self, day: date) -> date | None:
        """The first session date after `day`, or None where the table ends."""
        ...

    def previous_session(self, day: date) -> date | None:
        """The last session date before `day`, or None where the table begins."""
        ...

    def days_left(self, day: date) -> int:
        """Calendar days from `day` to the end of the table; negative beyond it."""
        ...


class ExchangeCalendar:
    """A stock or option exchange in New York: Monday to Friday 09:30 to 16:00, but for its table.

    Args:
        name: the name that operators read.
        first, last: the dates the table covers, both included.
        holidays: names of weekdays without a session, by date.
        early_closes: hours of sessions that end before 16:00, by date.
    """

    __slots__ = ("_early_closes", "_holidays", "first", "last", "name")

    def __init__(
        self,
        name: str,
        first: date,
        last: date,
        holidays: Mapping[date, str],
        early_closes: Mapping[date, time],
    ) -> None:
        self.name = name
        self.first = first
        self.last = last
        self._holidays = dict(holidays)
        self._early_closes = dict(early_closes)

    def is_session(self, day: date) -> bool:
        """Whether the exchange has a session of this date."""
        return (
            day.weekday() < _SATURDAY
            and self.first <= day <= self.last
            and day not in self._holidays
        )

    def session(self, day: date) -> SessionHours | None:
        """The hours of this date's session, or None."""
        if not self.is_session(day):
            return None
        closes = self._early_closes.get(day, _CLOSE)
        return SessionHours(
            day,
            datetime.combine(day, _OPEN, EXCHANGE_ZONE),
            datetime.combine(day, closes, EXCHANGE_ZONE),
            early=closes < _CLOSE,
        )

    def regular_hours(self, day: date) -> SessionHours | None:
        """The same hours as `session`: this exchange has no others."""
        return self.session(day)

    def closure_reason(self, day: date) -> str:
        """Why there is no session: "weekend", "holiday: NAME", or beyond the table; else empty."""
        if not self.first <= day <= self.last:
            return OUTSIDE_TABLE
        if day.weekday() >= _SATURDAY:
            return WEEKEND
        name = self._holidays.get(day)
        return f"holiday: {name}" if name else ""

    def next_session(self, day: date) -> date | None:
        """The first session date after `day`, or None where the table ends."""
        candidate = max(day, self.first - _DAY) + _DAY
        while candidate <= self.last:
            if self.is_session(candidate):
                return candidate
            candidate += _DAY
        return None

    def previous_session(self, day: date) -> date | None:
        """The last session date before `day`, or None where the table begins."""
        candidate = min(day, self.last + _DAY) - _DAY
        while candidate >= self.first:
            if self.is_session(candidate):
                return candidate
            candidate -= _DAY
        return None

    def days_left(self, day: date) -> int:
        """Calendar days from `day` to the end of the table; negative beyond it."""
        return (self.last - day).days


class FuturesCalendar(ExchangeCalendar):
    """Equity index futures on Globex: Sunday 18:00 to Friday 17:00, with a break at 17:00.

    The session of a date opens at 18:00 the evening before. Phases divide the stock exchange's
    hours of the same date: outside them Globex quotes, and the desk does not trade. On the stock
    exchange's holidays and early closes the future trades a shortened day too; only the stock
    exchange's part of it is certain.
    """

    __slots__ = ()

    def session(self, day: date) -> SessionHours | None:
        """The Globex hours that settle on this date, or None."""
        regular = self.regular_hours(day)
        if regular is None:
            return None
        closes = (
            regular.closes if regular.early else datetime.combine(day, _GLOBEX_CLOSE, EXCHANGE_ZONE)
        )
        opens = datetime.combine(day - _DAY, _GLOBEX_OPEN, EXCHANGE_ZONE)
        return SessionHours(day, opens, closes, early=regular.early)

    def regular_hours(self, day: date) -> SessionHours | None:
        """The stock exchange's hours of this date, or None."""
        return ExchangeCalendar.session(self, day)


@dataclass(frozen=True, slots=True)
class _Table:
    first: date
    last: date
    holidays: dict[date, str]
    early_closes: dict[date, time]


@cache
def _table() -> _Table:
    """Read the shipped table once; see .ci/make_calendar.py for its form."""
    text = files("engine.market").joinpath("data/xnys.csv").read_text(encoding="ascii")
    bounds: dict[str, date] = {}
    holidays: dict[date, str] = {}
    early_closes: dict[date, time] = {}
    for line in text.splitlines()[1:]:
        day_text, closes, name = line.split(",", 2)
        day = date.fromisoformat(day_text)
        if closes in ("first", "last"):
            bounds[closes] = day
        elif closes == "closed":
            holidays[day] = name
        else:
            early_closes[day] = time.fromisoformat(closes)
    return _Table(bounds["first"], bounds["last"], holidays, early_closes)


@cache
def xnys() -> ExchangeCalendar:
    """Return the calendar of US stock and option exchanges; read on first use, then shared."""
    table = _table()
    return ExchangeCalendar("XNYS", table.first, table.last, table.holidays, table.early_closes)


@cache
def globex_equity() -> FuturesCalendar:
    """Return the calendar of equity index futures and their options, such as ES."""
    table = _table()
    return FuturesCalendar(
        "CME equity", table.first, table.last, table.holidays, table.early_closes
    )


def exchange_date(epoch_s: float) -> date:
    """The date in New York at `epoch_s`, seconds since 1970-01-01 UTC, whatever the host's zone."""
    # fromtimestamp rounds to a microsecond, which could round into the next day: whole seconds.
    return datetime.fromtimestamp(math.floor(epoch_s), EXCHANGE_ZONE).date()
