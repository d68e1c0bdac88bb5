"""The exchange and a desk on it as processes of their own, and what each has written down."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.book.balancer import PositionBalancer
from engine.brokers.ledger import ExchangeLedger
from engine.brokers.ledger_file import execution_of
from engine.brokers.remote.link import Link, LinkError
from engine.journal.reading import read_events
from engine.orders import events as ev
from engine.runs.control import Answer, RunningDesk, ask, running_desks
from engine.state.desk import DeskState
from tests.support.command_line import Home

PATIENCE_S = 120.0
LOOK_S = 0.02

BUSY = """
[timing]
cancel_after_seconds = 1.5
min_delay_between_attempts = 0.1
max_delay_between_attempts = 0.5
[spreads]
buy_location = 0.45
sell_location = 0.55
rule = "any"
[limits]
min_net_edge = -50
day_loss_exit_only_usd = 1e9
day_loss_halt_usd = 1e9
unwinds_exit_only = 100000
max_hung_desk = 100000
max_debit_usd_desk = 1e9
[simulation]
symbols = ["SPY", "QQQ", "AAPL", "MSFT"]
expirations_per_symbol = 3
"""
"""Twelve traders that send an order about every second."""


def until(true: Callable[[], Any], within_s: float = PATIENCE_S, what: str = "") -> Any:
    """Wait until `true()`; return its result."""
    end = time.monotonic() + within_s
    while not (result := true()):
        assert time.monotonic() < end, what or "it did not happen in time"
        select.select([], [], [], LOOK_S)
    return result


class ExchangeProcess:
    """`legdesk exchange` in a process of its own.

    Args:
        home: whose configuration it reads.
        folder: for its socket, short.
        options: of the command.
    """

    def __init__(self, home: Home, folder: Path, *options: str) -> None:
        self.folder = folder
        self.socket = folder / "socket"
        self.process = home.start("exchange", "--folder", folder, *options)
        until(self.socket.exists, what="the exchange did not start")

    def record(self, run: str) -> list[dict[str, Any]]:
        """Every order that arrived, in order, as the exchange wrote it down."""
        path = self.folder / run / "orders.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def link(self, run: str) -> Link:
        """A connection that may look at the account."""
        link = Link(self.socket, "guard", run)

        def opened() -> bool:
            try:
                link.open()
            except LinkError:  # it answers late where the machine is busy
                return False
            return True

        until(opened, what="the exchange does not answer")
        return link

    def working(self, run: str) -> list[str]:
        """Orders of the account that may still execute."""
        link = self.link(run)
        try:
            return [row[0] for row in link.ask("open_orders", PATIENCE_S)["rows"]]
        finally:
            link.close()

    def ledger(self, run: str) -> ExchangeLedger:
        """The account's executions, added up."""
        ledger = ExchangeLedger()
        link = self.link(run)
        try:
            while rows := link.ask("executions", PATIENCE_S, since=len(ledger.executions)):
                for row in rows:
                    ledger.book(execution_of(row))
        finally:
            link.close()
        return ledger

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=PATIENCE_S)


class DeskProcess:
    """`legdesk run --exchange` in a process of its own."""

    def __init__(self, home: Home, exchange: ExchangeProcess, run: str | None = None) -> None:
        self.home = home
        self.exchange = exchange
        more = ("--resume", run) if run else ()
        self.process = home.start("run", "--headless", "--exchange", exchange.socket, *more)

    @property
    def root(self) -> Path:
        return self.home.state / "sim"

    def running(self) -> RunningDesk | None:
        """The desk, once it holds its run."""
        assert self.process.poll() is None, self.process.communicate()[1]
        return next((d for d in running_desks(self.root) if d.pid == self.process.pid), None)

    def ready(self) -> RunningDesk:
        """Wait until it answers; returns it."""
        desk: RunningDesk = until(self.running)
        until(lambda: self._answers(desk), what="the desk did not answer")
        return desk

    @staticmethod
    def _answers(desk: RunningDesk) -> bool:
        return ask(desk, {"ask": "ack", "target": "p2+p3"}, within_s=0.5) is not None

    def ask(self, what: str, target: str = "*", **arguments: Any) -> Answer:
        desk = self.running()
        assert desk is not None
        answer = ask(desk, {"ask": what, "target": target, **arguments}, within_s=PATIENCE_S)
        assert answer is not None
        return answer

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate(timeout=PATIENCE_S)

    def kill_guard(self) -> None:
        """End its guard as a crash does, where it has one by now."""
        pid = self.process.pid
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)

    def end(self) -> tuple[int, str]:
        """End it in order; return its exit code and its output, the report last."""
        self.process.terminate()
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, err + out


@contextmanager
def exchange_for(home: Home, *options: str, config: str = BUSY) -> Iterator[ExchangeProcess]:
    """An exchange that runs for the length of a test, and nothing of it afterwards."""
    (home.folder / ".config" / "legdesk").mkdir(parents=True, exist_ok=True)
    (home.folder / ".config" / "legdesk" / "config.toml").write_text(config)
    folder = Path(tempfile.mkdtemp(prefix="legdesk-"))
    exchange = ExchangeProcess(home, folder, *options)
    try:
        yield exchange
    finally:
        exchange.stop()
        shutil.rmtree(folder)


def journal_of(home: Home, run: str) -> list[ev.Event]:
    path = home.state / "sim" / "runs" / run / "journal.db"
    return [event for _, event in read_events(path)]


def guard_log(home: Home, run: str) -> list[dict[str, Any]]:
    path = home.state / "sim" / "runs" / run / "guard.log"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def assert_nothing_lost(home: Home, exchange: ExchangeProcess, run: str) -> None:
    """The journal and the exchange's own record agree, order by order.

    Nothing was sent twice, nothing without its intent; every execution is booked, once.
    """
    record = exchange.record(run)
    sent = Counter(row["order"] for row in record)
    assert not [name for name, times in sent.items() if times > 1]
    events = journal_of(home, run)
    intended = {e.order for e in events if isinstance(e, ev.OrderIntended)}
    assert sent.keys() <= intended
    ledger = exchange.ledger(run)
    theirs = [(x.client_order_id, x.execution_id, x.quantity, x.price_c) for x in ledger.executions]
    ours = [
        (e.order, e.execution, e.quantity, e.price_c) for e in events if isinstance(e, ev.Executed)
    ]
    assert sorted(ours) == sorted(theirs)
    state = DeskState(PositionBalancer(100_000))
    state.apply_all(enumerate(events, 1))
    assert state.contracts.difference(ledger.positions()) == ()
    assert (state.contracts.cash_c, state.contracts.fees_c) == (ledger.cash_c, ledger.fees_c)
    assert not [r for r in state.notices.alarms.values() if r.raised.code == "BOOK_DIFFERS"]


def process_is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
