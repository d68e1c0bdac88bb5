"""The specification's callbacks as a broker that takes orders.

The three callbacks of the specification are enough to trade, but with them alone nobody can cancel
an order or learn what became of it; `CallbackBroker.definite` says whether more was given.
"""

from __future__ import annotations

import inspect
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

from engine.brokers.protocol import ContractPosition, OpenOrder, ReportSink
from engine.orders.types import OrderReport, OrderRequest, ReportKind

Expirations = Mapping[tuple[str, date], date | datetime]

KEPT_ORDERS: Final = 4096
"""Ended orders whose broker ids are remembered, so that a late execution finds its order."""

_EARLY: Final = 256
_FILLS: Final = (ReportKind.FILL, ReportKind.LEG_FILL, ReportKind.CORRECTION)
_ENDS: Final = (ReportKind.CANCELED, ReportKind.REJECTED, ReportKind.EXPIRED)
_WORDS: Final = {
    "filled": ReportKind.FILL,
    "partial": ReportKind.FILL,
    "partially_filled": ReportKind.FILL,
    "canceled": ReportKind.CANCELED,
    "cancelled": ReportKind.CANCELED,
    "rejected": ReportKind.REJECTED,
    "expired": ReportKind.EXPIRED,
    "working": ReportKind.ACK,
    "open": ReportKind.ACK,
    "new": ReportKind.ACK,
    "accepted": ReportKind.ACK,
    "submitted": ReportKind.ACK,
    "pending": ReportKind.ACK,
    "not_found": ReportKind.NOT_FOUND,
}


def cleaned(text: object, most: int = 160) -> str:
    """Text from outside, printable only and bounded."""
    return "".join(c if c.isprintable() else " " for c in str(text))[:most].strip()


def checked(report: Any) -> OrderReport:
    """The report, where it is one that can be booked.

    Raises:
        ValueError: it is no OrderReport, or its contracts or cents are no whole numbers.
    """
    if not isinstance(report, OrderReport):
        raise ValueError(f"a report must be an engine.OrderReport, not {type(report).__name__}")
    if report.kind in _FILLS:
        _whole(report, "quantity", 0 if report.kind is ReportKind.CORRECTION else 1, "contracts")
        _whole(report, "price_c", 0, "cents a share")
    return report


def _whole(report: OrderReport, name: str, least: int, unit: str) -> None:
    value = getattr(report, name)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(
            f"{report.kind.value} report: {name} is {value!r}; it must be a whole number of "
            f"{least} or more {unit}"
        )


@dataclass(slots=True, eq=False)
class _Placed:
    """An order that was handed to the callback, and what was learnt of it.

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


class CallbackBroker:
    """Sends orders through callbacks; every call may block and runs in the engine's pool.

    Args:
        order_callback: (symbol, legs, quantity, limit_price, expiration) -> an order id, or an
            OrderReport from a broker that answers at once; given `client_order_id=` where its
            signature takes it.
        cancel_callback: (order_id) -> True where the cancellation is confirmed, an OrderReport or
            a mapping as below, anything else where it was only asked for.
        order_status_callback: (order_id) -> an OrderReport, several of them, a status word, or a
            mapping with status, filled (contracts so far) and price (their average, dollars a
            share; the limit where missing).
        expirations: the expiration objects as the caller gave them.
    """

    blocking = True
    name = "callbacks"

    def __init__(
        self,
        order_callback: Callable[..., Any],
        cancel_callback: Callable[[Any], Any] | None = None,
        order_status_callback: Callable[[Any], Any] | None = None,
        expirations: Expirations | None = None,
    ) -> None:
        self._order = order_callback
        self._cancel = cancel_callback
        self._status = order_status_callback
        self._expirations = {} if expirations is None else expirations
        self._takes_client_id = takes(order_callback, "client_order_id")
        self._sink: ReportSink = lambda report: None
        self._lock = threading.Lock()
        self._placed: OrderedDict[str, _Placed] = OrderedDict()
        self._clients: dict[str, str] = {}
        self._early: deque[OrderReport] = deque(maxlen=_EARLY)

    @property
    def definite(self) -> bool:
        """Whether an order can be cancelled or looked up."""
        return self._cancel is not None or self._status is not None

    @property
    def can_poll(self) -> bool:
        """Whether fills must be asked for."""
        return self._status is not None

    def connect(self, sink: ReportSink) -> None:
        """Say where reports go."""
        self._sink = sink

    # ------------------------------------------------------------------ sending

    def submit(self, request: OrderRequest, now_s: float) -> None:
        """Call the order callback; its answer becomes reports.

        Raises:
            ValueError: it answered with nothing that names the order.
        """
        client = request.client_order_id
        with self._lock:
            self._placed[client] = _Placed(request)
            self._forget()
        more = {"client_order_id": client} if self._takes_client_id else {}
        key = (request.symbol, request.expiration)
        answer = self._order(
            request.symbol,
            list(request.legs),
            request.quantity,
            request.limit_c / 100,
            self._expirations.get(key, request.expiration),
            **more,
        )
        if isinstance(answer, OrderReport):
            if answer.broker_order_id:
                self._named(client, answer.broker_order_id)
            if answer.kind is not ReportKind.ACK and answer.kind is not ReportKind.REJECTED:
                self._report(OrderReport(ReportKind.ACK, client, now_s, answer.broker_order_id))
            self._report(replace(answer, client_order_id=client))
        elif answer is None or isinstance(answer, bool) or answer == "":
            raise ValueError(f"the order callback returned {answer!r} and no order id")
        else:
            early = self._named(client, answer)
            self._report(OrderReport(ReportKind.ACK, client, now_s, cleaned(answer, 64)))
            for report in early:
                self._report(replace(report, client_order_id=client))

    def _forget(self) -> None:
        """Drop the oldest ended orders beyond what is kept."""
        over = len(self._placed) - KEPT_ORDERS
        if over > 0:
            ended = [name for name, placed in self._placed.items() if placed.done]
            for name in ended[: over + KEPT_ORDERS // 8]:
                self._clients.pop(str(self._placed.pop(name).order_id), None)

    def _named(self, client: str, order_id: Any) -> list[OrderReport]:
        """Learn the broker's name of an order; returns what was pushed under it before."""
        name = str(order_id)
        with self._lock:
            self._clients[name] = client
            self._placed[client].order_id = order_id
            early = [report for report in self._early if report.broker_order_id == name]
            for report in early:
                self._early.remove(report)
        return early

    # ------------------------------------------------------------------ hearing

    def pushed(self, report: OrderReport) -> None:
        """Take a report that the broker pushed; it may name the order by the broker's own id.

        One that arrives before the order callback has returned waits for the id.
        """
        with self._lock:
            client = self._clients.get(report.broker_order_id, report.client_order_id)
            if client not in self._placed:
                self._early.append(report)
                return
        self._report(replace(report, client_order_id=client))

    def _report(self, report: OrderReport) -> None:
        """Hand a report on, unless it tells of contracts that are counted already."""
        checked(report)
        with self._lock:
            placed = self._placed.get(report.client_order_id)
            if placed is not None:
                if report.kind in (ReportKind.FILL, ReportKind.LEG_FILL) and not placed.book(
                    report
                ):
                    return
                placed.done = placed.done or report.kind in _ENDS
        self._sink(replace(report, reason=cleaned(report.reason)))

    def _reports(self, placed: _Placed, answer: Any, now_s: float) -> None:
        """Turn what a callback told of an order into reports."""
        client = placed.request.client_order_id
        if answer is None:
            return
        if isinstance(answer, OrderReport):
            self._report(replace(answer, client_order_id=client))
        elif isinstance(answer, Mapping):
            self._from_mapping(placed, answer, now_s)
        elif isinstance(answer, Iterable) and not isinstance(answer, str):
            for report in answer:
                self._report(replace(checked(report), client_order_id=client))
        else:
            self._from_mapping(placed, {"status": answer}, now_s)

    def _from_mapping(self, placed: _Placed, answer: Mapping[str, Any], now_s: float) -> None:
        client, request = placed.request.client_order_id, placed.request
        word = str(answer.get("status", "")).lower()
        kind = _WORDS.get(word)
        if kind is None:
            raise ValueError(f"order status {cleaned(word)!r} is none of {', '.join(_WORDS)}")
        total = int(answer.get("filled") or 0)
        if word == "filled" and not total:
            total = request.quantity
        if not 0 <= total <= request.quantity:
            raise ValueError(f"order status: filled is {total} of {request.quantity} contracts")
        price = answer.get("price")
        total_c = round(float(price) * 100 * total) if price is not None else None
        fill = None
        with self._lock:
            new = total - placed.filled
            if new > 0:
                new_c = request.limit_c
                if total_c is not None:
                    new_c = round((total_c - placed.paid_c) / new)
                fill = OrderReport(
                    ReportKind.FILL,
                    client,
                    now_s,
                    execution_id=f"{client}:{total}",
                    quantity=new,
                    price_c=new_c,
                )
                checked(fill)
                placed.executions.add(f"-1/{fill.execution_id}")
                placed.combinations = total
                placed.paid_c += new * new_c
                placed.counted += new
                placed.done = placed.done or total >= request.quantity
        if fill is not None:
            self._sink(fill)
        if kind is not ReportKind.FILL:
            self._report(OrderReport(kind, client, now_s, reason=cleaned(answer.get("reason", ""))))

    # ------------------------------------------------------------------ asking

    def cancel(self, client_order_id: str, now_s: float) -> None:
        """Call the cancel callback, where there is one and the order has a name."""
        placed = self._placed.get(client_order_id)
        if self._cancel is None or placed is None or placed.order_id is None:
            return
        answer = self._cancel(placed.order_id)
        if answer is True:
            self.query(client_order_id, now_s)
            if not placed.done:
                self._report(OrderReport(ReportKind.CANCELED, client_order_id, now_s))
        elif isinstance(answer, OrderReport | Mapping):
            self._reports(placed, answer, now_s)

    def query(self, client_order_id: str, now_s: float) -> None:
        """Call the status callback, where there is one and the order has a name."""
        placed = self._placed.get(client_order_id)
        if placed is None:
            return
        try:
            if self._status is not None and placed.order_id is not None:
                self._reports(placed, self._status(placed.order_id), now_s)
        finally:
            placed.asking = False

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

    def open_orders(self) -> tuple[OpenOrder, ...]:
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

    def positions(self) -> tuple[ContractPosition, ...] | None:
        """Unknown: no callback tells."""
        return None


def takes(call: Callable[..., Any], name: str) -> bool:
    """Whether a callable has a parameter of this name, or takes any."""
    try:
        parameters = inspect.signature(call).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(
        p.kind is inspect.Parameter.VAR_KEYWORD
        or (p.name == name and p.kind is not inspect.Parameter.POSITIONAL_ONLY)
        for p in parameters
    )
