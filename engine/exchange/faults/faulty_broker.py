"""An exchange with faults: the matching venue stays the truth, what is heard of it does not."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import Final

from engine.brokers.protocol import (
    ContractPosition,
    OpenOrder,
    ReportSink,
    SettlementSink,
    SharePosition,
    Timer,
)
from engine.exchange.faults.account_events import Account
from engine.exchange.faults.chance import Faults
from engine.exchange.faults.connection import ConnectionState, Line
from engine.exchange.faults.host_sleep import Sleep
from engine.exchange.faults.kinds import EVERY_5_S, Fault
from engine.exchange.faults.order_story import ANSWERS_S, OrderHistory, Style
from engine.exchange.faults.rejections import Refusals
from engine.exchange.faults.reporting import ReportFaults
from engine.exchange.faults.timed_faults import Spontaneous
from engine.exchange.matching.venue import MatchingEngine
from engine.exchange.wire_log import WireLog
from engine.market.clock import Clock
from engine.orders.types import OrderReport, OrderRequest, Part, ReportKind

KEPT_ORDERS: Final = 4096

_STYLES: Final = (
    (Fault.LEGS_BEFORE_COMBO, Style.LEGS_FIRST),
    (Fault.LEGS_INSTEAD, Style.LEGS),
    (Fault.ONE_LEG, Style.ONE_LEG),
)


class RateRefusedError(Exception):
    """The exchange takes no more calls for the moment; nothing of this one reached it."""


class FaultyBroker:
    """A broker (`Broker`) around a matching venue that injects every fault of `Fault`.

    Used from one thread, in virtual time. Chance strikes while `faults.on`; whatever is asked for
    with `ask` strikes at its next opportunity. `calm` ends every fault that lasts.

    Args:
        inner: the exchange; its ledger is the truth, and its open orders.
        faults: chance.
        clock: the present.
        timer: calls back at an epoch second, in order.

    Attributes:
        wire: every call as the engine made it, whether or not it arrived.
        refusals: what the exchange refuses for a while.
        sleep: holds the desk and what it is told; its `host` must be said.
        tales: what is remembered of each order, the oldest first.
    """

    blocking = False

    def __init__(self, inner: MatchingEngine, faults: Faults, clock: Clock, timer: Timer) -> None:
        self.name = inner.name
        self.inner, self.faults = inner, faults
        self.account = Account(inner.ledger)
        self.line = Line(faults, clock, timer)
        self.wire = WireLog()
        self._clock, self._timer = clock, timer
        self.tales: OrderedDict[str, OrderHistory] = OrderedDict()
        self._refused: dict[str, OrderReport] = {}
        self.refusals = Refusals(faults, clock)
        self.sleep = Sleep(faults, clock, timer)
        self._reports = ReportFaults(
            inner, self.account, self.line, faults, clock, timer, self.tales
        )
        self._spontaneous = Spontaneous(self, clock, timer)

    # ------------------------------------------------------------------ faults

    def ask(self, fault: Fault, times: int = 1) -> None:
        """Let a fault happen now, or at its next `times` opportunities where it needs something."""
        if fault in EVERY_5_S:
            self._spontaneous.ask(fault, times)
        else:
            self.faults.ask(fault, times)

    def calm(self) -> None:
        """No more chance, and an end to all that lasts: what was kept back is told."""
        self.faults.on = False
        self.refusals.calm()
        self.sleep.wake()
        self.line.mend()
        for tale in self.tales.values():
            tale.silent = False
            tale.lone_until_s = dict.fromkeys(tale.lone_until_s, 0.0)
            self._reports.tell_kept(tale)
        if self.account.has_manual_trade and self.faults.index("manual/closed", 2):
            self.account.close_by_hand()

    # ------------------------------------------------------------------ what the engine asks

    def connect(self, sink: ReportSink) -> None:
        """Say where reports go. Called once, before any order."""
        self.line.sink = self.sleep.hears(sink)
        self.inner.connect(self._reports.hear)
        self._spontaneous.start()

    def submit(self, request: OrderRequest, now_s: float) -> None:
        """Take an order, lose it, refuse it, or take it without a word.

        Raises:
            ConnectionError, PermissionError, RateRefusedError, TimeoutError: the call failed.
        """
        name, faults = request.client_order_id, self.faults
        self.wire.submit(request, now_s)
        if not self._carries():
            return
        if faults.strikes(Fault.SUBMIT_LOST):
            raise TimeoutError("no answer to the order")
        reason = self._refusal(request, now_s)
        if reason:
            report = OrderReport(ReportKind.REJECTED, name, now_s, reason=reason)
            self._refused[name] = report
            self._timer(now_s + ANSWERS_S, partial(self.line.report, report))
            return
        style = next((style for fault, style in _STYLES if faults.strikes(fault)), Style.WHOLE)
        tale = self.tales[name] = OrderHistory(request, style)
        if len(self.tales) > KEPT_ORDERS:
            self.tales.popitem(last=False)
        self.inner.submit(request, now_s)
        if faults.strikes(Fault.SUBMIT_UNANSWERED):
            tale.silent = True
            raise TimeoutError("no answer to the order")

    def _refusal(self, request: OrderRequest, now_s: float) -> str:
        """Why the exchange rejects the order whatever it is; "" where it does not."""
        refused = self.refusals.reason(request, now_s)
        if refused:
            return refused
        if request.part is Part.CREDIT and self.faults.strikes(Fault.CREDIT_REJECTED):
            return "insufficient margin for the combination"
        return ""

    def cancel(self, client_order_id: str, now_s: float) -> None:
        """Pass a cancellation on, or refuse it.

        Raises:
            ConnectionError, PermissionError, RateRefusedError: the call failed.
        """
        self.wire.cancel(client_order_id, now_s)
        if not self._carries():
            return
        tale = self.tales.get(client_order_id)
        if tale is not None and not tale.ended:
            if self.faults.strikes(Fault.CANCEL_REJECTED):
                report = OrderReport(
                    ReportKind.CANCEL_REJECTED, client_order_id, now_s, reason="cannot cancel now"
                )
                self._timer(now_s + ANSWERS_S, partial(self.line.report, report))
                return
            if self.faults.strikes(Fault.LATE_FILL):
                self.inner.crossing.add(client_order_id)
        self.inner.cancel(client_order_id, now_s)

    def query(self, client_order_id: str, now_s: float) -> None:
        """Answer from the exchange, or say that there is no such order.

        Raises:
            ConnectionError, PermissionError, RateRefusedError: the call failed.
        """
        self.wire.query(client_order_id, now_s)
        if not self._carries():
            return
        tale, refused = self.tales.get(client_order_id), self._refused.get(client_order_id)
        if tale is not None and self.faults.strikes(Fault.ORDER_NOT_FOUND):
            report = OrderReport(
                ReportKind.NOT_FOUND, client_order_id, now_s, reason="unknown order"
            )
            self._timer(now_s + ANSWERS_S, partial(self.line.report, report))
            return
        if tale is not None:
            tale.silent = False
        if refused is not None:
            self._timer(now_s + ANSWERS_S, partial(self.line.report, refused))
        else:
            self.inner.query(client_order_id, now_s)

    def open_orders(self) -> tuple[OpenOrder, ...]:
        """Every order that works in the account, also those of others.

        Raises:
            ConnectionError, PermissionError, TimeoutError: the call failed.
        """
        if not self.line.carries():
            raise TimeoutError("no answer to the query")
        return self.account.open_orders(self.inner.open_orders())

    def positions(self) -> tuple[ContractPosition, ...] | None:
        """Every contract in the account; None where the exchange cannot say.

        Raises:
            ConnectionError, PermissionError, TimeoutError: the call failed.
        """
        if not self.line.carries():
            return None
        if self.faults.strikes(Fault.POSITIONS_FAILED):
            if self.faults.index("positions/raises", 2):
                raise TimeoutError("no answer to the query")
            return None
        return self.refusals.positions(self.account.positions(self.inner.positions()))

    def connect_settlements(self, sink: SettlementSink) -> None:
        """Say where settlement reports go; they arrive whatever the line does."""
        self.inner.connect_settlements(self.sleep.hears(sink))

    def shares(self) -> tuple[SharePosition, ...] | None:
        """Every share position; None where the line is not up, which is never "none"."""
        return self.inner.shares() if self.line.state is ConnectionState.UP else None

    def close_shares(self, symbol: str, now_s: float) -> None:
        """Trade all shares of a root away.

        Raises:
            ConnectionError, PermissionError, RateRefusedError: the call failed.
        """
        if self._carries():
            self.inner.close_shares(symbol, now_s)

    def _carries(self) -> bool:
        carried = self.line.carries()
        if carried and self.faults.strikes(Fault.RATE_REFUSED):
            raise RateRefusedError("429: too many requests")
        return carried
