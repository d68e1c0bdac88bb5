"""What `legdesk kill` does where no engine answers: which runs, and with a disk that is full."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.guard.cancelling import Cancelled
from engine.guard.place import BrokerPlace
from engine.market.clock import SystemClock
from engine.run_folder.kill_latch import KillLatch
from engine.run_folder.lock import StateLock
from engine.run_folder.open_orders import OpenOrdersMirror
from engine.run_folder.paths import new_run, state_root
from engine.runs import control
from engine.runs.control import kill_without_engine, orphaned_runs


def run_of(
    root: Path, name: str, socket: Path, orders: tuple[str, ...], gateway: tuple[str, ...] = ()
) -> Path:
    """A run on an exchange of its own, as a dead desk leaves it."""
    places = new_run(root, name)
    places.journal.touch()
    BrokerPlace(socket, name, "S0-", gateway).write(places.folder)
    mirror = OpenOrdersMirror(places.folder, durable=False)
    mirror.start(orders)
    mirror.close()
    return places.folder


def test_every_run_that_nobody_looks_after_is_found_not_the_latest_alone(tmp_path: Path):
    root = state_root(tmp_path, "SIM")
    there = tmp_path / "exchange.sock"
    there.touch()
    first = run_of(root, "first", there, ("S0-1",))
    run_of(root, "settled", there, ())
    run_of(root, "gone", tmp_path / "gone.sock", ("S0-2",))
    watched = run_of(root, "watched", there, ("S0-3",))
    newest = run_of(root, "newest", tmp_path / "gone.sock", ("S0-4",))
    lock = StateLock(watched)
    assert orphaned_runs(root) == (first, newest)
    lock.release()
    assert orphaned_runs(root) == (first, newest, watched)


def test_every_account_whose_gateway_has_ended_is_found_for_one_can_be_started(tmp_path: Path):
    """Money: `legdesk kill --all` passed over every account but the one that was used last."""
    root, command = state_root(tmp_path, "PAPER"), ("legdesk", "gateway")
    runs = [
        run_of(root, name, tmp_path / name / "socket", orders, command)
        for name, orders in (("main", ("P0-1",)), ("quiet", ()), ("two", ("P0-2",)))
    ]
    assert orphaned_runs(root) == (runs[0], runs[2])


def test_a_run_whose_order_of_shares_works_is_found_too(tmp_path: Path):
    root, gateway = state_root(tmp_path, "PAPER"), tmp_path / "gateway"
    gateway.mkdir()
    run = run_of(root, "main", gateway / "socket", ())
    row = '{"id": "SH-P1-SPY-1-1", "root": "SPY", "shares": 5, "at": 1}\n'
    (gateway / "shares.jsonl").write_text(row)
    assert orphaned_runs(root) == (run,)
    (gateway / "shares.jsonl").write_text(row + '{"id": "SH-P1-SPY-1-1", "end": "filled"}\n')
    assert orphaned_runs(root) == ()


def test_a_disk_that_keeps_no_latch_keeps_no_order_from_being_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = run_of(state_root(tmp_path, "SIM"), "full", tmp_path / "exchange.sock", ("S0-1",))
    asked: list[Path] = []

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    def cancels(run_folder: Path, *_: Any, **more: Any) -> Cancelled:
        asked.append(run_folder)
        return Cancelled(("S0-1",), (), 0.1)

    monkeypatch.setattr(KillLatch, "close", full)
    monkeypatch.setattr(control, "cancel_all", cancels)
    taken = kill_without_engine(folder, 2, SystemClock())
    assert asked == [folder]
    assert not taken.latched
    assert taken.cancelled is not None and taken.cancelled.survivors == ()
