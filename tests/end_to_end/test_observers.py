"""`legdesk observe` in real terminals on a real desk: before it, beside it, after its death."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from engine.runs.observing import OF_ANOTHER, DeskFinder
from tests.support.command_line import SMALL, Home
from tests.support.terminal import Open
from tui.cli.main import main


def test_a_desk_is_seen_from_before_its_begin_to_after_its_death(
    terminal: Open, tmp_path: Path
) -> None:
    home = Home(tmp_path)
    eyes = terminal("observe", size=(80, 24))
    eyes.until("no desk runs in", "waiting for it, Ctrl-C leaves")
    desk = home.start("run", "--headless", *SMALL, "--speed", "1")
    eyes.until("OBSERVE SIM", "1 TRADERS", "old, read-only")
    other = terminal("observe", size=(120, 40))
    other.until("OBSERVE SIM", "1 TRADERS")
    os.kill(other.pid, signal.SIGSTOP)  # it costs nobody else a snapshot
    eyes.press("\x0b", "H", "p")
    eyes.until("read-only: nothing was done")
    os.kill(desk.pid, signal.SIGSTOP)
    eyes.until("SILENT")
    os.kill(desk.pid, signal.SIGCONT)
    eyes.until(lambda text: "SILENT" not in text)
    os.kill(other.pid, signal.SIGCONT)
    desk.send_signal(signal.SIGKILL)
    desk.wait()
    eyes.until("LOST", "may be wrong now", "runs no more")
    other.until("LOST")
    eyes.press("q")
    assert eyes.ended() == 0
    assert "the desk is as it was" in eyes.said
    rows = home.legdesk("journal", "export").stdout.splitlines()
    assert rows and not [row for row in rows if '"OperatorActed"' in row]


def test_an_observer_looks_where_nobody_else_does_down_to_an_orders_executions(
    terminal: Open, tmp_path: Path
) -> None:
    home = Home(tmp_path)
    desk = home.start("run", "--headless", *SMALL, "--speed", "20")
    eyes = terminal("observe", size=(120, 40))
    eyes.until("OBSERVE SIM", "1 TRADERS", "SPY")
    eyes.press("\r")
    eyes.until("TRADER SPY", "GATES", "FILL RATE", "as of")
    eyes.press("\x1b")
    eyes.until("1 TRADERS")
    eyes.press("i")
    eyes.until("PAIRS HELD", "LOCK*", "payoff at expiration", "sell to close")
    eyes.press("v")
    eyes.until("CONTRACTS HELD", "hold it")
    eyes.press("\r")
    eyes.until("PAIRS HELD", " of ")
    eyes.press("\r")
    eyes.until(" ORDERS", " of ", "cycle", "Enter shows every event")
    eyes.until(lambda text: any("▸" in line and "FILLED" in line for line in text.splitlines()))
    eyes.press("\r")
    eyes.until("intended", "executed", "ended")
    eyes.press("q")
    assert eyes.ended() == 0
    desk.send_signal(signal.SIGTERM)
    desk.wait()
    rows = home.legdesk("journal", "export").stdout.splitlines()
    assert rows and not [row for row in rows if '"OperatorActed"' in row and "observe" in row]


def test_without_a_terminal_scripts_are_told_what_is_theirs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["observe"]) == 2
    assert "`legdesk status --json`" in capsys.readouterr().err


def test_the_folder_of_another_user_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(root: Path) -> None:
        raise PermissionError(13, "Permission denied", str(root))

    monkeypatch.setattr("engine.runs.observing.running_desks", denied)
    found = DeskFinder((tmp_path / "live", tmp_path / "sim"), None)(None)
    assert found.folder is None and found.why == f"{tmp_path / 'sim'} {OF_ANOTHER}"
