"""What a broker charges in fees: by the day and kind, not by the execution."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple


class Charge(NamedTuple):
    """Fees of one kind for the trades of one day.

    Attributes:
        name: of this charge, the broker's.
        day: exchange date of the trades.
        cost_c: cents, exact; negative where they are given back.
    """

    name: str
    day: date
    cost_c: Decimal


class ChargePage(NamedTuple):
    """The latest charges.

    Attributes:
        rows: the newest first.
        cut: whether there are older ones, so that the oldest day here may not be whole.
        odd: what is wrong with each row that is not in the broker's form and was left out.
    """

    rows: tuple[Charge, ...]
    cut: bool
    odd: tuple[str, ...] = ()


def days_of(page: ChargePage) -> dict[date, Decimal]:
    """Cents of each day of which every charge is there."""
    days: dict[date, Decimal] = {}
    for row in page.rows:
        days[row.day] = days.get(row.day, Decimal(0)) + row.cost_c
    if page.cut and days:
        del days[min(days)]
    return days


def shared_out(cost_c: Decimal, contracts: Sequence[int], others: int) -> list[int]:
    """A day's fees shared out over executions by their contracts, in whole cents.

    Args:
        cost_c: cents of the whole account.
        contracts: of each execution, all legs together, in a fixed order.
        others: contracts that other hands traded in the account on the day.

    Returns:
        Whole cents of each, none below 0, which add up to the executions' part of the fees.
    """
    ours = sum(contracts)
    if not ours:
        return []
    part = max(Decimal(0), cost_c) * ours / (ours + others)
    whole_c = int(part.to_integral_value(ROUND_HALF_EVEN))
    shares, so_far = [], 0
    for count in contracts:
        before_c = whole_c * so_far // ours
        so_far += count
        shares.append(whole_c * so_far // ours - before_c)
    return shares
