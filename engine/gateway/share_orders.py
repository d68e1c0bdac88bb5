"""Trades shares away that exercise or assignment left: written down, sent once, looked up.

`shares.jsonl` has one JSON object a line, as `orders.jsonl` has: `{"id", "root", "shares", "at"}`
is on the disk before the order leaves, `{"id", "end", "reason"}` follows when it can execute no
more. What it executes is booked in the account's ledger under its id and the count so far.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.brokers.dialect import ShareDialect, ShareReader
from engine.brokers.following.order_view import ENDS, ViewState
from engine.brokers.following.share_order import ShareView
from engine.brokers.http.outcome import ABSENT_S, Outcome, of_look_up, of_submit
from engine.brokers.protocol import NotSentError, RefusedOrderError, SettlementSink
from engine.config.regular_files import MOST_OWN_BYTES, read_bytes
from engine.gateway.books import AccountBooks, Notice, Send
from engine.gateway.journal import GatewayJournal, JournalError, synced
from engine.market.calendar import exchange_date, xnys
from engine.market.clock import Clock
from engine.market.quotes.symbols import bare_root
from engine.orders.averages import split_total
from engine.orders.settlements import SettlementKind, SettlementReport
from engine.run_folder.append_log import append_lines

FILE: Final = "shares.jsonl"
LOOK_EVERY_S: Final = 1.0

_REJECTED: Final = "rejected"
_NOT_SENT: Final = "not sent"
_NOT_FOUND: Final = "not found"


@dataclass(slots=True)
class _Written:
    """An order as the file has it; `shares` bought, negative where sold."""

    name: str
    root: str
    shares: int
    at_s: float
    end: str = ""


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
        clock: Clock,
        notice: Notice,
        *,
        durable: bool = True,
    ) -> None:
        self._path, self._durable = folder / FILE, durable
        self._dialect, self._send, self._reader = dialect, send, ShareReader(dialect)
        self._journal, self._books = journal, books
        self._told, self._clock, self._notice = told, clock, notice
        self._lock = threading.Lock()
        self._orders = _read(self._path)

    # ------------------------------------------------------------------ what the desk asks

    def close(self, root: str) -> None:
        """Sell, or buy back, every share of a root that contracts traded from here left.

        Raises:
            RefusedOrderError: it is refused, with the reason.
            NotSentError: it surely did not leave.
            ConnectionError: the broker does not tell what is held.
        """
        now_s = self._clock.epoch_s()
        self._refuse_hours(root, now_s)
        held = {bare_root(row.symbol): row for row in self._books.held().told.shares}
        with self._lock:
            working = [each for each in self._orders.values() if not each.end and each.root == root]
            if working:
                raise RefusedOrderError(f"order {working[0].name} of {root} shares works already")
            booked = self._journal.written.ledger.shares()
            ours = next((row.quantity for row in booked if row.symbol == root), 0)
            there = held.get(bare_root(root))
            if not ours:
                raise RefusedOrderError(f"no {root} shares came of contracts traded from here")
            if there is None or there.quantity * ours < 0 or abs(there.quantity) < abs(ours):
                told = 0 if there is None else there.quantity
                raise RefusedOrderError(
                    f"the account holds {told:+d} {root} shares, the books {ours:+d}; compare first"
                )
            name = f"SH-{bare_root(root)}-{round(now_s * 1000)}-{len(self._orders) + 1}"
            order = _Written(name, root, -ours, now_s)
            call = self._dialect.trade_shares(name, there.symbol, order.shares)
            try:
                row = {"id": name, "root": root, "shares": order.shares, "at": now_s}
                self._append(row)
            except OSError as error:
                reason = error.strerror or error
                raise NotSentError(f"it cannot be written down: {reason}") from None
            self._orders[name] = order
        result = of_submit(self._send(call), self._reader)
        if result.outcome is Outcome.TAKEN and result.found is not None:
            self._apply(order, result.found)
        elif result.outcome is Outcome.REFUSED:
            self._end(order, _REJECTED, result.reason)
            raise RefusedOrderError(result.reason)
        elif result.outcome is Outcome.NOT_SENT:
            self._end(order, _NOT_SENT, result.reason)
            raise NotSentError(result.reason)
        # Anything else is unknown: it is looked up by our id, and nothing is sent beside it.

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

    def knows(self, name: str) -> bool:
        """Whether an order of that name is one of shares, sent from here."""
        return name in self._orders

    def look(self) -> float:
        """Look every order up whose end is not known; return the seconds until the next turn."""
        for order in [each for each in self._orders.values() if not each.end]:
            self._look_up(order)
        return LOOK_EVERY_S

    def _look_up(self, order: _Written) -> None:
        result = of_look_up(self._send(self._dialect.look_up(order.name)), self._reader)
        if result.outcome is Outcome.TAKEN and result.found is not None:
            self._apply(order, result.found)
        elif result.outcome is Outcome.ABSENT and self._clock.epoch_s() - order.at_s >= ABSENT_S:
            self._end(order, _NOT_FOUND, "the broker never got it")

    def _apply(self, order: _Written, view: ShareView) -> None:
        """Book what is new of an order, and its end."""
        with self._journal.booking:
            complete = self._book(order, view)
        if complete and (view.state in ENDS or view.state is ViewState.FILLED):
            self._end(order, str(view.state), view.reason)

    def _book(self, order: _Written, view: ShareView) -> bool:
        """Book the shares that executed and are not booked; whether nothing of it is missing."""
        ledger = self._journal.written.ledger
        booked = [
            each
            for each in ledger.entries
            if isinstance(each, SettlementReport)
            and each.settlement_id.startswith(f"SHARES.{order.name}.")
        ]
        sign = 1 if order.shares > 0 else -1
        new = view.filled - sum(abs(each.shares) for each in booked)
        if new <= 0:
            return True
        if view.paid_c is None:
            return False  # it is asked again until its price is told
        rest_c = view.paid_c - sum(abs(each.cash_c) for each in booked)
        at_s = self._clock.epoch_s()
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

    def _end(self, order: _Written, end: str, reason: str) -> None:
        with self._lock:
            if order.end:
                return
            order.end = end
            try:
                self._append({"id": order.name, "end": end, "reason": reason})
            except OSError as error:
                self._notice("JOURNAL", f"{self._path} cannot be written: {error.strerror}")
        if end != ViewState.FILLED:
            text = f"the order of {order.shares:+d} {order.root} shares ended {end} {reason}"
            self._notice("SHARES_LEFT", f"{text.rstrip()}; what is left of them still stands")

    def _append(self, row: dict[str, Any]) -> None:
        append_lines(self._path, [json.dumps(row).encode() + b"\n"])
        if self._durable:
            synced(self._path)


def _read(path: Path) -> dict[str, _Written]:
    try:
        data = read_bytes(path, MOST_OWN_BYTES)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise JournalError(f"{path} cannot be read: {error}") from None
    whole, _, torn = data.rpartition(b"\n")
    orders: dict[str, _Written] = {}
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            row = json.loads(line)
            name = str(row["id"])
            if "end" in row:
                orders[name].end = str(row["end"])
            else:
                orders[name] = _Written(name, str(row["root"]), int(row["shares"]), row["at"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise JournalError(
                f"{path} line {number} is damaged ({str(error)[:80]}); move the file away only "
                "when the broker has no open order of shares"
            ) from None
    if torn:  # cut by a crash: what it would have told had not happened yet
        os.truncate(path, len(data) - len(torn))
    return orders
