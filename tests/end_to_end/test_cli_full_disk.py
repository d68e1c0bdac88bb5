"""A disk without room: a run says so in a sentence, and what was written can be resumed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import SMALL, Home

LIMITED = """
import resource, sys
sys.dont_write_bytecode = True
size = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
from tui.cli.main import main
sys.exit(main(sys.argv[2:]))
"""
"""No file may grow beyond a size, as on a full disk."""


def limited(home: Home, size: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LIMITED, str(size), *arguments],
        cwd=home.folder,
        env=home.environment(),
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize("size", [2_000, 9_000, 20_000, 40_000, 60_000])
def test_a_disk_without_room_ends_a_run_in_sentences_wherever_it_happens(
    size: int, tmp_path: Path
) -> None:
    home = Home(tmp_path)
    ended = limited(home, size, "run", "--headless", *SMALL, "--until", "10:00")
    said = ended.stdout + ended.stderr
    assert ended.returncode in (1, 2), said
    assert "Traceback" not in said and "legdesk's own" not in said
    assert "cannot be written" in ended.stderr or "check the disk" in ended.stderr
    runs = home.legdesk("runs")
    if ended.returncode == 2:
        assert "no run in" in runs.stderr, "nothing was begun, and nothing is left"
    else:
        went_on = home.legdesk(
            "run", "--headless", "--resume", "sim-2026-11-20-seed46", "--until", "10:05"
        )
        assert went_on.returncode == 0, went_on.stderr
        assert went_on.stdout.splitlines()[-1] == "book == broker"
