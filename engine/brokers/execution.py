"""An execution as an exchange records it, and what it moves."""

from datetime import date
from typing import NamedTuple


class LegFill(NamedTuple):
    """One leg's share of an execution.

    Args:
        right: "call" or "put".
        strike: per share.
        quantity: signed contracts, bought positive.
        price_c: cents per share.
    """

    right: str
    strike: float
    quantity: int
    price_c: int


class Execution(NamedTuple):
    """One trade of a combination, as the exchange recorded it.

    Args:
        execution_id: of this execution alone.
        client_order_id: of its order.
        at_s: epoch seconds.
        symbol, expiration: the chain.
        quantity: combinations, positive.
        price_c: cents per share that a debit paid and a credit received, positive.
        pays: whether the account paid the price.
        multiplier: dollars a contract per point.
        legs: the executions of its legs.
        fees_c: cents of commission and exchange fee for all legs.
        provisional: whether nobody has told its price: it is booked at its order's limit.
    """

    execution_id: str
    client_order_id: str
    at_s: float
    symbol: str
    expiration: date
    quantity: int
    price_c: int
    pays: bool
    multiplier: int
    legs: tuple[LegFill, ...]
    fees_c: int
    provisional: bool = False


def combination_cash_c(execution: Execution) -> int:
    """Cents that the account receives (negative: pays) at the combination's price."""
    amount_c = execution.price_c * execution.multiplier * execution.quantity
    return -amount_c if execution.pays else amount_c


def legs_cash_c(execution: Execution) -> int:
    """Cents that the account receives (negative: pays) leg by leg."""
    paid_c = 0
    for _, _, quantity, price_c in execution.legs:
        paid_c += price_c * quantity
    return -paid_c * execution.multiplier
