"""Orders sent through a callback: their ids, and what has been reported of each."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any, Final

from engine.brokers.callbacks.answers import Status, checked
from engine.brokers.protocol import OpenOrder
from engine.orders.averages import split_total
from engine.orders.types import OrderReport, OrderRequest, ReportKind

KEPT_ORDERS: Final = 4096
"""Orders that are remembered, ended ones too, so that a late execution finds its order."""

_EARLY: Final = 256
_ENDS: Final = (ReportKind.CANCELED, ReportKind.REJECTED, ReportKind.EXPIRED)


@dataclass(slots=True, eq=False)
class PlacedOrder:
    """One order and what has been reported of it.

    Args:
        request: the order.
        order_id: of the broker; None until it is known.
        done: whether it can execute no more.
        asking: whether the status callback is being asked about it.
        combinations, paid_c: contracts executed as combinations, and those x their price in
            cents a share.
        counted: how many of those were reported as a total, not execution by execution.
        lots: contracts of each leg that were reported leg by leg.
        executions: ids of the executions counted.
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
        """Contracts filled, reported as combinations or leg by leg."""
        return max(self.combinations, min(self.lots))

    def book(self, report: OrderReport) -> bool:
        """Count an execution; False where it is counted already."""
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

    def book_total(self, status: Status, now_s: float) -> list[OrderReport]:
        """Count what a total adds, and return that as executions whose cents add up to it.

        An average over several contracts need not be whole cents, so there may be two executions.
        """
        new = status.filled - self.filled
        if new <= 0:
            return []
        new_c = new * self.request.limit_c
        if status.paid_c is not None:
            new_c = status.paid_c - self.paid_c
        client, so_far = self.request.client_order_id, self.filled
        fills: list[OrderReport] = []
        for quantity, price_c in split_total(new_c, new):
            so_far += quantity
            fill = OrderReport(
                ReportKind.FILL,
                client,
                now_s,
                execution_id=f"{client}:{so_far}",
                quantity=quantity,
                price_c=price_c,
            )
            fills.append(checked(fill))
        self.executions.update(f"-1/{fill.execution_id}" for fill in fills)
        self.combinations = status.filled
        self.paid_c += new_c
        self.counted += new
        self.done = self.done or status.filled >= self.request.quantity
        return fills


class PlacedOrders:
    """Finds orders by our id or by the broker's; every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._placed: OrderedDict[str, PlacedOrder] = OrderedDict()
        self._clients: dict[str, str] = {}
        self._early: deque[OrderReport] = deque(maxlen=_EARLY)

    def add(self, request: OrderRequest) -> None:
        """Remember an order before it is sent; beyond KEPT_ORDERS the oldest ended ones go."""
        with self._lock:
            self._placed[request.client_order_id] = PlacedOrder(request)
            over = len(self._placed) - KEPT_ORDERS
            if over > 0:
                ended = [name for name, placed in self._placed.items() if placed.done]
                for name in ended[: over + KEPT_ORDERS // 8]:
                    self._clients.pop(str(self._placed.pop(name).order_id), None)

    def get(self, client_order_id: str) -> PlacedOrder | None:
        """The order; None where it is not known."""
        return self._placed.get(client_order_id)

    def name(self, client: str, order_id: Any) -> list[OrderReport]:
        """Take the broker's id of an order; return the reports pushed under it before."""
        name = str(order_id)
        with self._lock:
            self._clients[name] = client
            self._placed[client].order_id = order_id
            early = [report for report in self._early if report.broker_order_id == name]
            for report in early:
                self._early.remove(report)
        return early

    def owner(self, report: OrderReport) -> str | None:
        """Our id of a pushed report's order; a report of an unknown one waits for `name`."""
        with self._lock:
            client = self._clients.get(report.broker_order_id, report.client_order_id)
            if client in self._placed:
                return client
            self._early.append(report)
            return None

    def is_news(self, report: OrderReport) -> bool:
        """Count a report; False where its contracts are counted already."""
        with self._lock:
            placed = self._placed.get(report.client_order_id)
            if placed is not None:
                if report.kind in (ReportKind.FILL, ReportKind.LEG_FILL) and not placed.book(
                    report
                ):
                    return False
                placed.done = placed.done or report.kind in _ENDS
        return True

    def book_total(self, placed: PlacedOrder, status: Status, now_s: float) -> list[OrderReport]:
        """Count what a total adds, and return that as executions, at most two."""
        with self._lock:
            return placed.book_total(status, now_s)

    def to_ask(self) -> tuple[OrderRequest, ...]:
        """Orders that may still execute and are not being asked about; from now on they are."""
        with self._lock:
            unasked = [
                placed
                for placed in self._placed.values()
                if not placed.done and not placed.asking and placed.order_id is not None
            ]
            for placed in unasked:
                placed.asking = True
        return tuple(placed.request for placed in unasked)

    def answered(self, placed: PlacedOrder) -> None:
        """Note that the status callback has answered about an order, or failed."""
        placed.asking = False

    def open(self) -> tuple[OpenOrder, ...]:
        """Our orders without a final report."""
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
