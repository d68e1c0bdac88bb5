"""Ends that a polled broker told, asked about again before they are final."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from engine.market.session import Moment
from engine.orders.actions import Cancel, Query
from engine.orders.order import Order
from engine.orders.transitions import OrderState
from engine.orders.types import OrderReport, ReportKind
from engine.trader.context import TraderContext

ASKED_AFTER_S: Final = (2.0, 10.0, 60.0)
"""Seconds after its end at which an order is asked about again; the last answer is final."""

_ANSWER_S: Final = 2.0
"""How long the last question waits for its answer."""

_PROVISIONAL: Final = (OrderState.CANCELED, OrderState.REJECTED, OrderState.EXPIRED)


@dataclass(slots=True, eq=False)
class _End:
    """An order that was told to have ended.

    Args:
        ended_s: engine seconds at which that was heard.
        asked: questions asked since.
        answered: whether the latest was answered.
    """

    ended_s: float
    asked: int = 0
    answered: bool = False

    def due_s(self) -> float:
        """Engine second of the next question, or at which the last one's wait is over."""
        if self.asked < len(ASKED_AFTER_S):
            return self.ended_s + ASKED_AFTER_S[self.asked]
        return self.ended_s + ASKED_AFTER_S[-1] + _ANSWER_S


class FinalEnds:
    """Asks a broker that must be polled about ended orders of one trader again.

    Such a broker tells nothing by itself: an execution that overtook its "cancelled" is heard only
    where somebody asks. Brokers whose reports are a complete stream are not asked.

    Args:
        context: of the trader.
    """

    def __init__(self, context: TraderContext) -> None:
        self._context = context
        self._ends: dict[str, _End] = {}

    def __len__(self) -> int:
        """How many ends are not final yet."""
        return len(self._ends)

    def heard(self, order: Order, was_live: bool, report: OrderReport, moment: Moment) -> None:
        """Follow what a report says of an order's end.

        Args:
            order, report: the order, after the report about it was applied.
            was_live: whether the order could execute before.
            moment: the present.
        """
        context, name = self._context, order.request.client_order_id
        if not context.gate.desk.ends_asked_again:
            return
        if was_live and order.state in _PROVISIONAL:
            self._ends[name] = _End(moment.now_s)
            return
        end = self._ends.get(name)
        if end is None:
            return
        if order.state is OrderState.FILLED:
            del self._ends[name]
        elif end.asked:
            end.answered = True
            if report.kind is ReportKind.ACK:
                # It works again, or still: what was told to have ended must not execute unseen.
                context.out.append(Cancel(name, "works after its end", has_ended=True))
                self._ends[name] = _End(moment.now_s)
            elif end.asked == len(ASKED_AFTER_S):
                del self._ends[name]

    def watch(self, moment: Moment) -> None:
        """Ask about the ends that are due."""
        for name, end in list(self._ends.items()):
            if moment.now_s < end.due_s():
                continue
            if end.asked == len(ASKED_AFTER_S):
                del self._ends[name]
                continue
            end.asked += 1
            end.answered = False
            self._context.out.append(Query(name))

    def blocking(self, moment: Moment) -> bool:
        """Whether a debit must wait: the first question is to be asked, or waits for its answer."""
        return any(
            end.asked == 0 or (end.asked == 1 and not end.answered and moment.now_s < end.due_s())
            for end in self._ends.values()
        )

    def wake_s(self) -> float:
        """Engine second at which the next question is due."""
        return min((end.due_s() for end in self._ends.values()), default=math.inf)
