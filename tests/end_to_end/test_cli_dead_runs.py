"""A desk that was killed: every command that looks says so, and how to go on."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.command_line import SMALL, Home
from tests.support.exchange_processes import until
from tests.support.terminal import Terminal

RUN = "sim-2026-11-20-seed46"
TOLD = f"`legdesk run --resume {RUN}`"


def test_the_screen_tells_of_it_until_a_key_does_something(tmp_path: Path) -> None:
    home = Home(tmp_path)
    folder = home.state / "sim" / "runs" / RUN
    assert home.legdesk("run", "--headless", "--until", "09:31").returncode == 0
    (folder / "journal.db-wal").touch()  # as a kill leaves it
    terminal = Terminal(home, "--no-warm-up", size=(80, 24))
    try:
        assert f"the last desk died; go on with {TOLD}" in terminal.until(
            "the last desk died", "RUN 15/15"
        )
        terminal.press("s")
        terminal.until(lambda text: "the last desk died" not in text)
    finally:
        terminal.close()


def test_a_run_whose_desk_was_killed_is_called_dead_and_how_to_go_on_is_told(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path)
    desk = home.start("run", "--headless", *SMALL, "--speed", "60")
    until((home.state / "sim" / "status.json").exists)
    assert home.legdesk("runs").stdout.endswith("running\n")
    assert not json.loads(home.legdesk("status", "--json").stdout)["died"]
    desk.kill()
    desk.communicate()
    for _ in range(2):  # the second time behind a report, which tidies the journal up
        status = home.legdesk("status").stdout.splitlines()[-1]
        assert "its desk died, nothing trades" in status and TOLD in status
        assert TOLD in home.legdesk("runs").stdout
        (row,) = json.loads(home.legdesk("runs", "--json").stdout)
        assert row["state"] == "died"
        assert json.loads(home.legdesk("status", "--json").stdout)["died"]
        (line,) = (r for r in home.legdesk("doctor").stdout.splitlines() if "last run" in r)
        assert line.startswith("warn") and TOLD in line
        assert home.legdesk("report").returncode == 0
    another = home.legdesk("run", "--headless", "--until", "09:31", "--run-dir", str(home.state))
    assert another.stderr.startswith("legdesk: the last desk died") and TOLD in another.stderr
    went_on = home.legdesk("run", "--resume", RUN, "--headless", "--until", "09:50")
    assert went_on.stdout.splitlines()[-1] == "book == broker"
    assert went_on.stderr.startswith("run ")
    rows = home.legdesk("runs").stdout.splitlines()
    assert [row.split()[-1] for row in rows] == ["ended", "ended"]
