"""Executions that the broker's record lacks, as an operator has accepted: what they come to."""

from __future__ import annotations

from collections.abc import Iterable

from engine.book.contract_keys import contract_key
from engine.book.contracts import ContractBook
from engine.orders.events import Executed
from engine.state.order_record import OrderRecord, name_at_broker


class Unrecorded:
    """Keeps them in the desk's book, each as a book of its own, to the cent.

    A comparison with the broker's record adds them to it; what is taken back, corrected or charged
    later is taken from them, or added.

    Args:
        book: the desk's.
    """

    def __init__(self, book: ContractBook) -> None:
        self._books = book.unrecorded

    def accept(self, record: OrderRecord, executions: Iterable[str]) -> None:
        """An operator accepts that the broker's record lacks these executions of an order."""
        fresh = frozenset(executions) - record.unrecorded
        record.lacks(fresh)
        for name in fresh:
            self._books[name] = ContractBook()
            if record.charged is not None:
                self._books[name].charge(record.charged.get(name, 0))
        for event in record.events:
            if isinstance(event, Executed) and name_at_broker(event.execution) in fresh:
                self._book(record, event, event.quantity)

    def executed(self, record: OrderRecord, event: Executed, quantity: int) -> None:
        """An execution of an order was booked, or taken back."""
        if name_at_broker(event.execution) in record.unrecorded:
            self._book(record, event, quantity)

    def charge(self, record: OrderRecord, execution: str, fee_c: int) -> None:
        """More fees of an execution were booked; negative where some were given back."""
        if name_at_broker(execution) in record.unrecorded:
            self._books[name_at_broker(execution)].charge(fee_c)

    def _book(self, record: OrderRecord, event: Executed, quantity: int) -> None:
        intent, totals = record.intent, record.totals
        self._books[name_at_broker(event.execution)].apply(
            contract_key(totals.symbol, totals.expiration, intent.right, intent.buy_strike),
            contract_key(totals.symbol, totals.expiration, intent.right, intent.sell_strike),
            quantity,
            intent.part == "D",
            event.price_c,
            event.fee_c,
            totals.multiplier,
        )
