"""One order's life as its journaled events tell it: our own state beside what the broker said."""

from __future__ import annotations

from typing import Final

from engine.orders import events as ev
from engine.snapshot import OrderStory, StoryLine
from engine.state.order_record import OrderRecord

_ENDS: Final = frozenset({"denied"})
"""Ends that no broker reported: the desk's own."""


def order_story(record: OrderRecord) -> OrderStory:
    """Every event of an order, oldest first, with both states after each.

    The local state is what the desk went by; the broker's is the last thing it said, "-" before.
    """
    intent = record.intent
    local, broker, filled = "recorded", "-", 0
    words = f"{intent.quantity} at {intent.limit_c / 100:.2f}"
    lines = [StoryLine(intent.at_ms / 1000, "intended", local, broker, words)]
    for event in record.events:
        what, text = type(event).__name__, ""
        if isinstance(event, ev.OrderSent):
            what, local = "sent", "sent"
        elif isinstance(event, ev.OrderWorking):
            what, broker, text = "acknowledged", "working", event.broker_order
            local = local if local in ("partial", "canceling") else "working"
        elif isinstance(event, ev.OrderUnknown):
            what, local, text = "no answer", "unknown", event.reason
        elif isinstance(event, ev.CancelSent):
            what, local, text = "cancel sent", "canceling", event.reason
        elif isinstance(event, ev.Executed):
            filled += event.quantity
            what = "executed" if event.quantity > 0 else "corrected"
            late = ", late" if event.late else ""
            text = f"{event.quantity:+d} at {event.price_c / 100:.2f}{late}, {event.execution}"
            broker = f"filled {filled}/{intent.quantity}"
            if filled == intent.quantity:
                local = "filled"
            elif local not in ("canceling", "canceled", "rejected", "expired"):
                local = "partial"
        elif isinstance(event, ev.OrderEnded):
            what, text = "ended", event.reason
            local = "filled" if filled == intent.quantity else event.status
            broker = broker if event.status in _ENDS else event.status
        lines.append(StoryLine(event.at_ms / 1000, what, local, broker, text))
    return OrderStory(intent.order, tuple(lines), record.left_out)
