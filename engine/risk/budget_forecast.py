"""When the order budget will stop debits, reckoned from how often traders try and how many fill."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from engine.risk.order_budget import (
    CREDITS_A_FILL,
    RATIO_FROM_ORDERS,
    RATIOS,
    SHARES,
    THROTTLE_DELAY,
    Spending,
)

STOP_SHARE: Final = SHARES[Spending.STOP - 1]
STOP_RATIO: Final = RATIOS[Spending.STOP - 1]

_NOTHING: Final = 1e-9

OrderLimit = Literal["order budget", "order efficiency ratio"]


class Stretch(NamedTuple):
    """A part of the day with one delay between attempts; seconds since 1970-01-01 UTC."""

    starts_s: float
    ends_s: float
    delay_s: float


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast orders are spent.

    Args:
        traders: that enter.
        working_s: seconds for which a debit that does not fill works.
        fill_rate: fills an attempt.
        most_a_second: orders a second that the broker's order rate allows.
    """

    traders: int
    working_s: float
    fill_rate: float
    most_a_second: float = math.inf

    @property
    def orders_an_attempt(self) -> float:
        """The debit, and what completes it where it fills."""
        return 1 + self.fill_rate * CREDITS_A_FILL

    @property
    def ratio(self) -> float:
        """The efficiency ratio that a long day comes to; infinite where nothing fills."""
        tried = self.orders_an_attempt + 1 - self.fill_rate
        return tried / (2 * self.fill_rate) if self.fill_rate else float("inf")

    def orders_a_second(self, delay_s: float, throttled: bool) -> float:
        """Orders of all traders together; throttled, half of the chains go on at longer delays."""
        traders, factor = (self.traders / 2, THROTTLE_DELAY) if throttled else (self.traders, 1.0)
        working_s = self.working_s * (1 - self.fill_rate)
        wanted = traders * self.orders_an_attempt / (delay_s * factor + working_s)
        return min(wanted, self.most_a_second)


class End(NamedTuple):
    """Which limit stops debits, and at which epoch second."""

    limit: OrderLimit
    at_s: float


def debits_end(
    day: Sequence[Stretch], pace: Pace, sent: int, spent: float, allowed: int
) -> End | None:
    """When debits stop for the day; None where the day ends first.

    Args:
        day: what is left of the session, in order.
        pace: how fast orders are spent.
        sent: orders that the efficiency ratio is judged by.
        spent: orders of the budget that are spent.
        allowed: orders that today may have.
    """
    left = STOP_SHARE * allowed - spent
    throttle = SHARES[Spending.THROTTLE - 1] * allowed - spent
    limit: OrderLimit = "order budget"
    until_judged = max(0, RATIO_FROM_ORDERS - sent)
    if pace.ratio >= STOP_RATIO and until_judged < left:
        left, limit = until_judged, "order efficiency ratio"
    if pace.traders == 0:
        return None
    for starts_s, ends_s, delay_s in day:
        at_s = starts_s
        for throttled in (False, True):
            goal = max(0.0, left if throttled else min(throttle, left))
            rate = pace.orders_a_second(delay_s, throttled)
            used = min(goal, max(0.0, ends_s - at_s) * rate)
            left, throttle = left - used, throttle - used
            at_s += used / rate
        if left <= _NOTHING:
            return End(limit, at_s)
    return None
