"""An order at the exchange, what happens to it, and why it would be rejected."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache, partial
from typing import Final, NamedTuple

from engine.brokers.execution import Execution, LegFill
from engine.exchange.matching.sources import QuotedVertical
from engine.exchange.seeding import Draws
from engine.market.chain import CALL, PUT, RIGHTS
from engine.market.expirations import expiration_date
from engine.market.ticks import combination_tick_c
from engine.orders.types import OrderRequest, Part

tick_c = lru_cache(maxsize=1024)(combination_tick_c)


class ExchangeOrderState(StrEnum):
    """How far an order has come."""

    PENDING = "pending"
    WORKING = "working"
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"


_PENDING: Final = ExchangeOrderState.PENDING
_WORKING: Final = ExchangeOrderState.WORKING
_NEVER: Final = math.inf
_DEBIT: Final = Part.DEBIT
_CREDIT: Final = Part.CREDIT


def broker_order_id(client_order_id: str) -> str:
    """The exchange's own name for an order that has reached it."""
    return f"SIM.{client_order_id}"


def execution_id(client_order_id: str, number: int) -> str:
    """The exchange's name for an order's execution, counted from 1."""
    return f"{client_order_id}.{number}"


class Fill(NamedTuple):
    """What a report tells of an execution, whatever corrects that later.

    Args:
        execution_id: of this execution alone.
        at_s: epoch seconds.
        quantity: combinations.
        price_c: cents per share of the vertical.
    """

    execution_id: str
    at_s: float
    quantity: int
    price_c: int


class ExchangeOrder:
    """One order at the exchange.

    Args:
        request: what was sent.
        draws: the order's own stream of chance.
        acts_s: epoch second at which the exchange accepts or rejects it.
    """

    __slots__ = (
        "_due", "_look", "_wait", "acts_s", "again_s", "broker_order_id", "client_order_id",
        "completes", "draws", "executions", "factor", "judged_s", "leaves", "pays", "rate",
        "reason", "request", "right", "state", "vertical", "working_s", "x_strike", "y_strike",
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
        self._look: Callable[[], None] | None = None
        self.again_s = acts_s
        # Of the model `assumed`: the chain's factor, unit waiting time left, fills per second.
        self.factor: float | None = None
        self._wait = self.rate = 0.0
        self._due = False

    @property
    def filled(self) -> int:
        """Combinations executed."""
        return self.request.quantity - self.leaves

    @property
    def fills(self) -> tuple[Fill, ...]:
        """What was reported of its executions, oldest first."""
        return tuple(
            Fill(each.execution_id, each.at_s, each.quantity, each.price_c)
            for each in self.executions
        )

    def arrive(self) -> None:
        """Give it a broker order id: it has reached the exchange."""
        self.broker_order_id = broker_order_id(self.client_order_id)

    def quote_by(self, vertical: QuotedVertical | None) -> None:
        """Take the quotes of its vertical; None where they know no such vertical."""
        self.vertical = vertical

    def work(self) -> None:
        """Make it a working order."""
        self.state = _WORKING

    def execute(
        self, quantity: int, price_c: int, legs_c: tuple[int, int], at_s: float, fees_c: int
    ) -> Execution:
        """Execute combinations of it, and return the execution.

        Args:
            quantity: combinations.
            price_c: cents per share of the vertical.
            legs_c: cents per share of its legs X and Y.
            at_s: epoch seconds.
            fees_c: cents, of all of them.
        """
        request = self.request
        signed = quantity if self.pays else -quantity
        right = RIGHTS[self.right]
        execution = Execution(
            execution_id=execution_id(self.client_order_id, len(self.executions) + 1),
            client_order_id=self.client_order_id,
            at_s=at_s,
            symbol=request.symbol,
            expiration=request.expiration,
            quantity=quantity,
            price_c=price_c,
            pays=self.pays,
            multiplier=request.multiplier,
            legs=(
                LegFill(right, self.x_strike, signed, legs_c[0]),
                LegFill(right, self.y_strike, -signed, legs_c[1]),
            ),
            fees_c=fees_c,
        )
        self.executions.append(execution)
        self.leaves -= quantity
        return execution

    def end(self, state: ExchangeOrderState, reason: str = "") -> None:
        """End it.

        Args:
            state: how.
            reason: why the exchange rejected it.
        """
        self.state = state
        self.reason = reason
        self._look = None

    def look_at(self, at_s: float, look: Callable[[ExchangeOrder], None]) -> Callable[[], None]:
        """Set the time of its next look, and return what calls `look` on it then.

        Args:
            at_s: epoch seconds; an order has one look ahead of it at a time.
            look: the same whenever it is called.
        """
        self.again_s = at_s
        call = self._look
        if call is None:
            call = self._look = partial(look, self)
        return call

    # ------------------------------------------------------------------ the model `assumed`

    def take_factor(self, factor: float) -> None:
        """Remember how well its chain fills."""
        self.factor = factor

    def wait_until(self, at_s: float) -> bool:
        """Use up waiting time at the present rate; True where a fill was due by its end.

        Args:
            at_s: epoch seconds; the waiting time is drawn when the order begins to work.
        """
        due, self._due = self._due, False
        if at_s <= self.working_s:
            self._wait = self.draws.exponential()
        else:
            self._wait -= self.rate * max(0.0, at_s - self.judged_s)
        return due

    def wait_anew(self) -> None:
        """Draw another waiting time."""
        self._wait = self.draws.exponential()

    def stop_waiting(self) -> None:
        """Fill by the natural market alone until the next look."""
        self.rate = 0.0

    def next_fill_s(self, rate: float, from_s: float, review_s: float) -> float:
        """Go on waiting at a rate; return when to look again, a fill being due or not.

        Args:
            rate: fills per second.
            from_s: epoch second from which it waits.
            review_s: epoch second of the next look where no fill is due before.
        """
        self.rate = rate
        self.judged_s = from_s
        fill_s = from_s + self._wait / rate if rate > 0 else _NEVER
        if fill_s < review_s:
            self._due = True
            return fill_s
        return review_s


def rejection(order: ExchangeOrder) -> str:
    """Return why the exchange rejects an order, whatever the market; "" where it does not.

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
