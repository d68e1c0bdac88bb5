"""Watches the order budget: counts it across sessions where there is a file, warns and clears."""

from __future__ import annotations

from typing import Final

from engine.risk.order_budget import Spending, share_spent
from engine.run_folder.order_counts import OrderDays
from engine.runtime.context import DeskContext

_SAYS: Final = {
    Spending.WARN: "warned",
    Spending.THROTTLE: "delays are doubled, the better half of the chains trades",
    Spending.STOP: "no more debits today",
}


class BudgetWatch:
    """Looks at what was spent; the gate itself asks the same numbers before every debit.

    Args:
        context: the desk.
        days: orders by day of earlier sessions; None where nothing is kept.
    """

    def __init__(self, context: DeskContext, days: OrderDays | None = None) -> None:
        self._context = context
        self._days = days
        self._month = ""
        self._told = Spending.FREE

    def keep(self, days: OrderDays) -> None:
        """Count today's orders into `days` from now on, and this month's with them."""
        self._days = days

    def look(self) -> None:
        """Bring the month up to date, and raise or clear the alarm where the level changed."""
        context = self._context
        if self._days is not None:
            self._count(self._days)
        limits, gate = context.config.limits, context.gate
        level = gate.spending() if limits.order_budget_enforced else Spending.FREE
        if level is self._told:
            return
        at_ms = context.moment.at_ms
        context.alarms.clear(at_ms, "ORDERS", "desk")
        self._told = level
        if level is not Spending.FREE:
            share = share_spent(context.exposure.orders, limits.order_budget_day, gate.month)
            ratio = context.exposure.efficiency() or 0.0
            spent = f"{share:.0%} of today's orders" if share < 100 else "all of the month's orders"
            text = f"{spent}, efficiency ratio {ratio:.1f}: {_SAYS[level]}"
            context.alarms.raise_(at_ms, "ORDERS", "desk", text)

    def _count(self, days: OrderDays) -> None:
        context, today = self._context, self._context.session.phase.session_date
        if self._month != today.isoformat():
            self._month = today.isoformat()
            context.gate.set_month(
                days.month(context.session.calendar, today, context.exposure.orders)
            )
        try:
            days.count(today, context.gate.month.today + context.exposure.orders)
        except OSError as error:
            why = f"orders by day: {error.strerror or error}"
            context.alarms.raise_(context.moment.at_ms, "ORDER_DAYS", "desk", why)
        else:
            context.alarms.clear(context.moment.at_ms, "ORDER_DAYS", "desk")
