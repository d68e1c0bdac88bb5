"""A desk's orders, a gateway's account and a broker made for tests, with a clock that waits at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.brokers.http.call import Answer, Call, Lost
from engine.gateway.account import BrokerOrders
from engine.gateway.journal import GatewayJournal
from engine.orders.order import Order
from engine.orders.soundness import flaw
from engine.orders.transitions import OrderState
from engine.orders.types import OrderReport, OrderRequest, Part, ReportKind
from tests.support.order_at_broker import OrderAtBroker, request
from tests.support.plain_broker import PlainBroker, PlainDialect
from tests.support.waiting_clock import WaitingClock

FEE_C = 6


class GatewayDesk:
    """One account on a broker; `restart` is another process on the same folder.

    Attributes:
        notices: each that was told, once.
        told_s: when each was told last.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = PlainBroker()
        self.broker.wanted = {}
        self.clock = WaitingClock()
        self.orders: dict[str, Order] = {}
        self.reports: list[OrderReport] = []
        self.notices: list[tuple[str, str]] = []
        self.told_s: dict[tuple[str, str], float] = {}
        self.restart()

    def restart(self) -> None:
        self.journal = GatewayJournal(self.folder)
        self.gateway = BrokerOrders(
            PlainDialect(),
            self.send,
            self.journal,
            self.clock,
            lambda order: FEE_C,
            self._hear,
            self._notice,
        )

    def send(self, call: Call) -> Answer | Lost:
        self.clock.move(0.01)
        return self.broker.send(call)

    def _notice(self, kind: str, text: str) -> None:
        self.told_s[kind, text] = self.clock.now_s()
        if (kind, text) not in self.notices:  # what holds is told again and again
            self.notices.append((kind, text))

    def _hear(self, report: OrderReport) -> None:
        assert flaw(report) == ""
        self.reports.append(report)
        if report.client_order_id in self.orders:
            applied = self.orders[report.client_order_id].on_report(report, self.clock.now_s())
            assert not applied.refused, report

    def order(self, number: int = 1, part: Part = Part.DEBIT, quantity: int = 2) -> OrderRequest:
        """A new order, known to desk and broker, not yet sent."""
        name = f"SI1-20-1-1{part.value}{number}"
        made = replace(request(part, quantity), client_order_id=name)
        self.broker.wanted[name] = made
        self.orders[name] = Order(made)
        self.orders[name].state = OrderState.SENT
        return made

    def sent(self, number: int = 1, quantity: int = 2) -> tuple[str, OrderAtBroker]:
        """An order that the broker has."""
        made = self.order(number, quantity=quantity)
        self.gateway.submit(made)
        return made.client_order_id, self.broker.orders[made.client_order_id]

    def fill(self, order: OrderAtBroker, lots: int = 1, bought_c: int = 295) -> None:
        for _ in range(lots):
            order.execute(0, bought_c)
            order.execute(1, 186)

    def wait(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Let time pass; the gateway looks at what is due."""
        latest_s = self.clock.now_s() + seconds
        while not until():
            due_s = self.gateway.looks.work()
            if due_s > latest_s:
                self.clock.move(max(0.0, latest_s - self.clock.now_s()))
                return
            self.clock.move(max(0.001, due_s - self.clock.now_s()))

    def kinds(self, name: str) -> list[ReportKind]:
        """What was reported of an order."""
        return [each.kind for each in self.reports if each.client_order_id == name]

    def agree(self) -> None:
        """Desk, ledger and broker have the same contracts and cents, and each order left once."""
        names = [body["client"] for body in self.broker.posts]
        assert len(names) == len(set(names))
        lots = paid_c = 0
        for name, order in self.orders.items():
            there = self.broker.orders.get(name)
            assert order.filled == (there.lots if there else 0)
            if there is not None:
                lots += there.lots
                sign = -1 if order.request.pays else 1
                paid_c += sign * there.total_c * 100
                booked_c = sum(n * price_c for n, price_c in order.executions.values())
                assert booked_c == there.total_c
        ledger = self.journal.written.ledger
        ledger.check()
        assert (ledger.cash_c, ledger.fees_c) == (paid_c, FEE_C * lots)
