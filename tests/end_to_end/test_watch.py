"""`legdesk watch` in pipes and a terminal, on a real desk: beside it, over its end and its death."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import SMALL, STARTED, Home
from tests.support.exchange_processes import until
from tests.support.terminal import Open
from tui.cli.main import main

PIPE_CLOSED, INTERRUPTED = 141, 130


def test_a_desk_is_watched_in_pipes_and_a_terminal_to_its_end_and_its_death(
    terminal: Open, tmp_path: Path
) -> None:
    home = Home(tmp_path)
    eyes = terminal("watch", "--every", "0.5", "--wait", size=(200, 24))
    eyes.until("no desk runs in", "waiting for a desk, Ctrl-C leaves")
    desk = home.start("run", "--headless", *SMALL, "--speed", "60")
    eyes.until("following the desk SIM", "status: floor", "debit filled")

    head = watching(home, "--json", "--last", "1000", "--every", "0.5")
    rows: list[dict[str, Any]] = []

    def read(wanted: str) -> bool:
        assert head.stdout is not None
        rows.append(json.loads(head.stdout.readline()))
        return bool(rows[-1].get("kind", rows[-1]["type"]) == wanted)

    until(lambda: read("fill"))
    until(lambda: read("status"))
    assert rows[0]["type"] == "desk" and rows[-1]["mode"] == "SIM" and rows[-1]["stale"] is False
    numbers = [row["number"] for row in rows if row["type"] == "event"]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    head.stdout.close()  # type: ignore[union-attr]
    assert head.wait(60) == PIPE_CLOSED and head.stderr is not None and not head.stderr.read()

    assert home.legdesk("pause").returncode == 0
    eyes.until("shell asked: pause everything, confirmed")
    desk.send_signal(signal.SIGKILL)
    desk.wait()
    eyes.until("runs no more; nothing more is told", "waiting for a desk")
    assert b"\x1b" not in eyes.seen
    eyes.press("\x03")
    assert eyes.ended() == INTERRUPTED

    again = home.start("run", "--headless", *SMALL, "--speed", "1")
    alone = watching(home, "--wait")
    assert alone.stdout is not None
    lines = [alone.stdout.readline().decode()]
    last = watching(home)
    assert b"following the desk" in last.stdout.readline()  # type: ignore[union-attr]
    again.send_signal(signal.SIGTERM)
    out, err = last.communicate(timeout=120)
    assert last.returncode == 0 and not err
    *_, status, end = out.decode().splitlines()
    assert "engine ENDED" in status and end.endswith("has ended; nothing more is told")
    assert "the session has ended, settled" in out.decode()
    until(lambda: lines.append(alone.stdout.readline().decode()) or lines[-1].startswith(end))  # type: ignore[union-attr, func-returns-value]
    alone.send_signal(signal.SIGINT)
    assert alone.wait(60) == INTERRUPTED
    again.wait()


def watching(home: Home, *options: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", "watch", *options],
        cwd=home.folder,
        env=home.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )
    STARTED.append(process)  # type: ignore[arg-type]
    return process


def test_where_no_desk_runs_it_says_so_and_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEGDESK_STATE_DIR", str(tmp_path))
    assert main(["watch"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err == f"legdesk: no desk runs in {tmp_path}; `legdesk` starts one\n"
    assert main(["watch", "--plain", "--json"]) == 2
    assert "choose one" in capsys.readouterr().err
    assert main(["watch", "--every", "0"]) == 2
    assert os.listdir(tmp_path) == []
