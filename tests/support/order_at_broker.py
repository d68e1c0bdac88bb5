"""An order as a broker has it: what its legs execute, and what it tells of that."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from engine.brokers.following.followed import Followed
from engine.brokers.following.order_view import LegTotal, LegView, OrderView, ViewState
from engine.market.legs import SpreadLeg
from engine.orders.types import OrderRequest, Part

DAY = date(2027, 1, 15)
NAN = float("nan")


def request(part: Part = Part.DEBIT, quantity: int = 2, limit_c: int = 110) -> OrderRequest:
    """An order for a call vertical 100/105 of AAPL: the debit buys the 100, the credit sells it."""
    bought, sold = (100.0, 105.0) if part is Part.DEBIT else (105.0, 100.0)
    legs = (
        SpreadLeg(bought, DAY, "call", "buy", NAN, NAN),
        SpreadLeg(sold, DAY, "call", "sell", NAN, NAN),
    )
    return OrderRequest("SI1-20-1-1D1", "AAPL", "AAPL", DAY, part, legs, quantity, limit_c)


@dataclass
class OrderAtBroker:
    """The truth about one order.

    Args:
        request: what was ordered.
        prices: cents of each contract that a leg executed, bought leg first.
        state: how far it has come.
        at_s: epoch second of what happened last.
    """

    request: OrderRequest
    prices: tuple[list[int], list[int]] = field(default_factory=lambda: ([], []))
    state: ViewState = ViewState.WORKING
    at_s: float = 1000.0
    replaces: bool = False

    def execute(self, leg: int, price_c: int) -> None:
        """One contract of a leg trades."""
        self.at_s += 1
        self.prices[leg].append(price_c)
        if min(map(len, self.prices)) == self.request.quantity:
            self.state = ViewState.FILLED

    def end(self, state: ViewState) -> None:
        """It ends, unless it has executed."""
        self.at_s += 1
        if self.state is not ViewState.FILLED:
            self.state = state

    def bust(self, leg_contracts: int) -> None:
        """The latest contracts of both legs are taken back."""
        self.at_s += 1
        for prices in self.prices:
            del prices[len(prices) - leg_contracts :]
        self.replaces = True

    def view(self, *, counts: bool = True, prices: bool = True) -> OrderView:
        """What it answers now.

        Args:
            counts: whether the legs are told.
            prices: whether their averages are told.
        """
        legs = tuple(
            LegView(contract, side, LegTotal(len(paid), sum(paid) if prices or not paid else None))
            for (contract, side), paid in zip(
                Followed(self.request).contracts(), self.prices, strict=True
            )
        )
        return OrderView(
            self.request.client_order_id,
            "B7",
            self.state,
            self.at_s,
            legs[:: -1 if len(self.prices[0]) % 2 else 1] if counts else None,
            raw_state=self.state.value,
            replaces=self.replaces,
        )

    @property
    def lots(self) -> int:
        """Combinations that executed."""
        return min(map(len, self.prices))

    @property
    def total_c(self) -> int:
        """Cents a share that its whole lots cost or brought."""
        bought, sold = (sum(paid[: self.lots]) for paid in self.prices)
        return bought - sold if self.request.pays else sold - bought


def without_prices(view: OrderView) -> OrderView:
    """The same answer of a broker that does not tell its averages yet."""
    legs = tuple(
        replace(leg, total=replace(leg.total, paid_c=None)) if leg.total.filled else leg
        for leg in view.legs or ()
    )
    return replace(view, legs=legs)
