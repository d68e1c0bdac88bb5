"""Somebody with a key, on a machine where Alpaca is a process of the test."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.run_folder.lock import holder
from tests.support.alpaca_facade import AlpacaFacade
from tests.support.command_line import PROJECT, Home
from tests.support.exchange_processes import BUSY, until

ON_LOOPBACK = """
import time
import engine.brokers.alpaca.hosts as hosts
import engine.market.clock as clock
for mode in hosts.HOSTS:
    hosts.HOSTS[mode] = hosts.Hosts(*{hosts!r})
clock.SystemClock.epoch_s = lambda self: time.time() + {shift_s!r}
"""
"""In every process of the test: Alpaca is on this machine, and the time that of its session."""

SETTINGS = (
    BUSY.replace("cancel_after_seconds = 1.5", "cancel_after_seconds = 4.0")
    .replace("0.45", "0.8")
    .replace("0.55", "0.2")
    .replace("[simulation]", "[broker]")
)
RUN = ("run", "--broker", "alpaca", "--paper", "--headless", "--config")
LIVE_STATES = ("new", "partially_filled", "pending_cancel")


@dataclass(frozen=True)
class Customer(Home):
    """Somebody with a key, and a machine on which Alpaca is a process of this test.

    Args:
        mode: of the account at the façade, as folders are named.
    """

    mode: str = "paper"

    def environment(self, **more: str) -> dict[str, str]:
        return super().environment(
            PYTHONPATH=f"{self.folder / 'site'}{os.pathsep}{PROJECT}",
            PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring",
            **more,
        )

    def typed(self, *arguments: str, lines: str) -> subprocess.CompletedProcess[str]:
        """Run a command that reads what somebody types."""
        return subprocess.run(
            [sys.executable, "-m", "tui", *arguments],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=300,
            input=lines,
        )

    @property
    def root(self) -> Path:
        """The folder of the mode."""
        return self.state / self.mode

    @property
    def gateway(self) -> Path:
        return self.root / "gateway" / "alpaca-main"


@contextmanager
def customer_of(facade: AlpacaFacade, mode: str = "paper") -> Iterator[Customer]:
    """A home of somebody with a key at the façade; its gateway is ended afterwards."""
    folder = Path(tempfile.mkdtemp())  # a socket's path must be short
    (folder / "site").mkdir()
    shift_s = facade.clock._shift_s
    text = ON_LOOPBACK.format(hosts=tuple(facade.hosts), shift_s=shift_s)
    (folder / "site" / "sitecustomize.py").write_text(text)
    (folder / "c.toml").write_text(SETTINGS)
    made = Customer(folder, mode)
    try:
        yield made
    finally:
        process = holder(made.gateway)
        if process is not None:
            os.kill(process, signal.SIGTERM)
            until(lambda: holder(made.gateway) is None)
        shutil.rmtree(folder)
