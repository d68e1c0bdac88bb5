"""How a book differs from an exchange's ledger: contracts, shares, cash and fees."""

from __future__ import annotations

from engine.book.contracts import ContractBook
from engine.brokers.ledger import ExchangeLedger


def ledger_difference(book: ContractBook, ledger: ExchangeLedger) -> str:
    """What differs, the book named first; "" where nothing does."""
    rows = [row.text for row in book.difference(ledger.positions())]
    shares, theirs = book.shares(), {row.symbol: row.quantity for row in ledger.shares()}
    if shares != theirs:
        rows.append(f"shares: book {shares}, exchange {theirs}")
    if book.cash_c != ledger.cash_c:
        rows.append(f"cash: book {book.cash_c}, exchange {ledger.cash_c} cents")
    if book.fees_c != ledger.fees_c:
        rows.append(f"fees: book {book.fees_c}, exchange {ledger.fees_c} cents")
    return "; ".join(rows)
