"""The process dies, the exchange lives on: after the restart nothing is lost and nothing sent twice."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from engine.brokers.remote.link import Link
from engine.config import DeskConfig, load_config
from engine.desk.opening import Desk, DeskPlan, open_desk
from engine.orders import events as ev
from engine.run_folder.open_orders import read_open
from engine.runs.control import running_desks
from tests.support.command_line import PROJECT, Home
from tests.support.command_server import run_code
from tests.support.exchange_processes import (
    BUSY,
    DeskProcess,
    ExchangeProcess,
    assert_nothing_lost,
    exchange_for,
    guard_log,
    journal_of,
    until,
)
from tests.support.kill_many import kill_many

DIES = """
import os, signal, sys, threading
from pathlib import Path
from engine.config import load_config
from engine.desk.opening import DeskPlan, open_desk
from engine.orders import events as ev
from engine.run_folder.open_orders import OpenOrdersMirror
from engine.runtime.restart.reconcile import Reconciliation

def die(*ignored):
    os.kill(os.getpid(), signal.SIGKILL)

resume = sys.argv[4] if len(sys.argv) > 4 else None

def opened():
    config = load_config(Path(sys.argv[1]))
    plan = DeskPlan(exchange=Path(sys.argv[2]), run_dir=Path(sys.argv[3]), resume=resume)
    desk = open_desk(config, plan)
    print(desk.places.run, flush=True)
    return desk

def before_row(kind, count=1):
    emit, left = context.emit, [count]
    def emitted(event):
        left[0] -= type(event) is kind
        if left[0] <= 0:
            die()
        emit(event)
    context.emit = emitted

def before_durable(kind):
    write = context.journal._database.write
    def written(events):
        if any(type(event) is kind for event in events):
            die()
        write(events)
    context.journal._database.write = written

def after_durable(kind):
    write = context.journal._database.write
    def written(events):
        write(events)
        if any(type(event) is kind for event in events):
            die()
    context.journal._database.write = written

def before_asking(what):
    ask = link.ask
    def asked(op, *more, **words):
        if op == what:
            die()
        return ask(op, *more, **words)
    link.ask = asked

def after_sending(what):
    send = link._send
    def sent(made, message):
        send(made, message)
        if message["op"] == what:
            die()
    link._send = sent

{before}
desk = opened()
core, context, link = desk.executor.core, desk.executor.context, desk.exchange.link
{point}
desk.start()
threading.Event().wait()
"""

POINTS = {
    "before an intent is durable": "before_durable(ev.OrderIntended)",
    "when an intent is durable and its order not yet mirrored": "OpenOrdersMirror.opened = die",
    "when an order is mirrored and not yet on its way": 'before_asking("submit")',
    "when an order has left and nothing came back": 'after_sending("submit")',
    "before the row of an acknowledgement": "before_row(ev.OrderWorking)",
    "before the row of an execution": "before_row(ev.Executed)",
    "before the row of an execution is durable": "before_durable(ev.Executed)",
    "when an execution is durable and its credit not sent": "after_durable(ev.Executed)",
    "before a cancel leaves": 'before_asking("cancel")',
    "when a cancel has left": 'after_sending("cancel")',
    "before the row of an order's end": "before_row(ev.OrderEnded, 3)",
    "before the row of a cycle's end": "before_row(ev.CycleEnded)",
}


FILLS = BUSY.replace("buy_location = 0.45", "buy_location = 0.9").replace(
    "sell_location = 0.55", "sell_location = 0.1"
)
"""Limits at which most orders execute: what follows an execution comes soon."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def exchange(home: Home) -> Iterator[ExchangeProcess]:
    with exchange_for(home, "--speed", "2") as running:
        yield running


def config_of(home: Home) -> DeskConfig:
    return load_config(home.folder / ".config" / "legdesk" / "config.toml")


def settings_at(home: Home, point: str) -> Path:
    """The settings of a desk that is to die there."""
    if not any(word in point for word in ("Executed", "CycleEnded")):
        return home.folder / ".config" / "legdesk" / "config.toml"
    path = home.folder / "fills.toml"
    path.write_text(FILLS)
    return path


def dies(
    home: Home, exchange: ExchangeProcess, point: str, *, run: str = "", before: str = ""
) -> str:
    """Run a desk until it is killed at the point; returns its run."""
    files = [settings_at(home, point), exchange.socket, home.state]
    script = DIES.replace("{point}", point).replace("{before}", before)
    words = [*map(str, files), *([run] if run else [])]
    ended = run_code(script, words, PROJECT, home.environment(), 300.0)
    assert ended.returncode == -9, ended.stderr
    return run or ended.stdout.strip()


def resumed(home: Home, exchange: ExchangeProcess, run: str) -> Desk:
    return open_desk(
        config_of(home), DeskPlan(exchange=exchange.socket, run_dir=home.state, resume=run)
    )


def goes_on_and_settles(home: Home, exchange: ExchangeProcess, run: str) -> None:
    desk = resumed(home, exchange, run)
    assert desk.executor.context.state.orders.live == {}
    assert all(trader.paused for trader in desk.executor.traders.values())
    desk.start()
    assert desk.stop() == "book == broker"
    assert exchange.working(run) == []
    assert read_open(home.state / "sim" / "runs" / run) == ()
    assert_nothing_lost(home, exchange, run)


@pytest.mark.parametrize("point", POINTS.values(), ids=POINTS.keys())
def test_nothing_is_lost_or_sent_twice_when_the_process_dies(
    point: str, home: Home, exchange: ExchangeProcess
) -> None:
    run = dies(home, exchange, point)
    goes_on_and_settles(home, exchange, run)


@pytest.mark.parametrize("point", ["before_row(ev.Executed)", "before_durable(ev.Executed)"])
def test_an_execution_that_no_row_tells_of_is_booked_by_the_restart(
    point: str, home: Home, exchange: ExchangeProcess
) -> None:
    run = dies(home, exchange, point)
    before = {e.execution for e in journal_of(home, run) if isinstance(e, ev.Executed)}
    theirs = {x.execution_id for x in exchange.ledger(run).executions}
    assert theirs - before
    desk = resumed(home, exchange, run)
    booked = {e.execution for e in journal_of_open(desk) if isinstance(e, ev.Executed)}
    assert theirs <= booked
    desk.start()
    assert desk.stop() == "book == broker"


def journal_of_open(desk: Desk) -> list[ev.Event]:
    return [event for _, event in desk.executor.context.journal.read()]


def test_a_restart_may_die_too_between_its_two_steps(home: Home, exchange: ExchangeProcess) -> None:
    run = dies(home, exchange, "before_row(ev.Executed)")
    dies(home, exchange, "", run=run, before="Reconciliation.end_orders = die")
    goes_on_and_settles(home, exchange, run)


def test_an_intent_without_its_order_at_the_exchange_ends_as_never_arrived(
    home: Home, exchange: ExchangeProcess
) -> None:
    run = dies(home, exchange, 'before_asking("submit")')
    arrived = {row["order"] for row in exchange.record(run)}
    desk = resumed(home, exchange, run)
    desk.start()
    desk.stop()
    ended = {e.order: e for e in journal_of(home, run) if isinstance(e, ev.OrderEnded)}
    intended = {e.order for e in journal_of(home, run) if isinstance(e, ev.OrderIntended)}
    assert intended - arrived
    reasons = {ended[name].reason for name in intended - arrived}
    too_old = "its quotes were too old when it was to be sent"  # where the machine is busy
    assert reasons - {too_old} == {"the exchange never had it"}


def test_the_process_killed_at_random_moments_loses_nothing(tmp_path: Path) -> None:
    survived = kill_many(Home(tmp_path), 3, seed=4)
    assert survived.orders > 0


def test_the_guard_cancels_everything_after_the_engines_death(
    home: Home, exchange: ExchangeProcess
) -> None:
    """That it waits for nothing first is in tests/guard: an idle machine needs a tenth of 8 s."""
    desk = DeskProcess(home, exchange)
    run = desk.ready().run
    until(lambda: len(exchange.working(run)) >= 3)
    desk.kill()
    until(lambda: exchange.working(run) == [], what="orders work on after the death")
    zero = until(lambda: [row for row in guard_log(home, run) if row["what"] == "zero"])
    assert zero[0]["cancelled"] >= 1
    assert zero[0]["survivors"] == []
    goes_on_and_settles(home, exchange, run)


def test_a_guard_that_dies_is_replaced_and_one_that_is_not_needed_ends(
    home: Home, exchange: ExchangeProcess
) -> None:
    desk = open_desk(config_of(home), DeskPlan(exchange=exchange.socket, run_dir=home.state))
    desk.start()
    snapshot = desk.snapshot

    def guard() -> str:
        return snapshot().health.guard

    first = until(lambda: guard().startswith("guard ") and guard())
    assert desk.places is not None
    remote = desk._parts.remote
    assert remote is not None
    process = remote.guard._process
    process.kill()
    until(lambda: guard().startswith("guard ") and guard() not in (first, "guard died"))
    assert desk.stop() == "book == broker"
    assert remote.guard._process.poll() is not None
    assert guard_log(home, desk.places.run) == []


def has_recorded(exchange: ExchangeProcess, run: str, rows: int) -> bool:
    return len(exchange.record(run)) >= rows


def test_a_break_in_the_connection_is_survived_and_nothing_is_sent_twice(
    home: Home, exchange: ExchangeProcess
) -> None:
    desk = open_desk(config_of(home), DeskPlan(exchange=exchange.socket, run_dir=home.state))
    assert desk.places is not None
    run = desk.places.run
    link = desk.exchange.link  # type: ignore[union-attr]
    assert isinstance(link, Link)
    desk.start()
    for _ in range(2):
        sent = len(exchange.record(run))
        until(partial(has_recorded, exchange, run, sent + 4))
        link._drop("the test broke it")
        until(lambda: link.connected)
    assert desk.stop() == "book == broker"
    assert_nothing_lost(home, exchange, run)


def test_an_order_that_surely_never_left_has_ended_at_once_and_is_never_unconfirmed(
    home: Home, exchange: ExchangeProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.brokers.remote.broker.LATEST_S", -1.0)
    desk = open_desk(config_of(home), DeskPlan(exchange=exchange.socket, run_dir=home.state))
    assert desk.places is not None
    run = desk.places.run
    told: list[ev.OrderEnded] = []
    desk.executor.context.subscribe(ev.OrderEnded, told.append)
    desk.start()
    until(lambda: sum("waited too long" in each.reason for each in list(told)) >= 3)
    assert desk.stop() == "book == broker"
    events = journal_of(home, run)
    intended = {e.order for e in events if isinstance(e, ev.OrderIntended)}
    ended = {e.order for e in events if isinstance(e, ev.OrderEnded)}
    late = [e for e in events if isinstance(e, ev.OrderEnded) and "waited too long" in e.reason]
    assert late and {e.status for e in late} == {"denied"}
    assert not [e for e in events if isinstance(e, ev.TraderHeld)], "none of them is a reject"
    assert exchange.record(run) == []
    assert not [e for e in events if isinstance(e, ev.OrderUnknown)]
    assert intended == ended


def test_a_second_desk_of_the_same_run_is_refused_in_a_sentence(
    home: Home, exchange: ExchangeProcess
) -> None:
    desk = DeskProcess(home, exchange)
    run = desk.ready().run
    second = home.legdesk("run", "--headless", "--exchange", exchange.socket, "--resume", run)
    assert second.returncode == 2
    assert second.stderr.startswith(f"legdesk: another desk (process {desk.process.pid}) runs in")
    assert len(second.stderr.splitlines()) == 1
    assert desk.end()[0] == 143
    assert not running_desks(home.state / "sim")


def test_an_exchange_that_is_not_there_is_a_sentence(home: Home, tmp_path: Path) -> None:
    run = home.legdesk("run", "--headless", "--exchange", tmp_path / "nowhere")
    assert run.returncode == 2
    assert "no exchange answers at" in run.stderr
    assert "legdesk exchange" in run.stderr


def test_a_second_exchange_in_the_same_folder_is_refused(
    home: Home, exchange: ExchangeProcess
) -> None:
    second = home.legdesk("exchange", "--folder", exchange.folder)
    assert second.returncode == 2
    assert "another exchange (process" in second.stderr
    assert exchange.socket.exists()
