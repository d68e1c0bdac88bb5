"""The exchange's ledger as a file: what a restarted simulated exchange remembers."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from engine.brokers.ledger import ExchangeLedger, Execution, LedgerError, LegFill
from engine.orders.settlements import SettlementKind, SettlementReport

Entry = Execution | SettlementReport


def ledger_text(ledger: ExchangeLedger, journal_seq: int | None = None) -> str:
    """The exchange's own account of a run as JSON: cash, fees, what is held, every entry.

    Each settlement says after how many executions it was booked.

    Args:
        ledger: the account.
        journal_seq: the journal's last row at that moment, where both are written together.
    """
    settlements = []
    executions = 0
    for entry in ledger.entries:
        if isinstance(entry, Execution):
            executions += 1
        else:
            settlements.append([executions, *_settled(entry)])
    account: dict[str, Any] = {
        "cash_c": ledger.cash_c,
        "fees_c": ledger.fees_c,
        "positions": [
            [row.symbol, row.expiration.isoformat(), row.right, row.strike, row.quantity]
            for row in ledger.positions()
        ],
        "shares": [[row.symbol, row.quantity] for row in ledger.shares()],
        "executions": [execution_plain(execution) for execution in ledger.executions],
        "settlements": settlements,
    }
    if journal_seq is not None:
        account["journal_seq"] = journal_seq
    return json.dumps(account)


def read_ledger(path: Path) -> tuple[Entry, ...]:
    """The entries of a ledger file in the order of their booking; none where there is no file.

    Raises:
        LedgerError: the file is not a ledger.
    """
    try:
        account = json.loads(path.read_text(encoding="utf-8"))
        entries: list[Entry] = [execution_of(row) for row in account["executions"]]
        # From the last to the first, so that places before it stay what they were.
        for after, *row in reversed(account.get("settlements", [])):
            entries.insert(after, _settlement(row))
        return tuple(entries)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LedgerError(f"{path} is not an exchange's ledger: {error}") from None


def finish_ledger(path: Path, journal_seq: int) -> None:
    """Put the account in its place that a dead process had written beside it for this journal.

    It died between the journal's write and the account's: the journal's last row says which of the
    two accounts belongs to it. What was meant for another row is removed.

    Args:
        path: the ledger's.
        journal_seq: the journal's last row.

    Raises:
        OSError: the disk's own.
    """
    for draft in path.parent.glob(f".{path.name}.*"):
        try:
            written = json.loads(draft.read_text(encoding="utf-8")).get("journal_seq")
        except (ValueError, AttributeError):
            continue  # half of one
        if written == journal_seq:
            draft.replace(path)
        elif written is not None:
            draft.unlink()


def execution_plain(execution: Execution) -> list[Any]:
    """An execution as JSON values."""
    return [
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


def execution_of(row: list[Any]) -> Execution:
    """An execution from JSON values.

    Raises:
        TypeError, ValueError: they are none.
    """
    name, order, at_s, symbol, expiration, quantity, price_c, pays, multiplier, legs, fees_c = row
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
    )


def _settled(report: SettlementReport) -> list[Any]:
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


def _settlement(row: list[Any]) -> SettlementReport:
    kind, name, at_s, symbol, expiration, *figures = row
    return SettlementReport(
        SettlementKind(kind), name, at_s, symbol, date.fromisoformat(expiration), *figures
    )
