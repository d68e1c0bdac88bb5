"""Our orders at a real broker: written down, sent once, looked up, followed to their ends.

Whatever a call brings, its outcome is read from one table (`engine/brokers/http/outcome.py`). What
is unknown is looked up by our id until the broker says what it is; nothing is sent twice.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, Protocol

from engine.brokers.dialect import Dialect, DialectError
from engine.brokers.following.executions import fills_told_again, record
from engine.brokers.following.follow import follow, overdue
from engine.brokers.following.followed import Followed, Step, resumed
from engine.brokers.following.order_view import ENDS, OrderView, ViewState
from engine.brokers.http.outcome import (
    ABSENT_S,
    THROTTLED_LOOK_UP_S,
    Outcome,
    Result,
    of_cancel,
    of_look_up,
    of_submit,
)
from engine.brokers.ledger import Execution, LedgerError
from engine.brokers.protocol import (
    NotSentError,
    RefusedOrderError,
    ReportSink,
    ThrottledError,
)
from engine.gateway.books import Notice, Send, open_orders
from engine.gateway.journal import GatewayJournal
from engine.gateway.watched import WatchedOrder, replacing
from engine.orders.types import OrderReport, OrderRequest, ReportKind

NOT_SENT: Final = "not sent"
NOT_FOUND: Final = "not found"
REJECTED: Final = "rejected"


class Clock(Protocol):
    """Real time, on which threads can wait."""

    def now_s(self) -> float:
        """Monotonic seconds."""
        ...

    def epoch_s(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        ...

    def wait(self, condition: threading.Condition, timeout_s: float | None) -> None:
        """Wait on a held condition until notified or so many seconds have passed."""
        ...


class NoAnswerError(ConnectionError):
    """The broker did not say; the order is looked up until it does."""


class BrokerOrders:
    """The orders of one account; used from any thread, and calls are made without its lock.

    Args:
        dialect: the broker's.
        send: makes a call.
        journal: of the account; orders that it has without an end are followed on.
        clock: real time.
        fee_c: cents of fees that a lot of an order costs.
        report: takes reports, in order.
        notice: tells the operator.
    """

    def __init__(
        self,
        dialect: Dialect,
        send: Send,
        journal: GatewayJournal,
        clock: Clock,
        fee_c: Callable[[OrderRequest], int],
        report: ReportSink,
        notice: Notice,
    ) -> None:
        self._dialect, self._send, self._journal = dialect, send, journal
        self._clock, self._fee_c = clock, fee_c
        self._report, self._notice = report, notice
        self._lock = threading.RLock()
        self._watched: dict[str, WatchedOrder] = {}
        self._notes: set[tuple[str, str]] = set()
        self.streamed = False
        for name, order in journal.written.orders.items():
            if not order.end:
                watched = self._watch(name)
                watched.soon()
                if not order.broker_id:
                    watched.unknown(clock.now_s() - max(0.0, clock.epoch_s() - order.at_s))

    # ------------------------------------------------------------------ what the desk asks

    def submit(self, request: OrderRequest) -> None:
        """Write an order down and send it, once.

        Raises:
            ThrottledError: the broker or the governor held it back; it is not there.
            RefusedOrderError: the broker has no word for it.
            NotSentError: it surely did not leave. After anything else reports tell.
            ValueError: its id was used before.
        """
        try:
            call = self._dialect.submit(request)
        except DialectError as error:
            raise RefusedOrderError(str(error)) from None
        name = request.client_order_id
        try:
            self._journal.intend(request, self._clock.epoch_s())
        except OSError as error:
            raise NotSentError(f"it cannot be written down: {error.strerror or error}") from None
        result = of_submit(self._send(call), self._dialect)
        with self._lock:
            watched = self._watch(name)
        if result.outcome is Outcome.THROTTLED and result.sent:
            result = self._after_throttling(name, result)
        match result.outcome:
            case Outcome.TAKEN if result.found is not None:
                self._apply(watched, result.found)
            case Outcome.REFUSED:
                self._forget(name, REJECTED)
                self._tell(ReportKind.REJECTED, name, result.reason)
            case Outcome.NOT_SENT:
                self._forget(name, NOT_SENT)
                raise NotSentError(result.reason)
            case Outcome.THROTTLED:
                self._forget(name, NOT_SENT)
                raise ThrottledError(result.reason)
            case _:
                watched.unknown(self._clock.now_s())

    def _after_throttling(self, name: str, throttled: Result[OrderView]) -> Result[OrderView]:
        """Whether an order that was one too many was taken all the same; asked once, later."""
        waiting = threading.Condition()
        with waiting:
            self._clock.wait(waiting, THROTTLED_LOOK_UP_S)
        found = of_look_up(self._send(self._dialect.look_up(name)), self._dialect)
        return throttled if found.outcome is Outcome.ABSENT else found

    def cancel(self, name: str) -> None:
        """Ask for an order's cancellation; reports tell what became of it.

        Raises:
            NoAnswerError: it is not known whether the broker will.
        """
        watched = self._known(name)
        if watched is None:
            raise NoAnswerError(f"order {name} was never sent from here")
        if not watched.followed.broker_id:
            self._look(watched)
        broker_id = watched.followed.broker_id
        if not broker_id:
            raise NoAnswerError("the broker has not named the order yet; it is looked up")
        result = of_cancel(self._send(self._dialect.cancel(broker_id)), self._dialect)
        watched.soon()
        if result.outcome is Outcome.TAKEN:
            watched.cancelling(self._clock.now_s())
            if result.found is not None:
                self._apply(watched, result.found)
        elif result.outcome in (Outcome.TOO_LATE, Outcome.REFUSED, Outcome.USED_BEFORE):
            self._tell(ReportKind.CANCEL_REJECTED, name, result.reason, broker_id)
            self._look(watched)
        elif result.outcome is Outcome.ABSENT:
            self._look(watched)
        else:
            raise NoAnswerError(result.reason)

    def query(self, name: str) -> None:
        """Ask the broker about an order, and tell everything that is known of it.

        Raises:
            NoAnswerError: the broker did not say.
        """
        written = self._journal.written.orders.get(name)
        if written is None:
            self._query_stranger(name)
            return
        if written.end in (NOT_SENT, NOT_FOUND):
            self._tell(ReportKind.NOT_FOUND, name, f"it was {written.end}")
            return
        if written.end == REJECTED and not written.broker_id:
            self._tell(ReportKind.REJECTED, name, "the broker refused it")
            return
        watched = self._watch(name)
        if not self._look(watched):
            raise NoAnswerError("the broker did not say; the order is looked up")
        self._tell_again(watched)

    def _query_stranger(self, name: str) -> None:
        found = of_look_up(self._send(self._dialect.look_up(name)), self._dialect)
        if found.outcome is Outcome.ABSENT:
            self._tell(ReportKind.NOT_FOUND, name, found.reason)
            return
        if found.outcome is Outcome.TAKEN:
            self.note("FOREIGN_ORDER", f"order {name} is at the broker and was not sent from here")
        raise NoAnswerError(found.reason or "the order was not sent from here")

    # ------------------------------------------------------------------ what the broker tells

    def hear(self, view: OrderView) -> None:
        """Take what the stream tells of an order."""
        watched = self._known(view.client_id)
        if watched is None:
            self.note("FOREIGN_FILL", f"an event tells of order {view.client_id[:40]}, not ours")
        else:
            self._apply(watched, view)

    def ask_about(self, broker_id: str, *, replaces: bool) -> bool:
        """An event names one of our orders: it is looked up soon; False where it is not ours.

        Args:
            broker_id: the broker's id of it or of one of its legs.
            replaces: whether executions were busted or corrected.
        """
        for name, order in list(self._journal.written.orders.items()):
            if broker_id in (order.broker_id, *order.aliases):
                watched = self._watch(name)
                watched.soon()
                if replaces:
                    watched.busted(self._clock.epoch_s())
                return True
        return False

    def look_at_all(self) -> None:
        """Something may have been missed: every order that may execute is looked up soon."""
        with self._lock:
            for watched in self._watched.values():
                if not watched.followed.ended:
                    watched.soon()

    def work(self) -> float:
        """Look at every order that is due; return the monotonic second of the next look."""
        while True:
            now_s = self._clock.now_s()
            with self._lock:
                waiting = [each for each in self._watched.values() if not each.looking]
                due = [each for each in waiting if each.due_s(streamed=self.streamed) <= now_s]
                if not due:
                    return min(
                        (each.due_s(streamed=self.streamed) for each in waiting), default=math.inf
                    )
            for watched in due:
                self._look(watched)
                self._check(watched)

    @property
    def ours(self) -> frozenset[str]:
        """The broker's ids of every order that was ever sent from here, and of their legs."""
        orders = list(self._journal.written.orders.values())
        return frozenset(
            name for each in orders for name in (each.broker_id, *each.aliases) if name
        )

    # ------------------------------------------------------------------ looking and following

    def _look(self, watched: WatchedOrder) -> bool:
        """Ask the broker about an order; whether it said."""
        watched.look(self._clock.now_s())
        broker_id, dialect = watched.followed.broker_id, self._dialect
        call = dialect.order(broker_id) if broker_id else dialect.look_up(watched.name)
        try:
            result = of_look_up(self._send(call), dialect)
            if result.outcome is Outcome.TAKEN and result.found is not None:
                view = result.found
                if not broker_id and view.legs is None:
                    watched.soon()  # by our id it may be told without its legs
                replaced_s = None if view.legs is None else watched.counted()
                self._apply(watched, replacing(view, replaced_s))
                return True
            return result.outcome is Outcome.ABSENT and self._absent(watched)
        finally:
            watched.looked()

    def _absent(self, watched: WatchedOrder) -> bool:
        """The broker does not know an order: surely so after a while, and when no list has it."""
        if watched.unknown_s is None or watched.followed.broker_id:
            self.note("ORDER_GONE", f"the broker no longer knows order {watched.name}")
            return False
        if self._clock.now_s() - watched.sent_s < ABSENT_S:
            return False
        listed = open_orders(self._dialect, self._send, self.note)
        if listed is None or any(each.client_order_id == watched.name for each in listed):
            return False
        self._forget(watched.name, NOT_FOUND)
        self._tell(ReportKind.NOT_FOUND, watched.name, "the broker never got it")
        return False

    def _check(self, watched: WatchedOrder) -> None:
        """What time alone brings: legs that stay apart, a cancel that does nothing."""
        now_s = self._clock.now_s()
        with self._lock:
            if now_s >= watched.followed.apart_due_s:
                step = overdue(watched.followed, now_s, self._clock.epoch_s())
                watched.follow_on(step.order)
                self._carry_out(step, "LEGS_APART")
            if watched.report_stuck(now_s):
                self.note("CANCEL_STUCK", f"order {watched.name} works on 10 s after its cancel")

    def _apply(self, watched: WatchedOrder, view: OrderView) -> None:
        with self._lock:
            step = follow(watched.followed, view, self._clock.now_s())
            watched.known(step.order)
            if view.state is ViewState.UNKNOWN:
                self.note("BROKER_WORD", f"the broker calls an order {view.raw_state[:40]!r}")
            self._carry_out(step, "ORDER_ODD")

    def _carry_out(self, step: Step, kind: str) -> None:
        """Book what a step tells, write it down, and hand the reports over."""
        order, name = step.order, step.order.request.client_order_id
        ledger = self._journal.written.ledger
        try:
            record(ledger, order, step.reports, self._fee_c(order.request))
        except LedgerError as error:
            self.note("BOOK_DIFFERS", str(error))
        try:
            if order.broker_id:
                self._journal.named(name, order.broker_id, order.aliases)
            self._journal.keep()
            if order.ended:
                self._journal.ended(name, str(order.end or ViewState.FILLED))
        except OSError as error:
            self.note("JOURNAL", f"executions cannot be written: {error.strerror or error}")
        for report in step.reports:
            self._report(report)
        for text in step.notes:
            self.note(kind, f"order {name}: {text}")

    # ------------------------------------------------------------------ small things

    def _watch(self, name: str) -> WatchedOrder:
        """The order of that name, followed on from where the journal has it."""
        with self._lock:
            watched = self._watched.get(name)
            if watched is None:
                written = self._journal.written
                order = written.orders[name]
                mine = [e for e in written.ledger.executions if e.client_order_id == name]
                numbered = written.numbered.get(name, 0)
                followed = resumed(order.request, order.broker_id, mine, numbered)
                followed = replace(followed, aliases=order.aliases)
                age_s = max(0.0, self._clock.epoch_s() - order.at_s)
                watched = WatchedOrder(followed, self._clock.now_s() - age_s)
                self._watched[name] = watched
            return watched

    def _known(self, name: str) -> WatchedOrder | None:
        return self._watch(name) if name in self._journal.written.orders else None

    def _forget(self, name: str, end: str) -> None:
        """An order is not at the broker, and will not be."""
        with self._lock:
            self._watched.pop(name, None)
            try:
                self._journal.ended(name, end)
            except OSError as error:
                self.note("JOURNAL", f"orders cannot be written: {error.strerror or error}")

    def _tell(self, kind: ReportKind, name: str, reason: str, broker_id: str = "") -> None:
        self._report(OrderReport(kind, name, self._clock.epoch_s(), broker_id, reason=reason))

    def _tell_again(self, watched: WatchedOrder) -> None:
        """Everything that was told of an order, for a desk that may have missed it."""
        with self._lock:
            order = watched.followed
            if order.acked:
                self._tell(ReportKind.ACK, watched.name, "", order.broker_id)
            for report in fills_told_again(order, self._mine(order)):
                self._report(report)
            if order.end in ENDS:
                self._tell(ReportKind(str(order.end)), watched.name, "", order.broker_id)

    def _mine(self, order: Followed) -> Iterator[Execution]:
        name = order.request.client_order_id
        executions = self._journal.written.ledger.executions
        return (each for each in executions if each.client_order_id == name)

    def note(self, kind: str, text: str) -> None:
        """Tell the operator something, once."""
        if (kind, text) not in self._notes:
            self._notes.add((kind, text))
            self._notice(kind, text)
