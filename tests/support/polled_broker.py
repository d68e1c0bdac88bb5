"""A broker that tells nothing by itself, and a desk on it that can end and go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine import ArbitrageExecutor
from engine.brokers.callbacks.market import CallbackMarket
from engine.brokers.protocol import ContractPosition, OpenOrder, ReportSink
from engine.journal.opening import memory_journal
from engine.orders import events as ev
from engine.orders.types import OrderReport, OrderRequest, ReportKind
from engine.runtime.restart.restore import go_on, remember
from engine.state.desk import DeskState
from tests.support.executor_world import MORNING_S, NEAR, TODAY, price, quotes, virtual

Answer = Callable[[OrderRequest], list[OrderReport]]


def report(order: OrderRequest, kind: ReportKind, **more: Any) -> OrderReport:
    """A report about an order, named by our id."""
    return OrderReport(kind, order.client_order_id, MORNING_S, f"B-{order.client_order_id}", **more)


def fill(order: OrderRequest, price_c: int) -> OrderReport:
    """The whole order executed, at a price that it may or may not have had."""
    name = f"E-{order.client_order_id}"
    return report(
        order, ReportKind.FILL, execution_id=name, quantity=order.quantity, price_c=price_c
    )


def canceled(order: OrderRequest) -> list[OrderReport]:
    """The order ended without an execution."""
    return [report(order, ReportKind.CANCELED)]


class PolledBroker:
    """Takes orders that work until they are cancelled; `answers` is what it tells when asked.

    Attributes:
        orders: every order by our id.
        asked: our id and the epoch second of each query.
        takes: what it reports of a new order.
        answers: what it reports of an order that it is asked about.
    """

    blocking = False
    name = "polled"
    definite = True
    can_poll = True

    def __init__(self) -> None:
        self.orders: dict[str, OrderRequest] = {}
        self.asked: list[tuple[str, float]] = []
        self.takes: Answer = lambda order: [report(order, ReportKind.ACK)]
        self.answers: Answer = canceled
        self._sink: ReportSink = lambda told: None

    def connect(self, sink: ReportSink) -> None:
        self._sink = sink

    def _tell(self, reports: list[OrderReport]) -> None:
        for each in reports:
            self._sink(each)

    def submit(self, request: OrderRequest, now_s: float) -> None:
        self.orders[request.client_order_id] = request
        self._tell(self.takes(request))

    def cancel(self, client_order_id: str, now_s: float) -> None:
        self._tell(canceled(self.orders[client_order_id]))

    def query(self, client_order_id: str, now_s: float) -> None:
        self.asked.append((client_order_id, now_s))
        self._tell(self.answers(self.orders[client_order_id]))

    def open_orders(self) -> tuple[OpenOrder, ...]:
        return ()

    def positions(self) -> tuple[ContractPosition, ...] | None:
        return None


def desk_on(
    broker: PolledBroker, at_s: float = MORNING_S, events: list[ev.Event] | None = None
) -> ArbitrageExecutor:
    """A desk on a polled broker; with the events of an earlier process, one that goes on.

    Args:
        broker: the same one for both.
        at_s: epoch second of its beginning.
        events: what the earlier process journaled.
    """
    state, journal = DeskState(), memory_journal()
    for event in events or ():
        state.apply(event)
        journal.append(event)
    sizes = {key: totals.size for key, totals in state.traders.items()}
    executor = ArbitrageExecutor(
        broker=broker,
        market=CallbackMarket(quotes, price),
        pace=virtual(at_s),
        journal=journal,
        state=state,
    )
    context = executor.context
    if events is not None:
        remember(context, events)
    context.emit(
        ev.SessionStarted(
            round(at_s * 1000), "SIM", "A", "run", "polled", "", 0, TODAY.isoformat(), {}
        )
    )
    executor.add_symbol("AAPL", [NEAR])
    if events is not None:
        go_on(context, executor.core.orders, executor.core.books, sizes)
    return executor


def events_of(executor: ArbitrageExecutor) -> list[ev.Event]:
    """What a desk has journaled."""
    return [event for _, event in executor.context.journal.read()]
