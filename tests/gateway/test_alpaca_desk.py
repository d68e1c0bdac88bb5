"""Commands, processes and what they leave: a desk on Alpaca's API as somebody with a key runs it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from engine.brokers.alpaca.recorded_day import replay_day
from engine.brokers.remote.connection import look
from engine.config import SimulationSettings
from engine.gateway.raw_files import read_raw
from engine.run_folder.lock import holder
from tests.support.exchange_processes import until

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from tests.support.alpaca_customer import RUN, Customer, customer_of
from tests.support.alpaca_facade import KEY, NUMBER, SECRET, AlpacaFacade, alpaca
from tests.support.kept_answers import texts_below


@pytest.fixture(scope="module")
def facade() -> Iterator[AlpacaFacade]:
    with alpaca(SimulationSettings(symbols=("SPY", "QQQ", "AAPL", "MSFT"))) as facade:
        yield facade


@pytest.fixture(scope="module")
def home(facade: AlpacaFacade) -> Iterator[Customer]:
    with customer_of(facade) as made:
        yield made


def test_keys_are_tried_before_they_are_kept(home: Customer) -> None:
    refused = home.typed("login", "alpaca", "--paper", lines=f"{KEY}\nwrong\n")
    assert refused.returncode == 2
    assert "does not accept the keys for PAPER (401)" in refused.stderr
    assert not (home.state / "paper" / "secrets.toml").exists()
    account = home.folder / "account.toml"
    account.write_text('mode = "PAPER"\n[broker]\nname = "alpaca"\n')
    asked = home.legdesk("doctor", "--config", account)
    assert "warn  broker         there are no keys of alpaca/paper/main" in asked.stdout
    none = home.legdesk(*RUN, home.folder / "c.toml")
    assert none.returncode == 2
    assert "the gateway did not start: there are no keys of alpaca/paper/main" in none.stderr
    kept = home.typed("login", "alpaca", "--paper", lines=f"{KEY}\n{SECRET}\n")
    assert kept.returncode == 0, kept.stderr
    assert "account …4821, option level 3, buying power 100,000.00 USD" in kept.stdout
    secrets = home.state / "paper" / "secrets.toml"
    assert secrets.stat().st_mode & 0o777 == 0o600
    asked = home.legdesk("doctor", "--config", account)
    assert "ok    broker         alpaca paper main, keys from" in asked.stdout
    for told in (refused, none, kept, asked):
        assert SECRET not in told.stdout + told.stderr and KEY not in told.stdout + told.stderr


def test_a_desk_starts_its_gateway_which_outlives_it_and_leaves_the_keys_nowhere(
    home: Customer, facade: AlpacaFacade
) -> None:
    first = home.start(*RUN, home.folder / "c.toml")
    until(lambda: len(facade.ledger.executions) >= 2, what="nothing executed")
    gateway = holder(home.gateway)
    until(lambda: any(o.status == "new" for o in facade.orders.values()), what="nothing works")
    first.kill()
    _, said = first.communicate()
    assert f"gateway of alpaca started, process {gateway}" in said
    live = ("new", "partially_filled", "pending_cancel")
    until(lambda: not any(order.status in live for order in facade.orders.values()))
    assert look(home.gateway / "socket").account_tail == "4821"

    again = home.start(*RUN, home.folder / "c.toml")
    until((home.state / "paper" / "runs" / "main" / "reconciled.json").exists)
    again.send_signal(signal.SIGTERM)
    told, errors = again.communicate(timeout=120)
    assert told.strip().endswith("book == broker"), errors
    assert "gateway of alpaca started" not in errors, "the one that runs is used"
    assert holder(home.gateway) == gateway

    other = home.legdesk("gateway", "alpaca", "--paper")
    assert other.returncode == 2 and "another gateway" in other.stderr
    ended = home.legdesk("gateway", "alpaca", "--paper", "--stop")
    assert f"process {gateway} was asked to end" in ended.stdout
    until(lambda: holder(home.gateway) is None)
    assert home.legdesk("gateway", "alpaca", "--paper", "--stop").returncode == 1

    shown = said + told + errors + other.stderr
    for path, text in texts_below(home.folder):
        if path.name != "secrets.toml":
            shown += text
    assert len(shown) > 10_000
    day = replay_day(read_raw(home.state / "paper" / "raw" / "alpaca-main"))
    assert len(day.orders) > 2 and day.odd == []
    for canary in (SECRET, KEY, NUMBER):
        assert canary not in shown


def test_where_desk_and_gateway_are_killed_the_guard_has_what_works_cancelled(
    home: Customer, facade: AlpacaFacade
) -> None:
    before = len(facade.posts)
    desk = home.start(*RUN, home.folder / "c.toml")
    until(lambda: holder(home.gateway))
    until(lambda: home.legdesk("resume").returncode == 0)
    until(lambda: len(facade.posts) > before, what="nothing was sent")
    until(lambda: any(o.status == "new" for o in facade.orders.values()), what="nothing works")
    os.kill(holder(home.gateway) or 0, signal.SIGKILL)
    desk.kill()
    desk.communicate()
    live = ("new", "partially_filled", "pending_cancel")
    until(lambda: not any(order.status in live for order in facade.orders.values()))
    until(lambda: holder(home.gateway) is None, what="what only cancels does not end")
    names = [body["client_order_id"] for body in facade.posts]
    assert len(names) == len(set(names))


def test_what_is_forgotten_is_gone(home: Customer) -> None:
    gone = home.legdesk("logout", "alpaca", "--paper")
    assert gone.returncode == 0 and "forgotten in" in gone.stdout
    assert SECRET not in (home.state / "paper" / "secrets.toml").read_text()
    assert home.legdesk("logout", "alpaca", "--paper").returncode == 1
