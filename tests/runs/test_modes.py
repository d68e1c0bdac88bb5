"""A run is found whatever its mode is; a name that several modes have wants the mode."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.config import DeskConfig
from engine.run_folder.errors import JournalError
from engine.runs.modes import find_run_of, mode_folders, mode_of


def made(root: Path, mode: str, run: str, written_s: int) -> Path:
    folder = root / mode.lower() / "runs" / run
    folder.mkdir(parents=True)
    (folder / "journal.db").touch()
    os.utime(folder / "journal.db", (written_s, written_s))
    return folder


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, ...]:
    return mode_folders(DeskConfig(state_dir=tmp_path))


def test_the_folders_of_all_modes_begin_with_that_of_real_money(tmp_path: Path) -> None:
    config = DeskConfig(state_dir=tmp_path)
    assert [each.name for each in mode_folders(config)] == ["live", "paper", "sim"]
    assert mode_folders(config, "PAPER") == (tmp_path / "paper",)
    assert list(tmp_path.iterdir()) == []


def test_without_a_name_it_is_the_run_that_was_written_last(
    tmp_path: Path, folders: tuple[Path, ...]
) -> None:
    made(tmp_path, "SIM", "a", 1_000)
    paper = made(tmp_path, "PAPER", "main", 2_000)
    assert find_run_of(folders).folder == paper
    later = made(tmp_path, "SIM", "b", 3_000)
    assert find_run_of(folders).folder == later and mode_of(later) == "SIM"
    log = paper / "journal.db-wal"
    log.touch()
    os.utime(log, (4_000, 4_000))
    assert find_run_of(folders).folder == paper
    assert find_run_of(folders[2:]).folder == later


def test_a_name_is_found_in_its_mode_and_one_of_several_wants_the_mode(
    tmp_path: Path, folders: tuple[Path, ...]
) -> None:
    paper, sim = made(tmp_path, "PAPER", "main", 1_000), made(tmp_path, "SIM", "a", 2_000)
    assert find_run_of(folders, "main").folder == paper
    assert find_run_of(folders, "a").folder == sim
    assert find_run_of(folders, str(sim)).folder == sim
    made(tmp_path, "SIM", "main", 3_000)
    with pytest.raises(
        JournalError, match=r"several modes have a run main: PAPER, SIM; add --mode"
    ):
        find_run_of(folders, "main")
    with pytest.raises(JournalError, match=r"there is no run x in .*: PAPER main, SIM a, SIM main"):
        find_run_of(folders, "x")
    with pytest.raises(JournalError, match="there is no journal in none/here"):
        find_run_of(folders, "none/here")
