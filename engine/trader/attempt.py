"""One debit order with what it was sent for and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from engine.market.legs import OptionType
from engine.orders.order import Order
from engine.orders.transitions import OrderState
from engine.orders.types import OrderResult
from engine.pricing.opportunity import TwoPartOpportunity
from engine.trader.legged_unit import LeggedUnit

SHORT_RESULTS: Final = {
    OrderResult.FILLED: "FIL",
    OrderResult.PARTIAL: "PAR",
    OrderResult.TIMEOUT: "TMO",
    OrderResult.CANCELLED: "CAN",
    OrderResult.REJECTED: "REJ",
}
"""The results as a trader's row shows them."""


class UnitPlan(NamedTuple):
    """What the unit of a debit begins with once it executes.

    Args:
        right, long_strike, short_strike: the debit vertical.
        credit_short, credit_long, planned_c: the credit leaned on, its limit in cents a share.
        bid_c: natural bid of the debit vertical when its order went out, cents a share.
    """

    right: OptionType
    long_strike: float
    short_strike: float
    credit_short: float
    credit_long: float
    planned_c: int
    bid_c: float

    @classmethod
    def of(cls, pair: TwoPartOpportunity) -> UnitPlan:
        """The plan of a debit sent for this pair."""
        return cls(
            pair.right,
            pair.debit_long,
            pair.debit_short,
            pair.credit_short,
            pair.credit_long,
            pair.credit_limit_c,
            pair.debit_bid * 100,
        )


@dataclass(slots=True, eq=False)
class Attempt:
    """One debit order from its sending to its end.

    Attributes:
        cycle, delay_s, hour: the trader's cycle, the wait before it, the exchange hour it went out.
        plan: what its unit begins with, until there is one; None where a restart follows it with a
            unit alone.
        unit: what its executions became, kept after the unit ended: a late one continues it.
        cancel_after_s: seconds that it works; None for the trader's own.
        explored: whether it tried a neighbour of a setting, so that it tells nothing of those set.
        ended: whether its order can execute no more, and that was noted.
        first_s: engine seconds of its first execution.
    """

    order: Order
    plan: UnitPlan | None
    cycle: int
    delay_s: float
    hour: int
    unit: LeggedUnit | None = None
    cancel_after_s: float | None = None
    explored: bool = False
    ended: bool = False
    first_s: float | None = None

    def executed(self, now_s: float) -> LeggedUnit:
        """Contracts filled at engine second `now_s`: the unit they belong to, new the first time.

        Raises:
            LookupError: the attempt has neither a plan nor a unit.
        """
        if self.first_s is None:
            self.first_s = now_s
        if self.unit is None:
            plan = self.plan
            if plan is None:
                raise LookupError(f"attempt {self.cycle} has neither a plan nor a unit")
            self.unit = LeggedUnit(self.cycle, *plan[:6], now_s, plan.bid_c)
            self.plan = None
        return self.unit

    def end(self) -> None:
        """The order can execute no more, and its end has been noted."""
        self.ended = True

    def result(self, cancel_reason: str) -> OrderResult:
        """What the ended order came to, `cancel_reason` being why it was cancelled, if it was."""
        order = self.order
        if order.filled:
            return OrderResult.PARTIAL if order.leaves else OrderResult.FILLED
        if order.state is OrderState.REJECTED:
            return OrderResult.REJECTED
        return OrderResult.TIMEOUT if cancel_reason == "timeout" else OrderResult.CANCELLED

    def fill_time_ms(self, now_s: float) -> int | None:
        """Milliseconds from working to the first execution; None without any."""
        order = self.order
        if not order.filled:
            return None
        started = order.working_s if order.working_s is not None else order.sent_s
        first_s = now_s if self.first_s is None else self.first_s
        started = first_s if started is None else started
        return max(0, round((first_s - started) * 1000))

    def worked_ms(self) -> int | None:
        """Milliseconds from working to the cancel; None without either."""
        order = self.order
        if order.working_s is None or order.cancel_s is None:
            return None
        return max(0, round((order.cancel_s - order.working_s) * 1000))
