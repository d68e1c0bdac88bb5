"""Ends that a polled broker told, asked about again before they are final."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from engine.market.session import Moment
from engine.orders import events as ev
from engine.orders.actions import Cancel, Query
from engine.orders.order import Order
from engine.orders.transitions import OrderState
from engine.orders.types import OrderReport, ReportKind
from engine.trader.context import TraderContext

ASKED_AFTER_S: Final = (2.0, 10.0, 60.0)
"""Seconds after its end at which an order is asked about again; the last answer is final."""

_ANSWER_S: Final = 2.0
"""How long the last question waits for its answer."""

_ASKED_AGAIN: Final = 3
"""How often the last question is put again, a minute apart, where it gets no answer."""

_PROVISIONAL: Final = (OrderState.CANCELED, OrderState.REJECTED, OrderState.EXPIRED)


@dataclass(slots=True, eq=False)
class _End:
    """An order that was told to have ended.

    Args:
        ended_s: engine seconds at which that was heard.
        asked: questions asked since.
        answered: whether the latest was answered.
        last_s: engine second at which the last question was put; None before it is.
    """

    ended_s: float
    asked: int = 0
    answered: bool = False
    last_s: float | None = None


class FinalEnds:
    """Asks a broker that must be polled about ended orders of one trader again.

    Such a broker tells nothing by itself: an execution that overtook its "cancelled" is heard only
    where somebody asks. Brokers whose reports are a complete stream are not asked. At the end of
    the session the last question is moved up: see `_last_s`.

    Args:
        context: of the trader.
    """

    def __init__(self, context: TraderContext) -> None:
        self._context = context
        self._ends: dict[str, _End] = {}
        self._unanswered = 0

    def __len__(self) -> int:
        """How many ends are not final, those counted about which the broker never answered."""
        return len(self._ends) + self._unanswered

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
            context.note(ev.EndAwaited(moment.at_ms, context.key, name))
            return
        end = self._ends.get(name)
        if end is None:
            return
        if order.state is OrderState.FILLED:
            self._is_final(name, moment)
        elif end.asked:
            end.answered = True
            if report.kind is ReportKind.ACK:
                # It works again, or still: what was told to have ended must not execute unseen.
                context.out.append(Cancel(name, "works after its end", has_ended=True))
                self._ends[name] = _End(moment.now_s)
            elif end.last_s is not None:
                self._is_final(name, moment)

    def _is_final(self, name: str, moment: Moment) -> None:
        del self._ends[name]
        self._context.note(ev.EndFinal(moment.at_ms, self._context.key, name))

    def forgotten(self, name: str, moment: Moment) -> None:
        """The broker answered about an order that its trader no longer remembers."""
        end = self._ends.get(name)
        if end is not None and end.last_s is not None:
            self._is_final(name, moment)

    def restore(self, name: str, ended_s: float) -> None:
        """Go on asking about an order of an earlier process that ended at engine second `ended_s`.

        Questions whose time is over are one; what that process never got an answer about is asked
        about anew.
        """
        self._ends[name] = _End(ended_s)

    def watch(self, moment: Moment) -> None:
        """Ask about the ends that are due."""
        for name, end in list(self._ends.items()):
            if moment.now_s < self._due_s(end):
                continue
            if end.asked >= len(ASKED_AFTER_S) + _ASKED_AGAIN and not self._closing:
                del self._ends[name]
                self._unanswered += 1
                continue
            end.asked += 1
            end.answered = False
            if end.asked >= len(ASKED_AFTER_S) or moment.now_s >= self._last_s(end):
                end.last_s = moment.now_s
            self._context.out.append(Query(name))

    @property
    def _closing(self) -> bool:
        return self._context.gate.desk.ends_final_by_s < math.inf

    def _last_s(self, end: _End) -> float:
        """Engine second of the last question.

        While the session goes on it is the third. When it ends nobody is there to ask later: an end
        that is as old as the session's end may wait is asked about at once, a younger one when it
        is so old, less the time that an answer takes.
        """
        last_s = end.ended_s + ASKED_AFTER_S[-1]
        if not self._closing:
            return last_s
        gate = self._context.gate
        within_s, by_s = gate.limits.final_ends_within_s, gate.desk.ends_final_by_s
        return min(last_s, max(by_s - within_s, end.ended_s + within_s - _ANSWER_S))

    def _due_s(self, end: _End) -> float:
        """Engine second of the next question."""
        if end.last_s is not None:
            return end.last_s + (_ANSWER_S if self._closing else ASKED_AFTER_S[-1])
        return min(end.ended_s + ASKED_AFTER_S[end.asked], self._last_s(end))

    def blocking(self, moment: Moment) -> bool:
        """Whether a debit must wait: the first question is to be asked, or waits for its answer."""
        return any(
            end.asked == 0
            or (end.asked == 1 and not end.answered and moment.now_s < self._due_s(end))
            for end in self._ends.values()
        )

    def wake_s(self) -> float:
        """Engine second at which the next question is due."""
        return min((self._due_s(end) for end in self._ends.values()), default=math.inf)
