"""From `legdesk` to its first paint in a real pty, against a bare Textual screen in the same run.

    python benchmarks/bench_startup.py [--runs 7]

First paint is the first output that moves the cursor and writes words: the splash, before the
warm-up has traded anything. Wall time with a warm file cache, the best and the median of the
runs; start-up also waits for whatever else the machine does. Then what must not have been
imported by then: pandas, pyarrow and broker SDKs. It fails where one was.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COLUMNS, ROWS = 200, 50
GIVE_UP_S = 20.0
FIRST_S, THEN_S = 0.6, 0.4
FORBIDDEN = (
    "pandas", "pyarrow", "exchange_calendars", "alpaca", "ib_insync", "ib_async", "ibapi",
    "tastytrade", "schwab",
)  # fmt: skip

BARE = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static("nothing but words")

Bare().run()
"""

LISTING = """
import atexit, sys
atexit.register(lambda: open({path!r}, "w").write("\\n".join(sorted(sys.modules))))
"""

_ESCAPES = re.compile(
    rb"\x1b(?:\[[0-9;?<=>]*[ -/]*[@-~]|[PX^_].*?\x1b\\\\|\].*?(?:\x07|\x1b\\\\)|.)"
)
_WORDS = re.compile(rb"[A-Za-z]{3,}")


def start(arguments: list[str], home: str, *path: str) -> tuple[int, int]:
    """Start a program in a pty; its process id and the pty's file descriptor.

    Args:
        arguments: of the Python interpreter.
        home: its home and state folder.
        path: folders from which it imports before the project.
    """
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", HOME=home)
        os.environ.update(LANG="C.UTF-8", LC_ALL="C.UTF-8", XDG_STATE_HOME=home)
        os.environ["PYTHONPATH"] = os.pathsep.join((*path, str(ROOT)))
        os.execv(sys.executable, [sys.executable, *arguments])
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    return pid, fd


def first_paint_s(arguments: list[str], listing: Path | None = None) -> float:
    """Start a program in a pty and return the seconds until it has painted words.

    Args:
        arguments: of the Python interpreter.
        listing: a file to which the program writes what it imported, when it ends.
    """
    with tempfile.TemporaryDirectory() as home:
        if listing is not None:
            (Path(home) / "sitecustomize.py").write_text(LISTING.format(path=str(listing)))
        began = time.perf_counter()
        pid, fd = start(arguments, home, home)
        try:
            return _wait(fd, began)
        finally:
            _end(pid, fd, gently=listing is not None)


def _wait(fd: int, began: float) -> float:
    seen = b""
    while (left := began + GIVE_UP_S - time.perf_counter()) > 0:
        if not select.select([fd], [], [], left)[0]:
            break
        try:
            seen += os.read(fd, 1 << 16)
        except OSError:
            break
        if b"\x1b[?1049h" in seen and _WORDS.search(_ESCAPES.sub(b" ", seen)):
            return time.perf_counter() - began
    raise SystemExit(f"no paint; the program said: {seen[-400:]!r}")


def _end(pid: int, fd: int, gently: bool) -> None:
    if gently:
        os.kill(pid, signal.SIGTERM)
        ends_s = time.perf_counter() + GIVE_UP_S
        while time.perf_counter() < ends_s:
            if select.select([fd], [], [], 0.05)[0]:
                with contextlib.suppress(OSError):
                    os.read(fd, 1 << 16)
            if os.waitpid(pid, os.WNOHANG)[0]:
                os.close(fd)
                return
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(fd)


def main() -> int:
    parser = argparse.ArgumentParser(description="From start to first paint.")
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    desk, bare = ["-m", "tui"], ["-c", BARE]
    first_paint_s(desk), first_paint_s(bare)
    times: dict[str, list[float]] = {"desk": [], "bare": []}
    for _ in range(runs):
        times["bare"].append(first_paint_s(bare))
        times["desk"].append(first_paint_s(desk))
    for name, words in (("bare", "bare Textual screen"), ("desk", "legdesk, its splash")):
        best, median = min(times[name]), statistics.median(times[name])
        print(f"{words:20s} first paint: best {best:.2f} s, median {median:.2f} s")
    print(
        f"ratio {min(times['desk']) / min(times['bare']):.2f}; target {FIRST_S} s, then {THEN_S} s"
    )
    with tempfile.TemporaryDirectory() as folder:
        listing = Path(folder) / "modules"
        first_paint_s(desk, listing)
        if not listing.exists():
            print("legdesk did not end when asked, so its imports are not known", file=sys.stderr)
            return 1
        names = listing.read_text().split("\n")
    found = sorted({name.partition(".")[0] for name in names} & set(FORBIDDEN))
    print(f"{len(names)} modules; of those that may not be there: {', '.join(found) or 'none'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
