"""The terminal under load, in a real pty: CPU of the screen and the time from a key to its paint.

    python benchmarks/bench_terminal.py [rows ...] [--seconds 8]

Each run shows `rows` live traders at 200x50 while one row in ten changes four times a second. The
baseline, in the same run, is Textual's DataTable with update_cell for the visible rows. Prints
CPU in per cent of a core, key-to-paint p50 and p99, and the ratio to the baseline.
"""

from __future__ import annotations

import argparse
import fcntl
import gc
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.snapshot import EngineSnapshot, TraderView

ROOT = Path(__file__).resolve().parent.parent
COLUMNS, ROWS = 200, 50
KEY_EVERY_S = 0.11
SETTLE_S = 2.0


def show_desk(rows: int) -> None:
    sys.path.insert(0, str(ROOT))
    from tests.support.fake_desk import FakeDesk
    from tests.support.sample_snapshots import many
    from tui.app import DeskApp
    from tui.bridge import Bridge

    pictures = [many(rows, version, version) for version in range(1, 13)]

    class Changing(FakeDesk):
        def snapshot(self) -> EngineSnapshot:
            return pictures[int(time.monotonic() * 4) % len(pictures)]

    DeskApp(Bridge(Changing(pictures[0]))).run()


def show_table(rows: int) -> None:
    sys.path.insert(0, str(ROOT))
    from rich.text import Text
    from textual.app import App, ComposeResult
    from textual.widgets import DataTable

    from tests.support.sample_snapshots import many
    from tui.state import ScreenState
    from tui.text.glyphs import UNICODE
    from tui.viewmodel import trader_columns
    from tui.viewmodel.view import View

    pictures = [many(rows, version, version) for version in range(1, 13)]

    gc.freeze()  # as the desk's app does at its start: the baseline gets the same chance

    class Baseline(App[None]):
        def compose(self) -> ComposeResult:
            yield DataTable(cursor_type="row")

        def on_mount(self) -> None:
            table = self.query_one(DataTable)
            for column in trader_columns.COLUMNS:
                table.add_column(column.title or "-", key=column.title or "-")
            for trader in pictures[0].traders:
                table.add_row(*self.cells(pictures[0], trader), key=trader.key)
            self.set_interval(0.25, self.beat)

        def cells(self, picture: EngineSnapshot, trader: TraderView) -> list[Text]:
            view = View(picture, ScreenState(), UNICODE)
            found = []
            for column in trader_columns.COLUMNS:
                cell = column.cell(trader, view)
                found.append(Text(cell if isinstance(cell, str) else str(cell[0])))
            return found

        def beat(self) -> None:
            table = self.query_one(DataTable)
            picture = pictures[int(time.monotonic() * 4) % len(pictures)]
            top = int(table.scroll_y)
            for trader in picture.traders[top : top + table.size.height]:
                cells = self.cells(picture, trader)
                for column, cell in zip(trader_columns.COLUMNS, cells, strict=True):
                    key = column.title or "-"
                    if table.get_cell(trader.key, key) != cell:
                        table.update_cell(trader.key, key, cell)

    Baseline().run()


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def drain(fd: int, until: float) -> int:
    seen = 0
    while (left := until - time.monotonic()) > 0:
        if select.select([fd], [], [], left)[0]:
            seen += len(os.read(fd, 1 << 16))
    return seen


def measure(what: str, rows: int, seconds: float) -> tuple[float, float, float]:
    """CPU per cent without keys, then p50 and p99 of key to paint in milliseconds."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", TEXTUAL_FPS="240")
        os.environ.update(LANG="C.UTF-8", LC_ALL="C.UTF-8")
        os.environ.pop("NO_COLOR", None)
        arguments = [sys.executable, __file__, str(rows), "--show", what]
        os.execv(sys.executable, arguments)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    try:
        os.kill(pid, signal.SIGWINCH)
        settle = time.monotonic() + SETTLE_S + rows / 400
        while drain(fd, time.monotonic() + 0.5) == 0 and time.monotonic() < settle + 20:
            pass
        drain(fd, time.monotonic() + SETTLE_S + rows / 1000)
        began, before = time.monotonic(), cpu_s(pid)
        drain(fd, began + seconds)
        cpu = 100 * (cpu_s(pid) - before) / (time.monotonic() - began)
        waits = []
        end = time.monotonic() + seconds
        # As many up as down: a key at the end of the table has nothing to paint.
        direction = -1
        while time.monotonic() < end:
            direction += 1
            drain(fd, time.monotonic() + 0.012)
            pressed = time.monotonic()
            os.write(fd, b"\x1b[B" if direction % 60 < 30 else b"\x1b[A")
            if select.select([fd], [], [], 5)[0]:
                os.read(fd, 1 << 16)
            waits.append(1000 * (time.monotonic() - pressed))
            drain(fd, pressed + KEY_EVERY_S)
        waits.sort()
        return cpu, waits[len(waits) // 2], waits[min(len(waits) - 1, int(0.99 * len(waits)))]
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(fd)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("rows", type=int, nargs="*", default=[1000, 5000])
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--show", choices=("desk", "table"))
    options = parser.parse_args()
    if options.show:
        {"desk": show_desk, "table": show_table}[options.show](options.rows[0])
        return
    print(f"{'rows':>6} {'screen':<10} {'CPU %':>7} {'p50 ms':>8} {'p99 ms':>8}  CPU ratio")
    for rows in options.rows:
        base = measure("table", rows, options.seconds)
        print(f"{rows:>6} {'DataTable':<10} {base[0]:>7.1f} {base[1]:>8.1f} {base[2]:>8.1f}  1.0")
        desk = measure("desk", rows, options.seconds)
        ratio = desk[0] / base[0] if base[0] else float("nan")
        print(
            f"{rows:>6} {'desk':<10} {desk[0]:>7.1f} {desk[1]:>8.1f} {desk[2]:>8.1f}  {ratio:.2f}"
        )


if __name__ == "__main__":
    main()
