"""The broker and the market that an exchange in another process is to the engine."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

from engine.brokers.ledger import ExchangeLedger
from engine.brokers.protocol import (
    FeeSink,
    NotSentError,
    RefusedOrderError,
    ReportSink,
    SettlementSink,
    ThrottledError,
)
from engine.brokers.remote.books import fee_of, settlement_of
from engine.brokers.remote.codec import order_plain, report_of
from engine.brokers.remote.facts import Health, SessionFacts, health_of
from engine.brokers.remote.fetched_ledger import FetchedLedger
from engine.brokers.remote.frames import NOT_SENT, REFUSED, THROTTLED
from engine.brokers.remote.link import Asking, LinkError, RefusedByExchangeError
from engine.brokers.remote.listeners import Listeners
from engine.brokers.remote.same_account import SameAccount
from engine.brokers.remote.told_books import BOOKS_WITHIN_S, ToldBooks, readable
from engine.market.clock import Clock
from engine.orders.types import OrderReport, OrderRequest, ReportKind

LATEST_S: Final = 1.0
"""Engine seconds after which an order that is still here is not sent any more: it is asked about
after twice as long, and must not arrive after the answer that it is unknown."""

ORDERS_WITHIN_S: Final = 12.0
"""Real seconds for the answer about an order: a gateway's calls wait for their turn, connect, are
answered late, and after a 429 it looks whether the order was taken. Silence before that is none."""

_KEPT: Final = 16_384
_ENDS: Final = (ReportKind.CANCELED, ReportKind.REJECTED, ReportKind.EXPIRED)


@dataclass(slots=True)
class _Left:
    """What an order may still execute.

    Args:
        quantity: combinations ordered.
        executed: combinations of each execution that was told.
    """

    quantity: int
    executed: dict[str, int] = field(default_factory=dict)

    def filled_by(self, report: OrderReport) -> bool:
        """Whether with this report all of it has executed."""
        if report.kind is ReportKind.FILL:
            self.executed[report.execution_id] = report.quantity
        return sum(self.executed.values()) >= self.quantity


class RemoteBroker(ToldBooks):
    """A `Broker` whose exchange or gateway runs in another process.

    After a reconnect the missed reports follow, and every order without a definite answer is asked
    about; none is sent a second time.

    Args:
        link: connected; its pushes go to `hear`, its reconnects to `ask_about_all`.
        clock: the exchange's.
        facts: what it said of its session.

    Attributes:
        health: what was last told of its links with the broker, and when, in seconds of `clock`;
            None before it was.
        why_gone: why nobody answers, as far as whoever keeps the other process knows; "" else.
    """

    blocking = True
    definite = True
    books_block = True
    """Whether what is held and works is asked for in a thread that may wait."""

    def __init__(self, link: Asking, clock: Clock, facts: SessionFacts) -> None:
        super().__init__(SameAccount(link, facts), facts)
        self.link = link
        self.name = facts.broker
        self._met_s = clock.now_s()
        self.health: tuple[Health, float] | None = None
        self.why_gone = ""
        self._clock = clock
        self._listeners = Listeners()
        self._ledger = FetchedLedger()
        self._fetching = threading.Lock()
        self._corrected = threading.Event()
        self._leaves: OrderedDict[str, _Left] = OrderedDict()

    @property
    def connected(self) -> bool:
        """Whether the exchange or gateway is connected now."""
        return self.link.connected

    @property
    def silent_s(self) -> float:
        """Real seconds since the other process told its health, as it does each second; 0 where it
        never did, and after a reconnect."""
        if self.health is None:
            return 0.0
        told_s = max(self.health[1], self._met_s)
        return (self._clock.now_s() - told_s) / self.facts.clock.speed

    # ------------------------------------------------------------------ what is pushed

    def connect(self, sink: ReportSink) -> None:
        """Take the sink of reports; those that came before follow now."""
        self._listeners.connect(sink)

    def connect_settlements(self, sink: SettlementSink) -> None:
        """Take the sink of settlements; those that `ledger` fetched or that came before follow now.

        Some may follow twice, and do after a reconnect: they have the same id.
        """
        self._listeners.connect_settlements(sink, self._ledger.settlements)

    def connect_fees(self, sink: FeeSink) -> None:
        """Take the sink of what executions really cost; what came before follows now."""
        self._listeners.connect_fees(sink)

    def hear(self, message: dict[str, Any]) -> None:
        """Take a pushed message; for the link.

        Raises:
            WireError: it cannot be read.
        """
        if "health" in message:
            self.health = self._against_ours(health_of(message["health"])), self._clock.now_s()
        elif self._there.refusal():
            return  # of another account
        elif "settlement" in message:
            self._listeners.settlement(settlement_of(message["settlement"]))
        elif "fee" in message:
            self._listeners.fee(*fee_of(message["fee"]))
            self._corrected.set()
        elif "report" in message:
            self._hear_report(report_of(message["report"]))

    def _ask_settlements(self) -> None:
        """Hear every settlement again: one that was told while nobody listened is among them.

        Raises:
            LinkError: the exchange did not answer.
        """
        with readable():
            known = 0
            while rows := self._there.ask("settlements", BOOKS_WITHIN_S, since=known):
                known += len(rows)
                for _, *row in rows:
                    self._listeners.settlement(settlement_of(row))

    def tell(self, report: OrderReport) -> None:
        """Have a report heard as if it had been pushed; for what the ledger alone tells."""
        self._hear_report(report)

    def _hear_report(self, report: OrderReport) -> None:
        name = report.client_order_id
        if report.kind is ReportKind.CORRECTION:
            self._corrected.set()  # what was fetched is not what is booked there
        left = self._leaves.get(name)
        if left is not None and (report.kind in _ENDS or left.filled_by(report)):
            self._leaves.pop(name, None)
        self._listeners.report(report)

    def acknowledge_known(self, names: Collection[str]) -> None:
        """Drop the reports so far about these orders: what became of them has been read.

        What comes later is news, and so is an execution that was taken back or corrected: the
        books had it before, and may have been read before.
        """
        self._listeners.acknowledge_known(names)

    def ask_about_all(self) -> None:
        """Ask what was missed; for the link, after a reconnect: orders without a definite answer,
        and settlements.

        What answers may be another process than before, with another feed: its facts hold.
        """
        self._met_s = self._clock.now_s()
        self.facts = replace(self._there.facts(), clock=self.facts.clock)
        if self.health is not None:  # what it told of the feed is older than this hello
            health, told_s = self.health
            self.health = replace(health, feed_quality=None), told_s
        if self._there.refusal():
            return
        for name in list(self._leaves):
            try:
                self._there.ask("query", ORDERS_WITHIN_S, order=name)
            except LinkError:  # nobody says what became of this one; the others are asked about
                if not self.link.connected:
                    return  # the next reconnect asks again
        self._corrected.set()  # what was fetched may be corrected since, and nobody told it here
        with suppress(LinkError):
            self._ask_settlements()

    def _against_ours(self, health: Health) -> Health:
        """Health with the broker's time told against this desk's: who answers may have another."""
        if health.clock_ahead_s is None:
            return health
        later_s = self._there.facts().clock.ahead_of_s(self.facts.clock)
        return replace(health, clock_ahead_s=health.clock_ahead_s + later_s)

    # ------------------------------------------------------------------ orders

    def submit(self, request: OrderRequest, now_s: float) -> None:
        """Send an order, unless it waited here too long.

        Raises:
            LinkError: it is not known whether it arrived.
            ThrottledError: the broker or its gateway held it back; nothing was sent.
            RefusedOrderError: the other side refused it.
            NotSentError: it waited too long, there is no connection, here or to the broker, or
                another account than before is connected.
        """
        if self._clock.epoch_s() - now_s > LATEST_S:
            raise NotSentError("it waited too long for its turn and was not sent")
        if not self.link.connected:
            raise NotSentError("the exchange is not connected; it was not sent")
        if refusal := self._there.refusal():
            raise NotSentError(f"{refusal}; it was not sent")
        name = request.client_order_id
        self._leaves[name] = _Left(request.quantity)
        if len(self._leaves) > _KEPT:
            self._leaves.popitem(last=False)
        try:
            left_s = now_s + LATEST_S - self._clock.epoch_s()
            by_s = round(self._there.facts().clock.epoch_s() + left_s, 3)
            self._there.ask("submit", ORDERS_WITHIN_S, order=order_plain(request), by=by_s)
        except RefusedByExchangeError as error:
            if error.code in (NOT_SENT, THROTTLED, REFUSED):
                self._leaves.pop(name, None)
            if error.code == THROTTLED:
                raise ThrottledError(str(error)) from None
            if error.code == REFUSED:
                raise RefusedOrderError(str(error)) from None
            if error.code == NOT_SENT:
                raise NotSentError(str(error)) from None
            raise

    def cancel(self, client_order_id: str, now_s: float) -> None:
        """Ask for an order's cancellation.

        Raises:
            LinkError: it is not known whether the request arrived.
        """
        self._there.ask("cancel", ORDERS_WITHIN_S, order=client_order_id)

    def query(self, client_order_id: str, now_s: float) -> None:
        """Ask about an order; the answer comes as reports.

        Raises:
            LinkError: it is not known whether the request arrived.
        """
        self._there.ask("query", ORDERS_WITHIN_S, order=client_order_id)

    # ------------------------------------------------------------------ shares and the ledger

    def close_shares(self, symbol: str, now_s: float) -> None:
        """Trade all shares of a root away at the market; a settlement follows.

        Raises:
            NotSentError: it was refused, or surely did not leave; the text says why.
            LinkError: it is not known whether the request arrived.
        """
        try:
            self._there.ask("close_shares", ORDERS_WITHIN_S, symbol=symbol)
        except RefusedByExchangeError as error:
            if error.code in (NOT_SENT, THROTTLED, REFUSED):
                raise NotSentError(str(error)) from None
            raise

    @property
    def ledger(self) -> ExchangeLedger:
        """The exchange's books of the account, with every execution and settlement fetched.

        Raises:
            LinkError: the exchange did not answer.
        """
        with self._fetching, readable():
            if self._corrected.is_set():
                self._corrected.clear()
                self._ledger = FetchedLedger()
            return self._ledger.fetched(self._there.ask)
