"""Memory of the whole program in a real pty, the simulated exchange inside, against a bare screen.

    python benchmarks/bench_memory.py [TRADERS ...]

Resident memory of the process: at the open, once every chain has been quoted, and after the warm-up
to mid-morning, with every order of three quarters of an hour. The orders of that are as many as a
live desk sends in a day: 100 traders some 34,000.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.bench_startup import BARE, start

ROOTS = ("AAPL", "MSFT", "NVDA", "AMZN", "SPY", "QQQ", "GOOGL", "TSLA", "AMD", "NFLX")
QUOTED_S = 20.0
"""So long after the open every trader has asked for its chain."""

GIVE_UP_S = 120.0
TARGET_MB = 120


def resident_mb(pid: int) -> float:
    """Resident memory of a process, megabytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise SystemExit("the program has ended")


class Screen:
    """A program in a pty, whose output is read and thrown away.

    Args:
        arguments: of the Python interpreter.
        home: its home and state folder.
    """

    def __init__(self, arguments: list[str], home: str) -> None:
        self.pid, self.fd = start(arguments, home)

    def look(self, seconds: float) -> None:
        """Let it paint for a while."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if select.select([self.fd], [], [], left)[0]:
                with contextlib.suppress(OSError):
                    os.read(self.fd, 1 << 16)

    def end(self) -> None:
        """Stop it, at once."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def status_of(folder: Path) -> dict[str, object]:
    """What the desk writes once a second; nothing before it has begun."""
    for path in folder.glob("**/status.json"):
        found: dict[str, object] = json.loads(path.read_text())
        return found
    return {}


def desk_mb(traders: int, *, warm: bool) -> tuple[float, int]:
    """Resident megabytes of a desk, and the orders it had sent.

    Args:
        traders: expirations over ten roots, or over fewer where there are fewer traders.
        warm: after the warm-up, or else at the open.
    """
    roots = ROOTS[: min(len(ROOTS), traders)]
    with tempfile.TemporaryDirectory() as home:
        arguments = ["-m", "tui", "--symbols", ",".join(roots), "--state-dir", home]
        arguments += ["--expirations", str(traders // len(roots))]
        screen = Screen(arguments + ([] if warm else ["--no-warm-up"]), home)
        try:
            give_up_s = time.monotonic() + GIVE_UP_S
            while status_of(Path(home)).get("state") != "RUN":
                screen.look(0.5)
                if time.monotonic() > give_up_s:
                    raise SystemExit(f"no desk of {traders} traders within {GIVE_UP_S:.0f} s")
            screen.look(2.0 if warm else QUOTED_S)
            return resident_mb(screen.pid), int(str(status_of(Path(home))["orders_today"]))
        finally:
            screen.end()


def main() -> int:
    parser = argparse.ArgumentParser(description="Memory of the whole program.")
    parser.add_argument("traders", type=int, nargs="*", default=[10, 100])
    with tempfile.TemporaryDirectory() as home:
        bare = Screen(["-c", BARE], home)
        bare.look(3.0)
        bare_mb = resident_mb(bare.pid)
        bare.end()
    print(f"bare Textual screen {bare_mb:.0f} MB")
    print("traders  when                orders      MB  ratio")
    for traders in parser.parse_args().traders:
        for warm, words in ((False, "at the open"), (True, "after the warm-up")):
            megabytes, orders = desk_mb(traders, warm=warm)
            ratio = megabytes / bare_mb
            print(
                f"{traders:7d}  {words:18s} {orders:7d} {megabytes:7.0f} {ratio:5.1f}x", flush=True
            )
    print(f"target: {TARGET_MB} MB with 100 traders")
    return 0


if __name__ == "__main__":
    sys.exit(main())
