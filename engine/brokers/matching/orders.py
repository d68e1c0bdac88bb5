"""An order as the venue sees it, and why the venue would not take it."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from engine.brokers.ledger import Execution
from engine.brokers.seeding import Draws
from engine.market.chain import CALL, PUT
from engine.market.expirations import expiration_date
from engine.market.ticks import combination_tick_c
from engine.orders.types import OrderRequest

tick_c = lru_cache(maxsize=1024)(combination_tick_c)


class VenueState(StrEnum):
    """How far an order came."""

    PENDING = "pending"
    WORKING = "working"
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"


class VenueOrder:
    """One order at the venue.

    Args:
        request: what was sent.
        draws: the order's own chance.
        acts_s: epoch seconds at which the venue takes or rejects it.
    """

    __slots__ = (
        "acts_s",
        "broker_order_id",
        "draws",
        "due_s",
        "executions",
        "judged_s",
        "leaves",
        "pays",
        "rate",
        "reason",
        "request",
        "right",
        "state",
        "wait",
        "working_s",
        "x_strike",
        "y_strike",
    )

    def __init__(self, request: OrderRequest, draws: Draws, acts_s: float) -> None:
        self.request = request
        self.draws = draws
        self.acts_s = acts_s
        self.broker_order_id = ""
        self.pays = request.pays
        bought, sold = request.legs
        dear, cheap = (bought, sold) if self.pays else (sold, bought)
        self.right = PUT if dear.option_type == "put" else CALL
        self.x_strike, self.y_strike = dear.strike, cheap.strike
        self.leaves = request.quantity
        self.state = VenueState.PENDING
        self.reason = ""
        self.executions: list[Execution] = []
        self.working_s = acts_s
        # The assumed model's: unit waiting time left, fills per second, and since when.
        self.wait = 0.0
        self.rate = 0.0
        self.judged_s = acts_s
        self.due_s: float | None = None

    @property
    def filled(self) -> int:
        """Combinations executed."""
        return self.request.quantity - self.leaves


def refusal(request: OrderRequest) -> str:
    """Return why the venue refuses an order whatever the market does; empty where it does not.

    Args:
        request: the order; its legs in the order bought, sold.
    """
    bought, sold = request.legs
    if bought.side != "buy" or sold.side != "sell":
        return "legs must be one bought and one sold, in this order"
    if bought.option_type != sold.option_type:
        return "both legs must be calls or both puts"
    for leg in request.legs:
        day = leg.expiration
        if day != request.expiration and expiration_date(day) != request.expiration:
            return "both legs must have the order's expiration"
    if request.quantity < 1:
        return "quantity must be at least 1"
    dear, cheap = (bought, sold) if request.pays else (sold, bought)
    distance = cheap.strike - dear.strike
    if dear.option_type == "put":
        distance = -distance
    if distance <= 0:
        return "the leg sold must be the cheaper" if request.pays else "the dearer leg must be sold"
    if not 0 < request.limit_c < distance * 100:
        return "price outside zero and the width of the strikes"
    if request.limit_c % tick_c(request.symbol):
        return "price not on the tick of the combination"
    return ""
