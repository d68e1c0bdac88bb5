"""What a broker charges in fees: by the day and kind, not by the execution.

Fees of options and of shares come in one list. Some say of which they are, some do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import NamedTuple


class Traded(StrEnum):
    """What was traded where a fee is charged."""

    OPTIONS = "options"
    SHARES = "shares"
    EITHER = "either"


class Charge(NamedTuple):
    """Fees of one kind for the trades of one day.

    Attributes:
        name: of this charge, the broker's.
        day: exchange date of the trades.
        cost_c: cents, exact; negative where they are given back.
        of: what was traded; EITHER where the broker does not say.
    """

    name: str
    day: date
    cost_c: Decimal
    of: Traded = Traded.EITHER


class DayFees(NamedTuple):
    """Cents of one day, by what was traded."""

    options_c: Decimal = Decimal(0)
    shares_c: Decimal = Decimal(0)
    either_c: Decimal = Decimal(0)

    def and_also(self, charge: Charge) -> DayFees:
        """With one charge more."""
        place = f"{charge.of}_c"
        return self._replace(**{place: getattr(self, place) + charge.cost_c})


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


def days_of(page: ChargePage) -> dict[date, DayFees]:
    """Fees of each day of which every charge is there."""
    days: dict[date, DayFees] = {}
    for row in page.rows:
        days[row.day] = days.get(row.day, DayFees()).and_also(row)
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
