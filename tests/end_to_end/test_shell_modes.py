"""Commands of another shell find the desks and runs of every mode, whatever the settings say."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.run_folder.kill_latch import KillLatch
from tests.support.command_line import Home
from tests.support.exchange_processes import until

CHAINS = ("--symbols", "SPY,QQQ", "--expirations", "2")
PAPER = 'mode = "PAPER"\naccount = "main"\n[broker]\nname = "simulated"\n'
"""An account on the simulated exchange, by settings that no other command reads."""


@dataclass
class TwoDesks:
    """A desk in mode SIM, and one in PAPER whose settings are an option of its own."""

    home: Home
    processes: list[subprocess.Popen[str]]
    folders: dict[str, Path]

    def end(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
            process.communicate(timeout=120)
        self.processes.clear()


@pytest.fixture(scope="module")
def desks() -> Iterator[TwoDesks]:
    home = Home(Path(tempfile.mkdtemp()))  # a socket's path must be short
    settings = home.folder / "paper.toml"
    settings.write_text(PAPER)
    exchange = home.start("exchange", "--config", settings, *CHAINS)
    until((home.state / "paper" / "exchange" / "socket").exists, what="no exchange")
    paper = home.start("run", "--headless", "--config", settings)
    sim = home.start("run", "--headless", "--speed", "20", *CHAINS)
    folders = {}
    for mode, desk in (("PAPER", paper), ("SIM", sim)):
        assert desk.stderr is not None
        line = desk.stderr.readline()
        assert line.startswith("run "), line
        folders[mode] = home.state / mode.lower() / "runs" / line.split()[1]
    two = TwoDesks(home, [exchange, paper, sim], folders)
    for mode in folders:
        until((home.state / mode.lower() / "status.json").exists, what=f"no status of {mode}")
    yield two
    two.end()
    shutil.rmtree(home.folder)


def test_what_may_add_risk_wants_one_of_several_desks_named(desks: TwoDesks) -> None:
    said = desks.home.legdesk("resume")
    assert said.returncode == 2
    assert "several desks run: PAPER main, SIM " in said.stderr
    assert "--run or --mode" in said.stderr
    one = desks.home.legdesk("pause", "--mode", "paper")
    assert one.stdout.startswith("main: ") and one.stdout.count("\n") == 1
    assert desks.home.legdesk("resume", "--mode", "PAPER").returncode == 0
    every = desks.home.legdesk("pause")
    assert every.stdout.count("\n") == 2, "what takes risk away reaches every desk"


def test_status_shows_a_running_desk_and_names_the_others(desks: TwoDesks) -> None:
    shown = desks.home.legdesk("status").stdout
    assert shown.startswith("PAPER main ")
    assert "\nalso SIM " in shown and "`legdesk status --mode SIM`" in shown
    told = json.loads(desks.home.legdesk("status", "--json").stdout)
    assert told["mode"] == "PAPER" and [each["mode"] for each in told["also"]] == ["SIM"]
    alone = desks.home.legdesk("status", "--mode", "SIM").stdout
    assert alone.startswith("SIM ") and "PAPER" not in alone


def test_runs_of_every_mode_are_listed_and_found(desks: TwoDesks) -> None:
    rows = json.loads(desks.home.legdesk("runs", "--json").stdout)
    assert {(row["mode"], row["run"]) for row in rows} == {
        (mode, folder.name) for mode, folder in desks.folders.items()
    }
    lines = desks.home.legdesk("runs").stdout.splitlines()
    assert sorted(line.split()[1] for line in lines) == ["PAPER", "SIM"]
    wrong = desks.home.legdesk("journal", "show", "main", "--mode", "SIM")
    assert wrong.returncode == 2 and "there is no run main in" in wrong.stderr


def test_a_kill_reaches_the_desks_of_every_mode(desks: TwoDesks) -> None:
    said = desks.home.legdesk("kill", "--all")
    for mode, folder in desks.folders.items():
        assert KillLatch(folder).is_closed, (mode, said.stderr)


def test_the_report_of_the_run_that_was_written_last_is_shown_whatever_its_mode(
    desks: TwoDesks,
) -> None:
    desks.end()
    told = desks.home.legdesk("report", "--json", "--mode", "PAPER")
    assert json.loads(told.stdout)["header"]["mode"] == "PAPER", told.stderr
    for command in (("journal", "show", "main", "--limit", "1"), ("journal", "verify", "main")):
        named = desks.home.legdesk(*command)
        assert named.returncode == 0, named.stderr
    checked = desks.home.legdesk("check", "main")
    assert "state/paper/runs/main; only a run on the simulated exchange" in checked.stderr
    last = json.loads(desks.home.legdesk("report", "--json").stdout)["header"]
    newest = max(desks.folders.values(), key=lambda each: (each / "journal.db").stat().st_mtime_ns)
    assert last["run"] == newest.name
    span = desks.home.legdesk("report", "--from", "2000-01-01")
    assert span.returncode == 0, span.stderr
    assert "PAPER" in span.stdout and "SIM" in span.stdout
