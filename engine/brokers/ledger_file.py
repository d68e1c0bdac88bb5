"""The exchange's ledger as a file, from which a restarted simulated exchange resumes.

One booking a line, in the order of booking; each is an object with one key: `execution`,
`settlement` or `correction`.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from engine.brokers.execution import Execution, LegFill
from engine.brokers.ledger import (
    Change,
    Correction,
    ExchangeLedger,
    FeeChange,
    LedgerError,
    check_end,
)
from engine.orders.settlements import SettlementKind, SettlementReport
from engine.run_folder.append_log import append_batch, read_batches

Entry = Execution | SettlementReport

_SYMBOL, _PRICE, _LEGS, _FEES, _LEG_PRICE = 3, 6, 9, 10, 3
"""Indexes in the plain rows of executions and of their legs."""


class LedgerFile:
    """Appends an account's new bookings to its file; used from the exchange's one thread.

    Args:
        path: the file; bookings that are in it stay.
        ledger: the account's; it records its changes (`ExchangeLedger.record`).
    """

    def __init__(self, path: Path, ledger: ExchangeLedger) -> None:
        self._path = path
        self._changes = ledger.changes

    def add(self, journal_seq: int | None = None) -> None:
        """Append every booking that the file does not have yet.

        Args:
            journal_seq: the journal's last row, written with them.

        Raises:
            OSError: of the disk; the file is as it was, and the next call appends them too.
        """
        lines = [f"{json.dumps(_plain(change))}\n".encode() for change in self._changes]
        append_batch(self._path, lines, journal_seq)
        self._changes.clear()


def read_account(path: Path, journal_seq: int | None = None) -> dict[str, Any]:
    """The account in a file as plain values: `executions`, and `settlements`.

    A row of `executions` is that of `execution_plain`; a row of `settlements` begins with the
    number of executions booked before it. Corrections are made.

    Args:
        path: of the ledger.
        journal_seq: the journal's last row; what was booked for a later one is left out.

    Raises:
        OSError: of the disk, such as FileNotFoundError.
        ValueError: the file is not a ledger.
    """
    return _account(read_batches(path, journal_seq))


def account_plain(ledger: ExchangeLedger) -> dict[str, Any]:
    """An account as `read_account` would return it."""
    return _account([_plain(entry) for entry in ledger.entries])


def read_ledger(path: Path, journal_seq: int | None = None) -> tuple[Entry, ...]:
    """The entries of a ledger file in the order of booking; none where there is no file.

    Args:
        path: of the ledger.
        journal_seq: the journal's last row; what was booked for a later one is left out.

    Raises:
        LedgerError: the file is not a ledger, or a settlement in it ends what was not held then.
    """
    try:
        bookings = read_batches(path, journal_seq)
        account = _account(bookings)
        _check_ends(bookings)
        entries: list[Entry] = [execution_of(row) for row in account["executions"]]
        # From the last to the first, so that the indexes before each stay valid.
        for after, *row in reversed(account["settlements"]):
            entries.insert(after, _settlement_of(row))
        return tuple(entries)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise LedgerError(f"{path} is not an exchange's ledger: {error}") from None


def _account(bookings: list[dict[str, Any]]) -> dict[str, Any]:
    """Executions and settlements of the bookings, with every correction made."""
    rows: list[tuple[str, list[Any]]] = []
    for booking in bookings:
        kind, row = next(iter(booking.items()), ("", None))
        if (
            len(booking) != 1
            or not isinstance(row, list)
            or kind not in ("execution", "settlement", "correction", "fee")
        ):
            raise ValueError(f"{kind!r} is not a booking")
        if kind == "correction":
            _correct(rows, *row)
        elif kind == "fee":
            _charge(rows, *row)
        else:
            rows.append((kind, row))
    executions: list[list[Any]] = []
    settlements: list[list[Any]] = []
    for kind, row in rows:
        if kind == "execution":
            executions.append(row)
        else:
            settlements.append([len(executions), *row])
    return {"executions": executions, "settlements": settlements}


def _check_ends(bookings: list[dict[str, Any]]) -> None:
    """Refuse a settlement that ended what was not held when it was booked.

    Trades that were busted later count until their bust: the entries that are left need not hold
    what a settlement among them ended.

    Raises:
        LedgerError: there is one.
    """
    held: Counter[tuple[str, ...]] = Counter()
    traded: dict[str, dict[tuple[str, ...], int]] = {}
    for booking in bookings:
        kind, row = next(iter(booking.items()))
        if kind == "execution":
            chain = str(row[_SYMBOL]), str(row[_SYMBOL + 1])
            traded[row[0]] = {(*chain, leg[0], str(float(leg[1]))): leg[2] for leg in row[_LEGS]}
            held.update(traded[row[0]])
        elif kind == "correction" and row[1] is None:
            held.subtract(traded.pop(row[0], {}))
        elif kind == "settlement" and row[0] != SettlementKind.SHARES:
            word, name, _, symbol, expiration, right, strike, quantity, *_ = row
            contract = symbol, expiration, right, str(float(strike))
            check_end(SettlementKind(word), name, held[contract], quantity)
            held[contract] -= quantity


def _correct(rows: list[tuple[str, list[Any]]], name: str, price_c: int | None) -> None:
    for at in range(len(rows) - 1, -1, -1):
        kind, row = rows[at]
        if kind == "execution" and row[0] == name:
            if price_c is None:
                del rows[at]
                return
            dear, cheap = row[_LEGS]
            legs = [[*dear[:_LEG_PRICE], cheap[_LEG_PRICE] + price_c], cheap]
            rows[at] = kind, [*row[:_PRICE], price_c, *row[_PRICE + 1 : _LEGS], legs, row[_FEES]]
            return
    raise ValueError(f"execution {name} is corrected but was never booked")


def _charge(rows: list[tuple[str, list[Any]]], name: str, fees_c: int) -> None:
    for at in range(len(rows) - 1, -1, -1):
        kind, row = rows[at]
        if kind == "execution" and row[0] == name:
            rows[at] = kind, [*row[:_FEES], fees_c, *row[_FEES + 1 :]]
            return
    raise ValueError(f"execution {name} has a fee but was never booked")


def _plain(change: Change) -> dict[str, list[Any]]:
    if isinstance(change, Execution):
        return {"execution": execution_plain(change)}
    if isinstance(change, Correction):
        return {"correction": list(change)}
    if isinstance(change, FeeChange):
        return {"fee": list(change)}
    return {"settlement": settlement_plain(change)}


def execution_plain(execution: Execution) -> list[Any]:
    """An execution as JSON values; one whose price nobody has told has one more, true."""
    row = [
        execution.execution_id,
        execution.client_order_id,
        execution.at_s,
        execution.symbol,
        execution.expiration.isoformat(),
        execution.quantity,
        execution.price_c,
        execution.pays,
        execution.multiplier,
        [[leg.right, leg.strike, leg.quantity, leg.price_c] for leg in execution.legs],
        execution.fees_c,
    ]
    return [*row, True] if execution.provisional else row


def execution_of(row: list[Any]) -> Execution:
    """An execution from JSON values.

    Raises:
        TypeError, ValueError: they cannot be read as one.
    """
    name, order, at_s, symbol, expiration, quantity, price_c, pays, multiplier, legs, *rest = row
    fees_c, provisional = (*rest, False) if len(rest) == 1 else rest
    return Execution(
        name,
        order,
        at_s,
        symbol,
        date.fromisoformat(expiration),
        quantity,
        price_c,
        pays,
        multiplier,
        tuple(LegFill(*leg) for leg in legs),
        fees_c,
        bool(provisional),
    )


def settlement_plain(report: SettlementReport) -> list[Any]:
    """A settlement as JSON values."""
    return [
        report.kind.value,
        report.settlement_id,
        report.at_s,
        report.symbol,
        report.expiration.isoformat(),
        report.right,
        report.strike,
        report.quantity,
        report.price_c,
        report.cash_c,
        report.shares,
        report.multiplier,
    ]


def settlements_plain(ledger: ExchangeLedger) -> list[list[Any]]:
    """A ledger's settlements as JSON values, each after the number of executions before it."""
    return [[before, *settlement_plain(report)] for before, report in ledger.settlements]


def _settlement_of(row: list[Any]) -> SettlementReport:
    kind, name, at_s, symbol, expiration, *figures = row
    return SettlementReport(
        SettlementKind(kind), name, at_s, symbol, date.fromisoformat(expiration), *figures
    )
