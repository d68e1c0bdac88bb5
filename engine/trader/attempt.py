"""One debit order with what it was sent for and what became of it."""

from __future__ import annotations

from typing import Final

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


class Attempt:
    """One debit order from its sending to its end.

    Attributes:
        cycle, delay_s, hour: the trader's cycle, the wait before it, the exchange hour it went out.
        opportunity: the pair it was sent for, until there is a unit; None where a restart follows
            it with a unit alone.
        first_s: engine seconds of its first execution.
        unit: what its executions became, kept after the unit ended: a late one continues it.
        cancel_after_s: seconds that it works; None for the trader's own.
        explored: whether it tried a neighbour of a setting, so that it tells nothing of those set.
    """

    __slots__ = (
        "cancel_after_s",
        "cycle",
        "delay_s",
        "ended",
        "explored",
        "first_s",
        "hour",
        "opportunity",
        "order",
        "unit",
    )

    def __init__(
        self,
        order: Order,
        opportunity: TwoPartOpportunity | None,
        cycle: int,
        delay_s: float,
        hour: int,
        unit: LeggedUnit | None = None,
        cancel_after_s: float | None = None,
        explored: bool = False,
    ) -> None:
        self.order = order
        self.opportunity = opportunity
        self.cycle = cycle
        self.delay_s = delay_s
        self.hour = hour
        self.ended = False
        self.first_s: float | None = None
        self.unit = unit
        self.cancel_after_s = cancel_after_s
        self.explored = explored

    def executed(self, now_s: float) -> LeggedUnit:
        """Contracts filled at engine second `now_s`: the unit they belong to, new the first time.

        Raises:
            LookupError: the attempt has neither a pair nor a unit.
        """
        if self.first_s is None:
            self.first_s = now_s
        if self.unit is None:
            pair = self.opportunity
            if pair is None:
                raise LookupError(f"attempt {self.cycle} has neither a pair nor a unit")
            self.unit = LeggedUnit(
                self.cycle,
                pair.right,
                pair.debit_long,
                pair.debit_short,
                pair.credit_short,
                pair.credit_long,
                pair.credit_limit_c,
                now_s,
                pair.debit_bid * 100,
            )
            self.opportunity = None
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
