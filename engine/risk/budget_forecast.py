"""What traders would send in a day if nobody held them back, and when too few executions end it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from engine.risk.order_budget import CREDITS_A_FILL, RATIO_FROM_ORDERS, RATIOS, Spending

STOP_RATIO: Final = RATIOS[Spending.STOP - 1]


class Stretch(NamedTuple):
    """A part of the day with one delay between attempts; seconds since 1970-01-01 UTC."""

    starts_s: float
    ends_s: float
    delay_s: float


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast orders are sent.

    Args:
        traders: that enter.
        working_s: seconds for which a debit that does not fill works.
        fill_rate: fills an attempt.
        most_a_second: orders a second that limits allow.
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

    def orders_a_second(self, delay_s: float) -> float:
        """Orders of all traders together."""
        working_s = self.working_s * (1 - self.fill_rate)
        wanted = self.traders * self.orders_an_attempt / (delay_s + working_s)
        return min(wanted, self.most_a_second)


def orders_wanted(day: Sequence[Stretch], pace: Pace) -> float:
    """Orders that traders would send in what is left of the session."""
    return sum(
        (ends_s - starts_s) * pace.orders_a_second(delay_s) for starts_s, ends_s, delay_s in day
    )


def ratio_ends_s(day: Sequence[Stretch], pace: Pace, sent: int) -> float | None:
    """Epoch second from which the efficiency ratio stops debits; None where the day ends first.

    Args:
        day: what is left of the session, in order.
        pace: how fast orders are sent.
        sent: orders of today that the ratio is judged by.
    """
    if pace.ratio < STOP_RATIO or pace.traders == 0:
        return None
    left = max(0.0, RATIO_FROM_ORDERS - sent)
    for starts_s, ends_s, delay_s in day:
        rate = pace.orders_a_second(delay_s)
        if left <= (ends_s - starts_s) * rate:
            return starts_s + (left / rate if left else 0.0)
        left -= (ends_s - starts_s) * rate
    return None
