"""Run the command line as a user does: a process of its own, with a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from engine.brokers.recorded import RecordingMeta, SessionRecorder
from engine.exchange.quotes.market import SimulatedMarket
from engine.market.calendar import xnys
from tests.support.command_server import run_command

PROJECT = Path(__file__).resolve().parent.parent.parent
SMALL = ("--symbols", "SPY", "--expirations", "2")

STARTED: list[subprocess.Popen[str]] = []
"""What `Home.start` has started."""


@dataclass(frozen=True)
class Home:
    """A home folder, a state folder in it, and the environment that points there."""

    folder: Path

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def environment(self, **more: str) -> dict[str, str]:
        """The variables a process needs, and none that changes what it does."""
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "SYSTEMROOT")}
        return {
            **kept,
            "HOME": str(self.folder),
            "TERM": "xterm-256color",
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(PROJECT),
            "LEGDESK_STATE_DIR": str(self.state),
            **more,
        }

    def legdesk(self, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        """Run `legdesk` to its end; forked, unless its Python is to be another than that of tests."""
        words, environment = [*map(str, arguments)], self.environment(**more)
        if environment["PYTHONPATH"] == str(PROJECT):
            return run_command(words, self.folder, environment, 300.0)
        return subprocess.run(
            [sys.executable, "-m", "tui", *words],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            stdin=subprocess.DEVNULL,
        )

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start `legdesk` and leave it running."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tui", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        STARTED.append(process)
        return process


def record_small_session(folder: Path, minutes: int = 20) -> Path:
    """Record the first minutes of a simulated day: one symbol, one expiration."""
    day = date(2026, 11, 20)
    hours = xnys().session(day)
    assert hours is not None
    opens_s, closes_s = hours.opens.timestamp(), hours.closes.timestamp()
    market = SimulatedMarket(
        5, day, opens_s, closes_s, symbols=("SPY",), expirations_per_symbol=2, calendar=xnys()
    )
    expiration = market.expirations("SPY", opens_s)[-1]
    with SessionRecorder(folder, RecordingMeta(folder.name, underlying="SPY")) as recorder:
        for minute in range(1, minutes + 1):
            at_s = opens_s + 60.0 * minute
            chain = market.chain("SPY", expiration, at_s)
            assert chain is not None
            recorder.sample(chain, at_s)
    return folder
