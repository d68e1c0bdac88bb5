"""Watches the session's limits and its order budget, and closes entries where one is reached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.book.contract_keys import contract_key
from engine.config.names import limit_cents
from engine.orders import events as ev
from engine.risk.order_budget import Spending, share_spent, spending_by_ratio
from engine.run_folder.order_counts import OrderDays
from engine.runtime.context import DeskContext
from engine.runtime.watch.books import BookComparison
from engine.runtime.watch.clock import ClockWatch
from engine.runtime.watch.connection import ConnectionWatch
from engine.runtime.watch.quotes import QuoteWatch
from engine.trader.trader import ExpirationTrader

WATCH_EVERY_S = 1.0
CALENDAR_ENDS_SOON_DAYS = 45
AHEAD_OF_PLAN: Final = 0.1
"""Part of the day's orders by which a release over the session may run ahead of it."""


def ahead_of_release(context: DeskContext) -> bool:
    """Whether more of the day's orders is spent than their release over the session explains."""
    per_day, month = context.config.limits.order_budget_day, context.gate.month
    spent = share_spent(context.exposure.orders, per_day, month)
    return spent > _elapsed(context) + AHEAD_OF_PLAN


def _elapsed(context: DeskContext) -> float:
    """The part of the regular session that is over, 0 to 1."""
    hours = context.session.calendar.regular_hours(context.session.phase.session_date)
    if hours is None:
        return 0.0
    opens_s, closes_s = hours.opens.timestamp(), hours.closes.timestamp()
    return min(1.0, max(0.0, (context.moment.epoch_s - opens_s) / (closes_s - opens_s)))


class LimitWatch:
    """Looks at losses, rejects, stale quotes, calls that hang and the calendar.

    Args:
        context: the desk's shared parts; its flags are set here and lifted only by an operator
            or the next session.
        books: names the account's other orders.
        clock: looks at the time.
        wake_by: has a trader step by an engine second at the latest.
    """

    def __init__(
        self,
        context: DeskContext,
        books: BookComparison,
        clock: ClockWatch,
        wake_by: Callable[[ExpirationTrader, float], None],
    ) -> None:
        self._context = context
        self._books = books
        self._clock = clock
        self._wake_by = wake_by
        self._quotes = QuoteWatch(context)
        self._connection = ConnectionWatch(context)
        self.budget = BudgetWatch(context)

    def on_cycle(self, event: ev.CycleEnded) -> None:
        """A cycle ended: the day's loss may have reached a limit."""
        self._losses(event.at_ms)

    def on_order_ended(self, event: ev.OrderEnded) -> None:
        """An order ended: too many rejects in a short time halt the desk."""
        if event.status != "rejected":
            return
        context, limits = self._context, self._context.config.limits
        since_ms = event.at_ms - round(limits.rejects_halt_window_s * 1000)
        if context.exposure.rejects_since(since_ms) >= limits.rejects_halt:
            context.flags.halt()
            text = f"{limits.rejects_halt} rejects in {limits.rejects_halt_window_s / 60:g} min"
            context.alarms.raise_(event.at_ms, "REJECTS_HALT", "desk", text)

    def look(self) -> None:
        """What changes without an event: marks of open units, quote ages."""
        context = self._context
        at_ms = context.moment.at_ms
        self._losses(at_ms)
        self._clock.look()
        self._connection.look()
        self._calendar()
        self._external()
        self._calls(at_ms)
        self.budget.look()
        self._quotes.look()

    def begin(self) -> None:
        """As the session begins: the broker's connection, this month's orders, the calendar."""
        self._connection.look()
        self.budget.look()
        self._calendar()

    def _calendar(self) -> None:
        context = self._context
        left = context.session.calendar.days_left(context.session.phase.session_date)
        if left < CALENDAR_ENDS_SOON_DAYS:
            context.alarms.raise_(context.moment.at_ms, "CALENDAR", "desk", str(left))

    def _external(self) -> None:
        """On which sides of contracts other orders of the account work, by the last comparison."""
        context = self._context
        legs = [leg for order in self._books.external for leg in order.legs]
        keys = [contract_key(leg.symbol, leg.expiration, leg.right, leg.strike) for leg in legs]
        sides = frozenset(
            (f"{key.symbol} {key.expiration}", key.right, key.strike, leg.quantity > 0)
            for key, leg in zip(keys, legs, strict=True)
        )
        if sides != context.flags.external:
            context.flags.set_external(sides)

    def _calls(self, at_ms: int) -> None:
        """Give up the calls that hang, and say so."""
        alarms, lanes = self._context.alarms, self._context.lanes
        if lanes is None:
            return
        lanes.look()
        hanging = lanes.hanging()
        if hanging:
            alarms.say(at_ms, "CALLS_HANG", "desk", hanging)
        else:
            alarms.clear(at_ms, "CALLS_HANG", "desk")

    def _losses(self, at_ms: int) -> None:
        context, limits, flags = self._context, self._context.config.limits, self._context.flags
        loss_c = context.exposure.day_loss_c
        exit_c = limit_cents(limits.day_loss_exit_only_usd)
        halt_c = limit_cents(limits.day_loss_halt_usd)
        context.gate.day_halted()
        is_raised = context.alarms.is_raised
        if loss_c >= exit_c and not is_raised("DAY_LOSS", "desk"):
            flags.close_entries()
            text = f"{loss_c / 100:,.2f} of {limits.day_loss_exit_only_usd:,.2f}: exit-only"
            context.alarms.raise_(at_ms, "DAY_LOSS", "desk", text)
        if loss_c >= halt_c and not is_raised("DAY_LOSS_HALT", "desk"):
            flags.halt()
            text = f"{loss_c / 100:,.2f} of {limits.day_loss_halt_usd:,.2f}: halted"
            context.alarms.raise_(at_ms, "DAY_LOSS_HALT", "desk", text)
            self._sell_back()
        if context.exposure.unwinds >= limits.unwinds_exit_only and not flags.exit_only:
            flags.close_entries()
            text = f"{context.exposure.unwinds} unwinds today: exit-only"
            context.alarms.raise_(at_ms, "DAY_LOSS", "desk", text)

    def _sell_back(self) -> None:
        """A halt by the day's loss sells every open unit back: let each be looked at now."""
        context = self._context
        for trader in context.traders.values():
            trader.credits.look_now(context.moment)
            if trader.credits.units:
                self._wake_by(trader, context.moment.now_s)


_CONSEQUENCE: Final = {
    Spending.WARN: "warned",
    Spending.THROTTLE: "few orders are left for the rest of the session",
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
        self._reported = Spending.FREE

    def keep(self, days: OrderDays) -> None:
        """Count today's orders into `days` from now on, and this month's with them."""
        self._days = days

    def look(self) -> None:
        """Bring the month up to date, and raise or clear the alarm where the level changed."""
        context = self._context
        if self._days is not None:
            self._count(self._days)
        limits, gate = context.config.limits, context.gate
        level = self._level() if limits.enforces_order_budget else Spending.FREE
        if level is self._reported:
            return
        at_ms = context.moment.at_ms
        context.alarms.clear(at_ms, "ORDERS", "desk")
        self._reported = level
        if level is not Spending.FREE:
            share = share_spent(context.exposure.orders, limits.order_budget_day, gate.month)
            ratio = context.exposure.efficiency() or 0.0
            spent = f"{share:.0%} of today's orders" if share < 100 else "all of the month's orders"
            text = f"{spent}, efficiency ratio {ratio:.1f}: {_CONSEQUENCE[level]}"
            context.alarms.raise_(at_ms, "ORDERS", "desk", text)

    def _level(self) -> Spending:
        """How much is spent, where it is more than the release over the session explains."""
        sums = self._context.exposure
        if not ahead_of_release(self._context):
            return spending_by_ratio(sums.orders, sums.efficiency())
        return self._context.gate.spending()

    def _count(self, days: OrderDays) -> None:
        context, today = self._context, self._context.session.phase.session_date
        calendar = context.session.calendar
        if self._month and not calendar.is_session(today):
            return  # what was sent counts on the day of its session
        if self._month != today.isoformat():
            self._month = today.isoformat()
            context.gate.set_month(days.month(calendar, today, context.exposure.orders))
        try:
            days.count(today, context.gate.month.today + context.exposure.orders)
        except OSError as error:
            reason = f"orders by day: {error.strerror or error}"
            context.alarms.raise_(context.moment.at_ms, "ORDER_DAYS", "desk", reason)
        else:
            context.alarms.clear(context.moment.at_ms, "ORDER_DAYS", "desk")
