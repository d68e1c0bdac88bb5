"""What a broker says of an order: cumulative contracts and money of each leg, and a state."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from engine.brokers.following.symbols import Contract
from engine.market.legs import Side
from engine.orders.soundness import MOST_C, MOST_CONTRACTS

_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]{1,3})?")


class ViewState(StrEnum):
    """How far an order has come; a broker's unknown word is UNKNOWN, which may still execute.

    PENDING is ours: it was sent, and the broker has not yet said that it has it.
    """

    PENDING = "pending"
    WORKING = "working"
    CANCELING = "canceling"
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


ENDS: Final = frozenset({ViewState.CANCELED, ViewState.REJECTED, ViewState.EXPIRED})
"""States after which no more executes, as far as the broker knows."""


@dataclass(frozen=True, slots=True)
class LegTotal:
    """What one leg has executed since the order began.

    Args:
        filled: contracts.
        paid_c: cents per share summed over these contracts, positive whichever way the money
            goes; None where the broker does not say.
        rounded: whether the broker's average came to no whole number of cents.
    """

    filled: int = 0
    paid_c: int | None = 0
    rounded: bool = False


@dataclass(frozen=True, slots=True)
class LegView:
    """One leg of an order as a broker's answer tells it.

    Args:
        contract, side: which leg.
        total: what it has executed.
    """

    contract: Contract
    side: Side
    total: LegTotal


@dataclass(frozen=True, slots=True)
class OrderView:
    """One answer of a broker about one order, whatever brought it: stream, poll or look-up.

    Args:
        client_id: our id of it.
        broker_id: the broker's id; "" where it was not told.
        state: how far it has come.
        at_s: epoch seconds at which the broker says this was so.
        legs: every leg; None where the answer tells no counts.
        raw_state: the broker's own word.
        reason: the broker's text, cleaned.
        aliases: other ids under which the broker tells of it, such as those of its legs.
        replaces: whether the counts replace what is known, even where they are lower: the answer
            to a question asked because executions were busted or corrected.
    """

    client_id: str
    broker_id: str
    state: ViewState
    at_s: float
    legs: tuple[LegView, ...] | None
    raw_state: str = ""
    reason: str = ""
    aliases: tuple[str, ...] = ()
    replaces: bool = False


def leg_total(filled: Any, average: Any) -> LegTotal:
    """What a leg has executed, from a count and an average as brokers write them.

    Contracts trade in whole cents, so the true sum of their prices is the whole number that is
    next to count x average: the broker rounds its averages. A price of zero is none.

    Args:
        filled: contracts, as a number or text.
        average: dollars a share, as a number or text; None, "" or zero where unknown.

    Raises:
        ValueError: the count is not a count, or the average not a price.
    """
    contracts = exact(0 if filled in (None, "") else filled)
    if contracts != int(contracts) or not 0 <= contracts <= MOST_CONTRACTS:
        raise ValueError(f"{str(filled)[:40]!r} is not a number of contracts")
    if not contracts:
        return LegTotal()
    price = Decimal(0) if average in (None, "") else exact(average)
    if not 0 <= price * 100 <= MOST_C:
        raise ValueError(f"{str(average)[:40]!r} is not a price")
    if not price:
        return LegTotal(int(contracts), None)
    sum_c = contracts * price * 100
    paid_c = int(sum_c.to_integral_value())
    return LegTotal(int(contracts), paid_c, rounded=sum_c != paid_c)


def exact(value: Any) -> Decimal:
    """A number or its text, exactly as it is written.

    Raises:
        ValueError: it is neither, infinite, NaN, or has more than 30 characters.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError(f"{str(value)[:40]!r} is not a number")
    text = str(value)
    if len(text) > 30 or not _NUMBER.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a number")
    number = Decimal(text)
    if abs(number.adjusted()) > 15:
        raise ValueError(f"{text[:40]!r} is not a number that can be used")
    return number
