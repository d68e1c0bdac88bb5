"""Trading phases as the specification's table has them, on every kind of day."""

import math
import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.market.calendar import EXCHANGE_ZONE, globex_equity, xnys
from engine.market.phases import PhaseNow, TradingPhase, delay_multiplier, phase_at

P = TradingPhase
REGULAR_DAY = date(2026, 11, 24)
HALF_DAY = date(2026, 11, 27)
HOLIDAY = date(2026, 11, 26)


def at(day: date, clock: str) -> PhaseNow:
    """Return the phase at HH:MM[:SS] in New York."""
    return phase_at(new_york(day, clock), xnys())


def new_york(day: date, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=EXCHANGE_ZONE)


def test_the_seven_phases_are_those_of_the_specification() -> None:
    assert [phase.name for phase in TradingPhase] == [
        "PRE_MARKET", "OPEN_AUCTION", "MORNING", "MIDDAY", "AFTERNOON", "CLOSE_AUCTION",
        "AFTER_HOURS",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("clock", "phase"),
    [
        ("00:00", P.PRE_MARKET),
        ("09:29:59", P.PRE_MARKET),
        ("09:30", P.OPEN_AUCTION),
        ("09:44:59", P.OPEN_AUCTION),
        ("09:45", P.MORNING),
        ("11:29:59", P.MORNING),
        ("11:30", P.MIDDAY),
        ("13:59:59", P.MIDDAY),
        ("14:00", P.AFTERNOON),
        ("15:44:59", P.AFTERNOON),
        ("15:45", P.CLOSE_AUCTION),
        ("15:59:59", P.CLOSE_AUCTION),
        ("16:00", P.AFTER_HOURS),
        ("23:59:59", P.AFTER_HOURS),
    ],
)
def test_a_regular_day_follows_the_table(clock: str, phase: TradingPhase) -> None:
    assert at(REGULAR_DAY, clock).phase is phase
    assert not at(REGULAR_DAY, clock).early


@pytest.mark.parametrize(
    ("clock", "phase"),
    [
        ("09:29:59", P.PRE_MARKET),
        ("09:30", P.OPEN_AUCTION),
        ("11:29:59", P.MORNING),
        ("11:30", P.MIDDAY),
        ("12:44:59", P.MIDDAY),
        ("12:45", P.CLOSE_AUCTION),
        ("12:59:59", P.CLOSE_AUCTION),
        ("13:00", P.AFTER_HOURS),
        ("14:30", P.AFTER_HOURS),
    ],
)
def test_a_half_day_ends_with_an_early_auction_and_no_afternoon(
    clock: str, phase: TradingPhase
) -> None:
    now = at(HALF_DAY, clock)
    assert now.phase is phase
    assert now.early
    assert now.closes_s == new_york(HALF_DAY, "13:00").timestamp()


def test_a_holiday_is_after_hours_and_names_itself() -> None:
    now = at(HOLIDAY, "11:00")
    assert (now.phase, now.is_open, now.reason) == (
        P.AFTER_HOURS,
        False,
        "holiday: Thanksgiving Day",
    )
    assert (now.opens_s, now.closes_s) == (None, None)
    assert now.next_open_s == new_york(HALF_DAY, "09:30").timestamp()


def test_a_weekend_lasts_from_fridays_close_to_mondays_midnight() -> None:
    now = at(date(2026, 11, 22), "12:00")
    assert now.reason == "weekend"
    assert now.starts_s == new_york(date(2026, 11, 20), "16:00").timestamp()
    assert now.ends_s == new_york(date(2026, 11, 23), "00:00").timestamp()
    assert now.next_phase is P.PRE_MARKET


def test_closed_hours_of_a_session_say_so() -> None:
    assert at(REGULAR_DAY, "08:00").reason == "before the open"
    assert at(REGULAR_DAY, "17:30").reason == "after the close"
    assert at(REGULAR_DAY, "12:00").reason == ""


@pytest.mark.parametrize("year", [1999, 2009, 2031, 2099])
def test_beyond_the_calendar_unknown_means_closed(year: int) -> None:
    now = at(date(year, 6, 2), "12:00")
    assert (now.phase, now.is_open, now.reason) == (
        P.AFTER_HOURS,
        False,
        "outside the calendar table",
    )


def test_after_the_last_session_of_the_table_nothing_follows() -> None:
    now = at(xnys().last, "18:00")
    assert (now.ends_s, now.next_phase, now.next_open_s) == (math.inf, None, None)


@pytest.mark.parametrize(
    ("utc", "phase"),
    [
        # Clocks go forward on 8 March 2026: 09:30 is 14:30 UTC before and 13:30 UTC after.
        (datetime(2026, 3, 6, 14, 29, 59, tzinfo=UTC), P.PRE_MARKET),
        (datetime(2026, 3, 6, 14, 30, tzinfo=UTC), P.OPEN_AUCTION),
        (datetime(2026, 3, 9, 13, 29, 59, tzinfo=UTC), P.PRE_MARKET),
        (datetime(2026, 3, 9, 13, 30, tzinfo=UTC), P.OPEN_AUCTION),
        # And back on 1 November 2026.
        (datetime(2026, 10, 30, 19, 59, 59, tzinfo=UTC), P.CLOSE_AUCTION),
        (datetime(2026, 10, 30, 20, 0, tzinfo=UTC), P.AFTER_HOURS),
        (datetime(2026, 11, 2, 20, 59, 59, tzinfo=UTC), P.CLOSE_AUCTION),
        (datetime(2026, 11, 2, 21, 0, tzinfo=UTC), P.AFTER_HOURS),
    ],
)
def test_phases_follow_new_york_through_daylight_saving(utc: datetime, phase: TradingPhase) -> None:
    assert phase_at(utc, xnys()).phase is phase


@pytest.fixture(params=["UTC", "Asia/Tokyo", "America/Los_Angeles", "Pacific/Kiritimati"])
def host_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """Set the host's zone, and put the former one back."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def test_the_hosts_zone_changes_nothing(host_zone: str) -> None:
    instant = datetime(2026, 11, 27, 17, 50, tzinfo=UTC)
    for now in (phase_at(instant, xnys()), phase_at(instant.timestamp(), xnys())):
        assert now.phase is P.CLOSE_AUCTION
        assert now.session_date == HALF_DAY
        assert now.ends_s == datetime(2026, 11, 27, 18, tzinfo=UTC).timestamp()


def test_a_datetime_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no zone"):
        phase_at(datetime(2026, 11, 24, 12), xnys())


instants = st.floats(
    datetime(2010, 1, 5, tzinfo=UTC).timestamp(), datetime(2030, 12, 30, tzinfo=UTC).timestamp()
)


@given(instants)
def test_phases_are_half_open_and_meet_without_gap_or_overlap(instant_s: float) -> None:
    now = phase_at(instant_s, xnys())
    assert now.starts_s <= instant_s < now.ends_s
    at_start = phase_at(now.starts_s, xnys())
    assert (at_start.phase, at_start.starts_s, at_start.ends_s) == (
        now.phase,
        now.starts_s,
        now.ends_s,
    )
    following = phase_at(now.ends_s, xnys())
    assert following.phase is now.next_phase
    assert following.starts_s == now.ends_s
    before = phase_at(math.nextafter(now.starts_s, -math.inf), xnys())
    assert before.ends_s == now.starts_s


@given(instants)
def test_the_desk_is_open_exactly_inside_the_session(instant_s: float) -> None:
    now = phase_at(instant_s, xnys())
    inside = now.opens_s is not None and now.closes_s is not None
    inside = inside and now.opens_s <= instant_s < now.closes_s  # type: ignore[operator]
    assert now.is_open == inside == (now.reason == "")
    assert (delay_multiplier(now.phase) is not None) == inside


@pytest.mark.parametrize(
    ("day", "clock", "opens"),
    [
        (REGULAR_DAY, "09:29:59", date(2026, 11, 24)),
        (REGULAR_DAY, "09:30", date(2026, 11, 25)),
        (REGULAR_DAY, "12:00", date(2026, 11, 25)),
        (REGULAR_DAY, "15:59:59", date(2026, 11, 25)),
        (REGULAR_DAY, "16:00", date(2026, 11, 25)),
        (date(2026, 11, 25), "15:00", HALF_DAY),
        (HALF_DAY, "12:59", date(2026, 11, 30)),
        (HOLIDAY, "12:00", HALF_DAY),
    ],
)
def test_trading_next_opens_strictly_later_also_during_a_session(
    day: date, clock: str, opens: date
) -> None:
    now = at(day, clock)
    assert now.next_open_s == new_york(opens, "09:30").timestamp()
    assert now.next_open_s > new_york(day, clock).timestamp()


def test_a_week_walks_through_its_phases_in_order() -> None:
    seen = []
    instant_s = new_york(date(2026, 11, 25), "00:00").timestamp()
    end_s = new_york(date(2026, 11, 30), "09:45").timestamp()
    while instant_s < end_s:
        now = phase_at(instant_s, xnys())
        seen.append(now.phase)
        instant_s = now.ends_s
    whole_day = list(TradingPhase)
    half_day = [phase for phase in whole_day if phase is not P.AFTERNOON]
    assert seen == [*whole_day, *half_day, P.PRE_MARKET, P.OPEN_AUCTION]


def test_auctions_stretch_the_delay_and_closed_hours_have_none() -> None:
    assert {phase: delay_multiplier(phase) for phase in TradingPhase} == {
        P.PRE_MARKET: None,
        P.OPEN_AUCTION: 2.0,
        P.MORNING: 1.0,
        P.MIDDAY: 1.0,
        P.AFTERNOON: 1.0,
        P.CLOSE_AUCTION: 1.5,
        P.AFTER_HOURS: None,
    }
    assert delay_multiplier(P.OPEN_AUCTION, open_auction=3.0) == 3.0
    assert delay_multiplier(P.CLOSE_AUCTION, close_auction=2.0) == 2.0


@pytest.mark.parametrize(
    ("day", "clock", "phase", "reason"),
    [
        (date(2020, 1, 5), "17:59", P.AFTER_HOURS, "weekend"),
        (date(2020, 1, 5), "18:00", P.AFTER_HOURS, "weekend: quotes only"),
        (date(2020, 1, 6), "03:00", P.PRE_MARKET, "before the open: quotes only"),
        (date(2020, 1, 6), "10:00", P.MORNING, ""),
        (date(2020, 1, 6), "16:30", P.AFTER_HOURS, "after the close: quotes only"),
        (date(2020, 1, 6), "17:30", P.AFTER_HOURS, "after the close"),
        (date(2020, 1, 6), "18:30", P.AFTER_HOURS, "after the close: quotes only"),
    ],
)
def test_futures_quote_overnight_and_trade_in_stock_exchange_hours(
    day: date, clock: str, phase: TradingPhase, reason: str
) -> None:
    now = phase_at(new_york(day, clock), globex_equity())
    assert (now.phase, now.reason) == (phase, reason)


def test_the_boundaries_of_a_day_are_whole_minutes_apart() -> None:
    day_s = new_york(REGULAR_DAY, "00:00").timestamp()
    starts = [day_s]
    while len(starts) < 7:
        starts.append(phase_at(starts[-1], xnys()).ends_s)
    lengths = [timedelta(seconds=later - earlier) for earlier, later in pairwise(starts)]
    assert lengths == [timedelta(minutes=m) for m in (570, 15, 105, 150, 105, 15)]
