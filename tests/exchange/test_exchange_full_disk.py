"""An exchange whose disk takes nothing goes on serving, and writes everything once it does."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.brokers.remote.link import Link
from engine.config import DeskConfig
from engine.exchange.process import Exchange, open_exchange
from tests.exchange.test_exchange_clients import ORDER


@contextmanager
def served(warn: Callable[[str], None]) -> Iterator[tuple[Exchange, Path]]:
    folder = Path(tempfile.mkdtemp())  # a socket's path must be short
    exchange = open_exchange(DeskConfig(), folder=folder, warn=warn)
    serving = threading.Thread(target=exchange.serve)
    serving.start()
    try:
        yield exchange, folder
    finally:
        exchange.stop()
        serving.join()
        shutil.rmtree(folder)


def until(true: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(1_200):
        if true():
            return
        waiting.wait(0.05)
    raise AssertionError("it never came about")


def test_orders_are_taken_and_recorded_later_while_the_disk_takes_nothing() -> None:
    said: list[str] = []
    with served(said.append) as (exchange, folder):
        link = Link(folder / "socket", "desk", "one")
        link.open()
        ledger, orders = folder / "one" / "exchange.jsonl", folder / "one" / "orders.jsonl"
        for path in (ledger, orders):
            path.unlink(missing_ok=True)
            path.mkdir()
        link.ask("submit", order=ORDER)
        assert link.ask("states", orders=[ORDER["order"]]) != {ORDER["order"]: ""}
        until(lambda: bool(exchange.server.unwritten))
        assert "one: its ledger cannot be written: Is a directory; free the disk" in said[0]
        for path in (ledger, orders):
            path.rmdir()
        until(lambda: not exchange.server.unwritten)
        assert ORDER["order"] in orders.read_text()
        link.close()
    assert len(said) == 1, "said once, not every second"
