"""Orders that were handed to a callback: their names, and what was learnt of each."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any, Final

from engine.brokers.callbacks.answers import Status, checked
from engine.brokers.protocol import OpenOrder
from engine.orders.types import OrderReport, OrderRequest, ReportKind

KEPT_ORDERS: Final = 4096
"""Ended orders whose broker ids are remembered, so that a late execution finds its order."""

_EARLY: Final = 256
_ENDS: Final = (ReportKind.CANCELED, ReportKind.REJECTED, ReportKind.EXPIRED)


@dataclass(slots=True, eq=False)
class PlacedOrder:
    """One order and what was learnt of it.

    counted is how many of the filled contracts were told as a total rather than execution by
    execution; asking says that a question about it is on its way.
    """

    request: OrderRequest
    order_id: Any = None
    done: bool = False
    asking: bool = False
    combinations: int = 0
    paid_c: int = 0
    counted: int = 0
    lots: list[int] = field(default_factory=lambda: [0, 0])
    executions: set[str] = field(default_factory=set)

    @property
    def filled(self) -> int:
        """Contracts filled, told whole or leg by leg."""
        return max(self.combinations, min(self.lots))

    def book(self, report: OrderReport) -> bool:
        """Count an execution; False where it is known already."""
        name = f"{report.leg}/{report.execution_id}"
        if name in self.executions:
            return False
        self.executions.add(name)
        if report.kind is ReportKind.LEG_FILL:
            if report.leg in (0, 1):
                self.lots[report.leg] += report.quantity
        else:
            if 0 < report.quantity <= self.counted:
                self.counted -= report.quantity
                return False
            self.combinations += report.quantity
            self.paid_c += report.quantity * report.price_c
        self.done = self.done or self.filled >= self.request.quantity
        return True

    def book_total(self, status: Status, now_s: float) -> OrderReport | None:
        """Count what a total has more than is known; returns it as an execution."""
        new = status.filled - self.filled
        if new <= 0:
            return None
        client = self.request.client_order_id
        new_c = self.request.limit_c
        if status.paid_c is not None:
            new_c = round((status.paid_c - self.paid_c) / new)
        fill = OrderReport(
            ReportKind.FILL,
            client,
            now_s,
            execution_id=f"{client}:{status.filled}",
            quantity=new,
            price_c=new_c,
        )
        checked(fill)
        self.executions.add(f"-1/{fill.execution_id}")
        self.combinations = status.filled
        self.paid_c += new * new_c
        self.counted += new
        self.done = self.done or status.filled >= self.request.quantity
        return fill


class PlacedOrders:
    """Finds an order by our name or by the broker's; every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._placed: OrderedDict[str, PlacedOrder] = OrderedDict()
        self._clients: dict[str, str] = {}
        self._early: deque[OrderReport] = deque(maxlen=_EARLY)

    def add(self, request: OrderRequest) -> None:
        """Remember an order that is about to be sent; the oldest ended ones beyond make room."""
        with self._lock:
            self._placed[request.client_order_id] = PlacedOrder(request)
            over = len(self._placed) - KEPT_ORDERS
            if over > 0:
                ended = [name for name, placed in self._placed.items() if placed.done]
                for name in ended[: over + KEPT_ORDERS // 8]:
                    self._clients.pop(str(self._placed.pop(name).order_id), None)

    def get(self, client_order_id: str) -> PlacedOrder | None:
        """The order of this name of ours."""
        return self._placed.get(client_order_id)

    def name(self, client: str, order_id: Any) -> list[OrderReport]:
        """Learn the broker's name of an order; returns what was pushed under it before."""
        name = str(order_id)
        with self._lock:
            self._clients[name] = client
            self._placed[client].order_id = order_id
            early = [report for report in self._early if report.broker_order_id == name]
            for report in early:
                self._early.remove(report)
        return early

    def owner(self, report: OrderReport) -> str | None:
        """Our name of a pushed report's order; a report of an unknown one waits for `name`."""
        with self._lock:
            client = self._clients.get(report.broker_order_id, report.client_order_id)
            if client in self._placed:
                return client
            self._early.append(report)
            return None

    def is_news(self, report: OrderReport) -> bool:
        """Count a report; False where it tells of contracts that are counted already."""
        with self._lock:
            placed = self._placed.get(report.client_order_id)
            if placed is not None:
                if report.kind in (ReportKind.FILL, ReportKind.LEG_FILL) and not placed.book(
                    report
                ):
                    return False
                placed.done = placed.done or report.kind in _ENDS
        return True

    def book_total(self, placed: PlacedOrder, status: Status, now_s: float) -> OrderReport | None:
        """Count what a total has more than is known; returns it as an execution."""
        with self._lock:
            return placed.book_total(status, now_s)

    def to_ask(self) -> tuple[OrderRequest, ...]:
        """Orders that may still execute and about which no question is on its way; now one is."""
        with self._lock:
            found = [
                placed
                for placed in self._placed.values()
                if not placed.done and not placed.asking and placed.order_id is not None
            ]
            for placed in found:
                placed.asking = True
        return tuple(placed.request for placed in found)

    def open(self) -> tuple[OpenOrder, ...]:
        """Orders of ours without a terminal report."""
        with self._lock:
            return tuple(
                OpenOrder(
                    name,
                    "" if placed.order_id is None else str(placed.order_id),
                    placed.request.quantity,
                    placed.filled,
                )
                for name, placed in self._placed.items()
                if not placed.done
            )
