"""The order budget: how many orders of the month and of the day are spent, and what follows.

Exchanges call a customer "professional" above 390 option orders a day on a month's average; filled,
cancelled and rejected ones count, a spread once, a replacement again. Brokers restrict an order
efficiency ratio (submissions + cancels) / (executed orders + 1) above 20.

Orders go where they promise the most guaranteed dollars: see engine.risk.reservation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from engine.risk.reservation import Promise

RATIO_FROM_ORDERS: Final = 100
"""Submissions a day from which the efficiency ratio is judged."""

THROTTLE_DELAY: Final = 2.0
"""Factor on the delay before an attempt while too few orders execute."""

SHARES: Final = (0.70, 0.85, 0.95)
RATIOS: Final = (10.0, 15.0, 20.0)

CREDITS_A_FILL: Final = 1.8
"""Orders that a filled debit costs beside its own: the credit, sometimes walked or replaced."""

_PRIOR_FILLS, _PRIOR_ATTEMPTS = 1, 3
"""What is assumed of a chain without a history, weighted as three attempts."""


class Spending(IntEnum):
    """How much of the budget is spent; STOP stops debits, never completing orders or cancels."""

    FREE = 0
    WARN = 1
    THROTTLE = 2
    STOP = 3


@dataclass(frozen=True, slots=True)
class MonthSoFar:
    """What earlier sessions and earlier runs of today spent.

    Args:
        sessions: exchange sessions of this month up to today, today included.
        before: orders of this month before today.
        today: orders of today that the desk's own count does not include.
    """

    sessions: int = 1
    before: int = 0
    today: int = 0


def allowance(per_day: int, month: MonthSoFar) -> int:
    """Orders that today may have so that the month's average stays at `per_day`."""
    return max(0, per_day * month.sessions - month.before)


def share_spent(orders: int, per_day: int, month: MonthSoFar) -> float:
    """Orders of today as a share of today's allowance; infinite where nothing is left."""
    left = allowance(per_day, month)
    return (orders + month.today) / left if left else float("inf")


def spending(
    orders: int, ratio: float | None, per_day: int, month: MonthSoFar | None = None
) -> Spending:
    """How much of the budget is spent.

    Args:
        orders: submissions of today's count.
        ratio: order efficiency ratio of the day; None before the first order.
        per_day: orders a day on the month's average.
        month: what was spent before; None for a month that begins now.
    """
    month = month or MonthSoFar()
    share = share_spent(orders, per_day, month)
    level = sum(share >= limit for limit in SHARES)
    return max(Spending(level), spending_by_ratio(orders, ratio))


def spending_by_ratio(orders: int, ratio: float | None) -> Spending:
    """How near the efficiency ratio is to where brokers restrict an account; see `spending`."""
    if ratio is None or orders < RATIO_FROM_ORDERS:
        return Spending.FREE
    return Spending(sum(ratio >= limit for limit in RATIOS))


def chance_to_fill(fills: int, attempts: int) -> float:
    """The chance that a debit fills, where few attempts say little."""
    return (fills + _PRIOR_FILLS) / (attempts + _PRIOR_ATTEMPTS)


def promise(
    floor_c: float, cost_c: float, chance: float, every_s: float, preferred: bool
) -> Promise:
    """What an attempt promises for each order it is expected to need.

    Args:
        floor_c: cents of account money that the pair pays at least where both fill as planned.
        cost_c: cents that a cycle of this day lost on average where it did not.
        chance: that the debit fills.
        every_s: seconds from one attempt of the trader to the next.
        preferred: whether it comes before every attempt that is not.
    """
    orders = 1 + chance * CREDITS_A_FILL
    return Promise(chance * (floor_c - cost_c) / orders, orders, every_s, preferred)
