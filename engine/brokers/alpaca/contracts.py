"""Alpaca's listed contracts: which expirations a root has, by contracts that are traded here."""

from __future__ import annotations

import math
from datetime import date
from typing import Any, Final, NamedTuple

from engine.brokers.alpaca.market import CONTRACTS_A_PAGE, STANDARD_MULTIPLIER, strikes_around
from engine.brokers.alpaca.reading import fields_of, rows_of, text_of
from engine.brokers.alpaca.underlyings import alpaca_underlying
from engine.brokers.following.order_view import exact
from engine.brokers.http.call import Call, Priority
from engine.market.ticks import contract_terms

_NEAR: Final = 0.03
_NEAR_USD: Final = 2.6
"""Share and dollars around the price, of which the wider has a strike of every expiration: below
200 dollars strikes are up to 5 apart, however cheap the underlying is."""


class Expirations(NamedTuple):
    """One page of contracts.

    Attributes:
        days: their expirations, ascending.
        token: of the next page; None at the end.
    """

    days: tuple[date, ...]
    token: str | None


def contracts_call(
    underlying: str,
    root: str,
    first: date,
    last: date,
    price: float,
    token: str | None = None,
    most: int = CONTRACTS_A_PAGE,
) -> Call:
    """A page of the listed calls of a root near the money, for its expirations.

    Args:
        underlying, root: as for `chain_call`.
        first, last: exchange dates of the expirations.
        price: of the underlying, dollars a share; NaN where unknown: all strikes.
        token: of the page.
        most: contracts on it.
    """
    query = [
        ("underlying_symbols", underlying),
        ("root_symbol", root),
        ("status", "active"),
        ("type", "call"),
        ("expiration_date_gte", first.isoformat()),
        ("expiration_date_lte", last.isoformat()),
        ("show_deliverables", "true"),
        ("limit", str(most)),
    ]
    if math.isfinite(price) and price > 0:
        query += strikes_around(price, max(price * _NEAR, _NEAR_USD))
    if token:
        query.append(("page_token", token))
    return Call("GET", "/v2/options/contracts", Priority.CHAIN, tuple(query), books=True)


def read_expirations(body: Any, root: str) -> Expirations:
    """The expirations that a page names, by contracts that are traded here alone.

    These are of the very root, may be traded, are of the style that our table has, have a
    multiplier of 100, and deliver 100 shares of the underlying and nothing else, or cash.

    Raises:
        DialectError: it is not a page of contracts.
    """
    row = fields_of(body, "contracts")
    days = set()
    for contract in rows_of(row.get("option_contracts"), "contracts"):
        if not _is_traded(contract, root):
            continue
        try:
            days.add(date.fromisoformat(text_of(contract, "expiration_date")))
        except ValueError:
            continue  # a contract that nobody can trade here
    token = row.get("next_page_token")
    return Expirations(tuple(sorted(days)), token if isinstance(token, str) and token else None)


def _is_traded(contract: dict[str, Any], root: str) -> bool:
    """Whether a contract of a root is one that is traded here."""
    terms = contract_terms(root)
    return (
        contract.get("root_symbol") == root
        and contract.get("tradable") is True
        and contract.get("style") == terms.style
        and terms.multiplier == STANDARD_MULTIPLIER
        and _is_hundred(contract.get("multiplier"))
        and (terms.settlement == "cash" or _delivers_hundred_shares(contract, root))
    )


def _delivers_hundred_shares(contract: dict[str, Any], root: str) -> bool:
    """Whether it delivers 100 shares of the underlying, and nothing else where that is told."""
    delivered = rows_of(contract.get("deliverables") or [], "deliverables")
    return (
        _is_hundred(contract.get("size"))
        and all(
            each.get("type") == "equity"
            and each.get("symbol") == alpaca_underlying(root)
            and _is_hundred(each.get("amount"))
            for each in delivered
        )
        and len(delivered) <= 1
    )


def _is_hundred(value: Any) -> bool:
    """Whether a number is 100, as text or not, with decimals or without."""
    try:
        return exact(value) == STANDARD_MULTIPLIER
    except ValueError:
        return False
