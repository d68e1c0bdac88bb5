"""Which desk an observer looks at: the one there is, the same one again, and never another mode's."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.run_folder.lock import StateLock
from engine.runs.observing import SEVERAL, DeskFinder


@pytest.fixture
def running(tmp_path: Path):
    """Have a desk run in a mode's folder."""
    locks = {}

    def begin(mode: str, run: str) -> Path:
        folder = tmp_path / mode / "runs" / run
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "journal.db").touch()
        locks[folder] = StateLock(folder)
        return folder

    def end(folder: Path) -> None:
        locks.pop(folder).release()

    begin.end = end  # type: ignore[attr-defined]
    yield begin
    for lock in locks.values():
        lock.release()


def finder(tmp_path: Path, run: str | None = None, *modes: str) -> DeskFinder:
    return DeskFinder([tmp_path / mode for mode in modes or ("live", "paper", "sim")], run)


def test_the_one_desk_is_found_in_whatever_mode(tmp_path: Path, running) -> None:
    folder = running("paper", "p1")
    assert finder(tmp_path)(None).folder == folder


def test_several_desks_are_named_and_one_is_chosen(tmp_path: Path, running) -> None:
    one, other = running("live", "a"), running("sim", "b")
    why = finder(tmp_path)(None).why
    assert why == f"{SEVERAL}LIVE a, SIM b; choose one with --run or --mode"
    assert finder(tmp_path, "b")(None).folder == other
    assert finder(tmp_path, None, "live")(None).folder == one


def test_the_same_desk_comes_first_again_and_then_the_next_of_its_mode(
    tmp_path: Path, running
) -> None:
    first, second = running("sim", "a"), running("sim", "b")
    assert finder(tmp_path)(first).folder == first
    running.end(first)
    assert finder(tmp_path)(first).folder == second
    running.end(second)
    live = running("live", "c")
    found = finder(tmp_path)(first)
    assert found.folder is None and found.why == "the desk of SIM a runs no more"
    assert finder(tmp_path)(None).folder == live


def test_where_nobody_runs_it_says_where_it_looked_and_what_starts_one(tmp_path: Path) -> None:
    assert finder(tmp_path)(None).why == f"no desk runs in {tmp_path}; `legdesk` starts one"
    why = finder(tmp_path, "nine", "sim")(None).why
    assert why == f"no desk of run nine runs in {tmp_path / 'sim'}; `legdesk runs` lists the runs"
