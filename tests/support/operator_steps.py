"""A desk on the simulated exchange in a test's own thread: let time pass, ask, look at the wire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from typing import Any

from engine.commands import Ask, Command, Ticket
from engine.desk.opening import Desk
from engine.orders import events as ev
from engine.orders.types import OrderRequest
from engine.snapshot import EngineSnapshot
from tests.support.desks import simulated

TRADER = "SPY 2026-12-04"


class Operated:
    """A desk that has begun, whose time goes on only when a test lets it.

    Attributes:
        sent: (epoch second, request) of every order that reached the exchange.
        events: every event journaled since the test took over.
    """

    def __init__(self, desk: Desk | None = None, **plan: Any) -> None:
        plan.setdefault("until", time(15, 0))
        self.desk = desk or simulated(**plan)
        self.executor = self.desk.executor
        self.core, self.context = self.executor.core, self.executor.context
        self.venue = self.desk.exchange
        self.sent: list[tuple[float, OrderRequest]] = []
        self.events: list[ev.Event] = []
        submit, emit = self.venue.submit, self.context.emit

        def submitted(request: OrderRequest, now_s: float) -> None:
            self.sent.append((now_s, request))
            submit(request, now_s)

        def emitted(event: ev.Event) -> None:
            self.events.append(event)
            emit(event)

        # The steps listen in between desk and exchange, and between desk and journal.
        self.venue.submit = submitted  # type: ignore[method-assign]
        self.context.emit = emitted  # type: ignore[method-assign]
        self.context.alarms._emit = emitted
        self.executor.begin()

    @property
    def now_s(self) -> float:
        return self.context.now().now_s

    def run(self, seconds: float) -> None:
        self.executor.scheduler.run_until(self.now_s + seconds)

    def run_until(self, true: Callable[[], object], within_s: float = 900.0) -> None:
        """Let time pass in small steps until `true()`; fails after `within_s`."""
        end_s = self.now_s + within_s
        while not true():
            assert self.now_s < end_s, "it did not happen in time"
            self.run(0.05)

    def ask(self, ask: Ask, target: str = "*", reason: str = "", **args: Any) -> Ticket:
        command = Command(ask, target, who="ada", key="K", reason=reason, args=args)
        return self.executor.ask(command)

    def snapshot(self) -> EngineSnapshot:
        return self.executor.publisher.build()

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def last_action(self) -> ev.OperatorActed:
        actions: list[ev.OperatorActed] = self.of(ev.OperatorActed)
        return actions[-1]

    def debits_sent(self, trader: str | None = None) -> int:
        return sum(r.pays and trader in (None, r.trader) for _, r in self.sent)

    def legged(self) -> str:
        """Let time pass until some unit is legged and its credit works; returns its trader."""
        found: list[str] = []

        def look() -> bool:
            found[:] = [
                trader.key
                for trader in self.context.traders.values()
                for unit in trader.credits.units.values()
                if unit.order is not None and unit.order.live and unit.remaining > 0
            ]
            return bool(found)

        self.run_until(look)
        return found[0]

    def working_debit(self) -> str:
        """Let time pass until a debit works at the exchange; returns its client order id."""
        found: list[str] = []

        def look() -> bool:
            found[:] = [
                trader.debits.live.order.request.client_order_id
                for trader in self.context.traders.values()
                if trader.debits.live is not None and trader.debits.live.order.state == "working"
            ]
            return bool(found)

        self.run_until(look)
        return found[0]

    def nothing_open(self) -> None:
        """Let time pass until no unit is legged and no order live; then a kill parks nothing."""
        context = self.context

        def quiet() -> bool:
            return not context.state.orders.live and not context.state.money.open_units

        self.run_until(quiet)

    def raised(self, code: str) -> list[ev.AlarmRaised]:
        alarms = self.context.state.notices.alarms.values()
        return [each for record in alarms if record.raised.code == code for each in record.each()]
