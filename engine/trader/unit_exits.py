"""What forces a legged unit to be sold back (H6) whatever its age.

docs/operator.md lists the causes; docs/decisions/way-out.md says why the bid's trigger stands
where it stands.
"""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Final

from engine.market.session import Moment, SessionView
from engine.trader.legged_unit import LeggedUnit

if TYPE_CHECKING:
    from engine.trader.trader import ExpirationTrader

CLOSE: Final = "the close is near"
DAY_LOSS: Final = "the day's loss halted the desk"
BID: Final = "its bid has fallen too far"
EX_DATE: Final = "a short leg is in the money and goes ex-dividend tomorrow"


def forced_sell_back(
    trader: ExpirationTrader, unit: LeggedUnit, moment: Moment, underlying: float = math.nan
) -> str:
    """Why the unit must be sold back now, "" where nothing forces it; the bid apart.

    Args:
        trader, unit: whose it is.
        moment: the present.
        underlying: dollars a share, NaN where unknown.
    """
    ladder = trader.config.ladder
    if (
        trader.balancer.force_balance_at_close
        and trader.session.to_close_s(moment.epoch_s) <= ladder.unwind_before_close_s
    ):
        return CLOSE
    if trader.gate.day_halted():
        return DAY_LOSS
    if trader.config.ex_dividends and _assigned_tomorrow(trader, unit, underlying):
        return EX_DATE
    return ""


def _assigned_tomorrow(trader: ExpirationTrader, unit: LeggedUnit, underlying: float) -> bool:
    """Whether the short leg may be exercised against us before an ex-date tomorrow."""
    if trader.terms.style != "american" or not ex_tomorrow(trader):
        return False
    if unit.right == "call":
        return underlying > unit.short_strike
    return underlying < unit.short_strike


def ex_tomorrow(trader: ExpirationTrader) -> bool:
    """Whether the chain's underlying goes ex-dividend on the next session's date."""
    dates = trader.config.ex_dividends.get(trader.symbol, ())
    return bool(dates) and _next_day(trader.session) in dates


def _next_day(session: SessionView) -> str:
    following: date | None = session.calendar.next_session(session.phase.session_date)
    return following.isoformat() if following else ""
