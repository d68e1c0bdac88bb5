"""Statistics over attempts: fill rates by size, hour and delay, and times to fill.

Attempts are debits; n counts whole attempts, k those with any execution. Memory is bounded: counts
per (size, hour, delay) and per millisecond, not one entry per attempt.
"""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass
from typing import Any, Final

from engine.learning.attempt_rates import Rates
from engine.learning.estimators import (
    LOOK_SET,
    ArmTally,
    look_number,
)
from engine.learning.ms_counts import MsCounts
from engine.learning.recordings import (
    DELAYS,
    checked_attempt,
    checked_contracts,
    checked_profit,
    whole,
)
from engine.learning.survival import LONGEST_MS, FillCurve, FillTimes, kaplan_meier, percentile_ms

SHORT_BELOW_S: Final = 5.0
MEDIUM_BELOW_S: Final = 10.0

SIZE_NEEDS: Final = 10
HOUR_NEEDS: Final = 5
HOUR_FLOOR: Final = 0.25
CANCEL_PERCENTILE: Final = 0.95
CANCEL_BUFFER_MS: Final = 500
CANCEL_CAP_MS: Final = 5000
CANCEL_DEFAULT_MS: Final = 2500


@dataclass(frozen=True, slots=True)
class ProfitTally:
    """Dollars net of fees of completed cycles: how many, their sum in cents."""

    cycles: int
    total_c: int

    @property
    def mean(self) -> float:
        """Dollars a cycle."""
        return self.total_c / self.cycles / 100


def delay_category(delay_s: float) -> str:
    """The category of the delay waited before an attempt: short < 5 s <= medium < 10 s <= long."""
    if delay_s < SHORT_BELOW_S:
        return "short"
    return "medium" if delay_s < MEDIUM_BELOW_S else "long"


class OptimizationMetrics:
    """Collects attempts and derives the best parameters from them; any thread may call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._rates = Rates()
        self._n = 0
        self._fills = MsCounts()
        self._waits = MsCounts()
        self._profits: dict[int, list[int]] = {}
        self._time_look: tuple[int, FillTimes] | None = None

    def __repr__(self) -> str:
        total = self.total()
        sizes, hours = ", ".join(map(str, self.by_size())), ", ".join(map(str, self.by_hour()))
        return (
            f"OptimizationMetrics({total.k} of {total.n} attempts filled; "
            f"contracts: {sizes or 'none'}; hours: {hours or 'none'})"
        )

    def __getstate__(self) -> dict[str, Any]:
        """What a copy or a pickle needs: everything but the lock."""
        with self._lock:
            return copy.deepcopy({k: v for k, v in vars(self).items() if k != "_lock"})

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=threading.Lock())

    def forget(self) -> None:
        """Forget every attempt and cycle: those that come are made elsewhere, or fill otherwise."""
        with self._lock:
            self._begin()

    def record_attempt(
        self,
        contracts: int,
        hour: int,
        delay_category: str,
        filled: bool,
        fill_time_ms: float | None = None,
        profit: float | None = None,
        *,
        filled_contracts: int | None = None,
        waited_ms: float | None = None,
        late: bool = False,
    ) -> None:
        """Record one attempt that ended; a timeout counts as an attempt, a rejected order does not.

        Args:
            contracts: ordered, 1 to 1000.
            hour: exchange hour, 0 to 23.
            delay_category: "short", "medium" or "long", of the delay waited before it.
            filled: whether anything filled.
            fill_time_ms: from WORKING to the first execution; not counted where nothing filled.
            profit: dollars net of fees of the completed cycle; None where there is none (yet).
            filled_contracts: where only some filled; all of them by default.
            waited_ms: from WORKING to the cancel, for attempts that did not fill.
            late: the execution came after a terminal report: its time is not counted.

        Raises:
            ValueError: an argument makes no sense, named; nothing is then recorded.
        """
        waited = waited_ms if not filled else None if late else fill_time_ms
        attempt = checked_attempt(contracts, hour, delay_category, filled, filled_contracts, waited)
        earned = None if profit is None else checked_profit(profit)
        contracts, time_ms = attempt.contracts, attempt.time_ms
        delay = DELAYS.index(attempt.delay)
        with self._lock:
            self._rates.add(contracts, attempt.hour, delay, attempt.filled)
            if time_ms is not None:
                times = self._fills if filled else self._waits
                times.add(int(min(time_ms, LONGEST_MS)))
            if earned is not None:
                self._add_profit(contracts, earned)
            self._n = n = self._n + 1
            if n in LOOK_SET:
                self._look_at_all(look_number(n))

    def record_late_fill(
        self, contracts: int, hour: int, delay_category: str, filled_contracts: int
    ) -> None:
        """Turn an attempt that was recorded without a fill into one with a fill.

        Args:
            contracts, hour, delay_category: as they were recorded.
            filled_contracts: filled by the late execution.

        Raises:
            ValueError: no such attempt without a fill was recorded.
        """
        may_be = whole(contracts) and whole(hour) and 0 <= hour <= 23 and delay_category in DELAYS
        fits = may_be and whole(filled_contracts) and 0 < filled_contracts <= contracts
        delay = DELAYS.index(delay_category) if may_be else 0
        with self._lock:
            if not fits or not self._rates.unfilled(contracts, hour, delay):
                raise ValueError(
                    f"no attempt of {contracts} contracts in hour {hour} after a {delay_category} "
                    f"delay is without a fill, or {filled_contracts} contracts do not fit it"
                )
            self._rates.add_late(contracts, hour, delay, filled_contracts)

    def record_profit(self, contracts: int, profit: float) -> None:
        """Add a completed cycle's dollars net of fees.

        Raises:
            ValueError: contracts or profit make no sense; nothing is then recorded.
        """
        ordered, earned = checked_contracts(contracts), checked_profit(profit)
        with self._lock:
            self._add_profit(ordered, earned)

    def get_optimal_size(self) -> int:
        """The size with the highest fill rate x size, 10 attempts or more; 1 without data."""
        ranked = [(-t.rate * size, size) for size, t in self.by_size().items() if t.n >= SIZE_NEEDS]
        return min(ranked)[1] if ranked else 1

    def get_optimal_hours(self) -> list[int]:
        """Exchange hours with 5 attempts or more and a fill rate of 25 % or more, best first."""
        ranked = [
            (-t.rate, hour)
            for hour, t in self.by_hour().items()
            if t.n >= HOUR_NEEDS and t.rate >= HOUR_FLOOR
        ]
        return [hour for _, hour in sorted(ranked)]

    def get_optimal_cancel_time_ms(self) -> int:
        """The 95th percentile of fill times + 500 ms, at most 5000; 2500 without fills."""
        with self._lock:
            p95_ms = percentile_ms(self._fills, CANCEL_PERCENTILE)
        if p95_ms is None:
            return CANCEL_DEFAULT_MS
        return min(p95_ms + CANCEL_BUFFER_MS, CANCEL_CAP_MS)

    def total(self) -> ArmTally:
        """Every attempt."""
        return sum(self.by_size().values(), ArmTally())

    def by_size(self) -> dict[int, ArmTally]:
        """Attempts by contracts ordered, ascending."""
        with self._lock:
            return self._rates.by_size()

    def by_hour(self) -> dict[int, ArmTally]:
        """Attempts by exchange hour, ascending."""
        with self._lock:
            return self._rates.by_hour()

    def by_delay(self) -> dict[str, ArmTally]:
        """Attempts by delay category, those tried, short first."""
        with self._lock:
            return self._rates.by_delay()

    def fill_times(self) -> FillTimes:
        """Counts per millisecond, copied."""
        with self._lock:
            return FillTimes(self._fills.copy(), self._waits.copy())

    def fill_curve(self, most_points: int = 100) -> FillCurve:
        """Time to fill after Kaplan and Meier."""
        return kaplan_meier(self.fill_times(), most_points)

    def profit_by_size(self) -> dict[int, ProfitTally]:
        """Dollars of completed cycles by contracts ordered."""
        with self._lock:
            return {size: ProfitTally(*tally) for size, tally in sorted(self._profits.items())}

    def time_look(self) -> tuple[int, FillTimes] | None:
        """The number of the last look of all attempts together, and the fill times then."""
        with self._lock:
            return self._time_look

    def _add_profit(self, contracts: int, profit: float) -> None:
        tally = self._profits.setdefault(contracts, [0, 0])
        tally[0] += 1
        tally[1] += round(profit * 100)

    def _look_at_all(self, number: int) -> None:
        """Freeze the fill times, so that whoever reads them sees the same until the next look."""
        self._time_look = (number, FillTimes(self._fills.copy(), self._waits.copy()))
