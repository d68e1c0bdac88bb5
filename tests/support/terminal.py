"""`legdesk` in a real pseudo-terminal, its screen as a terminal emulator shows it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyte

from engine.book.balancer import PositionBalancer
from engine.brokers.execution import Execution
from engine.brokers.ledger import ExchangeLedger
from engine.brokers.ledger_file import read_ledger
from engine.journal.reading import read_events
from engine.orders import events as ev
from engine.state.desk import DeskState
from tests.support.command_line import Home

PATIENCE_S = 120.0
"""A limit for things that take tenths of a second on an idle machine."""

LOOK_S = 0.05

ENTER_ALTERNATE = b"\x1b[?1049h"
LEAVE_ALTERNATE = b"\x1b[?1049l"
SHOW_CURSOR = b"\x1b[?25h"
HIDE_CURSOR = b"\x1b[?25l"

ESCAPE = b"\x1b"
ENTER = b"\r"
KILL = b"\x0b"

SYNC_ASKED = b"\x1b[?2026$p"
SYNC_KNOWN = b"\x1b[?2026;2$y"
SYNC_BEGINS = b"\x1b[?2026h"
SYNC_ENDS = b"\x1b[?2026l"
"""Synchronised output: a terminal that knows it shows a picture only once it is whole."""

_NOT_FOR_PYTE = re.compile(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p|\x1bP.*?\x1b\\", re.S)
"""Keyboard protocol and mode questions, which pyte would print as text."""


class Terminal:
    """A program in a terminal of its own, and what the terminal shows.

    Args:
        home: whose home and state folder the program sees.
        arguments: of `legdesk`.
        size: columns and rows.
        nohup: whether the program is started with the hang-up signal switched off.
        script: whether the first argument is a script that is run in place of `legdesk`.
    """

    def __init__(
        self,
        home: Home,
        *arguments: str | Path,
        size: tuple[int, int] = (120, 40),
        nohup: bool = False,
        script: bool = False,
    ):
        self.home = home
        self.seen = bytearray()  # of a whole day: bytes would be copied with each piece
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self._pending = b""
        self._code: int | None = None
        program = [] if script else ["-m", "tui"]
        command = [sys.executable, *program, *map(str, arguments)]
        environment = home.environment(COLORTERM="truecolor", COLUMNS="100", LINES="30")
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(home.folder)
            if nohup:
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
            os.execve(sys.executable, command, environment)
        self._set_size(*size)

    # ------------------------------------------------------------------ looking

    @property
    def text(self) -> str:
        """What is on the screen now."""
        return "\n".join(self.screen.display)

    @property
    def said(self) -> str:
        """What the program printed after it gave the screen back."""
        return self.seen.rpartition(LEAVE_ALTERNATE)[2].decode(errors="replace")

    def read(self, within_s: float = LOOK_S) -> bool:
        """Take what the program has drawn; False once it has closed the terminal."""
        try:
            if not select.select([self.fd], [], [], within_s)[0]:
                return True
            piece = os.read(self.fd, 1 << 16)
        except OSError:
            return False
        if SYNC_ASKED in self.seen[1 - len(SYNC_ASKED) :] + piece and self.fd >= 0:
            os.write(self.fd, SYNC_KNOWN)
        self.seen += piece
        self._pending += piece
        # An escape sequence may be cut in two: what follows the last escape waits for more.
        cut = self._pending.rfind(b"\x1b") if len(self._pending) < 1 << 16 else -1
        whole = self._pending if cut < 0 or len(self._pending) - cut > 64 else self._pending[:cut]
        self._pending = self._pending[len(whole) :]
        self._show(whole)
        return bool(piece)

    def _show(self, output: bytes) -> None:
        """Have the screen take what the program has drawn.

        A program that ends gives the keyboard back before its last output is out: a key that is
        pressed then is echoed in the middle of a sequence, which pyte may not be able to read.
        """
        try:
            self._stream.feed(_NOT_FOR_PYTE.sub(b"", output))
        except TypeError:
            self._stream = pyte.ByteStream(self.screen)

    @property
    def _is_whole(self) -> bool:
        """Whether no picture is being painted now."""
        return self.seen.rfind(SYNC_BEGINS) <= self.seen.rfind(SYNC_ENDS)

    def _settle_text(self) -> None:
        self._show(self._pending)
        self._pending = b""

    def until(self, *wanted: str | Callable[[str], object], within_s: float = PATIENCE_S) -> str:
        """Read until a whole picture shows all words, and every test says yes; returns it.

        Args:
            wanted: words, or tests of the whole screen.
        """
        end = time.monotonic() + within_s

        def met() -> bool:
            return all(w in self.text if isinstance(w, str) else w(self.text) for w in wanted)

        while not (self._is_whole and met()):
            if time.monotonic() > end or not self.read():
                self._settle_text()
                if met():
                    break
                raise AssertionError(f"never showed {wanted}; it shows\n{self.text}")
        return self.text

    def follow(self, seconds: float) -> None:
        """Go on reading for so many seconds: what the program measures passes meanwhile."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and self.read(min(left, LOOK_S)):
            pass

    # ------------------------------------------------------------------ acting

    def press(self, *keys: str | bytes) -> None:
        """Type keys; each one is its own write."""
        for key in keys:
            os.write(self.fd, key.encode() if isinstance(key, str) else key)

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size, as a window manager does; the kernel sends SIGWINCH."""
        self._settle_text()
        self.screen.resize(rows, columns)
        self.screen.reset()
        self._set_size(columns, rows)

    def send(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        os.kill(self.pid, number)

    def hang_up(self) -> None:
        """Close the terminal's window."""
        os.close(self.fd)
        self.fd = -1

    # ------------------------------------------------------------------ the end

    def alive(self) -> bool:
        """Whether the process still runs."""
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code is None

    def ended(self, within_s: float = PATIENCE_S, reading: bool = True) -> int:
        """Wait for the end of the process; its exit code, negative where a signal ended it.

        Args:
            reading: whether the terminal takes what is drawn meanwhile.
        """
        end = time.monotonic() + within_s
        while self.alive():
            if time.monotonic() > end:
                raise AssertionError(f"still running; it shows\n{self.text}")
            if not (reading and self.fd >= 0 and self.read()):
                select.select([], [], [], LOOK_S)
        while reading and self.fd >= 0 and select.select([self.fd], [], [], 0)[0] and self.read():
            pass
        self._settle_text()
        assert self._code is not None
        return self._code

    def close(self) -> None:
        """End whatever still runs."""
        if self.alive():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        if self.fd >= 0:
            os.close(self.fd)

    # ------------------------------------------------------------------ what it left

    def status(self) -> dict[str, Any]:
        """The desk's status file, {} before there is one."""
        try:
            found: dict[str, Any] = json.loads(
                (self.home.state / "sim" / "status.json").read_text()
            )
        except FileNotFoundError:
            return {}
        return found

    def wait_for_status(self, test: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Wait, without reading the terminal, until the status file passes a test."""
        end = time.monotonic() + PATIENCE_S
        while not test(found := self.status()):
            assert self.alive(), "the program ended"
            assert time.monotonic() < end, found
            select.select([], [], [], LOOK_S)
        return found

    def _folded(self) -> tuple[Path, list[ev.Event], DeskState]:
        (path,) = (self.home.state / "sim").rglob("journal.db")
        state = DeskState(PositionBalancer(100_000))
        rows = list(read_events(path))
        state.apply_all(rows)
        return path.parent, [event for _, event in rows], state

    def live_orders(self) -> list[str]:
        """Orders that may still execute, as far as the journal of the only run knows."""
        return list(self._folded()[2].orders.live)

    def assert_settled(self) -> list[ev.Event]:
        """The journal ends, nothing works, and the exchange's ledger agrees; its events."""
        folder, events, state = self._folded()
        assert isinstance(events[-1], ev.SessionEnded), events[-1]
        assert not state.orders.live
        ledger = ExchangeLedger()
        for entry in read_ledger(folder / "exchange.jsonl"):
            assert isinstance(entry, Execution), "no session here reaches a settlement"
            ledger.book(entry)
        assert state.contracts.difference(ledger.positions()) == ()
        assert state.contracts.cash_c == ledger.cash_c
        assert "P1 JOURNAL" not in (folder / "report.txt").read_text()
        return events


Open = Callable[..., Terminal]
"""What the fixture `terminal` is: arguments of the program and a size to an open terminal."""
