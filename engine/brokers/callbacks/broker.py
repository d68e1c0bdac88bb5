"""The specification's callbacks as a broker that takes orders.

The three callbacks of the specification are enough to trade, but with them alone an order can
neither be cancelled nor looked up; `CallbackBroker.definite` says whether more were given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from engine.brokers.callbacks.answers import checked, read_status, takes
from engine.brokers.callbacks.placed_order import PlacedOrder
from engine.brokers.callbacks.placed_orders import PlacedOrders
from engine.brokers.callbacks.told_order import ToldOrder, told_order
from engine.brokers.protocol import ContractPosition, OpenOrder, ReportSink
from engine.orders.soundness import cleaned
from engine.orders.types import OrderReport, OrderRequest, ReportKind

Expirations = Mapping[tuple[str, date], date | datetime]

_STRANGE_KEPT: Final = 16


class CallbackBroker:
    """Sends orders through callbacks; every call may block and runs in the engine's pool.

    Args:
        order_callback: (symbol, legs, quantity, limit_price, expiration) -> an order id, or an
            OrderReport from a broker that answers at once; given `client_order_id=`, `effects=`
            ("open", "close" or "mixed" for each leg) and `pays=` (True for a debit, False for a
            credit) where its signature takes them.
        cancel_callback: (order_id) -> True where the cancellation is confirmed, an OrderReport or
            a mapping as below, anything else where it was only requested.
        order_status_callback: (order_id) -> an OrderReport, several of them, a status, or a
            mapping or object with status, filled (contracts so far) and price (their average,
            dollars a share; asked for again where it is missing), by these or a library's names.
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
        self._takes = tuple(
            name for name in ("client_order_id", "effects", "pays") if takes(order_callback, name)
        )
        self._sink: ReportSink = lambda report: None
        self._orders = PlacedOrders()
        self._strange: dict[str, str] = {}

    @property
    def definite(self) -> bool:
        """Whether an order can be cancelled or looked up."""
        return self._cancel is not None or self._status is not None

    @property
    def can_poll(self) -> bool:
        """Whether the status callback must be polled for fills."""
        return self._status is not None

    def connect(self, sink: ReportSink) -> None:
        """Take the sink of reports."""
        self._sink = sink

    # ------------------------------------------------------------------ sending

    def submit(self, request: OrderRequest, now_s: float) -> None:
        """Call the order callback; its answer becomes reports.

        Raises:
            ValueError: its answer does not name the order.
        """
        client = request.client_order_id
        self._orders.add(request, now_s)
        extra = {name: getattr(request, name) for name in self._takes}
        key = (request.symbol, request.expiration)
        answer = self._order(
            request.symbol,
            list(request.legs),
            request.quantity,
            request.limit_c / 100,
            self._expirations.get(key, request.expiration),
            **extra,
        )
        if isinstance(answer, OrderReport):
            early: list[OrderReport] = []
            if answer.broker_order_id:
                early = self._orders.name(client, answer.broker_order_id)
            if answer.kind is not ReportKind.ACK and answer.kind is not ReportKind.REJECTED:
                self._report(OrderReport(ReportKind.ACK, client, now_s, answer.broker_order_id))
            for report in (*early, answer):
                self._report(replace(report, client_order_id=client))
        elif answer is None or isinstance(answer, bool) or answer == "":
            raise ValueError(f"the order callback returned {answer!r} and no order id")
        else:
            early = self._orders.name(client, answer)
            self._report(OrderReport(ReportKind.ACK, client, now_s, cleaned(answer, 64)))
            for report in early:
                self._report(replace(report, client_order_id=client))

    # ------------------------------------------------------------------ reports

    def pushed(self, report: OrderReport, now_s: float) -> None:
        """Take a report that the broker pushed; it may name the order by the broker's own id.

        One that arrives before the order callback has returned waits for the id.
        """
        report = checked(report)
        client = self._orders.owner(report, now_s)
        if client is not None:
            self._report(replace(report, client_order_id=client))

    def _report(self, report: OrderReport) -> None:
        """Pass a report to the sink, unless its contracts are counted already."""
        for news in self._orders.news(checked(report)):
            self._sink(replace(news, reason=cleaned(news.reason)))

    def _reports(self, placed: PlacedOrder, answer: Any, now_s: float) -> None:
        """Turn a callback's answer about an order into reports."""
        if answer is None:
            return
        if isinstance(answer, OrderReport):
            self._told(placed, (answer,))
        elif isinstance(answer, (list, tuple, Set, Iterator)) and not hasattr(answer, "_fields"):
            self._told(placed, answer)
        else:
            self._from_order(placed, told_order(answer), now_s)

    def _told(self, placed: PlacedOrder, answer: Iterable[Any]) -> None:
        """Take the reports of an answer, each for the order that it names: the asked one or not.

        Raises:
            ValueError: one names an order that is not ours; the others are taken.
        """
        others: list[str] = []
        for each in answer:
            report = checked(each)
            client = self._orders.named(report, placed)
            if client is None:
                others.append(report.broker_order_id)
            else:
                self._report(replace(report, client_order_id=client))
        if others:
            asked = cleaned(placed.order_id, 64)
            raise ValueError(
                f"asked about order {asked} the answer is about {cleaned(others[0], 64)}; the "
                "status callback must tell of the order it is asked about"
            )

    def _from_order(self, placed: PlacedOrder, told: ToldOrder, now_s: float) -> None:
        status = read_status(placed.request, told)
        if status.strange and len(self._strange) < _STRANGE_KEPT:
            self._strange.setdefault(status.strange, placed.request.client_order_id)
        for fill in self._orders.book_total(placed, status, now_s):
            self._sink(fill)
        if status.is_replaced:
            self._orders.replace(placed, told.successor)
        if status.kind is not ReportKind.FILL:
            client, reason = placed.request.client_order_id, cleaned(told.reason)
            self._report(OrderReport(status.kind, client, now_s, reason=reason))

    def strange_words(self) -> tuple[tuple[str, str], ...]:
        """Status words that nobody knows, each with the order of which it was told first."""
        return tuple(self._strange.copy().items())

    def waiting(self, now_s: float) -> tuple[OrderReport, ...]:
        """Executions pushed some seconds ago that belong to no order the broker has named."""
        return self._orders.waiting(now_s)

    # ------------------------------------------------------------------ cancelling and asking

    def cancel(self, client_order_id: str, now_s: float) -> None:
        """Call the cancel callback, where there is one and the order's id is known."""
        placed = self._orders.get(client_order_id)
        if self._cancel is None or placed is None or placed.order_id is None:
            return
        answer = self._cancel(placed.order_id)
        if answer is True:
            self.query(client_order_id, now_s)
            if not placed.done and not placed.lost:
                self._report(OrderReport(ReportKind.CANCELED, client_order_id, now_s))
        elif isinstance(answer, OrderReport | Mapping):
            self._reports(placed, answer, now_s)

    def query(self, client_order_id: str, now_s: float) -> None:
        """Call the status callback, where there is one and the order's id is known."""
        placed = self._orders.get(client_order_id)
        if placed is None:
            return
        heard = False
        try:
            if self._status is not None and placed.order_id is not None:
                answer = self._status(placed.order_id)
                self._reports(placed, answer, now_s)
                heard = answer is not None
        finally:
            self._orders.answered(placed, heard=heard)

    def to_ask(self, now_s: float) -> tuple[OrderRequest, ...]:
        """Orders to ask about that are not being asked about; from now on they are."""
        return self._orders.to_ask(now_s)

    def contradicted(self) -> tuple[tuple[OrderRequest, str], ...]:
        """Orders of which the total tells fewer contracts, or another price, than is booked."""
        return self._orders.contradicted()

    def replaced(self) -> tuple[tuple[OrderRequest, str], ...]:
        """Orders that the broker has replaced, with what is known of it, until they end."""
        return self._orders.replaced()

    def open_orders(self) -> tuple[OpenOrder, ...]:
        """Our orders without a final report."""
        return self._orders.open()

    def positions(self) -> tuple[ContractPosition, ...] | None:
        """Unknown: no callback reports them."""
        return None
