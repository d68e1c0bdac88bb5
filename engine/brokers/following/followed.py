"""An order as far as it has been followed: what the broker told, and what the engine was told."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from engine.brokers.execution import Execution
from engine.brokers.following.order_view import LegTotal, OrderView, ViewState
from engine.brokers.following.symbols import Contract, contract_of
from engine.market.legs import Side
from engine.orders.types import OrderReport, OrderRequest

ASK_AGAIN_S: Final = 2.0
"""Seconds after which an order whose answers do not fit together is asked about."""

LEGS_APART_S: Final = 30.0
"""Seconds after which the engine hears what one leg has executed without the other."""

Totals = tuple[LegTotal, LegTotal]


class LegContract(NamedTuple):
    """One contract of one leg that the engine was told of alone.

    Attributes:
        at_s: epoch second of the answer that told it.
        price_c: cents a share; 0 where unknown.
    """

    at_s: float
    price_c: int


class Lot(NamedTuple):
    """One combination that the engine was told of.

    Attributes:
        number: counts the order's lots from 1, busted ones included; its execution's name.
        bought_c, sold_c: cents a share of each leg; None while they are unknown.
    """

    number: int
    bought_c: int | None = None
    sold_c: int | None = None

    @property
    def priced(self) -> bool:
        """Whether its price is known."""
        return self.bought_c is not None and self.sold_c is not None


@dataclass(frozen=True, slots=True)
class Followed:
    """One of our orders, what is known of it and what was told of it; never changed in place.

    Args:
        request: what was ordered.
        broker_id: the broker's id; "" until it is known.
        aliases: other ids under which the broker tells of it.
        acked: whether the engine knows that the broker has it.
        totals: what the bought and the sold leg have executed.
        lots: what the engine has booked of it, in the order of their numbers.
        numbered: the highest number of a lot so far, busted ones included.
        end: the end that the engine was told.
        end_s: epoch second of the answer that told its end; infinite before.
        held: an end that the broker told, and the engine not yet: its counts are incomplete.
        unclear_s: engine second since which the answers do not fit together; None where they do.
        apart_s: engine second since which one leg has executed more than the other.
        legs_told: what the engine was told of each leg alone, in this order; None where nothing.
        replaced_s: epoch second of the last answer that replaced the counts.
        raw_state: the broker's own word of the latest answer.
    """

    request: OrderRequest
    broker_id: str = ""
    aliases: tuple[str, ...] = ()
    acked: bool = False
    totals: Totals = (LegTotal(), LegTotal())
    lots: tuple[Lot, ...] = ()
    numbered: int = 0
    end: ViewState | None = None
    end_s: float = math.inf
    held: OrderView | None = None
    unclear_s: float | None = None
    apart_s: float | None = None
    legs_told: tuple[tuple[LegContract, ...], tuple[LegContract, ...]] | None = None
    replaced_s: float = -math.inf
    raw_state: str = ""

    @property
    def ended(self) -> bool:
        """Whether the engine was told its end, or all of it executed at known prices."""
        return self.end is not None or self.filled_whole

    @property
    def filled_whole(self) -> bool:
        """Whether all of it has executed at known prices."""
        return len(self.lots) >= self.request.quantity and all(lot.priced for lot in self.lots)

    @property
    def ask_s(self) -> float:
        """Engine second at which it has to be asked about because answers do not fit together."""
        return math.inf if self.unclear_s is None else self.unclear_s + ASK_AGAIN_S

    @property
    def apart_due_s(self) -> float:
        """Engine second at which the engine must hear of legs that are apart."""
        if self.apart_s is None or self.legs_told is not None:
            return math.inf
        return self.apart_s + LEGS_APART_S

    def contracts(self) -> tuple[tuple[Contract, Side], tuple[Contract, Side]]:
        """The bought leg's contract and the sold leg's, with their sides."""
        request = self.request
        bought, sold = (
            contract_of(request.symbol, leg, request.expiration) for leg in request.legs
        )
        return (bought, "buy"), (sold, "sell")


class Step(NamedTuple):
    """What an answer changed.

    Attributes:
        order: as it is now.
        reports: for the engine, in this order.
        notes: what was odd about the answer, for the operator.
    """

    order: Followed
    reports: tuple[OrderReport, ...] = ()
    notes: tuple[str, ...] = ()


def execution_name(order: Followed, number: int) -> str:
    """The name of an order's lot for ever: the same whichever answer told of it."""
    return f"{order.broker_id}:{number}"


def leg_execution_name(order: Followed, leg: int, number: int) -> str:
    """The name of a contract that one leg executed alone; legs and numbers count from 0 and 1."""
    return f"{order.broker_id}:{'BS'[leg]}{number}"


def lot_number(execution_id: str) -> int:
    """The number of the lot that an execution's name ends with.

    Raises:
        ValueError: it is not the name of a lot.
    """
    return int(execution_id.rpartition(":")[2])


def price_c(order: Followed, lot: Lot) -> int:
    """Cents a share that a debit paid or a credit received; 0 where unknown or no price."""
    if lot.bought_c is None or lot.sold_c is None:
        return 0
    paid_c = lot.bought_c - lot.sold_c
    return max(0, paid_c if order.request.pays else -paid_c)


def resumed(
    request: OrderRequest, broker_id: str, executions: Iterable[Execution], numbered: int
) -> Followed:
    """An order of an earlier process, as far as its executions were booked.

    Args:
        request: what was ordered.
        broker_id: the broker's id; "" where its answer never came.
        executions: those that the ledger has of it. One whose cheap leg cost nothing was booked
            without a price (`executions.entry`): the next answer tells it again.
        numbered: the highest number of a lot that the ledger ever had of it.
    """
    lots = sorted(_lot(execution) for execution in executions)
    sums = (sum(lot.bought_c or 0 for lot in lots), sum(lot.sold_c or 0 for lot in lots))
    known = all(lot.priced for lot in lots)
    bought, sold = (LegTotal(len(lots), sum_c if known else None) for sum_c in sums)
    return Followed(
        request,
        broker_id,
        acked=bool(broker_id),
        totals=(bought, sold),
        lots=tuple(lots),
        numbered=max([numbered, *(lot.number for lot in lots)]),
    )


def _lot(execution: Execution) -> Lot:
    number, (dear, cheap) = lot_number(execution.execution_id), execution.legs
    if not cheap.price_c:
        return Lot(number)
    bought, sold = (dear, cheap) if execution.pays else (cheap, dear)
    return Lot(number, bought.price_c, sold.price_c)
