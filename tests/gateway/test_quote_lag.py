"""A feed that should be live and lags behind the market is told as delayed, and nothing else is."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from engine.gateway.links import LAG_S, LAG_STANDS_S, QuoteLag
from engine.market.chain import OptionChain
from engine.market.clock import VirtualClock


class Told:
    """A feed whose chains are told at will, from an exchange's hour on."""

    def __init__(self, hour: int, minute: int = 0, day: int = 20) -> None:
        at = datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("America/New_York"))
        self.clock = VirtualClock(at.timestamp())
        self.lag = QuoteLag(self.clock)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.move_to(self.clock.epoch_s() + seconds)

    def chain(self, age_s: float, *, symbol: str = "SPY") -> bool:
        """A chain whose newest quote is so old; whether the feed counts as late then."""
        quoted_s = np.full((2, 3), self.clock.epoch_s() - age_s - 50.0)
        quoted_s[0, 1] += 50.0
        quoted_s[1, 2] = np.nan
        strikes = np.array([99.0, 100.0, 101.0])
        self.lag.note(OptionChain(symbol, date(2026, 12, 18), strikes, quoted_s=quoted_s))
        return self.lag.late


def test_a_feed_whose_newest_quote_is_15_minutes_old_in_session_is_late() -> None:
    told = Told(11)
    assert not told.chain(1.0)
    told.wait(LAG_S + 1.0)
    assert told.chain(900.0)
    assert not told.chain(1.0)


def test_a_quiet_chain_says_nothing_while_another_one_is_fresh() -> None:
    told = Told(11)
    told.chain(0.0, symbol="SPY")
    told.wait(LAG_S - 1.0)
    assert not told.chain(900.0, symbol="QUIET")


@pytest.mark.parametrize(("hour", "minute", "day"), [(9, 31, 20), (17, 0, 20), (11, 0, 21)])
def test_outside_the_session_and_at_its_begin_old_quotes_are_natural(
    hour: int, minute: int, day: int
) -> None:
    assert not Told(hour, minute, day).chain(900.0)


def test_where_nobody_asks_for_chains_any_more_the_feed_is_tried_again() -> None:
    told = Told(11)
    assert told.chain(900.0)
    told.wait(LAG_STANDS_S + 1.0)
    assert not told.lag.late


def test_a_quote_from_the_future_hides_no_lag() -> None:
    told = Told(11)
    told.chain(-86_400.0)
    assert told.chain(900.0)
