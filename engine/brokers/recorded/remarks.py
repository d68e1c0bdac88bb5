"""What is to be known of a recorded session before it runs: its hours, its underlying's price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final

from engine.brokers.recorded.market import RecordedMarket
from engine.market.calendar import EXCHANGE_ZONE, TradingCalendar, exchange_date

_FEW: Final = 0.9
"""Below this share the cause is worth a sentence."""

_OPENS: Final = time(9, 30)
_CLOSES: Final = time(16, 15)


@dataclass(frozen=True, slots=True)
class BarsInHours:
    """The bars of a session against the exchange's hours.

    Args:
        bars: how many there are.
        within: how many end in trading hours, the close included.
        tradable: how many end before the close, so that something can be traded on them.
        cause: what is likely wrong where few do; "" where enough do.
    """

    bars: int
    within: int
    tradable: int
    cause: str

    @property
    def refusal(self) -> tuple[str, str]:
        """Why nothing can be traded on them and what to do about it; empty where something can."""
        if self.tradable:
            return "", ""
        if self.within:
            return "there are bars of the close alone", "get the day's intraday quotes"
        return "there is no bar in trading hours", "import it again with its right times"

    @property
    def text(self) -> str:
        """One sentence for before the run and for the report."""
        told = f"{self.within:,} of {self.bars:,} bars lie in trading hours"
        return f"{told}: {self.cause}" if self.cause else told


def bars_in_hours(bars_s: Sequence[float], calendar: TradingCalendar) -> BarsInHours:
    """Count the bars of a session that lie in trading hours.

    Args:
        bars_s: epoch seconds at which each bar ends, ascending; one at least.
        calendar: of the session's market.
    """
    within = tradable = 0
    for at_s in bars_s:
        hours = calendar.regular_hours(exchange_date(at_s))
        if hours is not None and hours.opens.timestamp() < at_s <= hours.closes.timestamp():
            within += 1
            tradable += at_s < hours.closes.timestamp()
    cause = ""
    if within and not tradable:
        cause = "its bars are of the close, when nothing can be traded any more"
    elif within < _FEW * len(bars_s):
        cause = _cause(bars_s[0], bars_s[-1], calendar)
    return BarsInHours(len(bars_s), within, tradable, cause)


def _cause(first_s: float, last_s: float, calendar: TradingCalendar) -> str:
    first, last = (datetime.fromtimestamp(each, EXCHANGE_ZONE) for each in (first_s, last_s))
    if last.date() < calendar.first:
        return f"{last.date()} is before the calendar, which begins {calendar.first}"
    if first.date() > calendar.last:
        return f"{first.date()} is after the calendar, which ends {calendar.last}"
    reason = calendar.closure_reason(first.date())
    if reason and first.date() == last.date():
        return f"{first.date()} is no session ({reason})"
    in_utc = [datetime.fromtimestamp(each, UTC).time() for each in (first_s, last_s)]
    if first.time() < _OPENS <= in_utc[0] and in_utc[1] <= _CLOSES:
        return (
            f"the first bar ends {first:%H:%M} ET and the last {last:%H:%M} ET: are these times "
            "of New York that were marked UTC?"
        )
    return f"the first bar ends {first:%H:%M} ET, the last {last:%H:%M} ET"


def underlying_remarks(market: RecordedMarket) -> tuple[str, ...]:
    """What is to be known of the underlying's price of a session; nothing where it is recorded."""
    without = [each for each in market.symbols() if market.underlying_is_implied(each)]
    if not without:
        return ()
    named = ", ".join(without[:3]) + (", ..." if len(without) > 3 else "")
    if market.serves_implied(without[0]):
        return (f"underlying of {named} implied by put-call parity, not recorded",)
    return (f"no price of the underlying of {named} is recorded",)
