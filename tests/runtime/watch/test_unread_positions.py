"""A position whose count the broker does not say: unknown, its chain closed, all others told."""

from __future__ import annotations

from typing import Any

import pytest

from engine.brokers.protocol import ContractPosition, UnreadPosition
from engine.commands import Ask, TicketState
from engine.risk.gates import Gate
from tests.support.operator_steps import TRADER, Operated


class Unread:
    """A desk that holds a pair, and whose broker's answer may lack the count of one contract."""

    def __init__(self) -> None:
        self.desk = Operated()
        self.context, self.books = self.desk.context, self.desk.core.books
        self.desk.run_until(self.desk.venue.positions)
        for trader in self.context.traders.values():
            trader.pause()
        self.desk.run_until(lambda: not self.context.state.orders.live)
        self.desk.run(20.0)
        self.lacks: ContractPosition | None = None
        venue: Any = self.desk.venue
        told = venue.positions

        def positions_told() -> tuple[Any, Any]:
            rows = tuple(row for row in told() if row != self.lacks)
            lacks = self.lacks
            odd = () if lacks is None else (_unread(lacks),)
            return rows, odd

        self.lacks_shares = frozenset[str]()
        held = venue.shares
        venue.shares_told = lambda: (
            tuple(row for row in held() if row.symbol not in self.lacks_shares),
            self.lacks_shares,
        )
        venue.positions_told = positions_told

    @property
    def chain(self) -> str:
        assert self.lacks is not None
        return f"{self.lacks.symbol} {self.lacks.expiration}"


def _unread(row: ContractPosition) -> UnreadPosition:
    return UnreadPosition(row.symbol, row.expiration, row.right, row.strike)


@pytest.fixture
def unread() -> Unread:
    return Unread()


def test_its_chain_is_closed_at_once_and_no_other_until_it_is_told(unread: Unread) -> None:
    unread.books.compare()
    assert unread.books.rows == {}
    unread.lacks = unread.desk.venue.positions()[0]
    unread.books.compare()
    context = unread.context
    assert context.flags.unreconciled == {unread.chain}
    trader = context.traders[unread.chain].context
    closed = trader.gate.chain_gate(unread.chain, trader.exposure, context.moment.now_s)
    assert closed is Gate.RECONCILE
    held = unread.lacks.quantity
    assert f"book {held:+d}, broker ?: it does not say" in unread.books.difference
    assert "difference" not in unread.books.difference
    (alarm,) = unread.desk.raised("BOOK_DIFFERS")
    assert "broker ?" in alarm.what
    unread.lacks = None
    unread.books.compare()
    assert context.flags.unreconciled == frozenset()
    assert not unread.desk.raised("BOOK_DIFFERS")


def test_nobody_takes_over_what_is_not_told(unread: Unread) -> None:
    """Money: a held contract would have been booked as gone."""
    unread.lacks = unread.desk.venue.positions()[0]
    unread.books.compare()
    before = unread.context.state.contracts.contracts()
    for ask, word in ((Ask.ACCEPT_POSITIONS, "ACCEPT"), (Ask.TAKE_EXTERNAL, "EXTERNAL")):
        for target in ("*", unread.chain):
            ticket = unread.desk.ask(ask, target, word=word)
            assert ticket.state is TicketState.REFUSED
            assert "does not say how many" in ticket.text
    assert unread.context.state.contracts.contracts() == before


def test_an_order_whose_contract_is_not_told_is_not_taken_for_one_that_never_arrived(
    unread: Unread,
) -> None:
    unread.lacks = unread.desk.venue.positions()[0]
    unread.books.compare()
    assert {(each.strike, each.right) for each in unread.books._contracts} == {
        (unread.lacks.strike, "C" if unread.lacks.right == "call" else "P")
    }
    assert TRADER in unread.context.traders


def test_shares_without_a_count_close_every_chain_of_their_root_and_nobody_takes_them_over(
    unread: Unread,
) -> None:
    unread.lacks_shares = frozenset({"SPY"})
    unread.books.compare()
    context = unread.context
    chains = {key for key, each in context.traders.items() if each.symbol == "SPY"}
    assert chains and context.flags.unreconciled == chains
    assert unread.books.difference == (
        "SPY shares: book +0, broker ?: it does not say how many are held"
    )
    for ask, word in ((Ask.ACCEPT_POSITIONS, "ACCEPT"), (Ask.TAKE_EXTERNAL, "EXTERNAL")):
        ticket = unread.desk.ask(ask, "*", word=word)
        assert ticket.state is TicketState.REFUSED and "does not say how many" in ticket.text
    unread.lacks_shares = frozenset()
    unread.books.compare()
    assert context.flags.unreconciled == frozenset()
