"""An account's books: what is open and what is held, asked apart, and before quotes for a guard."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from engine.brokers.http.call import Answer, Priority
from engine.gateway.books import AccountBooks, BooksError
from tests.support.gateway_desk import GatewayDesk
from tests.support.plain_broker import PlainDialect


@pytest.fixture
def desk(tmp_path: Path) -> GatewayDesk:
    return GatewayDesk(tmp_path)


@pytest.fixture
def books(desk: GatewayDesk) -> AccountBooks:
    return AccountBooks(PlainDialect(), desk.send, desk.clock, lambda kind, text: None)


def test_what_cannot_be_had_does_not_hide_the_other(desk: GatewayDesk, books: AccountBooks) -> None:
    _, there = desk.sent(quantity=2)
    desk.fill(there)
    fault = Answer(500, None)
    desk.broker.faults["GET /orders"] = [fault]
    assert len(books.held().told.contracts) == 2
    with pytest.raises(BooksError, match="does not tell its open orders now"):
        books.orders()
    desk.clock.move(1.0)
    desk.broker.faults["GET /positions"] = [fault]
    assert len(books.orders().told) == 1
    with pytest.raises(BooksError, match="does not tell its positions now"):
        books.held()


def test_each_is_asked_alone_and_shared_for_half_a_second(
    desk: GatewayDesk, books: AccountBooks
) -> None:
    for _ in range(3):
        books.orders()
    assert [call.path for call in desk.broker.calls] == ["/orders"]
    books.held()
    desk.clock.move(0.6)
    books.orders()
    assert [call.path for call in desk.broker.calls] == ["/orders", "/positions", "/orders"]


def test_a_guard_asks_before_debits_and_chains(desk: GatewayDesk, books: AccountBooks) -> None:
    books.orders(urgent=True)
    books.held(urgent=True)
    desk.clock.move(1.0)
    books.orders()
    assert [call.priority for call in desk.broker.calls] == [
        Priority.STATUS, Priority.STATUS, Priority.BOOKS
    ]  # fmt: skip


def test_a_guard_waits_for_one_try_alone_and_for_no_list_of_a_desk(
    desk: GatewayDesk, books: AccountBooks
) -> None:
    def ask() -> None:
        books.orders(urgent=True)
        books.held(urgent=True)

    guard = threading.Thread(target=ask, daemon=True)
    with books._orders._asking, books._held._asking:  # a desk's, which hangs
        guard.start()
        guard.join(5.0)
        assert not guard.is_alive(), "it waits for the desk's"
    books.orders()
    assert [call.repeatable for call in desk.broker.calls] == [False, False, True]
