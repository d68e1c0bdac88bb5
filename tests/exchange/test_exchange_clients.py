"""What a client may ask of the exchange's process: the rest is refused, and nobody else notices."""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.brokers.remote.frames import packed
from engine.brokers.remote.link import Link, LinkError, RefusedByExchangeError
from engine.brokers.remote.server import KEPT_FOR_GUARDS, MOST_CONNECTIONS
from engine.config import DeskConfig
from engine.exchange.process import open_exchange

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
def folder() -> Iterator[Path]:
    """The folder of an exchange that serves."""
    folder = Path(tempfile.mkdtemp())  # a socket's path must be short
    exchange = open_exchange(DeskConfig(), folder=folder)
    serving = threading.Thread(target=exchange.serve)
    serving.start()
    yield folder
    assert serving.is_alive(), "it served to the end"
    exchange.stop()
    serving.join()
    shutil.rmtree(folder)


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
    assert other.ask("open_orders") == []


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
    hello = packed({"id": 1, "op": "hello", "role": "guard", "account": "other", "pid": 1})
    guards = []
    for _ in range(MOST_CONNECTIONS + KEPT_FOR_GUARDS + 5):
        guard = socket.socket(socket.AF_UNIX)
        guard.connect(str(folder / "socket"))
        guard.sendall(hello)
        assert b'"ok"' in guard.recv(1 << 16)
        guards.append(guard)
    for guard in guards:
        guard.close()
    assert other.ask("open_orders") == []
