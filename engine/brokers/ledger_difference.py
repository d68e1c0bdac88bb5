"""How a book differs from an exchange's ledger: contracts, shares, cash and fees."""

from __future__ import annotations

from collections import Counter

from engine.book.contract_keys import ContractKey, contract_key
from engine.book.contracts import ContractBook
from engine.brokers.ledger import ExchangeLedger


def ledger_difference(book: ContractBook, ledger: ExchangeLedger) -> str:
    """What differs, the book named first; "" where nothing does.

    What the ledger lacks and an operator accepted as lacking is no difference. Its contracts may
    have been taken out of the book since, for the broker's positions lack them too.
    """
    lacking = _lacking(book, ledger)
    held, more = Counter[ContractKey](), Counter[ContractKey]()
    for row in ledger.positions():
        held[contract_key(row.symbol, row.expiration, row.right, row.strike)] += row.quantity
    for each in lacking:
        more.update(each.contracts())
    for key, quantity in more.items():
        if book.held(key) != held[key]:
            held[key] += quantity
    theirs = {key: quantity for key, quantity in held.items() if quantity}
    rows = [row.text for row in book.difference(theirs)]
    shares, told = book.shares(), {row.symbol: row.quantity for row in ledger.shares()}
    if shares != told:
        rows.append(f"shares: book {shares}, exchange {told}")
    cash_c = ledger.cash_c + sum(each.cash_c for each in lacking)
    if book.cash_c != cash_c:
        rows.append(f"cash: book {book.cash_c}, exchange {cash_c} cents")
    fees_c = ledger.fees_c + sum(each.fees_c for each in lacking)
    if book.fees_c != fees_c:
        rows.append(f"fees: book {book.fees_c}, exchange {fees_c} cents")
    return "; ".join(rows)


def _lacking(book: ContractBook, ledger: ExchangeLedger) -> list[ContractBook]:
    """What was accepted as lacking, and lacks still."""
    return [each for name, each in book.unrecorded.items() if ledger.find(name) is None]
