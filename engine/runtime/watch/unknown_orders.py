"""Watches orders that give no answer: an alarm names each that stays so."""

from __future__ import annotations

from typing import Final

from engine.orders import events as ev
from engine.runtime.context import DeskContext

ALARM_AFTER_S: Final = 5.0
"""Engine seconds for which an order is unknown before it is an alarm: most answer when asked."""

STAYS_S: Final = 60.0
"""Engine seconds after which one wants an answer of its own, whatever was answered before."""


class UnknownOrders:
    """Raises ORDER_UNKNOWN for each order that stays without an answer, until it has one.

    On a bad connection many do, one after the other, and one answer of the operator's covers them;
    one that stays so is said anew and wants another.

    Args:
        context: the desk's shared parts.
    """

    def __init__(self, context: DeskContext) -> None:
        self._context = context
        self._since_ms: dict[str, int] = {}

    def on_unknown(self, event: ev.OrderUnknown) -> None:
        """An order gives no answer: it is an alarm if it gives none in time."""
        self._since_ms[event.order] = event.at_ms
        context = self._context
        context.scheduler.call_at(context.moment.now_s + ALARM_AFTER_S, self._look, event)

    def on_answer(self, event: ev.OrderWorking | ev.OrderEnded) -> None:
        """The broker said what became of an order."""
        self._since_ms.pop(event.order, None)
        self._context.alarms.clear(event.at_ms, "ORDER_UNKNOWN", f"{event.trader}/{event.order}")

    def _look(self, event: ev.OrderUnknown) -> None:
        if self._since_ms.get(event.order) == event.at_ms:
            alarms, at_ms = self._context.alarms, self._context.now().at_ms
            where = f"{event.trader}/{event.order}"
            alarms.raise_(at_ms, "ORDER_UNKNOWN", where, event.order)
            due_s = self._context.moment.now_s + STAYS_S - ALARM_AFTER_S
            said = alarms.said("ORDER_UNKNOWN", where)
            self._context.scheduler.call_at(due_s, self._stays, (event, said))

    def _stays(self, due: tuple[ev.OrderUnknown, str]) -> None:
        event, said = due
        alarms, where = self._context.alarms, f"{event.trader}/{event.order}"
        still = self._since_ms.get(event.order) == event.at_ms
        if still and alarms.said("ORDER_UNKNOWN", where) == said:
            text = f"{event.order} (asked for {STAYS_S:g} s)"
            alarms.say(self._context.now().at_ms, "ORDER_UNKNOWN", where, text)
