"""Trades shares away that exercise or assignment left: written down, sent once, looked up.

It is in `shares.jsonl` before it leaves (`share_file.py`). What it executes is booked in the
account's ledger under its id and the count so far.
"""

from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import Final

from engine.brokers.dialect import ShareDialect, ShareReader
from engine.brokers.following.order_view import ENDS, ViewState
from engine.brokers.following.share_order import ShareView
from engine.brokers.http.outcome import (
    CANCEL_STUCK_S,
    THROTTLED_LOOK_UP_S,
    Outcome,
    Result,
    of_cancel,
    of_look_up,
    of_submit,
)
from engine.brokers.protocol import NotSentError, RefusedOrderError, SettlementSink, ThrottledError
from engine.gateway.books import AccountBooks, NoAnswerError, Notice, Send
from engine.gateway.journal import NOT_FOUND, NOT_SENT, REJECTED, GatewayJournal
from engine.gateway.share_file import ShareFile
from engine.gateway.share_looks import LOOK_EVERY_S, Absence, ShareOrder
from engine.market.calendar import exchange_date, xnys
from engine.market.clock import WaitingClock
from engine.market.quotes.symbols import bare_root
from engine.orders.averages import split_total
from engine.orders.ids import share_prefix_of
from engine.orders.settlements import SettlementKind, SettlementReport

_NOT_CANCELLED: Final = (
    Outcome.TOO_LATE,
    Outcome.REFUSED,
    Outcome.USED_BEFORE,
    Outcome.ABSENT,
)
"""Outcomes of a cancel after which only a look tells how far the order is."""


class ShareOrders:
    """Orders of shares of one account; used from any thread.

    Args:
        folder: of the account.
        dialect: the broker's.
        send: makes a call.
        journal: of the account; its ledger says which shares came of contracts traded from here.
        books: what the account holds.
        told: takes each settlement once it is on the disk.
        clock: real time.
        notice: tells the operator.
        prefix: with which the ids of this installation's other orders begin.
        durable: whether what is written is on the disk before anything leaves.

    Raises:
        JournalError: what is there cannot be read.
    """

    def __init__(
        self,
        folder: Path,
        dialect: ShareDialect,
        send: Send,
        journal: GatewayJournal,
        books: AccountBooks,
        told: SettlementSink,
        clock: WaitingClock,
        notice: Notice,
        prefix: str = "",
        *,
        durable: bool = True,
    ) -> None:
        self._file, self._ids = ShareFile(folder, durable=durable), share_prefix_of(prefix)
        self._dialect, self._send, self._reader = dialect, send, ShareReader(dialect)
        self._journal, self._books = journal, books
        self._told, self._clock, self._notice = told, clock, notice
        self._lock = threading.Lock()
        self._absence = Absence(dialect, send, notice)
        self._orders = self._file.read(clock.now_s())

    # ------------------------------------------------------------------ what the desk asks

    def close(self, root: str) -> None:
        """Sell, or buy back, every share of a root that contracts traded from here left.

        Raises:
            RefusedOrderError: it is refused, with the reason.
            ThrottledError: the broker or the governor held it back; it is not there.
            NotSentError: it surely did not leave.
            ConnectionError: the broker does not tell what is held, or what became of the order;
                that is looked up then, and nothing is sent beside it.
        """
        now_s = self._clock.epoch_s()
        self._refuse_hours(root, now_s)
        for lost in [each for each in list(self._orders.values()) if each.root == root]:
            if lost.end == NOT_FOUND and lost.due_s < math.inf:
                self._look_up(lost)  # it may have come to the broker all the same
        told = self._books.held().told
        if any(bare_root(each) == bare_root(root) for each in told.unread_shares):
            raise RefusedOrderError(f"the broker does not say how many {root} shares are held")
        held = {bare_root(row.symbol): row for row in told.shares}
        with self._lock:
            working = [each for each in self._orders.values() if not each.end and each.root == root]
            if working:
                raise RefusedOrderError(f"order {working[0].name} of {root} shares works already")
            ours = self._booked(root)
            there = held.get(bare_root(root))
            if not ours:
                raise RefusedOrderError(f"no {root} shares came of contracts traded from here")
            if there is None or there.quantity * ours < 0 or abs(there.quantity) < abs(ours):
                count = 0 if there is None else there.quantity
                raise RefusedOrderError(
                    f"the account holds {count:+d} {root} shares, the books {ours:+d}; compare "
                    "first"
                )
            name = f"{self._ids}{bare_root(root)}-{round(now_s * 1000)}-{len(self._orders) + 1}"
            order = ShareOrder(name, root, -ours, now_s)
            call = self._dialect.trade_shares(name, there.symbol, order.shares)
            try:
                row = {"id": name, "root": root, "shares": order.shares, "at": now_s}
                self._file.append(row)
            except OSError as error:
                reason = error.strerror or error
                raise NotSentError(f"it cannot be written down: {reason}") from None
            self._orders[name] = order
        try:
            result = of_submit(self._send(call), self._reader)
        finally:
            order.left(self._clock.now_s())
        if result.outcome is Outcome.THROTTLED and result.sent:
            result = self._after_throttling(order, result)
        self._take(order, result)

    def _take(self, order: ShareOrder, result: Result[ShareView]) -> None:
        """What became of an order that was to leave; what is unknown is looked up by our id."""
        match result.outcome:
            case Outcome.TAKEN if result.found is not None:
                self._apply(order, result.found)
            case Outcome.REFUSED:
                self._end(order, REJECTED, result.reason)
                raise RefusedOrderError(result.reason)
            case Outcome.NOT_SENT:
                self._end(order, NOT_SENT, result.reason)
                raise NotSentError(result.reason)
            case Outcome.THROTTLED:
                self._end(order, NOT_SENT, result.reason)
                raise ThrottledError(result.reason)
            case _:
                raise NoAnswerError(
                    f"{result.reason or 'no answer'}; order {order.name} is looked up"
                )

    def _after_throttling(
        self, order: ShareOrder, throttled: Result[ShareView]
    ) -> Result[ShareView]:
        """Whether an order that was one too many was taken all the same; asked once, later."""
        waiting = threading.Condition()
        with waiting:
            self._clock.wait(waiting, THROTTLED_LOOK_UP_S)
        found = of_look_up(self._send(self._dialect.look_up(order.name)), self._reader)
        if found.outcome is not Outcome.ABSENT:
            return found
        age_s = self._clock.now_s() - order.sent_s
        nowhere = self._absence.broker_id(order, age_s, self._clock.epoch_s()) == ""
        if (
            nowhere
            and not order.broker_id
            and self._absence.is_sure(order, self._booked(order.root))
        ):
            return throttled
        return Result(Outcome.UNKNOWN, reason=throttled.reason)

    def owns(self, name: str) -> bool:
        """Whether an order is one of shares, sent from here."""
        return name in self._orders

    def working(self) -> tuple[str, ...]:
        """Our ids of the orders that may still execute."""
        return tuple(name for name, order in list(self._orders.items()) if not order.end)

    def cancel(self, name: str) -> None:
        """Ask for an order's cancellation; its end is written down once the broker tells it.

        Raises:
            NoAnswerError: it is not known whether the broker will.
        """
        order = self._orders[name]
        if order.end not in ("", NOT_FOUND):
            return
        if not order.broker_id:
            self._look_up(order)
        if order.end:
            return
        if not order.broker_id:
            raise NoAnswerError("the broker has not named the order yet; it is looked up")
        result = of_cancel(self._send(self._dialect.cancel(order.broker_id)), self._reader)
        order.soon()
        if result.outcome is Outcome.TAKEN:
            order.cancelling(self._clock.now_s())
            if result.found is not None:
                self._apply(order, result.found)
        elif result.outcome in _NOT_CANCELLED:
            self._look_up(order)
        else:
            raise NoAnswerError(result.reason)

    def _booked(self, root: str) -> int:
        """Shares of a root in the account's ledger, signed."""
        booked = self._journal.written.ledger.shares()
        return next((row.quantity for row in booked if row.symbol == root), 0)

    def _refuse_hours(self, root: str, now_s: float) -> None:
        today = exchange_date(now_s)
        hours = xnys().regular_hours(today)
        if hours is not None and hours.opens.timestamp() <= now_s < hours.closes.timestamp():
            return
        if hours is None or now_s >= hours.closes.timestamp():
            when = f"on {xnys().next_session(today)}"
        else:
            when = "today"
        raise RefusedOrderError(
            f"the exchange is closed, and {root} shares are traded in its hours; ask {when} from "
            "09:30 New York on"
        )

    # ------------------------------------------------------------------ what becomes of them

    def hear(self, name: str) -> bool:
        """An event tells of an order: it is looked up soon, whatever was taken for its end.

        Args:
            name: our id of it.

        Returns:
            Whether it is one of shares, sent from here.
        """
        order = self._orders.get(name)
        if order is not None:
            order.soon()
        return order is not None

    def look(self) -> float:
        """Look every order up that is due; return the seconds until the next turn.

        One that ended as not found is looked up on for a day: it may appear late.
        """
        now_s = self._clock.now_s()
        for order in list(self._orders.values()):
            if order.due_s <= now_s:
                self._look_up(order)
            if not order.end and self._clock.now_s() - order.cancel_s >= CANCEL_STUCK_S:
                text = f"order {order.name} works on {CANCEL_STUCK_S:.0f} s after its cancel"
                self._notice("CANCEL_STUCK", text)
        return LOOK_EVERY_S

    def _look_up(self, order: ShareOrder) -> None:
        now_s = self._clock.now_s()
        order.looked(now_s)
        result = of_look_up(self._send(self._dialect.look_up(order.name)), self._reader)
        if result.outcome is Outcome.TAKEN and result.found is not None:
            self._apply(order, result.found)
        elif result.outcome is Outcome.ABSENT and order.absent(now_s) and not order.end:
            self._seek(order, now_s)

    def _seek(self, order: ShareOrder, now_s: float) -> None:
        """End an order that is nowhere; one that a list has is followed by the broker's id."""
        broker_id = self._absence.broker_id(order, now_s - order.sent_s, self._clock.epoch_s())
        if broker_id:
            result = of_look_up(self._send(self._dialect.order(broker_id)), self._reader)
            if result.found is not None:
                self._apply(order, result.found)
        elif broker_id == "" and self._absence.is_sure(order, self._booked(order.root)):
            self._end(order, NOT_FOUND, "the broker never got it")

    def _apply(self, order: ShareOrder, view: ShareView) -> None:
        """Book what is new of an order, and its end."""
        order.named(view.broker_id)
        with self._journal.booking:
            complete = self._book(order, view)
        if complete and (view.state in ENDS or view.state is ViewState.FILLED):
            self._end(order, str(view.state), view.reason)
        elif order.end == NOT_FOUND:
            self._write_end(order, "", "the broker has it")
            text = f"order {order.name} of {order.shares:+d} {order.root} shares works after all"
            self._notice("SHARES_LEFT", f"{text}; it had ended as never received")

    def _book(self, order: ShareOrder, view: ShareView) -> bool:
        """Book the shares that executed and are not booked; whether nothing of it is missing."""
        ledger = self._journal.written.ledger
        booked = [
            each
            for _, each in ledger.settlements
            if each.settlement_id.startswith(f"SHARES.{order.name}.")
        ]
        sign = 1 if order.shares > 0 else -1
        new = view.filled - sum(abs(each.shares) for each in booked)
        if new <= 0:
            return True
        if view.paid_c is None:
            return False  # it is asked again until its price is told
        rest_c = view.paid_c - sum(abs(each.cash_c) for each in booked)
        at_s = self._clock.epoch_s()
        if exchange_date(at_s) != exchange_date(order.at_s):
            at_s = order.at_s  # an order of the day executes on it, whenever that is heard of
        for number, (count, price_c) in enumerate(split_total(max(0, rest_c), new), 1):
            report = SettlementReport(
                SettlementKind.SHARES,
                f"SHARES.{order.name}.{view.filled}.{number}",
                at_s,
                order.root,
                exchange_date(at_s),
                "call",
                0.0,
                0,
                price_c,
                -sign * count * price_c,
                sign * count,
                1,
            )
            ledger.settle(report)
            try:
                self._journal.keep()
            except OSError as error:
                self._notice("JOURNAL", f"trades of shares cannot be written: {error.strerror}")
            self._told(report)
        return True

    def _end(self, order: ShareOrder, end: str, reason: str) -> None:
        if not self._write_end(order, end, reason):
            return
        if end != ViewState.FILLED:
            text = f"the order of {order.shares:+d} {order.root} shares ended {end} {reason}"
            self._notice("SHARES_LEFT", f"{text.rstrip()}; what is left of them still stands")

    def _write_end(self, order: ShareOrder, end: str, reason: str) -> bool:
        """Write an end down; False where another one stands, which only NOT_FOUND yields to."""
        with self._lock:
            if order.end not in ("", NOT_FOUND) or order.end == end:
                return False
            order.ends(end, self._clock.now_s())
            try:
                self._file.append({"id": order.name, "end": end, "reason": reason})
            except OSError as error:
                self._notice("JOURNAL", f"{self._file.path} cannot be written: {error.strerror}")
        return True
