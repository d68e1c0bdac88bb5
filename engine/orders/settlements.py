"""What a broker reports when a contract settles, or shares change hands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from engine.market.legs import OptionType

BACK: Final = "~back"
"""How the name of a report ends that takes another back; before it stands that one's name."""


class SettlementKind(StrEnum):
    """How a contract ended; SHARES is a trade in the shares that exercise left behind.

    CLOSED is a trade of the broker's or another hand's that closed our contracts. TAKEN_BACK
    undoes a report: its quantity, cash and shares are the opposite of that one's.
    """

    EXPIRED = "expired"
    CASH = "cash"
    EXERCISED = "exercised"
    ASSIGNED = "assigned"
    SHARES = "shares"
    CLOSED = "closed"
    TAKEN_BACK = "taken back"


@dataclass(frozen=True, slots=True)
class SettlementReport:
    """One message of a broker about contracts that ended, or shares that were traded.

    Args:
        kind: how.
        settlement_id: identifies it for ever; a repeated report has the same.
        at_s: epoch seconds at which the broker says it happened.
        symbol: option root, of SHARES too.
        expiration, right, strike: the contract; for SHARES only the date counts.
        quantity: contracts that ended, signed as they were held (long positive); 0 for SHARES.
        price_c: cents a share of the underlying that settled it, or of the trade in shares or, for
            CLOSED, in the contract.
        cash_c: cents the account received for it; negative where it paid.
        shares: of the underlying the account received; negative where it delivered.
        multiplier: shares, or dollars a point, of one contract.
    """

    kind: SettlementKind
    settlement_id: str
    at_s: float
    symbol: str
    expiration: date
    right: OptionType
    strike: float
    quantity: int
    price_c: int
    cash_c: int
    shares: int
    multiplier: int = 100


def taken_back(report: SettlementReport, at_s: float) -> SettlementReport:
    """The report that undoes another, which stood until epoch second `at_s`."""
    return replace(
        report,
        kind=SettlementKind.TAKEN_BACK,
        settlement_id=f"{report.settlement_id}{BACK}",
        at_s=at_s,
        quantity=-report.quantity,
        cash_c=-report.cash_c,
        shares=-report.shares,
    )
