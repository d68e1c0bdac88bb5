"""What a gateway writes down: each order before it leaves, and each execution.

`orders.jsonl` has one JSON object a line: `{"id", "body", "at"}` is on the disk before the order
leaves, `{"id", "broker_id", "aliases"}` follows when the broker has named it, `{"id", "end",
"reason"}` when it can execute no more. `executions.jsonl` is the account's ledger (`LedgerFile`).
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from engine.brokers.execution import Execution
from engine.brokers.following.followed import lot_number
from engine.brokers.ledger import ExchangeLedger, LedgerError
from engine.brokers.ledger_file import LedgerFile, read_ledger
from engine.brokers.protocol import RefusedOrderError
from engine.brokers.remote.codec import order_of, order_plain
from engine.config.regular_files import MOST_OWN_BYTES, read_bytes
from engine.orders.types import OrderRequest
from engine.run_folder.append_log import append_lines, read_batches

ORDERS: Final = "orders.jsonl"
EXECUTIONS: Final = "executions.jsonl"

NOT_SENT: Final = "not sent"
NOT_FOUND: Final = "not found"
REJECTED: Final = "rejected"
"""Ends of orders that the broker did not take; one that it names all the same has none of them."""


UNREADABLE: Final = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
"""What reading a row raises that was written by something else, or is damaged."""


class JournalError(Exception):
    """What a gateway wrote down cannot be read; the text says what to do."""


@dataclass(slots=True)
class WrittenOrder:
    """An order as the journal has it.

    Args:
        request: what was ordered.
        at_s: epoch second at which it was about to leave.
        broker_id: the broker's id; "" where its answer never came.
        aliases: other ids under which the broker tells of it.
        end: its end; "" where it may still execute.
        reason: what was said of its end.
    """

    request: OrderRequest
    at_s: float
    broker_id: str = ""
    end: str = ""
    reason: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(slots=True)
class Written:
    """Everything that a folder has.

    Args:
        orders: by our id, oldest first.
        ledger: the account's books.
        numbered: the highest number of a lot that each order ever had.
        names: our id of each order by the broker's ids of it and of its legs.
    """

    orders: dict[str, WrittenOrder] = field(default_factory=dict)
    ledger: ExchangeLedger = field(default_factory=ExchangeLedger)
    numbered: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def name(self, order: str, broker_id: str, aliases: tuple[str, ...]) -> None:
        """The broker has named an order: it is there, whatever was taken for its end."""
        written = self.orders[order]
        if not written.broker_id and written.end in (NOT_SENT, NOT_FOUND, REJECTED):
            written.end = written.reason = ""
        written.broker_id, written.aliases = broker_id, aliases
        self.names.update(dict.fromkeys((broker_id, *aliases), order))


class GatewayJournal:
    """The two files of an account; used from any thread.

    Args:
        folder: owner-only.
        durable: whether what is written must outlast the machine; a simulation's need not.

    Attributes:
        written: everything that the folder has.
        booking: held while what an answer tells is booked, so that it is booked answer by answer.

    Raises:
        JournalError: what is there cannot be read.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self._orders_path, self._durable = folder / ORDERS, durable
        self._lock = threading.Lock()
        self.booking = threading.RLock()
        self.written = _read(folder)
        self.written.ledger.record()
        self._executions_path = folder / EXECUTIONS
        self._begin_executions(folder)
        self._executions = LedgerFile(self._executions_path, self.written.ledger)

    def _begin_executions(self, folder: Path) -> None:
        """Have the ledger's file there before the first order leaves: its loss is seen then."""
        try:
            if not self._executions_path.exists():
                self._executions_path.touch(mode=0o600)
                self._sync(folder)
        except OSError as error:
            raise JournalError(f"{self._executions_path} cannot be written: {error}") from None

    def intend(self, request: OrderRequest, at_s: float) -> None:
        """Write an order down before it leaves; it is on the disk when this returns.

        Raises:
            RefusedOrderError: an order of that id was written before; surely nothing leaves.
            OSError: the disk's own; the order must not leave.
        """
        name = request.client_order_id
        with self._lock:
            if name in self.written.orders:
                raise RefusedOrderError(f"order {name} was sent before; an id is used once")
            self._append({"id": name, "body": order_plain(request), "at": at_s})
            self.written.orders[name] = WrittenOrder(request, at_s)

    def named(self, name: str, broker_id: str, aliases: tuple[str, ...]) -> None:
        """The broker has named an order.

        Args:
            name: our id.
            broker_id, aliases: the broker's ids of it.

        Raises:
            OSError: the disk's own; a restart looks the order up by our id.
        """
        with self._lock:
            order = self.written.orders[name]
            if (order.broker_id, order.aliases) != (broker_id, aliases):
                self.written.name(name, broker_id, aliases)
                self._append({"id": name, "broker_id": broker_id, "aliases": aliases})

    def ended(self, name: str, end: str, reason: str = "") -> None:
        """An order can execute no more; `reason` says why.

        Raises:
            OSError: the disk's own; a restart looks the order up once more.
        """
        with self._lock:
            order = self.written.orders[name]
            if not order.end:
                order.end, order.reason = end, reason
                self._append({"id": name, "end": end, "reason": reason})

    def keep(self) -> None:
        """Write every booking that the ledger's file does not have; on the disk when it returns.

        Raises:
            OSError: the disk's own; the next call writes them too.
        """
        with self._lock:
            if self.written.ledger.changes:
                self._executions.add()
                self._sync(self._executions_path)

    def _append(self, row: dict[str, Any]) -> None:
        append_lines(self._orders_path, [json.dumps(row).encode() + b"\n"])
        self._sync(self._orders_path)

    def _sync(self, path: Path) -> None:
        if self._durable:
            synced(path)


def cut_off(path: Path, length: int) -> None:
    """Cut a last line off that a crash has left without its end.

    Raises:
        JournalError: the file cannot be written.
    """
    try:
        os.truncate(path, length)
    except OSError as error:
        raise JournalError(f"{path} cannot be written: {error.strerror or error}") from None


def synced(path: Path) -> None:
    """Have what was written to a file on the disk.

    Raises:
        OSError: the disk's own.
    """
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(folder: Path) -> Written:
    written = Written()
    try:
        data = read_bytes(folder / ORDERS, MOST_OWN_BYTES)
    except FileNotFoundError:
        data = b""
    except OSError as error:
        raise JournalError(f"{folder / ORDERS} cannot be read: {error}") from None
    whole, _, torn = data.rpartition(b"\n")
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            _take(written, json.loads(line))
        except UNREADABLE as error:
            raise JournalError(
                f"{folder / ORDERS} line {number} is damaged ({str(error)[:80]}); move the file "
                "away only when the broker has no open order"
            ) from None
    if torn:  # cut by a crash: what it would have told had not happened yet
        cut_off(folder / ORDERS, len(data) - len(torn))
    _refuse_loss(folder / EXECUTIONS, written)
    _read_executions(folder / EXECUTIONS, written)
    return written


def _refuse_loss(path: Path, written: Written) -> None:
    """Refuse orders without a ledger: a desk would take its trades for busted by the exchange.

    Raises:
        JournalError: there is no such file, though the broker may have taken an order.
    """
    never = NOT_SENT, NOT_FOUND, REJECTED
    if not path.exists() and any(each.end not in never for each in written.orders.values()):
        raise JournalError(
            f"{path} is missing, and {ORDERS} beside it has orders that the broker took: put it "
            "back; make an empty file in its place only if none of them ever executed"
        )


def _take(written: Written, row: dict[str, Any]) -> None:
    name, orders = row["id"], written.orders
    if "body" in row:
        orders[name] = WrittenOrder(order_of(row["body"]), float(row["at"]))
    elif "broker_id" in row:
        aliases = tuple(str(each) for each in row["aliases"])
        written.name(name, str(row["broker_id"]), aliases)
    else:
        orders[name].end, orders[name].reason = str(row["end"]), str(row.get("reason", ""))


def _read_executions(path: Path, written: Written) -> None:
    try:
        for entry in read_ledger(path):
            if isinstance(entry, Execution):
                written.ledger.book(entry)
            else:
                written.ledger.settle(entry, again=True)
        bookings = read_batches(path) if path.exists() else []
        for booking in bookings:
            if "correction" in booking and booking["correction"][1] is None:
                written.ledger.busted.append(str(booking["correction"][0]))
            elif "execution" in booking:
                name, order = booking["execution"][:2]
                highest = written.numbered.get(order, 0)
                written.numbered[order] = max(highest, lot_number(name))
    except (LedgerError, OSError, *UNREADABLE) as error:
        raise JournalError(f"{path} cannot be read: {str(error)[:200]}") from None
