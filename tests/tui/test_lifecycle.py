"""Starting and ending in a real terminal: signals, a lost terminal, an error in the screen."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from queue import Queue
from typing import TextIO

import pytest

from engine.commands import Ask
from tests.support import sample_snapshots as desks
from tests.support.fake_desk import FakeDesk
from tui import lifecycle
from tui.bridge import Bridge
from tui.lifecycle import EnvironmentRefusedError, describe, prepare, takes_output

PROGRAM = """
import os, sys
sys.path.insert(0, {root!r})
from tui.lifecycle import prepare, run
prepare("SIM", os.environ)
from tests.support.fake_desk import FakeDesk
from tui.app import DeskApp
from tui.bridge import Bridge

class Noted(FakeDesk):
    def stop(self, drain=True):
        with open({note!r}, "a") as note:
            note.write(f"stopped drain={{drain}}\\n")
        return super().stop(drain)

{trouble}
words = run(DeskApp(Bridge(Noted()), environment={{}}))
with open({note!r}, "a") as note:
    note.write(words + "\\n")
"""

TROUBLE = """
def broken(*arguments):
    password = "hunter2"
    raise ValueError("no such row")
from tui.viewmodel import panes
panes.PANES["alarms"] = (6, broken)
"""


class Terminal:
    """A program in a pty of its own."""

    def __init__(self, tmp_path: Path, trouble: str = "") -> None:
        self.note = tmp_path / "note"
        root = str(Path(__file__).resolve().parents[2])
        program = PROGRAM.format(root=root, note=str(self.note), trouble=trouble)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # `nohup` has it ignored
            os.environ.update(TERM="xterm-256color", LANG="C.UTF-8", LINES="24", COLUMNS="80")
            os.execv(sys.executable, [sys.executable, "-c", program])
        self.seen = b""

    def until(self, words: bytes, limit_s: float = 120) -> None:
        end = time.monotonic() + limit_s
        while words not in self.seen and time.monotonic() < end:
            if not self.read(0.2):
                break
        assert words in self.seen, self.seen[-2000:]

    def read(self, wait_s: float) -> bool:
        try:
            if select.select([self.fd], [], [], wait_s)[0]:
                self.seen += os.read(self.fd, 1 << 16)
        except OSError:
            return False
        return True

    def ended(self, limit_s: float = 120) -> int:
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                return os.waitstatus_to_exitcode(status)
            if not self.read(0.05):
                select.select([], [], [], 0.02)
        raise AssertionError("still running")

    def close(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


@pytest.fixture
def terminal(tmp_path):
    opened = []

    def open_it(trouble: str = "") -> Terminal:
        opened.append(Terminal(tmp_path, trouble))
        return opened[-1]

    yield open_it
    for found in opened:
        found.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_settles_the_desk_and_gives_the_terminal_back(terminal, number):
    program = terminal()
    program.until(b"TRADERS")
    os.kill(program.pid, number)
    assert program.ended() == 0
    assert program.note.read_text().splitlines() == [
        "stopped drain=True",
        "settled: book == broker, 0 working",
    ]
    assert b"\x1b[?1049l" in program.seen


def test_a_terminal_that_goes_away_settles_the_desk(terminal):
    program = terminal()
    program.until(b"TRADERS")
    os.close(program.fd)
    program.fd = os.open(os.devnull, os.O_RDONLY)
    program.ended()
    assert "stopped drain=True" in program.note.read_text()


def test_a_terminal_that_takes_no_more_output_does_not_keep_a_signal_from_settling(terminal):
    program = terminal()
    program.until(b"TRADERS")
    # Nobody reads any more: mode changes of the screen fill the pty and then Textual's queue.
    for _ in range(400):
        if select.select([], [program.fd], [], 0)[1]:
            os.write(program.fd, b"T3+_1sS")
        select.select([], [], [], 0.005)
    os.kill(program.pid, signal.SIGTERM)
    end = time.monotonic() + 120
    while time.monotonic() < end and not os.waitpid(program.pid, os.WNOHANG)[0]:
        select.select([], [], [], 0.05)
    assert time.monotonic() < end
    program.pid = 0
    assert "stopped drain=True" in program.note.read_text()


def test_an_error_in_the_screen_settles_the_desk_and_shows_no_values(terminal):
    program = terminal(TROUBLE)
    program.ended()
    assert "stopped drain=True" in program.note.read_text()
    assert b"ValueError: no such row" in program.seen
    assert b"hunter2" not in program.seen
    assert b"Traceback" not in program.seen


def test_quit_by_keys_ends_with_the_last_sentence(terminal):
    program = terminal()
    program.until(b"TRADERS")
    os.write(program.fd, b"q")
    program.until(b"nothing trades")
    os.write(program.fd, b"c")
    assert program.ended() == 0
    assert program.note.read_text().splitlines()[0] == "stopped drain=False"


def test_live_refuses_an_environment_that_can_press_keys():
    with pytest.raises(EnvironmentRefusedError, match="TEXTUAL_PRESS"):
        prepare("LIVE", {"TEXTUAL_PRESS": "y"})
    environment = {"TEXTUAL_PRESS": "y"}
    prepare("SIM", environment)
    assert environment["TEXTUAL_FPS"] == "240"


def fill(descriptor: int, terminal: TextIO) -> None:
    """Write until the terminal takes no more: what it has taken it passes on in its own time."""
    for _ in range(10_000):
        if not takes_output(terminal):
            return
        with suppress(BlockingIOError):
            os.write(descriptor, b"x" * 4096)
    raise AssertionError("a terminal that nobody reads takes output without end")


def test_a_terminal_that_is_full_or_gone_is_told_from_one_that_takes_output():
    theirs, ours = pty.openpty()
    os.set_blocking(ours, False)
    with os.fdopen(ours, "w") as terminal:
        assert takes_output(terminal)
        fill(ours, terminal)
        os.read(theirs, 1 << 16)
        os.close(theirs)
        assert not takes_output(terminal)
    assert not takes_output(terminal)
    assert not takes_output(None)


class Ending:
    """A screen that ends once its terminal has been asked so often whether it takes output."""

    def __init__(self, looks: int) -> None:
        self.bridge = Bridge(FakeDesk())
        self.ended = threading.Event()
        self.looks = looks

    def takes_output(self, terminal: object) -> bool:
        self.looks -= 1
        if not self.looks:
            self.ended.set()
        return True

    def leave_behind(self) -> int:
        raise AssertionError("the terminal takes output: it is given back by the screen")


def test_a_screen_that_is_slow_to_end_gives_its_terminal_back_itself(monkeypatch):
    app = Ending(looks=3)
    monkeypatch.setattr(lifecycle, "BLOCKED_ENDS_WITHIN_S", 0.0)
    monkeypatch.setattr(lifecycle, "takes_output", app.takes_output)
    lifecycle._end_anyway(app)  # type: ignore[arg-type]
    assert app.ended.is_set()


class Hung:
    """A screen that its terminal keeps from ending; `left` counts how often its process was to leave things behind."""

    def __init__(self, fails: bool = False, ends_meanwhile: bool = False) -> None:
        self.bridge = Bridge(FakeDesk())
        self.ended = threading.Event()
        self.left = 0
        self._fails, self._ends_meanwhile = fails, ends_meanwhile

    def leave_behind(self) -> int:
        self.left += 1
        if self._ends_meanwhile:
            self.ended.set()
        if self._fails:
            raise RuntimeError("no report")
        return 0


@pytest.fixture
def exits(monkeypatch) -> Queue[int]:
    codes: Queue[int] = Queue()
    monkeypatch.setattr(lifecycle, "BLOCKED_ENDS_WITHIN_S", 0.0)
    monkeypatch.setattr(lifecycle, "takes_output", lambda terminal: False)
    monkeypatch.setattr(os, "_exit", codes.put)
    return codes


def test_a_window_that_closes_asks_twice_and_its_process_ends_once(exits):
    app = Hung()
    ending = lifecycle._Ending(app)  # type: ignore[arg-type]
    ending.ask("signal", "SIGHUP", "SIGHUP came to process 7")
    ending.ask("terminal", "", "the terminal takes no more output")
    assert exits.get(timeout=60) == 0
    for each in threading.enumerate():
        if each.name == "end-anyway":
            each.join(60)
    assert app.left == 1
    assert exits.empty()


def test_a_process_whose_terminal_is_gone_ends_though_nothing_can_be_left_behind(exits):
    app = Hung(fails=True)
    died: Queue[threading.ExceptHookArgs] = Queue()
    with lifecycle.thread_errors_go_to(died.put):
        lifecycle._end_anyway(app)  # type: ignore[arg-type]
    assert exits.get_nowait() == os.EX_SOFTWARE
    assert str(died.get_nowait().exc_value) == "no report"


def test_a_screen_that_has_ended_meanwhile_ends_its_process_itself(exits):
    app = Hung(ends_meanwhile=True)
    lifecycle._end_anyway(app)  # type: ignore[arg-type]
    assert exits.empty()


def test_an_error_is_described_without_control_characters():
    try:
        raise RuntimeError("bad\x1b[31m")
    except RuntimeError as error:
        words = describe(error)
    assert "\x1b" not in words
    assert "test_lifecycle.py" in words


def test_cancel_overtakes_a_drain_that_is_under_way_but_a_drain_does_not_start_twice():
    from threading import Event

    release = Event()

    class Slow(FakeDesk):
        def stop(self, drain: bool = True) -> str:
            self.stops.append(drain)
            if drain:
                release.wait(120)
            return "settled"

    desk = Slow()
    bridge = Bridge(desk)
    bridge.stop(True)
    bridge.stop(True)
    bridge.stop(False)
    assert bridge.wait(120)
    release.set()
    assert desk.stops == [True, False]


def test_an_end_asks_by_name_before_the_desk_is_stopped() -> None:
    desk = FakeDesk()
    bridge = Bridge(desk)
    bridge.stop(True, "signal", "SIGTERM", "SIGTERM came to process 7")
    assert bridge.wait(5)
    rows = [(each.ask, each.who, each.key, each.reason, each.args) for each in desk.asked]
    assert rows == [
        (Ask.DRAIN, "signal", "SIGTERM", "SIGTERM came to process 7", {}),
    ]


async def test_what_the_warm_up_made_is_taken_out_of_the_collectors_rounds(open_app, monkeypatch):
    kept: list[str] = []
    monkeypatch.setattr("tui.app.keep_what_stays", lambda: kept.append("kept"))
    app, desk = open_app(desks.warming())
    async with app.run_test(size=(120, 40)):
        monkeypatch.setattr(type(app), "is_headless", property(lambda self: False))
        app.look()
        assert kept == []
        desk.now = desks.normal()
        app.look()
        app.look()
        monkeypatch.undo()
    assert kept == ["kept"]
