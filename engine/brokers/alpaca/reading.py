"""How Alpaca writes numbers, moments and orders: numbers as text, moments with nanoseconds."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from engine.brokers.dialect import DialectError
from engine.brokers.following.order_view import LegView, OrderView, ViewState, exact, leg_total
from engine.brokers.following.share_order import MOST_SHARES, ShareView
from engine.brokers.following.symbols import contract_from_occ, is_occ_symbol
from engine.brokers.protocol import ContractPosition, OpenOrder, SharePosition
from engine.market.legs import Side

MULTI_LEG: Final = "mleg"
_CENT: Final = Decimal(1)

_STATES: Final = {
    "new": ViewState.WORKING,
    "partially_filled": ViewState.WORKING,
    "accepted": ViewState.WORKING,
    "pending_new": ViewState.WORKING,
    "pending_replace": ViewState.WORKING,
    "accepted_for_bidding": ViewState.WORKING,
    "held": ViewState.WORKING,
    "stopped": ViewState.WORKING,
    "suspended": ViewState.WORKING,
    "calculated": ViewState.WORKING,
    "done_for_day": ViewState.WORKING,
    "pending_cancel": ViewState.CANCELING,
    "filled": ViewState.FILLED,
    "canceled": ViewState.CANCELED,
    "expired": ViewState.EXPIRED,
    "rejected": ViewState.REJECTED,
    "replaced": ViewState.CANCELED,
}


def state_of(word: str) -> ViewState:
    """How far an order is; a word that is not documented is an order that may execute."""
    return _STATES.get(word, ViewState.UNKNOWN)


def fields_of(value: Any, what: str) -> dict[str, Any]:
    """The fields of an object.

    Raises:
        DialectError: it is not one.
    """
    if not isinstance(value, dict):
        raise DialectError(f"{what} is not an object")
    return value


def rows_of(value: Any, what: str) -> list[dict[str, Any]]:
    """The objects of a list.

    Raises:
        DialectError: it is not one.
    """
    if not isinstance(value, list):
        raise DialectError(f"{what} is not a list")
    return [fields_of(each, what) for each in value]


def text_of(row: dict[str, Any], name: str) -> str:
    """A text that must be there.

    Raises:
        DialectError: it is not.
    """
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise DialectError(f"`{name}` is missing")
    return value


def whole_of(row: dict[str, Any], name: str) -> int:
    """A whole number, written as text or not.

    Raises:
        DialectError: it is something else, null or missing: unknown is not zero.
    """
    value = row.get(name)
    if value in (None, ""):
        raise DialectError(f"`{name}` is not told")
    try:
        number = exact(value)
    except ValueError:
        raise DialectError(f"`{name}` is not a number") from None
    if number != int(number):
        raise DialectError(f"`{name}` is not a whole number")
    return int(number)


def cents_of(row: dict[str, Any], name: str) -> int | None:
    """Dollars as whole cents; None where they are null or missing.

    Raises:
        DialectError: it is not a number.
    """
    value = row.get(name)
    if value in (None, ""):
        return None
    try:
        return int((exact(value) * 100).quantize(_CENT, ROUND_HALF_EVEN))
    except ValueError:
        raise DialectError(f"`{name}` is not an amount") from None


def moment_of(row: dict[str, Any], *names: str) -> float:
    """The epoch second of the first moment that is told.

    Raises:
        DialectError: none is, or it has no time zone.
    """
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and value:
            return seconds_of(value)
    raise DialectError(f"`{names[0]}` is missing")


def seconds_of(text: str) -> float:
    """The epoch second of a moment such as `2024-12-10T16:15:53.725139688Z`.

    Raises:
        DialectError: it is not one.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise DialectError(f"{text[:40]!r} is not a moment") from None
    if moment.tzinfo is None:
        raise DialectError(f"{text[:40]!r} has no time zone")
    return moment.timestamp()


def order_view(row: dict[str, Any]) -> OrderView:
    """An order; without counts where its legs are not told, as in some events.

    The parent's own counts and average are not used: each leg has its own. One that does not say
    what it executed has executed nothing only where the parent says so; else no leg is counted.

    Raises:
        DialectError: it is not in Alpaca's form, or a leg is not one contract a combination.
    """
    word = text_of(row, "status")
    legs = row.get("legs")
    told = rows_of(legs, "legs") if row.get("order_class") == MULTI_LEG and legs else []
    reason = ""
    if word == "replaced":
        reason = f"replaced by order {row.get('replaced_by')}"
    elif word == "rejected":
        reason = str(row.get("reject_reason") or row.get("reason") or "rejected")
    return OrderView(
        text_of(row, "client_order_id"),
        text_of(row, "id"),
        state_of(word),
        moment_of(row, "updated_at", "submitted_at", "created_at"),
        tuple(_leg_view(leg) for leg in told) if told and _are_counted(row, told) else None,
        word,
        reason,
        tuple(text_of(leg, "id") for leg in told),
    )


def _are_counted(row: dict[str, Any], legs: list[dict[str, Any]]) -> bool:
    """Whether it is known what each leg has executed: unknown is not zero."""
    if all(leg.get("filled_qty") not in (None, "") for leg in legs):
        return True
    try:
        return whole_of(row, "filled_qty") == 0
    except DialectError:
        return False


def share_view(row: dict[str, Any]) -> ShareView:
    """An order of shares, with its own count and average.

    Raises:
        DialectError: it is not in Alpaca's form.
    """
    word, filled = text_of(row, "status"), whole_of(row, "filled_qty")
    average = row.get("filled_avg_price")
    try:
        price = Decimal(0) if average in (None, "") else exact(average)
    except ValueError:
        raise DialectError("`filled_avg_price` is not an amount") from None
    if not 0 <= filled <= MOST_SHARES or price < 0:
        raise DialectError("it counts no shares")
    paid_c = int((price * filled * 100).quantize(_CENT, ROUND_HALF_EVEN)) if price else None
    return ShareView(
        text_of(row, "client_order_id"),
        text_of(row, "id"),
        state_of(word),
        filled,
        paid_c if filled else 0,
        str(row.get("reject_reason") or row.get("reason") or "") if word == "rejected" else "",
    )


def _leg_view(row: dict[str, Any]) -> LegView:
    if whole_of({"ratio": row.get("ratio_qty") or "1"}, "ratio") != 1:
        raise DialectError("a leg has more than one contract a combination")
    try:
        contract = contract_from_occ(text_of(row, "symbol"))
        total = leg_total(row.get("filled_qty"), row.get("filled_avg_price"))
    except ValueError as error:
        raise DialectError(str(error)) from None
    return LegView(contract, side_of(row), total)


def side_of(row: dict[str, Any]) -> Side:
    """Bought or sold.

    Raises:
        DialectError: neither.
    """
    side = row.get("side")
    if side == "buy":
        return "buy"
    if side in ("sell", "sell_short"):
        return "sell"
    raise DialectError(f"{str(side)[:20]!r} is not a side")


def open_order(row: dict[str, Any]) -> OpenOrder:
    """An order of the account that still works, ours or another's.

    Raises:
        DialectError: it is not in Alpaca's form.
    """
    legs = rows_of(row.get("legs") or [], "legs") or [row]
    contracts, shares = [], None
    for leg in legs:
        symbol = str(leg.get("symbol"))
        if is_occ_symbol(symbol):
            quantity = _still_open(leg)
            signed = quantity if side_of(leg) == "buy" else -quantity
            contracts.append(ContractPosition(*contract_from_occ(symbol), signed))
        elif leg is row and row.get("asset_class") == "us_equity":
            quantity = _whole_part(row, "qty") - _whole_part(row, "filled_qty")
            shares = SharePosition(symbol, quantity if row.get("side") == "buy" else -quantity)
    return OpenOrder(
        text_of(row, "client_order_id"),
        text_of(row, "id"),
        _whole_part(row, "qty"),
        _whole_part(row, "filled_qty"),
        tuple(contracts),
        shares,
    )


def _still_open(leg: dict[str, Any]) -> int:
    """Contracts of a leg that may still execute: one where it is not told how many.

    Whatever the count, no order of the desk may take the other side of the leg.
    """
    if leg.get("qty") in (None, ""):
        return 1
    filled = 0 if leg.get("filled_qty") in (None, "") else whole_of(leg, "filled_qty")
    return whole_of(leg, "qty") - filled


def _whole_part(row: dict[str, Any], name: str) -> int:
    """The whole part of a quantity: shares and coins have fractions; 0 where it is not told.

    Raises:
        DialectError: it is not a number.
    """
    value = row.get(name)
    try:
        return 0 if value in (None, "") else int(exact(value))
    except ValueError:
        raise DialectError(f"`{name}` is not a number") from None
