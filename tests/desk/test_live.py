"""A desk on an account: one journal that every start goes on with, limits as they are written."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest

from engine.brokers.remote.broker import RemoteBroker
from engine.brokers.remote.connection import join
from engine.brokers.remote.link import LinkError
from engine.commands import Ask, Command, Ticket, TicketState
from engine.config import ConfigError, DeskConfig
from engine.desk.earlier_run import read_earlier_run
from engine.desk.opening import Desk, DeskPlan, open_desk
from engine.exchange.process import open_exchange
from engine.journal.reading import read_events
from engine.journal.store import Journal
from engine.orders import events as ev
from engine.orders.ids import start_of
from engine.orders.types import Part
from engine.run_folder.errors import JournalError
from engine.run_folder.installation import installation_id
from engine.run_folder.paths import state_root
from engine.runs.arming import arm
from engine.runtime.requests.arming import Arming
from tests.exchange.test_exchange_clients import ORDER
from tui.cli.first_answers import FirstAnswers
from tui.cli.options import Outputs
from tui.cli.run import run_desk

PAPER = DeskConfig.model_validate(
    {
        "mode": "PAPER",
        "account": "main",
        "broker": {"name": "simulated"},
        "fees": {"default": {"commission_c": 0, "exchange_c": 2}, "spy": {"commission_c": 1}},
        "simulation": {"seed": 7, "symbols": ["SPY"], "expirations_per_symbol": 2},
    }
)


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A state folder whose PAPER exchange serves."""
    folder = Path(tempfile.mkdtemp())  # a socket's path must be short
    config = PAPER.model_copy(update={"state_dir": folder})
    exchange = open_exchange(config)
    serving = threading.Thread(target=exchange.serve)
    serving.start()
    yield folder
    exchange.stop()
    serving.join()
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy answers late; what is tested is not how soon."""
    monkeypatch.setattr("engine.brokers.remote.told_books.BOOKS_WITHIN_S", 60.0)
    monkeypatch.setattr("engine.brokers.remote.told_books.OLDEST_S", 60.0)


def opened(home: Path, **more: object) -> Desk:
    return open_desk(PAPER.changed(state_dir=home, **more), DeskPlan(pool_threads=1))


def leave(desk: Desk) -> None:
    """End a desk of this process as its process would."""
    desk.stop(drain=False)
    assert isinstance(desk.exchange, RemoteBroker)
    desk.exchange.link.close()


def test_an_account_has_one_journal_and_the_limits_of_an_account(home: Path) -> None:
    desk = opened(home)
    try:
        root, places = state_root(home, "PAPER"), desk.places
        assert places is not None and places.folder == root / "runs" / "main"
        snapshot, context = desk.snapshot(), desk.executor.context
        assert (snapshot.mode, snapshot.broker, snapshot.fill_model) == ("PAPER", "simulated", "")
        assert context.config.limits == PAPER.limits, "an account's limits are not scaled"
        assert context.config.limits.enforces_order_budget
        assert not desk.executor.pace.virtual
        trader = next(iter(context.traders.values()))
        prefix = f"P{installation_id(root)}-"
        assert trader.context.ids.prefix == prefix
        assert json.loads((places.folder / "broker.json").read_text())["prefix"] == prefix
        assert trader.chain.fees.leg_c("SPY") == 4 and trader.chain.fees.leg_c("QQQ") == 2
    finally:
        leave(desk)
    (start,) = [e for _, e in read_events(places.journal) if isinstance(e, ev.SessionStarted)]
    assert (start.mode, start.account, start.fill_model, start.seed) == ("PAPER", "main", "", 0)
    assert "feed simulated (simulated)" in start.source
    account = join(root / "exchange" / "socket", "main").broker
    legs = [[585, "call", "buy", None, None], [590, "call", "sell", None, None]]
    order = {**ORDER, "order": "POTHER1-FUZK-1-1D1", "limit_c": 1, "legs": legs}
    account.link.ask("submit", order=order)
    account.link.close()
    again = opened(home)
    try:
        assert all(trader.paused for trader in again.executor.context.traders.values())
        found = json.loads((places.folder / "reconciled.json").read_text())
        assert (found["cancelled"], found["external"]) == (0, 1), "another installation's order"
        working = again.exchange.open_orders()
        assert [each.client_order_id for each in working] == [order["order"]]
    finally:
        leave(again)
    starts = [e for _, e in read_events(places.journal) if isinstance(e, ev.SessionStarted)]
    assert len(starts) == 2


def test_a_journal_of_one_brokers_account_is_not_gone_on_with_at_another_broker(
    home: Path,
) -> None:
    desk = opened(home)
    places = desk.places
    leave(desk)
    assert places is not None
    other = PAPER.changed(state_dir=home, broker={"name": "alpaca"})
    with pytest.raises(ConfigError, match=r"an account at simulated, the settings name alpaca"):
        read_earlier_run(other, places, accept_missing=False)
    assert read_earlier_run(PAPER.changed(state_dir=home), places, accept_missing=False).events


def test_a_desk_whose_folder_was_removed_uses_no_id_of_before(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def names() -> set[str]:
        desk = opened(home)
        try:
            traders = desk.executor.context.traders.values()
            return {trader.context.ids.make(1, Part.DEBIT, 1) for trader in traders}
        finally:
            leave(desk)
            assert desk.places is not None
            shutil.rmtree(desk.places.folder)

    before = names()
    later = "engine.desk.remote_exchange.start_of"
    monkeypatch.setattr(later, lambda epoch_s: start_of(epoch_s + 1.0))
    after = names()
    assert before and after and not before & after


@pytest.mark.parametrize(
    ("settings", "plan", "says"),
    [
        ({"mode": "LIVE"}, DeskPlan(), "needs a broker's gateway"),
        ({"broker": {}}, DeskPlan(), "name one as broker.name"),
        (
            {"broker": {"name": "simulated", "account_number": "PA4821"}},
            DeskPlan(),
            "ends with 4821",
        ),
        ({}, DeskPlan(in_memory=True), "cannot be kept in memory"),
        ({}, DeskPlan(resume="main"), "goes on by itself"),
        ({}, DeskPlan(replay=Path("x")), "replayed in mode SIM"),
    ],
)
def test_what_is_no_desk_of_an_account_is_refused_with_a_sentence(
    settings: dict[str, object], plan: DeskPlan, says: str, home: Path
) -> None:
    with pytest.raises(ConfigError, match=says):
        open_desk(PAPER.changed(state_dir=home, **settings), plan)


def test_the_number_of_the_account_is_compared_with_what_the_gateway_says(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(opened(home, broker={"name": "simulated", "account_number": "PA1main"}))
    with monkeypatch.context() as patch:
        patch.setattr("engine.exchange.server.tail_of", lambda number: "4821")
        with pytest.raises(ConfigError, match="ends with main, that of the gateway with 4821"):
            opened(home, broker={"name": "simulated", "account_number": "PA1main"})
        leave(opened(home, broker={"name": "simulated", "account_number": "PA14821"}))


def test_a_desk_that_cannot_be_opened_lets_go_of_its_account(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_journal(*given: object, **named: object) -> Journal:
        raise JournalError("denied", "the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("engine.desk.assembly._journal_of", no_journal)
        with pytest.raises(JournalError, match="the disk is full") as kept:
            opened(home)
    leave(opened(home))
    assert kept.tb is not None, "what was opened is referred to from here, and is not swept up"


@pytest.fixture(scope="module")
def venue() -> Iterator[Path]:
    """A state folder whose exchange says that it trades real money, on a live feed."""
    folder = Path(tempfile.mkdtemp())
    config = PAPER.model_copy(update={"state_dir": folder})
    exchange = open_exchange(config, folder=folder / "live" / "exchange")
    exchange.server._facts = replace(exchange.server._facts, mode="LIVE", feed_quality="live")
    serving = threading.Thread(target=exchange.serve)
    serving.start()
    yield folder
    exchange.stop()
    serving.join()
    shutil.rmtree(folder)


LIVE = {"mode": "LIVE", "broker": {"name": "simulated", "account_number": "PA3Xmain"}}


def asked(desk: Desk, command: Command) -> Ticket:
    """Ask until the desk has compared its books and heard of its broker's health."""
    waiting = threading.Event()
    for _ in range(600):
        ticket = desk.executor.ask(command)
        if "again in some seconds" not in ticket.text and "not compared" not in ticket.text:
            return ticket
        waiting.wait(0.1)
    return ticket


def test_a_live_desk_opens_paused_each_time_and_trades_once_it_is_armed(
    venue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="none is built in for simulated"):
        opened(venue, **LIVE)
    monkeypatch.setattr("engine.config.real_money.LIVE_BROKERS", frozenset({"simulated"}))
    with pytest.raises(ConfigError, match=r"needs broker\.account_number"):
        opened(venue, mode="LIVE")
    for turn in range(2):
        desk = opened(venue, **LIVE)
        try:
            context = desk.executor.context
            assert all(trader.paused for trader in context.traders.values())
            desk.executor.start()
            assert asked(desk, Command(Ask.RESUME)).state is TicketState.REFUSED
            wrong = asked(desk, Command(Ask.RESUME, args={"word": "nope"}))
            assert "does not end the number" in wrong.text and context.flags.unarmed
            right = asked(desk, Command(Ask.RESUME, args={"word": "main"}))
            assert right.state is TicketState.CONFIRMED, right.text
            assert not any(trader.paused for trader in context.traders.values())
            assert context.gate.room(next(iter(context.exposure.chains.values()))) == 1
            view = desk.snapshot().connection
            assert view.told and view.tail == "main", turn
        finally:
            leave(desk)
    places = desk.places
    assert places is not None
    events = [event for _, event in read_events(places.journal)]
    assert [e.account for e in events if isinstance(e, ev.LiveArmed)] == ["main", "main"]
    first_debit = next(
        (n for n, e in enumerate(events) if isinstance(e, ev.OrderIntended)), len(events)
    )
    assert first_debit > next(n for n, e in enumerate(events) if isinstance(e, ev.LiveArmed))


def test_without_its_gateway_nothing_is_opened(tmp_path: Path) -> None:
    with pytest.raises(LinkError, match="start one"):
        open_desk(PAPER.changed(state_dir=tmp_path), DeskPlan())
    assert not (tmp_path / "paper" / "runs").exists()


def test_a_desk_trades_no_exchange_of_another_mode(home: Path, tmp_path: Path) -> None:
    socket = home / "paper" / "exchange" / "socket"
    sim = PAPER.changed(mode="SIM", state_dir=tmp_path)
    with pytest.raises(ConfigError, match="PAPER, the desk SIM"):
        open_desk(sim, DeskPlan(exchange=socket))
    with pytest.raises(ConfigError, match="no broker"):
        open_exchange(PAPER.changed(mode="LIVE", state_dir=tmp_path))


def test_without_a_screen_a_live_desk_is_armed_by_the_file_and_once(
    venue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.config.real_money.LIVE_BROKERS", frozenset({"simulated"}))
    for name in [name for name in os.environ if name.startswith("TEXTUAL")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TEXTUAL_FPS", "240")  # what a start sets, taken back afterwards
    config = PAPER.changed(state_dir=venue, **LIVE)
    plan, outputs = DeskPlan(pool_threads=1), Outputs(headless=True)
    with pytest.raises(ConfigError, match="must be armed first"):
        run_desk(config, plan, outputs)
    limits: list[int | None] = []
    links: set[Any] = set()
    look = FirstAnswers.look

    def looked(answers: FirstAnswers) -> None:
        look(answers)
        desk = answers._desk
        assert isinstance(desk, Desk) and isinstance(desk.exchange, RemoteBroker)
        links.add(desk.exchange.link)
        if not desk.executor.flags.unarmed or answers.given_up:
            limits.append(desk.executor.context.gate.day_limit_c)
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(FirstAnswers, "look", looked)
    arm(config, 400.0, time.time())
    assert run_desk(config, plan, outputs) == 128 + signal.SIGTERM
    assert limits[0] == 40_000
    links.pop().close()  # as the end of its process would
    with pytest.raises(ConfigError, match="must be armed first"):
        run_desk(config, plan, outputs)
    path = arm(config, 400.0, time.time())
    kept = path.read_text()
    with pytest.raises(LinkError):
        run_desk(config, DeskPlan(exchange=venue / "nowhere"), outputs)
    assert path.read_text() == kept, "a start that opened no desk uses nothing up"
    monkeypatch.setattr("tui.cli.first_answers.WAITS_S", 2.0)
    monkeypatch.setattr(Arming, "_refusals", lambda arming, broker: ["the feed is delayed"])
    monkeypatch.setattr(FirstAnswers, "look", look)
    assert run_desk(config, plan, outputs) == 1, "a run that could not be armed is no success"
    monkeypatch.setenv("TEXTUAL_PRESS", "r")
    arm(config, 400.0, time.time())
    with pytest.raises(click.UsageError, match="can press keys"):
        run_desk(config, plan, outputs)
