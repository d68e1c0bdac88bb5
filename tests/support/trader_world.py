"""One trader, one exchange of its own and a heap of due times: a world in virtual time.

The trader, its gate, exposure, session and chain are the engine's own. The exchange keeps its own
record of every order, answers as it is told to, and the world checks at every submission what must
always hold.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import Any, TypeVar
from unittest.mock import patch

from engine.config import DeskConfig
from engine.market.calendar import xnys
from engine.market.fees import FeeSchedule
from engine.market.session import Moment, SessionView
from engine.orders import events as ev
from engine.orders.actions import (
    Action,
    Cancel,
    Failed,
    Fetch,
    Message,
    Note,
    Query,
    Quotes,
    Sent,
    Submit,
    WakeAt,
    Warn,
)
from engine.orders.ids import OrderIds
from engine.orders.ladder import Stage
from engine.orders.order import Order
from engine.orders.types import OrderReport, OrderRequest, Part, ReportKind
from engine.risk.exposure import Exposure
from engine.risk.flags import DeskFlags
from engine.risk.gate import PreTradeGate
from engine.trader import completing
from engine.trader.legged_unit import LeggedUnit
from engine.trader.remembered_orders import RememberedOrders
from engine.trader.trader import ExpirationTrader
from tests.support.trader_parts import DAY, EXPIRATION, LIMITS, epoch, make_chain

Event = TypeVar("Event")


class Booked:
    """What the exchange knows about one order."""

    def __init__(self, request: OrderRequest) -> None:
        self.request = request
        self.status = ReportKind.ACK
        self.executions: list[tuple[str, int, int]] = []

    @property
    def filled(self) -> int:
        return sum(quantity for _, quantity, _ in self.executions)

    @property
    def leaves(self) -> int:
        return self.request.quantity - self.filled

    @property
    def open(self) -> bool:
        return self.status is ReportKind.ACK and self.leaves > 0


class World:
    """A trader and its exchange.

    Args:
        at: New York wall clock at engine second 0 of `DAY`.
        contracts: size of a debit.
        ack_s, cancel_s, query_s: seconds until the exchange answers; None is silence.
        record_s: seconds until an intent is durable and the order leaves.
        fills: called with a Booked order on its arrival; returns contracts to fill at once.
        unpacked: cycles that ended and are not packed at once.
        section overrides such as timing={...} go to DeskConfig.
    """

    def __init__(
        self,
        *,
        at: str = "10:30:00",
        contracts: int = 1,
        seed: int = 0,
        ack_s: float | None = 0.1,
        cancel_s: float | None = 0.1,
        query_s: float | None = 0.1,
        record_s: float = 0.0,
        fills: Callable[[Booked], int] | None = None,
        start: bool = True,
        fees: FeeSchedule | None = None,
        unpacked: int = 0,
        **sections: Any,
    ) -> None:
        sections.setdefault("sizing", {"current_contracts": contracts})
        sections["limits"] = LIMITS | sections.get("limits", {})
        self.config = DeskConfig.model_validate(sections)
        self.start_epoch_s = epoch(at)
        self.now_s = 0.0
        self.ack_s, self.cancel_s, self.query_s = ack_s, cancel_s, query_s
        self.record_s = record_s
        self.fills = fills or (lambda booked: 0)
        self.session = SessionView(
            xnys(), self.config.timing, self.config.limits.last_debit_before_close_s
        )
        self.session.update(self.start_epoch_s)
        self.exposure = Exposure()
        self.flags = DeskFlags()
        self.gate = PreTradeGate(self.config.limits, self.exposure, self.flags)
        remembered = partial(RememberedOrders, unpacked=unpacked)
        with patch.object(completing, "RememberedOrders", remembered):
            self.trader = ExpirationTrader(
                "AAPL",
                EXPIRATION,
                config=self.config,
                session=self.session,
                gate=self.gate,
                ids=OrderIds("SIM", "T", DAY, 1),
                seed=seed,
                fees=fees,
            )
        self.chain = make_chain()
        self.quotes_age_s = 0.0
        self.underlying = 100.0
        self.listed = True
        self.fetch_answers = True
        self.events: list[Any] = []
        self.actions: list[tuple[float, Action]] = []
        self.standing: dict[tuple[str, str], str] = {}
        self.booked: dict[str, Booked] = {}
        self._orders: dict[str, Order] = {}
        self.reach_exchange = True
        self._heap: list[tuple[float, int, Callable[..., object], tuple[Any, ...]]] = []
        self._turn = count()
        self._executions = count(1)
        self.steps = 0
        self._wake_s = math.inf
        self.emit(
            ev.TraderAdded(
                0, self.trader.key, "AAPL", str(EXPIRATION), 100, "american", "physical", contracts
            )
        )
        if start:
            self.trader.plan_next(self.moment)
            self.step()

    # ---------------------------------------------------------------- time

    @property
    def moment(self) -> Moment:
        return Moment(self.now_s, self.start_epoch_s + self.now_s)

    def at(self, due_s: float, call: Callable[..., object], *args: Any) -> None:
        heapq.heappush(self._heap, (due_s, next(self._turn), call, args))

    def after(self, wait_s: float, call: Callable[..., object], *args: Any) -> None:
        self.at(self.now_s + wait_s, call, *args)

    def run(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self.run_to(self.now_s + seconds)

    def run_to(self, until_s: float) -> None:
        while self._heap and self._heap[0][0] <= until_s:
            due_s, _, call, args = heapq.heappop(self._heap)
            self.now_s = max(self.now_s, due_s)
            self.steps += 1
            assert self.steps < 200_000, "the trader wakes without end"
            call(*args)
        self.now_s = until_s

    def run_until(self, true: Callable[[], object], limit_s: float = 120.0) -> None:
        """Let time pass until `true()`; fails after `limit_s`."""
        end_s = self.now_s + limit_s
        while not true():
            assert self._heap and self._heap[0][0] <= end_s, "it did not happen in time"
            self.run_to(self._heap[0][0])

    # ---------------------------------------------------------------- the trader's actions

    def step(self, *inbox: Message) -> None:
        self.session.update(self.moment.epoch_s)
        self.carry_out(self.trader.step(self.moment, inbox))
        self.check()

    def carry_out(self, actions: Sequence[Action]) -> None:
        for action in actions:
            self.actions.append((self.now_s, action))
            if isinstance(action, Note):
                self.emit(action.event)
            elif isinstance(action, Submit):
                self._submit(action)
            elif isinstance(action, Cancel):
                if self.cancel_s is not None and self.reach_exchange:
                    self.after(self.cancel_s, self.cancel_at_exchange, action.order)
            elif isinstance(action, Query):
                if self.query_s is not None and self.reach_exchange:
                    self.after(self.query_s, self.answer, action.order)
            elif isinstance(action, Fetch):
                if self.fetch_answers:
                    self.after(0.0, self.quote)
            elif isinstance(action, WakeAt):
                self._wake_at(max(action.at_s, self.now_s))
            elif isinstance(action, Warn):
                where, _, text = action.where.partition(": ")
                if action.raised:
                    self.standing.setdefault((action.code, where), text)
                else:
                    self.standing.pop((action.code, where), None)

    def _wake_at(self, at_s: float) -> None:
        """Keep the earliest wake; the step it leads to says when to come again."""
        if at_s < self._wake_s:
            self._wake_s = at_s
            self.at(at_s, self._wake, at_s)

    def _wake(self, at_s: float) -> None:
        if at_s == self._wake_s:
            self._wake_s = math.inf
            self.step()

    def emit(self, event: Any) -> None:
        self.events.append(event)
        self.exposure.apply(event)

    def quote(self) -> None:
        self.chain.confirmed_s = self.moment.epoch_s - self.quotes_age_s
        chain = self.chain if self.listed else None
        self.step(Quotes(chain, self.underlying))

    @property
    def orders(self) -> dict[str, Order]:
        """Every order sent, as the trader has it; as it last had it where it is forgotten."""
        for name, order in self._orders.items():
            self._orders[name] = self.trader.find(name) or order
        return self._orders

    def _submit(self, action: Submit) -> None:
        request = action.request
        name = request.client_order_id
        assert name not in self._orders, "an order id was sent twice"
        assert len(name) <= 32
        order = self.trader.find(name)
        assert order is not None
        self._orders[name] = order
        self.emit(action.intent)
        if request.part is Part.DEBIT:
            self._check_debit()
        if self.record_s:
            self.after(self.record_s, self._send, request, order)
        else:
            self._send(request, order)

    def _send(self, request: OrderRequest, order: Order) -> None:
        self.step(Sent(request.client_order_id))
        assert order.sent_s == self.now_s
        if self.reach_exchange:
            booked = self.booked[request.client_order_id] = Booked(request)
            if self.ack_s is not None:
                self.after(self.ack_s, self.arrive, booked)

    # ---------------------------------------------------------------- the exchange

    def report(self, kind: ReportKind, name: str, **fields: Any) -> None:
        self.step(OrderReport(kind, name, self.moment.epoch_s, **fields))

    def arrive(self, booked: Booked) -> None:
        name = booked.request.client_order_id
        if booked.status is ReportKind.ACK:
            self.report(ReportKind.ACK, name, broker_order_id="B" + name)
            quantity = self.fills(booked)
            if quantity:
                self.fill(name, quantity)

    def fill(
        self,
        name: str,
        quantity: int | None = None,
        price_c: int | None = None,
        tell: bool = True,
    ) -> OrderReport:
        """Execute at the exchange and tell it; returns the execution's report."""
        booked = self.booked[name]
        quantity = booked.leaves if quantity is None else quantity
        price_c = booked.request.limit_c if price_c is None else price_c
        execution = f"X{next(self._executions)}"
        booked.executions.append((execution, quantity, price_c))
        report = OrderReport(
            ReportKind.FILL,
            name,
            self.moment.epoch_s,
            execution_id=execution,
            quantity=quantity,
            price_c=price_c,
        )
        if tell:
            self.step(report)
        return report

    def end(self, name: str, kind: ReportKind, reason: str = "") -> None:
        self.booked[name].status = kind
        self.report(kind, name, reason=reason)

    def cancel_at_exchange(self, name: str) -> None:
        booked = self.booked.get(name)
        if booked is None:
            self.report(ReportKind.NOT_FOUND, name)
        elif booked.open:
            self.end(name, ReportKind.CANCELED)
        else:
            self.report(ReportKind.CANCEL_REJECTED, name, reason="too late to cancel")

    def answer(self, name: str) -> None:
        """Tell everything about an order again."""
        booked = self.booked.get(name)
        if booked is None:
            self.report(ReportKind.NOT_FOUND, name)
            return
        self.report(ReportKind.ACK, name)
        for execution, quantity, price_c in booked.executions:
            self.report(
                ReportKind.FILL, name, execution_id=execution, quantity=quantity, price_c=price_c
            )
        if booked.status is not ReportKind.ACK:
            self.report(booked.status, name)

    def never_arrived(self, name: str) -> None:
        """The runtime found that order list, executions and positions agree: it does not exist."""
        assert name not in self.booked
        self.step(Failed(name, "the broker does not know it"))

    # ---------------------------------------------------------------- what tests ask

    def submits(self, part: Part | None = None) -> list[tuple[float, OrderRequest]]:
        """(engine second, request) of every submission, of one part where given."""
        return [
            (at_s, action.request)
            for at_s, action in self.actions
            if isinstance(action, Submit) and part in (None, action.request.part)
        ]

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    def cancels(self, name: str | None = None) -> list[tuple[float, Cancel]]:
        return [
            (at_s, action)
            for at_s, action in self.actions
            if isinstance(action, Cancel) and name in (None, action.order)
        ]

    def queries(self, name: str | None = None) -> list[float]:
        return [
            at_s
            for at_s, action in self.actions
            if isinstance(action, Query) and name in (None, action.order)
        ]

    def debit(self) -> str:
        """Wait for the next debit that is sent; returns its id."""
        before = len(self.submits(Part.DEBIT))
        self.run_until(lambda: len(self.submits(Part.DEBIT)) > before)
        return self.submits(Part.DEBIT)[-1][1].client_order_id

    def legged(self, contracts: int | None = None) -> LeggedUnit:
        """Let the next debit fill at its limit; returns its unit."""
        name = self.debit()
        self.run_until(lambda: name in self.booked)
        self.fill(name, contracts)
        return next(iter(self.trader.credits.units.values()))

    def credit(self) -> str:
        """The id of the latest credit sent."""
        return self.submits(Part.CREDIT)[-1][1].client_order_id

    # ---------------------------------------------------------------- what must always hold

    def _check_debit(self) -> None:
        assert self.session.multiplier is not None, "a debit outside the session"
        assert self.moment.epoch_s < self.session.last_debit_s
        assert not self.trader.paused
        assert not self.flags.killed and not self.flags.halted and not self.flags.exit_only
        age_s = self.moment.epoch_s - self.chain.confirmed_s
        assert age_s <= self.gate.limits.max_quote_age_s, "a debit on a stale quote"
        live = [o for o in self.orders.values() if o.live and o.request.part is Part.DEBIT]
        assert len(live) == 1, "a second debit beside a live one"

    def check(self) -> None:
        """Invariants 3, 7 and 8, from the orders the trader sent."""
        sold: dict[str, tuple[int, int]] = {}
        held: dict[str, int] = {}
        out = 0
        for name, order in self.orders.items():
            assert 0 <= order.filled <= order.request.quantity
            executed = sum(quantity for quantity, _ in order.executions.values())
            assert order.filled == executed
            cycle = name.rstrip("0123456789")[:-1]
            pending = order.leaves if order.live else 0
            if order.request.part is Part.DEBIT:
                held[cycle] = held.get(cycle, 0) + order.filled
                out += pending
            else:
                full, sure = sold.get(cycle, (0, 0))
                ending = order.cancel_s is not None
                sold[cycle] = (
                    full + order.filled + (0 if ending else pending),
                    sure + order.filled,
                )
        oversold = {where for code, where in self.standing if code == "OVERSOLD"}
        open_contracts = 0
        for cycle, contracts in held.items():
            at_most, sure = sold.get(cycle, (0, 0))
            if not oversold:
                assert at_most <= contracts, "more credit than filled debit could be sold"
            open_contracts += max(0, contracts - sure)
        assert set(sold) <= set(held)
        chain = self.exposure.chains[self.trader.key]
        assert chain.legged == open_contracts
        assert chain.working == out
        limits = self.gate.limits
        assert open_contracts + out <= max(
            limits.max_imbalance_chain, self.config.sizing.max_contracts
        )
        assert not math.isnan(self.trader.next_delay_s)


# -------------------------------------------------------------------- what tests say shorter


def between(low: float, value: float, high: float) -> bool:
    return low - 1e-6 <= value <= high + 1e-6


def sent_at(world: World, name: str) -> float:
    return next(at_s for at_s, request in world.submits() if request.client_order_id == name)


def fast(**more: Any) -> World:
    """Attempts every second, so that many fit into a short test."""
    timing = {"min_delay_between_attempts": 1.0, "max_delay_between_attempts": 1.5}
    return World(timing=timing, **more)


def stage_of(unit: LeggedUnit) -> Stage:
    """Where a unit is on the ladder; asked anew each time, for it moves while the world runs."""
    return unit.stage
