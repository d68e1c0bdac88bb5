"""Orders sent through a callback: their ids, and what has been reported of each."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from datetime import date
from typing import Any, Final, NamedTuple

from engine.brokers.callbacks.answers import Status, signed_as_ordered
from engine.brokers.callbacks.placed_order import PlacedOrder
from engine.brokers.protocol import OpenOrder
from engine.market.calendar import exchange_date
from engine.orders.types import OrderReport, OrderRequest, ReportKind

KEPT_ORDERS: Final = 4096
"""Orders that are remembered, ended ones too, so that a late execution finds its order."""

WAITS_S: Final = 5.0
"""How long a report may wait for its order before it is an alarm."""

_EARLY: Final = 256
_ENDS: Final = (ReportKind.CANCELED, ReportKind.REJECTED, ReportKind.EXPIRED)


class Early(NamedTuple):
    """A report whose order is not known yet, and the second at which it came."""

    report: OrderReport
    since_s: float


class PlacedOrders:
    """Finds orders by our id or by the broker's; every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._placed: OrderedDict[str, PlacedOrder] = OrderedDict()
        self._clients: dict[str, str] = {}
        self._days: dict[str, date] = {}
        self._early: deque[Early] = deque(maxlen=_EARLY)
        # The few orders that a total contradicted, or that the broker replaced.
        self._odd: dict[str, PlacedOrder] = {}

    def add(self, request: OrderRequest, now_s: float) -> None:
        """Remember an order before it is sent; beyond KEPT_ORDERS the oldest ended ones go."""
        with self._lock:
            self._placed[request.client_order_id] = PlacedOrder(request)
            self._days[request.client_order_id] = exchange_date(now_s)
            over = len(self._placed) - KEPT_ORDERS
            if over > 0:
                ended = [name for name, placed in self._placed.items() if placed.done]
                for name in ended[: over + KEPT_ORDERS // 8]:
                    self._days.pop(name)
                    self._odd.pop(name, None)
                    theirs = str(self._placed.pop(name).order_id)
                    if self._clients.get(theirs) == name:
                        del self._clients[theirs]

    def get(self, client_order_id: str) -> PlacedOrder | None:
        """The order; None where it is not known."""
        return self._placed.get(client_order_id)

    def name(self, client: str, order_id: Any) -> list[OrderReport]:
        """Take the broker's id of an order; return the reports pushed under it before.

        A broker may count its ids anew each day: that of an order which ended on an earlier day
        is the new order's from now on, and the ended one is found by our own id alone.

        Raises:
            ValueError: it is the id of another order that may still execute, or of the same day.
        """
        name = str(order_id)
        with self._lock:
            former = self._clients.get(name, client)
            if former != client and self._is_over(former, client):
                self._placed[former].named(None)
            elif former != client:
                raise ValueError(
                    f"the order callback returned {name[:64]!r} for two orders; each order must "
                    "have an id of its own"
                )
            self._clients[name] = client
            self._placed[client].named(order_id)
            early = [each for each in self._early if each.report.broker_order_id == name]
            for each in early:
                self._early.remove(each)
        return [each.report for each in early]

    def _is_over(self, former: str, client: str) -> bool:
        """Whether an order ended, and was sent on an earlier day than another."""
        return self._placed[former].done and self._days[former] < self._days[client]

    def named(self, report: OrderReport, asked: PlacedOrder) -> str | None:
        """Our id of the order that a report names, `asked` where it names none; None: not ours."""
        with self._lock:
            for client in (self._clients.get(report.broker_order_id), report.client_order_id):
                if client is not None and client in self._placed:
                    return client
        return asked.request.client_order_id if not report.broker_order_id else None

    def owner(self, report: OrderReport, now_s: float) -> str | None:
        """Our id of a pushed report's order; a report of an unknown one waits for `name`.

        One that names an order both ways tells the broker's id where its callback did not.
        """
        with self._lock:
            client = self._clients.get(report.broker_order_id, report.client_order_id)
            placed = self._placed.get(client)
            if placed is not None:
                if placed.order_id is None and report.broker_order_id:
                    self._clients[report.broker_order_id] = client
                    placed.named(report.broker_order_id)
                return client
            self._early.append(Early(report, now_s))
            return None

    def waiting(self, now_s: float) -> tuple[OrderReport, ...]:
        """Executions that have waited too long for their order."""
        with self._lock:
            return tuple(
                report
                for report, since_s in self._early
                if report.execution_id and now_s - since_s >= WAITS_S
            )

    def news(self, report: OrderReport) -> list[OrderReport]:
        """Count a report; what the engine has to hear of it."""
        with self._lock:
            placed = self._placed.get(report.client_order_id)
            if placed is None:
                return [report]
            report = signed_as_ordered(placed.request, report)
            if report.kind in (ReportKind.FILL, ReportKind.LEG_FILL):
                return placed.book(report)
            if report.kind is ReportKind.CORRECTION:
                return placed.correct(report)
            if report.kind in _ENDS:
                placed.end()
        return [report]

    def book_total(self, placed: PlacedOrder, status: Status, now_s: float) -> list[OrderReport]:
        """Count what a total adds, and return that as executions and corrections."""
        with self._lock:
            news = placed.book_total(status, now_s)
            if placed.difference:
                self._odd[placed.request.client_order_id] = placed
        return news

    def contradicted(self) -> tuple[tuple[OrderRequest, str], ...]:
        """Orders of which the total tells fewer contracts, or another price, than is booked."""
        with self._lock:
            return tuple(
                (placed.request, placed.difference)
                for placed in self._odd.values()
                if placed.difference
            )

    def replace(self, placed: PlacedOrder, successor: Any) -> None:
        """The broker has put another order in this one's place."""
        client = placed.request.client_order_id
        with self._lock:
            if self._clients.get(str(successor), client) != client:
                successor = None
            placed.replace_by(successor)
            self._odd[client] = placed
            if not placed.lost:
                self._clients[str(successor)] = client

    def replaced(self) -> tuple[tuple[OrderRequest, str], ...]:
        """Orders that the broker has replaced, with what is known of it, until they end."""
        with self._lock:
            return tuple(
                (placed.request, placed.replaced)
                for placed in self._odd.values()
                if placed.replaced and not placed.done
            )

    def to_ask(self, now_s: float) -> tuple[OrderRequest, ...]:
        """Orders to ask about that are not being asked about; from now on they are.

        Those that may still execute, those whose pushed contracts no total has confirmed, and,
        once, those whose last contract executed a minute ago.
        """
        with self._lock:
            unasked = [
                placed
                for placed in self._placed.values()
                if not placed.asking and placed.order_id is not None and placed.is_due(now_s)
            ]
            for placed in unasked:
                placed.ask(now_s)
        return tuple(placed.request for placed in unasked)

    def answered(self, placed: PlacedOrder, *, heard: bool) -> None:
        """Note that the status callback has answered about an order, or (not `heard`) has not."""
        with self._lock:
            placed.answered(heard=heard)

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
