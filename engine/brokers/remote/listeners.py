"""Who hears what the other process tells; what comes before somebody listens waits for him."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable

from engine.brokers.protocol import FeeSink, ReportSink, SettlementSink
from engine.orders.settlements import SettlementReport
from engine.orders.types import OrderReport, ReportKind


class Listeners:
    """The sinks of reports, settlements and fees; used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._report: ReportSink | None = None
        self._settlement: SettlementSink | None = None
        self._fee: FeeSink | None = None
        self._reports: list[OrderReport] = []
        self._settlements: list[SettlementReport] = []
        self._fees: list[tuple[str, str, int]] = []

    def connect(self, sink: ReportSink) -> None:
        """Take the sink of reports; those that came before follow now."""
        with self._lock:
            early, self._reports = self._reports, []
            self._report = sink
            for report in early:
                sink(report)

    def connect_settlements(
        self, sink: SettlementSink, fetched: Iterable[SettlementReport] = ()
    ) -> None:
        """Take the sink of settlements; those fetched, and those that came before, follow now."""
        with self._lock:
            early = [*fetched, *self._settlements]
            self._settlements = []
            self._settlement = sink
            for report in early:
                sink(report)

    def connect_fees(self, sink: FeeSink) -> None:
        """Take the sink of what executions really cost; what came before follows now."""
        with self._lock:
            early, self._fees = self._fees, []
            self._fee = sink
            for fee in early:
                sink(*fee)

    def report(self, report: OrderReport) -> None:
        """Hand a report on."""
        with self._lock:
            if self._report is None:
                self._reports.append(report)
            else:
                self._report(report)

    def settlement(self, settlement: SettlementReport) -> None:
        """Hand a settlement on."""
        with self._lock:
            if self._settlement is None:
                self._settlements.append(settlement)
            else:
                self._settlement(settlement)

    def fee(self, order: str, execution: str, fee_c: int) -> None:
        """Hand on what an execution really cost, cents for all legs."""
        with self._lock:
            if self._fee is None:
                self._fees.append((order, execution, fee_c))
            else:
                self._fee(order, execution, fee_c)

    def acknowledge_known(self, names: Collection[str]) -> None:
        """Drop the reports so far about these orders; an execution taken back or corrected stays.

        Args:
            names: our ids of the orders.
        """
        known = frozenset(names)
        with self._lock:
            self._reports = [
                report
                for report in self._reports
                if report.client_order_id not in known or report.kind is ReportKind.CORRECTION
            ]
