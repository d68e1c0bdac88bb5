"""Real money from the first command to the last: processes of their own on Alpaca's API."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.config import UNCONFIRMED, SimulationSettings
from engine.journal.reading import read_events
from engine.orders import events as ev
from engine.run_folder.lock import holder
from engine.runs.arming import FILE
from tests.support.exchange_processes import until

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from tests.support.alpaca_customer import LIVE_STATES, SETTINGS, Customer, customer_of
from tests.support.alpaca_facade import (
    LIVE_KEY,
    LIVE_NUMBER,
    LIVE_SECRET,
    AlpacaFacade,
    alpaca,
)

TAIL = LIVE_NUMBER[-4:]
LIVE = f"""mode = "LIVE"
{SETTINGS.replace("expirations_per_symbol = 3", "expirations_per_symbol = 1")}
name = "alpaca"
feed = "opra"
account_number = "{LIVE_NUMBER}"
[sizing]
current_contracts = 3
"""
DAY_LIMIT_USD = 40_000
"""More than a slow machine's desk buys until the last test: a debit takes 300 to 700 dollars."""


@pytest.fixture(scope="module")
def facade() -> Iterator[AlpacaFacade]:
    settings = SimulationSettings(symbols=("SPY", "QQQ", "AAPL", "MSFT"), expirations_per_symbol=1)
    with alpaca(settings, live=True) as facade:
        yield facade


@pytest.fixture(scope="module")
def home(facade: AlpacaFacade) -> Iterator[Customer]:
    with customer_of(facade, "live") as made:
        (made.folder / "c.toml").write_text(LIVE)
        yield made


def config(home: Customer) -> tuple[str, str]:
    return "--config", str(home.folder / "c.toml")


def armed_desk(home: Customer, facade: AlpacaFacade) -> subprocess.Popen[str]:
    """A desk without a screen that was armed by hand, once it has sent a debit."""
    sent = debits(facade)
    limit = str(DAY_LIMIT_USD)
    said = home.typed("arm", "--debit-limit", limit, *config(home), lines=f"{TAIL}\n")
    assert said.returncode == 0 and UNCONFIRMED in said.stderr, said
    desk = home.start("run", "--headless", *config(home))
    until(lambda: debits(facade) > sent, what="not armed")
    return desk


def status(home: Customer) -> str:
    path = home.root / "status.json"
    return path.read_text() if path.exists() else ""


def works(facade: AlpacaFacade) -> bool:
    return any(order.status in LIVE_STATES for order in list(facade.orders.values()))


def debits(facade: AlpacaFacade) -> int:
    """How many were sent: only a desk that is armed sends one."""
    return sum(not body["limit_price"].startswith("-") for body in list(facade.posts))


def executed(facade: AlpacaFacade) -> set[bool]:
    """Whether debits, and whether credits, have executed."""
    names = {each.client_order_id for each in list(facade.ledger.executions)}
    return {facade.orders[name].request.pays for name in names}


def test_what_trades_no_real_money_is_told_at_once_before_anything_is_started(
    home: Customer, facade: AlpacaFacade, tmp_path: Path
) -> None:
    wrong = tmp_path / "c.toml"
    wrong.write_text('mode = "LIVE"\n[broker]\nname = "alpaca"\n')
    said = home.legdesk("run", "--headless", "--config", wrong, TEXTUAL_PRESS="r")
    assert said.returncode == 2
    parts = ("broker.account_number", "broker.feed", "TEXTUAL_PRESS", "`legdesk arm`")
    assert len(said.stderr.splitlines()) == len(parts)
    for line, part in zip(said.stderr.splitlines(), parts, strict=True):
        assert part in line
    assert holder(home.gateway) is None and not (home.root / "secrets.toml").exists()
    assert facade.posts == []


def test_an_armed_desk_trades_and_survives_revoked_keys_and_the_death_of_each_process(
    home: Customer, facade: AlpacaFacade
) -> None:
    lines = f"{LIVE_KEY}\n{LIVE_SECRET}\n"
    kept = home.typed("login", "alpaca", "--live", *config(home), lines=lines)
    assert kept.returncode == 0 and f"account …{TAIL}" in kept.stdout, kept.stderr
    desk = armed_desk(home, facade)
    until(lambda: executed(facade) == {True, False}, what="no debit and its credit executed")
    assert {body["qty"] for body in facade.posts} == {"1"}, "the first orders are small"

    keys, facade.keys = facade.keys, ("revoked", "revoked")
    until(lambda: "it takes the keys no more" in status(home), what="the desk does not say it")
    assert "KEYS_REFUSED" in status(home)
    sent = debits(facade)
    facade.keys = keys
    until(lambda: debits(facade) > sent, what="the desk does not go on")

    gateway = until(lambda: holder(home.gateway))
    os.kill(gateway, signal.SIGKILL)
    until(lambda: holder(home.gateway) not in (None, gateway), what="nobody started it again")
    sent = debits(facade)
    until(lambda: debits(facade) > sent and works(facade), what="the desk does not go on")

    os.kill(until(lambda: holder(home.gateway)), signal.SIGKILL)
    desk.kill()
    _, said = desk.communicate()
    assert UNCONFIRMED in said
    until(lambda: holder(home.gateway), what="the guard starts none that cancels")
    until(lambda: not works(facade), what="orders work though desk and gateway are dead")
    until(lambda: holder(home.gateway) is None, what="what only cancels does not end")


def test_it_is_halted_and_ends_with_both_books_alike(home: Customer, facade: AlpacaFacade) -> None:
    assert not (home.root / FILE).exists(), "what was armed was for one start"
    desk = armed_desk(home, facade)
    assert home.legdesk("halt").returncode == 0
    sent = debits(facade)
    until(lambda: not works(facade), what="a debit works on after the halt")
    desk.send_signal(signal.SIGTERM)
    told, errors = desk.communicate(timeout=120)
    assert told.strip().endswith("book == broker"), errors
    assert debits(facade) == sent, "a debit was sent after the halt"

    events = [event for _, event in read_events(home.root / "runs" / "main" / "journal.db")]
    armed = [event for event in events if isinstance(event, ev.LiveArmed)]
    assert [(each.account, each.debit_limit_c) for each in armed] == [
        (TAIL, 100 * DAY_LIMIT_USD)
    ] * 2
    intended = [each for each in events if isinstance(each, ev.OrderIntended) and each.part == "D"]
    assert {each.quantity for each in intended[:20]} == {1}
    names = [body["client_order_id"] for body in facade.posts]
    assert len(names) == len(set(names)) and all(name.startswith("L") for name in names)
    bought = [
        each
        for each in facade.ledger.executions
        if facade.orders[each.client_order_id].request.pays
    ]
    assert sum(each.quantity * each.price_c for each in bought) <= DAY_LIMIT_USD

    shown = told + errors + json.dumps(status(home))
    for path in home.folder.rglob("*"):
        if path.is_file() and path.name not in ("secrets.toml", "c.toml"):
            shown += path.read_bytes().decode("utf-8", "replace")
    for canary in (LIVE_SECRET, LIVE_KEY, LIVE_NUMBER):
        assert canary not in shown
