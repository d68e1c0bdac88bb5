"""From a key to its paint, by the clock, in a pty: the whole program with its engine at 1x.

    python benchmarks/bench_keys.py [TRADERS ...] [--seconds 20] [--size 200x60]

Each desk trades from the open at the speed of time, its journal on disk and every pane live; it is
left alone until each chain has been quoted, 70 s for 1,000 traders. Then nobody presses a key at
first: what the screen's thread and the whole program take of a core. Then the cursor goes down and
up a list that is sorted by symbol, at moments that follow no beat. A key is painted when the
terminal has read the cursor in another row; output of a beat in between does not count.
The baseline, in the same run, is a program that sends each byte back: what pty and machine take.

Beside it stands for how long of a key the screen's thread could run and had no core, as the kernel
tells it. Where an echo takes too long the machine is too busy: the last line says so, and the exit
code is 3.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import random
import re
import select
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.bench_startup import start  # noqa: E402
from benchmarks.bench_thousand import config_of  # noqa: E402

GIVE_UP_S = 240.0
SETTLE_S, SETTLE_TRADER_S = 10.0, 0.06
"""Until every chain has been quoted, for which the simulated exchange makes its first quotes."""
PAINT_WITHIN_S = 3.0
EVERY_S = (0.09, 0.19)
STEPS = 12
"""Rows that the cursor goes down before it goes up again."""

TARGET_P99_MS, TARGET_CORE = 30.0, 15.0
BUSY_MS = 5.0
"""An echo later than this once in a hundred times is the machine's."""

ECHO = """
import os, tty
tty.setraw(0)
while byte := os.read(0, 1):
    os.write(1, byte)
"""

CURSOR = "▸".encode()
_PLACES = re.compile(rb"\x1b\[(\d+);(\d+)H|" + CURSOR)
_AT_THE_LEFT = 8


class Cursor:
    """The row of the list's cursor, as the terminal reads it.

    Attributes:
        row: on the screen; 0 before it was seen.
    """

    def __init__(self) -> None:
        self.row = 0
        self._at = (0, 0)
        self._rest = b""

    def read(self, output: bytes) -> None:
        """Follow what the terminal was sent."""
        text = self._rest + output
        end = 0
        for found in _PLACES.finditer(text):
            end = found.end()
            if found[1]:
                self._at = int(found[1]), int(found[2])
            elif self._at[1] <= _AT_THE_LEFT:
                self.row = self._at[0]
        self._rest = text[max(end, len(text) - 12) :]  # a place may come in two pieces


class Program:
    """A program in a pty.

    Args:
        arguments: of the Python interpreter.
        home: its home and state folder.
        size: columns and rows.
    """

    def __init__(self, arguments: list[str], home: str, size: tuple[int, int]) -> None:
        self.pid, self.fd = start(arguments, home)
        self.cursor = Cursor()
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    def press(self, keys: bytes) -> None:
        os.write(self.fd, keys)

    def read(self, within_s: float) -> bytes:
        """What comes first within so many seconds."""
        if not select.select([self.fd], [], [], max(0.0, within_s))[0]:
            return b""
        with contextlib.suppress(OSError):
            output = os.read(self.fd, 1 << 16)
            self.cursor.read(output)
            return output
        raise SystemExit("the program has ended")

    def watch(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.read(left)

    def cpu_s(self) -> tuple[float, float]:
        """CPU seconds of the screen's thread, and of the program."""
        return tuple(
            sum(map(int, Path(path).read_text().rpartition(")")[2].split()[11:13]))
            / os.sysconf("SC_CLK_TCK")
            for path in (f"/proc/{self.pid}/task/{self.pid}/stat", f"/proc/{self.pid}/stat")
        )  # type: ignore[return-value]

    def waited_ms(self) -> float:
        """Milliseconds for which the screen's thread could run and had no core; NaN if untold."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            stat = Path(f"/proc/{self.pid}/task/{self.pid}/schedstat").read_text()
            return int(stat.split()[1]) / 1e6
        return float("nan")

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def echo_ms(seconds: float) -> list[float]:
    """Milliseconds from a byte to its echo."""
    with tempfile.TemporaryDirectory() as home:
        program = Program(["-c", ECHO], home, (80, 24))
        try:
            program.watch(0.5)
            took, moments = [], random.Random(7)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                pressed = time.monotonic()
                program.press(b"j")
                if program.read(PAINT_WITHIN_S):
                    took.append(1e3 * (time.monotonic() - pressed))
                program.watch(moments.uniform(*EVERY_S) / 4)
            return took
        finally:
            program.end()


def keys_ms(program: Program, seconds: float) -> tuple[list[float], list[float], int]:
    """Milliseconds from a key to its paint, how much of it a core was waited for, keys lost."""
    took: list[float] = []
    waited: list[float] = []
    lost = number = 0
    moments, until = random.Random(7), time.monotonic() + seconds
    while time.monotonic() < until:
        program.watch(moments.uniform(*EVERY_S))
        before, had = program.cursor.row, program.waited_ms()
        pressed = time.monotonic()
        program.press(b"\x1b[B" if number // STEPS % 2 == 0 else b"\x1b[A")
        number += 1
        while program.cursor.row == before:
            left = pressed + PAINT_WITHIN_S - time.monotonic()
            if left <= 0:
                lost += 1
                break
            program.read(left)
        else:
            took.append(1e3 * (time.monotonic() - pressed))
            waited.append(program.waited_ms() - had)
    return took, waited, lost


def desk(traders: int, seconds: float, size: tuple[int, int]) -> tuple[list[float], int, float]:
    """Print a desk's line: its keys, those that were lost, per cent of a core of the screen."""
    simulation = config_of(traders).simulation
    with tempfile.TemporaryDirectory() as home:
        arguments = ["-m", "tui", "run", "--no-warm-up", "--speed", "1", "--state-dir", home]
        arguments += ["--symbols", ",".join(simulation.symbols)]
        arguments += ["--expirations", str(simulation.expirations_per_symbol)]
        program = Program(arguments, home, size)
        try:
            give_up_s = time.monotonic() + GIVE_UP_S
            while not _runs(Path(home)):
                program.watch(0.5)
                if time.monotonic() > give_up_s:
                    raise SystemExit(f"no desk of {traders} traders within {GIVE_UP_S:.0f} s")
            program.press(b"\x1b")  # no tour
            program.watch(1.0)
            program.press(b":sort symbol\r")
            program.watch(SETTLE_S + SETTLE_TRADER_S * traders)
            if not program.cursor.row:
                raise SystemExit("no list with a cursor was painted")
            began, before = time.monotonic(), program.cpu_s()
            program.watch(seconds)
            passed, after = time.monotonic() - began, program.cpu_s()
            screen, whole = (100 * (b - a) / passed for a, b in zip(before, after, strict=True))
            took, waited, lost = keys_ms(program, seconds)
        finally:
            program.end()
    print(
        f"{traders:>7,} {len(took):>6} {_told(took)} {_told(waited)} {lost:>6} {screen:>9.1f} "
        f"{whole:>9.1f}",
        flush=True,
    )
    return took, lost, screen


def _runs(home: Path) -> bool:
    for path in home.glob("**/status.json"):
        with contextlib.suppress(ValueError):
            return bool(json.loads(path.read_text()).get("state") == "RUN")
    return False


def _p99(took: list[float]) -> float:
    return sorted(took)[int(0.99 * (len(took) - 1))] if took else float("nan")


def _told(took: list[float]) -> str:
    middle = statistics.median(took) if took else float("nan")
    return f"{middle:>8.1f} {_p99(took):>8.1f}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("traders", type=int, nargs="*", default=[15, 100, 1000])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--size", default="200x60")
    options = parser.parse_args()
    columns, _, rows = options.size.partition("x")
    print("traders   keys   p50 ms   p99 ms  no core, p50, p99   lost  screen %   whole %")
    echoes = echo_ms(min(5.0, options.seconds))
    print(f"{'echo':>7} {len(echoes):>6} {_told(echoes)}")
    missed = False
    for traders in options.traders:
        took, lost, screen = desk(traders, options.seconds, (int(columns), int(rows)))
        print(f"{traders:>7,} p99 {_p99(took) / _p99(echoes):,.0f} x the echo's")
        missed |= lost > 0 or not took or _p99(took) > TARGET_P99_MS or screen > TARGET_CORE
    echoes += echo_ms(min(5.0, options.seconds))
    target = (
        f"key to paint p99 <= {TARGET_P99_MS:.0f} ms, the screen <= {TARGET_CORE:.0f} % of a core"
    )
    print(f"target: {target}: {'missed' if missed else 'met'}")
    if _p99(echoes) > BUSY_MS:
        print(f"not a measurement: the echo's p99 is {_p99(echoes):.1f} ms, the machine is busy")
        return 3
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
