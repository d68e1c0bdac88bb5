"""The shipped calendar says what the library it was made from says."""

import math
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.market.calendar import EXCHANGE_ZONE, exchange_date, globex_equity, xnys

pytestmark = pytest.mark.filterwarnings("ignore:Series.values")  # inside the library


@cache
def library_hours() -> dict[date, tuple[datetime, datetime]]:
    import exchange_calendars

    table = xnys()
    library: Any = exchange_calendars.get_calendar(
        "XNYS", start=str(table.first), end=str(table.last)
    )
    return {
        session.date(): (row.open.to_pydatetime(), row.close.to_pydatetime())
        for session, row in zip(library.sessions, library.schedule.itertuples(), strict=True)
    }


def every_day() -> list[date]:
    table = xnys()
    return [table.first + timedelta(days=n) for n in range((table.last - table.first).days + 1)]


def test_the_table_covers_2010_to_the_end_of_2028_at_least() -> None:
    assert xnys().first <= date(2010, 1, 1)
    assert xnys().last >= date(2028, 12, 31)


def test_every_session_of_the_table_opens_and_closes_when_the_library_says() -> None:
    ours = {
        hours.date: (hours.opens.astimezone(UTC), hours.closes.astimezone(UTC))
        for day in every_day()
        if (hours := xnys().session(day))
    }
    assert ours == library_hours()


def test_early_is_exactly_the_sessions_that_close_before_four() -> None:
    early = {day for day in every_day() if (hours := xnys().session(day)) and hours.early}
    library = {
        day
        for day, (_, closes) in library_hours().items()
        if closes.astimezone(EXCHANGE_ZONE).hour < 16
    }
    assert early == library
    assert date(2015, 12, 24) in early


def test_the_generator_would_write_the_shipped_table_again(project_root: Path) -> None:
    script = project_root / ".ci" / "make_calendar.py"
    run = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, timeout=120
    )
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (date(2026, 11, 21), "weekend"),
        (date(2026, 11, 26), "holiday: Thanksgiving Day"),
        (date(2012, 10, 29), "holiday: Hurricane Sandy"),
        (date(2009, 12, 31), "outside the calendar table"),
        (date(2099, 1, 2), "outside the calendar table"),
        (date(2026, 11, 27), ""),
    ],
)
def test_a_closed_day_says_why(day: date, reason: str) -> None:
    assert xnys().closure_reason(day) == reason
    assert xnys().is_session(day) == (not reason)


@given(st.dates(date(2009, 6, 1), date(2031, 6, 1)))
def test_the_neighbouring_sessions_are_sessions_with_none_between(day: date) -> None:
    table = xnys()
    sessions = sorted(library_hours())
    assert table.next_session(day) == min((s for s in sessions if s > day), default=None)
    assert table.previous_session(day) == max((s for s in sessions if s < day), default=None)


def test_days_left_counts_down_to_the_end_of_the_table_and_beyond() -> None:
    table = xnys()
    assert table.days_left(table.last - timedelta(days=30)) == 30
    assert table.days_left(table.last + timedelta(days=2)) == -2


def test_a_globex_session_opens_the_evening_before_and_divides_the_stock_exchange_hours() -> None:
    monday = date(2020, 1, 6)
    session = globex_equity().session(monday)
    assert session
    assert session.opens == datetime(2020, 1, 5, 18, tzinfo=EXCHANGE_ZONE)
    assert session.closes == datetime(2020, 1, 6, 17, tzinfo=EXCHANGE_ZONE)
    assert globex_equity().regular_hours(monday) == xnys().session(monday)


def test_globex_breaks_for_an_hour_each_day_and_from_friday_to_sunday() -> None:
    calendar = globex_equity()
    friday, monday = calendar.session(date(2020, 1, 10)), calendar.session(date(2020, 1, 13))
    thursday = calendar.session(date(2020, 1, 9))
    assert thursday and friday and monday
    assert friday.opens - thursday.closes == timedelta(hours=1)
    assert monday.opens - friday.closes == timedelta(hours=49)


def test_the_exchange_date_is_new_yorks_whatever_the_utc_date() -> None:
    assert exchange_date(datetime(2026, 3, 3, 4, 59, tzinfo=UTC).timestamp()) == date(2026, 3, 2)
    midnight_s = datetime(2026, 3, 3, 5, 0, tzinfo=UTC).timestamp()
    assert exchange_date(midnight_s) == date(2026, 3, 3)
    assert exchange_date(math.nextafter(midnight_s, 0)) == date(2026, 3, 2)
