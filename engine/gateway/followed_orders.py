"""The account's orders as they are followed: booked, written down and told; never calls anybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from engine.brokers.execution import Execution
from engine.brokers.following.executions import fills_told_again, record
from engine.brokers.following.follow import apart_words, follow, overdue
from engine.brokers.following.followed import Followed, Step, resumed
from engine.brokers.following.order_view import ENDS, LegView, OrderView, ViewState
from engine.brokers.ledger import LedgerError
from engine.brokers.protocol import ContractPosition, ReportSink
from engine.gateway.books import Notice
from engine.gateway.journal import NOT_FOUND, NOT_SENT, REJECTED, GatewayJournal
from engine.gateway.watched import WatchedOrder
from engine.market.calendar import exchange_date
from engine.market.clock import WaitingClock
from engine.orders.types import OrderReport, OrderRequest, ReportKind

_WRITTEN_ENDS: Final = {str(state): state for state in (*ENDS, ViewState.FILLED)}
_END_KINDS: Final = frozenset(ReportKind(state.value) for state in ENDS)


class FollowedOrders:
    """Every order of the account; used from any thread.

    Args:
        journal: of the account; orders that it has without an end are followed on.
        clock: real time.
        fee_c: cents of fees that a lot of an order costs.
        report: takes reports, in order.
        notice: tells the operator.

    Attributes:
        lock: held while an answer is taken, so that answers are taken one after the other.
    """

    def __init__(
        self,
        journal: GatewayJournal,
        clock: WaitingClock,
        fee_c: Callable[[OrderRequest], int],
        report: ReportSink,
        notice: Notice,
    ) -> None:
        self._journal, self._clock, self._fee_c = journal, clock, fee_c
        self._report, self._notice = report, notice
        self.lock = journal.booking
        self._watched: dict[str, WatchedOrder] = {}
        self._awake: dict[str, WatchedOrder] = {}
        for name, order in journal.written.orders.items():
            if not order.end:
                watched = self.watch(name)
                watched.soon()
                if not order.broker_id:
                    watched.unknown(clock.now_s() - max(0.0, clock.epoch_s() - order.at_s))

    # ------------------------------------------------------------------ which orders there are

    def watch(self, name: str) -> WatchedOrder:
        """The order of that name, which the journal has, followed on from where it has it.

        Whoever asks for it may have news of it: it is looked at until it is seen to rest.
        """
        with self.lock:
            watched = self._watched.get(name)
            if watched is None:
                written = self._journal.written
                order = written.orders[name]
                numbered = written.numbered.get(name, 0)
                followed = resumed(order.request, order.broker_id, self._booked(name), numbered)
                end = _WRITTEN_ENDS.get(order.end) if order.broker_id else None
                followed = replace(followed, aliases=order.aliases, end=end)
                age_s = max(0.0, self._clock.epoch_s() - order.at_s)
                watched = WatchedOrder(followed, self._clock.now_s() - age_s)
                self._watched[name] = watched
            self._awake[name] = watched
            return watched

    def known(self, name: str) -> WatchedOrder | None:
        """The order of that name; None where none was ever sent from here."""
        return self.watch(name) if name in self._journal.written.orders else None

    def named(self, broker_id: str) -> WatchedOrder | None:
        """The order that the broker, or a leg of it, calls so; None where it is not of here."""
        name = self._journal.written.names.get(broker_id)
        return None if name is None else self.watch(name)

    def awake(self) -> list[WatchedOrder]:
        """Every order of which something may become due by itself; under the lock."""
        return list(self._awake.values())

    def wake(self, watched: WatchedOrder) -> None:
        """Something may become due of an order; under the lock."""
        if self._watched.get(watched.name) is watched:
            self._awake[watched.name] = watched

    def rest(self, watched: WatchedOrder) -> None:
        """Nothing becomes due of an order before somebody has news of it; under the lock."""
        self._awake.pop(watched.name, None)

    def ended_lately(self) -> dict[str, float]:
        """Orders that have ended and executed on the last day on which any did.

        Each with the epoch second of its last execution, oldest first.
        """
        written, day, found = self._journal.written, None, dict[str, float]()
        for each in reversed(written.ledger.executions):
            on, name = exchange_date(each.at_s), each.client_order_id
            day = day or on
            if on != day:
                break
            order = written.orders.get(name)
            if order is not None and order.end and order.broker_id:
                found.setdefault(name, each.at_s)
        return dict(reversed(found.items()))

    def _booked(self, name: str) -> list[Execution]:
        return self._journal.written.ledger.executions_of(name)

    # ------------------------------------------------------------------ what the broker tells

    def apply(self, watched: WatchedOrder, view: OrderView) -> None:
        """Take an answer about an order."""
        with self.lock:
            watched = self.watch(watched.name)  # it may have been given up meanwhile
            now_s = self._clock.now_s()
            step = follow(watched.followed, view, now_s)
            watched.known(step.order, now_s)
            if view.state is ViewState.UNKNOWN:
                self.note("BROKER_WORD", f"the broker calls an order {view.raw_state[:40]!r}")
            self._carry_out(step, "ORDER_ODD")

    def check(self, watched: WatchedOrder) -> None:
        """Tell what time alone brings, again where it holds: legs apart, a cancel in vain."""
        now_s = self._clock.now_s()
        with self.lock:
            if now_s >= watched.followed.apart_due_s:
                step = overdue(watched.followed, now_s, self._clock.epoch_s())
                watched.follow_on(step.order)
                self._carry_out(step, "LEGS_APART")
            elif watched.followed.legs_told is not None and watched.followed.apart_s is not None:
                self.note("LEGS_APART", f"order {watched.name}: {apart_words(watched.followed)}")
            if watched.is_stuck(now_s):
                self.note("CANCEL_STUCK", f"order {watched.name} works on 10 s after its cancel")

    def _carry_out(self, step: Step, kind: str) -> None:
        """Book what a step tells, write it down, and hand the reports over."""
        order, name = step.order, step.order.request.client_order_id
        ledger = self._journal.written.ledger
        try:
            record(ledger, order, step.reports, self._fee_c(order.request))
        except LedgerError as error:
            self.note("BOOK_DIFFERS", str(error))
        reasons = (each.reason for each in step.reports if each.kind in _END_KINDS)
        try:
            try:  # what executed is written whether or not the order's line is
                if order.broker_id:
                    self._journal.named(name, order.broker_id, order.aliases)
            finally:
                self._journal.keep()
            if order.ended:
                self._journal.ended(name, str(order.end or ViewState.FILLED), next(reasons, ""))
        except OSError as error:
            self.note("JOURNAL", f"executions cannot be written: {error.strerror or error}")
        for report in step.reports:
            self._report(report)
        for text in step.notes:
            self.note(kind, f"order {name}: {text}")

    # ------------------------------------------------------------------ what the desk is told

    def never_there(self, watched: WatchedOrder, end: str, reason: str) -> bool:
        """An order is not at the broker, and will not be; False where the broker has named it.

        Args:
            watched: the order.
            end: NOT_SENT, NOT_FOUND or REJECTED; the last two are told.
            reason: for people.
        """
        name = watched.name
        with self.lock:
            current = self._watched.get(name)
            if current is not None and current.followed.broker_id:
                return False
            self._watched.pop(name, None)
            self._awake.pop(name, None)
            try:
                self._journal.ended(name, end, reason)
            except OSError as error:
                self.note("JOURNAL", f"orders cannot be written: {error.strerror or error}")
            if end == REJECTED:
                self.tell(ReportKind.REJECTED, name, reason)
            elif end == NOT_FOUND:
                self.tell(ReportKind.NOT_FOUND, name, reason)
            return True

    def forgotten(self, watched: WatchedOrder) -> None:
        """The broker knows an order no more, and it is nowhere: it ends with what it executed."""
        with self.lock:
            order = self.watch(watched.name).followed
            legs = tuple(
                LegView(contract, side, total)
                for (contract, side), total in zip(order.contracts(), order.totals, strict=True)
            )
            reason = "the broker knows it no more"
            view = OrderView(
                watched.name,
                order.broker_id,
                ViewState.CANCELED,
                self._clock.epoch_s(),
                legs,
                reason=reason,
            )
            self.apply(watched, view)
            filled = f"{len(order.lots)} of {order.request.quantity} filled"
            self.note(
                "ORDER_GONE",
                f"order {watched.name} is unknown to the broker and nowhere to be found: it ends "
                f"as cancelled, {filled}; look at the account on the broker's page",
            )

    @property
    def booked(self) -> tuple[ContractPosition, ...]:
        """What every order of the account has come to, as it was told."""
        return self._journal.written.ledger.positions()

    def tell_end_without_name(self, name: str) -> bool:
        """Tell again that an order was never at the broker; False where it was, or may be."""
        order = self._journal.written.orders.get(name)
        if order is None or order.broker_id or order.end not in (NOT_SENT, NOT_FOUND, REJECTED):
            return False
        if order.end == REJECTED:
            self.tell(ReportKind.REJECTED, name, order.reason or "the broker refused it")
        else:
            self.tell(ReportKind.NOT_FOUND, name, f"it was {order.end}")
        return True

    def tell(self, kind: ReportKind, name: str, reason: str, broker_id: str = "") -> None:
        """Tell something of an order that is no execution."""
        self._report(OrderReport(kind, name, self._clock.epoch_s(), broker_id, reason=reason))

    def tell_again(self, watched: WatchedOrder) -> None:
        """Everything that was told of an order, for a desk that may have missed it."""
        with self.lock:
            order: Followed = watched.followed
            if order.acked:
                self.tell(ReportKind.ACK, watched.name, "", order.broker_id)
            for report in fills_told_again(order, self._booked(watched.name)):
                self._report(report)
            if order.end in ENDS:
                reason = self._journal.written.orders[watched.name].reason
                self.tell(ReportKind(str(order.end)), watched.name, reason, order.broker_id)

    def note(self, kind: str, text: str) -> None:
        """Tell the operator something; what holds is told again with every look."""
        self._notice(kind, text)
