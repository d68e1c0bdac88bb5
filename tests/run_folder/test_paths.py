"""Each mode and each simulated run has a folder of its own, private, held by one desk."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.journal.database import refusal
from engine.run_folder.errors import JournalError
from engine.run_folder.lock import StateLock, can_lock
from engine.run_folder.paths import (
    existing_run,
    free_run_id,
    latest_run,
    new_run,
    run_ids,
    run_stem,
    state_root,
    write_private,
)


def test_each_mode_has_its_own_private_folder(tmp_path: Path) -> None:
    roots = {mode: state_root(tmp_path / "state", mode) for mode in ("SIM", "PAPER", "LIVE")}
    assert len(set(roots.values())) == 3
    for root in (*roots.values(), tmp_path / "state"):
        assert root.stat().st_mode & 0o777 == 0o700


def test_the_users_state_folder_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert tmp_path in state_root(None, "SIM").parents


def test_an_open_folder_is_made_private(tmp_path: Path) -> None:
    (tmp_path / "sim").mkdir(mode=0o755)
    assert state_root(tmp_path, "SIM").stat().st_mode & 0o777 == 0o700


def test_an_unknown_mode_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="SIM, PAPER, LIVE"):
        state_root(tmp_path, "DEMO")


def test_a_run_is_made_once_found_again_and_remembered_as_the_latest(tmp_path: Path) -> None:
    assert latest_run(tmp_path) is None
    for run in ("20241122-7", "20241122-9", "20241122-8"):
        new_run(tmp_path, run).journal.touch()
    assert run_ids(tmp_path) == ("20241122-7", "20241122-8", "20241122-9")
    latest = latest_run(tmp_path)
    assert latest is not None
    assert latest.run == "20241122-8"
    assert existing_run(tmp_path, "20241122-7").ledger.name == "exchange.jsonl"
    with pytest.raises(JournalError, match="exists"):
        new_run(tmp_path, "20241122-7")
    assert free_run_id(tmp_path, "20241122-7") == "20241122-7-2"
    assert free_run_id(tmp_path, "20241123-7") == "20241123-7"


def test_the_latest_run_is_found_without_the_note(tmp_path: Path) -> None:
    new_run(tmp_path, "a").journal.touch()
    (tmp_path / "runs" / "latest").write_text("../../etc\n")
    latest = latest_run(tmp_path)
    assert latest is not None
    assert latest.run == "a"


def test_a_run_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    new_run(tmp_path, "monday").journal.touch()
    with pytest.raises(JournalError, match="monday") as caught:
        existing_run(tmp_path, "tuesday")
    assert caught.value.code == "missing"


@pytest.mark.parametrize("run", ["", "..", "../x", "a/b", "-x", "latest", "x" * 65, "a\nb"])
def test_an_id_that_could_leave_the_folder_is_refused(tmp_path: Path, run: str) -> None:
    with pytest.raises(JournalError, match="cannot name a run"):
        new_run(tmp_path, run)


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    write_private(path, "old, and longer")
    write_private(path, "new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["status.json"]


def test_two_threads_that_replace_a_file_at_once_do_not_take_each_others_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, both = tmp_path / "report.txt", threading.Barrier(2, timeout=60)
    replace = Path.replace

    def together(draft: Path, target: Path) -> Path:
        both.wait()
        return replace(draft, target)

    monkeypatch.setattr(Path, "replace", together)
    with ThreadPoolExecutor() as threads:
        for each in [threads.submit(write_private, path, "whole") for _ in range(2)]:
            each.result(60)
    assert path.read_text() == "whole"
    assert [each.name for each in tmp_path.iterdir()] == ["report.txt"]


def test_one_desk_holds_a_state_folder_and_others_are_told_who(tmp_path: Path) -> None:
    with StateLock(tmp_path) as lock:
        assert lock.path.stat().st_mode & 0o777 == 0o600
        with pytest.raises(JournalError, match=r"process \d+") as caught:
            StateLock(tmp_path)
        assert caught.value.code == "locked"
    with StateLock(tmp_path):
        pass


def test_the_lock_goes_with_the_process_that_held_it(tmp_path: Path, project_root: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from engine.run_folder.lock import StateLock\n"
        "lock = StateLock(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=project_root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with pytest.raises(JournalError, match=f"process {process.pid}"):
        StateLock(tmp_path)
    process.kill()
    process.communicate()
    StateLock(tmp_path).release()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EPROTO, errno.EOPNOTSUPP, errno.EINVAL])
def test_a_file_system_without_locks_is_told_from_a_running_desk(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError(number, "no locks here")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(JournalError, match="cannot lock files") as caught:
        StateLock(tmp_path)
    assert caught.value.code == "unlockable"
    assert not can_lock(tmp_path)
    assert str(tmp_path) in str(caught.value) and "local disk" in str(caught.value)


def test_a_folder_whose_posix_locks_fail_cannot_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError(errno.ENOLCK, "no locks here")

    assert can_lock(tmp_path)
    monkeypatch.setattr(fcntl, "lockf", refuse)
    assert not can_lock(tmp_path)
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorname = "SQLITE_BUSY"
    assert refusal(tmp_path / "journal.db", busy).code == "unlockable"
    monkeypatch.undo()
    assert refusal(tmp_path / "journal.db", busy).code == "locked"


def test_something_else_in_the_place_of_the_lock_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lock")
    with pytest.raises(JournalError, match="lock cannot be written") as caught:
        StateLock(tmp_path)
    assert caught.value.code == "denied"


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("replay-SPY 1 min", "replay-SPY-1-min"),
        ("replay-../../etc", "replay-..-..-etc"),
        ("replay-", "replay"),
        ("replay-\u00fc\u202e", "replay"),
        ("  ", "run"),
        ("replay-" + "x" * 300, "replay-" + "x" * 49),
    ],
)
def test_any_name_of_a_session_names_a_run(tmp_path: Path, text: str, stem: str) -> None:
    assert run_stem(text) == stem
    root = state_root(tmp_path / "state", "SIM")
    for number in ("", "-2", "-3"):
        places = new_run(root, free_run_id(root, run_stem(text)))
        assert places.run == stem + number
        assert places.folder.parent == root / "runs"
