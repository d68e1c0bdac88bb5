"""Contracts that executed at a price nobody knows: asked about again, and an alarm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from engine.market.session import Moment
from engine.orders.actions import Query
from engine.orders.order import Order
from engine.orders.types import OrderReport
from engine.trader.context import TraderContext
from engine.trader.order_life import told_in_place

WARNED_AFTER_S: Final = 10.0
_LONGEST_WAIT_S: Final = 16.0


@dataclass(slots=True, eq=False)
class _Question:
    """An order whose contracts have no price yet.

    Args:
        told: what the broker told in place of a price.
        warn_s, ask_s: engine seconds of the alarm and of the next question.
        wait_s: seconds between that question and the one after it.
    """

    told: str
    warn_s: float
    ask_s: float
    wait_s: float


class UnknownPrices:
    """Knows which orders of one trader executed at no price that they can have executed at.

    Their contracts are booked at the limit, the worst that they can have cost or brought, so that
    limits count them and their credit goes out; the chain enters nothing before the price is known.

    Args:
        context: of the trader.
    """

    def __init__(self, context: TraderContext) -> None:
        self._context = context
        self._orders: dict[str, tuple[Order, _Question]] = {}

    def __bool__(self) -> bool:
        return bool(self._orders)

    def restore(self, order: Order, told: str, since_s: float, now_s: float) -> None:
        """Go on asking about an order of an earlier process.

        Args:
            order: some of its executions have no price.
            told: what was told in place of one.
            since_s, now_s: engine seconds of the first of them, and of the present.
        """
        wait_s = self._context.gate.limits.unknown_after_s
        question = _Question(told, since_s + WARNED_AFTER_S, now_s, wait_s)
        self._orders[order.request.client_order_id] = order, question

    def heard(self, order: Order, report: OrderReport, moment: Moment) -> None:
        """Follow what a report says of an order's prices."""
        name = order.request.client_order_id
        if order.unpriced:
            wait_s = self._context.gate.limits.unknown_after_s
            told = told_in_place(order, report)
            question = _Question(told, moment.now_s + WARNED_AFTER_S, moment.now_s + wait_s, wait_s)
            self._orders.setdefault(name, (order, question))
        elif self._orders.pop(name, None) is not None:
            self._context.clear("PRICE_UNKNOWN", name)

    def watch(self, moment: Moment) -> None:
        """Ask about the prices that are due, and raise the alarm of those that take too long."""
        context = self._context
        for name, (order, question) in list(self._orders.items()):
            if moment.now_s >= question.warn_s:
                question.warn_s = math.inf
                contracts = sum(order.executions[each][0] for each in order.unpriced)
                limit = f"{order.request.limit_c / 100:.2f}"
                text = f"order {name}, {contracts} filled, {question.told}, limit {limit}"
                context.warn("PRICE_UNKNOWN", name, text)
            if moment.now_s >= question.ask_s:
                question.wait_s = min(_LONGEST_WAIT_S, 2 * question.wait_s)
                question.ask_s = moment.now_s + question.wait_s
                context.out.append(Query(name))

    def wake_s(self) -> float:
        """Engine second at which the next question or alarm is due."""
        return min(
            (min(each.ask_s, each.warn_s) for _, each in self._orders.values()), default=math.inf
        )
