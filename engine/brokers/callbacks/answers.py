"""The answers of callbacks, checked and read as reports that can be booked."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.orders.soundness import cleaned
from engine.orders.types import OrderReport, OrderRequest, ReportKind

_FILLS: Final = (ReportKind.FILL, ReportKind.LEG_FILL, ReportKind.CORRECTION)
_KINDS: Final = {
    "filled": ReportKind.FILL,
    "partial": ReportKind.FILL,
    "partially_filled": ReportKind.FILL,
    "canceled": ReportKind.CANCELED,
    "cancelled": ReportKind.CANCELED,
    "rejected": ReportKind.REJECTED,
    "expired": ReportKind.EXPIRED,
    "working": ReportKind.ACK,
    "open": ReportKind.ACK,
    "new": ReportKind.ACK,
    "accepted": ReportKind.ACK,
    "submitted": ReportKind.ACK,
    "pending": ReportKind.ACK,
    "not_found": ReportKind.NOT_FOUND,
}


def checked(report: Any) -> OrderReport:
    """Return the report if it can be booked.

    Raises:
        ValueError: it is not an OrderReport, or its contracts or cents are not whole numbers.
    """
    if not isinstance(report, OrderReport):
        raise ValueError(f"a report must be an engine.OrderReport, not {type(report).__name__}")
    if report.kind in _FILLS:
        _whole(report, "quantity", 0 if report.kind is ReportKind.CORRECTION else 1, "contracts")
        _whole(report, "price_c", 0, "cents a share")
    return report


def _whole(report: OrderReport, name: str, least: int, unit: str) -> None:
    value = getattr(report, name)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(
            f"{report.kind.value} report: {name} is {value!r}; it must be a whole number of "
            f"{least} or more {unit}"
        )


@dataclass(frozen=True, slots=True)
class Status:
    """An order's state as a mapping gives it.

    Args:
        kind: what the status means.
        filled: contracts so far.
        paid_c: those contracts x their price, cents a share; None without a price.
    """

    kind: ReportKind
    filled: int
    paid_c: int | None


def read_status(request: OrderRequest, answer: Mapping[str, Any]) -> Status:
    """Read an order's state from a mapping with status, filled and price.

    Raises:
        ValueError: an unknown status, or more contracts than the order has.
    """
    word = str(answer.get("status", "")).lower()
    kind = _KINDS.get(word)
    if kind is None:
        raise ValueError(f"order status {cleaned(word)!r} is not one of {', '.join(_KINDS)}")
    filled = int(answer.get("filled") or 0)
    if word == "filled" and not filled:
        filled = request.quantity
    if not 0 <= filled <= request.quantity:
        raise ValueError(f"order status: filled is {filled} of {request.quantity} contracts")
    price = answer.get("price")
    return Status(kind, filled, round(float(price) * 100 * filled) if price is not None else None)


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
