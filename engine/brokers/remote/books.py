"""Books on the wire: positions, shares, open orders, settlements and the account, and their age."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any, Final

from engine.brokers.protocol import (
    AccountState,
    ContractPosition,
    OpenOrder,
    SharePosition,
    UnreadPosition,
)
from engine.brokers.remote.frames import WireError, cleaned, finite, whole
from engine.orders.settlements import SettlementKind, SettlementReport

MOST_LEGS: Final = 8
SHARES: Final = "shares"
"""Beside the rows of open orders: which of them trade shares, and of what."""

MOST_BLOCKED: Final = 8

_FIELDS: Final = 5
_SHARE_FIELDS: Final = 2
_UNREADABLE = (TypeError, ValueError, LookupError, OverflowError)


def position_plain(row: ContractPosition) -> list[Any]:
    """A position for the wire."""
    return [row.symbol, row.expiration.isoformat(), row.right, row.strike, row.quantity]


def unread_plain(row: UnreadPosition) -> list[Any]:
    """A position of an unknown count for the wire; whoever wants a number cannot read it."""
    return [row.symbol, row.expiration.isoformat(), row.right, row.strike, None]


def unread_of(plain: list[Any]) -> UnreadPosition | None:
    """A position of an unknown count from the wire; None where the count is told.

    Raises:
        WireError: it cannot be read as one.
    """
    if len(plain) != _FIELDS or plain[-1] is not None:
        return None
    row = position_of([*plain[:-1], 0])
    return UnreadPosition(row.symbol, row.expiration, row.right, row.strike)


def position_of(plain: list[Any]) -> ContractPosition:
    """A position from the wire.

    Raises:
        WireError: it cannot be read as one.
    """
    try:
        symbol, expiration, right, strike, quantity = plain
        day = date.fromisoformat(expiration)
        if right not in ("call", "put"):
            raise ValueError(f"{str(right)[:20]!r} is not a right")
        return ContractPosition(cleaned(symbol, 16), day, right, finite(strike), whole(quantity))
    except _UNREADABLE as error:
        raise WireError(f"not a position: {error}") from None


def share_plain(row: SharePosition) -> list[Any]:
    """A share position for the wire."""
    return [row.symbol, row.quantity]


def unread_share_plain(symbol: str) -> list[Any]:
    """Shares of an unknown count for the wire; whoever wants a number cannot read it."""
    return [symbol, None]


def unread_share_of(plain: list[Any]) -> str | None:
    """The symbol of shares of an unknown count from the wire; None where the count is told.

    Raises:
        WireError: it cannot be read as one.
    """
    if len(plain) != _SHARE_FIELDS or plain[-1] is not None:
        return None
    return share_of([plain[0], 0]).symbol


def share_of(plain: list[Any]) -> SharePosition:
    """A share position from the wire.

    Raises:
        WireError: it cannot be read as one.
    """
    try:
        symbol, quantity = plain
        return SharePosition(cleaned(symbol, 16), whole(quantity))
    except _UNREADABLE as error:
        raise WireError(f"not a share position: {error}") from None


def open_order_plain(order: OpenOrder) -> list[Any]:
    """An open order for the wire, its legs last."""
    legs = [position_plain(leg) for leg in order.legs]
    return [order.client_order_id, order.broker_order_id, order.quantity, order.filled, legs]


def open_order_of(plain: list[Any]) -> OpenOrder:
    """An open order from the wire.

    Raises:
        WireError: it cannot be read as one.
    """
    try:
        name, broker_order, quantity, filled, legs = plain
        if len(legs) > MOST_LEGS:
            raise ValueError(f"{len(legs)} legs")
        return OpenOrder(
            cleaned(name, 64),
            cleaned(broker_order, 64),
            whole(quantity),
            whole(filled),
            tuple(position_of(leg) for leg in legs),
        )
    except _UNREADABLE as error:
        raise WireError(f"not an open order: {error}") from None


def shares_plain(orders: Iterable[OpenOrder]) -> dict[str, list[Any]]:
    """What the orders of shares among some still trade, for the wire, by the broker's id."""
    return {
        order.broker_order_id: share_plain(order.shares)
        for order in orders
        if order.shares is not None
    }


def with_shares(orders: Iterable[OpenOrder], plain: Any) -> tuple[OpenOrder, ...]:
    """Open orders from the wire, with what those of shares among them trade.

    Args:
        orders: without.
        plain: of `shares_plain`; a peer that tells none has nothing there.

    Raises:
        WireError: it cannot be read as that.
    """
    if plain is not None and not isinstance(plain, dict):
        raise WireError("orders of shares are told in no known form")
    told = {name: share_of(row) for name, row in (plain or {}).items()}
    return tuple(replace(order, shares=told.get(order.broker_order_id)) for order in orders)


def dated(rows: Iterable[list[Any]], as_of_s: float) -> dict[str, Any]:
    """Rows of the broker's books with the epoch second of which they are true."""
    return {"as_of": round(as_of_s, 3), "rows": list(rows)}


def rows_of(plain: dict[str, Any]) -> tuple[float, list[Any]]:
    """The epoch second of which rows are true, and the rows.

    Raises:
        WireError: they do not say when they were true.
    """
    try:
        rows = plain["rows"]
        if not isinstance(rows, list):
            raise ValueError("its rows are no list")
        return finite(plain["as_of"]), rows
    except _UNREADABLE as error:
        raise WireError(f"not an answer with its time: {error}") from None


def settlement_of(plain: list[Any]) -> SettlementReport:
    """A settlement from the wire.

    Raises:
        WireError: it cannot be read as one.
    """
    try:
        kind, name, at_s, symbol, expiration, right, strike, *figures = plain
        quantity, price_c, cash_c, shares, multiplier = (whole(each) for each in figures)
        if right not in ("call", "put"):
            raise ValueError(f"{str(right)[:20]!r} is not a right")
        return SettlementReport(
            SettlementKind(kind),
            cleaned(name, 128),
            finite(at_s),
            cleaned(symbol, 16),
            date.fromisoformat(expiration),
            right,
            finite(strike),
            quantity,
            price_c,
            cash_c,
            shares,
            multiplier,
        )
    except _UNREADABLE as error:
        raise WireError(f"not a settlement: {error}") from None


def fee_plain(order: str, execution: str, fee_c: int) -> list[Any]:
    """What an execution really cost, for the wire."""
    return [order, execution, fee_c]


def fee_of(plain: list[Any]) -> tuple[str, str, int]:
    """What an execution really cost, from the wire: order, execution, cents.

    Raises:
        WireError: it cannot be read as that.
    """
    try:
        order, execution, fee_c = plain
        return cleaned(order, 64), cleaned(execution, 128), whole(fee_c, 0)
    except _UNREADABLE as error:
        raise WireError(f"not a fee: {error}") from None


def account_plain(account: AccountState) -> dict[str, Any]:
    """The account's state for the wire."""
    return {
        "tail": account.tail,
        "equity_c": account.equity_c,
        "buying_power_c": account.buying_power_c,
        "option_level": account.option_level,
        "currency": account.currency,
        "blocked": list(account.blocked),
        "as_of": round(account.as_of_s, 3),
    }


def account_of(plain: dict[str, Any]) -> AccountState:
    """The account's state from the wire.

    Raises:
        WireError: it cannot be read as one.
    """
    try:
        return AccountState(
            cleaned(plain["tail"], 8),
            maybe_whole(plain["equity_c"]),
            maybe_whole(plain["buying_power_c"]),
            maybe_whole(plain["option_level"]),
            cleaned(plain["currency"], 8),
            tuple(cleaned(each, 80) for each in plain["blocked"][:MOST_BLOCKED]),
            finite(plain["as_of"]),
        )
    except _UNREADABLE as error:
        raise WireError(f"not an account: {error}") from None


def maybe_whole(value: Any) -> int | None:
    """A whole number, or None for what is not known.

    Raises:
        WireError: it is something else.
    """
    return None if value is None else whole(value)
