"""The specification's callbacks as a broker and a source of quotes.

The three callbacks of the specification are enough to trade, but with them alone nobody can cancel
an order or learn what became of it; `CallbackBroker.definite` says whether more was given.
"""

from __future__ import annotations

import inspect
import math
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from engine.brokers.protocol import ContractPosition, OpenOrder, ReportSink
from engine.market.chain import OptionChain, chain_from
from engine.orders.types import OrderReport, OrderRequest, ReportKind

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
    "not_found": ReportKind.NOT_FOUND,
}


def cleaned(text: object, most: int = 160) -> str:
    """Text from outside, printable only and bounded."""
    return "".join(c if c.isprintable() else " " for c in str(text))[:most].strip()


class CallbackBroker:
    """Sends orders through callbacks; every call may block and runs in the engine's pool.

    Args:
        order_callback: (symbol, legs, quantity, limit_price, expiration) -> an order id, or an
            OrderReport from a broker that answers at once; given `client_order_id=` where its
            signature takes it.
        cancel_callback: (order_id) -> an OrderReport, True where the cancellation is confirmed,
            None where it was only asked for.
        order_status_callback: (order_id) -> an OrderReport, several of them, or a mapping with
            status, filled (contracts so far) and price (average, dollars a share).
        expirations: the expiration objects as the caller gave them, by exchange date.
    """

    blocking = True
    name = "callbacks"

    def __init__(
        self,
        order_callback: Callable[..., Any],
        cancel_callback: Callable[[Any], Any] | None = None,
        order_status_callback: Callable[[Any], Any] | None = None,
        expirations: Mapping[date, date | datetime] | None = None,
    ) -> None:
        self._order = order_callback
        self._cancel = cancel_callback
        self._status = order_status_callback
        self._expirations = {} if expirations is None else expirations
        self._takes_client_id = _takes(order_callback, "client_order_id")
        self._sink: ReportSink = lambda report: None
        self._lock = threading.Lock()
        self._ids: dict[str, Any] = {}
        self._clients: dict[str, str] = {}
        self._open: dict[str, OrderRequest] = {}
        self._seen: dict[str, int] = {}

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

    def submit(self, request: OrderRequest, now_s: float) -> None:
        """Call the order callback; its answer becomes reports."""
        with self._lock:
            self._open[request.client_order_id] = request
        more = {"client_order_id": request.client_order_id} if self._takes_client_id else {}
        answer = self._order(
            request.symbol,
            list(request.legs),
            request.quantity,
            request.limit_c / 100,
            self._expirations.get(request.expiration, request.expiration),
            **more,
        )
        self._answered(request, answer, now_s)

    def _answered(self, request: OrderRequest, answer: Any, now_s: float) -> None:
        client = request.client_order_id
        if isinstance(answer, OrderReport):
            if answer.broker_order_id:
                self._learn_id(client, answer.broker_order_id)
            if answer.kind is not ReportKind.ACK and answer.kind is not ReportKind.REJECTED:
                self._report(OrderReport(ReportKind.ACK, client, now_s, answer.broker_order_id))
            self._report(replace(answer, client_order_id=client))
            return
        if answer is None or answer is False or answer == "":
            raise ValueError("the order callback returned no order id; nothing is known of it")
        self._learn_id(client, answer)
        self._report(OrderReport(ReportKind.ACK, client, now_s, cleaned(answer, 64)))

    def _learn_id(self, client: str, order_id: Any) -> None:
        with self._lock:
            self._ids[client] = order_id
            self._clients[str(order_id)] = client

    def _report(self, report: OrderReport) -> None:
        if report.kind in (ReportKind.CANCELED, ReportKind.REJECTED, ReportKind.EXPIRED):
            with self._lock:
                self._open.pop(report.client_order_id, None)
        self._sink(replace(report, reason=cleaned(report.reason)))

    def pushed(self, report: OrderReport) -> None:
        """Take a report that the broker pushed; it may name the order by the broker's own id."""
        client = self._clients.get(report.broker_order_id, report.client_order_id)
        self._report(replace(report, client_order_id=client))

    def cancel(self, client_order_id: str, now_s: float) -> None:
        """Call the cancel callback, where there is one."""
        order_id = self._ids.get(client_order_id)
        if self._cancel is None or order_id is None:
            return
        answer = self._cancel(order_id)
        if isinstance(answer, OrderReport):
            self._report(replace(answer, client_order_id=client_order_id))
        elif answer is True:
            self.query(client_order_id, now_s)
            self._report(OrderReport(ReportKind.CANCELED, client_order_id, now_s))

    def query(self, client_order_id: str, now_s: float) -> None:
        """Call the status callback, where there is one."""
        order_id = self._ids.get(client_order_id)
        if self._status is None or order_id is None:
            return
        for report in self._read(client_order_id, self._status(order_id), now_s):
            self._report(report)

    def poll(self, now_s: float) -> None:
        """Ask after every order that may still execute."""
        with self._lock:
            names = [name for name in self._open if name in self._ids]
        for name in names:
            self.query(name, now_s)

    def _read(self, client: str, answer: Any, now_s: float) -> Iterable[OrderReport]:
        if answer is None:
            return
        if isinstance(answer, OrderReport):
            yield replace(answer, client_order_id=client)
        elif isinstance(answer, Mapping):
            yield from self._from_mapping(client, answer, now_s)
        elif isinstance(answer, Iterable) and not isinstance(answer, str):
            for report in answer:
                yield replace(report, client_order_id=client)
        else:
            yield from self._from_mapping(client, {"status": answer}, now_s)

    def _from_mapping(
        self, client: str, answer: Mapping[str, Any], now_s: float
    ) -> Iterable[OrderReport]:
        word = str(answer.get("status", "")).lower()
        kind = _WORDS.get(word)
        if kind is None:
            raise ValueError(f"order status {cleaned(word)!r} is none of {', '.join(_WORDS)}")
        filled = int(answer.get("filled") or 0)
        request = self._open.get(client)
        if request is not None and word == "filled" and not filled:
            filled = request.quantity
        before = self._seen.get(client, 0)
        if filled > before:
            price = answer.get("price")
            price_c = round(float(price) * 100) if price is not None else None
            if price_c is None:
                price_c = request.limit_c if request is not None else 0
            self._seen[client] = filled
            yield OrderReport(
                ReportKind.FILL,
                client,
                now_s,
                execution_id=f"{client}:{filled}",
                quantity=filled - before,
                price_c=price_c,
            )
            if request is not None and filled >= request.quantity:
                with self._lock:
                    self._open.pop(client, None)
        if kind is not ReportKind.FILL:
            yield OrderReport(kind, client, now_s, reason=cleaned(answer.get("reason", "")))

    def open_orders(self) -> tuple[OpenOrder, ...]:
        """Orders of ours without a terminal report."""
        with self._lock:
            return tuple(
                OpenOrder(name, str(self._ids.get(name, "")), r.quantity, self._seen.get(name, 0))
                for name, r in self._open.items()
            )

    def positions(self) -> tuple[ContractPosition, ...] | None:
        """Unknown: no callback tells."""
        return None


class CallbackMarket:
    """Quotes and prices through callbacks.

    Args:
        quote_callback: (symbol, expiration) -> an OptionChain, SpreadLegs or mappings.
        underlying_callback: (symbol) -> dollars a share, or None.
        expirations: the expiration objects as the caller gave them, by exchange date.
    """

    blocking = True

    def __init__(
        self,
        quote_callback: Callable[..., Any],
        underlying_callback: Callable[[str], Any] | None = None,
        expirations: Mapping[date, date | datetime] | None = None,
    ) -> None:
        self._quote = quote_callback
        self._underlying = underlying_callback
        self._expirations = {} if expirations is None else expirations

    def chain(self, symbol: str, expiration: date, now_s: float) -> OptionChain | None:
        """Call the quote callback; an empty answer is an expiration that is not listed."""
        options = self._quote(symbol, self._expirations.get(expiration, expiration))
        if options is None or (not isinstance(options, OptionChain) and not options):
            return None
        price = self.underlying(symbol, now_s)
        chain = chain_from(
            options,
            symbol=symbol,
            expiration=expiration,
            underlying_price=math.nan if price is None else price,
            confirmed_s=now_s,
        )
        if math.isnan(chain.confirmed_s):
            chain.confirmed_s = now_s
        return chain

    def underlying(self, symbol: str, now_s: float) -> float | None:
        """Call the price callback, where there is one."""
        if self._underlying is None:
            return None
        price = self._underlying(symbol)
        return None if price is None else float(price)

    def expirations(self, symbol: str, now_s: float) -> tuple[date, ...]:
        """What the traders were added for; callbacks list nothing."""
        return tuple(sorted(self._expirations))


def _takes(call: Callable[..., Any], name: str) -> bool:
    try:
        parameters = inspect.signature(call).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(p.name == name or p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters)
