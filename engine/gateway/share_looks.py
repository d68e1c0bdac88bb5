"""When an order of shares is looked up, and when it has surely never come to the broker.

The rule is that of orders of options (`looking.py`): one 404 proves nothing, since a look-up by
our id may lag behind; the order is in no list, and the account holds nothing that it may have
executed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from engine.brokers.dialect import ShareDialect
from engine.brokers.http.outcome import ABSENT_S
from engine.gateway.books import Notice, Send, holdings, open_orders, orders_since
from engine.gateway.journal import NOT_FOUND
from engine.market.quotes.symbols import bare_root

LOOK_EVERY_S: Final = 1.0
ABSENT_EVERY_S: Final = 10.0
"""Seconds between two looks at an order that the broker has not known for ABSENT_S."""

ENDED_EVERY_S: Final = 30.0
WATCHED_ON_S: Final = 24 * 3600.0
"""Seconds for which one that ended as not found is looked up on: it is an order of the day."""

_EARLIER_S: Final = 60.0
"""Seconds before it was sent from which an order is looked for: clocks differ."""


@dataclass(slots=True)
class ShareOrder:
    """An order as the file has it.

    Args:
        name: our id.
        root: of the shares.
        shares: bought, negative where sold.
        at_s: epoch second at which it was about to leave.
        end: its end; "" where it may still execute.
        sent_s: monotonic second at which it left, or a restart read of it; infinite before.
        due_s: monotonic second of the next look.
        broker_id: the broker's id of it; "" before it told it.
        cancel_s: monotonic second at which the broker first took a cancel; infinite before.
    """

    name: str
    root: str
    shares: int
    at_s: float
    end: str = ""
    sent_s: float = math.inf
    due_s: float = -math.inf
    broker_id: str = ""
    cancel_s: float = math.inf

    def left(self, now_s: float) -> None:
        """It left, or was read of the file."""
        self.sent_s = now_s

    def soon(self) -> None:
        """It has to be looked up with the next turn."""
        self.due_s = -math.inf

    def named(self, broker_id: str) -> None:
        """The broker told its own id of it."""
        self.broker_id = broker_id

    def cancelling(self, now_s: float) -> None:
        """The broker took a cancel of it."""
        self.cancel_s = min(self.cancel_s, now_s)

    def ends(self, end: str, now_s: float) -> None:
        """It ended; "" where it works after all."""
        self.end = end
        self.looked(now_s)

    def looked(self, now_s: float) -> None:
        """It was looked up; sets when that is due again."""
        if self.end == NOT_FOUND:
            self.due_s = now_s + ENDED_EVERY_S
            if now_s - self.sent_s > WATCHED_ON_S:
                self.due_s = math.inf
        else:
            self.due_s = math.inf if self.end else now_s + LOOK_EVERY_S

    def absent(self, now_s: float) -> bool:
        """A look-up does not know it; whether that has been possible for long enough."""
        long = now_s - self.sent_s >= ABSENT_S
        if long and not self.end:
            self.due_s = now_s + ABSENT_EVERY_S
        return long


class Absence:
    """Seeks an order of shares that a look-up by our id does not know.

    Args:
        dialect: the broker's.
        send: makes a call.
        notice: tells the operator.
    """

    def __init__(self, dialect: ShareDialect, send: Send, notice: Notice) -> None:
        self._dialect, self._send, self._notice = dialect, send, notice

    def broker_id(self, order: ShareOrder, age_s: float, now_s: float) -> str | None:
        """The broker's id of an order in its lists; "" where none has it, None where untold.

        Args:
            order: which.
            age_s: seconds since it left.
            now_s: epoch second of now.
        """
        dialect, send, notice = self._dialect, self._send, self._notice
        for rows in (
            open_orders(dialect, send, notice),
            orders_since(dialect, send, notice, now_s - age_s - _EARLIER_S),
        ):
            if rows is None:
                return None
            for each in rows:
                if each.client_order_id == order.name:
                    return each.broker_order_id
        return ""

    def is_sure(self, order: ShareOrder, booked: int) -> bool:
        """Whether an order that no list has cannot have executed; False where untold.

        Args:
            order: which.
            booked: shares of its root in our books, signed, from before this is asked.
        """
        told = holdings(self._dialect, self._send, self._notice)
        if told is None:
            return False
        root = bare_root(order.root)
        if any(bare_root(each) == root for each in told.unread_shares):
            return False  # it may hold any number of them
        held = sum(each.quantity for each in told.shares if bare_root(each.symbol) == root)
        beyond = held - booked
        if (beyond if order.shares > 0 else -beyond) <= 0:
            return True
        self._notice(
            "ORDER_GONE",
            f"the broker does not know order {order.name}; it may have executed: the account holds "
            f"{held:+d} {order.root} shares, the books {booked:+d}; look on the broker's page",
        )
        return False
