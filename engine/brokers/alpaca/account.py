"""What an account at Alpaca is worth, may do and holds, read from its answers."""

from __future__ import annotations

from typing import Any, Final

from engine.brokers.alpaca.reading import cents_of, fields_of, rows_of, text_of, whole_of
from engine.brokers.dialect import DialectError, Holdings
from engine.brokers.following.order_view import exact
from engine.brokers.following.symbols import contract_from_occ
from engine.brokers.protocol import AccountState, ContractPosition, SharePosition, UnreadPosition
from engine.config.broker import tail_of
from engine.orders.soundness import cleaned

SPREADS_LEVEL: Final = 3
"""Alpaca's level of option trading from which orders of two legs are taken."""


def read_account(body: Any, at_s: float) -> AccountState:
    """What the account is worth and may do.

    Args:
        body: of the answer.
        at_s: epoch second of it.

    Raises:
        DialectError: it is not an account.
    """
    row = fields_of(body, "account")
    flags = ("account_blocked", "trading_blocked", "trade_suspended_by_user")
    blocked = [flag.replace("_", " ") for flag in flags if row.get(flag) is not False]
    status = text_of(row, "status")
    if status != "ACTIVE":
        blocked.append(cleaned(f"account is {status}", 60))
    level = _level(row, "options_trading_level")
    if level is not None and level < SPREADS_LEVEL:
        approved = _level(row, "options_approved_level")
        blocked.append(_level_words(level, approved))
    return AccountState(
        tail_of(text_of(row, "account_number")),
        cents_of(row, "equity"),
        cents_of(row, "options_buying_power"),
        level,
        cleaned(text_of(row, "currency"), 8),
        tuple(blocked),
        at_s,
    )


def read_positions(body: Any) -> Holdings:
    """What is held; a fraction of a share, and what has none of our symbols, is named apart.

    So are options and shares whose row does not say how many are held: never taken for none.

    Raises:
        DialectError: it is not a list of positions.
    """
    contracts: list[ContractPosition] = []
    shares: list[SharePosition] = []
    other: list[str] = []
    unread: list[UnreadPosition] = []
    unread_shares: list[str] = []
    for row in rows_of(body, "positions"):
        symbol = str(row.get("symbol"))
        try:
            contract = contract_from_occ(symbol)
        except ValueError:
            try:
                share = _share(row)
            except DialectError:
                unread_shares.append(cleaned(symbol, 16))
                continue
            if share is None:
                other.append(cleaned(f"{row.get('qty')} {symbol}", 60))
            else:
                shares.append(share)
        else:
            try:
                contracts.append(ContractPosition(*contract, _signed(row)))
            except DialectError:
                unread.append(UnreadPosition(*contract))
    return Holdings(
        tuple(contracts), tuple(shares), tuple(other), tuple(unread), tuple(unread_shares)
    )


def _level(row: dict[str, Any], name: str) -> int | None:
    """A level of option trading; None where it is not told."""
    return None if row.get(name) is None else whole_of(row, name)


def _level_words(level: int, approved: int | None) -> str:
    """That an account takes no spreads, and what its owner can do."""
    if approved is not None and approved >= SPREADS_LEVEL:
        return f"spreads need option level {SPREADS_LEVEL}: raise {level} in its settings"
    return f"spreads need option level {SPREADS_LEVEL}, it has {level}: ask for it"


def _share(row: dict[str, Any]) -> SharePosition | None:
    """A position of whole shares; None for anything else.

    Raises:
        DialectError: it is one of shares, and does not say how many are held.
    """
    symbol = row.get("symbol")
    if row.get("asset_class") != "us_equity" or not isinstance(symbol, str) or not symbol:
        return None
    if _is_fraction(row.get("qty")):
        return None
    return SharePosition(symbol, _signed(row))


def _signed(row: dict[str, Any]) -> int:
    """Contracts or shares, long positive, whichever sign a short position is told with."""
    quantity = abs(whole_of(row, "qty"))
    side = row.get("side")
    if side not in ("long", "short"):
        raise DialectError(f"{str(side)[:20]!r} is not the side of a position")
    return -quantity if side == "short" else quantity


def _is_fraction(value: Any) -> bool:
    """Whether a number that is told is not a whole one."""
    try:
        number = exact(value)
    except ValueError:
        return False
    return number != int(number)
