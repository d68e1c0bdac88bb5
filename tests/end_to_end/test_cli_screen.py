"""Plain `legdesk` in a real terminal: it draws, it settles, its last line says how."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.command_line import SMALL, STARTED, Home

ENOUGH_S = 120.0


def read_until(terminal: int, words: bytes | None) -> bytes:
    """What the terminal shows until `words` come, or to its end."""
    shown = b""
    deadline = time.monotonic() + ENOUGH_S
    while words is None or words not in shown:
        ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, shown[-2000:]
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            piece = b""
        if not piece:
            return shown
        shown += piece
    return shown


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_settles_the_desk_and_the_last_line_says_how_the_books_compare(
    number: signal.Signals, tmp_path: Path
) -> None:
    home = Home(tmp_path)
    ours, theirs = pty.openpty()
    os.set_blocking(ours, True)
    running = subprocess.Popen(
        [sys.executable, "-m", "tui", "--no-warm-up", *SMALL],
        cwd=tmp_path,
        env=home.environment(),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        text=True,
    )
    STARTED.append(running)
    os.close(theirs)
    read_until(ours, b"SPY")
    running.send_signal(number)
    shown = read_until(ours, None)
    os.close(ours)
    assert running.wait(ENOUGH_S) == 0
    *_, last = lines = shown.decode(errors="replace").splitlines()
    assert last == "book == broker"
    words = [line.split(maxsplit=1) for line in lines[-7:-1]]
    assert [name for name, _ in words] == ["guaranteed", "this", "open", "traded", "cash", "report"]
    floor = json.loads(Path(words[-1][1]).with_name("report.json").read_text())["money"]["floor_c"]
    assert words[0][1].startswith(f"{floor / 100:+,.2f} at expiration" if floor else "0.00 at exp")
    assert home.legdesk("status").stdout.splitlines()[-1].startswith("OLD: the run has ended")


def test_an_unknown_theme_is_refused_before_the_screen_is_taken(tmp_path: Path) -> None:
    home = Home(tmp_path)
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "tui", "--theme", "plaid"],
        cwd=tmp_path,
        env=home.environment(),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        timeout=ENOUGH_S,
    )
    said = os.read(ours, 10_000).decode()
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 2
    assert "there is no theme 'plaid'; there are dark-grey" in said
    assert not home.state.exists()
