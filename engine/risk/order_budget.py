"""The order budget: how many orders of the month and of the day are spent, and what follows.

Exchanges call a customer "professional" above 390 option orders a day on a month's average; filled,
cancelled and rejected ones count, a spread once, a replacement again. Brokers restrict an order
efficiency ratio (submissions + cancels) / (executed orders + 1) above 20.

While orders are scarce they go where the expected net dollars an order are highest.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

RATIO_FROM_ORDERS: Final = 100
"""Submissions a day from which the efficiency ratio is judged."""

THROTTLE_DELAY: Final = 2.0
"""Factor on the delay before an attempt while the budget is throttled."""

SHARES: Final = (0.70, 0.85, 0.95)
RATIOS: Final = (10.0, 15.0, 20.0)


KEPT_S: Final = 300.0
"""A chain that was looked at so recently counts among those that want orders."""

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
    if ratio is not None and orders >= RATIO_FROM_ORDERS:
        level = max(level, sum(ratio >= limit for limit in RATIOS))
    return Spending(level)


def chance_to_fill(fills: int, attempts: int) -> float:
    """The chance that a debit fills, where few attempts say little."""
    return (fills + _PRIOR_FILLS) / (attempts + _PRIOR_ATTEMPTS)


def expected_net_c(net_c: float, fills: int, attempts: int) -> float:
    """Expected cents an attempt brings for each order it is expected to need.

    Args:
        net_c: cents of account money after fees where the pair is completed as planned.
        fills, attempts: of the trader's session so far.
    """
    chance = chance_to_fill(fills, attempts)
    return chance * net_c / (1 + chance * CREDITS_A_FILL)


class Worth:
    """What each chain promised at its last look, and which of them get the scarce orders."""

    def __init__(self) -> None:
        self._latest: dict[str, tuple[bool, float, float]] = {}

    def admits(
        self, trader: str, value_c: float, now_s: float, scarce: bool, optimal: bool = True
    ) -> bool:
        """Whether an attempt may use an order; what it promises is remembered either way.

        Args:
            trader: whose attempt it is.
            value_c: from `expected_net_c`.
            now_s: engine seconds.
            scarce: whether orders are; if so the attempt must promise at least the median of the
                chains looked at in the last KEPT_S seconds, itself included.
            optimal: whether the expiration is in the optimal range: these come before all others.
        """
        self._latest[trader] = optimal, value_c, now_s
        if not scarce:
            return True
        fresh = [each[:2] for each in self._latest.values() if now_s - each[2] <= KEPT_S]
        return (optimal, value_c) >= sorted(fresh)[len(fresh) // 2]
