"""A gateway that dies under a living desk: it is started again, unless a person stopped it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.brokers.remote.connection import look
from engine.config import SimulationSettings
from engine.gateway.process import is_there, stop
from engine.guard.cancelling import cancel_all
from engine.guard.place import BrokerPlace
from engine.journal.reading import read_events
from engine.market.clock import SystemClock
from engine.orders import events as ev
from engine.run_folder.lock import holder
from engine.run_folder.open_orders import OpenOrdersMirror
from tests.support.exchange_processes import until

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from tests.support.alpaca_customer import (
    LIVE_STATES,
    RUN,
    SETTINGS,
    Customer,
    customer_of,
)
from tests.support.alpaca_facade import KEY, SECRET, AlpacaFacade, alpaca
from tests.support.alpaca_gateway import desk_on

EDITED = ("mode = ", 'mode = "SIM"\nacount = "x"\n')
"""Settings files that somebody edits into an error while a desk runs."""


@pytest.fixture(scope="module")
def facade() -> Iterator[AlpacaFacade]:
    with alpaca(SimulationSettings(symbols=("SPY", "QQQ", "AAPL", "MSFT"))) as facade:
        yield facade


@pytest.fixture(scope="module")
def home(facade: AlpacaFacade) -> Iterator[Customer]:
    with customer_of(facade) as made:
        kept = made.typed("login", "alpaca", "--paper", lines=f"{KEY}\n{SECRET}\n")
        assert kept.returncode == 0, kept.stderr
        yield made


def works(facade: AlpacaFacade) -> bool:
    return any(order.status in LIVE_STATES for order in facade.orders.values())


def trading(home: Customer, facade: AlpacaFacade) -> tuple[subprocess.Popen[str], int]:
    """A desk with an order at work, and the process of its gateway."""
    desk = home.start(*RUN, home.folder / "c.toml")
    until(lambda: holder(home.gateway), what="there is no gateway")
    until(lambda: home.legdesk("resume").returncode == 0)
    until(lambda: works(facade), what="nothing works")
    gateway = holder(home.gateway)
    assert gateway is not None
    return desk, gateway


def died_and_started_again(home: Customer, facade: AlpacaFacade, gateway: int) -> int:
    """The gateway after the one that was killed, once the desk has an order at work on it."""
    os.kill(gateway, signal.SIGKILL)
    until(lambda: holder(home.gateway) not in (None, gateway), 60.0, "nobody started it again")
    until(lambda: is_there(home.gateway), 60.0, "it does not answer")
    sent = len(facade.posts)
    until(lambda: len(facade.posts) > sent, what="the desk does not go on")
    until(lambda: works(facade), what="nothing works")
    started = holder(home.gateway)
    assert started is not None
    return started


def test_it_is_started_again_and_the_desk_goes_on_with_every_execution_once(
    home: Customer, facade: AlpacaFacade
) -> None:
    desk, gateway = trading(home, facade)
    for text in EDITED:
        (home.folder / "c.toml").write_text(text)
        gateway = died_and_started_again(home, facade, gateway)
    told = (home.gateway / "gateway.log").read_text()
    assert told.count(f"settings: those with which the desk began ({home.gateway}") == 3
    desk.send_signal(signal.SIGTERM)
    told, errors = desk.communicate(timeout=120)
    assert told.strip().endswith("book == broker"), errors
    journal = home.state / "paper" / "runs" / "main" / "journal.db"
    booked = [event for _, event in read_events(journal) if isinstance(event, ev.Executed)]
    executions = [(event.order, event.execution) for event in booked]
    assert len(executions) == len(set(executions))
    assert sum(event.quantity for event in booked) == sum(
        each.quantity for each in facade.ledger.executions
    )
    names = [body["client_order_id"] for body in facade.posts]
    assert len(names) == len(set(names))


def test_a_kill_while_it_is_gone_cancels_what_works(home: Customer, facade: AlpacaFacade) -> None:
    (home.folder / "c.toml").write_text(SETTINGS)
    desk, gateway = trading(home, facade)
    (home.folder / "c.toml").write_text(EDITED[0])
    os.kill(gateway, signal.SIGKILL)
    home.legdesk("kill", "--all")
    until(lambda: not works(facade), 60.0, "it works on after the kill")
    desk.send_signal(signal.SIGTERM)
    desk.communicate(timeout=120)
    assert not works(facade)
    (home.folder / "c.toml").write_text(SETTINGS)
    (home.state / "paper" / "runs" / "main" / "kill.latch").unlink(missing_ok=True)


def test_one_that_a_person_stopped_stays_stopped_until_a_person_starts_it(
    home: Customer, facade: AlpacaFacade
) -> None:
    desk = home.start(*RUN, home.folder / "c.toml")
    until(lambda: holder(home.gateway), what="there is no gateway")
    status = home.state / "paper" / "status.json"
    until(lambda: home.legdesk("resume").returncode in (0, 1))
    assert home.legdesk("gateway", "alpaca", "--paper", "--stop").returncode == 0
    until(lambda: "stopped it" in status.read_text(), what="the desk does not say it")
    assert holder(home.gateway) is None
    assert "GATEWAY_GONE" in status.read_text()
    again = home.start("gateway", "alpaca", "--paper")
    until(lambda: holder(home.gateway) == again.pid)
    until(lambda: is_there(home.gateway), what="it does not answer")
    until(lambda: "stopped it" not in status.read_text(), what="the desk does not go on")
    assert look(home.gateway / "socket").account_tail == "4821"
    desk.send_signal(signal.SIGTERM)
    told, errors = desk.communicate(timeout=120)
    assert told.strip().endswith("book == broker"), errors


def test_a_kill_after_a_person_stopped_it_cancels_what_works_and_starts_nothing_that_stays(
    home: Customer, facade: AlpacaFacade
) -> None:
    desk, gateway = trading(home, facade)
    assert stop(home.gateway) == gateway  # as `--stop`, which takes longer than an order works
    until(lambda: holder(home.gateway) is None)
    assert works(facade), "it was cancelled before the kill"
    home.legdesk("kill", "--all")
    until(lambda: not works(facade), 60.0, "it works on after the kill")
    until(lambda: holder(home.gateway) is None, 60.0, "what only cancels does not end")
    desk.send_signal(signal.SIGTERM)
    desk.communicate(timeout=120)


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)


def test_one_that_hangs_with_an_order_out_is_ended_and_what_works_is_cancelled(
    home: Customer, facade: AlpacaFacade, tmp_path: Path
) -> None:
    gateway = home.start("gateway", "alpaca", "--paper")
    until(lambda: is_there(home.gateway), what="there is no gateway")
    with desk_on(home.gateway / "socket") as desk:
        desk.submit(desk.order("PTEST01-1", 1))
        until(lambda: desk.kinds("PTEST01-1"))
    mirror = OpenOrdersMirror(tmp_path, durable=True)
    mirror.start(["PTEST01-1"])
    mirror.close()
    given = [f"{name}={value}" for name, value in home.environment().items()]
    command = ("env", "-i", *given, sys.executable, "-m", "tui", "gateway", "alpaca", "--paper")
    place = BrokerPlace(home.gateway / "socket", "main", "PTEST01-", command)
    gateway.send_signal(signal.SIGSTOP)
    done = cancel_all(tmp_path, place, SystemClock(), _pause, 120.0, hung_s=1.0)
    assert gateway.wait() == -signal.SIGKILL
    assert (done.targets, done.survivors) == (("PTEST01-1",), ())
    assert facade.orders["PTEST01-1"].status == "canceled"
    assert "socket" in (home.gateway / "gateway.log").read_text(), "it does not say where it is"
