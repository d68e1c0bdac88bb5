"""Our orders at a real broker: written down, sent once, looked up, followed to their ends.

Whatever a call brings, its outcome is read from one table (`engine/brokers/http/outcome.py`). What
is unknown is looked up by our id until the broker says what it is; nothing is sent twice.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final

from engine.brokers.dialect import Dialect, DialectError
from engine.brokers.following.order_view import OrderView, ViewState
from engine.brokers.following.symbols import Contract
from engine.brokers.http.call import Call
from engine.brokers.http.outcome import (
    BEHIND_S,
    THROTTLED_LOOK_UP_S,
    Outcome,
    Result,
    of_cancel,
    of_look_up,
    of_submit,
)
from engine.brokers.protocol import (
    NotSentError,
    OpenOrder,
    RefusedOrderError,
    ReportSink,
    ThrottledError,
)
from engine.gateway.books import NoAnswerError, Notice, Send, open_orders
from engine.gateway.ended_orders import EndedOrders
from engine.gateway.followed_orders import FollowedOrders
from engine.gateway.journal import NOT_SENT, REJECTED, GatewayJournal
from engine.gateway.looking import OrderLooks
from engine.gateway.watched import WatchedOrder
from engine.market.clock import WaitingClock
from engine.orders.types import OrderRequest, ReportKind

_TOLD_UNKNOWN: Final = 16_384
"""Ids that were asked about before an order came, of which so many are remembered."""


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

    Attributes:
        looks: asks the broker about orders that are due.
        ended: asks once about those that have ended, after a gap.
        closed: why no debit is sent; "" where debits are.
        prefixes: of the ids of this installation's orders, where also those are cancelled that the
            journal does not have; none where only orders of the journal are.
    """

    def __init__(
        self,
        dialect: Dialect,
        send: Send,
        journal: GatewayJournal,
        clock: WaitingClock,
        fee_c: Callable[[OrderRequest], int],
        report: ReportSink,
        notice: Notice,
    ) -> None:
        self._dialect, self._send, self._journal, self._clock = dialect, send, journal, clock
        self._orders = FollowedOrders(journal, clock, fee_c, report, notice)
        self.looks = OrderLooks(self._orders, dialect, send, clock)
        self.ended = EndedOrders(self._orders, dialect, send, clock)
        self.closed = ""
        self.prefixes: tuple[str, ...] = ()
        self._strays: tuple[str, ...] | None = None
        self._lock = threading.Lock()
        self._told_unknown: OrderedDict[str, None] = OrderedDict()
        self._used_again: set[str] = set()

    # ------------------------------------------------------------------ what the desk asks

    def submit(self, request: OrderRequest, is_late: Callable[[], bool] = lambda: False) -> None:
        """Write an order down and send it, once.

        Args:
            request: the order.
            is_late: whether it has waited so long for its turn that it must not leave any more.

        Raises:
            ThrottledError: the broker or the governor held it back; it is not there.
            RefusedOrderError: the broker has no word for it, or its id was used before.
            NotSentError: it surely did not leave. After anything else reports tell.
        """
        try:
            call = self._dialect.submit(request)
        except DialectError as error:
            raise RefusedOrderError(str(error)) from None
        watched = self._written_down(request, is_late)
        try:
            self._take(watched, self._answer(watched, call))
        finally:
            watched.sent()

    def _answer(self, watched: WatchedOrder, call: Call) -> Result[OrderView]:
        """Send an order, and read the answer; where that fails nobody knows whether it arrived."""
        try:
            result = of_submit(self._send(call), self._dialect)
            if result.outcome is Outcome.THROTTLED and result.sent:
                result = self._after_throttling(watched, result)
        except Exception:
            watched.unknown(self._clock.now_s())
            raise
        return result

    def _written_down(self, request: OrderRequest, is_late: Callable[[], bool]) -> WatchedOrder:
        """An order that may leave now, on the disk."""
        name = request.client_order_id
        with self._lock:
            if is_late():
                raise NotSentError("it waited too long for its turn and was not sent")
            if request.pays and self.closed:
                raise NotSentError(f"no debit is sent: {self.closed}")
            if name in self._told_unknown:
                raise NotSentError("it was told as unknown before it came, and was not sent")
            written = self._journal.written.orders.get(name)
            if written is not None and (written.end or written.request != request):
                self._used_again.add(name)
            try:
                self._journal.intend(request, self._clock.epoch_s())
            except RefusedOrderError:
                raise
            except OSError as error:
                reason = error.strerror or error
                raise NotSentError(f"it cannot be written down: {reason}") from None
            watched = self._orders.watch(name)
            watched.leaves()
            return watched

    def _take(self, watched: WatchedOrder, result: Result[OrderView]) -> None:
        """What became of an order that was to leave."""
        match result.outcome:
            case Outcome.TAKEN if result.found is not None:
                self._orders.apply(watched, result.found)
            case Outcome.REFUSED:
                self._orders.never_there(watched, REJECTED, result.reason)
            case Outcome.NOT_SENT if self._orders.never_there(watched, NOT_SENT, result.reason):
                raise NotSentError(result.reason)
            case Outcome.THROTTLED if self._orders.never_there(watched, NOT_SENT, result.reason):
                raise ThrottledError(result.reason)
            case Outcome.USED_BEFORE:
                watched.unknown(self._clock.now_s(), result.reason)
            case _:
                watched.unknown(self._clock.now_s())

    def _after_throttling(
        self, watched: WatchedOrder, throttled: Result[OrderView]
    ) -> Result[OrderView]:
        """Whether an order that was one too many was taken all the same; asked once, later.

        A look-up may be behind: that the order is not there is certain where no list has it and
        its contracts are not held, either; else it is looked up on.
        """
        waiting = threading.Condition()
        with waiting:
            self._clock.wait(waiting, THROTTLED_LOOK_UP_S)
        found = of_look_up(self._send(self._dialect.look_up(watched.name)), self._dialect)
        if found.outcome is not Outcome.ABSENT:
            return found
        return throttled if self.looks.is_nowhere(watched) else Result(Outcome.UNKNOWN)

    def cancel(self, name: str) -> None:
        """Ask for an order's cancellation; reports tell what became of it.

        Raises:
            NoAnswerError: it is not known whether the broker will.
        """
        if self._orders.tell_end_without_name(name):
            return
        watched = self._orders.known(name)
        if watched is None and self.prefixes and name.startswith(self.prefixes):
            self._cancel_stray(name)
            return
        if watched is None:
            raise NoAnswerError(f"order {name} was never sent from here")
        if not watched.followed.broker_id and not watched.sending:
            self.looks.look(watched)
        broker_id = watched.followed.broker_id
        if not broker_id:
            raise NoAnswerError("the broker has not named the order yet; it is looked up")
        result = of_cancel(self._send(self._dialect.cancel(broker_id)), self._dialect)
        watched.soon()
        if result.outcome is Outcome.TAKEN:
            watched.cancelling(self._clock.now_s())
            if result.found is not None:
                self._orders.apply(watched, result.found)
        elif result.outcome in (Outcome.TOO_LATE, Outcome.REFUSED, Outcome.USED_BEFORE):
            self._orders.tell(ReportKind.CANCEL_REJECTED, name, result.reason, broker_id)
            self.looks.look(watched)
        elif result.outcome is Outcome.ABSENT:
            self.looks.look(watched)
        else:
            raise NoAnswerError(result.reason)

    def _cancel_stray(self, name: str) -> None:
        """Have an order cancelled of which the journal knows nothing.

        Raises:
            NoAnswerError: it is not known whether the broker will.
        """
        found = of_look_up(self._send(self._dialect.look_up(name)), self._dialect)
        if found.outcome is Outcome.ABSENT:
            return
        if found.found is None:
            raise NoAnswerError(found.reason)
        result = of_cancel(self._send(self._dialect.cancel(found.found.broker_id)), self._dialect)
        if result.outcome not in (Outcome.TAKEN, Outcome.TOO_LATE, Outcome.ABSENT):
            raise NoAnswerError(result.reason)

    def answer_for(self, *prefixes: str) -> None:
        """Cancel orders of an installation also where the journal does not have them.

        Args:
            prefixes: with which their ids begin.
        """
        self.prefixes = prefixes
        self.seek_strays()

    def seek_strays(self) -> None:
        """Learn which orders of this installation work that the journal does not have."""
        if not self.prefixes:
            return
        listed = open_orders(self._dialect, self._send, self._orders.note)
        if listed is not None:
            self.listed(listed)
            names = (order.client_order_id for order in listed)
            known = self._journal.written.orders
            self._strays = tuple(
                name
                for name in names
                if name.startswith(self.prefixes) and (name not in known or known[name].end)
            )

    def query(self, name: str) -> None:
        """Ask the broker about an order, and tell everything that is known of it.

        One that is on its way is told of when the broker has answered, and one that has ended when
        the answer is not behind its executions: whoever asks then sells in its place. Where its id
        had been used before, what became of the order of before is not told for it.

        Raises:
            NoAnswerError: the broker did not say.
        """
        with self._lock:  # an order that is not written down now never leaves
            if name not in self._journal.written.orders:
                self._told_unknown[name] = None
                if len(self._told_unknown) > _TOLD_UNKNOWN:
                    self._told_unknown.popitem(last=False)
        if name in self._used_again:
            self._orders.tell(ReportKind.REJECTED, name, "its id was used before; it was not sent")
            return
        if self._orders.tell_end_without_name(name):
            return
        watched = self._orders.known(name)
        if watched is None:
            self._query_stranger(name)
        elif not watched.sending:
            self._let_answers_catch_up(watched)
            if not self.looks.look(watched):
                raise NoAnswerError("the broker did not say; the order is looked up")
            self._orders.tell_again(watched)

    def _let_answers_catch_up(self, watched: WatchedOrder) -> None:
        """Wait until the broker's answers know what an order executed before its end."""
        if watched.ended_s is None or watched.followed.filled_whole:
            return
        latest_s, waiting = watched.ended_s + BEHIND_S, threading.Condition()
        with waiting:
            while (left_s := latest_s - self._clock.now_s()) > 0:
                self._clock.wait(waiting, left_s)

    def _query_stranger(self, name: str) -> None:
        found = of_look_up(self._send(self._dialect.look_up(name)), self._dialect)
        if found.outcome is Outcome.ABSENT:
            self._orders.tell(ReportKind.NOT_FOUND, name, found.reason)
            return
        if found.outcome is Outcome.TAKEN:
            text = f"order {name} is at the broker and was not sent from here"
            self._orders.note("FOREIGN_ORDER", text)
        raise NoAnswerError(found.reason or "the order was not sent from here")

    def close_debits(self, reason: str) -> None:
        """Send no debit while there is a reason, of one line; "" for none."""
        self.closed = reason

    # ------------------------------------------------------------------ what the broker tells

    def hear(self, view: OrderView) -> bool:
        """Take what the stream tells of an order; False where it was not sent from here."""
        watched = self._orders.known(view.client_id)
        if watched is None:
            text = f"an event tells of order {view.client_id[:40]}, which was not sent from here"
            executed = any(leg.total.filled for leg in view.legs or ())
            self._orders.note("FOREIGN_FILL" if executed else "FOREIGN_ORDER", text)
            return False
        self._orders.apply(watched, view)
        return True

    def listed(self, rows: Iterable[OpenOrder]) -> None:
        """Follow what the broker lists as open though it was taken for never there.

        Args:
            rows: of a list of open orders, ours and others'. One that has ended otherwise may be
                listed by an answer that is behind.
        """
        for row in rows:
            written = self._journal.written.orders.get(row.client_order_id)
            if written is not None and written.end and not written.broker_id:
                self.hear(
                    OrderView(
                        row.client_order_id,
                        row.broker_order_id,
                        ViewState.WORKING,
                        self._clock.epoch_s(),
                        None,
                    )
                )

    def ask_about(self, broker_id: str, *, replaces: bool) -> bool:
        """An event names an order: it is looked up soon; False where it was not sent from here.

        Args:
            broker_id: the broker's id of it or of one of its legs.
            replaces: whether executions were busted or corrected.
        """
        with self._orders.lock:
            watched = self._orders.named(broker_id)
            if watched is None:
                return False
            watched.soon()
            if replaces:
                watched.busted()
        return True

    @property
    def ours(self) -> frozenset[str]:
        """The broker's ids of every order that was ever sent from here, and of their legs."""
        return frozenset(self._journal.written.names)

    def nameless(self, contract: Contract) -> bool:
        """Whether an order of a contract may be at the broker under an id we do not know yet.

        By our id an order may be told without its legs, whose ids its executions name.
        """
        return any(
            contract in (each for each, _ in self._orders.watch(name).followed.contracts())
            for name, order in list(self._journal.written.orders.items())
            if not order.end and not (order.broker_id and order.aliases)
        )

    def working(self) -> tuple[str, ...]:
        """Our ids of the orders that may still execute."""
        orders = list(self._journal.written.orders.items())
        return (*(name for name, order in orders if not order.end), *(self._strays or ()))

    @property
    def told(self) -> bool:
        """Whether it is known which orders may still execute, also of those without a journal."""
        return not self.prefixes or self._strays is not None
