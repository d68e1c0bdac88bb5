"""What a broker behind callbacks answers: asked twice a second, and what no callback can tell."""

from __future__ import annotations

from typing import Final

from engine.brokers.callbacks.broker import CallbackBroker
from engine.orders.actions import Query
from engine.runtime.context import DeskContext
from engine.runtime.core import Core
from engine.runtime.order_router import execution_text

POLL_EVERY_S: Final = 0.5
MOST_AT_ONCE: Final = 8
"""Executions without an order that have an alarm of their own at once."""


ONE_ORDER_AT_A_TIME: Final = (
    "no cancel_callback and no order_status_callback: one order is out at a time in the whole "
    "executor, and one without an answer holds everything until on_order_update tells its end"
)


NOTHING_ASKED: Final = (
    "no order_status_callback: fills, late executions, busts and corrections are heard only from "
    "reports (on_order_update), and no order is asked about again. Pass one"
)


def missing_answers(context: DeskContext) -> str:
    """What no callback can tell, with the order that waits for it and the remedy; "" where none.

    Without `cancel_callback` and `order_status_callback` an order's end is heard from an
    OrderReport alone: returned by the order callback, or pushed.
    """
    if context.flags.definite_answers:
        return "" if context.flags.answers_queries else NOTHING_ASKED
    waiting = [
        f"{order.intent.trader} {order.intent.order}"
        for order in context.state.orders.live.values()
    ]
    held = f"; {waiting[0]} has no answer and holds every trader" if waiting else ""
    return (
        "no cancel_callback and no order_status_callback: one order at a time in the whole "
        f"executor{held}. Pass both, or push reports with on_order_update"
    )


class Polling:
    """Looks twice a second; a failing answer alarms its trader.

    Args:
        core: sends the queries.
        broker: behind callbacks.
    """

    def __init__(self, core: Core, broker: CallbackBroker) -> None:
        self._core = core
        self._broker = broker
        self._contradicted: dict[str, str] = {}
        self._replaced: set[str] = set()
        core.context.every(POLL_EVERY_S, self.look)

    def look(self) -> None:
        """Ask after every order that may still execute, and warn of strange answers."""
        context, broker = self._core.context, self._broker
        asked = broker.to_ask(context.moment.epoch_s) if broker.can_poll else ()
        for request in asked:
            trader = context.traders.get(request.trader)
            if trader is not None:
                self._core.carry_out(trader, (Query(request.client_order_id),))
        self._warn()
        self._warn_of_contradicted()
        self._warn_of_replaced()

    def _warn_of_replaced(self) -> None:
        """Name the orders that the broker replaced by itself; their chains wait for their end."""
        alarms, at_ms = self._core.context.alarms, self._core.context.moment.at_ms
        now = {
            f"{request.trader}/{request.client_order_id}": f"{request.client_order_id} ({text})"
            for request, text in self._broker.replaced()
        }
        for where in self._replaced - now.keys():
            alarms.clear(at_ms, "ORDER_UNKNOWN", where)
        for where, text in now.items():
            alarms.insist(at_ms, "ORDER_UNKNOWN", where, text)
        self._replaced = set(now)

    def _warn_of_contradicted(self) -> None:
        """Name the orders of which the broker tells fewer contracts, or another price, than booked.

        What an operator has settled is not named again before the figures change.
        """
        alarms, at_ms = self._core.context.alarms, self._core.context.moment.at_ms
        now = {
            f"{request.trader}/{request.client_order_id}": (
                f"order {request.client_order_id}: {difference}"
            )
            for request, difference in self._broker.contradicted()
        }
        if now == self._contradicted:
            return
        for where, text in self._contradicted.items():
            if now.get(where) != text:
                alarms.clear(at_ms, "BOOK_DIFFERS", where)
        for where, text in now.items():
            if self._contradicted.get(where) != text:
                alarms.say(at_ms, "BOOK_DIFFERS", where, text)
        self._contradicted = now
        self._core.books.follow_alarms()

    def _warn(self) -> None:
        """Name each strange status word once, and each execution that waits for its order."""
        context, broker = self._core.context, self._broker
        moment, alarms = context.moment, context.alarms
        for word, order in broker.strange_words():
            record = context.state.orders.known.get(order)
            where = f"{record.intent.trader if record else 'desk'}/{word}"
            alarms.raise_(moment.at_ms, "STATUS_WORD", where, f"{word!r}, told of {order}")
        waiting = {
            f"desk/{report.broker_order_id or report.client_order_id}": report
            for report in broker.waiting(moment.now_s)
        }
        for where in alarms.places("NO_ORDER"):
            if where not in waiting and where not in self._core.orders.unowned:
                alarms.clear(moment.at_ms, "NO_ORDER", where)
        for where, report in list(waiting.items())[:MOST_AT_ONCE]:
            alarms.raise_(moment.at_ms, "NO_ORDER", where, execution_text(report))
