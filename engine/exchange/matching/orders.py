"""An order as the venue sees it, and why the venue would not take it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import Final

from engine.brokers.ledger import Execution
from engine.exchange.matching.sources import QuotedVertical
from engine.exchange.seeding import Draws
from engine.market.chain import CALL, PUT
from engine.market.expirations import expiration_date
from engine.market.ticks import combination_tick_c
from engine.orders.types import OrderRequest, Part

tick_c = lru_cache(maxsize=1024)(combination_tick_c)


class ExchangeOrderState(StrEnum):
    """How far an order came."""

    PENDING = "pending"
    WORKING = "working"
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"


_PENDING: Final = ExchangeOrderState.PENDING
_DEBIT: Final = Part.DEBIT
_CREDIT: Final = Part.CREDIT


class ExchangeOrder:
    """One order at the venue.

    Args:
        request: what was sent.
        draws: the order's own chance.
        acts_s: epoch seconds at which the venue takes or rejects it.
    """

    __slots__ = (
        "acts_s", "again_s", "broker_order_id", "client_order_id", "completes", "draws", "due_s",
        "executions", "factor", "judged_s", "leaves", "look", "pays", "rate", "reason", "request",
        "right", "state", "vertical", "wait", "working_s", "x_strike", "y_strike",
    )  # fmt: skip

    def __init__(self, request: OrderRequest, draws: Draws, acts_s: float) -> None:
        self.request = request
        self.draws = draws
        self.acts_s = self.working_s = self.judged_s = acts_s
        self.client_order_id = request.client_order_id
        self.broker_order_id = self.reason = ""
        part = request.part
        self.pays, self.completes = part is _DEBIT, part is _CREDIT
        bought, sold = request.legs
        dear, cheap = (bought, sold) if self.pays else (sold, bought)
        self.right = PUT if dear.option_type == "put" else CALL
        self.x_strike, self.y_strike = dear.strike, cheap.strike
        self.leaves = request.quantity
        self.state = _PENDING
        self.executions: list[Execution] = []
        self.vertical: QuotedVertical | None = None
        # What looks at it again, and when; none once it has ended.
        self.look: Callable[[], None] | None = None
        self.again_s = acts_s
        # The assumed model's: the chain's factor, unit waiting time left, fills per second.
        self.factor: float | None = None
        self.wait = self.rate = 0.0
        self.due_s: float | None = None

    @property
    def filled(self) -> int:
        """Combinations executed."""
        return self.request.quantity - self.leaves


class EndedOrder:
    """What a venue remembers of an order that has ended: tens of thousands in a session.

    Args:
        order: nothing will happen to it any more, though a late execution may still be told.
    """

    __slots__ = (
        "acts_s", "broker_order_id", "client_order_id", "draws", "executions", "reason", "state",
    )  # fmt: skip

    def __init__(self, order: ExchangeOrder) -> None:
        self.client_order_id, self.broker_order_id = order.client_order_id, order.broker_order_id
        self.state, self.reason, self.acts_s = order.state, order.reason, order.acts_s
        self.executions = tuple(order.executions)
        self.draws = order.draws
        self.draws.put_away()


def refusal(order: ExchangeOrder) -> str:
    """Return why the venue refuses an order whatever the market does; empty where it does not.

    Args:
        order: its legs in the order bought, sold.
    """
    request, pays = order.request, order.pays
    bought, sold = request.legs
    if bought.side != "buy" or sold.side != "sell":
        return "legs must be one bought and one sold, in this order"
    if bought.option_type != sold.option_type:
        return "both legs must be calls or both puts"
    expiration = request.expiration
    for leg in request.legs:
        day = leg.expiration
        if day is not expiration and day != expiration and expiration_date(day) != expiration:
            return "both legs must have the order's expiration"
    if request.quantity < 1:
        return "quantity must be at least 1"
    distance = order.y_strike - order.x_strike
    if order.right == PUT:
        distance = -distance
    if distance <= 0:
        return "the leg sold must be the cheaper" if pays else "the dearer leg must be sold"
    if not 0 < request.limit_c < distance * 100:
        return "price outside zero and the width of the strikes"
    if request.limit_c % tick_c(request.symbol):
        return "price not on the tick of the combination"
    return ""
