"""What goes to a broker and what comes back, in whole cents and whole contracts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Literal, get_args

from engine.market.legs import SpreadLeg

Effect = Literal["open", "close", "mixed"]
"""Whether a leg opens or closes contracts of the account, or closes some and opens the rest."""

EFFECTS: Final[tuple[Effect, ...]] = get_args(Effect)


class Part(StrEnum):
    """Which part of a cycle an order is: the debit, its completing credit, or the unwind."""

    DEBIT = "D"
    CREDIT = "C"
    UNWIND = "U"


class OrderResult(StrEnum):
    """How an attempt ended (the specification's five results)."""

    FILLED = "FILLED"
    PARTIAL = "PARTIAL"
    CANCELLED = "CANCELLED"
    TIMEOUT = "TIMEOUT"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """One of our two-leg limit orders.

    Args:
        client_order_id: our own id, unique for ever, at most 32 characters.
        trader: key of the trader it belongs to.
        symbol, expiration: the chain.
        part: debit orders pay the limit, credit and unwind orders receive it.
        legs: the leg we buy and the leg we sell, in this order, with the quotes leaned on.
        quantity: combinations ordered.
        limit_c: cents per share, positive whichever way the money goes.
        multiplier: dollars a contract per point.
        effects: what each leg does to the contracts that the account holds when it is sent.
    """

    client_order_id: str
    trader: str
    symbol: str
    expiration: date
    part: Part
    legs: tuple[SpreadLeg, SpreadLeg]
    quantity: int
    limit_c: int
    multiplier: int = 100
    effects: tuple[Effect, Effect] = ("open", "open")

    @property
    def pays(self) -> bool:
        """Whether we pay the limit (debit) rather than receive it."""
        return self.part is Part.DEBIT


class ReportKind(StrEnum):
    """What a broker's message reports about an order."""

    ACK = "ack"
    FILL = "fill"
    LEG_FILL = "leg_fill"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCEL_REJECTED = "cancel_rejected"
    NOT_FOUND = "not_found"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class OrderReport:
    """One message of a broker about one of our orders.

    Args:
        kind: what it reports. A status never changes a filled quantity; only FILL, LEG_FILL and
            CORRECTION do, once per execution id.
        client_order_id: which order.
        at_s: epoch seconds at which the broker says it happened.
        broker_order_id: the broker's own name for the order, where it gave one.
        execution_id: names an execution for ever (FILL, LEG_FILL, CORRECTION).
        quantity: combinations (LEG_FILL: contracts of the leg) of this execution. A CORRECTION
            carries the execution's new quantity, 0 for a bust.
        price_c: cents per share of this execution, of the combination or of the leg.
        leg: index into the request's legs for LEG_FILL.
        reason: the broker's text, already cleaned (printable, bounded).
        raw_state: the broker's own word for the order's state, where it gave one; only shown.
    """

    kind: ReportKind
    client_order_id: str
    at_s: float
    broker_order_id: str = ""
    execution_id: str = ""
    quantity: int = 0
    price_c: int = 0
    leg: int = -1
    reason: str = ""
    raw_state: str = ""
