"""A process that hangs and holds a folder is ended for certain; no other is sent anything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.run_folder.ending import (
    ENDING,
    STOPPED,
    end_hung,
    is_stopped,
    mark_signalled,
    mark_stopped,
)
from engine.run_folder.lock import StateLock, holder
from engine.run_folder.process_log import LOG, MOST_BYTES, opened_log
from tests.support.command_line import PROJECT
from tests.support.exchange_processes import until

HOLDS = """
import fcntl, os, signal, sys, pathlib
folder = pathlib.Path(sys.argv[1])
def end(number, frame):
    mark_signalled(folder, number)
    raise SystemExit
if sys.argv[2] == "ends":
    from engine.run_folder.ending import mark_signalled
    signal.signal(signal.SIGINT, end)
signal.signal(signal.SIGTERM, end if sys.argv[2] == "ends" else lambda *told: None)
file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT)
fcntl.flock(file, fcntl.LOCK_EX)
os.pwrite(file, f"{os.getpid()}\\n".encode(), 0)
while True:
    signal.pause()
"""

Started = Callable[[str], "subprocess.Popen[bytes]"]


def pause(seconds: float) -> None:
    threading.Event().wait(seconds / 5)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    """Starts a process that holds the folder."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(how: str) -> subprocess.Popen[bytes]:
        without = ("-S",) if how == "hangs" else ()  # it needs nothing that is installed
        command = [sys.executable, *without, "-c", HOLDS, str(tmp_path), how]
        process = subprocess.Popen(command, cwd=PROJECT)
        processes.append(process)
        until(lambda: holder(tmp_path) == process.pid)
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGCONT])
def test_one_that_is_stopped_or_does_not_heed_is_killed(
    how: signal.Signals, started: Started, tmp_path: Path
) -> None:
    process = started("hangs")
    process.send_signal(how)
    assert end_hung(tmp_path, pause) == process.pid
    assert process.wait() == -signal.SIGKILL
    assert holder(tmp_path) is None and end_hung(tmp_path, pause) is None


@pytest.mark.parametrize("when", ["never", "before", "meanwhile"])
def test_only_what_a_person_does_to_one_that_is_ended_counts_as_a_stop(
    when: str, started: Started, tmp_path: Path
) -> None:
    if when == "before":
        mark_stopped(tmp_path, "SIGINT")
    process = started("hangs" if when == "meanwhile" else "ends")

    def meanwhile(seconds: float) -> None:
        if when == "meanwhile":
            mark_stopped(tmp_path, "legdesk gateway --stop")
            pause(seconds)
        else:
            until(lambda: holder(tmp_path) is None)

    assert end_hung(tmp_path, meanwhile) == process.pid
    assert process.wait() == (-signal.SIGKILL if when == "meanwhile" else 0)
    assert is_stopped(tmp_path) is (when != "never")
    assert not (tmp_path / ENDING).exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_of_a_person_counts_as_a_stop_whoever_was_ended_before(
    number: signal.Signals, started: Started, tmp_path: Path
) -> None:
    (tmp_path / ENDING).write_text("1\n")
    process = started("ends")
    process.send_signal(number)
    assert process.wait() == 0
    assert (tmp_path / STOPPED).read_text() == f"{number.name}\n"


def test_a_process_that_only_has_the_number_in_the_file_is_sent_nothing(
    started: Started, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with StateLock(other):
        process = started("hangs")
        (other / "lock").write_text(f"{process.pid}\n")
        assert holder(other) == process.pid
        assert end_hung(other, pause) is None
    assert process.poll() is None


def test_no_process_ends_itself(tmp_path: Path) -> None:
    with StateLock(tmp_path):
        assert holder(tmp_path) == os.getpid()
        assert end_hung(tmp_path, pause) is None


def test_a_log_is_bounded_and_its_owners_alone(tmp_path: Path) -> None:
    with opened_log(tmp_path) as log:
        log.write(b"x" * MOST_BYTES)
    for line in (b"one\n", b"two\n"):
        with opened_log(tmp_path) as log:
            log.write(line)
    assert (tmp_path / LOG).read_bytes() == b"one\ntwo\n"
    assert (tmp_path / f"{LOG}.1").stat().st_size == MOST_BYTES
    assert (tmp_path / LOG).stat().st_mode & 0o777 == 0o600


def test_a_fifo_in_the_place_of_the_mark_keeps_no_stop_from_being_heeded(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ENDING)
    mark_signalled(tmp_path, signal.SIGTERM)
    assert is_stopped(tmp_path)
