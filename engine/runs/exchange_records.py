"""What the simulated exchange recorded of a run: its account, and every call that it received."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.book.contracts import ContractBook
from engine.brokers.ledger import ExchangeLedger, LedgerError
from engine.brokers.ledger_difference import ledger_difference
from engine.brokers.ledger_file import read_account, read_ledger
from engine.orders.settlements import SettlementReport
from engine.run_folder.append_log import read_batches
from engine.run_folder.errors import JournalError
from engine.run_folder.paths import RunPlaces


def exchange_account(places: RunPlaces, journal_seq: int | None = None) -> dict[str, Any]:
    """The simulated exchange's own account of a run.

    Args:
        places: the run.
        journal_seq: the journal's last row; what was booked for a later one is left out.

    Raises:
        JournalError: "missing", "denied" or "foreign"; the sentence says what to do.
    """
    try:
        return read_account(places.ledger, journal_seq)
    except OSError as error:
        raise _unreadable(places.ledger, error) from None
    except (ValueError, TypeError) as error:
        raise _foreign(places.ledger, str(error)) from None


def wire_rows(places: RunPlaces, journal_seq: int | None = None) -> list[dict[str, Any]]:
    """What the simulated exchange received in a run, oldest first.

    Args:
        places: the run.
        journal_seq: the journal's last row; what came for a later one is left out.

    Raises:
        JournalError: "missing", "denied" or "foreign"; the sentence says what to do.
    """
    try:
        return read_batches(places.wire, journal_seq)
    except OSError as error:
        raise _unreadable(places.wire, error) from None
    except ValueError as error:
        raise _foreign(places.wire, str(error)) from None


def record_difference(places: RunPlaces, book: ContractBook, journal_seq: int) -> str:
    """How a run's book differs from what its exchange has on record; "" where nothing does.

    A run that keeps no such record, because its exchange is another process, is taken at its word.

    Args:
        places: the run.
        book: what its journal comes to.
        journal_seq: the journal's last row; what the exchange booked for a later one is left out.
    """
    if places.run.startswith("exchange-"):
        return ""
    ledger = ExchangeLedger()
    try:
        for entry in read_ledger(places.ledger, journal_seq):
            if isinstance(entry, SettlementReport):
                ledger.settle(entry, again=True)
            else:
                ledger.book(entry)
    except LedgerError as error:
        return f"not compared: {error}"
    difference = ledger_difference(book, ledger)
    return f"differ from the exchange's record: {difference}" if difference else ""


def _unreadable(path: Path, error: OSError) -> JournalError:
    if isinstance(error, FileNotFoundError):
        return JournalError(
            "missing",
            f"there is no {path.name} in {path.parent}; only a run on the simulated exchange of "
            "this version leaves one",
        )
    return JournalError(
        "denied", f"{path} cannot be read: {error.strerror or error}; check its owner"
    )


def _foreign(path: Path, reason: str) -> JournalError:
    return JournalError(
        "foreign",
        f"{path} is damaged or was written by something else ({reason}); keep it, run again",
    )
