"""Paths and options of every command that lead to a FIFO, a device or nowhere: one sentence each."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.brokers.recorded.errors import SessionFileError
from engine.brokers.recorded.session import read_session
from engine.config.regular_files import read_bytes
from engine.run_folder.kill_latch import KillLatch
from engine.run_folder.lock import holder
from engine.run_folder.mailbox import Mailbox, MailboxError
from engine.run_folder.open_orders import read_open, recorded_open
from tui.cli.main import main
from tui.cli.report_output import opened_for_writing

HANGS_AFTER_S = 30
"""Far above what a refusal takes, so that the test ends where a FIFO is waited for."""

FACTS = '{"kind": "snapshot", "multiplier": 100, "style": "American"}'
PLACES = ("fifo", "/dev/zero", "loop", "dangling", "~nobody-of-that-name/x", "x" * 300, "\x1b[2J")


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder with whatever may be in a file's place, and a home of its own."""
    for name in [name for name in os.environ if name.startswith("LEGDESK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LEGDESK_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    os.mkfifo("fifo")
    Path("loop").symlink_to("loop")
    Path("dangling").symlink_to("nowhere")

    def hangs(number: int, frame: object) -> None:
        pytest.fail("it waits for ever")

    before = signal.signal(signal.SIGALRM, hangs)
    signal.alarm(HANGS_AFTER_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    code = main(arguments)
    said = capsys.readouterr()
    assert code in (1, 2), said.err
    (line,) = (said.err or said.out).splitlines()
    assert line.isprintable()
    return line


@pytest.mark.parametrize("place", PLACES, ids=ascii)
@pytest.mark.parametrize(
    "command",
    [
        ("report",),
        ("journal", "verify"),
        ("journal", "show"),
        ("journal", "export"),
        ("journal", "attempts"),
        ("check",),
        ("replay", "--headless"),
        ("study",),
        ("simulate", "--seeds", "1", "--session"),
        ("runs", "--config"),
        ("kill", "--run"),
        ("report", "--state-dir"),
        ("run", "--headless", "--resume"),
        ("run", "--headless", "--exchange"),
        ("run", "--headless", "--resume", "none", "--run-dir"),
    ],
    ids=" ".join,
)
def test_a_path_that_leads_nowhere_is_one_sentence(
    command: tuple[str, ...], place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refusal(capsys, *command, place).startswith("legdesk: ")


@pytest.mark.parametrize("place", PLACES[4:], ids=ascii)
def test_a_kill_with_settings_that_are_nowhere_is_one_sentence(
    place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refusal(capsys, "kill", "--config", place).startswith("legdesk: ")


@pytest.mark.parametrize("place", PLACES[:4], ids=ascii)
def test_a_kill_goes_on_whatever_is_in_the_place_of_the_settings(
    place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(("kill", "--config", place)) == 2
    *wrong, goes_on, found = capsys.readouterr().err.splitlines()
    assert len(wrong) == 1 and wrong[0].startswith("legdesk: ") and wrong[0].isprintable()
    assert goes_on.startswith("legdesk: desks are killed all the same")
    assert found.startswith("legdesk: no desk runs in ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "--headless", "--seed", "9" * 50), "the options: seed"),
        (("run", "--headless", "--speed", "1e-300"), "is not a speed"),
        (("run", "--headless", "--expirations", "61"), "1<=x<=60"),
        (("run", "--headless", "--theme", "x" * 3_000), "theme"),
        (("run", "--headless", "--symbols", ",".join(f"S{n}" for n in range(6_000))), "symbols"),
        (("run", "--headless", "--pool-threads", "99999"), "1<=x<=64"),
        (("replay", ".", "--headless", "--min-days", "99999999999"), "0<=x<=3660"),
        (("simulate", "--seeds", "9" * 60), "is not a range of seeds"),
        (("drill", "--seed", "9" * 60), "--seed"),
        (("run", "--headless", "--record", "fifo"), "fifo is not a folder"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_option_outside_its_bounds_is_one_sentence(
    arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert says in refusal(capsys, *arguments)


@pytest.mark.parametrize("file", ["session.json", "quotes.parquet"])
@pytest.mark.parametrize("kind", ["fifo", "device", "directory", "loop", "empty"])
def test_a_session_with_something_else_in_a_files_place_is_refused(file: str, kind: str) -> None:
    folder = Path("session")
    folder.mkdir()
    (folder / "session.json").write_text(FACTS)
    path = folder / file
    path.unlink(missing_ok=True)
    match kind:
        case "fifo":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "directory":
            path.mkdir()
        case "loop":
            path.symlink_to(path.name)
        case _:
            path.touch()
    with pytest.raises(SessionFileError) as refused:
        read_session(folder)
    assert str(refused.value).startswith(str(path))
    assert str(refused.value).isprintable()


def test_a_pipe_that_nobody_reads_is_told_and_one_that_somebody_reads_is_written() -> None:
    with pytest.raises(OSError, match="nobody reads what is there"):
        opened_for_writing(Path("fifo"))
    reader = os.open("fifo", os.O_RDONLY | os.O_NONBLOCK)
    with opened_for_writing(Path("fifo")) as file:
        file.write("a report\n")
    assert os.read(reader, 100) == b"a report\n"
    os.close(reader)


def test_fifos_in_place_of_a_runs_own_files_stop_nobody() -> None:
    for name in ("lock", "kill.latch", "open-orders"):
        os.mkfifo(name)
    here = Path()
    assert holder(here) is None
    latched = KillLatch(here).read()
    assert latched is not None
    assert latched.stage == 1  # what cannot be read counts as a kill
    with pytest.raises(OSError, match="it is a FIFO, not a file"):
        read_open(here)
    assert recorded_open(here) is None  # what cannot be read may name orders: a kill looks


def test_a_request_that_nests_without_end_is_answered_and_not_obeyed() -> None:
    mailbox = Mailbox(Path())
    mailbox.open()
    path = mailbox.folder / "a1.request"
    path.write_text("[" * 10_000)
    path.chmod(0o600)
    ((name, taken),) = mailbox.take()
    assert name == "a1"
    assert isinstance(taken, MailboxError)


def test_a_file_that_grows_past_its_bound_is_not_read_to_its_end() -> None:
    with Path("large").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(OSError, match="it is larger than 1,000 bytes"):
        read_bytes(Path("large"), 1_000)
