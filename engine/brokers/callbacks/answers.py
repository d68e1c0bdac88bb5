"""The answers of callbacks, checked and read as reports that can be booked."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.brokers.callbacks.told_order import ToldOrder
from engine.orders.soundness import MOST_C, cleaned
from engine.orders.types import OrderReport, OrderRequest, ReportKind

_FILLS: Final = (ReportKind.FILL, ReportKind.LEG_FILL, ReportKind.CORRECTION)
_WORDS: Final = {
    ReportKind.FILL: (
        "filled, partial, partially filled, partial fill, executed, completed, complete"
    ),
    ReportKind.ACK: (
        "working, open, new, accepted, submitted, pending, presubmitted, pending new, "
        "pending submit, pending cancel, pending replace, api pending, routed, live, in flight, "
        "received, contingent, "
        "cancel requested, replace requested, remove pending, canceling, cancelling, "
        "accepted for bidding, held, stopped, suspended, calculated, done for day"
    ),
    ReportKind.CANCELED: (
        "canceled, cancelled, api canceled, api cancelled, partially canceled, "
        "partially cancelled, removed, partially removed"
    ),
    ReportKind.REJECTED: "rejected, inactive, failed, error",
    ReportKind.EXPIRED: "expired",
    ReportKind.NOT_FOUND: "not found",
}


def _bare(word: str) -> str:
    return "".join(c for c in word.casefold() if c.isalnum())


def _meaning(word: str) -> ReportKind | None:
    """What a status word says of an order; None where nobody knows, and it may still be there.

    FILL says only that contracts executed: how many, the count beside it tells.
    """
    return _MEANINGS.get(_bare(word))


def _is_whole_fill(word: str) -> bool:
    """Whether the word alone says that every contract executed."""
    return _bare(word) in ("filled", "executed", "completed", "complete")


_MEANINGS: Final = {
    _bare(word): kind for kind, words in _WORDS.items() for word in words.split(", ")
}


def checked(report: Any) -> OrderReport:
    """Return the report if it can be booked, the names in it as text.

    Raises:
        ValueError: it is not an OrderReport, or its contracts or cents are not whole numbers.
    """
    if not isinstance(report, OrderReport):
        raise ValueError(f"a report must be an engine.OrderReport, not {type(report).__name__}")
    if report.kind in _FILLS:
        _whole(report, "quantity", 0 if report.kind is ReportKind.CORRECTION else 1, "contracts")
        _whole(report, "price_c", -MOST_C, "cents a share")
    names = (report.client_order_id, report.broker_order_id, report.execution_id)
    if all(isinstance(name, str) for name in names):
        return report
    client, broker, execution = ("" if name is None else str(name) for name in names)
    return replace(report, client_order_id=client, broker_order_id=broker, execution_id=execution)


def _whole(report: OrderReport, name: str, least: int, unit: str) -> None:
    value = getattr(report, name)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(
            f"{report.kind.value} report: {name} is {value!r}; it must be a whole number of "
            f"{least} or more {unit}"
        )


def signed_as_ordered(request: OrderRequest, report: OrderReport) -> OrderReport:
    """An execution with its price as a price: a sign says only which way the money goes.

    A negative price for what we buy contradicts the order: no price is known then, and the
    report's reason says so.
    """
    if report.kind not in _FILLS or report.price_c >= 0:
        return report
    receives = report.leg == 1 if report.kind is ReportKind.LEG_FILL else not request.pays
    if receives:
        return replace(report, price_c=-report.price_c)
    return replace(report, price_c=0, reason=f"price {report.price_c / 100:.2f} for a debit")


def is_usable(request: OrderRequest, contracts: int, paid_c: int) -> bool:
    """Whether so many contracts can have cost that: above nothing, and not worse than the limit.

    Args:
        request: the order.
        contracts, paid_c: executed, and cents a share of all of them together.
    """
    limit_c = contracts * request.limit_c
    return 0 < paid_c <= limit_c if request.pays else paid_c >= limit_c


@dataclass(frozen=True, slots=True)
class Status:
    """An order's state as a callback gives it.

    Args:
        kind: what the status means; ACK where nobody knows the word.
        filled: contracts so far.
        paid_c: those contracts x their price, cents a share; None without a price that they can
            have executed at.
        told: the price as it was told, where that is none.
        strange: the status word, where nobody knows it.
        is_counted: whether the contracts were told at all.
        is_replaced: whether another order, which the desk never sent, works in its place.
    """

    kind: ReportKind
    filled: int
    paid_c: int | None
    told: str = ""
    strange: str = ""
    is_counted: bool = True
    is_replaced: bool = False


def read_status(request: OrderRequest, told: ToldOrder) -> Status:
    """Read an order's state from what a callback said of it.

    What executed counts whatever the word is. The price is not read where nothing executed.

    Raises:
        ValueError: no status and no contracts, or more contracts than the order has.
    """
    words = [word for word in told.words if word.strip()]
    kind = next((meaning for word in words if (meaning := _meaning(word))), None)
    filled = _contracts(told.filled)
    if not request.pays:
        filled = abs(filled)  # the sign says that it was sold
    if not filled and any(map(_is_whole_fill, words)):
        filled = request.quantity
    if not words and not filled:
        raise ValueError("the answer about an order tells neither status nor filled contracts")
    if not 0 <= filled <= request.quantity:
        raise ValueError(f"order status: filled is {filled} of {request.quantity} contracts")
    paid_c, price = _paid(request, filled, told.price) if filled else (None, "")
    is_replaced = kind is None and any(_bare(word) == "replaced" for word in words)
    strange = cleaned(words[0], 40) if kind is None and words and not is_replaced else ""
    is_counted = bool(filled) or told.filled not in (None, "")
    kind = kind or ReportKind.ACK
    return Status(kind, filled, paid_c, price, strange, is_counted, is_replaced)


def _contracts(told: Any) -> int:
    """Contracts as a whole number, from a number or its text.

    Raises:
        ValueError: it is none.
    """
    if told is None or told == "":
        return 0
    number = float(told)
    if not number.is_integer():
        raise ValueError(f"order status: filled is {cleaned(told, 24)}, no number of contracts")
    return int(number)


def _paid(request: OrderRequest, filled: int, price: Any) -> tuple[int | None, str]:
    """Cents of all contracts together and "", or None and what was told in place of a price."""
    if price is None or price == "":
        return None, "no price"
    try:
        number = float(price)
    except (TypeError, ValueError):
        return None, f"price {cleaned(price, 24)!r}"
    if not math.isfinite(number) or abs(number) * 100 > MOST_C:
        return None, f"price {number:.6g}"
    if number < 0 and request.pays:
        return None, f"price {number:.2f} for a debit"
    paid_c = round(abs(number) * 100 * filled)
    if not is_usable(request, filled, paid_c):
        return None, f"price {number:.4g}"
    return paid_c, ""


def takes(call: Callable[..., Any], name: str) -> bool:
    """Whether a callable takes a keyword argument of this name."""
    try:
        parameters = inspect.signature(call).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(
        p.kind is inspect.Parameter.VAR_KEYWORD
        or (p.name == name and p.kind is not inspect.Parameter.POSITIONAL_ONLY)
        for p in parameters
    )
