"""Nothing that a test started outlives the tests of its file."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import STARTED, Home
from tests.support.terminal import Open, Terminal


@pytest.fixture(scope="module", autouse=True)
def signals_are_heard() -> Iterator[None]:
    """`nohup` and a shell's `&` have the tests ignore signals, and so whatever these start."""
    before = {
        signal.SIGHUP: signal.signal(signal.SIGHUP, signal.SIG_DFL),
        signal.SIGINT: signal.signal(signal.SIGINT, signal.default_int_handler),
    }
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left_running() -> Iterator[None]:
    """A test that failed leaves its processes; on a busy machine they make the next one fail."""
    yield
    for process in STARTED:
        if process.poll() is None:
            process.kill()
            process.communicate()
    STARTED.clear()


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Open]:
    """Opens the program in terminals of any size, each in the same home."""
    opened: list[Terminal] = []

    def open_it(
        *arguments: str | Path, size: tuple[int, int] = (120, 40), nohup: bool = False
    ) -> Terminal:
        opened.append(Terminal(Home(tmp_path), *arguments, size=size, nohup=nohup))
        return opened[-1]

    yield open_it
    for each in opened:
        each.close()
