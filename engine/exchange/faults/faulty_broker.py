"""A broker with faults: the matching engine holds the truth, what is reported may differ."""

from __future__ import annotations

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
from engine.exchange.faults.account_events import AccountEvents
from engine.exchange.faults.chance import Faults
from engine.exchange.faults.connection import Connection, ConnectionState
from engine.exchange.faults.context import FaultContext
from engine.exchange.faults.host_sleep import Host, HostSleep
from engine.exchange.faults.kinds import EVERY_5_S, Fault
from engine.exchange.faults.order_history import ANSWERS_S, OrderHistory, ReportStyle
from engine.exchange.faults.rejections import Rejections
from engine.exchange.faults.reporting import ReportFaults
from engine.exchange.faults.timed_faults import TimedFaults
from engine.exchange.matching.engine import MatchingEngine
from engine.exchange.wire_log import WireLog
from engine.market.clock import Clock
from engine.orders.types import OrderReport, OrderRequest, Part, ReportKind

KEPT_ORDERS: Final = 4096

_STYLES: Final = (
    (Fault.LEGS_BEFORE_COMBO, ReportStyle.LEGS_FIRST),
    (Fault.LEGS_INSTEAD, ReportStyle.LEGS),
    (Fault.ONE_LEG, ReportStyle.ONE_LEG),
)


class RateRefusedError(Exception):
    """The exchange takes no more calls at the moment; this one did not reach it."""


class FaultyBroker:
    """A broker (`Broker`) around a matching engine that injects every fault of `Fault`.

    Used from one thread, in virtual time. Faults strike by chance while `faults.on`; one asked
    for with `ask` strikes at its next opportunity. `calm` ends every fault that lasts.

    Args:
        inner: the matching engine; its ledger and its open orders are the truth.
        faults: decides when a fault strikes.
        clock: the present.
        timer: calls back at an epoch second, in order.
        host: runs the desk's steps; None where they cannot be held.

    Attributes:
        wire: every call as the engine made it, whether or not it arrived.
        account: manual trades and corrections.
        connection: to the engine.
        rejections: what the exchange rejects for a while.
        sleep: holds the desk's steps and the reports to it.
    """

    blocking = False

    def __init__(
        self,
        inner: MatchingEngine,
        faults: Faults,
        clock: Clock,
        timer: Timer,
        host: Host | None = None,
    ) -> None:
        self.name = inner.name
        self.inner, self.faults = inner, faults
        self.account = AccountEvents(inner.ledger)
        self.connection = Connection(faults, clock, timer)
        self.rejections = Rejections(faults, clock)
        self.sleep = HostSleep(faults, clock, timer, host)
        self.wire = WireLog()
        self._timer = timer
        self._rejected: dict[str, OrderReport] = {}
        context = FaultContext(
            inner, self.account, self.connection, self.rejections, self.sleep, faults, clock, timer
        )
        self._histories = context.histories
        self._reports = ReportFaults(context)
        self._timed_faults = TimedFaults(context)

    # ------------------------------------------------------------------ faults

    def ask(self, fault: Fault, times: int = 1) -> None:
        """Let a fault happen now, or at its next `times` opportunities where it needs something."""
        if fault in EVERY_5_S:
            self._timed_faults.ask(fault, times)
        else:
            self.faults.ask(fault, times)

    def calm(self) -> None:
        """End every fault that lasts, and chance with them; report what was kept back."""
        self.faults.stop()
        self.rejections.calm()
        self.sleep.wake()
        self.connection.mend()
        for history in self._histories.values():
            history.release()
            self._reports.report_again(history)
        if self.account.has_manual_trade and self.faults.index("manual/closed", 2):
            self.account.close_by_hand()

    # ------------------------------------------------------------------ what the engine asks

    def connect(self, sink: ReportSink) -> None:
        """Take the sink of reports; called once, before any order."""
        self.connection.connect(self.sleep.hears(sink))
        self.inner.connect(self._reports.hear)
        self._timed_faults.start()

    def submit(self, request: OrderRequest, now_s: float) -> None:
        """Take an order, lose it, reject it, or take it and say nothing.

        Raises:
            ConnectionError, PermissionError, RateRefusedError, TimeoutError: the call failed.
        """
        name, faults = request.client_order_id, self.faults
        self.wire.submit(request, now_s)
        if not self._carries():
            return
        if faults.strikes(Fault.SUBMIT_LOST):
            raise TimeoutError("no answer to the order")
        reason = self._rejection(request, now_s)
        if reason:
            report = OrderReport(ReportKind.REJECTED, name, now_s, reason=reason)
            self._rejected[name] = report
            self._report_soon(report, now_s)
            return
        style = next(
            (style for fault, style in _STYLES if faults.strikes(fault)), ReportStyle.WHOLE
        )
        history = self._histories[name] = OrderHistory(request, style)
        if len(self._histories) > KEPT_ORDERS:
            self._histories.popitem(last=False)
        self.inner.submit(request, now_s)
        if faults.strikes(Fault.SUBMIT_UNANSWERED):
            history.silence()
            raise TimeoutError("no answer to the order")

    def _rejection(self, request: OrderRequest, now_s: float) -> str:
        """Why faults reject the order; "" where they do not."""
        reason = self.rejections.reason(request, now_s)
        if reason:
            return reason
        if request.part is Part.CREDIT and self.faults.strikes(Fault.CREDIT_REJECTED):
            return "insufficient margin for the combination"
        return ""

    def cancel(self, client_order_id: str, now_s: float) -> None:
        """Pass a cancellation on, or reject it.

        Raises:
            ConnectionError, PermissionError, RateRefusedError: the call failed.
        """
        self.wire.cancel(client_order_id, now_s)
        if not self._carries():
            return
        history = self._histories.get(client_order_id)
        if history is not None and not history.ended:
            if self.faults.strikes(Fault.CANCEL_REJECTED):
                report = OrderReport(
                    ReportKind.CANCEL_REJECTED, client_order_id, now_s, reason="cannot cancel now"
                )
                self._report_soon(report, now_s)
                return
            if self.faults.strikes(Fault.LATE_FILL):
                self.inner.crossing.add(client_order_id)
        self.inner.cancel(client_order_id, now_s)

    def query(self, client_order_id: str, now_s: float) -> None:
        """Let the exchange report an order again, or report that it does not know it.

        Raises:
            ConnectionError, PermissionError, RateRefusedError: the call failed.
        """
        self.wire.query(client_order_id, now_s)
        if not self._carries():
            return
        history = self._histories.get(client_order_id)
        rejected = self._rejected.get(client_order_id)
        if history is not None and self.faults.strikes(Fault.ORDER_NOT_FOUND):
            report = OrderReport(
                ReportKind.NOT_FOUND, client_order_id, now_s, reason="unknown order"
            )
            self._report_soon(report, now_s)
            return
        if history is not None:
            history.answer()
        if rejected is not None:
            self._report_soon(rejected, now_s)
        else:
            self.inner.query(client_order_id, now_s)

    def open_orders(self) -> tuple[OpenOrder, ...]:
        """Every working order of the account, also those of others.

        Raises:
            ConnectionError, PermissionError, TimeoutError: the call failed.
        """
        if not self.connection.carries():
            raise TimeoutError("no answer to the query")
        return self.account.open_orders(self.inner.open_orders())

    def positions(self) -> tuple[ContractPosition, ...] | None:
        """Every contract in the account; None where the exchange cannot say.

        Raises:
            ConnectionError, PermissionError, TimeoutError: the call failed.
        """
        if not self.connection.carries():
            return None
        if self.faults.strikes(Fault.POSITIONS_FAILED):
            if self.faults.index("positions/raises", 2):
                raise TimeoutError("no answer to the query")
            return None
        return self.rejections.positions(self.account.positions(self.inner.positions()))

    def connect_settlements(self, sink: SettlementSink) -> None:
        """Take the sink of settlement reports; they arrive whatever the connection does."""
        self.inner.connect_settlements(self.sleep.hears(sink))

    def shares(self) -> tuple[SharePosition, ...] | None:
        """Every share position; None, which never means "none", while the connection is not up."""
        return self.inner.shares() if self.connection.state is ConnectionState.UP else None

    def close_shares(self, symbol: str, now_s: float) -> None:
        """Trade all shares of a root away.

        Raises:
            ConnectionError, PermissionError, RateRefusedError: the call failed.
        """
        if self._carries():
            self.inner.close_shares(symbol, now_s)

    def _carries(self) -> bool:
        carried = self.connection.carries()
        if carried and self.faults.strikes(Fault.RATE_REFUSED):
            raise RateRefusedError("429: too many requests")
        return carried

    def _report_soon(self, report: OrderReport, now_s: float) -> None:
        self._timer(now_s + ANSWERS_S, partial(self.connection.report, report))
