"""The phase of the trading day as traders see it: one object that the runtime keeps current."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from engine.config import TimingParameters
from engine.market.calendar import EXCHANGE_ZONE, TradingCalendar, exchange_date
from engine.market.clock import Clock
from engine.market.phases import PhaseNow, delay_multiplier, midnight_s, phase_at


class Moment:
    """The time at which a step runs.

    Args:
        now_s: engine seconds (monotonic), for every timer.
        epoch_s: seconds since 1970-01-01 UTC, for the session and the journal.
    """

    __slots__ = ("_ms", "_ms_of_s", "epoch_s", "now_s")

    def __init__(self, now_s: float, epoch_s: float) -> None:
        self.now_s = now_s
        self.epoch_s = epoch_s
        self._ms_of_s = math.nan
        self._ms = 0

    def read(self, clock: Clock) -> Moment:
        """Become the present of this clock."""
        self.now_s = clock.now_s()
        self.epoch_s = clock.epoch_s()
        return self

    @property
    def at_ms(self) -> int:
        """Epoch milliseconds, as the journal counts them."""
        if self._ms_of_s != self.epoch_s:
            self._ms_of_s = self.epoch_s
            self._ms = round(self.epoch_s * 1000)
        return self._ms


class SessionView:
    """The phase in force and what follows from it.

    Args:
        calendar: the market's calendar.
        timing: delay multipliers of the auctions.
        last_debit_before_close_s: no new debit in the last seconds before the close.
    """

    __slots__ = (
        "_close_multiplier",
        "_offset_s",
        "_open_multiplier",
        "calendar",
        "last_debit_before_close_s",
        "last_debit_s",
        "multiplier",
        "phase",
    )

    def __init__(
        self,
        calendar: TradingCalendar,
        timing: TimingParameters,
        last_debit_before_close_s: float,
    ) -> None:
        self.calendar = calendar
        self._open_multiplier = timing.open_auction_delay_multiplier
        self._close_multiplier = timing.close_auction_delay_multiplier
        self.last_debit_before_close_s = last_debit_before_close_s
        self.phase: PhaseNow = phase_at(0.0, calendar)
        self.multiplier: float | None = None
        self.last_debit_s = -math.inf
        self._offset_s = 0.0

    def update(self, epoch_s: float) -> bool:
        """Look up phase and date at `epoch_s`; True where they differ from the ones before."""
        phase = self.phase
        holds = phase.starts_s <= epoch_s < phase.ends_s and self.last_debit_s > -math.inf
        if holds and exchange_date(epoch_s) == phase.session_date:
            return False
        before = (self.phase.phase, self.phase.session_date)
        self.phase = phase_at(epoch_s, self.calendar)
        self.multiplier = delay_multiplier(
            self.phase.phase, self._open_multiplier, self._close_multiplier
        )
        offset = datetime.fromtimestamp(epoch_s, EXCHANGE_ZONE).utcoffset()
        self._offset_s = offset.total_seconds() if offset else 0.0
        closes = self.phase.closes_s
        self.last_debit_s = closes - self.last_debit_before_close_s if closes is not None else -1.0
        return before != (self.phase.phase, self.phase.session_date)

    @property
    def holds_until_s(self) -> float:
        """Epoch second until which phase, date and reason hold: a closed phase may last for days.

        Infinite where the calendar ends.
        """
        if math.isinf(self.phase.ends_s):
            return math.inf
        return min(self.phase.ends_s, midnight_s(self.phase.session_date + timedelta(days=1)))

    def exchange_hour(self, epoch_s: float) -> int:
        """The hour of the exchange's wall clock, 0 to 23."""
        return int((epoch_s + self._offset_s) % 86400.0 // 3600)

    def exchange_minute(self, epoch_s: float) -> int:
        """Minutes of the exchange's wall clock since midnight, 0 to 1439."""
        return int((epoch_s + self._offset_s) % 86400.0 // 60)

    def entry_seconds(self, epoch_s: float, hours: frozenset[int] | None) -> float:
        """Seconds of today in which debits may still go out: in these exchange hours, or in any."""
        if hours is None:
            return max(0.0, self.last_debit_s - epoch_s)
        left_s = 0.0
        while epoch_s < self.last_debit_s:
            to_next_hour_s = 3600.0 - (epoch_s + self._offset_s) % 3600.0
            until_s = min(epoch_s + to_next_hour_s, self.last_debit_s)
            left_s += (until_s - epoch_s) * (self.exchange_hour(epoch_s) in hours)
            epoch_s = until_s
        return left_s

    def to_close_s(self, epoch_s: float) -> float:
        """Seconds to today's close; infinite where there is none."""
        closes = self.phase.closes_s
        return math.inf if closes is None else closes - epoch_s
