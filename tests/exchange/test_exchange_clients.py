"""What a client may ask of the exchange's process: the rest is refused, and nobody else notices."""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from engine.brokers.execution import Execution, LegFill
from engine.brokers.protocol import AccountBroker, FeeBroker, SettlingBroker, ShareBroker
from engine.brokers.remote.codec import order_of
from engine.brokers.remote.connection import join
from engine.brokers.remote.frames import VERSION, packed
from engine.brokers.remote.link import Link, LinkError, RefusedByExchangeError
from engine.brokers.remote.server import KEPT_FOR_GUARDS, MOST_CONNECTIONS
from engine.config import DeskConfig
from engine.exchange.process import Exchange, open_exchange
from engine.exchange.remote_account import EQUITY_C
from engine.orders.settlements import SettlementKind, SettlementReport
from tests.support.ledger_trades import trade

LEGS = [[500, "call", "buy", None, None], [505, "call", "sell", None, None]]
ORDER: dict[str, Any] = {
    "order": "S-x-1",
    "trader": "SPY 2026-12-04",
    "symbol": "SPY",
    "expiration": "2026-12-04",
    "part": "D",
    "legs": LEGS,
    "quantity": 1,
    "limit_c": 100,
    "multiplier": 100,
    "effects": ["open", "open"],
}


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    """An exchange that serves."""
    folder = Path(tempfile.mkdtemp())  # a socket's path must be short
    exchange = open_exchange(DeskConfig(), folder=folder)
    serving = threading.Thread(target=exchange.serve)
    serving.start()
    yield exchange
    assert serving.is_alive(), "it served to the end"
    exchange.stop()
    serving.join()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def folder(exchange: Exchange) -> Path:
    """Its folder."""
    return exchange.path.parent


@pytest.fixture(scope="module")
def other(folder: Path) -> Iterator[Link]:
    link = Link(folder / "socket", "desk", "other")
    link.open()
    yield link
    link.close()


@pytest.fixture
def client(folder: Path, other: Link) -> Iterator[Link]:
    """A desk of an account; afterwards another one is served still."""
    link = Link(folder / "socket", "desk", "one")
    link.open()
    yield link
    link.close()
    assert other.ask("open_orders")["rows"] == []


@pytest.mark.parametrize(
    "name", ["..", ".", "a" * 65, "socket", "lock", "../../etc", "a/b", "-", "", "a\x1b[31m"]
)
def test_an_account_has_a_plain_name_and_a_folder_of_its_own(name: str, folder: Path) -> None:
    before = sorted(folder.iterdir()), (folder / "lock").read_bytes()
    with pytest.raises(RefusedByExchangeError, match="cannot name an account"):
        Link(folder / "socket", "desk", name).connect()
    assert (sorted(folder.iterdir()), (folder / "lock").read_bytes()) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", 10**30),
        ("quantity", -5),
        ("quantity", 0),
        ("quantity", True),
        ("quantity", "1"),
        ("limit_c", 10**30),
        ("multiplier", 0),
        ("legs", 5),
        ("legs", [[1e300, "call", "buy", None, None], LEGS[1]]),
        ("legs", [[-1, "call", "buy", None, None], LEGS[1]]),
        ("legs", [[500, "x", "buy", None, None], LEGS[1]]),
        ("legs", [[500, [], {}, None, None], LEGS[1]]),
        ("effects", [[], []]),
        ("effects", ""),
        ("order", "x" * 65),
        ("expiration", 5),
    ],
)
def test_an_order_that_is_not_one_is_refused(field: str, value: Any, client: Link) -> None:
    with pytest.raises(RefusedByExchangeError, match="not an order"):
        client.ask("submit", order={**ORDER, field: value})


@pytest.mark.parametrize(
    ("op", "arguments"),
    [
        ("executions", {"since": -1}),
        ("executions", {"since": "x"}),
        ("states", {"orders": 5}),
        ("states", {"orders": [[1], {}]}),
        ("states", {"orders": ["x"] * 20_001}),
        ("cancel", {"order": "\ud800"}),
        ("cancel", {"order": "A" * 65}),
        ("query", {"order": None}),
        ("chain", {"symbol": "SPY", "expiration": 5}),
        ("submit", {}),
        ("nothing", {}),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    op: str, arguments: dict[str, Any], client: Link
) -> None:
    with pytest.raises(RefusedByExchangeError):
        client.ask(op, **arguments)


def test_a_request_that_is_too_long_closes_the_connection_alone(client: Link) -> None:
    with pytest.raises(LinkError):
        client.ask("states", orders=["A" * 60] * 20_000)


def test_guards_of_one_account_leave_the_kept_places_to_others(folder: Path, other: Link) -> None:
    about = {"role": "guard", "account": "other", "pid": 1}
    hello = packed({"id": 1, "op": "hello", "version": VERSION, **about})
    guards = []
    for _ in range(MOST_CONNECTIONS + KEPT_FOR_GUARDS + 5):
        guard = socket.socket(socket.AF_UNIX)
        guard.connect(str(folder / "socket"))
        guard.sendall(hello)
        assert b'"ok"' in guard.recv(1 << 16)
        guards.append(guard)
    for guard in guards:
        guard.close()
    assert other.ask("open_orders")["rows"] == []


# ---------------------------------------------------------------------- what a desk is told


def until(true: Callable[[], Any]) -> None:
    waiting = threading.Event()
    for _ in range(3_000):
        if true():
            return
        waiting.wait(0.01)
    raise AssertionError("it never came about")


def in_its_thread(exchange: Exchange, call: Callable[[], None]) -> None:
    """Have the exchange's own thread do something, and wait for it."""
    done = threading.Event()
    exchange.server.timer(0.0, call)
    exchange.server.timer(0.0, done.set)
    assert done.wait(60.0)


def test_the_books_of_an_account_come_whole(exchange: Exchange) -> None:
    joined = join(exchange.path, "books")
    broker = joined.broker
    assert all(isinstance(broker, each) for each in (SettlingBroker, ShareBroker, AccountBroker))
    assert (broker.facts.mode, broker.facts.account_tail) == ("SIM", "ooks")
    assert joined.facts.simulation == DeskConfig().simulation
    broker.submit(order_of(ORDER), broker.facts.clock.epoch_s())
    (working,) = broker.open_orders()
    assert [(leg.strike, leg.right, leg.quantity) for leg in working.legs] == [
        (500.0, "call", 1),
        (505.0, "call", -1),
    ]
    assert (broker.positions(), broker.shares()) == ((), ())
    account = broker.account()
    assert (account.tail, account.currency, account.blocked) == ("ooks", "USD", ())
    assert account.equity_c == EQUITY_C
    assert account.buying_power_c == EQUITY_C - 100 * int(ORDER["limit_c"]), "the order may fill"
    until(lambda: broker.health is not None)
    assert broker.health is not None and broker.health[0].orders_up
    broker.link.close()


def test_an_assignment_reaches_the_desk_once_and_its_shares_can_be_traded(
    exchange: Exchange,
) -> None:
    broker = join(exchange.path, "assigned").broker
    settled: list[SettlementReport] = []
    broker.connect_settlements(settled.append)
    account = exchange.server.find("assigned")
    assert account is not None
    matching, legs = (
        account.matching,
        (LegFill("call", 500.0, 1, 300), LegFill("call", 505.0, -1, 200)),
    )
    day = date(2026, 12, 4)

    def assign() -> None:
        matching.ledger.book(Execution("x", "o", 1.0, "SPY", day, 1, 100, True, 100, legs, 7))
        assert matching.clearing is not None
        matching.clearing.assign("SPY", day, "call", 505.0, 1)

    in_its_thread(exchange, assign)
    until(lambda: settled)
    assert [(each.kind, each.quantity, each.shares) for each in settled] == [
        (SettlementKind.ASSIGNED, -1, -100)
    ]
    assert [row.quantity for row in broker.shares()] == [-100]
    assert [row.quantity for row in broker.positions()] == [1]
    assert broker.account().equity_c == EQUITY_C + broker.ledger.cash_c - 7
    broker.close_shares("SPY", 0.0)
    until(lambda: len(settled) == 2)
    assert broker.shares() == ()
    cash_c = broker.ledger.cash_c
    assert broker.ledger.shares() == ()
    broker.link.close()
    again: list[SettlementReport] = []
    later = join(exchange.path, "assigned").broker
    assert later.ledger.cash_c == cash_c
    later.connect_settlements(again.append)
    assert [each.settlement_id for each in again] == [each.settlement_id for each in settled]
    later.link.close()


TRADE = trade(7, 1, 150, True)


def test_what_an_execution_really_cost_is_told_and_is_in_the_books(exchange: Exchange) -> None:
    broker = join(exchange.path, "fees").broker
    account = exchange.server.find("fees")
    assert account is not None
    in_its_thread(exchange, lambda: account.matching.ledger.book(TRADE))
    told: list[tuple[str, str, int]] = []
    assert broker.ledger.fees_c == TRADE.fees_c
    name = TRADE.execution_id
    in_its_thread(exchange, lambda: account.charge(name, 31))
    until(lambda: broker.ledger.fees_c == 31)
    assert isinstance(broker, FeeBroker)
    broker.connect_fees(lambda *fee: told.append(fee))
    assert told == [(TRADE.client_order_id, name, 31)], "what came early follows"
    in_its_thread(exchange, lambda: account.charge(name, 29))
    until(lambda: len(told) == 2)
    assert told[1][2] == 29 and broker.ledger.fees_c == 29
    broker.link.close()
