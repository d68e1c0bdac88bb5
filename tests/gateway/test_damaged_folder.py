"""Whatever has become of an account's folder: what only cancels ends every order of ours."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.config import ConfigError
from engine.gateway.process import start
from engine.market.clock import SystemClock
from engine.orders.ids import prefix_of, share_prefix_of
from engine.run_folder.errors import JournalError
from engine.run_folder.installation import installation_id
from engine.run_folder.lock import StateLock

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from tests.support.alpaca_facade import AlpacaFacade
from tests.support.alpaca_gateway import desk_on, opened, paper_settings, serving, until

FILES = (
    "orders.jsonl", "executions.jsonl", "shares.jsonl", "cursor.json", "option_events.json",
    "odd_executions.json", "accepted_executions.json", "account", "gateway.log", "stopped",
)  # fmt: skip
LATER = b'{"version": 99, "layout": {"rows": []}}\n'


def _directory(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def _fifo(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "noise": lambda path: path.write_bytes(b"\x00\xff\xfe\n" + b"[" * 100_000 + b"\n"),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-7] if path.exists() else b'{"id'),
    "later": lambda path: path.write_bytes(LATER),
    "number": lambda path: path.write_bytes(b'{"id": "A", "shares": 1e999, "root": 1, "at": 1}\n'),
    "list": lambda path: path.write_bytes(b"[1]\n"),
    "missing": lambda path: path.unlink(missing_ok=True),
    "directory": _directory,
    "fifo": _fifo,
}


class Left:
    """An account in which a debit and an order of shares work, and another's of each.

    Attributes:
        folder: of the gateway.
    """

    def __init__(self, facade: AlpacaFacade, home: Path) -> None:
        self.facade, self.home = facade, home
        self.folder = home / "paper" / "gateway" / "alpaca-main"
        with serving(facade, paper_settings(home)) as gateway, desk_on(gateway) as desk:
            self.prefix = prefix_of("PAPER", installation_id(home / "paper"))
            self.debit = f"{self.prefix}1-1-1D1"
            desk.submit(desk.order(self.debit, 1))
            until(lambda: desk.reports)
        self.shares = f"{share_prefix_of(self.prefix)}SPY-1764500000000-1"
        facade.events.executes = 0
        for name in (self.shares, "SH-POTHER1-SPY-1764500000000-1"):
            body = {"client_order_id": name, "symbol": "SPY", "qty": "100", "side": "buy"}
            facade.events._trade_shares(body)
        row = {"id": self.shares, "root": "SPY", "shares": 100, "at": 1764500000.0}
        (self.folder / "shares.jsonl").write_text(f"{json.dumps(row)}\n")

    def rescue(self) -> None:
        """A gateway that only cancels, until it ends by itself."""
        gateway = opened(self.facade, paper_settings(self.home), cancel_only=True)
        gateway.serve()

    def assert_ended(self) -> None:
        orders = self.facade.events.share_orders
        assert self.facade.orders[self.debit].status == "canceled"
        assert orders[self.shares]["status"] == "canceled"
        assert orders["SH-POTHER1-SPY-1764500000000-1"]["status"] == "new"


@pytest.fixture
def left(facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Left]:
    monkeypatch.setattr("engine.gateway.alone.ALONE_S", 0.0)
    monkeypatch.setattr("engine.gateway.alone.AGAIN_S", 0.05)
    monkeypatch.setattr("engine.gateway.running.HEARTBEAT_S", 0.05)
    monkeypatch.setattr("engine.gateway.share_looks.LOOK_EVERY_S", 0.05)
    monkeypatch.setattr("engine.gateway.share_orders.LOOK_EVERY_S", 0.05)
    yield Left(facade, folder)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_folder_whose_every_file_is_damaged_keeps_no_order_from_being_cancelled(
    damage: str, left: Left
) -> None:
    for name in FILES:
        DAMAGES[damage](left.folder / name)
    left.rescue()
    left.assert_ended()


@pytest.mark.parametrize("name", ["orders.jsonl", "executions.jsonl", "shares.jsonl", "account"])
def test_what_cannot_be_read_is_said_and_left_as_it_is(name: str, left: Left) -> None:
    path = left.folder / name
    path.write_bytes(b"A99\n" + path.read_bytes())
    before = path.read_bytes()
    with pytest.raises(ConfigError):
        opened(left.facade, paper_settings(left.home))
    left.rescue()
    left.assert_ended()
    assert path.read_bytes() == before
    assert name in (left.folder / "gateway.log").read_text()


@pytest.mark.parametrize("damage", ["noise", "missing", "directory"])
def test_without_the_installations_id_the_ids_of_its_files_tell_which_orders_are_ours(
    damage: str, left: Left
) -> None:
    DAMAGES[damage](left.home / "paper" / "installation")
    orders = left.folder / "orders.jsonl"
    orders.write_bytes(orders.read_bytes() + b"no JSON\n")
    left.rescue()
    left.assert_ended()
    if damage == "missing":
        assert not (left.home / "paper" / "installation").exists(), (
            "a new id makes strangers of ours"
        )


def test_with_the_keys_of_another_account_nothing_is_said_to_be_ended(left: Left) -> None:
    (left.folder / "account").write_text("9999\n")
    with pytest.raises(ConfigError, match=r"keeps orders and executions of …9999"):
        left.rescue()


@pytest.mark.parametrize("damage", ["directory", "fifo", "missing"])
def test_what_is_in_the_place_of_its_log_keeps_no_gateway_from_being_started(
    damage: str, folder: Path
) -> None:
    DAMAGES[damage](folder / "gateway.log")
    says = [sys.executable, "-c", f"open({str(folder / 'ran')!r}, 'w'); print('no keys')"]
    with pytest.raises(ConfigError) as refused:
        start(folder, says, SystemClock())
    assert (folder / "ran").exists()
    lost = "what it said is lost" in str(refused.value)
    assert lost == (damage != "missing") and lost != ("no keys" in str(refused.value))


@pytest.mark.parametrize(
    ("name", "damage"), [("lock", "directory"), ("lock", "fifo"), ("socket", "directory")]
)
def test_what_is_in_the_place_of_lock_and_socket_is_put_aside_by_what_only_cancels(
    name: str, damage: str, left: Left
) -> None:
    path = left.folder / name
    DAMAGES[damage](path)
    with pytest.raises(JournalError, match="what is in its place"):
        opened(left.facade, paper_settings(left.home))
    left.rescue()
    left.assert_ended()
    assert path.with_name(f"{name}.damaged").exists()


def test_a_lock_that_another_process_holds_is_never_put_aside(left: Left) -> None:
    with StateLock(left.folder), pytest.raises(JournalError, match="another gateway"):
        left.rescue()
    assert not (left.folder / "lock.damaged").exists()


@pytest.mark.parametrize("at", ['"noon"', "1e300", "NaN", "null", "true"])
def test_an_order_of_shares_of_no_moment_is_damage(at: str, left: Left) -> None:
    path = left.folder / "shares.jsonl"
    path.write_text(path.read_text().replace("1764500000.0", at))
    with pytest.raises(ConfigError, match=r"shares\.jsonl line 1 is damaged"):
        opened(left.facade, paper_settings(left.home))
